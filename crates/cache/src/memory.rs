//! The ports in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_kernel::{Clock, StoreError};

use crate::{Admission, Cache, Rate, RateLimiter};

/// Keys that each of them remembers.
const KEYS_MOST: usize = 65_536;
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

struct Lying {
    value: Bytes,
    end_us: u64,
}

/// A cache in memory. When it is full, what is nearest to its end goes.
pub struct MemoryCache {
    lying: Mutex<HashMap<String, Lying>>,
    clock: Arc<dyn Clock>,
}

impl MemoryCache {
    /// An empty one.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { lying: Mutex::default(), clock }
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn put(&self, key: &str, value: Bytes, ttl_ms: u64) -> Result<Option<Bytes>, StoreError> {
        let now_us = self.clock.now_us();
        let mut lying = lock(&self.lying);
        if let Some(there) = lying.get(key).filter(|there| there.end_us > now_us) {
            return Ok(Some(there.value.clone()));
        }
        if lying.len() >= KEYS_MOST {
            make_room(&mut lying, now_us, |there| there.end_us);
        }
        let end_us = now_us.saturating_add(ttl_ms.max(1).saturating_mul(MS_US));
        lying.insert(key.to_owned(), Lying { value, end_us });
        Ok(None)
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        let now_us = self.clock.now_us();
        let lying = lock(&self.lying);
        let there = lying.get(key).filter(|there| there.end_us > now_us);
        Ok(there.map(|there| there.value.clone()))
    }

    async fn take(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        let now_us = self.clock.now_us();
        let there = lock(&self.lying).remove(key).filter(|there| there.end_us > now_us);
        Ok(there.map(|there| there.value))
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
