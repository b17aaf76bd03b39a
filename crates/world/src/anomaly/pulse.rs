//! How fast one identity speaks, and how fast it usually does.

use std::collections::VecDeque;

use erynoa_events::{AnomalyClass, Severity};
use erynoa_kernel::EventId;

use super::{Alarm, EVENTS_PER_HOUR, EVENTS_PER_MINUTE, HOUR_US, MINUTE_US, spread};

/// One of the two limits of rate.
#[derive(Clone, Copy)]
pub(crate) struct RateWindow {
    pub(crate) length_us: u64,
    limit: usize,
    severity: Severity,
    slot: usize,
}

pub(crate) const WINDOWS: [RateWindow; 2] = [
    RateWindow {
        length_us: MINUTE_US,
        limit: EVENTS_PER_MINUTE,
        severity: Severity::Medium,
        slot: 0,
    },
    RateWindow { length_us: HOUR_US, limit: EVENTS_PER_HOUR, severity: Severity::High, slot: 1 },
];

/// Hours with events before a habit counts as one.
const HABIT_SAMPLES: u64 = 10;
/// Hours after which older ones count half, so that a habit can change.
const HABIT_MEMORY: u64 = 128;
/// σ counts at least as 1/20 of the mean, 5 %: what happens exactly as often
/// every hour has no σ, and would else be odd at the first difference. This is
/// its square, inverted.
const LEAST_DEVIATION: u128 = 400;
/// |z| above which an hour is odd, and very odd, squared.
const ODD_Z_SQUARED: u128 = 9;
const VERY_ODD_Z_SQUARED: u128 = 25;

/// Number of events an hour: samples, their sum and the sum of their squares.
#[derive(Clone, Copy, Debug, Default)]
struct Habit {
    samples: u64,
    sum: u64,
    squares: u64,
}

impl Habit {
    /// How odd it is, against the hours before it.
    fn judge(self, events: u32) -> Option<Severity> {
        if self.samples < HABIT_SAMPLES {
            return None;
        }
        let (n, sum, squares) =
            (u128::from(self.samples), u128::from(self.sum), u128::from(self.squares));
        // Both sides of |z| > limit times n, squared, times 400.
        let away = (n * u128::from(events)).abs_diff(sum).pow(2) * LEAST_DEVIATION;
        let deviation = ((n * squares - sum * sum) * LEAST_DEVIATION).max(sum * sum);
        if away > VERY_ODD_Z_SQUARED * deviation {
            Some(Severity::High)
        } else if away > ODD_Z_SQUARED * deviation {
            Some(Severity::Medium)
        } else {
            None
        }
    }

    fn add(&mut self, events: u32) {
        if self.samples == HABIT_MEMORY {
            self.samples /= 2;
            self.sum /= 2;
            self.squares = self.squares.div_ceil(2);
        }
        self.samples += 1;
        self.sum += u64::from(events);
        self.squares += u64::from(events).pow(2);
    }

    fn mean_milli(self) -> u64 {
        (self.sum * 1_000).checked_div(self.samples).unwrap_or(0)
    }
}

/// The hour that is running.
#[derive(Clone, Copy, Debug)]
struct Hour {
    number: u64,
    events: u32,
    first: (u64, EventId),
    last: (u64, EventId),
}

/// One identity's speed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse {
    /// Events of the last hour, oldest first, at most one more than are too
    /// many.
    recent: VecDeque<(u64, EventId)>,
    habit: Habit,
    hour: Option<Hour>,
    /// Newest finding of each window, 0 = none.
    findings: [u64; 2],
}

impl Pulse {
    /// Takes in an event. Times of one identity do not run backwards: its keys
    /// follow their own chains. When an hour has ended, says whether it was odd.
    pub(crate) fn beat(&mut self, wall_us: u64, event: EventId) -> Option<Alarm> {
        let now = self.recent.back().map_or(wall_us, |&(last, _)| last.max(wall_us));
        while self.recent.front().is_some_and(|&(at, _)| now - at >= HOUR_US)
            || self.recent.len() > EVENTS_PER_HOUR
        {
            self.recent.pop_front();
        }
        if self.recent.len() * 4 < self.recent.capacity() {
            self.recent.shrink_to(self.recent.len() * 2);
        }
        self.recent.push_back((now, event));

        let number = now / HOUR_US;
        match &mut self.hour {
            Some(hour) if hour.number == number => {
                hour.events = hour.events.saturating_add(1);
                hour.last = (now, event);
                None
            }
            hour => {
                let next = Hour { number, events: 1, first: (now, event), last: (now, event) };
                let ended = hour.replace(next)?;
                self.end(ended)
            }
        }
    }

    fn end(&mut self, hour: Hour) -> Option<Alarm> {
        let verdict = self.habit.judge(hour.events);
        let usual = self.habit.mean_milli();
        self.habit.add(hour.events);
        let mut evidence = vec![hour.first.1, hour.last.1];
        evidence.dedup();
        Some(Alarm {
            class: AnomalyClass::Deviation,
            severity: verdict?,
            evidence,
            first_us: hour.first.0,
            last_us: hour.last.0,
            measured_milli: u64::from(hour.events) * 1_000,
            expected_milli: usual,
        })
    }

    /// Whether the window that ends with the latest event holds too many.
    pub(crate) fn too_fast(&self, window: RateWindow) -> Option<Alarm> {
        let &(now, _) = self.recent.back()?;
        if self.recent.len() <= window.limit {
            return None;
        }
        let first = self.recent.partition_point(|&(at, _)| now - at >= window.length_us);
        let count = self.recent.len() - first;
        (count > window.limit).then(|| Alarm {
            class: AnomalyClass::Rate,
            severity: window.severity,
            evidence: spread(count).map(|i| self.recent[first + i].1).collect(),
            first_us: self.recent[first].0,
            last_us: now,
            measured_milli: count as u64 * 1_000,
            expected_milli: window.limit as u64 * 1_000,
        })
    }

    pub(crate) fn finding(&self, window: RateWindow) -> u64 {
        self.findings[window.slot]
    }

    pub(crate) fn set_finding(&mut self, window: RateWindow, id: u64) {
        self.findings[window.slot] = id;
    }

    pub(crate) fn kept(&self) -> usize {
        self.recent.len()
    }
}
