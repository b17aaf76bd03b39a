//! Notifications on Fjall.

use std::sync::Arc;

use async_trait::async_trait;
use erynoa_kernel::StoreError;
use erynoa_notifications::{Cursor, Inbox, Notifications, Reader};

use fjall::OwnedWriteBatch;

use crate::error::{corrupt, driver};
use crate::keys::notifications as keys;
use crate::store::Inner;

/// Inboxes in a [`FjallStore`](crate::FjallStore).
#[derive(Clone)]
pub struct FjallNotifications(Arc<Inner>);

impl std::fmt::Debug for FjallNotifications {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FjallNotifications").field(&self.0.path).finish()
    }
}

fn failed(error: fjall::Error) -> StoreError {
    driver("read or write notifications", error)
}

impl Inner {
    fn inbox(&self, reader: Reader) -> Result<Option<Inbox>, StoreError> {
        let at = keys::inbox(reader);
        let Some(bytes) = self.state.get(&at).map_err(failed)? else { return Ok(None) };
        let inbox = Inbox::from_bytes(&bytes).filter(|inbox| inbox.reader == reader);
        inbox.map(Some).ok_or_else(|| corrupt(format!("an inbox is damaged: {at:02x?}")))
    }

    fn notifications_cursor(&self) -> Result<Option<u64>, StoreError> {
        let Some(bytes) = self.state.get(keys::CURSOR).map_err(failed)? else { return Ok(None) };
        let position = <[u8; 8]>::try_from(&*bytes).map(u64::from_be_bytes);
        position.map(Some).map_err(|_| corrupt("the cursor of notifications is damaged"))
    }

    fn write_inboxes(&self, inboxes: &[Inbox], cursor: Option<Cursor>) -> Result<bool, StoreError> {
        let _writer = self.notifications_writer();
        let mut batch = self.batch();
        if let Some(Cursor { from, to }) = cursor {
            if self.notifications_cursor()? != from {
                return Ok(false);
            }
            batch.insert(&self.state, keys::CURSOR, to.to_be_bytes());
        }
        for inbox in inboxes {
            let before = self.inbox(inbox.reader)?;
            if before.as_ref().map_or(0, |before| before.revision) != inbox.revision {
                return Ok(false);
            }
            self.write_inbox(&mut batch, before.as_ref(), &inbox.written());
        }
        batch.commit().map_err(failed)?;
        Ok(true)
    }

    pub(crate) fn write_inbox(
        &self,
        batch: &mut OwnedWriteBatch,
        before: Option<&Inbox>,
        inbox: &Inbox,
    ) {
        let (due_before, due) = (before.and_then(Inbox::due_us), inbox.due_us());
        // Within one batch nothing comes before anything else.
        if due_before != due {
            if let Some(due_us) = due_before {
                batch.remove(&self.state, keys::due(due_us, inbox.reader));
            }
            if let Some(due_us) = due {
                batch.insert(&self.state, keys::due(due_us, inbox.reader), []);
            }
        }
        batch.insert(&self.state, keys::inbox(inbox.reader), inbox.to_bytes());
    }

    pub(crate) fn remove_inbox(&self, batch: &mut OwnedWriteBatch, inbox: &Inbox) {
        if let Some(due_us) = inbox.due_us() {
            batch.remove(&self.state, keys::due(due_us, inbox.reader));
        }
        batch.remove(&self.state, keys::inbox(inbox.reader));
    }
}

impl FjallNotifications {
    pub(crate) const fn new(store: Arc<Inner>) -> Self {
        Self(store)
    }
}

#[async_trait]
impl Notifications for FjallNotifications {
    async fn cursor(&self) -> Result<Option<u64>, StoreError> {
        self.0.run(Inner::notifications_cursor).await
    }

    async fn get(&self, reader: Reader) -> Result<Option<Inbox>, StoreError> {
        self.0.run(move |store| store.inbox(reader)).await
    }

    async fn write(&self, inboxes: &[Inbox], cursor: Option<Cursor>) -> Result<bool, StoreError> {
        let inboxes = inboxes.to_vec();
        self.0.run(move |store| store.write_inboxes(&inboxes, cursor)).await
    }

    async fn due(&self, now_us: u64, limit: usize) -> Result<Vec<Reader>, StoreError> {
        self.0
            .run(move |store| {
                let mut found = Vec::new();
                for item in store.state.prefix([keys::DUE]).take(limit) {
                    let entry = item.key().map_err(failed)?;
                    let (due_us, reader) = keys::due_in(&entry)
                        .ok_or_else(|| corrupt("the list of letters that are due is damaged"))?;
                    if due_us > now_us {
                        break;
                    }
                    found.push(reader);
                }
                Ok(found)
            })
            .await
    }

    async fn forget(&self, reader: Reader) -> Result<(), StoreError> {
        self.0
            .run(move |store| {
                let _writer = store.notifications_writer();
                let Some(inbox) = store.inbox(reader)? else { return Ok(()) };
                let mut batch = store.batch();
                store.remove_inbox(&mut batch, &inbox);
                batch.commit().map_err(failed)
            })
            .await
    }
}
