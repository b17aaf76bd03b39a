//! The stores in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use erynoa_kernel::{Clock, StoreError, StoreErrorKind};
use futures_util::TryStreamExt;

use crate::{
    BucketName, Buckets, ByteStream, Change, ChangeError, Disposition, Entry, FileId, FileIndex,
    FilePage, FileQuery, Grant, Leftover, Link, LinkId, LinkQuery, ObjectKey, ObjectMeta,
    ObjectStore, Seen, Share, Upload, UploadQuery, Usage, UsageQuery, Write, plan, whole,
};

#[derive(Clone, Debug)]
struct Object {
    bytes: Bytes,
    modified_at_us: u64,
}

type Bucket = BTreeMap<ObjectKey, Object>;

/// Objects and buckets in memory. Nobody serves its presigned URLs; they only
/// name what they would do.
pub struct MemoryObjects {
    clock: Arc<dyn Clock>,
    buckets: Mutex<BTreeMap<BucketName, Bucket>>,
}

impl MemoryObjects {
    /// An empty store with the clock for times of change.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, buckets: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<BucketName, Bucket>> {
        // No operation leaves the maps half changed, so a panic elsewhere does
        // not spoil them.
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, bucket: &BucketName, key: &ObjectKey, bytes: Bytes) -> Result<(), StoreError> {
        let object = Object { bytes, modified_at_us: self.clock.now_us() };
        let mut buckets = self.lock();
        let bucket = buckets.get_mut(bucket).ok_or_else(|| no_bucket(bucket))?;
        bucket.insert(key.clone(), object);
        Ok(())
    }
}

fn no_bucket(bucket: &BucketName) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, format!("there is no bucket {bucket}"))
}

fn meta(key: &ObjectKey, object: &Object) -> ObjectMeta {
    ObjectMeta {
        key: key.clone(),
        size: object.bytes.len() as u64,
        modified_at_us: object.modified_at_us,
    }
}

#[async_trait]
impl ObjectStore for MemoryObjects {
    async fn put(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        mut bytes: ByteStream,
        most: u64,
    ) -> Result<u64, StoreError> {
        let mut all = BytesMut::new();
        while let Some(piece) = bytes.try_next().await? {
            all.extend_from_slice(&piece);
            if all.len() as u64 > most {
                let message = format!("more than {most} bytes came");
                return Err(StoreError::new(StoreErrorKind::Full, message));
            }
        }
        let size = all.len() as u64;
        self.write(bucket, key, all.freeze())?;
        Ok(size)
    }

    async fn get(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        range: Option<Range<u64>>,
    ) -> Result<Option<(ObjectMeta, ByteStream)>, StoreError> {
        let buckets = self.lock();
        let Some(object) = buckets.get(bucket).and_then(|bucket| bucket.get(key)) else {
            return Ok(None);
        };
        let size = object.bytes.len();
        let bytes = range.map_or_else(
            || object.bytes.clone(),
            |range| {
                let place = |at: u64| usize::try_from(at).unwrap_or(size).min(size);
                let end = place(range.end);
                object.bytes.slice(place(range.start).min(end)..end)
            },
        );
        Ok(Some((meta(key, object), whole(bytes))))
    }

    async fn head(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
    ) -> Result<Option<ObjectMeta>, StoreError> {
        let buckets = self.lock();
        let object = buckets.get(bucket).and_then(|bucket| bucket.get(key));
        Ok(object.map(|object| meta(key, object)))
    }

    async fn delete(&self, bucket: &BucketName, key: &ObjectKey) -> Result<(), StoreError> {
        if let Some(bucket) = self.lock().get_mut(bucket) {
            bucket.remove(key);
        }
        Ok(())
    }

    async fn list(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: Option<&ObjectKey>,
        limit: usize,
    ) -> Result<Vec<ObjectMeta>, StoreError> {
        let buckets = self.lock();
        let objects = buckets.get(bucket).into_iter().flatten();
        Ok(objects
            .filter(|(key, _)| key.as_str().starts_with(prefix))
            .filter(|(key, _)| after.is_none_or(|after| *key > after))
            .take(limit)
            .map(|(key, object)| meta(key, object))
            .collect())
    }

    async fn presign(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        grant: Grant,
        expires: Duration,
        _disposition: Disposition,
    ) -> Result<String, StoreError> {
        let until_us = self.clock.now_us() + u64::try_from(expires.as_micros()).unwrap_or(u64::MAX);
        Ok(format!("memory://{bucket}/{key}?{grant:?}&until={until_us}"))
    }

    async fn copy(
        &self,
        bucket: &BucketName,
        from: &ObjectKey,
        to: &ObjectKey,
    ) -> Result<bool, StoreError> {
        let bytes = {
            let buckets = self.lock();
            buckets.get(bucket).and_then(|bucket| bucket.get(from)).map(|o| o.bytes.clone())
        };
        match bytes {
            Some(bytes) => self.write(bucket, to, bytes).map(|()| true),
            None => Ok(false),
        }
    }
}

#[async_trait]
impl Buckets for MemoryObjects {
    async fn list(&self) -> Result<Vec<BucketName>, StoreError> {
        Ok(self.lock().keys().cloned().collect())
    }

    async fn create(&self, bucket: &BucketName) -> Result<bool, StoreError> {
        let mut buckets = self.lock();
        if buckets.contains_key(bucket) {
            return Ok(false);
        }
        buckets.insert(bucket.clone(), Bucket::new());
        Ok(true)
    }

