//! What is kept in memory has an end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_cache::{Admission, Cache, MemoryCache, MemoryLimiter, Rate, RateLimiter};
use erynoa_kernel::{FixedClock, StoreError, StoreErrorKind};

#[tokio::test]
async fn a_full_cache_forgets_what_ends_first() {
    let cache = MemoryCache::new(Arc::new(FixedClock::at(1)));
    for number in 0..70_000_u64 {
        cache.put(&number.to_string(), Bytes::new(), 1_000 + number).await.unwrap();
    }
    assert_eq!(cache.get("0").await.unwrap(), None);
    assert!(cache.get("69999").await.unwrap().is_some());
    assert!(cache.get("30000").await.unwrap().is_some());
}

/// Loses the answer to the first of its puts, but keeps what was put down.
struct Forgetful {
    cache: MemoryCache,
    is_first: AtomicBool,
}

#[async_trait]
impl Cache for Forgetful {
    async fn put(&self, key: &str, value: Bytes, ttl_ms: u64) -> Result<Option<Bytes>, StoreError> {
        let there = self.cache.put(key, value, ttl_ms).await?;
        if self.is_first.swap(false, Ordering::Relaxed) {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "no answer"));
        }
        Ok(there)
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        self.cache.get(key).await
    }

    async fn take(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        self.cache.take(key).await
    }
}

#[tokio::test]
async fn a_key_that_is_taken_or_uncertain_is_given_up_for_another() {
    let cache = MemoryCache::new(Arc::new(FixedClock::at(1)));
    let cache: Arc<dyn Cache> = Arc::new(Forgetful { cache, is_first: AtomicBool::new(true) });
    let value = Bytes::from_static(b"new");
    let mut keys = ["uncertain", "free"].into_iter();
    let draw = || keys.next().unwrap().to_owned();
    assert_eq!(cache.put_new(draw, value.clone(), 1_000).await.unwrap(), "free");
    let mut keys = ["free", "uncertain", "other"].into_iter();
    let draw = || keys.next().unwrap().to_owned();
    assert_eq!(cache.put_new(draw, value.clone(), 1_000).await.unwrap(), "other");
    let refused = cache.put_new(|| "free".to_owned(), value, 1_000).await.unwrap_err();
    assert_eq!(refused.kind, StoreErrorKind::Conflict);
}

#[tokio::test]
async fn strangers_do_not_make_the_limiter_forget_who_is_over_the_limit() {
    let limiter = MemoryLimiter::default();
    let slow = Rate::new(1, 10);
    while limiter.check("greedy", slow, 1).await.unwrap() == Admission::Passed {}
    for number in 0..70_000 {
        limiter.check(&number.to_string(), Rate::new(1, 10), 1).await.unwrap();
    }
    assert_ne!(limiter.check("greedy", slow, 1).await.unwrap(), Admission::Passed);
}
