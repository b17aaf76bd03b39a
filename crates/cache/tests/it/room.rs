//! What is kept in memory has an end.

use std::sync::Arc;

use bytes::Bytes;
use erynoa_cache::{Admission, Cache, MemoryCache, MemoryLimiter, Rate, RateLimiter};
use erynoa_kernel::FixedClock;

#[tokio::test]
async fn a_full_cache_forgets_what_ends_first() {
    let cache = MemoryCache::new(Arc::new(FixedClock::at(1)));
    for number in 0..70_000_u64 {
        cache.set(&number.to_string(), Bytes::new(), 1_000 + number).await.unwrap();
    }
    assert_eq!(cache.get("0").await.unwrap(), None);
    assert!(cache.get("69999").await.unwrap().is_some());
    assert!(cache.get("30000").await.unwrap().is_some());
}

#[tokio::test]
async fn large_values_fit_or_are_not_kept() {
    let cache = MemoryCache::new(Arc::new(FixedClock::at(1)));
    let mebibytes = |count: usize| Bytes::from(vec![0; count << 20]);
    cache.set("too large", mebibytes(9), 1_000).await.unwrap();
    assert_eq!(cache.get("too large").await.unwrap(), None);
    for number in 0..10 {
        cache.set(&number.to_string(), mebibytes(8), 1_000).await.unwrap();
    }
    let mut kept = 0;
    for number in 0..10 {
        kept += usize::from(cache.get(&number.to_string()).await.unwrap().is_some());
    }
    assert!((1..=8).contains(&kept), "{kept} of 8 MiB each");
    assert!(cache.get("9").await.unwrap().is_some(), "the newest is there");
}

#[tokio::test]
async fn a_cleared_cache_is_empty() {
    let cache = MemoryCache::new(Arc::new(FixedClock::at(1)));
    cache.set("a", Bytes::new(), 1_000).await.unwrap();
    cache.clear();
    assert_eq!(cache.get("a").await.unwrap(), None);
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
