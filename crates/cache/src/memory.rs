//! The ports in memory.

mod bus;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
pub use bus::MemoryBus;
use bytes::Bytes;
use erynoa_kernel::{Clock, StoreError};

use crate::{Admission, Cache, Rate, RateLimiter, Revocations};

/// Keys that each of them remembers.
const KEYS_MOST: usize = 65_536;
/// Bytes of values that a cache holds.
const VALUES_MOST: usize = 64 << 20;
/// Microseconds of a millisecond.
const MS_US: u64 = 1_000;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No operation leaves a map half changed, so a panic elsewhere does not
    // spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Forgets what is over at `now_us`, and if the map is still full an eighth of
/// it, the nearest to its end first: a sweep is paid for by as many inserts.
fn make_room<V>(map: &mut HashMap<String, V>, now_us: u64, end_us: impl Fn(&V) -> u64) {
    map.retain(|_, value| end_us(value) > now_us);
    let keep = KEYS_MOST - KEYS_MOST / 8;
    let excess = map.len().saturating_sub(keep);
    let mut by_end: Vec<(u64, String)> =
        map.iter().map(|(key, value)| (end_us(value), key.clone())).collect();
    by_end.sort_unstable();
    for (_, key) in by_end.into_iter().take(excess) {
        map.remove(&key);
    }
}

struct Copied {
    value: Bytes,
    end_us: u64,
}

#[derive(Default)]
struct Copies {
    by_key: HashMap<String, Copied>,
    bytes: usize,
}

impl Copies {
    fn remove(&mut self, key: &str) {
        if let Some(copy) = self.by_key.remove(key) {
            self.bytes -= copy.value.len();
        }
    }
}

/// A cache in memory.
pub struct MemoryCache {
    copies: Mutex<Copies>,
    clock: Arc<dyn Clock>,
}

impl MemoryCache {
    /// An empty one.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { copies: Mutex::default(), clock }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *lock(&self.copies) = Copies::default();
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        let now_us = self.clock.now_us();
        let copies = lock(&self.copies);
        let copy = copies.by_key.get(key).filter(|copy| copy.end_us > now_us);
        Ok(copy.map(|copy| copy.value.clone()))
    }

    async fn set(&self, key: &str, value: Bytes, ttl_ms: u64) -> Result<(), StoreError> {
        let now_us = self.clock.now_us();
        let mut copies = lock(&self.copies);
        copies.remove(key);
        if value.len() > VALUES_MOST / 8 {
            return Ok(());
        }
        if copies.by_key.len() >= KEYS_MOST || copies.bytes + value.len() > VALUES_MOST {
            make_room(&mut copies.by_key, now_us, |copy| copy.end_us);
            copies.bytes = copies.by_key.values().map(|copy| copy.value.len()).sum();
        }
        if copies.bytes + value.len() > VALUES_MOST {
            // Few but large values: none of them is worth more than another.
            *copies = Copies::default();
        }
        copies.bytes += value.len();
        let end_us = now_us.saturating_add(ttl_ms.max(1).saturating_mul(MS_US));
        copies.by_key.insert(key.to_owned(), Copied { value, end_us });
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        lock(&self.copies).remove(key);
        Ok(())
    }
}

/// Rate limits in memory.
#[derive(Debug, Default)]
pub struct MemoryLimiter(Mutex<HashMap<String, u64>>);

#[async_trait]
impl RateLimiter for MemoryLimiter {
    async fn check(&self, key: &str, rate: Rate, now_us: u64) -> Result<Admission, StoreError> {
        let mut due = lock(&self.0);
        let (admission, next_us) = rate.admit(due.get(key).copied().unwrap_or(0), now_us);
        if admission == Admission::Passed {
            if let Some(known) = due.get_mut(key) {
                *known = next_us;
            } else {
                if due.len() >= KEYS_MOST {
                    // A key that is due now is like one that was never seen.
                    make_room(&mut due, now_us, |due_us| *due_us);
                }
                due.insert(key.to_owned(), next_us);
            }
        }
        Ok(admission)
    }
}

/// Revoked sessions in memory. It forgets none before its time: who revokes is
/// signed in.
#[derive(Debug, Default)]
pub struct MemoryRevocations(Mutex<HashMap<String, u64>>);

#[async_trait]
impl Revocations for MemoryRevocations {
    async fn revoke(&self, session: &str, until_us: u64, now_us: u64) -> Result<(), StoreError> {
        let mut revoked = lock(&self.0);
        if revoked.len().is_power_of_two() {
            revoked.retain(|_, until_us| *until_us > now_us);
        }
        let until = revoked.entry(session.to_owned()).or_default();
        *until = until_us.max(*until);
        Ok(())
    }

    async fn is_revoked(&self, session: &str, now_us: u64) -> Result<bool, StoreError> {
        Ok(lock(&self.0).get(session).is_some_and(|until_us| *until_us > now_us))
    }
}
