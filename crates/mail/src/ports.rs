//! What the mail context needs from outside.

use async_trait::async_trait;
use erynoa_kernel::StoreError;

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
    /// taker. Sent again it keeps its `Message-ID`, and a taker that remembers
    /// ids takes it once.
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

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailState {
    /// The mail server does not take it at the moment.
    Waiting,
    /// The mail server has it.
    Sent,
    /// The mail server refuses it for good.
    Failed,
    /// There is no mail server; it is kept as a file.
    Kept,
}

impl MailState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Sent, Self::Failed, Self::Kept];
}

/// A message and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// What it is known by; later ones sort after earlier ones.
    pub name: String,
    /// Where it is.
    pub state: MailState,
    /// Name and address of who reads.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// When it was handed over, µs since the Unix epoch.
    pub queued_at_us: u64,
    /// When it was last tried.
    pub changed_at_us: u64,
    /// How often it was tried in vain.
    pub tries: u32,
    /// Why not, or what the server said when it took it.
    pub why: String,
}

/// That an address does not take mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the server said.
    pub why: String,
    /// When, µs since the Unix epoch.
    pub at_us: u64,
}

/// What became of messages, for those who run the installation.
#[async_trait]
pub trait MailOutbox: Send + Sync + 'static {
    /// Up to `limit` messages, of one state or of all, newest first, those
    /// before the one with this name alone.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn list(
        &self,
        state: Option<MailState>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, StoreError>;

    /// Has a message that waits or has failed tried again now; `false` when
    /// there is none of this name.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn retry(&self, name: &str) -> Result<bool, StoreError>;

    /// What the server said when it last refused mail for this address, unless
    /// it has taken some since.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn refusal(&self, email: &str) -> Result<Option<Refusal>, StoreError>;
}
