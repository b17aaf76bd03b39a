//! The laws of the workflow engine and of the outbox.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use erynoa_fjall::{FjallStore, HostedWorkflows};
use erynoa_kernel::Clock;
use erynoa_workflows::contract::Host;
use erynoa_workflows::{Definitions, Effects, Outbox, WorkflowEngine};
use tempfile::TempDir;

struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "timers of the laws take real time")]
    fn now_us(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        u64::try_from(now.as_micros()).expect("before the year 586524")
    }
}

/// One folder; opening it anew is what the crash law does.
struct FjallHost {
    store: FjallStore,
    open: Mutex<Option<HostedWorkflows>>,
}

#[async_trait]
impl Host for FjallHost {
    async fn open(
        &self,
        definitions: Definitions,
        effects: Arc<dyn Effects>,
    ) -> Arc<dyn WorkflowEngine> {
        let runs = Arc::new(self.store.runs());
        let clock = Arc::new(WallClock) as _;
        let hosted = HostedWorkflows::start(runs, definitions, effects, &clock, 2);
        let engine = hosted.engine();
        *self.open.lock().expect("no panic") = Some(hosted);
        engine
    }

    async fn close(&self) {
        let hosted = self.open.lock().expect("no panic").take();
        hosted.expect("is open").stop().await;
    }
}

async fn host() -> (Arc<dyn Host>, TempDir) {
    let home = TempDir::new().expect("a folder");
    let store = FjallStore::open(home.path()).expect("opens");
    (Arc::new(FjallHost { store, open: Mutex::default() }), home)
}

erynoa_workflows::workflow_engine_contract!(host());

async fn outbox() -> (Arc<dyn Outbox>, TempDir) {
    let home = TempDir::new().expect("a folder");
    let store = FjallStore::open(home.path()).expect("opens");
    (Arc::new(store.runs()), home)
}

erynoa_workflows::outbox_contract!(outbox());
