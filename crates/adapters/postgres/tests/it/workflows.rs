//! The laws of the workflow engine and of the outbox, and that of several
//! gateways one drives.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use erynoa_kernel::Clock;
use erynoa_postgres::PgStore;
use erynoa_workflows::contract::Host;
use erynoa_workflows::{Definitions, Effects, Embedded, Outbox, Runs, Turn, WorkflowEngine};
use tokio::task::JoinHandle;

use crate::database::{self, Database};

struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "timers of the laws take real time")]
    fn now_us(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        u64::try_from(now.as_micros()).expect("before the year 586524")
    }
}

struct PgHost {
    store: PgStore,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

#[async_trait]
impl Host for PgHost {
    async fn open(
        &self,
        definitions: Definitions,
        effects: Arc<dyn Effects>,
    ) -> Arc<dyn WorkflowEngine> {
        let runs = Arc::new(self.store.runs());
        let engine = Embedded::new(runs, definitions, effects, Arc::new(WallClock), || {});
        let engine = Arc::new(engine);
        for _ in 0..2 {
            let engine = Arc::clone(&engine);
            let task = tokio::spawn(async move {
                loop {
                    if engine.turn().await.expect("PostgreSQL answers") != Turn::Did {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
            });
            self.tasks.lock().expect("no panic").push(task);
        }
        engine
    }

    async fn close(&self) {
        let tasks: Vec<_> = self.tasks.lock().expect("no panic").drain(..).collect();
        for task in tasks {
            task.abort();
            // Cut off, which is what was asked for.
            let _ = task.await;
        }
    }
}

async fn host() -> (Arc<dyn Host>, Database) {
    let (store, database) = database::empty().await;
    (Arc::new(PgHost { store, tasks: Mutex::default() }), database)
}

erynoa_workflows::workflow_engine_contract!(host());

async fn outbox() -> (Arc<dyn Outbox>, Database) {
    let (store, database) = database::empty().await;
    (Arc::new(store.runs()), database)
}

erynoa_workflows::outbox_contract!(outbox());

#[tokio::test]
async fn of_two_gateways_one_drives_until_it_is_gone() {
    use erynoa_workflows::Start;
    use erynoa_workflows::contract::{EffectLog, definitions};

    let database = Database::create().await;
    let (first, second) = (database.open().await, database.open().await);
    let (one, other) = (first.runs(), second.runs());
    let folder = std::env::temp_dir();
    let effects = Arc::new(EffectLog::new(&folder));
    let engine =
        Embedded::new(Arc::new(one.clone()), definitions(1), effects, Arc::new(WallClock), || {});
    let start = Start {
        key: "a".into(),
        workflow: "law".into(),
        owner: String::new(),
        input: serde_json::json!({ "steps": [{}] }),
    };
    engine.start(start).await.expect("starts");
    let now_us = WallClock.now_us();
    assert_eq!(one.due(now_us, 9).await.expect("looks").keys, ["a"]);
    assert!(other.due(now_us, 9).await.expect("looks").keys.is_empty());
    assert_eq!(one.due(now_us, 9).await.expect("still drives").keys, ["a"]);
    drop((engine, one));
    first.close().await;
    assert_eq!(other.due(now_us, 9).await.expect("drives now").keys, ["a"]);
}
