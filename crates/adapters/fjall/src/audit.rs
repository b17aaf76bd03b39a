//! The audit log on Fjall.

use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use erynoa_access::{AuditEntry, AuditFilter, AuditLog, AuditRecord};
use erynoa_kernel::StoreError;

use crate::error::{corrupt, driver};
use crate::keys;
use crate::store::Inner;

/// The audit log in a [`FjallStore`](crate::FjallStore).
#[derive(Clone)]
pub struct FjallAudit(Arc<Inner>);

impl std::fmt::Debug for FjallAudit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FjallAudit").field(&self.0.path).finish()
    }
}

fn failed(error: fjall::Error) -> StoreError {
    driver("read or write the audit log", error)
}

pub(crate) fn read_entry(key: &[u8], value: &[u8]) -> Result<AuditEntry, StoreError> {
    let sequence =
        keys::audit_in(key).ok_or_else(|| corrupt("a key of the audit log is damaged"))?;
    AuditEntry::from_bytes(value)
        .filter(|entry| entry.sequence == sequence)
        .ok_or_else(|| corrupt(format!("audit entry {sequence} is damaged")))
}

impl Inner {
    /// Number and hash of the newest entry.
    fn audit_head(&self) -> Result<Option<(u64, [u8; 32])>, StoreError> {
        let Some(newest) = self.state.prefix([keys::AUDIT]).next_back() else {
            return Ok(None);
        };
        let (key, value) = newest.into_inner().map_err(failed)?;
        // Not more of it is read: damage further up is for the check to name,
        // and must not keep new entries out.
        let hash = value.split_last_chunk().map(|(_, hash)| *hash);
        let head = keys::audit_in(&key).zip(hash);
        head.map(Some).ok_or_else(|| corrupt("the newest audit entry is damaged"))
    }
}

impl FjallAudit {
    pub(crate) const fn new(store: Arc<Inner>) -> Self {
        Self(store)
    }
}

#[async_trait]
impl AuditLog for FjallAudit {
    async fn append(&self, record: AuditRecord) -> Result<AuditEntry, StoreError> {
        self.0
            .run(move |store| {
                let _writer = store.audit_writer();
                let (sequence, previous) = match store.audit_head()? {
                    Some((newest, hash)) => (newest + 1, hash),
                    None => (0, [0; 32]),
                };
                let entry = AuditEntry::seal(sequence, previous, record);
                let mut batch = store.batch();
                batch.insert(&store.state, keys::audit(sequence), entry.to_bytes());
                batch.commit().map_err(failed)?;
                Ok(entry)
            })
            .await
    }

    async fn list(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let filter = filter.clone();
        self.0
            .run(move |store| {
                let to = before.map_or(vec![keys::AUDIT + 1], keys::audit);
                let range = (Bound::Included(vec![keys::AUDIT]), Bound::Excluded(to));
                let mut shown = Vec::new();
                for item in store.state.range(range).rev() {
                    if shown.len() >= limit {
                        break;
                    }
                    let (key, value) = item.into_inner().map_err(failed)?;
                    let entry = read_entry(&key, &value)?;
                    if filter.matches(&entry.record) {
                        shown.push(entry);
                    }
                }
                Ok(shown)
            })
            .await
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.0
            .run(move |store| {
                let to = Bound::Excluded(vec![keys::AUDIT + 1]);
                let items = store.state.range((Bound::Included(keys::audit(from)), to));
                items
                    .take(limit)
                    .map(|item| {
                        let (key, value) = item.into_inner().map_err(failed)?;
                        read_entry(&key, &value)
                    })
                    .collect()
            })
            .await
    }

    async fn size(&self) -> Result<u64, StoreError> {
        self.0.run(|store| Ok(store.audit_head()?.map_or(0, |(newest, _)| newest + 1))).await
    }
}
