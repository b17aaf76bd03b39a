//! What the events context needs from outside.

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_kernel::{IdentityId, PublicKey, RealmId, StoreError};

use crate::{Event, EventError, VerifiedEvent};

/// A durable, append-only sequence of entries with its latest checkpoint.
///
/// Positions count from 0 without gaps. Several processes may write one log
/// where the store allows it: each takes its turn, reads what the others have
/// added, judges, and appends. Laws: `contract.rs`.
#[async_trait]
pub trait EventLog: Send + Sync + 'static {
    /// Appends `entries` at position `expected_size` and, when given, replaces
    /// the latest checkpoint, all or nothing. When it returns `Ok`, everything
    /// is on disk (fsync). Ends a turn, also with nothing to append.
    ///
    /// # Errors
    /// `Conflict` when the log does not hold exactly `expected_size` entries;
    /// nothing is written then. `Unavailable` when the store does not answer:
    /// it is then not known whether the entries will be there.
    async fn append(
        &self,
        expected_size: u64,
        entries: Vec<Bytes>,
        checkpoint: Option<String>,
    ) -> Result<(), StoreError>;

    /// Up to `limit` entries from position `from`, in order; fewer at the end.
    ///
    /// # Errors
    /// `Corrupt`, naming the position, when an entry is damaged.
    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Bytes>, StoreError>;

    /// Number of entries.
    async fn size(&self) -> Result<u64, StoreError>;

    /// The signed note of the latest checkpoint.
    async fn checkpoint(&self) -> Result<Option<String>, StoreError>;

    /// Bytes that the log takes on disk, 0 in memory.
    async fn bytes_on_disk(&self) -> Result<u64, StoreError>;

    /// Waits for the right to append next, and tells the size of the log at
    /// that moment; it does not change until the turn ends. Whoever alone can
    /// write the log always has its turn.
    ///
    /// # Errors
    /// `Unavailable` when the turn does not come in time.
    async fn take_turn(&self) -> Result<u64, StoreError> {
        self.size().await
    }

    /// Waits until another process may have added to the `known` entries; for
    /// ever when none can.
    async fn grown(&self, known: u64) {
        let _ = known;
        std::future::pending::<()>().await;
    }
}

/// What the log must know about identities and realms to judge an event; the
/// fold in `identity` answers.
pub trait KeyDirectory {
    /// Whether `signer` may say `event` now: the author exists (or is being
    /// created), the key is live and has the purpose, and the identity's own
    /// rules about keys hold.
    ///
    /// # Errors
    /// Code, field and reason.
    fn check_author(&self, event: &Event, signer: &PublicKey) -> Result<(), EventError>;

    /// Whether `key` is a live assertion key of `identity`.
    fn is_live(&self, identity: &IdentityId, key: &PublicKey) -> bool;

    /// Whether `key` is or ever was a key of `identity`.
    fn ever_owned(&self, identity: &IdentityId, key: &PublicKey) -> bool;

    /// Whether the log has this identity.
    fn knows(&self, identity: &IdentityId) -> bool;

    /// The identity at the end of the chain of controllers; the identity
    /// itself when it has none.
    fn root_of(&self, identity: &IdentityId) -> IdentityId;

    /// Whether the author may say this by the delegations that it holds. Only
    /// spirits need any. `realms` says which realm lies within which.
    ///
    /// # Errors
    /// Code, field and every reason.
    fn check_delegation(&self, event: &Event, realms: &dyn RealmRules) -> Result<(), EventError>;
}

/// What the events of one batch use of a realm's quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RealmUse {
    /// Events.
    pub events: u64,
    /// Bytes of their entries.
    pub bytes: u64,
    /// Gas (protocol §8).
    pub gas: u64,
}

/// What the log must know about realms to judge an event; the fold in `realms`
/// answers.
pub trait RealmRules {
    /// Whether the realm exists.
    fn has_realm(&self, realm: &RealmId) -> bool;

    /// Whether `realm` is `ancestor` or lies below it.
    fn is_within(&self, realm: &RealmId, ancestor: &RealmId) -> bool;

    /// Whether the event may stand in its realm now: membership, rules, quotas,
    /// who may judge, issue, vote; decisions that the log's key announces.
    /// `staged` is what the batch has used of the realm's quota. Returns what
    /// the event uses.
    ///
    /// # Errors
    /// Code, field and every reason.
    fn check(&self, event: &VerifiedEvent, staged: RealmUse) -> Result<RealmUse, EventError>;
}
