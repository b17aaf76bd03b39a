//! Mail: what a message is, the port that sends it, and the texts in both
//! languages.
//!
//! A [`Message`] is valid from birth: every adapter can send it as it is, and
//! nothing in it can become a header that nobody wrote.

mod address;
mod error;
mod message;
mod ports;
mod texts;

#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "memory")]
mod memory;

pub use address::Address;
pub use error::{CODES, MailError, MailInvalid};
#[cfg(feature = "memory")]
pub use memory::MemoryMailer;
pub use message::{Draft, HTML_MOST_BYTES, Language, Message, SUBJECT_MOST_CHARS, TEXT_MOST_BYTES};
pub use ports::{Mailer, Receipt};
pub use texts::{Envelope, Invitation, NOTE_MOST_CHARS, invitation};
