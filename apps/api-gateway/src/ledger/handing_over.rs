//! A log goes from home to home while both nodes run.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use erynoa_events::{
    Body, EpochPolicy, Event, EventLog, IdentityCreated, KeyAdded, KeyPurpose, LogClock,
    MemoryEventLog, RECOVERY_DELAY_S, SigningKey, VerifiedEvent, key_added_message, sign_event,
};
use erynoa_kernel::{Coordinate, FixedClock, IdentityId, Namespace, RealmId};

use super::{Ledger, Policy, Running};

const ORIGIN: &str = "home.example/log";
const NOW_US: u64 = 2_000;

fn first_key() -> SigningKey {
    SigningKey::from_seed([99; 32])
}

fn next_key() -> SigningKey {
    SigningKey::from_seed([98; 32])
}

fn policy() -> Policy {
    Policy {
        epochs: EpochPolicy { max_events: 4, max_us: u64::MAX, clock: LogClock::System },
        origin: ORIGIN.to_owned(),
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
            recovery_delay_s: RECOVERY_DELAY_S.1,
            controller: None,
        }),
    };
    sign_event(&event, &key).expect("a well-formed event")
}

/// What the node of `key` says to become the log's home.
fn offer(key: &SigningKey) -> KeyAdded {
    let log = IdentityId::of(Namespace::Craft, &first_key().public_key());
    KeyAdded {
        public_key: key.public_key(),
        purposes: vec![KeyPurpose::Assertion],
        label: "log".to_owned(),
        countersignature: key.sign(&key_added_message(&log, &key.public_key())),
    }
}

async fn first_home(log: &Arc<MemoryEventLog>) -> (Ledger, Running) {
    let clock = Arc::new(FixedClock::at(NOW_US));
    Ledger::start(log.clone(), first_key(), clock, policy()).await.expect("it holds")
}

async fn next_home(log: &Arc<MemoryEventLog>) -> (Ledger, Running) {
    let (clock, home) = (Arc::new(FixedClock::at(NOW_US)), first_key().public_key());
    Ledger::copy(log.clone(), home, next_key(), clock, policy()).await.expect("it holds")
}

/// Brings `to` everything that `from` has, under its head.
async fn replicate(from: &MemoryEventLog, to: &Ledger) {
    let known = to.read().log.size();
    let entries: Vec<Bytes> = from.read(known, usize::MAX).await.expect("memory");
    let note = from.checkpoint().await.expect("memory");
    let checked = to.check(known, entries).await.expect("genuine");
    to.follow(checked, note).await.expect("it follows");
}

async fn settled(ledger: &Ledger, copied: bool) {
    for _ in 0..2_000 {
        if ledger.copied_from().is_some() == copied {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("the node did not change its part");
}

async fn end((ledger, running): (Ledger, Running)) {
    ledger.stop().await;
    tokio::task::spawn_blocking(|| running.join()).await.expect("the writer ends");
}

async fn accept(ledger: &Ledger, seed: u8) {
    for _ in 0..2_000 {
        match ledger.submit(vec![born(seed)]).await {
            Ok(verdicts) => return assert!(verdicts[0].is_ok()),
            // The log says already who its home is; the writer is on its way.
            Err(problem) => assert_eq!(problem.code, "SERVICE_UNAVAILABLE"),
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("the home does not write");
}

#[tokio::test]
async fn a_log_goes_from_home_to_home_and_loses_nothing() {
    let (one, two) = (Arc::new(MemoryEventLog::new()), Arc::new(MemoryEventLog::new()));
    let (first, next) = (first_home(&one).await, next_home(&two).await);
    for seed in 1..=6 {
        accept(&first.0, seed).await;
    }
    replicate(&one, &next.0).await;
    assert_eq!(next.0.submit(vec![born(7)]).await.expect_err("a copy").code, "LOG_FOLLOWED");

    let size = first.0.hand_over(offer(&next_key())).await.expect("it is handed over");
    assert_eq!(size, one.size().await.expect("memory"));
    settled(&first.0, true).await;
    assert_eq!(first.0.submit(vec![born(7)]).await.expect_err("it is given").code, "LOG_FOLLOWED");

    replicate(&one, &next.0).await;
    settled(&next.0, false).await;
    // Both can show the last head of the first key to whoever comes later.
    for ledger in [&first.0, &next.0] {
        let models = ledger.read();
        let (key, note) = models.passed.last().expect("a key has passed");
        assert_eq!(*key, first_key().public_key());
        let head = models.log.keys().head(ORIGIN, note).expect("a head of its time");
        assert_eq!(head.size, size);
    }
    for seed in 7..=12 {
        accept(&next.0, seed).await;
    }
    replicate(&two, &first.0).await;
    let state = |ledger: &Ledger| {
        let models = ledger.read();
        (models.log.size(), models.trust.state_root(), models.root_realm())
    };
    assert_eq!(state(&first.0), state(&next.0));

    // Both know their part after a restart.
    let expected = state(&next.0);
    end(next).await;
    end(first).await;
    let (first, next) = (first_home(&one).await, next_home(&two).await);
    settled(&first.0, true).await;
    settled(&next.0, false).await;
    replicate(&two, &first.0).await;
    assert!(state(&first.0).0 >= expected.0);
    assert_eq!(state(&first.0), state(&next.0));
    accept(&next.0, 13).await;
    end(next).await;
    end(first).await;
}

#[tokio::test]
async fn an_offer_that_is_not_the_next_homes_changes_nothing() {
    let one = Arc::new(MemoryEventLog::new());
    let first = first_home(&one).await;
    accept(&first.0, 1).await;
    let size = one.size().await.expect("memory");
    let own = first.0.hand_over(offer(&first_key())).await.expect_err("it is the home");
    assert_eq!(own.code, "HAND_OVER_INVALID");
    let mut forged = offer(&next_key());
    forged.countersignature = SigningKey::from_seed([97; 32]).sign(b"something else");
    let refused = first.0.hand_over(forged).await.expect_err("nobody has the key");
    assert_eq!(refused.code, "EVENT_COUNTERSIGNATURE_INVALID");
    assert_eq!(one.size().await.expect("memory"), size);
    accept(&first.0, 2).await;
    end(first).await;
}
