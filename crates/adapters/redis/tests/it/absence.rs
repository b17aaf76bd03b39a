//! The server is killed, paused and started again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use erynoa_cache::{
    Bus, Cache, MemoryLimiter, MemoryRevocations, Rate, RateLimiter, Revocations, Signal,
    Subscription,
};
use erynoa_execution::{Allowance, ManaAccounts, MemoryMana, Payer};
use erynoa_kernel::IdentityId;
use erynoa_redis::fallback::{Steady, SteadyBus, SteadyCache, SteadyRevocations};
use erynoa_redis::{RedisBus, RedisCache, RedisLimiter, RedisMana, RedisRevocations, RedisServer};
use tokio::time::{Instant, sleep, timeout};

use crate::{clock, fresh_on};

const NOW_US: u64 = 1_700_000_000_000_000;
const LONG_MS: u64 = 600_000;

/// A server that no other test uses.
struct OwnServer {
    folder: PathBuf,
    url: String,
}

impl OwnServer {
    fn start(name: &str) -> Self {
        let name = format!("erynoa-redis-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let mut server = Self { folder, url: String::new() };
        let said = server.services(&["start", "redis"]);
        let url = said.lines().find_map(|line| line.strip_prefix("export ERYNOA_TEST_REDIS_URL="));
        server.url = url.expect("it says where it is").to_owned();
        server
    }

    /// Patient enough for a busy machine.
    fn patient(&self) -> RedisServer {
        fresh_on(&self.url).with_timeout(Duration::from_secs(1))
    }

    fn services(&self, arguments: &[&str]) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../scripts/services.sh");
        let done = Command::new(script)
            .args(arguments)
            .env("ERYNOA_SERVICES_DIR", &self.folder)
            .output()
            .expect("the script can be run");
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let failed = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "services.sh {arguments:?}: {failed}");
        said
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.services(&["stop"]);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

struct Ports {
    cache: SteadyCache,
    limiter: Steady<dyn RateLimiter>,
    mana: Steady<dyn ManaAccounts>,
    revocations: SteadyRevocations,
    bus: SteadyBus,
}

impl Ports {
    async fn on(server: &RedisServer) -> Self {
        Self {
            cache: SteadyCache::new(RedisCache::new(server.clone()), clock()),
            limiter: Steady::new(
                Arc::new(RedisLimiter::new(server.clone())),
                Arc::new(MemoryLimiter::default()),
            ),
            mana: Steady::new(
                Arc::new(RedisMana::new(server.clone())),
                Arc::new(MemoryMana::default()),
            ),
            revocations: SteadyRevocations::new(
                Arc::new(RedisRevocations::new(server.clone())),
                Arc::new(MemoryRevocations::default()),
            ),
            bus: SteadyBus::new(RedisBus::connect(server.clone()).await),
        }
    }

