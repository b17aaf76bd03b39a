//! The log in memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_kernel::{StoreError, StoreErrorKind};

use crate::EventLog;

/// An [`EventLog`] that lives as long as the process.
#[derive(Debug, Default)]
pub struct MemoryEventLog(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    entries: Vec<Bytes>,
    checkpoint: Option<String>,
}

impl MemoryEventLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        // Every change is a single assignment or append, so a panic elsewhere
        // leaves nothing half-written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl EventLog for MemoryEventLog {
    async fn append(
        &self,
        expected_size: u64,
        entries: Vec<Bytes>,
        checkpoint: Option<String>,
    ) -> Result<(), StoreError> {
        let mut contents = self.contents();
        let size = contents.entries.len();
        if size as u64 != expected_size {
            return Err(StoreError::new(
                StoreErrorKind::Conflict,
                format!("the log holds {size} entries, not {expected_size}"),
            ));
        }
        contents.entries.extend(entries);
        if checkpoint.is_some() {
            contents.checkpoint = checkpoint;
        }
        Ok(())
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Bytes>, StoreError> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(self.contents().entries.iter().skip(from).take(limit).cloned().collect())
    }

    async fn size(&self) -> Result<u64, StoreError> {
        Ok(self.contents().entries.len() as u64)
    }

    async fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        Ok(self.contents().checkpoint.clone())
    }

    async fn bytes_on_disk(&self) -> Result<u64, StoreError> {
        Ok(0)
    }
}
