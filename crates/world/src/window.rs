//! The last 90 days of everybody, day by day, so that what a day added can be
//! taken out again exactly.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diversity::EntropyTable;
use crate::formula::{Kinds, WINDOW_DAYS};

/// Partner of events without another side, or with one of the author's own root.
pub(crate) const NOBODY: u32 = u32::MAX;

/// Counts of one subject within the window.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity {
    /// n: days of each partner, and of nobody, added up.
    pub(crate) witnessed: u32,
    /// Of these, with a partner.
    pub(crate) partnered: u32,
    /// Σ f · log₂ f over the days of each partner.
    pub(crate) entropy: u64,
    /// Events of each kind, ascending by kind.
    pub(crate) kinds: Kinds,
}

impl Activity {
    fn count_kind(&mut self, kind: u8, change: impl Fn(u32) -> u32) {
        match self.kinds.binary_search_by_key(&kind, |&(kind, _)| kind) {
            Ok(position) => {
                let count = &mut self.kinds[position].1;
                *count = change(*count);
                if *count == 0 {
                    self.kinds.remove(position);
                }
            }
            Err(position) => self.kinds.insert(position, (kind, change(0))),
        }
    }
}

/// What one day added.
#[derive(Clone, Debug, Default)]
struct DayRecord {
    day: u64,
    /// Subject and partner, each pair once.
    pairs: Vec<(u32, u32)>,
    /// Subject, kind and number of events.
    kinds: Vec<(u32, u8, u32)>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    /// Days before today with events, oldest first.
    earlier: VecDeque<DayRecord>,
    today: DayRecord,
    /// Pairs of today.
    paired: FxHashSet<u64>,
    /// Where a subject and kind stand in today's record.
    kind_at: FxHashMap<u64, usize>,
    /// Days of a subject and partner within the window.
    partner_days: FxHashMap<u64, u8>,
    table: EntropyTable,
}

fn pair_key(subject: u32, partner: u32) -> u64 {
    u64::from(subject) << 32 | u64::from(partner)
}

impl Window {
    /// Begins a day, if it is later than the present one, and takes the days
    /// out that are not within the window any more. `activity` finds a
    /// subject's counts.
    pub(crate) fn open_day(
        &mut self,
        day: u64,
        mut activity: impl FnMut(u32, &mut dyn FnMut(&mut Activity)),
    ) {
        if day <= self.today.day {
            return;
        }
        let fresh = DayRecord { day, ..DayRecord::default() };
        let today = std::mem::replace(&mut self.today, fresh);
        if !today.pairs.is_empty() {
            self.earlier.push_back(today);
        }
        self.paired.clear();
        self.kind_at.clear();
        while self.earlier.front().is_some_and(|first| first.day + WINDOW_DAYS <= day) {
            let Some(gone) = self.earlier.pop_front() else { break };
            for (subject, partner) in gone.pairs {
                activity(subject, &mut |counts| self.take_out(counts, subject, partner));
            }
            for (subject, kind, count) in gone.kinds {
                activity(subject, &mut |counts| counts.count_kind(kind, |all| all - count));
            }
        }
    }

    fn take_out(&mut self, counts: &mut Activity, subject: u32, partner: u32) {
        counts.witnessed -= 1;
        if partner == NOBODY {
            return;
        }
        let key = pair_key(subject, partner);
        let Some(days) = self.partner_days.get_mut(&key) else { return };
        counts.partnered -= 1;
        counts.entropy -= self.table.of(*days);
        *days -= 1;
        counts.entropy += self.table.of(*days);
        if *days == 0 {
            self.partner_days.remove(&key);
        }
    }

    /// Adds an event of today.
    pub(crate) fn add(&mut self, counts: &mut Activity, subject: u32, partner: u32, kind: u8) {
        counts.count_kind(kind, |all| all + 1);
        let next = self.today.kinds.len();
        let at = *self.kind_at.entry(u64::from(subject) << 8 | u64::from(kind)).or_insert(next);
        match self.today.kinds.get_mut(at) {
            Some((_, _, count)) => *count += 1,
            None => self.today.kinds.push((subject, kind, 1)),
        }
        let key = pair_key(subject, partner);
        if !self.paired.insert(key) {
            return;
        }
        self.today.pairs.push((subject, partner));
        counts.witnessed += 1;
        if partner == NOBODY {
            return;
        }
        let days = self.partner_days.entry(key).or_default();
        counts.partnered += 1;
        counts.entropy -= self.table.of(*days);
        *days += 1;
        counts.entropy += self.table.of(*days);
    }
}
