//! The contract suites: the adapters alone, and with their stand-ins.

mod cache {
    use std::sync::Arc;

    use erynoa_redis::RedisCache;

    use crate::fresh;

    erynoa_cache::cache_contract!((Arc::new(RedisCache::new(fresh())), ()));
}

mod steady_cache {
    use std::sync::Arc;

    use erynoa_redis::RedisCache;
    use erynoa_redis::fallback::SteadyCache;

    use crate::{clock, fresh};

    erynoa_cache::cache_contract!((
        Arc::new(SteadyCache::new(RedisCache::new(fresh()), clock())),
        ()
    ));
}

/// Nothing listens there.
fn nowhere() -> erynoa_redis::RedisServer {
    erynoa_redis::RedisServer::new("redis://127.0.0.1:1", "nowhere", 10).expect("it is a URL")
}

mod cache_without_a_server {
    use std::sync::Arc;

    use erynoa_redis::RedisCache;
    use erynoa_redis::fallback::SteadyCache;

    use crate::clock;
    use crate::contracts::nowhere;

    erynoa_cache::cache_contract!((
        Arc::new(SteadyCache::new(RedisCache::new(nowhere()), clock())),
        ()
    ));
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
    use erynoa_redis::RedisLimiter;
    use erynoa_redis::fallback::Steady;

    use crate::contracts::nowhere;

    erynoa_cache::rate_limiter_contract!((
        Arc::new(Steady::<dyn RateLimiter>::new(
            Arc::new(RedisLimiter::new(nowhere())),
            Arc::new(MemoryLimiter::default()),
        )),
        ()
    ));
}

mod revocations {
    use std::sync::Arc;

    use erynoa_redis::RedisRevocations;

    use crate::fresh;

    erynoa_cache::revocations_contract!((Arc::new(RedisRevocations::new(fresh())), ()));
}

mod revocations_without_a_server {
    use std::sync::Arc;

    use erynoa_cache::MemoryRevocations;
    use erynoa_redis::RedisRevocations;
    use erynoa_redis::fallback::SteadyRevocations;

    use crate::contracts::nowhere;

    erynoa_cache::revocations_contract!((
        Arc::new(SteadyRevocations::new(
            Arc::new(RedisRevocations::new(nowhere())),
            Arc::new(MemoryRevocations::default()),
        )),
        ()
    ));
}

mod bus {
    use std::sync::Arc;

    use erynoa_redis::RedisBus;

    use crate::fresh;

    erynoa_cache::bus_contract!((Arc::new(RedisBus::connect(fresh()).await), ()));
}

mod bus_without_a_server {
    use std::sync::Arc;

    use erynoa_redis::RedisBus;
    use erynoa_redis::fallback::SteadyBus;

    use crate::contracts::nowhere;

    erynoa_cache::bus_contract!((Arc::new(SteadyBus::new(RedisBus::connect(nowhere()).await)), ()));
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
    use erynoa_redis::RedisMana;
    use erynoa_redis::fallback::Steady;

    use crate::contracts::nowhere;

    erynoa_execution::mana_accounts_contract!((
        Arc::new(Steady::<dyn ManaAccounts>::new(
            Arc::new(RedisMana::new(nowhere())),
            Arc::new(MemoryMana::default()),
        )),
        ()
    ));
}
