//! Laws of [`ObjectStore`].

use std::sync::Arc;

use bytes::Bytes;
use erynoa_kernel::{StoreError, StoreErrorKind};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{BucketName, Buckets, ByteStream, ObjectKey, ObjectStore};

type Objects = Arc<dyn ObjectStore>;
type AllBuckets = Arc<dyn Buckets>;

/// A key.
pub(super) fn key(text: &str) -> ObjectKey {
    ObjectKey::new(text).expect("a key")
}

/// As long as the keys of files are at most. (Longer ones some servers refuse,
/// which keep objects as files.)
pub(super) fn longest() -> String {
    format!("2026/11/23/{}-{}", "0".repeat(36), "Z".repeat(100))
}

/// A fresh bucket of this name.
pub(super) async fn bucket(buckets: &AllBuckets, name: &str) -> BucketName {
    let name = BucketName::new(name).expect("a bucket's name");
    assert!(buckets.create(&name).await.expect("write"), "the store is empty at first");
    name
}

/// Bytes that differ from place to place, in pieces of odd sizes.
pub(super) fn pattern(size: usize) -> Bytes {
    (0..size).map(|at| (at * 31 + at / 251).to_le_bytes()[0]).collect::<Vec<_>>().into()
}

fn pieces(bytes: &Bytes) -> ByteStream {
    let cuts: Vec<_> = (0..bytes.len())
        .step_by(65_537)
        .map(|from| Ok(bytes.slice(from..bytes.len().min(from + 65_537))))
        .collect();
    Box::pin(stream::iter(cuts))
}

/// Stores bytes.
pub(super) async fn put(objects: &Objects, bucket: &BucketName, name: &str, bytes: &Bytes) {
    let size =
        objects.put(bucket, &key(name), pieces(bytes), bytes.len() as u64).await.expect("write");
    assert_eq!(size, bytes.len() as u64);
}

async fn collect(bytes: ByteStream) -> Bytes {
    let pieces: Vec<Bytes> = bytes.try_collect().await.expect("read");
    pieces.concat().into()
}

/// What is stored under a name.
pub(super) async fn get(objects: &Objects, bucket: &BucketName, name: &str) -> Option<Bytes> {
    let (meta, bytes) = objects.get(bucket, &key(name), None).await.expect("read")?;
    let bytes = collect(bytes).await;
    assert_eq!((meta.key, meta.size), (key(name), bytes.len() as u64));
    Some(bytes)
}

async fn names(objects: &Objects, bucket: &BucketName, prefix: &str) -> Vec<String> {
    let listed = objects.list(bucket, prefix, None, 1000).await.expect("read");
    listed.into_iter().map(|object| object.key.as_str().to_owned()).collect()
}

/// Law.
pub async fn what_was_put_is_read_back_whole(objects: Objects, buckets: AllBuckets) {
    let bucket = bucket(&buckets, "first").await;
    assert_eq!(get(&objects, &bucket, "a/b.txt").await, None);
    assert_eq!(objects.head(&bucket, &key("a/b.txt")).await.expect("read"), None);
    put(&objects, &bucket, "a/b.txt", &pattern(100_000)).await;
    assert_eq!(get(&objects, &bucket, "a/b.txt").await, Some(pattern(100_000)));
    let meta = objects.head(&bucket, &key("a/b.txt")).await.expect("read").expect("is there");
    assert_eq!((meta.key.as_str(), meta.size), ("a/b.txt", 100_000));
}

/// Law.
pub async fn objects_of_every_size_survive(objects: Objects, buckets: AllBuckets) {
    let bucket = bucket(&buckets, "sizes").await;
    // Around the sizes at which stores change their way of writing.
    for size in [0, 1, 4096, (5 << 20) - 1, 5 << 20, (8 << 20) + 1, (17 << 20) + 3] {
        put(&objects, &bucket, "object", &pattern(size)).await;
        let read = get(&objects, &bucket, "object").await.expect("is there");
        assert!(read == pattern(size), "{size} bytes come back");
    }
}

/// Law.
pub async fn a_range_is_cut_at_the_end(objects: Objects, buckets: AllBuckets) {
    let bucket = bucket(&buckets, "ranges").await;
    let all = pattern(200_000);
    put(&objects, &bucket, "object", &all).await;
    for (from, to) in [(0, 1), (0, 200_000), (199_999, 200_000), (70_000, 140_001), (5, 900_000)] {
        let (meta, bytes) = objects
            .get(&bucket, &key("object"), Some(from as u64..to as u64))
            .await
            .expect("read")
            .expect("is there");
        assert_eq!(meta.size, 200_000, "the size is that of the object");
        assert_eq!(collect(bytes).await, all.slice(from..to.min(all.len())));
    }
    for empty in [200_000..200_001, 300_000..400_000, 7..7] {
        let range = Some(empty);
        let read = objects.get(&bucket, &key("object"), range).await.expect("read");
        assert!(collect(read.expect("is there").1).await.is_empty());
    }
}

