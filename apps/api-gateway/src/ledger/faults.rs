//! What happens when the log cannot be written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_events::{
    Body, EpochPolicy, Event, EventLog, IdentityCreated, LogClock, MemoryEventLog, SigningKey,
    VerifiedEvent, sign_event,
};
use erynoa_kernel::{
    Coordinate, FixedClock, IdentityId, Namespace, RealmId, StoreError, StoreErrorKind,
};

use super::{Ledger, LogName, Policy, replay};

/// A log on a disk that is full whenever it is told to be, and takes its time.
#[derive(Default)]
pub(super) struct Full {
    log: MemoryEventLog,
    pub(super) full: AtomicBool,
    takes: Duration,
}

#[async_trait]
impl EventLog for Full {
    async fn append(
        &self,
        expected_size: u64,
        entries: Vec<Bytes>,
        checkpoint: Option<String>,
    ) -> Result<(), StoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(StoreError::new(StoreErrorKind::Full, "no space left"));
        }
        tokio::time::sleep(self.takes).await;
        self.log.append(expected_size, entries, checkpoint).await
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Bytes>, StoreError> {
        self.log.read(from, limit).await
    }

    async fn size(&self) -> Result<u64, StoreError> {
        self.log.size().await
    }

    async fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        self.log.checkpoint().await
    }

    async fn bytes_on_disk(&self) -> Result<u64, StoreError> {
        self.log.bytes_on_disk().await
    }
}

fn born(seed: u8) -> VerifiedEvent {
    let key = SigningKey::from_seed([seed; 32]);
    let event = Event {
        author: IdentityId::of(Namespace::SelfHood, &key.public_key()),
        realm: RealmId::NULL,
        coordinate: Coordinate { wall_us: 1_000, counter: 0 },
        prev: None,
        parents: Vec::new(),
        body: Body::IdentityCreated(IdentityCreated {
            namespace: Namespace::SelfHood,
            display_name: String::new(),
            key_label: String::new(),
            recovery_key: None,
            recovery_delay_s: erynoa_events::RECOVERY_DELAY_S.1,
            controller: None,
        }),
    };
    sign_event(&event, &key).expect("a well-formed event")
}

#[tokio::test]
async fn a_full_disk_refuses_everything_keeps_nothing_and_is_over_when_there_is_space() {
    let log = Arc::new(Full::default());
    let key = SigningKey::from_seed([99; 32]);
    let policy = Policy {
        // Two entries an epoch: every second write ends one.
        epochs: EpochPolicy { max_events: 2, max_us: u64::MAX, clock: LogClock::System },
        origin: "test.example/log".to_owned(),
    };
    let clock = Arc::new(FixedClock::at(2_000));
    let (ledger, running) =
        Ledger::start(log.clone(), SigningKey::from_seed([99; 32]), clock, policy.clone())
            .await
            .expect("an empty log starts");
    let mut accepted = 0;
    for seed in 1..=12 {
        log.full.store(seed % 2 == 0, Ordering::SeqCst);
        let before = log.size().await.expect("memory");
        match ledger.submit(vec![born(seed)]).await {
            Ok(verdicts) => {
                assert!(verdicts[0].is_ok() && seed % 2 == 1);
                accepted += 1;
            }
            Err(problem) => {
                assert_eq!(problem.code, "SERVICE_UNAVAILABLE");
                assert_eq!(log.size().await.expect("memory"), before, "nothing was stored");
            }
        }
        let shown = ledger.read().log.size();
        assert_eq!(shown, log.size().await.expect("memory"), "readers see what is durable");
    }
    assert_eq!(accepted, 6);
    log.full.store(false, Ordering::SeqCst);
    ledger.stop().await;
    tokio::task::spawn_blocking(|| running.join()).await.expect("the sequencer ends");
    let name = LogName { key: key.public_key(), origin: policy.origin, copied: false };
    let again = replay(log.as_ref(), &name).await.expect("it holds");
    let models = ledger.read();
    assert_eq!(models.directory.len(), 7, "six people and the log itself");
    assert_eq!(models.trust.state_root(), again.trust.state_root());
    assert_eq!(
        models.log.tree().root_at(models.log.size()),
        again.log.tree().root_at(again.log.size())
    );
}

#[test]
fn readers_who_wait_for_a_write_do_not_keep_its_answer_from_coming() {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let log = Arc::new(Full { takes: Duration::from_millis(20), ..Full::default() });
            let policy = Policy {
                // Every entry ends an epoch, and readers are held off until it is durable.
                epochs: EpochPolicy { max_events: 1, max_us: u64::MAX, clock: LogClock::System },
                origin: "test.example/log".to_owned(),
            };
            let key = SigningKey::from_seed([99; 32]);
            let clock = Arc::new(FixedClock::at(2_000));
            let (ledger, running) = Ledger::start(log, key, clock, policy).await.expect("starts");
            for _ in 0..4 {
                let ledger = ledger.clone();
                tokio::spawn(async move {
                    loop {
                        let _size = ledger.read().log.size();
                        tokio::task::yield_now().await;
                    }
                });
            }
            for seed in 1..=20 {
                let verdicts = ledger.submit(vec![born(seed)]).await.expect("it is written");
                assert!(verdicts[0].is_ok());
            }
            ledger.stop().await;
            tokio::task::spawn_blocking(|| running.join()).await.expect("the sequencer ends");
        });
        let _ = tell.send(());
    });
    told.recv_timeout(Duration::from_secs(30)).expect("the writer waits for its readers");
}
