//! Where reports and judgements stand in the log, by what is asked of them, so
//! that no list of them walks the log.

use std::collections::{BTreeSet, HashMap};

use erynoa_events::{AnomalyReported, LogState};
use erynoa_kernel::{IdentityId, RealmId};

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Matter {
    /// Every report.
    Report,
    /// Reports that nobody has decided.
    OpenReport,
    /// Judgements.
    Judgement,
}

/// One list: of a realm or of all, about an identity or about anybody.
type List = (Matter, Option<RealmId>, Option<IdentityId>);

/// The lists.
#[derive(Debug, Default)]
pub struct Docket {
    lists: HashMap<List, BTreeSet<u64>>,
    /// Whom each open report concerns, by its position.
    open: HashMap<u64, (RealmId, BTreeSet<IdentityId>)>,
}

impl Docket {
    /// The last `limit` positions below `before`, newest first.
    #[must_use]
    pub fn newest(
        &self,
        matter: Matter,
        realm: Option<RealmId>,
        about: Option<IdentityId>,
        before: u64,
        limit: usize,
    ) -> Vec<u64> {
        let list = self.lists.get(&(matter, realm, about));
        list.into_iter().flat_map(|list| list.range(..before).rev()).take(limit).copied().collect()
    }

    /// A report concerns whom it names and the authors of its evidence.
    pub(super) fn reported(
        &mut self,
        log: &LogState,
        at: u64,
        realm: RealmId,
        report: &AnomalyReported,
    ) {
        let authors = report.evidence.iter().filter_map(|id| log.find(id)).map(|seen| seen.author);
        let concerned: BTreeSet<IdentityId> =
            report.subjects.iter().copied().chain(authors).collect();
        for matter in [Matter::Report, Matter::OpenReport] {
            for list in lists_of(matter, realm, &concerned) {
                self.lists.entry(list).or_default().insert(at);
            }
        }
        self.open.insert(at, (realm, concerned));
    }

    /// Somebody has decided about the report at this position.
    pub(super) fn decided(&mut self, report_at: u64) {
        let Some((realm, concerned)) = self.open.remove(&report_at) else { return };
        for list in lists_of(Matter::OpenReport, realm, &concerned) {
            if let Some(open) = self.lists.get_mut(&list) {
                open.remove(&report_at);
            }
        }
    }

    pub(super) fn judged(&mut self, at: u64, realm: RealmId, subject: IdentityId) {
        for list in lists_of(Matter::Judgement, realm, &BTreeSet::from([subject])) {
            self.lists.entry(list).or_default().insert(at);
        }
    }
}

/// The lists that something in a realm about somebody stands in.
fn lists_of(
    matter: Matter,
    realm: RealmId,
    concerned: &BTreeSet<IdentityId>,
) -> impl Iterator<Item = List> {
    let about = std::iter::once(None).chain(concerned.iter().copied().map(Some));
    about.flat_map(move |about| [None, Some(realm)].map(|realm| (matter, realm, about)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REALM: RealmId = RealmId::from_bytes([1; 32]);
    const OTHER: RealmId = RealmId::from_bytes([2; 32]);
    const EVE: IdentityId = IdentityId::from_bytes([3; 32]);

    #[test]
    fn a_list_holds_what_is_of_its_realm_and_about_its_identity_newest_first() {
        let mut docket = Docket::default();
        docket.judged(3, REALM, EVE);
        docket.judged(5, OTHER, EVE);
        docket.judged(8, REALM, IdentityId::from_bytes([4; 32]));
        let newest =
            |realm, about, before| docket.newest(Matter::Judgement, realm, about, before, 9);
        assert_eq!(newest(None, None, u64::MAX), [8, 5, 3]);
        assert_eq!(newest(Some(REALM), None, 8), [3]);
        assert_eq!(newest(None, Some(EVE), u64::MAX), [5, 3]);
        assert_eq!(newest(Some(OTHER), Some(EVE), u64::MAX), [5]);
        assert_eq!(docket.newest(Matter::Judgement, None, None, u64::MAX, 2), [8, 5]);
    }
}
