//! Inboxes in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use erynoa_kernel::StoreError;

use crate::{Cursor, Inbox, Notifications, Reader};

#[derive(Debug, Default)]
struct Kept {
    inboxes: BTreeMap<Reader, Inbox>,
    cursor: Option<u64>,
}

/// Inboxes that end with the process.
#[derive(Debug, Default)]
pub struct MemoryNotifications(Mutex<Kept>);

impl MemoryNotifications {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifications for MemoryNotifications {
    async fn cursor(&self) -> Result<Option<u64>, StoreError> {
        Ok(self.kept().cursor)
    }

    async fn get(&self, reader: Reader) -> Result<Option<Inbox>, StoreError> {
        Ok(self.kept().inboxes.get(&reader).cloned())
    }

    async fn write(&self, inboxes: &[Inbox], cursor: Option<Cursor>) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let current = |inbox: &Inbox| {
            kept.inboxes.get(&inbox.reader).map_or(0, |found| found.revision) == inbox.revision
        };
        let stands = cursor.is_none_or(|cursor| cursor.from == kept.cursor);
        if !stands || !inboxes.iter().all(current) {
            return Ok(false);
        }
        for inbox in inboxes {
            kept.inboxes.insert(inbox.reader, inbox.written());
        }
        if let Some(cursor) = cursor {
            kept.cursor = Some(cursor.to);
        }
        Ok(true)
    }

    async fn due(&self, now_us: u64, limit: usize) -> Result<Vec<Reader>, StoreError> {
        let kept = self.kept();
        let mut due: Vec<(u64, Reader)> = kept
            .inboxes
            .values()
            .filter_map(|inbox| Some((inbox.due_us()?, inbox.reader)))
            .filter(|(due_us, _)| *due_us <= now_us)
            .collect();
        due.sort_unstable();
        Ok(due.into_iter().take(limit).map(|(_, reader)| reader).collect())
    }

    async fn forget(&self, reader: Reader) -> Result<(), StoreError> {
        self.kept().inboxes.remove(&reader);
        Ok(())
    }
}
