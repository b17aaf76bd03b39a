//! Trust over time.

use erynoa_kernel::{IdentityId, RealmId};

use crate::TrustFold;
use crate::fold::index32;

/// Trust of a subject at the end of one epoch that changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryPoint {
    /// The epoch.
    pub epoch: u64,
    /// Its time, microseconds.
    pub closed_at_us: u64,
    /// R, I, C, P, V, Ω in ppm.
    pub values_ppm: [u32; 6],
}

/// A point as the fold keeps it.
#[derive(Clone, Copy, Debug)]
struct Moment {
    epoch: u32,
    /// The one before it of the same member, as index + 1; 0 for none.
    previous: u32,
    values_ppm: [u32; 6],
}

/// The points of all members, epoch after epoch: a list for each member would
/// cost every change a place of its own in memory.
#[derive(Debug, Default)]
pub(crate) struct History {
    moments: Vec<Moment>,
    /// Time of each epoch.
    closed_at_us: Vec<u64>,
}

impl History {
    pub(crate) fn close(&mut self, closed_at_us: u64) {
        self.closed_at_us.push(closed_at_us);
    }

    /// Keeps values of the epoch closed last; `newest` is the member's place in
    /// the history.
    pub(crate) fn remember(&mut self, newest: &mut u32, values_ppm: [u32; 6]) {
        let epoch = index32(self.closed_at_us.len());
        self.moments.push(Moment { epoch, previous: *newest, values_ppm });
        *newest = index32(self.moments.len());
    }

    fn points(&self, newest: u32) -> Vec<HistoryPoint> {
        let moment = |index: u32| Some(self.moments[index.checked_sub(1)? as usize]);
        let mut points: Vec<HistoryPoint> =
            std::iter::successors(moment(newest), |last| moment(last.previous))
                .map(|Moment { epoch, values_ppm, .. }| HistoryPoint {
                    epoch: u64::from(epoch),
                    closed_at_us: self.closed_at_us[epoch as usize - 1],
                    values_ppm,
                })
                .collect();
        points.reverse();
        points
    }
}

impl TrustFold {
    /// Values at the end of each epoch that changed the subject's evidence or
    /// made it a founder, oldest first. In between, trust only decays.
    #[must_use]
    pub fn history(&self, realm: &RealmId, subject: &IdentityId) -> Vec<HistoryPoint> {
        let newest = self.member(realm, subject).map_or(0, |(_, member)| member.history);
        self.history.points(newest)
    }
}
