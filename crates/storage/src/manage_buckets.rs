//! Buckets, for those who run the installation.

use crate::{BucketName, Share, Storage, StorageError, Usage, UsageQuery};

impl Storage {
    /// All buckets with what our files take in them, ascending.
    ///
    /// # Errors
    /// `Store`.
    pub async fn list_buckets(&self) -> Result<Vec<(BucketName, Usage)>, StorageError> {
        let buckets = self.buckets.list().await?;
        let shares = buckets.iter().cloned().map(Share::Bucket).collect();
        let usage = self.index.usage(UsageQuery::Of(shares)).await?;
        Ok(buckets.into_iter().zip(usage.into_iter().map(|(_, usage)| usage)).collect())
    }

    /// Creates a bucket.
    ///
    /// # Errors
    /// `BUCKET_EXISTS`.
    pub async fn create_bucket(&self, bucket: &BucketName) -> Result<(), StorageError> {
        match self.buckets.create(bucket).await? {
            true => Ok(()),
            false => Err(StorageError::BucketExists),
        }
    }

    /// Deletes a bucket that holds nothing and is not the one where new files
    /// go.
    ///
    /// # Errors
    /// `NOT_FOUND`, `BUCKET_NOT_EMPTY`.
    pub async fn delete_bucket(&self, bucket: &BucketName) -> Result<(), StorageError> {
        let usage = self.usage_of(Share::Bucket(bucket.clone())).await?;
        if *bucket == self.rules.bucket || !usage.is_empty() {
            return Err(StorageError::BucketNotEmpty);
        }
        match self.buckets.delete(bucket).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(StorageError::NotFound("bucket")),
            Err(error) if error.kind == erynoa_kernel::StoreErrorKind::Conflict => {
                Err(StorageError::BucketNotEmpty)
            }
            Err(error) => Err(error.into()),
        }
    }
}
