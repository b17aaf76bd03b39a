//! What moving needs from a store besides its log.

use async_trait::async_trait;
use erynoa_kernel::StoreError;

use crate::{Kind, Record};

/// Everything beside the log as records: all of it can be read, and written
/// exactly as it was. It is for moving; whoever serves people uses the ports
/// that keep their rules. What returns `Ok` is durable. Laws: `contract`.
#[async_trait]
pub trait Records: Send + Sync + 'static {
    /// Up to `limit` records of a kind in ascending order of
    /// [`Record::key`], after `after`.
    ///
    /// # Errors
    /// `Corrupt`, naming the record, when one is damaged.
    async fn read(
        &self,
        kind: Kind,
        after: Option<&Record>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError>;

    /// Stores records as they are, all or none. None is stored yet, and the file
    /// of a link is.
    ///
    /// # Errors
    /// `Conflict` when an audit entry has a number that is taken.
    async fn insert(&self, records: Vec<Record>) -> Result<(), StoreError>;

    /// Removes records, which are given as they are stored, all or none. A
    /// file may take its links with it.
    ///
    /// # Errors
    /// `Conflict` for an audit entry: that log only grows.
    async fn remove(&self, records: Vec<Record>) -> Result<(), StoreError>;
}
