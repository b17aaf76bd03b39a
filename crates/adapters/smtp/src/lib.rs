//! Mail by SMTP, or into a folder where the console shows it.
//!
//! [`SmtpMailer`] hands messages to a mail server; [`FileOutbox`], the embedded
//! default, writes them as `.eml` files that any mail program opens.

mod compose;
mod outbox;
mod smtp;

pub use outbox::{FileOutbox, Stored, StoredHead, StoredName};
pub use smtp::{SmtpConfig, SmtpConfigError, SmtpMailer};