/// Law.
pub async fn a_name_may_have_every_allowed_character(objects: Objects, buckets: AllBuckets) {
    let bucket = bucket(&buckets, "names").await;
    let longest = longest();
    let all = [
        "-",
        "...",
        ".hidden",
        "0123456789/ABCDEFGHIJKLMNOPQRSTUVWXYZ/abcdefghijklmnopqrstuvwxyz",
        "CASE",
        "_under-score.",
        "case",
        longest.as_str(),
    ];
    for name in all {
        put(&objects, &bucket, name, &Bytes::from(name.to_owned())).await;
    }
    for name in all {
        assert_eq!(get(&objects, &bucket, name).await, Some(Bytes::from(name.to_owned())));
    }
    let mut sorted = all.map(str::to_owned).to_vec();
    sorted.sort();
    assert_eq!(names(&objects, &bucket, "").await, sorted);
}

/// Law.
pub async fn a_later_object_takes_the_place_of_the_one_before(
    objects: Objects,
    buckets: AllBuckets,
) {
    let bucket = bucket(&buckets, "places").await;
    put(&objects, &bucket, "object", &pattern(300_000)).await;
    put(&objects, &bucket, "object", &pattern(3)).await;
    assert_eq!(get(&objects, &bucket, "object").await, Some(pattern(3)));
    assert_eq!(names(&objects, &bucket, "").await, ["object"]);
}

/// Law.
pub async fn a_stream_that_fails_stores_nothing(objects: Objects, buckets: AllBuckets) {
    let bucket = bucket(&buckets, "failing").await;
    for size in [0, 10, 6 << 20] {
        let failure = StoreError::new(StoreErrorKind::Unavailable, "the sender went away");
        let bytes = stream::iter([Ok(pattern(size)), Err(failure)]);
        objects
            .put(&bucket, &key("object"), Box::pin(bytes), u64::MAX)
            .await
            .expect_err("the stream failed");
        assert_eq!(get(&objects, &bucket, "object").await, None);
    }
    put(&objects, &bucket, "object", &pattern(5)).await;
    let failing = stream::iter([Err(StoreError::new(StoreErrorKind::Unavailable, "gone"))]);
    let failed = objects.put(&bucket, &key("object"), Box::pin(failing), 100).await;
    failed.expect_err("the stream failed");
    assert_eq!(get(&objects, &bucket, "object").await, Some(pattern(5)), "the one before stays");
    assert_eq!(names(&objects, &bucket, "").await, ["object"]);
}

/// Law.
pub async fn more_than_the_most_stores_nothing(objects: Objects, buckets: AllBuckets) {
    let bucket = bucket(&buckets, "most").await;
    for (size, most) in [(1, 0), (11, 10), (6 << 20, (6 << 20) - 1)] {
        let refused = objects.put(&bucket, &key("object"), pieces(&pattern(size)), most).await;
        assert_eq!(refused.expect_err("too much").kind, StoreErrorKind::Full);
        assert_eq!(get(&objects, &bucket, "object").await, None);
    }
    let exact = objects.put(&bucket, &key("object"), pieces(&pattern(10)), 10).await;
    assert_eq!(exact.expect("fits"), 10);
}

/// Law.
pub async fn what_is_read_does_not_change_while_it_is_replaced(
    objects: Objects,
    buckets: AllBuckets,
) {
    let bucket = bucket(&buckets, "replaced").await;
    let before = pattern(2 << 20);
    put(&objects, &bucket, "object", &before).await;
    let reading = objects.get(&bucket, &key("object"), None).await.expect("read");
    let (_, mut bytes) = reading.expect("is there");
    let first = bytes.next().await.expect("has bytes").expect("read");
    put(&objects, &bucket, "object", &Bytes::from(vec![9; 2 << 20])).await;
    // A store may cut the reader off, but not mix.
    let rest: Result<Vec<Bytes>, StoreError> = bytes.try_collect().await;
    if let Ok(rest) = rest {
        assert!([first.as_ref(), &rest.concat()].concat() == before, "one of both, whole");
    }
}

