//! One batch laid over a directory.

use erynoa_events::{Body, Event};
use erynoa_kernel::{EventId, IdentityId, PublicKey};

use crate::directory::{Lookup, answer_the_log};
use crate::{Delegations, Directory, Identity};

/// A directory with the events of one batch laid over it; the directory below
/// stays as it is. Delegations and heights are those below: whatever changes
/// them is the last of its batch ([`erynoa_events::EventKind::is_structural`]).
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

    /// Whether the identity, and everybody who controls it, was not deactivated.
    #[must_use]
    pub fn is_active(&self, id: &IdentityId) -> bool {
        crate::controllers::is_active(self, id)
    }

    /// Kind of the identity, when it is known.
    #[must_use]
    pub fn namespace_of(&self, id: &IdentityId) -> Option<erynoa_kernel::Namespace> {
        self.identity(id).map(|identity| identity.did.namespace)
    }

    /// Stages an event that the log has admitted.
    pub fn apply(&mut self, id: EventId, event: &Event, signer: &PublicKey) {
        if let Some(changed) = changed_by(event)
            && self.overlay.identity(&changed).is_none()
            && let Some(identity) = self.base.identity(&changed)
        {
            self.overlay.insert(identity.clone());
        }
        self.overlay.apply(id, event, signer);
    }
}

/// The identity that an event changes.
fn changed_by(event: &Event) -> Option<IdentityId> {
    match &event.body {
        Body::KeyAdded(_) | Body::KeyRevoked(_) | Body::IdentityRecovered(_) => Some(event.author),
        Body::ControllerSet(set) => Some(set.identity),
        Body::IdentityDeactivated(ended) => Some(ended.identity),
        _ => None,
    }
}

impl Lookup for Staged<'_> {
    fn identity(&self, id: &IdentityId) -> Option<&Identity> {
        self.overlay.identity(id).or_else(|| self.base.identity(id))
    }

    fn owner(&self, key: &PublicKey) -> Option<IdentityId> {
        self.overlay.owner(key).or_else(|| self.base.owner(key))
    }

    fn height(&self, id: &IdentityId) -> usize {
        self.base.height(id)
    }

    fn delegations(&self) -> &Delegations {
        self.base.delegations()
    }

    fn closed_at_us(&self) -> u64 {
        self.base.closed_at_us()
    }
}

answer_the_log!(Staged<'_>);
