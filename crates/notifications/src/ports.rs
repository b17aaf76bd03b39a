//! What notifications need from outside.

use async_trait::async_trait;
use erynoa_kernel::StoreError;

use crate::Inbox;

/// Whose inbox it is: the account's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reader([u8; 16]);

impl Reader {
    /// The reader with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// A move of the position up to which the log was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Where it must stand; `None` when it was never set.
    pub from: Option<u64>,
    /// Where it stands then.
    pub to: u64,
}

/// Keeps inboxes, each as a whole. Laws: `contract`.
#[async_trait]
pub trait Notifications: Send + Sync + 'static {
    /// Up to which position the log was read; `None` when never.
    async fn cursor(&self) -> Result<Option<u64>, StoreError>;

    /// The inbox of a reader; `None` when nothing was ever written into it.
    async fn get(&self, reader: Reader) -> Result<Option<Inbox>, StoreError>;

    /// Puts each inbox in the place of the one whose revision it has, which
    /// becomes one higher, and moves the cursor: all or nothing, durably. One
    /// that is not there yet has revision 0; no reader is named twice. `false`,
    /// and nothing has changed, when somebody else was faster.
    async fn write(&self, inboxes: &[Inbox], cursor: Option<Cursor>) -> Result<bool, StoreError>;

    /// Up to `limit` readers of whom a letter is due, the longest due first.
    async fn due(&self, now_us: u64, limit: usize) -> Result<Vec<Reader>, StoreError>;

    /// Forgets everything about a reader.
    async fn forget(&self, reader: Reader) -> Result<(), StoreError>;
}
