//! Time and randomness come in through these.

use std::sync::atomic::{AtomicU64, Ordering};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Microseconds since the Unix epoch.
    fn now_us(&self) -> u64;
}

/// Gives random bytes fit for secrets.
pub trait Entropy: Send + Sync {
    /// 32 fresh random bytes.
    fn bytes32(&self) -> [u8; 32];
}

/// A clock that stands where it is put.
#[derive(Debug, Default)]
pub struct FixedClock(AtomicU64);

impl FixedClock {
    /// A clock that shows `now_us`.
    #[must_use]
    pub const fn at(now_us: u64) -> Self {
        Self(AtomicU64::new(now_us))
    }

    /// Moves the clock.
    pub fn set(&self, now_us: u64) {
        self.0.store(now_us, Ordering::Relaxed);
    }
}

impl Clock for FixedClock {
    fn now_us(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
