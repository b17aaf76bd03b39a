//! The audit log in memory.

use std::sync::Mutex;

use async_trait::async_trait;
use erynoa_kernel::StoreError;

use super::lock;
use crate::{AuditEntry, AuditFilter, AuditLog, AuditRecord};

/// The audit log in memory.
#[derive(Debug, Default)]
pub struct MemoryAudit(Mutex<Vec<AuditEntry>>);

#[async_trait]
impl AuditLog for MemoryAudit {
    async fn append(&self, record: AuditRecord) -> Result<AuditEntry, StoreError> {
        let mut entries = lock(&self.0);
        let previous = entries.last().map(|entry| entry.hash).unwrap_or_default();
        let entry = AuditEntry::seal(entries.len() as u64, previous, record);
        entries.push(entry.clone());
        Ok(entry)
    }

    async fn list(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let entries = lock(&self.0);
        let shown = entries
            .iter()
            .rev()
            .filter(|entry| before.is_none_or(|before| entry.sequence < before))
            .filter(|entry| filter.matches(&entry.record));
        Ok(shown.take(limit).cloned().collect())
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        let entries = lock(&self.0);
        let behind = entries.iter().filter(|entry| entry.sequence >= from);
        Ok(behind.take(limit).cloned().collect())
    }

    async fn size(&self) -> Result<u64, StoreError> {
        Ok(lock(&self.0).len() as u64)
    }
}
