//! The bytes of files.

use std::sync::Arc;

use bytes::Bytes;
use erynoa_kernel::Clock;
use erynoa_moving::{CopyError, Objects, copy_objects};
use erynoa_storage::{
    BucketName, Change, Entry, File, FileAccess, FileId, FileIndex, FileName, Folder, MediaType,
    MemoryFiles, MemoryObjects, ObjectKey, ObjectStore, OwnerId, Upload, whole,
};

struct Noon;

impl Clock for Noon {
    fn now_us(&self) -> u64 {
        43_200_000_000
    }
}

fn objects() -> Objects {
    let store = Arc::new(MemoryObjects::new(Arc::new(Noon)));
    Objects { store: Arc::clone(&store) as Arc<dyn ObjectStore>, buckets: store }
}

fn bucket(name: &str) -> BucketName {
    BucketName::new(name).expect("a name of a bucket")
}

async fn put(to: &Objects, within: &str, key: &ObjectKey, bytes: &'static [u8]) {
    to.buckets.create(&bucket(within)).await.expect("create");
    let bytes = whole(Bytes::from_static(bytes));
    to.store.put(&bucket(within), key, bytes, 100).await.expect("put");
}

/// A file in the index whose bytes are said to be `content`.
async fn file(index: &MemoryFiles, number: u8, content: &[u8]) -> ObjectKey {
    let id = FileId::from_bytes([number; 16]);
    let name = FileName::new("a.txt").expect("a name");
    let size = content.len() as u64;
    let key = ObjectKey::new(&format!("1970/01/01/{}-a.txt", id.uuid())).expect("a key");
    let upload = Upload {
        id,
        owner: OwnerId::from_bytes([1; 16]),
        realm: None,
        access: FileAccess::Private,
        name: name.clone(),
        folder: Folder::top(),
        media_type: None,
        size,
        hash: None,
        bucket: bucket("files"),
        key: key.clone(),
        attempt: 0,
        created_at_us: 1,
        expires_at_us: 100,
    };
    let file = File {
        id,
        owner: upload.owner,
        realm: None,
        access: upload.access,
        name,
        folder: Folder::top(),
        media_type: MediaType::new("text/plain").expect("a type"),
        size,
        hash: *blake3::hash(content).as_bytes(),
        bucket: upload.bucket.clone(),
        key,
        created_at_us: 1,
        updated_at_us: 1,
        binned_at_us: None,
        version: 1,
        links: 0,
    };
    index.apply(Change::Reserve { upload, quota_bytes: 0 }).await.expect("reserved");
    index.apply(Change::Attempt { id, at_us: 1 }).await.expect("begun");
    match index.apply(Change::Complete { file }).await.expect("completed") {
        Some(Entry::File(file)) => file.key,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_object_of_every_bucket_arrives_and_what_is_there_is_not_sent_again() {
    let (index, from, to) = (MemoryFiles::default(), objects(), objects());
    let key = file(&index, 1, b"hello").await;
    let part = ObjectKey::new("uploads/x/00001").expect("a key");
    put(&from, "files", &key, b"hello").await;
    put(&from, "files", &part, b"half").await;
    put(&from, "other", &part, b"").await;
    let first = copy_objects(&index, &from, &to, &|_, _, _| {}).await.expect("copied");
    assert_eq!((first.total, first.bytes, first.written), (3, 9, 3));
    assert_eq!(to.buckets.list().await.expect("list"), [bucket("files"), bucket("other")]);
    for (within, key, size) in [("files", &key, 5), ("files", &part, 4), ("other", &part, 0)] {
        let meta = to.store.head(&bucket(within), key).await.expect("head").expect("there");
        assert_eq!(meta.size, size);
    }
    to.store.delete(&bucket("files"), &part).await.expect("delete");
    let again = copy_objects(&index, &from, &to, &|_, _, _| {}).await.expect("copied");
    assert_eq!((again.total, again.written), (3, 1));
}

#[tokio::test]
async fn a_file_whose_bytes_are_not_those_that_were_stored_is_named_and_not_written() {
    let (index, from, to) = (MemoryFiles::default(), objects(), objects());
    let key = file(&index, 1, b"hello").await;
    put(&from, "files", &key, b"jello").await;
    let error = copy_objects(&index, &from, &to, &|_, _, _| {}).await.expect_err("damaged");
    let CopyError::Damaged { reason, .. } = &error else { panic!("{error}") };
    assert!(reason.starts_with(&format!("object files/{key}")), "{reason}");
    assert_eq!(to.store.head(&bucket("files"), &key).await.expect("head"), None);
}
