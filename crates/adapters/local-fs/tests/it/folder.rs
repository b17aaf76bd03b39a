//! What is in the folder.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use erynoa_kernel::{FixedClock, Secret};
use erynoa_local_fs::{LocalObjects, Signer};
use erynoa_storage::{BucketName, Buckets, ObjectKey, ObjectStore, whole};
use tempfile::TempDir;

pub(crate) fn open(root: &Path) -> LocalObjects {
    let signer = Signer::new("http://localhost:3000", &Secret::new([7; 32]));
    LocalObjects::open(root, signer, Arc::new(FixedClock::at(1))).expect("opens")
}

fn key(text: &str) -> ObjectKey {
    ObjectKey::new(text).expect("a key")
}

async fn files(store: &LocalObjects) -> BucketName {
    let files = BucketName::new("files").expect("a bucket's name");
    Buckets::create(store, &files).await.expect("write");
    files
}

#[tokio::test]
async fn an_object_is_a_file_under_its_own_name() {
    let home = TempDir::new().unwrap();
    let store = open(home.path());
    let files = files(&store).await;
    let bytes = whole(Bytes::from_static(b"hello"));
    store.put(&files, &key("2026/11/23/a-b.txt"), bytes, 5).await.unwrap();
    assert_eq!(fs::read(home.path().join("files/2026/11/23/a-b.txt")).unwrap(), b"hello");
    assert_eq!(fs::read_dir(home.path().join("~incoming")).unwrap().count(), 0);
    ObjectStore::delete(&store, &files, &key("2026/11/23/a-b.txt")).await.unwrap();
    assert_eq!(fs::read_dir(home.path().join("files")).unwrap().count(), 0, "no empty folders");
}

#[tokio::test]
async fn what_was_half_written_is_gone_at_the_next_start() {
    let home = TempDir::new().unwrap();
    drop(open(home.path()));
    let left = home.path().join("~incoming/4711-0");
    fs::write(&left, b"half").unwrap();
    let store = open(home.path());
    assert!(!left.exists());
    assert_eq!(Buckets::list(&store).await.unwrap(), [], "and is no bucket");
}

#[tokio::test]
async fn a_link_is_no_object() {
    let home = TempDir::new().unwrap();
    let store = open(home.path());
    let files = files(&store).await;
    let secret = home.path().join("secret");
    fs::write(&secret, b"secret").unwrap();
    symlink(&secret, home.path().join("files/link")).unwrap();
    assert!(store.get(&files, &key("link"), None).await.is_err());
    assert_eq!(store.head(&files, &key("link")).await.unwrap(), None);
    assert_eq!(ObjectStore::list(&store, &files, "", None, 9).await.unwrap(), []);
    let over = store.put(&files, &key("link"), whole(Bytes::from_static(b"x")), 1).await;
    over.expect("the link is replaced");
    assert_eq!(fs::read(&secret).unwrap(), b"secret", "and not followed");
}

#[tokio::test]
async fn a_file_cannot_be_a_folder() {
    let home = TempDir::new().unwrap();
    let store = open(home.path());
    let files = files(&store).await;
    let put =
        async |name: &str| store.put(&files, &key(name), whole(Bytes::from_static(b"x")), 1).await;
    put("a/b").await.unwrap();
    for name in ["a", "a/b/c"] {
        put(name).await.expect_err("one is where the other would be");
        assert!(store.get(&files, &key(name), None).await.unwrap().is_none());
    }
    assert_eq!(ObjectStore::list(&store, &files, "", None, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn writers_and_deleters_of_one_folder_do_not_disturb_each_other() {
    let home = TempDir::new().unwrap();
    let store = open(home.path());
    let files = files(&store).await;
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..4 {
        let (store, files) = (store.clone(), files.clone());
        tasks.spawn(async move {
            for _ in 0..50 {
                let name = key(&format!("uploads/x/{worker}"));
                store.put(&files, &name, whole(Bytes::from_static(b"x")), 1).await.unwrap();
                ObjectStore::delete(&store, &files, &name).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(fs::read_dir(home.path().join("files")).unwrap().count(), 0);
}
