//! A storage in memory, and people who use it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use erynoa_kernel::{DAY_US, Entropy, FixedClock, RealmId};
use erynoa_storage::{
    BucketName, Buckets, Caller, Entry, File, FileAccess, FileId, FileIndex, FileName, Folder,
    MemoryFiles, MemoryObjects, NewFile, ObjectKey, ObjectStore, OwnerId, Rules, Storage, Upload,
    layout, whole,
};
use futures_util::TryStreamExt;

/// Noon of a day in November.
pub(crate) const NOW_US: u64 = 20_000 * DAY_US + DAY_US / 2;

/// Counts instead of throwing dice.
#[derive(Default)]
struct Counter(AtomicU64);

impl Entropy for Counter {
    fn bytes32(&self) -> [u8; 32] {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        *blake3::hash(&number.to_be_bytes()).as_bytes()
    }
}

pub(crate) struct House {
    pub(crate) storage: Storage,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) objects: Arc<MemoryObjects>,
    pub(crate) index: Arc<MemoryFiles>,
}

pub(crate) fn bucket() -> BucketName {
    BucketName::new("files").expect("a bucket's name")
}

pub(crate) fn rules() -> Rules {
    Rules {
        bucket: bucket(),
        most_bytes: 100 << 20,
        quota_bytes: 40 << 20,
        realm_quota_bytes: 60 << 20,
    }
}

pub(crate) async fn house() -> House {
    let clock = Arc::new(FixedClock::at(NOW_US));
    let objects = Arc::new(MemoryObjects::new(clock.clone()));
    let index = Arc::new(MemoryFiles::default());
    Buckets::create(&*objects, &bucket()).await.expect("write");
    let storage = Storage {
        objects: objects.clone(),
        buckets: objects.clone(),
        index: index.clone(),
        clock: clock.clone(),
        entropy: Arc::new(Counter::default()),
        rules: rules(),
    };
    House { storage, clock, objects, index }
}

pub(crate) fn owner(number: u8) -> OwnerId {
    OwnerId::from_bytes([number; 16])
}

pub(crate) fn realm(number: u8) -> RealmId {
    RealmId::from_bytes([number; 32])
}

/// Member of realm 1.
pub(crate) fn person(number: u8) -> Caller<'static> {
    Caller {
        account: Some(owner(number)),
        is_operator: false,
        is_member: &|realm| *realm == self::realm(1),
    }
}

/// Member of no realm.
pub(crate) fn stranger(number: u8) -> Caller<'static> {
    Caller { account: Some(owner(number)), is_operator: false, is_member: &|_| false }
}

pub(crate) fn operator() -> Caller<'static> {
    Caller { is_operator: true, ..stranger(99) }
}

pub(crate) fn nobody() -> Caller<'static> {
    Caller { account: None, is_operator: false, is_member: &|_| false }
}

pub(crate) fn new_file(name: &str) -> NewFile {
    NewFile {
        name: FileName::new(name).expect("a name"),
        folder: Folder::top(),
        media_type: None,
        realm: None,
        access: FileAccess::Private,
        hash: None,
    }
}

/// Text that differs from place to place.
pub(crate) fn text(size: usize) -> Bytes {
    (0..size).map(|at| b'a' + (at * 7 % 23 + at / 997 % 3) as u8).collect::<Vec<_>>().into()
}

impl House {
    /// A text file of person 1.
    pub(crate) async fn file(&self, name: &str, size: usize) -> File {
        self.storage.upload_file(new_file(name), text(size), &person(1)).await.expect("stores")
    }

    pub(crate) async fn send_part(&self, upload: &Upload, part: u32, bytes: Bytes) {
        let size = bytes.len() as u64;
        let key = layout::part_key(&upload.id, part);
        self.objects.put(&upload.bucket, &key, whole(bytes), size).await.expect("write");
    }

    pub(crate) async fn read(&self, file: &File) -> Bytes {
        let bytes = self.storage.read_file(file, None).await.expect("read");
        let pieces: Vec<Bytes> = bytes.try_collect().await.expect("is whole");
        pieces.concat().into()
    }

    /// Keys of all objects.
    pub(crate) async fn keys(&self) -> Vec<ObjectKey> {
        let objects: &dyn ObjectStore = &*self.objects;
        let listed = objects.list(&bucket(), "", None, 1000).await.expect("read");
        listed.into_iter().map(|object| object.key).collect()
    }

    pub(crate) async fn entry(&self, id: &FileId) -> Option<Entry> {
        self.index.find(id).await.expect("read")
    }
}
