//! Credentials as rules look at them: live from the event that issues one, to
//! the event that takes it back or the epoch that reaches its end. Of one
//! issuer, subject and type only the newest counts.

use std::collections::BTreeSet;

use erynoa_events::{CredentialIssued, CredentialRevoked, Event};
use erynoa_kernel::{Coordinate, EventId, IdentityId};
use rustc_hash::FxHashMap;

use crate::parameters::PERSON;

#[derive(Clone, Debug)]
struct Held {
    credential_type: String,
    issuer: IdentityId,
    issued: (Coordinate, EventId),
    /// 0 = never.
    expires_at_us: u64,
    revoked: bool,
}

/// The credentials issued in one realm: about 150 bytes each, one for each
/// issuer, subject and type.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    by_subject: FxHashMap<IdentityId, Vec<Held>>,
    persons: BTreeSet<IdentityId>,
}

impl Credentials {
    pub(crate) fn issue(&mut self, id: EventId, event: &Event, issued: &CredentialIssued) {
        let new = Held {
            credential_type: issued.credential_type.clone(),
            issuer: event.author,
            issued: (event.coordinate, id),
            expires_at_us: issued.expires_at_us.unwrap_or(0),
            revoked: false,
        };
        if new.credential_type == PERSON {
            self.persons.insert(issued.subject);
        }
        let held = self.by_subject.entry(issued.subject).or_default();
        let same = held
            .iter_mut()
            .find(|old| old.issuer == new.issuer && old.credential_type == new.credential_type);
        match same {
            Some(old) if old.issued < new.issued => *old = new,
            Some(_) => {}
            None => held.push(new),
        }
    }

    pub(crate) fn revoke(&mut self, issuer: &IdentityId, revoked: &CredentialRevoked) {
        let held = self.by_subject.get_mut(&revoked.subject);
        let found = held.and_then(|held| {
            held.iter_mut().find(|h| h.issued.1 == revoked.credential && h.issuer == *issuer)
        });
        if let Some(found) = found {
            found.revoked = true;
        }
    }

    fn live(&self, subject: &IdentityId, now_us: u64) -> impl Iterator<Item = &str> {
        self.by_subject
            .get(subject)
            .into_iter()
            .flatten()
            .filter(move |held| {
                !held.revoked && (held.expires_at_us == 0 || held.expires_at_us > now_us)
            })
            .map(|held| held.credential_type.as_str())
    }

    /// Whether somebody holds a live credential of a type.
    #[must_use]
    pub fn holds(&self, subject: &IdentityId, credential_type: &str, now_us: u64) -> bool {
        self.live(subject, now_us).any(|held| held == credential_type)
    }

    /// How many types somebody would hold with one of this type besides.
    pub(crate) fn types_with(
        &self,
        subject: &IdentityId,
        credential_type: &str,
        now_us: u64,
    ) -> usize {
        let mut types: BTreeSet<&str> = self.live(subject, now_us).collect();
        types.insert(credential_type);
        types.len()
    }

    /// Adds the types that somebody holds.
    pub(crate) fn collect(&self, subject: &IdentityId, now_us: u64, into: &mut BTreeSet<String>) {
        into.extend(self.live(subject, now_us).map(str::to_owned));
    }

    /// Everybody who ever got a credential of a person here, ascending.
    pub(crate) fn persons(&self) -> impl Iterator<Item = &IdentityId> {
        self.persons.iter()
    }
}
