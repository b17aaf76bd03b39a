//! Whatever call a crash follows, it leaves only what the sweep clears away.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use erynoa_kernel::{DAY_US, StoreError, StoreErrorKind};
use erynoa_storage::{
    BucketName, ByteStream, Change, ChangeError, Disposition, Entry, FileId, FileIndex, FilePage,
    FileQuery, Grant, Leftover, Link, LinkQuery, ObjectKey, ObjectMeta, ObjectStore, PART_BYTES,
    Share, Storage, StorageError, Upload, UploadQuery, Usage, UsageQuery,
};

use super::house::{House, house, new_file, person, rules, text};

/// Lets so many calls through, whichever half of the storage they go to; then
/// the process is as good as dead.
pub(crate) struct Failing<T: ?Sized> {
    left: Arc<AtomicI64>,
    inner: Arc<T>,
}

impl<T: ?Sized> Failing<T> {
    pub(crate) fn after(calls: i64, inner: Arc<T>) -> Self {
        Self { left: Arc::new(AtomicI64::new(calls)), inner }
    }

    fn call(&self) -> Result<&T, StoreError> {
        if self.left.fetch_sub(1, Ordering::Relaxed) > 0 {
            Ok(&self.inner)
        } else {
            Err(StoreError::new(StoreErrorKind::Unavailable, "dead"))
        }
    }
}

#[async_trait]
impl ObjectStore for Failing<dyn ObjectStore> {
    async fn put(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        bytes: ByteStream,
        most: u64,
    ) -> Result<u64, StoreError> {
        self.call()?.put(bucket, key, bytes, most).await
    }

    async fn get(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        range: Option<Range<u64>>,
    ) -> Result<Option<(ObjectMeta, ByteStream)>, StoreError> {
        self.call()?.get(bucket, key, range).await
    }

    async fn head(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
    ) -> Result<Option<ObjectMeta>, StoreError> {
        self.call()?.head(bucket, key).await
    }

    async fn delete(&self, bucket: &BucketName, key: &ObjectKey) -> Result<(), StoreError> {
        self.call()?.delete(bucket, key).await
    }

    async fn list(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: Option<&ObjectKey>,
        limit: usize,
    ) -> Result<Vec<ObjectMeta>, StoreError> {
        self.call()?.list(bucket, prefix, after, limit).await
    }

    async fn presign(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        grant: Grant,
        expires: Duration,
        disposition: Disposition,
    ) -> Result<String, StoreError> {
        self.call()?.presign(bucket, key, grant, expires, disposition).await
    }

    async fn copy(
        &self,
        bucket: &BucketName,
        from: &ObjectKey,
        to: &ObjectKey,
    ) -> Result<bool, StoreError> {
        self.call()?.copy(bucket, from, to).await
    }
}

#[async_trait]
impl FileIndex for Failing<dyn FileIndex> {
    async fn find(&self, id: &FileId) -> Result<Option<Entry>, StoreError> {
        self.call()?.find(id).await
    }

    async fn list_files(&self, query: &FileQuery) -> Result<FilePage, StoreError> {
        self.call()?.list_files(query).await
    }

    async fn list_uploads(
        &self,
        query: UploadQuery,
        after: Option<FileId>,
        limit: usize,
    ) -> Result<Vec<Upload>, StoreError> {
        self.call()?.list_uploads(query, after, limit).await
    }

    async fn list_links(&self, query: LinkQuery) -> Result<Vec<Link>, StoreError> {
        self.call()?.list_links(query).await
    }

    async fn list_leftovers(
        &self,
        after: Option<&Leftover>,
        limit: usize,
    ) -> Result<Vec<Leftover>, StoreError> {
        self.call()?.list_leftovers(after, limit).await
    }

    async fn usage(&self, query: UsageQuery) -> Result<Vec<(Share, Usage)>, StoreError> {
        self.call()?.usage(query).await
    }

    async fn apply(&self, change: Change) -> Result<Option<Entry>, ChangeError> {
        self.call()?.apply(change).await
    }
}

/// The same house, dying after so many calls.
fn dying(house: &House, calls: i64) -> Storage {
    let left = Arc::new(AtomicI64::new(calls));
    let objects: Arc<dyn ObjectStore> = house.objects.clone();
    let index: Arc<dyn FileIndex> = house.index.clone();
    Storage {
        objects: Arc::new(Failing { left: Arc::clone(&left), inner: objects }),
        buckets: house.objects.clone(),
        index: Arc::new(Failing { left, inner: index }),
        clock: house.clock.clone(),
        entropy: house.storage.entropy.clone(),
        rules: rules(),
    }
}

#[derive(Clone, Copy, Debug)]
enum Job {
    Small,
    OnePart,
    TwoParts,
    WrongHash,
    Abort,
    Copy,
    Delete,
    Sweep,
}

const JOBS: [Job; 8] = [
    Job::Small,
    Job::OnePart,
    Job::TwoParts,
    Job::WrongHash,
    Job::Abort,
    Job::Copy,
    Job::Delete,
    Job::Sweep,
];

async fn prepare(house: &House, job: Job) -> FileId {
    let size = match job {
        Job::TwoParts => PART_BYTES as usize + 7,
        Job::Small | Job::Copy | Job::Delete => return house.file("b.txt", 9).await.id,
        _ => 9,
    };
    let upload =
        house.storage.start_upload(new_file("b.txt"), size as u64, &person(1)).await.unwrap();
    let bytes = text(size);
    let first = size.min(PART_BYTES as usize);
    house.send_part(&upload, 1, bytes.slice(..first)).await;
    if first < size {
        house.send_part(&upload, 2, bytes.slice(first..)).await;
    }
    if matches!(job, Job::Sweep) {
        house.clock.set(upload.expires_at_us);
    }
    upload.id
}

