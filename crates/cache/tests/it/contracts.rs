//! The contract suites on the adapters in memory.

mod cache {
    use std::sync::Arc;

    use erynoa_cache::MemoryCache;

    use crate::RealTime;

    erynoa_cache::cache_contract!((Arc::new(MemoryCache::new(Arc::new(RealTime))), ()));
}

mod limiter {
    use std::sync::Arc;

    use erynoa_cache::MemoryLimiter;

    erynoa_cache::rate_limiter_contract!((Arc::new(MemoryLimiter::default()), ()));
}
