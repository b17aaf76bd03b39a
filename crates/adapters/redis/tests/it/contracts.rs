//! The contract suites: the adapters alone, and with their stand-ins.

mod cache {
    use std::sync::Arc;

    use erynoa_redis::RedisCache;

    use crate::fresh;

    erynoa_cache::cache_contract!((Arc::new(RedisCache::new(fresh())), ()));
}

mod steady_cache {
    use std::sync::Arc;

    use erynoa_cache::{Cache, MemoryCache};
    use erynoa_redis::{RedisCache, Steady};

    use crate::{clock, fresh};

    erynoa_cache::cache_contract!((
        Arc::new(Steady::<dyn Cache>::new(
            Arc::new(RedisCache::new(fresh())),
            Arc::new(MemoryCache::new(clock())),
        )),
        ()
    ));
}

/// Nothing listens there.
fn nowhere() -> erynoa_redis::RedisServer {
    erynoa_redis::RedisServer::new("redis://127.0.0.1:1", "nowhere", 10).expect("it is a URL")
}

mod limiter {
    use std::sync::Arc;

    use erynoa_redis::RedisLimiter;

    use crate::fresh;

    erynoa_cache::rate_limiter_contract!((Arc::new(RedisLimiter::new(fresh())), ()));
}

mod limiter_without_a_server {
    use std::sync::Arc;

    use erynoa_cache::{MemoryLimiter, RateLimiter};
    use erynoa_redis::{RedisLimiter, Steady};

    use crate::contracts::nowhere;

    erynoa_cache::rate_limiter_contract!((
        Arc::new(Steady::<dyn RateLimiter>::new(
            Arc::new(RedisLimiter::new(nowhere())),
            Arc::new(MemoryLimiter::default()),
        )),
        ()
    ));
}

mod mana {
    use std::sync::Arc;

    use erynoa_redis::RedisMana;

    use crate::fresh;

    erynoa_execution::mana_accounts_contract!((Arc::new(RedisMana::new(fresh())), ()));
}

mod mana_without_a_server {
    use std::sync::Arc;

    use erynoa_execution::{ManaAccounts, MemoryMana};
    use erynoa_redis::{RedisMana, Steady};

    use crate::contracts::nowhere;

    erynoa_execution::mana_accounts_contract!((
        Arc::new(Steady::<dyn ManaAccounts>::new(
            Arc::new(RedisMana::new(nowhere())),
            Arc::new(MemoryMana::default()),
        )),
        ()
    ));
}