    async fn delete(&self, bucket: &BucketName) -> Result<bool, StoreError> {
        let mut buckets = self.lock();
        match buckets.get(bucket) {
            None => Ok(false),
            Some(objects) if objects.is_empty() => {
                buckets.remove(bucket);
                Ok(true)
            }
            Some(_) => Err(StoreError::new(
                StoreErrorKind::Conflict,
                format!("bucket {bucket} holds objects"),
            )),
        }
    }
}

#[derive(Debug, Default)]
struct Tables {
    entries: BTreeMap<FileId, Entry>,
    links: BTreeMap<LinkId, Link>,
    usage: BTreeMap<Share, Usage>,
    leftovers: BTreeSet<Leftover>,
}

/// The index in memory.
#[derive(Debug, Default)]
pub struct MemoryFiles(Mutex<Tables>);

impl MemoryFiles {
    fn lock(&self) -> MutexGuard<'_, Tables> {
        // See `MemoryObjects::lock`.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn see(&self, change: &Change) -> Seen {
        let link = change.link().and_then(|id| self.links.get(&id)).cloned();
        let entry = change.entry(link.as_ref()).and_then(|id| self.entries.get(&id)).cloned();
        let links = match (change, &entry) {
            (Change::RemoveFile { id, .. }, Some(_)) => self.links_to(id),
            _ => Vec::new(),
        };
        let usage = change
            .shares(entry.as_ref())
            .into_iter()
            .filter_map(|share| Some((share.clone(), *self.usage.get(&share)?)))
            .collect();
        Seen { entry, link, links, usage }
    }

    fn links_to(&self, file: &FileId) -> Vec<Link> {
        self.links.values().filter(|link| link.file == *file).cloned().collect()
    }

    fn write(&mut self, write: &Write) {
        match write {
            Write::Entry { after: Some(entry), .. } => {
                self.entries.insert(entry.id(), entry.clone());
            }
            Write::Entry { before, after: None } => {
                self.entries.retain(|id, _| before.as_ref().map(Entry::id) != Some(*id));
            }
            Write::Link { after: Some(link), .. } => {
                self.links.insert(link.id, link.clone());
            }
            Write::Link { before, after: None } => {
                self.links.retain(|id, _| before.as_ref().map(|link| link.id) != Some(*id));
            }
            Write::Usage(share, usage) if usage.is_empty() => {
                self.usage.remove(share);
            }
            Write::Usage(share, usage) => {
                self.usage.insert(share.clone(), *usage);
            }
            Write::Leftover(leftover) => {
                self.leftovers.insert(leftover.clone());
            }
            Write::NoLeftover(leftover) => {
                self.leftovers.remove(leftover);
            }
        }
    }
}

#[async_trait]
impl FileIndex for MemoryFiles {
    async fn find(&self, id: &FileId) -> Result<Option<Entry>, StoreError> {
        Ok(self.lock().entries.get(id).cloned())
    }

    async fn list_files(&self, query: &FileQuery) -> Result<FilePage, StoreError> {
        let tables = self.lock();
        query.select(tables.entries.values().filter_map(|entry| match entry {
            Entry::File(file) => Some(Ok(file.clone())),
            Entry::Upload(_) => None,
        }))
    }

    async fn list_uploads(
        &self,
        query: UploadQuery,
        after: Option<FileId>,
        limit: usize,
    ) -> Result<Vec<Upload>, StoreError> {
        Ok(self
            .lock()
            .entries
            .values()
            .filter_map(|entry| match entry {
                Entry::Upload(upload) => Some(upload),
                Entry::File(_) => None,
            })
            .filter(|upload| query.asks_for(upload) && after.is_none_or(|after| upload.id > after))
            .take(limit)
            .cloned()
            .collect())
    }

    async fn list_links(&self, query: LinkQuery) -> Result<Vec<Link>, StoreError> {
        let tables = self.lock();
        let mut links: Vec<_> =
            tables.links.values().filter(|link| query.asks_for(link)).cloned().collect();
        links.sort_by_key(|link| (link.created_at_us, link.id));
        links.truncate(LinkQuery::MOST);
        Ok(links)
    }

    async fn list_leftovers(
        &self,
        after: Option<&Leftover>,
        limit: usize,
    ) -> Result<Vec<Leftover>, StoreError> {
        let tables = self.lock();
        let leftovers = tables.leftovers.iter();
        Ok(leftovers
            .filter(|leftover| after.is_none_or(|after| *leftover > after))
            .take(limit)
            .cloned()
            .collect())
    }

    async fn usage(&self, query: UsageQuery) -> Result<Vec<(Share, Usage)>, StoreError> {
        let tables = self.lock();
        Ok(match query {
            UsageQuery::Of(shares) => shares
                .into_iter()
                .map(|share| {
                    let usage = tables.usage.get(&share).copied().unwrap_or_default();
                    (share, usage)
                })
                .collect(),
            UsageQuery::Largest(most) => {
                UsageQuery::largest(tables.usage.iter().map(|(s, u)| (s.clone(), *u)), most)
            }
        })
    }

    async fn apply(&self, change: Change) -> Result<Option<Entry>, ChangeError> {
        let mut tables = self.lock();
        let writes = plan(&change, &tables.see(&change))?;
        for write in &writes {
            tables.write(write);
        }
        Ok(Write::outcome(writes))
    }
}
