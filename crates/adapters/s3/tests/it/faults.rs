//! A server that is not there, or does not know us.

use std::time::Duration;

use bytes::Bytes;
use erynoa_kernel::{Secret, StoreErrorKind};
use erynoa_s3::{S3Config, S3ObjectStore};
use erynoa_storage::{BucketName, Buckets, Disposition, Grant, ObjectKey, ObjectStore, whole};
use tokio::time::timeout;

use super::server::start;

fn bucket() -> BucketName {
    BucketName::new("files").expect("a bucket's name")
}

fn key() -> ObjectKey {
    ObjectKey::new("a/b").expect("a key")
}

#[tokio::test]
async fn a_server_that_is_gone_is_unavailable_and_not_waited_for_long() {
    let server = start().await;
    let store = server.store();
    Buckets::create(&store, &bucket()).await.unwrap();
    server.stop();
    tokio::time::sleep(Duration::from_millis(50)).await;
    // A new client, so that no connection is left open.
    let store = server.store();
    let limit = Duration::from_secs(15);
    let (bucket, key) = (bucket(), key());
    let put = store.put(&bucket, &key, whole(Bytes::from_static(b"x")), 1);
    let error = timeout(limit, put).await.expect("in time").expect_err("nobody answers");
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    let list = timeout(limit, Buckets::list(&store)).await.expect("in time");
    assert_eq!(list.expect_err("nobody answers").kind, StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn a_wrong_secret_is_unavailable_and_names_no_secret() {
    let server = start().await;
    Buckets::create(&server.store(), &bucket()).await.unwrap();
    let wrong = Secret::new("guess-4711".to_owned());
    let config = S3Config { secret_access_key: wrong, ..server.config.clone() };
    let store = S3ObjectStore::new(config).unwrap();
    let error = store.head(&bucket(), &key()).await.expect_err("the signature is wrong");
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    let text = format!("{error:?} {:?}", server.config);
    assert!(!text.contains("guess-4711") && !text.contains("the-secret"), "{text}");
    Buckets::create(&store, &bucket()).await.expect_err("nor may it make buckets");
}

#[tokio::test]
async fn presigned_urls_name_the_public_endpoint() {
    let server = start().await;
    let store = server.store();
    for grant in [Grant::Get, Grant::Put] {
        let life = Duration::from_secs(60);
        let url = store.presign(&bucket(), &key(), grant, life, Disposition::default()).await;
        let front = format!("{}files/a/b?", server.config.public_endpoint);
        assert!(url.as_ref().is_ok_and(|url| url.starts_with(&front)), "{url:?}");
    }
}

#[test]
fn an_endpoint_that_is_no_url_is_refused_at_the_start() {
    let config = S3Config {
        endpoint: "not a url".to_owned(),
        public_endpoint: "http://localhost".to_owned(),
        region: "r".to_owned(),
        access_key_id: "a".to_owned(),
        secret_access_key: Secret::new("b".to_owned()),
    };
    S3ObjectStore::new(config).expect_err("no URL");
}
