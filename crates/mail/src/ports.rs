//! What the mail context needs from outside.

use async_trait::async_trait;

use crate::{MailError, Message};

/// That a message has been taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// `Message-ID` without brackets: the message's id and the domain of its
    /// sender.
    pub message_id: String,
    /// What the taker said, for the log.
    pub reply: String,
}

impl Receipt {
    /// The receipt of a message.
    #[must_use]
    pub fn of(message: &Message, reply: impl Into<String>) -> Self {
        let (_, domain) = message.from.email().split_once('@').unwrap_or_default();
        Self { message_id: format!("{}@{domain}", message.id), reply: reply.into() }
    }
}

/// Sends mail. Laws: `contract`.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Hands a message over, whole or not at all. After `Ok` it is with the
    /// taker; sending it again sends it twice, under the same `Message-ID`.
    ///
    /// # Errors
    /// `Refused` for good, `Temporary` for now.
    async fn send(&self, message: &Message) -> Result<Receipt, MailError>;

    /// Whether messages can leave at this moment; answers within about a second.
    ///
    /// # Errors
    /// Why not.
    async fn check(&self) -> Result<(), MailError>;
}

/// A mailer that remembers what it was given. Laws: `contract`.
#[async_trait]
pub trait Postbox: Mailer {
    /// Takes a message and sends it once, however often one with its id is
    /// posted, also after a restart. A mail server that has taken it in the
    /// moment of a crash gets it again, under the same `Message-ID`.
    ///
    /// # Errors
    /// `Refused` for good, `Temporary` when it cannot be kept.
    async fn post(&self, message: &Message) -> Result<Receipt, MailError>;
}
