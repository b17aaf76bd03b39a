//! The server is killed, paused and started again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use erynoa_cache::{Cache, MemoryCache, MemoryLimiter, Rate, RateLimiter};
use erynoa_execution::{Allowance, ManaAccounts, MemoryMana, Payer};
use erynoa_kernel::{IdentityId, StoreErrorKind};
use erynoa_redis::{RedisCache, RedisLimiter, RedisMana, RedisServer, Steady};
use tokio::time::{Instant, sleep};

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

fn steady_cache(server: &RedisServer) -> Steady<dyn Cache> {
    Steady::new(Arc::new(RedisCache::new(server.clone())), Arc::new(MemoryCache::new(clock())))
}

struct Ports {
    cache: Arc<dyn Cache>,
    limiter: Steady<dyn RateLimiter>,
    mana: Steady<dyn ManaAccounts>,
}

impl Ports {
    fn on(server: &RedisServer) -> Self {
        Self {
            cache: Arc::new(steady_cache(server)),
            limiter: Steady::new(
                Arc::new(RedisLimiter::new(server.clone())),
                Arc::new(MemoryLimiter::default()),
            ),
            mana: Steady::new(
                Arc::new(RedisMana::new(server.clone())),
                Arc::new(MemoryMana::default()),
            ),
        }
    }

    fn away(&self) -> usize {
        usize::from(self.limiter.is_away()) + usize::from(self.mana.is_away())
    }
}

/// Every port is asked again and again; nothing may fail that could be done, or
/// take long.
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
        for what in 0..3 {
            let began = Instant::now();
            match what {
                0 => {
                    let mut number = 0;
                    let draw = || {
                        number += 1;
                        format!("{client}:{calls}:{number}")
                    };
                    let value = Bytes::from(calls.to_string());
                    let put = ports.cache.put_new(draw, value.clone(), LONG_MS).await;
                    let key = put.expect("something new can always be put down");
                    // What lies on a server that is away cannot be taken.
                    if let Ok(taken) = ports.cache.take(&key).await {
                        assert_eq!(taken, Some(value), "it was put down and nobody has taken it");
                        let again = ports.cache.take(&key).await;
                        assert!(!matches!(again, Ok(Some(_))), "it was taken twice");
                    }
                }
                1 => {
                    ports.limiter.check("load", rate, NOW_US + calls).await.expect("no call fails");
                }
                _ => {
                    let allowance = Allowance::of(0);
                    let taken = ports.mana.take_each(payer, allowance, &[1], NOW_US).await;
                    if taken.expect("no call fails")[0].is_ok() {
                        let back = ports.mana.give_back(payer, allowance, 1, NOW_US).await;
                        back.expect("no call fails");
                    }
                }
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
    let ports = Arc::new(Ports::on(&server));
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
        eventually("every port has found out", || ports.away() == 2).await;
        sleep(Duration::from_millis(700)).await;
        assert_eq!(ports.away(), 2, "after {stops} nothing answers");
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
    ports.cache.put("after", Bytes::new(), LONG_MS).await.unwrap();
    let shared = RedisCache::new(server).get("after").await.unwrap();
    assert_eq!(shared, Some(Bytes::new()), "it is the shared one that is used again");
}

fn text(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

#[tokio::test]
async fn what_is_put_down_on_one_side_of_an_absence_is_taken_once_and_only_there() {
    let own = OwnServer::start("once");
    let server = own.patient();
    let (here, there) = (steady_cache(&server), steady_cache(&server));
    for key in ["before", "before too"] {
        here.put(key, text("shared"), LONG_MS).await.unwrap();
    }
    assert_eq!(there.take("before").await.unwrap(), Some(text("shared")));
    assert_eq!(here.take("before").await.unwrap(), None);

    own.services(&["pause", "redis"]);
    let lost = here.put("uncertain", text("here"), LONG_MS).await.unwrap_err();
    assert_eq!(lost.kind, StoreErrorKind::Unavailable, "nobody knows whether it lies there");
    assert_eq!(here.put("during", text("here"), LONG_MS).await.unwrap(), None);
    assert_eq!(here.put("during", text("no"), LONG_MS).await.unwrap(), Some(text("here")));
    assert_eq!(here.put("during too", text("here"), LONG_MS).await.unwrap(), None);
    assert_eq!(here.take("during too").await.unwrap(), Some(text("here")));
    let away = here.take("before too").await.unwrap_err();
    assert_eq!(away.kind, StoreErrorKind::Unavailable, "it is neither there nor gone");
    assert_eq!(here.get("before too").await.unwrap_err().kind, StoreErrorKind::Unavailable);

    own.services(&["resume", "redis"]);
    let began = Instant::now();
    while here.get("nothing").await.is_err() || there.get("nothing").await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(10), "not within 10 s");
        sleep(Duration::from_millis(20)).await;
    }
    assert!(!here.is_away());
    assert_eq!(there.get("during").await.unwrap(), None);
    assert_eq!(here.put("during", text("no"), LONG_MS).await.unwrap(), Some(text("here")));
    assert_eq!(here.take("during").await.unwrap(), Some(text("here")));
    assert_eq!(here.take("during").await.unwrap(), None);
    assert_eq!(here.take("before too").await.unwrap(), Some(text("shared")));
    assert_eq!(there.take("before too").await.unwrap(), None);
}
