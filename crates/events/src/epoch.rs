//! When an epoch ends, and what finality its end gives (protocol §3).

use erynoa_kernel::day_of;

/// How sure it is that an event stays. Ordered; never decreases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Finality {
    /// Decoded; not in the log.
    Nascent = 0,
    /// In the log.
    Validated = 1,
    /// Under a checkpoint with a quorum.
    Witnessed = 2,
    /// Under a later witnessed checkpoint of a later epoch.
    Anchored = 3,
    /// Two more witnessed epochs.
    Eternal = 4,
}

impl Finality {
    /// Finality of an entry of closed epoch `epoch` when `witnessed` is the last
    /// epoch under a checkpoint with a quorum (0 = none). With the log's home as
    /// the only witness, every signed checkpoint has one.
    #[must_use]
    pub const fn of(epoch: u64, witnessed: u64) -> Self {
        match witnessed.checked_sub(epoch) {
            None => Self::Validated,
            Some(0) => Self::Witnessed,
            Some(1 | 2) => Self::Anchored,
            Some(_) => Self::Eternal,
        }
    }
}

/// One closed epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochMeta {
    /// Its number, from 1.
    pub epoch: u64,
    /// Its time, microseconds.
    pub closed_at_us: u64,
    /// Log position of its first entry.
    pub first_sequence: u64,
    /// Log position of its `epoch_closed`.
    pub sequence: u64,
    /// Its entries, `epoch_closed` not counted.
    pub events: u64,
    /// State root after it.
    pub state_root: [u8; 32],
}

/// The epoch that is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct OpenEpoch {
    /// Log position of its first entry, whether or not it is there yet.
    pub first_sequence: u64,
    /// Its entries so far.
    pub events: u64,
    /// The latest wall time among them, 0 without any.
    pub greatest_wall_us: u64,
}

/// Where the log takes its time from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LogClock {
    /// The system's clock.
    #[default]
    System,
    /// The events themselves, to import history: an epoch does not span days.
    Events,
}

/// When epochs close. The log's home decides alone; followers take the epochs
/// as they are in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochPolicy {
    /// Entries after which an epoch closes.
    pub max_events: u64,
    /// Microseconds of the system's clock after which it closes: since its first
    /// entry, with [`LogClock::Events`] since its latest.
    pub max_us: u64,
    /// The log's time.
    pub clock: LogClock,
}

impl EpochPolicy {
    /// Whether the epoch closes before an event of this wall time is appended.
    #[must_use]
    pub const fn closes_before(&self, open: &OpenEpoch, wall_us: u64) -> bool {
        let is_new_day = match self.clock {
            LogClock::System => false,
            LogClock::Events => day_of(wall_us) > day_of(open.greatest_wall_us),
        };
        open.events > 0 && (open.events >= self.max_events || is_new_day)
    }

    /// When the epoch closes by itself, in the system's time; `None` while it is
    /// empty. `first_us` and `latest_us` are when its first and its latest entry
    /// came.
    #[must_use]
    pub const fn closes_at_us(
        &self,
        open: &OpenEpoch,
        first_us: u64,
        latest_us: u64,
    ) -> Option<u64> {
        if open.events == 0 {
            return None;
        }
        let since = match self.clock {
            LogClock::System => first_us,
            LogClock::Events => latest_us,
        };
        Some(since.saturating_add(self.max_us))
    }

    /// `closed_at` of an epoch: never less than that of the one before.
    #[must_use]
    pub fn closed_at_us(&self, now_us: u64, greatest_wall_us: u64, previous_us: u64) -> u64 {
        match self.clock {
            LogClock::System => now_us,
            LogClock::Events => greatest_wall_us,
        }
        .max(previous_us)
    }
}
