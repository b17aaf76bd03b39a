//! What is folded from the log.

use std::collections::VecDeque;

use erynoa_events::{Body, LogState, VerifiedEvent};
use erynoa_identity::Directory;
use erynoa_kernel::{IdentityId, PublicKey, RealmId};
use erynoa_trust::{EpochOutcome, TrustFold};

/// The newest signed tree head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// Entries under it.
    pub size: u64,
    /// RFC 6962 root.
    pub root: [u8; 32],
    /// The signed note.
    pub note: String,
}

/// What one epoch changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedEpoch {
    /// Its number, from 1.
    pub epoch: u64,
    /// Subjects whose evidence changed, ascending.
    pub changed: Vec<(RealmId, IdentityId)>,
}

/// Epochs whose changed subjects are remembered for those who watch.
const REMEMBERED_EPOCHS: usize = 64;

/// Everything that reads are answered from. All of it follows from the log.
pub struct Models {
    /// Index, tree, key heads, epochs.
    pub log: LogState,
    /// Identities and realms.
    pub directory: Directory,
    /// Trust.
    pub trust: TrustFold,
    /// The newest checkpoint.
    pub checkpoint: Option<SignedCheckpoint>,
    /// Number of trust records that each epoch changed, from epoch 1.
    pub changed_counts: Vec<u32>,
    /// What the last epochs changed, newest last.
    pub recent: VecDeque<ClosedEpoch>,
    root_realm: RealmId,
}

impl Models {
    /// Nothing yet, for the log of this key.
    #[must_use]
    pub fn new(log_key: PublicKey) -> Self {
        Self {
            log: LogState::new(log_key),
            directory: Directory::default(),
            trust: TrustFold::new(),
            checkpoint: None,
            changed_counts: Vec::new(),
            recent: VecDeque::new(),
            root_realm: RealmId::root_of(&log_key),
        }
    }

    /// The root realm's id, whether or not the realm exists yet.
    #[must_use]
    pub const fn root_realm(&self) -> RealmId {
        self.root_realm
    }

    /// Whether an operator has founded the root realm.
    #[must_use]
    pub fn is_claimed(&self) -> bool {
        self.directory.find_realm(&self.root_realm).is_some()
    }

    /// Entries under the newest checkpoint.
    #[must_use]
    pub fn checkpoint_size(&self) -> u64 {
        self.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size)
    }

    /// Takes in the next entry of the log, in order. The end of an epoch comes
    /// through [`Self::close`] and then here.
    pub fn apply(&mut self, event: &VerifiedEvent) {
        let sequence = self.log.size();
        self.directory.apply(event.id(), event.event(), &event.signer());
        self.log.apply(event);
        if !matches!(event.event().body, Body::EpochClosed(_)) {
            self.trust.stage(sequence, event.id(), event.event(), &self.directory);
        }
    }

    /// Folds the open epoch.
    pub fn close(&mut self, closed_at_us: u64) -> EpochOutcome {
        let outcome = self.trust.close(closed_at_us);
        self.changed_counts.push(u32::try_from(outcome.changed.len()).unwrap_or(u32::MAX));
        if self.recent.len() == REMEMBERED_EPOCHS {
            self.recent.pop_front();
        }
        self.recent
            .push_back(ClosedEpoch { epoch: outcome.epoch, changed: outcome.changed.clone() });
        outcome
    }
}