/// Law.
pub async fn what_is_deleted_is_gone_and_deleting_again_is_no_error(
    objects: Objects,
    buckets: AllBuckets,
) {
    let bucket = bucket(&buckets, "deleted").await;
    put(&objects, &bucket, "a/b/c", &pattern(9)).await;
    put(&objects, &bucket, "a/b2", &pattern(9)).await;
    for _ in 0..2 {
        objects.delete(&bucket, &key("a/b/c")).await.expect("write");
        assert_eq!(get(&objects, &bucket, "a/b/c").await, None);
    }
    assert_eq!(names(&objects, &bucket, "").await, ["a/b2"]);
    objects.delete(&bucket, &key("never/was")).await.expect("write");
}

/// Law.
pub async fn objects_are_listed_in_order_page_by_page(objects: Objects, buckets: AllBuckets) {
    let bucket = bucket(&buckets, "listed").await;
    // A slash sorts between . and 0, by bytes and not by folders.
    let all = ["a-b", "a.b", "a/b", "a/b.c", "a/c/d", "a0", "aa/b", "b", "uploads/x/1"];
    for name in all.iter().rev() {
        put(&objects, &bucket, name, &Bytes::from_static(b"x")).await;
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = objects.list(&bucket, "", after.as_ref(), 4).await.expect("read");
        assert!(page.len() <= 4);
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        seen.extend(page.iter().map(|object| object.key.as_str().to_owned()));
    }
    assert_eq!(seen, all);
    assert_eq!(names(&objects, &bucket, "a/").await, ["a/b", "a/b.c", "a/c/d"]);
    assert_eq!(names(&objects, &bucket, "a/b").await, ["a/b", "a/b.c"]);
    assert_eq!(names(&objects, &bucket, "a").await, &all[..7]);
    assert_eq!(names(&objects, &bucket, "c").await, [""; 0]);
    let after = Some(key("a/b5"));
    let rest = objects.list(&bucket, "a/", after.as_ref(), 9).await.expect("read");
    assert_eq!(rest.len(), 1, "a place need not be there to go on from");
}

/// Law.
pub async fn a_key_may_begin_like_another(objects: Objects, buckets: AllBuckets) {
    let bucket = bucket(&buckets, "beginnings").await;
    put(&objects, &bucket, "a/b.txt", &pattern(1)).await;
    put(&objects, &bucket, "a/b", &pattern(2)).await;
    put(&objects, &bucket, "a/bb/c", &pattern(3)).await;
    for (name, size) in [("a/b.txt", 1), ("a/b", 2), ("a/bb/c", 3)] {
        assert_eq!(get(&objects, &bucket, name).await, Some(pattern(size)));
    }
}

/// Law.
pub async fn a_copy_stands_by_itself(objects: Objects, buckets: AllBuckets) {
    let bucket = bucket(&buckets, "copies").await;
    assert!(!objects.copy(&bucket, &key("from"), &key("x/to")).await.expect("read"));
    put(&objects, &bucket, "from", &pattern(70_000)).await;
    put(&objects, &bucket, "x/to", &pattern(1)).await;
    assert!(objects.copy(&bucket, &key("from"), &key("x/to")).await.expect("write"));
    put(&objects, &bucket, "from", &pattern(2)).await;
    objects.delete(&bucket, &key("from")).await.expect("write");
    assert_eq!(get(&objects, &bucket, "x/to").await, Some(pattern(70_000)));
}

/// Law.
pub async fn a_bucket_that_is_not_there_is_empty_and_takes_nothing(
    objects: Objects,
    _buckets: AllBuckets,
) {
    let nowhere = BucketName::new("nowhere").expect("a bucket's name");
    assert_eq!(names(&objects, &nowhere, "").await, [""; 0]);
    assert_eq!(get(&objects, &nowhere, "object").await, None);
    let refused = objects.put(&nowhere, &key("object"), pieces(&pattern(1)), 1).await;
    refused.expect_err("there is no bucket");
    assert_eq!(get(&objects, &nowhere, "object").await, None);
}

/// Law.
pub async fn buckets_do_not_mix(objects: Objects, buckets: AllBuckets) {
    let one = bucket(&buckets, "one").await;
    let two = bucket(&buckets, "one-two").await;
    put(&objects, &one, "object", &pattern(1)).await;
    assert_eq!(get(&objects, &two, "object").await, None);
    put(&objects, &two, "object", &pattern(2)).await;
    objects.delete(&one, &key("object")).await.expect("write");
    assert_eq!(get(&objects, &two, "object").await, Some(pattern(2)));
}
