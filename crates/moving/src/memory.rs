//! Records in memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use erynoa_kernel::{StoreError, StoreErrorKind};

use crate::{Kind, Record, Records};

type Stored = BTreeMap<(Kind, Vec<u8>), Record>;

/// Records that live as long as the process.
#[derive(Debug, Default)]
pub struct MemoryRecords(Mutex<Stored>);

impl MemoryRecords {
    fn lock(&self) -> MutexGuard<'_, Stored> {
        // What can fail comes before the first change, so a panic elsewhere
        // leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(record: &Record) -> (Kind, Vec<u8>) {
    (record.kind(), record.key())
}

#[async_trait]
impl Records for MemoryRecords {
    async fn read(
        &self,
        kind: Kind,
        after: Option<&Record>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let from = after
            .map_or(Bound::Included((kind, Vec::new())), |after| Bound::Excluded(place(after)));
        let stored = self.lock();
        let behind = stored.range((from, Bound::Unbounded));
        let of_kind = behind.take_while(|((of, _), _)| *of == kind);
        Ok(of_kind.take(limit).map(|(_, record)| record.clone()).collect())
    }

    async fn insert(&self, records: Vec<Record>) -> Result<(), StoreError> {
        let mut stored = self.lock();
        let audit = records.iter().filter(|record| record.kind() == Kind::Audit);
        if audit.map(place).any(|place| stored.contains_key(&place)) {
            return Err(StoreError::new(StoreErrorKind::Conflict, "an audit entry is taken"));
        }
        stored.extend(records.into_iter().map(|record| (place(&record), record)));
        Ok(())
    }

    async fn remove(&self, records: Vec<Record>) -> Result<(), StoreError> {
        if records.iter().any(|record| record.kind() == Kind::Audit) {
            return Err(StoreError::new(StoreErrorKind::Conflict, "the audit log only grows"));
        }
        let mut stored = self.lock();
        for record in &records {
            stored.remove(&place(record));
        }
        Ok(())
    }
}
