//! Mail: what a message is, the port that sends it, and the texts in both
//! languages.
//!
//! A [`Message`] is valid from birth: every adapter can send it as it is, and
//! nothing in it can become a header that nobody wrote.

mod address;
mod error;
mod kind;
mod letter;
mod message;
mod ports;
mod samples;
mod texts;
mod unsubscribe;

#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "memory")]
mod memory;

pub use address::Address;
pub use error::{CODES, MailError, MailInvalid};
pub use erynoa_kernel::Language;
pub use kind::MailKind;
#[cfg(feature = "memory")]
pub use memory::MemoryMailer;
pub use message::{Draft, HTML_MOST_BYTES, Message, SUBJECT_MOST_CHARS, TEXT_MOST_BYTES};
pub use ports::{MailOutbox, MailState, Mailer, OutboxEntry, Postbox, Receipt, Refusal};
pub use samples::sample;
pub use texts::{
    DIGEST_MOST, Envelope, Invitation, Mail, NOTE_MOST_CHARS, Said, invitation, write,
};
pub use unsubscribe::{UnsubscribeStep, unsubscribe_page};
