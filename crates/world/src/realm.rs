//! One realm of the world: who stands where, and how power is spread.

use erynoa_kernel::RealmId;
use rustc_hash::FxHashMap;

use crate::calibration::Calibration;
use crate::ladder::{Ladder, Spread};
use crate::metrics::History;
use crate::power::after_inactivity;
use crate::subject::Subject;

#[derive(Clone, Debug, Default)]
pub(crate) struct Realm {
    pub(crate) id: RealmId,
    /// Everybody that it has seen.
    pub(crate) subjects: Vec<u32>,
    /// Terms above 0, relative to the base day.
    pub(crate) ranking: Ladder,
    /// Norms of the subjects with evidence.
    pub(crate) norms: Spread,
    /// Diversity of those with partners, thousandths of a bit.
    pub(crate) diversity: Ladder,
    /// Power of each root with any.
    pub(crate) power: Spread,
    root_power: FxHashMap<u32, u64>,
    /// Day that the powers are as of.
    power_day: u64,
    pub(crate) voices: u32,
    pub(crate) calibration: Calibration,
    pub(crate) history: History,
    /// Entries in the epoch that is being closed.
    pub(crate) events: u32,
    /// Epoch that last touched it.
    pub(crate) touched_in: u64,
}

impl Realm {
    pub(crate) fn new(id: RealmId) -> Self {
        Self { id, ..Self::default() }
    }

    /// Moves a subject's power to what it is now, with its root.
    pub(crate) fn move_power(&mut self, subject: &mut Subject, day: u64) {
        if self.power_day != day {
            // Everybody's power is about to be counted anew.
            return;
        }
        let now = after_inactivity(subject.power, day.saturating_sub(subject.last_day));
        if (subject.counted_root, subject.counted_power) == (subject.root, now) {
            return;
        }
        self.change_root(subject.counted_root, subject.counted_power, 0);
        self.change_root(subject.root, 0, now);
        (subject.counted_root, subject.counted_power) = (subject.root, now);
    }

    fn change_root(&mut self, root: u32, less: u64, more: u64) {
        if less == more {
            return;
        }
        let power = self.root_power.entry(root).or_default();
        let before = *power;
        *power = before - less + more;
        let after = *power;
        if after == 0 {
            self.root_power.remove(&root);
        }
        if before > 0 {
            self.power.remove((before, root));
        }
        if after > 0 {
            self.power.insert((after, root));
        }
    }

    /// Counts all power as of this day: the inactive have less on each.
    pub(crate) fn count_power(&mut self, subjects: &mut [Subject], day: u64) {
        if self.power_day == day {
            return;
        }
        self.power_day = day;
        self.root_power.clear();
        for &index in &self.subjects {
            let subject = &mut subjects[index as usize];
            let now = after_inactivity(subject.power, day.saturating_sub(subject.last_day));
            (subject.counted_root, subject.counted_power) = (subject.root, now);
            if now > 0 {
                *self.root_power.entry(subject.root).or_default() += now;
            }
        }
        // Sorted there: the order of the map does not show.
        self.power = Spread::from_unsorted(
            self.root_power.iter().map(|(&root, &power)| (power, root)).collect(),
        );
    }
}
