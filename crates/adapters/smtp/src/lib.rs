//! Mail by SMTP, or into a folder where the console shows it.
//!
//! [`SmtpMailer`] hands messages to a mail server; [`FileOutbox`], the embedded
//! default, writes them as `.eml` files that any mail program opens. [`MailQueue`]
//! keeps in such files what the server does not take at the moment.

mod compose;
mod outbox;
mod queue;
mod smtp;

pub use outbox::{FileOutbox, Stored, StoredHead, StoredName};
pub use queue::MailQueue;
pub use smtp::{SmtpConfig, SmtpConfigError, SmtpMailer};
