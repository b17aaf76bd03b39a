//! What the directory knows of one identity.

use erynoa_events::KeyPurpose;
use erynoa_kernel::{Did, EventId, IdentityId, PublicKey};

/// One key of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub public_key: PublicKey,
    /// What it may do, ascending.
    pub purposes: Vec<KeyPurpose>,
    /// Device, may be empty.
    pub label: String,
    /// Event that added it, and that event's wall time; of a recovery the time
    /// at which it took effect.
    pub added: (EventId, u64),
    /// Event that ended it, and when, likewise.
    pub revoked: Option<(EventId, u64)>,
}

impl Key {
    /// Whether the key is live and has the purpose.
    #[must_use]
    pub fn may(&self, purpose: KeyPurpose) -> bool {
        self.revoked.is_none() && self.purposes.contains(&purpose)
    }
}

/// All keys are about to be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The `identity_recovered` event, and that event's wall time.
    pub requested: (EventId, u64),
    /// The key that will be live; `key_revoked` of it cancels.
    pub public_key: PublicKey,
    /// Device of that key, may be empty.
    pub key_label: String,
    /// The recovery key that takes the place of the present ones.
    pub recovery_key: Option<PublicKey>,
    /// The first epoch that closes at or after this brings it into effect,
    /// microseconds; `None` while the epoch of the request is open.
    pub effective_at_us: Option<u64>,
}

/// One identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its name.
    pub did: Did,
    /// Self-chosen, may be empty.
    pub display_name: String,
    /// In the order in which they were added, the first key first.
    pub keys: Vec<Key>,
    /// Who controls it.
    pub controller: Option<IdentityId>,
    /// Event that created it, and that event's wall time.
    pub created: (EventId, u64),
    /// Event that changed it last, and when; equal to `created` at first.
    pub updated: (EventId, u64),
    /// Event that ended it, and that event's wall time.
    pub deactivated: Option<(EventId, u64)>,
    /// Public delay of a recovery, seconds.
    pub recovery_delay_s: u32,
    /// A recovery that waits.
    pub recovery: Option<Box<Recovery>>,
}

impl Identity {
    /// The key, live or not.
    #[must_use]
    pub fn key(&self, key: &PublicKey) -> Option<&Key> {
        self.keys.iter().find(|k| k.public_key == *key)
    }

    /// Whether it can still replace its keys.
    #[must_use]
    pub fn is_recoverable(&self) -> bool {
        self.keys.iter().any(|key| key.may(KeyPurpose::Recovery))
    }
}
