//! Where reports and judgements stand in the log, by what is asked of them, so
//! that no list of them walks the log. A report takes about 200 bytes here, at
//! most 300.

use std::collections::{BTreeSet, HashMap, HashSet};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scope {
    All,
    Realm(RealmId),
    About(IdentityId),
}

/// The lists.
#[derive(Debug, Default)]
pub struct Docket {
    /// Reports and judgements, ascending.
    said: HashMap<(Matter, Scope), Vec<u64>>,
    /// Reports that wait for a decision, of all realms and of each.
    open: HashMap<Scope, BTreeSet<u64>>,
}

impl Docket {
    /// The last `limit` positions below `before`, newest first: of one realm or
    /// of all, about somebody or about anybody.
    #[must_use]
    pub fn newest(
        &self,
        log: &LogState,
        (matter, realm, about): (Matter, Option<RealmId>, Option<IdentityId>),
        before: u64,
        limit: usize,
    ) -> Vec<u64> {
        let whole = realm.map_or(Scope::All, Scope::Realm);
        let open = self.open.get(&whole);
        let (list, scope) = match (matter, about) {
            (Matter::OpenReport, None) => {
                let open = open.into_iter().flat_map(|open| open.range(..before).rev());
                return open.take(limit).copied().collect();
            }
            (Matter::OpenReport, Some(about)) => (Matter::Report, Scope::About(about)),
            (matter, about) => (matter, about.map_or(whole, Scope::About)),
        };
        let fits = |at: &u64| match matter {
            Matter::OpenReport => open.is_some_and(|open| open.contains(at)),
            Matter::Report | Matter::Judgement => {
                realm.is_none_or(|realm| log.at(*at).is_some_and(|event| event.realm == realm))
            }
        };
        let said = self.said.get(&(list, scope)).map_or(&[][..], Vec::as_slice);
        let earlier = &said[..said.partition_point(|&at| at < before)];
        earlier.iter().rev().copied().filter(fits).take(limit).collect()
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
        let concerned: HashSet<IdentityId> =
            report.subjects.iter().copied().chain(authors).collect();
        self.say(Matter::Report, at, realm, concerned);
        for scope in [Scope::All, Scope::Realm(realm)] {
            self.open.entry(scope).or_default().insert(at);
        }
    }

    /// Somebody has decided about the report at this position of this realm.
    pub(super) fn decided(&mut self, report_at: u64, realm: RealmId) {
        for scope in [Scope::All, Scope::Realm(realm)] {
            if let Some(open) = self.open.get_mut(&scope) {
                open.remove(&report_at);
            }
        }
    }

    pub(super) fn judged(&mut self, at: u64, realm: RealmId, subject: IdentityId) {
        self.say(Matter::Judgement, at, realm, [subject]);
    }

    fn say(
        &mut self,
        matter: Matter,
        at: u64,
        realm: RealmId,
        about: impl IntoIterator<Item = IdentityId>,
    ) {
        let scopes = [Scope::All, Scope::Realm(realm)].into_iter();
        for scope in scopes.chain(about.into_iter().map(Scope::About)) {
            self.said.entry((matter, scope)).or_default().push(at);
        }
    }
}
