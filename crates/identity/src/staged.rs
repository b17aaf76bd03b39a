//! One batch laid over a directory.

use erynoa_events::Event;
use erynoa_kernel::{EventId, IdentityId, PublicKey, RealmId};

use crate::directory::{Lookup, answer_the_log};
use crate::{Directory, Identity, Realm};

/// A directory with the events of one batch laid over it; the directory below
/// stays as it is.
#[derive(Debug)]
pub struct Staged<'a> {
    base: &'a Directory,
    // Copies of the identities that the batch touches, and what it creates.
    overlay: Directory,
}

impl<'a> Staged<'a> {
    /// Nothing staged yet.
    #[must_use]
    pub fn over(base: &'a Directory) -> Self {
        Self { base, overlay: Directory::default() }
    }

    /// Stages an event that the log has admitted.
    pub fn apply(&mut self, id: EventId, event: &Event, signer: &PublicKey) {
        if self.overlay.identity(&event.author).is_none()
            && changes_keys(event)
            && let Some(identity) = self.base.identity(&event.author)
        {
            self.overlay.insert(identity.clone());
        }
        self.overlay.apply(id, event, signer);
    }
}

fn changes_keys(event: &Event) -> bool {
    use erynoa_events::EventKind::{KeyAdded, KeyRevoked};
    matches!(event.body.kind(), KeyAdded | KeyRevoked)
}

impl Lookup for Staged<'_> {
    fn identity(&self, id: &IdentityId) -> Option<&Identity> {
        self.overlay.identity(id).or_else(|| self.base.identity(id))
    }

    fn owner(&self, key: &PublicKey) -> Option<IdentityId> {
        self.overlay.owner(key).or_else(|| self.base.owner(key))
    }

    fn realm(&self, id: &RealmId) -> Option<&Realm> {
        self.overlay.realm(id).or_else(|| self.base.realm(id))
    }
}

answer_the_log!(Staged<'_>);
