//! Laws of [`Buckets`].

use std::sync::Arc;

use erynoa_kernel::StoreErrorKind;

use super::objects::{bucket, key, pattern, put};
use crate::{BucketName, Buckets, ObjectStore};

fn name(text: &str) -> BucketName {
    BucketName::new(text).expect("a bucket's name")
}

/// Law.
pub async fn a_bucket_is_created_once(_objects: Arc<dyn ObjectStore>, buckets: Arc<dyn Buckets>) {
    assert_eq!(buckets.list().await.expect("read"), []);
    assert!(buckets.create(&name("files")).await.expect("write"));
    assert!(!buckets.create(&name("files")).await.expect("read"));
    assert_eq!(buckets.list().await.expect("read"), [name("files")]);
}

/// Law.
pub async fn buckets_are_listed_in_order(
    _objects: Arc<dyn ObjectStore>,
    buckets: Arc<dyn Buckets>,
) {
    let longest = "z".repeat(63);
    for text in ["c-1", "a00", &longest, "b-b"] {
        bucket(&buckets, text).await;
    }
    let listed = buckets.list().await.expect("read");
    assert_eq!(listed, ["a00", "b-b", "c-1", &longest].map(name));
}

/// Law.
pub async fn only_an_empty_bucket_is_deleted(
    objects: Arc<dyn ObjectStore>,
    buckets: Arc<dyn Buckets>,
) {
    let files = bucket(&buckets, "files").await;
    assert!(!buckets.delete(&name("other")).await.expect("read"));
    put(&objects, &files, "a/b", &pattern(3)).await;
    let refused = buckets.delete(&files).await.expect_err("it holds an object");
    assert_eq!(refused.kind, StoreErrorKind::Conflict);
    objects.delete(&files, &key("a/b")).await.expect("write");
    assert!(buckets.delete(&files).await.expect("write"));
    assert_eq!(buckets.list().await.expect("read"), []);
    assert!(buckets.create(&files).await.expect("the name is free again"));
}