    fn away(&self) -> usize {
        [
            self.cache.is_away(),
            self.limiter.is_away(),
            self.mana.is_away(),
            self.revocations.is_away(),
            self.bus.is_away(),
        ]
        .into_iter()
        .filter(|is_away| *is_away)
        .count()
    }
}

/// Every port is asked again and again; nothing may fail or take long.
async fn load(
    ports: Arc<Ports>,
    client: u64,
    is_over: Arc<AtomicBool>,
    slowest_us: Arc<AtomicU64>,
) -> u64 {
    let payer = Payer::Root(IdentityId::default());
    let rate = Rate::new(1_000_000, 1_000_000);
    let mut calls = 0;
    while !is_over.load(Ordering::Relaxed) {
        let key = format!("{client}:{:02}", calls % 100);
        for what in 0..7 {
            let began = Instant::now();
            match what {
                0 => ports
                    .cache
                    .set(&key, Bytes::from(key.clone()), LONG_MS)
                    .await
                    .expect("no call fails"),
                1 => {
                    let value = ports.cache.get(&key).await.expect("no call fails");
                    assert!(value.is_none_or(|value| value == key), "a value of another key");
                }
                2 => {
                    ports.limiter.check(&key, rate, NOW_US + calls).await.expect("no call fails");
                }
                3 => {
                    let taken = ports
                        .mana
                        .take(payer, Allowance::of(0), 1, NOW_US)
                        .await
                        .expect("no call fails");
                    if taken.is_ok() {
                        ports
                            .mana
                            .give_back(payer, Allowance::of(0), 1, NOW_US)
                            .await
                            .expect("no call fails");
                    }
                }
                4 => {
                    ports
                        .revocations
                        .revoke(&key[..3], NOW_US + 1, NOW_US)
                        .await
                        .expect("no call fails");
                }
                5 => {
                    assert!(
                        !ports
                            .revocations
                            .is_revoked("nobody", NOW_US)
                            .await
                            .expect("no call fails")
                    );
                }
                _ => ports.bus.publish("load", Bytes::new()).await.expect("no call fails"),
            }
            let took_us = u64::try_from(began.elapsed().as_micros()).expect("a test is short");
            slowest_us.fetch_max(took_us, Ordering::Relaxed);
            calls += 1;
        }
        // The machine has other things to do.
        sleep(Duration::from_millis(1)).await;
    }
    calls
}

/// Asks until the shared one is used again.
async fn return_of(cache: &SteadyCache) {
    let began = Instant::now();
    while cache.is_away() {
        assert!(began.elapsed() < Duration::from_secs(10), "not within 10 s");
        sleep(Duration::from_millis(20)).await;
        cache.get("nothing").await.expect("no call fails");
    }
}

async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(5), "{what}: not within 5 s");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_no_call_fails_or_waits_when_the_server_is_killed_or_paused() {
    let own = OwnServer::start("load");
    let server = fresh_on(&own.url);
    let ports = Arc::new(Ports::on(&server).await);
    let is_over = Arc::new(AtomicBool::new(false));
    let slowest_us = Arc::new(AtomicU64::new(0));
    let clients: Vec<_> = (0..8)
        .map(|client| {
            let (is_over, slowest_us) = (Arc::clone(&is_over), Arc::clone(&slowest_us));
            tokio::spawn(load(Arc::clone(&ports), client, is_over, slowest_us))
        })
        .collect();
    sleep(Duration::from_millis(500)).await;
    for (stops, goes_on) in [("kill", "start"), ("pause", "resume")] {
        tokio::task::block_in_place(|| own.services(&[stops, "redis"]));
        eventually("every port has found out", || ports.away() == 5).await;
        sleep(Duration::from_millis(700)).await;
        assert_eq!(ports.away(), 5, "after {stops} nothing answers");
        tokio::task::block_in_place(|| own.services(&[goes_on, "redis"]));
        eventually("every port is back", || ports.away() == 0).await;
        sleep(Duration::from_millis(500)).await;
    }
    is_over.store(true, Ordering::Relaxed);
    let mut calls = 0;
    for client in clients {
        calls += client.await.expect("no call has failed");
    }
    let slowest = Duration::from_micros(slowest_us.load(Ordering::Relaxed));
    println!("{calls} calls, the slowest took {slowest:?}");
    assert!(slowest < Duration::from_secs(1), "one call took {slowest:?}");
    assert!(calls > 1_000, "only {calls} calls");
    ports.cache.set("after", Bytes::new(), LONG_MS).await.unwrap();
    let shared = RedisCache::new(server).get("after").await.unwrap();
    assert_eq!(shared, Some(Bytes::new()), "it is the shared one that is used again");
}

#[tokio::test]
async fn what_changed_during_an_absence_is_not_found_as_it_was_before() {
    let own = OwnServer::start("change");
    let server = own.patient();
    let shared = RedisCache::new(server.clone());
    let cache = SteadyCache::new(shared.clone(), clock());
    let text = |text: &'static str| Bytes::from_static(text.as_bytes());
    for key in ["deleted", "replaced", "kept"] {
        cache.set(key, text("old"), LONG_MS).await.unwrap();
    }
    own.services(&["pause", "redis"]);
    cache.delete("deleted").await.unwrap();
    cache.set("replaced", text("new"), LONG_MS).await.unwrap();
    assert!(cache.is_away());
    assert_eq!(cache.get("deleted").await.unwrap(), None);
    assert_eq!(cache.get("replaced").await.unwrap(), Some(text("new")));
    own.services(&["resume", "redis"]);
    return_of(&cache).await;
    assert_ne!(cache.get("replaced").await.unwrap(), Some(text("old")));
    assert_eq!(shared.get("deleted").await.unwrap(), None);
    assert_eq!(shared.get("replaced").await.unwrap(), None);
    assert_eq!(cache.get("kept").await.unwrap(), Some(text("old")));
}

