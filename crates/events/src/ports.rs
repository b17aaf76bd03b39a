//! What the events context needs from outside.

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_kernel::{IdentityId, PublicKey, RealmId, StoreError};

use crate::{Event, EventError};

/// A durable, append-only sequence of entries with its latest checkpoint.
///
/// Positions count from 0 without gaps. Laws: `contract.rs`.
#[async_trait]
pub trait EventLog: Send + Sync + 'static {
    /// Appends `entries` at position `expected_size` and, when given, replaces
    /// the latest checkpoint, all or nothing. When it returns `Ok`, everything
    /// is on disk (fsync).
    ///
    /// # Errors
    /// `Conflict` when the log does not hold exactly `expected_size` entries;
    /// nothing is written then.
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

    /// Whether the realm exists.
    fn has_realm(&self, realm: &RealmId) -> bool;
}
