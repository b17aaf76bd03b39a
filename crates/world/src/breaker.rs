//! The breaker of one realm (protocol §10): a state machine with time as input.

use std::collections::VecDeque;

use erynoa_kernel::IdentityId;

/// Reports older than this do not count any more, microseconds.
pub const BREAKER_WINDOW_US: u64 = 60_000_000;
/// Critical reports of distinct roots in a minute that degrade the realm.
pub const DEGRADED_REPORTS: u32 = 10;
/// … and that stop writing to it.
pub const READ_ONLY_REPORTS: u32 = 50;
/// Microseconds below [`DEGRADED_REPORTS`] after which it closes again.
pub const QUIET_US: u64 = 300_000_000;

/// What a realm lets through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BreakerState {
    /// Everything.
    #[default]
    Normal,
    /// What is not urgent waits.
    Degraded,
    /// Reading alone.
    ReadOnly,
}

/// A realm's breaker.
#[derive(Clone, Debug, Default)]
pub struct Breaker {
    /// The newest report of each root, oldest first. At [`READ_ONLY_REPORTS`]
    /// more roots change nothing, so that older ones may go.
    reports: VecDeque<(u64, IdentityId)>,
    state: BreakerState,
    since_us: u64,
    /// When it last had enough reports to trip.
    loud_us: u64,
    /// Time does not run backwards.
    now_us: u64,
}

/// What a breaker shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerView {
    /// What the realm lets through.
    pub state: BreakerState,
    /// Critical reports of distinct roots in the last minute, 50 at most.
    pub reports: u32,
    /// When the state was entered, microseconds; 0 when it was never left.
    pub since_us: u64,
    /// Back to normal at the earliest; 0 when it is normal.
    pub quiet_until_us: u64,
}

impl Breaker {
    /// A critical report by somebody of this root, at this time.
    pub fn report(&mut self, root: IdentityId, time_us: u64) -> BreakerState {
        self.advance(time_us);
        self.reports.retain(|(_, other)| *other != root);
        if self.reports.len() == READ_ONLY_REPORTS as usize {
            self.reports.pop_front();
        }
        self.reports.push_back((self.now_us, root));
        let count = self.count();
        if count >= DEGRADED_REPORTS {
            self.loud_us = self.now_us;
            let level = if count >= READ_ONLY_REPORTS {
                BreakerState::ReadOnly
            } else {
                BreakerState::Degraded
            };
            if level > self.state {
                self.enter(level, self.now_us);
            }
        }
        self.state
    }

    fn enter(&mut self, state: BreakerState, since_us: u64) {
        self.state = state;
        self.since_us = since_us;
    }

    /// Lets time pass. A minute that was loud stays so until its reports age.
    fn advance(&mut self, time_us: u64) {
        self.now_us = self.now_us.max(time_us);
        if self.state != BreakerState::Normal && self.now_us >= self.quiet_until_us() {
            self.enter(BreakerState::Normal, self.quiet_until_us());
        }
        while self.reports.front().is_some_and(|(at, _)| self.now_us - at >= BREAKER_WINDOW_US) {
            self.reports.pop_front();
        }
    }

    fn quiet_until_us(&self) -> u64 {
        self.loud_us.saturating_add(QUIET_US)
    }

    fn count(&self) -> u32 {
        u32::try_from(self.reports.len()).expect("at most 50")
    }

    /// What it shows at this time, or at that of the last report when it is
    /// later.
    #[must_use]
    pub fn at(&self, time_us: u64) -> BreakerView {
        let mut then = self.clone();
        then.advance(time_us);
        let quiet_until_us = match then.state {
            BreakerState::Normal => 0,
            BreakerState::Degraded | BreakerState::ReadOnly => then.quiet_until_us(),
        };
        BreakerView {
            state: then.state,
            reports: then.count(),
            since_us: then.since_us,
            quiet_until_us,
        }
    }
}
