//! One realm of the tree.

use std::sync::OnceLock;

use erynoa_kernel::{EventId, IdentityId, RealmId};

use crate::credentials::Credentials;
use crate::governance::Electorate;
use crate::members::Members;
use crate::rules::{Effective, OwnRule};

/// A realm as folded from the log. About 1 KiB, with about 120 bytes for each
/// member and each rule's text besides.
#[derive(Clone, Debug)]
pub struct Realm {
    /// Its id.
    pub id: RealmId,
    /// Its name.
    pub name: String,
    /// What it is for, may be empty.
    pub description: String,
    /// Its founders, ascending.
    pub founders: Vec<IdentityId>,
    /// A partition shares members, trust and government of the realm above.
    pub partition: bool,
    /// `realm_created` event, that event's wall time and log position.
    pub created: (EventId, u64, u64),
    /// Who belongs to it; of the root only founders and the excluded.
    pub members: Members,
    /// Rules of the realm itself, ascending by id.
    pub own: Vec<OwnRule>,
    /// Rules that are set and not in force yet, ascending by id.
    pub pending: Vec<OwnRule>,
    /// All that is in force.
    pub effective: Effective,
    /// Events, bytes, gas, crossings of the open epoch.
    pub used: [u64; 4],
    pub(crate) credentials: Credentials,
    /// Indexes from the root to this realm.
    pub(crate) path: Vec<u32>,
    /// Indexes in the order of creation.
    pub(crate) children: Vec<u32>,
    /// Indexes of its proposals in the order of the log.
    pub(crate) proposals: Vec<u32>,
    /// Who may vote, once somebody has asked since the last closed epoch.
    pub(crate) electorate: OnceLock<Electorate>,
}

impl Realm {
    /// 0 for the root.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.path.len() - 1
    }

    /// The realm itself defines a rule of this id, in force or not.
    pub(crate) fn defines(&self, rule: &str) -> bool {
        self.own.iter().chain(&self.pending).any(|own| own.rule.id == rule)
    }

    /// Sets rules: those in force at once take the place of older ones of their
    /// id, the others wait.
    pub(crate) fn set(&mut self, rules: impl IntoIterator<Item = OwnRule>, now_us: u64) {
        for rule in rules {
            let list = if rule.rule.effective_from_us <= now_us {
                self.pending.retain(|old| old.rule.id != rule.rule.id);
                &mut self.own
            } else {
                &mut self.pending
            };
            match list.binary_search_by(|old| old.rule.id.cmp(&rule.rule.id)) {
                Ok(at) => list[at] = rule,
                Err(at) => list.insert(at, rule),
            }
        }
    }

    pub(crate) fn remove(&mut self, rule: &str) {
        self.own.retain(|own| own.rule.id != rule);
        self.pending.retain(|own| own.rule.id != rule);
    }

    /// Takes pending rules into force; whether there were any.
    pub(crate) fn mature(&mut self, now_us: u64) -> bool {
        if self.pending.iter().all(|rule| rule.rule.effective_from_us > now_us) {
            return false;
        }
        let pending = std::mem::take(&mut self.pending);
        self.set(pending, now_us);
        true
    }
}
