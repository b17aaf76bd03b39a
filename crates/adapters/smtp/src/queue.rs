//! Mail that waits for its server.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use erynoa_kernel::{Clock, StoreError, StoreErrorKind};
use erynoa_mail::{MailError, Mailer, Message, Postbox, Receipt};
use lettre::address::Envelope;
use tokio::sync::Notify;

use crate::outbox::{FileOutbox, Stored, unavailable};
use crate::smtp::SmtpMailer;

/// Between two attempts to send what waits.
const RETRY: Duration = Duration::from_secs(5);

/// Hands messages to a mail server; what cannot leave now waits in a folder,
/// also through a restart, and leaves by itself when the server takes it. A
/// server that goes away in the middle of a message may get it twice, under one
/// `Message-ID`.
pub struct MailQueue {
    server: SmtpMailer,
    waiting: FileOutbox,
    /// Locked by whoever sends what waits: processes may share the folder.
    turn: File,
    posted: Arc<Notify>,
}

/// File of the lock.
const TURN: &str = "turn";

impl MailQueue {
    /// A queue in a folder, which is created when it is missing. Must be called
    /// within a tokio runtime.
    ///
    /// # Errors
    /// `Unavailable` when there can be no folder.
    pub fn open(
        server: SmtpMailer,
        folder: impl Into<PathBuf>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, StoreError> {
        let folder = folder.into();
        let waiting = FileOutbox::open(folder.clone(), clock)?;
        let turn = File::create(folder.join(TURN)).map_err(|error| unavailable(TURN, error))?;
        let posted = Arc::new(Notify::new());
        let queue = Arc::new(Self { server, waiting, turn, posted: Arc::clone(&posted) });
        tokio::spawn(keep_sending(Arc::downgrade(&queue), posted));
        Ok(queue)
    }

    /// How many messages wait.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn waiting(&self) -> Result<usize, StoreError> {
        Ok(self.waiting.names().await?.len())
    }

    /// Sends what waits, unless another process is at it.
    async fn take_turn(&self) -> Result<(), StoreError> {
        match self.turn.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(unavailable(TURN, error)),
        }
        let sent = self.send_waiting().await;
        self.turn.unlock().map_err(|error| unavailable(TURN, error))?;
        sent
    }

    /// Sends what waits, oldest first, until the server does not take it.
    async fn send_waiting(&self) -> Result<(), StoreError> {
        for name in self.waiting.names().await? {
            let stored = match self.waiting.find(name.clone()).await {
                Ok(Some(stored)) => stored,
                Ok(None) => continue,
                // The others shall not wait for a file that is no mail.
                Err(error) if error.kind == StoreErrorKind::Corrupt => continue,
                Err(error) => return Err(error),
            };
            let Some(envelope) = envelope(&stored) else { continue };
            // Of what a crash has left: the server has it already.
            let posted = self.posted_as(&stored)?;
            if posted.as_ref().is_some_and(|id| self.waiting.posted().has_left(id)) {
                self.waiting.delete(&name).await?;
                continue;
            }
            match self.server.send_composed(envelope, stored.raw).await {
                Ok(reply) => {
                    let id = &stored.message_id;
                    tracing::info!(message = id, reply, "mail that waited has left");
                }
                Err(MailError::Refused(why)) => {
                    let id = &stored.message_id;
                    tracing::warn!(message = id, why, "mail that waited is refused for good");
                }
                Err(MailError::Temporary(_)) => return Ok(()),
            }
            if let Some(id) = posted {
                self.waiting.posted().leave(&id)?;
            }
            self.waiting.delete(&name).await?;
        }
        Ok(())
    }

    /// Id of a message that was posted and not only sent.
    fn posted_as(&self, stored: &Stored) -> Result<Option<String>, StoreError> {
        let id = stored.message_id.split('@').next().unwrap_or_default();
        let name = self.waiting.posted().name_of(id)?;
        Ok((name.as_ref() == Some(&stored.head.name)).then(|| id.to_owned()))
    }
}

/// Who sends and who receives, by the headers that we have written.
fn envelope(stored: &Stored) -> Option<Envelope> {
    let email = |text: &str| {
        let address = text.rsplit_once('<').map_or(text, |(_, address)| address);
        address.trim_end_matches('>').parse().ok()
    };
    Envelope::new(Some(email(&stored.from)?), vec![email(&stored.head.to)?]).ok()
}

async fn keep_sending(queue: Weak<MailQueue>, posted: Arc<Notify>) {
    while let Some(queue) = queue.upgrade() {
        if let Err(error) = queue.take_turn().await {
            tracing::warn!(%error, "the mail that waits cannot be read");
        }
        drop(queue);
        // Posted or not: another process may have left something.
        let _ = tokio::time::timeout(RETRY, posted.notified()).await;
    }
}

#[async_trait]
impl Mailer for MailQueue {
    async fn send(&self, message: &Message) -> Result<Receipt, MailError> {
        match self.server.send(message).await {
            Err(MailError::Temporary(why)) => {
                tracing::warn!(message = message.id, why, "mail waits for its server");
                self.waiting.send(message).await
            }
            done => done,
        }
    }

    async fn check(&self) -> Result<(), MailError> {
        self.server.check().await
    }
}

#[async_trait]
impl Postbox for MailQueue {
    async fn post(&self, message: &Message) -> Result<Receipt, MailError> {
        let receipt = self.waiting.post(message).await?;
        self.posted.notify_one();
        Ok(receipt)
    }
}
