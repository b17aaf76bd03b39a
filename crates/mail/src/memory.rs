//! A mailer in memory.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::{MailError, Mailer, Message, Postbox, Receipt};

/// Keeps what is sent.
#[derive(Debug, Default)]
pub struct MemoryMailer(Mutex<Vec<Message>>);

impl MemoryMailer {
    /// Everything that was sent, oldest first.
    #[must_use]
    pub fn sent(&self) -> Vec<Message> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, message: &Message) -> Result<Receipt, MailError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        Ok(Receipt::of(message, "kept in memory"))
    }

    async fn check(&self) -> Result<(), MailError> {
        Ok(())
    }
}

#[async_trait]
impl Postbox for MemoryMailer {
    async fn post(&self, message: &Message) -> Result<Receipt, MailError> {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !sent.iter().any(|one| one.id == message.id) {
            sent.push(message.clone());
        }
        Ok(Receipt::of(message, "kept in memory"))
    }
}
