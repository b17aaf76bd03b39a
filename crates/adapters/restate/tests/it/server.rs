//! The server for tests, of which there is one: laws take turns.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use erynoa_kernel::Clock;
use erynoa_restate::{Endpoint, RestateConfig, RestateWorkflows};
use erynoa_workflows::contract::Host;
use erynoa_workflows::{Definitions, Effects, WorkflowEngine};
use tokio::runtime::Runtime;
use tokio::sync::OwnedMutexGuard;

pub struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "timers of the laws take real time")]
    fn now_us(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        u64::try_from(now.as_micros()).expect("before the year 586524")
    }
}

pub fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is missing; run `make services`, or the tests with scripts/services.sh run restate --")
    })
}

/// An installation that nobody else has.
pub fn config(endpoint_port: u16) -> RestateConfig {
    static LAWS: AtomicUsize = AtomicUsize::new(0);
    let law = LAWS.fetch_add(1, Ordering::Relaxed);
    RestateConfig {
        installation: format!("law_{}_{law}_{}", std::process::id(), WallClock.now_us()),
        ingress_url: variable("ERYNOA_TEST_RESTATE_INGRESS"),
        admin_url: variable("ERYNOA_TEST_RESTATE_ADMIN"),
        endpoint_url: format!("http://127.0.0.1:{endpoint_port}"),
    }
}

/// The same port for all laws: what Restate still wants of an earlier one it
/// asks here as well.
pub fn port() -> u16 {
    static PORT: OnceLock<u16> = OnceLock::new();
    *PORT.get_or_init(|| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.local_addr().expect("is bound").port()
    })
}

/// Waits until no other law has the server.
pub async fn turn() -> OwnedMutexGuard<()> {
    static TURN: OnceLock<Arc<tokio::sync::Mutex<()>>> = OnceLock::new();
    Arc::clone(TURN.get_or_init(Arc::default)).lock_owned().await
}

/// Ends with its runtime, as a process does: handlers are cut off.
struct Served {
    runtime: Option<Runtime>,
    _endpoint: Endpoint,
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub struct RestateHost {
    config: RestateConfig,
    served: Mutex<Option<Served>>,
    _turn: OwnedMutexGuard<()>,
}

#[async_trait]
impl Host for RestateHost {
    async fn open(
        &self,
        definitions: Definitions,
        effects: Arc<dyn Effects>,
    ) -> Arc<dyn WorkflowEngine> {
        let runtime = Runtime::new().expect("a runtime");
        let address = ([127, 0, 0, 1], port()).into();
        let endpoint = runtime.spawn(async move {
            loop {
                let definitions = definitions.clone();
                let (effects, clock) = (Arc::clone(&effects), Arc::new(WallClock));
                match Endpoint::serve(address, definitions, effects, clock).await {
                    Ok(endpoint) => return endpoint,
                    // The endpoint before this one is about to let go.
                    Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
                }
            }
        });
        let endpoint = endpoint.await.expect("listens");
        let engine = RestateWorkflows::new(self.config.clone()).expect("a client");
        engine.register().await.expect("registers");
        *self.served.lock().expect("no panic") =
            Some(Served { runtime: Some(runtime), _endpoint: endpoint });
        Arc::new(engine)
    }

    async fn close(&self) {
        self.served.lock().expect("no panic").take();
    }
}

pub async fn host() -> (Arc<dyn Host>, ()) {
    let turn = turn().await;
    (Arc::new(RestateHost { config: config(port()), served: Mutex::default(), _turn: turn }), ())
}
