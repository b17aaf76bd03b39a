//! What realms ask of the fold of identities.

use erynoa_events::KeyDirectory;
use erynoa_identity::{Directory, Staged};
use erynoa_kernel::{IdentityId, Namespace, PublicKey};

/// Identities as the log, and what is staged over it, has them.
pub trait Identities {
    /// Whether the log has this identity.
    fn knows(&self, identity: &IdentityId) -> bool;
    /// The end of its chain of controllers; itself when it has none.
    fn root_of(&self, identity: &IdentityId) -> IdentityId;
    /// Whether `key` is a live assertion key of it.
    fn is_live(&self, identity: &IdentityId, key: &PublicKey) -> bool;
    /// Whether it, and everybody who controls it, is known and was not
    /// deactivated.
    fn is_active(&self, identity: &IdentityId) -> bool;
    /// Kind of the identity, when it is known.
    fn namespace_of(&self, identity: &IdentityId) -> Option<Namespace>;
}

impl Identities for Directory {
    fn knows(&self, identity: &IdentityId) -> bool {
        KeyDirectory::knows(self, identity)
    }

    fn root_of(&self, identity: &IdentityId) -> IdentityId {
        KeyDirectory::root_of(self, identity)
    }

    fn is_live(&self, identity: &IdentityId, key: &PublicKey) -> bool {
        KeyDirectory::is_live(self, identity, key)
    }

    fn is_active(&self, identity: &IdentityId) -> bool {
        Self::is_active(self, identity)
    }

    fn namespace_of(&self, identity: &IdentityId) -> Option<Namespace> {
        self.find(identity).map(|found| found.did.namespace)
    }
}

impl Identities for Staged<'_> {
    fn knows(&self, identity: &IdentityId) -> bool {
        KeyDirectory::knows(self, identity)
    }

    fn root_of(&self, identity: &IdentityId) -> IdentityId {
        KeyDirectory::root_of(self, identity)
    }

    fn is_live(&self, identity: &IdentityId, key: &PublicKey) -> bool {
        KeyDirectory::is_live(self, identity, key)
    }

    fn is_active(&self, identity: &IdentityId) -> bool {
        Self::is_active(self, identity)
    }

    fn namespace_of(&self, identity: &IdentityId) -> Option<Namespace> {
        Self::namespace_of(self, identity)
    }
}