#[tokio::test]
async fn after_more_changes_than_are_remembered_nothing_old_is_found() {
    let own = OwnServer::start("many");
    let server = own.patient();
    let shared = RedisCache::new(server.clone());
    let cache = SteadyCache::new(shared.clone(), clock());
    let keys: Vec<String> = (0..5_000).map(|number| number.to_string()).collect();
    for key in &keys {
        cache.set(key, Bytes::from_static(b"old"), LONG_MS).await.unwrap();
    }
    own.services(&["pause", "redis"]);
    for key in &keys {
        cache.delete(key).await.unwrap();
    }
    own.services(&["resume", "redis"]);
    return_of(&cache).await;
    for key in &keys {
        assert_eq!(cache.get(key).await.unwrap(), None);
    }
    assert_eq!(shared.get("4999").await.unwrap(), None);
}

#[tokio::test]
async fn who_is_revoked_during_an_absence_stays_so_after_it() {
    let own = OwnServer::start("revoke");
    let server = own.patient();
    let shared = Arc::new(RedisRevocations::new(server));
    let stored = Arc::new(MemoryRevocations::default());
    let list = SteadyRevocations::new(shared.clone(), stored.clone());
    let until_us = NOW_US + 600_000_000;
    own.services(&["pause", "redis"]);
    list.revoke("here", until_us, NOW_US).await.unwrap();
    // Another server cannot reach the list either; the store of sessions knows.
    stored.revoke("elsewhere", until_us, NOW_US).await.unwrap();
    for session in ["here", "elsewhere"] {
        assert!(list.is_revoked(session, NOW_US).await.unwrap(), "{session}");
    }
    own.services(&["resume", "redis"]);
    let began = Instant::now();
    while list.is_away() {
        assert!(began.elapsed() < Duration::from_secs(10), "not within 10 s");
        assert!(list.is_revoked("here", NOW_US).await.unwrap());
        sleep(Duration::from_millis(20)).await;
    }
    assert!(list.is_revoked("here", NOW_US).await.unwrap());
    assert!(shared.is_revoked("here", NOW_US).await.unwrap());
}

async fn next(follower: &mut Box<dyn Subscription>) -> Signal {
    timeout(Duration::from_secs(5), follower.next()).await.expect("a signal within 5 s")
}

#[tokio::test]
async fn followers_hear_their_own_server_during_an_absence_and_have_a_gap_after_it() {
    let own = OwnServer::start("bus");
    let server = own.patient();
    let here = SteadyBus::new(RedisBus::connect(server.clone()).await);
    let there = RedisBus::connect(server).await;
    let mut follower = here.subscribe("a").await.unwrap();
    there.publish("a", Bytes::from_static(b"1")).await.unwrap();
    assert_eq!(next(&mut follower).await, Signal::Message(Bytes::from_static(b"1")));
    own.services(&["kill", "redis"]);
    here.publish("a", Bytes::from_static(b"2")).await.unwrap();
    assert_eq!(next(&mut follower).await, Signal::Message(Bytes::from_static(b"2")));
    own.services(&["start", "redis"]);
    assert_eq!(next(&mut follower).await, Signal::Gap);
    there.publish("a", Bytes::from_static(b"3")).await.unwrap();
    assert_eq!(next(&mut follower).await, Signal::Message(Bytes::from_static(b"3")));
}

#[tokio::test]
async fn a_connection_that_falls_silent_is_given_up() {
    let own = OwnServer::start("silence");
    let bus = RedisBus::connect(own.patient()).await;
    let mut follower = bus.subscribe("a").await.unwrap();
    own.services(&["pause", "redis"]);
    // Longer than the pulse and its timeout: the listener has hung up.
    sleep(Duration::from_millis(2_500)).await;
    own.services(&["resume", "redis"]);
    assert_eq!(next(&mut follower).await, Signal::Gap);
}
