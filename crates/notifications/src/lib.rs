//! Notifications: what a person is told, what of it goes out as mail, and how
//! they want it.
//!
//! Everything of one reader is an [`Inbox`], a pure state machine that a store
//! keeps whole ([`Notifications`]). What the log says comes in together with
//! the position up to which the log was read, in one write: so each event is
//! told once, whoever crashes. A [`Letter`] that is to be mailed is written
//! down before it leaves and has the same id until it has left, so that the
//! mail's queue knows it again.

#[cfg(feature = "contract")]
pub mod contract;
mod error;
mod feed;
mod inbox;
mod kind;
#[cfg(feature = "memory")]
mod memory;
mod ports;
mod settings;
mod unsubscribe;

pub use error::{CODES, NotificationError};
pub use feed::{change, claim_letter, feed, read};
pub use inbox::{Inbox, Item, Letter, MailDue, News};
pub use kind::{Kind, MailMode};
#[cfg(feature = "memory")]
pub use memory::MemoryNotifications;
pub use ports::{Cursor, Notifications, Reader};
pub use settings::{Setting, Settings};
pub use unsubscribe::UnsubscribeKey;

/// Limits, each with its reason.
pub mod limits {
    /// Most notifications that are kept for one reader; older ones go. Nobody
    /// scrolls further, and an inbox is written as a whole, some 60 KiB then.
    pub const ITEMS_MOST: usize = 200;
    /// Ids that are remembered of what was posted directly, so that the same
    /// post again changes nothing; a step is tried again for hours, not for as
    /// long as a thousand others.
    pub const POSTED_MOST: usize = 1_000;
    /// Longest id of a notification, bytes.
    pub const ID_MOST: usize = 96;
    /// Attempts at a write that others overtake.
    pub const ATTEMPTS: usize = 16;
    /// How long a letter may be on its way to the mail's queue before somebody
    /// else takes it there, µs: longer than any pause of a process that lives.
    pub const LEASE_US: u64 = 120_000_000;
    /// Readers that are told of one event at once: what one write of a store
    /// holds. Further members of a realm see its proposals on its page.
    pub const READERS_MOST: usize = 10_000;
}
