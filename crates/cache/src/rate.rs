//! The generic cell rate algorithm: one number for each key.

/// The most that a rate or a burst can be.
const MOST: u32 = 1_000_000;
const SECOND_US: u64 = 1_000_000;
/// Microseconds of a millisecond.
const MS_US: u64 = 1_000;

/// How often something may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    interval_us: u64,
    burst_us: u64,
}

/// Whether a request may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Passed,
    /// It may not.
    Refused {
        /// When it may, if nothing else does meanwhile; at least 1.
        retry_after_ms: u64,
    },
}

impl Rate {
    /// `per_second` in the long run and `burst` at once, each 1 to 1 000 000;
    /// what lies outside is brought to the nearer end. Rates that do not divide
    /// a million are a little slower than they say, never faster.
    #[must_use]
    pub fn new(per_second: u32, burst: u32) -> Self {
        let interval_us = SECOND_US.div_ceil(u64::from(per_second.clamp(1, MOST)));
        Self { interval_us, burst_us: interval_us * u64::from(burst.clamp(1, MOST)) }
    }

    /// Microseconds between requests at a steady pace, 1 to 1 000 000.
    #[must_use]
    pub const fn interval_us(&self) -> u64 {
        self.interval_us
    }

    /// Microseconds by which requests may come too early, at most 10¹².
    #[must_use]
    pub const fn burst_us(&self) -> u64 {
        self.burst_us
    }

    /// Judges a request at `now_us`, when at a steady pace the next one would
    /// be due at `due_us` (0 for a key that is not known). Gives the judgement
    /// and when the one after it is due.
    ///
    /// Adapters compute exactly this, in one step for each key.
    #[must_use]
    pub fn admit(&self, due_us: u64, now_us: u64) -> (Admission, u64) {
        // Never further ahead than a whole burst, so that a clock that was
        // once fast does not shut anybody out.
        let due_us = due_us.clamp(now_us, now_us.saturating_add(self.burst_us));
        let next_us = due_us.saturating_add(self.interval_us);
        let early_us = next_us.saturating_sub(now_us).saturating_sub(self.burst_us);
        if early_us == 0 {
            return (Admission::Passed, next_us);
        }
        (Admission::Refused { retry_after_ms: early_us.div_ceil(MS_US) }, due_us)
    }
}