async fn run(storage: &Storage, job: Job, id: &FileId) -> Result<(), StorageError> {
    let caller = person(1);
    match job {
        Job::Small => storage.upload_file(new_file("a.txt"), text(50), &caller).await.map(drop),
        Job::OnePart | Job::TwoParts => storage.complete_upload(id, None, &caller).await.map(drop),
        Job::WrongHash => match storage.complete_upload(id, Some([1; 32]), &caller).await {
            Err(StorageError::Hash { .. }) => Ok(()),
            other => other.map(drop),
        },
        Job::Abort => storage.abort_upload(id, &caller).await,
        Job::Copy => storage.copy_file(id, None, None, &caller).await.map(drop),
        Job::Delete => storage.delete_file(id, 1, true, &caller).await.map(drop),
        Job::Sweep => storage.sweep().await.map(drop),
    }
}

#[tokio::test]
async fn a_crash_anywhere_leaves_only_what_the_sweep_clears_away() {
    for job in JOBS {
        let mut calls = 0;
        loop {
            let house = house().await;
            let kept = house.file("kept.txt", 40).await;
            let id = prepare(&house, job).await;
            let done = run(&dying(&house, calls), job, &id).await.is_ok();
            // The next process sweeps at once, and again when all is over.
            house.storage.sweep().await.unwrap();
            for file in [Some(kept.id), Some(id)].into_iter().flatten() {
                if let Some(Entry::File(file)) = house.entry(&file).await {
                    let size = file.size as usize;
                    assert!(house.read(&file).await == text(size), "{job:?} after {calls}");
                }
            }
            for later in [u64::MAX / 2, u64::MAX / 2 + DAY_US] {
                house.clock.set(later);
                house.storage.sweep().await.unwrap();
            }
            let scan = house.storage.begin_scan().await.unwrap();
            let files = scan.files;
            let mut scan = scan;
            while scan.finished_at_us.is_none() {
                scan = house.storage.step_scan(scan).await;
            }
            assert_eq!((scan.error, scan.findings), (None, vec![]), "{job:?} after {calls}");
            assert_eq!(house.keys().await.len() as u64, files, "{job:?} after {calls}");
            let usage = house.storage.usage(None, &person(1)).await.unwrap().0;
            assert_eq!((usage.uploads, usage.reserved_bytes), (0, 0), "{job:?} after {calls}");
            let left = house.index.list_leftovers(None, 10).await.unwrap();
            assert_eq!(left, [], "{job:?} after {calls}");
            if done && calls > 30 {
                break;
            }
            calls += 1;
        }
    }
}

#[tokio::test]
async fn of_two_who_complete_at_once_both_end_with_the_file_or_a_conflict() {
    let house = house().await;
    for size in [9, PART_BYTES as usize + 7] {
        let upload =
            house.storage.start_upload(new_file("b.txt"), size as u64, &person(1)).await.unwrap();
        let bytes = text(size);
        for (part, bytes) in (1..).zip(bytes.chunks(PART_BYTES as usize)) {
            house.send_part(&upload, part, bytes::Bytes::copy_from_slice(bytes)).await;
        }
        let caller = person(1);
        let complete = || house.storage.complete_upload(&upload.id, None, &caller);
        let (left, right) = futures_util::future::join(complete(), complete()).await;
        let mut stored = 0;
        for result in [left, right] {
            match result {
                Ok(_) => stored += 1,
                Err(error) => assert!(
                    matches!(error.code(), "CONFLICT" | "UPLOAD_UNKNOWN" | "UPLOAD_INCOMPLETE"),
                    "{error}"
                ),
            }
        }
        assert!(stored > 0);
        let Some(Entry::File(file)) = house.entry(&upload.id).await else {
            panic!("it is a file");
        };
        assert!(house.read(&file).await == text(size));
        house.clock.set(house.storage.clock.now_us() + DAY_US);
        house.storage.sweep().await.unwrap();
        house.storage.delete_file(&file.id, 1, true, &person(1)).await.unwrap();
        assert_eq!(house.keys().await, []);
    }
}

#[tokio::test]
async fn a_file_under_a_chosen_id_is_stored_once_whatever_call_a_crash_follows() {
    let id = FileId::of_hash(&[7; 32]);
    let mut calls = 0;
    loop {
        let house = house().await;
        let once = async |storage: &Storage, size| {
            storage.upload_once(id, new_file("a.txt"), text(size), &person(1)).await
        };
        let done = once(&dying(&house, calls), 50).await.is_ok();
        let file = once(&house.storage, 50).await.unwrap();
        // What is there stays, whatever comes.
        assert_eq!(once(&house.storage, 60).await.unwrap(), file);
        for later in [0, DAY_US, 9 * DAY_US] {
            house.clock.set(house.storage.clock.now_us() + later);
            house.storage.sweep().await.unwrap();
            assert!(house.read(&file).await == text(50), "after {calls}");
        }
        assert_eq!(house.keys().await, [file.key], "after {calls}");
        if done {
            assert!(calls > 3, "{calls} calls are too few");
            break;
        }
        calls += 1;
    }
    let house = house().await;
    house.storage.upload_once(id, new_file("a.txt"), text(5), &person(1)).await.unwrap();
    let other = house.storage.upload_once(id, new_file("a.txt"), text(5), &person(2)).await;
    assert_eq!(other.unwrap_err().code(), "CONFLICT");
}
