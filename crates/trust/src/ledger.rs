//! Evidence per day, so that each statement can be taken out exactly.

use erynoa_events::Dimension;
use smallvec::SmallVec;

use crate::decay::Decay;
use crate::evidence::Sums;
use crate::statement::{Column, NO_DOMAIN, slot};

/// Which evidence a ledger holds: the standing, a dimension as a whole, or a
/// domain of competence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LedgerKey(u32);

impl LedgerKey {
    pub(crate) const STANDING: Self = Self(0);

    /// Number of keys of the standing and of dimensions as a whole. They come
    /// before those of domains.
    pub(crate) const WHOLE: usize = 7;

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) fn dimension(dimension: Dimension) -> Self {
        Self(1 + slot(dimension, NO_DOMAIN))
    }

    /// Competence as a whole when `domain` is [`NO_DOMAIN`].
    pub(crate) fn domain(domain: u32) -> Self {
        Self(1 + slot(Dimension::Competence, domain))
    }

    /// Index of the domain that this ledger is about.
    pub(crate) fn as_domain(self) -> Option<u32> {
        self.0.checked_sub(Self::domain(NO_DOMAIN).0).filter(|&domain| domain != NO_DOMAIN)
    }
}

/// Sums of one day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day {
    pub(crate) day: u32,
    /// Epoch that touched it last.
    mark: u32,
    pub(crate) sums: Sums,
}

/// Evidence of one key, ascending by day. The first day stands in the ledger
/// itself: most have no other, and memory is what the fold waits for.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    pub(crate) key: LedgerKey,
    pub(crate) days: SmallVec<[Day; 1]>,
}

/// Evidence that one statement gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) day: u32,
    pub(crate) column: Column,
    pub(crate) weight: u64,
}

/// Whether an entry comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Posting {
    Add,
    TakeOut,
}

impl Ledger {
    pub(crate) fn new(key: LedgerKey) -> Self {
        Self { key, days: SmallVec::new() }
    }

    /// Decayed to `day`; every day floored by itself.
    pub(crate) fn sums_at(&self, day: u32) -> Sums {
        let decay = Decay::new();
        let mut total = Sums::default();
        for entry in &self.days {
            let age = day.saturating_sub(entry.day);
            if age == 0 {
                total.positive += entry.sums.positive;
                total.negative += entry.sums.negative;
                total.unvoiced += entry.sums.unvoiced;
                continue;
            }
            total.positive += decay.positive(entry.sums.positive, age);
            total.negative += decay.negative(entry.sums.negative, age);
            total.unvoiced += decay.negative(entry.sums.unvoiced, age);
        }
        total
    }

    /// What an entry that has been added makes of the sum of its column at
    /// `day`.
    pub(crate) fn share_of(&self, entry: Entry, day: u32) -> u64 {
        let Ok(position) = self.find(entry.day) else {
            return 0;
        };
        let Sums { positive, negative, unvoiced } = self.days[position].sums;
        let (total, decay): (u64, fn(Decay, u64, u32) -> u64) = match entry.column {
            Column::Positive => (positive, Decay::positive),
            Column::Negative => (negative, Decay::negative),
            Column::Unvoiced => (unvoiced, Decay::negative),
        };
        let age = day.saturating_sub(entry.day);
        decay(Decay::new(), total, age) - decay(Decay::new(), total - entry.weight, age)
    }

    /// Posts an entry and returns the sums of the day before `epoch`, when this
    /// is the first time that the epoch touches the day.
    pub(crate) fn post(&mut self, entry: Entry, posting: Posting, epoch: u32) -> Option<Sums> {
        let position = match self.days.last() {
            Some(last) if last.day == entry.day => self.days.len() - 1,
            _ => match self.find(entry.day) {
                Ok(position) => position,
                Err(position) => {
                    let fresh = Day { day: entry.day, mark: 0, sums: Sums::default() };
                    self.days.insert(position, fresh);
                    position
                }
            },
        };
        let day = &mut self.days[position];
        let before = day.sums;
        let sum = match entry.column {
            Column::Positive => &mut day.sums.positive,
            Column::Negative => &mut day.sums.negative,
            Column::Unvoiced => &mut day.sums.unvoiced,
        };
        match posting {
            Posting::Add => *sum += entry.weight,
            Posting::TakeOut => {
                *sum = sum
                    .checked_sub(entry.weight)
                    .expect("only what was added on a day is taken out of it");
            }
        }
        if day.mark == epoch {
            return None;
        }
        day.mark = epoch;
        Some(before)
    }

    /// Whether a day that had `before` has other sums now; a day without sums
    /// is dropped.
    pub(crate) fn settle(&mut self, day: u32, before: Sums) -> bool {
        let Ok(position) = self.find(day) else {
            return !before.is_zero();
        };
        let now = self.days[position].sums;
        if now.is_zero() {
            self.days.remove(position);
        }
        now != before
    }

    fn find(&self, day: u32) -> Result<usize, usize> {
        self.days.binary_search_by_key(&day, |entry| entry.day)
    }
}
