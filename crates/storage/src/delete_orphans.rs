//! Objects without a file go.

use crate::{Finding, Scan, Storage, StorageError};

impl Storage {
    /// Deletes the orphans that a scan found and that still are some. Returns
    /// how many objects and bytes went.
    ///
    /// # Errors
    /// `Store`.
    pub async fn delete_orphans(&self, scan: &Scan) -> Result<(u64, u64), StorageError> {
        let (mut objects, mut bytes) = (0, 0);
        for finding in &scan.findings {
            let Finding::Orphan { bucket, object } = finding else {
                continue;
            };
            if self.is_orphan(bucket, &object.key).await? {
                self.objects.delete(bucket, &object.key).await?;
                objects += 1;
                bytes += object.size;
            }
        }
        Ok((objects, bytes))
    }
}
