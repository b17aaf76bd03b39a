//! The connection itself.

use bytes::Bytes;
use erynoa_cache::Cache;
use erynoa_kernel::StoreErrorKind;
use erynoa_redis::{RedisCache, RedisServer, TIMEOUT};
use tokio::time::Instant;

use crate::fresh;

#[tokio::test]
async fn a_server_that_is_there_answers_within_the_time() {
    assert!(fresh().ping().await.unwrap() < fresh().timeout());
}

#[tokio::test]
async fn a_server_that_never_answers_costs_the_timeout_and_no_more() {
    // It takes connections and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let server = RedisServer::new(&url, "silent", 2).unwrap();
    for _ in 0..3 {
        let began = Instant::now();
        assert_eq!(server.ping().await.unwrap_err().kind, StoreErrorKind::Unavailable);
        assert!(began.elapsed() < TIMEOUT * 2);
    }
}

#[test]
fn a_name_that_means_something_in_patterns_is_refused() {
    for name in ["", "*", "a:b", "a b", "[a]", "ä"] {
        assert!(RedisServer::new("redis://localhost", name, 1).is_err(), "{name:?}");
    }
    assert!(RedisServer::new("http://localhost", "a", 1).is_err());
    assert!(RedisServer::new("redis://localhost", "a.B-c_9", 0).is_ok());
}

#[tokio::test]
async fn installations_on_one_server_do_not_see_each_other() {
    let (mine, theirs) = (RedisCache::new(fresh()), RedisCache::new(fresh()));
    for (cache, value) in [(&mine, "mine"), (&theirs, "theirs")] {
        let there = cache.put("0", Bytes::from_static(value.as_bytes()), 60_000).await.unwrap();
        assert_eq!(there, None);
    }
    assert_eq!(mine.take("0").await.unwrap(), Some(Bytes::from_static(b"mine")));
    assert_eq!(theirs.get("0").await.unwrap(), Some(Bytes::from_static(b"theirs")));
}
