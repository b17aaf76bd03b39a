//! What the storage context needs from outside.

use std::ops::Range;
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_kernel::StoreError;
use futures_core::Stream;

use crate::{BucketName, ObjectKey, StorageError};

/// Bytes as they come, in pieces of any size.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, StoreError>> + Send>>;

/// What a store knows about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectMeta {
    /// Name within its bucket.
    pub key: ObjectKey,
    /// Bytes.
    pub size: u64,
    /// µs since the Unix epoch, by the store's clock.
    pub modified_at_us: u64,
}

/// What a presigned URL allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grant {
    /// To read the object, whole or in ranges.
    Get,
    /// To write the object, as often as one likes until the URL expires.
    Put,
}

/// How a browser should treat the bytes behind a presigned URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disposition {
    /// `content-type` of the answer; empty = the store's.
    pub media_type: String,
    /// Name under which to save; `None` = show.
    pub save_as: Option<String>,
}

/// Bytes under names, in buckets. What returns `Ok` is durable. Readers see an
/// object either whole or not at all. Laws: `contract`.
#[async_trait]
pub trait ObjectStore: Send + Sync + 'static {
    /// Writes an object, in place of one of the same name. Returns its size.
    /// When the stream fails, or holds more than `most` bytes, nothing is stored.
    ///
    /// # Errors
    /// `Full` above `most`; the stream's; `Unavailable`.
    async fn put(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        bytes: ByteStream,
        most: u64,
    ) -> Result<u64, StoreError>;

    /// The object, or the part of it in `range` (cut at its end); `None` when
    /// there is none.
    async fn get(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        range: Option<Range<u64>>,
    ) -> Result<Option<(ObjectMeta, ByteStream)>, StoreError>;

    /// What is known about the object.
    async fn head(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
    ) -> Result<Option<ObjectMeta>, StoreError>;

    /// Deletes the object; one that is not there is no error.
    async fn delete(&self, bucket: &BucketName, key: &ObjectKey) -> Result<(), StoreError>;

    /// Up to `limit` objects whose key begins with `prefix`, in ascending order
    /// of bytes, after `after`. A bucket that does not exist is empty.
    async fn list(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: Option<&ObjectKey>,
        limit: usize,
    ) -> Result<Vec<ObjectMeta>, StoreError>;

    /// A URL that a browser can reach and that does what `grant` says, and
    /// nothing else, for `expires` (1 s to 7 d).
    async fn presign(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        grant: Grant,
        expires: Duration,
        disposition: Disposition,
    ) -> Result<String, StoreError>;

    /// Copies an object within the store; `false` when there is none.
    async fn copy(
        &self,
        bucket: &BucketName,
        from: &ObjectKey,
        to: &ObjectKey,
    ) -> Result<bool, StoreError>;
}

/// The buckets of a store. Laws: `contract`.
#[async_trait]
pub trait Buckets: Send + Sync + 'static {
    /// All buckets, ascending.
    async fn list(&self) -> Result<Vec<BucketName>, StoreError>;

    /// Creates a bucket; `false` when it exists.
    async fn create(&self, bucket: &BucketName) -> Result<bool, StoreError>;

    /// Deletes a bucket; `false` when there is none.
    ///
    /// # Errors
    /// `Conflict` when it holds an object.
    async fn delete(&self, bucket: &BucketName) -> Result<bool, StoreError>;
}

/// What a presigned URL that this server answers itself allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Bucket of the object.
    pub bucket: BucketName,
    /// Its key.
    pub key: ObjectKey,
    /// What may be done.
    pub grant: Grant,
    /// Until when, seconds since the Unix epoch.
    pub expires_at_s: u64,
    /// How a browser should treat the bytes.
    pub disposition: Disposition,
}

/// Reads the presigned URLs of a store that has no server of its own.
pub trait SignedUrls: Send + Sync + 'static {
    /// What a URL allows now: the bucket and key of its path, and its query,
    /// decoded, in its order.
    ///
    /// # Errors
    /// `URL_INVALID` for anything that the store did not sign; `URL_EXPIRED`.
    fn verify(
        &self,
        bucket: &str,
        key: &str,
        query: &[(String, String)],
        now_us: u64,
    ) -> Result<Signed, StorageError>;
}
