//! What a copy takes in, and what it refuses.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use erynoa_events::{
    Attestation, Body, Checkpoint, Dimension, EpochPolicy, Event, EventLog, IdentityCreated,
    LogClock, MemoryEventLog, Polarity, RECOVERY_DELAY_S, SigningKey, VerifiedEvent, leaf_hash,
    sign_event, verify,
};
use erynoa_kernel::{Coordinate, EventId, FixedClock, IdentityId, Namespace, PublicKey, RealmId};
use erynoa_replica::{Divergence, Misfit, Unfit};

use super::faults::Full;
use super::{Damage, FollowError, Founding, Ledger, Policy, Running};

const ORIGIN: &str = "home.example/log";
/// More than any test's clock.
const NOW_US: u64 = 2_000;

fn home_key() -> SigningKey {
    SigningKey::from_seed([99; 32])
}

fn person(seed: u8) -> (SigningKey, IdentityId) {
    let key = SigningKey::from_seed([seed; 32]);
    let id = IdentityId::of(Namespace::SelfHood, &key.public_key());
    (key, id)
}

fn say(
    key: &SigningKey,
    realm: RealmId,
    prev: Option<(EventId, u64)>,
    body: Body,
) -> VerifiedEvent {
    let event = Event {
        author: IdentityId::of(Namespace::SelfHood, &key.public_key()),
        realm,
        coordinate: Coordinate { wall_us: prev.map_or(1_000, |(_, at)| at + 1), counter: 0 },
        prev: prev.map(|(id, _)| id),
        parents: Vec::new(),
        body,
    };
    sign_event(&event, key).expect("a well-formed event")
}

fn born(seed: u8) -> VerifiedEvent {
    let body = Body::IdentityCreated(IdentityCreated {
        namespace: Namespace::SelfHood,
        display_name: String::new(),
        key_label: String::new(),
        recovery_key: None,
        recovery_delay_s: RECOVERY_DELAY_S.1,
        controller: None,
    });
    say(&person(seed).0, RealmId::NULL, None, body)
}

fn praise(from: u8, to: u8) -> VerifiedEvent {
    let root = RealmId::root_of(&home_key().public_key());
    let body = Body::Attestation(Attestation {
        subject: person(to).1,
        dimension: Dimension::Reliability,
        polarity: Polarity::Positive,
        domain: String::new(),
        comment: String::new(),
        expires_at_us: None,
    });
    say(&person(from).0, root, Some((born(from).id(), 1_000)), body)
}

fn town() -> Founding {
    Founding { founder: person(1).1, name: "Town".to_owned(), rules: Vec::new() }
}

/// What a home has written: fourteen people, the root realm, praise, epochs.
struct Home {
    entries: Vec<Bytes>,
    note: String,
    state_root: [u8; 32],
}

impl Home {
    async fn write() -> Self {
        let log = Arc::new(MemoryEventLog::default());
        let policy = Policy {
            epochs: EpochPolicy { max_events: 6, max_us: u64::MAX, clock: LogClock::System },
            origin: ORIGIN.to_owned(),
        };
        let clock = Arc::new(FixedClock::at(NOW_US));
        let (ledger, running) =
            Ledger::start(log.clone(), home_key(), clock, policy).await.expect("starts");
        for seed in 1..=14 {
            let verdicts = ledger.submit(vec![born(seed)]).await.expect("it is written");
            assert!(verdicts[0].is_ok());
        }
        ledger.found(town()).await.expect("it is founded");
        for seed in 2..=9 {
            let verdicts = ledger.submit(vec![praise(1 + seed % 2, seed + 1)]).await;
            let _ = verdicts.expect("it is written");
        }
        ledger.stop().await;
        tokio::task::spawn_blocking(|| running.join()).await.expect("the sequencer ends");
        let entries = log.read(0, usize::MAX).await.expect("memory");
        let note = log.checkpoint().await.expect("memory").expect("epochs have ended");
        let state_root = ledger.read().trust.state_root();
        Self { entries, note, state_root }
    }

    fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    /// A head of these entries, as the home would sign it.
    fn head(entries: &[Bytes]) -> String {
        let mut tree = erynoa_events::Tree::new();
        entries.iter().for_each(|entry| tree.push(leaf_hash(entry)));
        let size = entries.len() as u64;
        let root = tree.root_at(size).expect("the tree has a root at its size");
        Checkpoint { origin: ORIGIN.to_owned(), size, root }.sign(&home_key())
    }

    fn ends(&self) -> Vec<usize> {
        let ends = |entry: &Bytes| {
            let event = verify(entry.clone()).expect("genuine");
            matches!(event.event().body, Body::EpochClosed(_))
        };
        (0..self.entries.len()).filter(|&at| ends(&self.entries[at])).collect()
    }
}

/// A copy at a node that has a key of its own.
async fn open_copy(log: Arc<Full>, home: PublicKey) -> Result<(Ledger, Running), Damage> {
    let policy = Policy {
        epochs: EpochPolicy { max_events: 6, max_us: u64::MAX, clock: LogClock::System },
        origin: ORIGIN.to_owned(),
    };
    let clock = Arc::new(FixedClock::at(NOW_US));
    Ledger::copy(log, home, next_key(), clock, policy).await
}

/// The key of the node that holds the copy.
fn next_key() -> SigningKey {
    SigningKey::from_seed([98; 32])
}

struct Copy {
    log: Arc<Full>,
    ledger: Ledger,
    running: Running,
}

impl Copy {
    async fn empty() -> Self {
        Self::over(Arc::new(Full::default())).await
    }

    async fn over(log: Arc<Full>) -> Self {
        let key = home_key().public_key();
        let (ledger, running) = open_copy(log.clone(), key).await.expect("it holds");
        Self { log, ledger, running }
    }

    async fn take(
        &self,
        from: usize,
        entries: &[Bytes],
        note: Option<String>,
    ) -> Result<u64, FollowError> {
        let checked = self.ledger.check(from as u64, entries.to_vec()).await?;
        self.ledger.follow(checked, note).await
    }

    /// Size, state root, size of the checkpoint; what is stored is what is shown.
    async fn state(&self) -> (u64, [u8; 32], u64) {
        let stored = self.log.size().await.expect("memory");
        let models = self.ledger.read();
        assert_eq!(models.log.size(), stored, "readers see what is durable");
        (stored, models.trust.state_root(), models.checkpoint_size())
    }

    async fn stop(self) -> Arc<Full> {
        self.ledger.stop().await;
        tokio::task::spawn_blocking(|| self.running.join()).await.expect("the follower ends");
        self.log
    }
}

fn position_of(error: &FollowError) -> Option<u64> {
    match error {
        FollowError::Unfit(unfit) => Some(unfit.position),
        _ => None,
    }
}

#[tokio::test]
async fn a_copy_ends_in_the_state_of_its_home_whatever_the_batches() {
    let home = Home::write().await;
    for step in [1, 3, 7, 1_000] {
        let copy = Copy::empty().await;
        for (number, batch) in home.entries.chunks(step).enumerate() {
            let from = number * step;
            let size = copy.take(from, batch, Some(home.note.clone())).await.expect("it follows");
            assert_eq!(size, (from + batch.len()) as u64);
        }
        let expected = (home.size(), home.state_root, home.size());
        assert_eq!(copy.state().await, expected);
        assert_eq!(copy.ledger.halted(), None);
        let again = Copy::over(copy.stop().await).await;
        assert_eq!(again.state().await, expected, "after a restart");
    }
}

#[tokio::test]
async fn batches_that_wait_together_are_taken_in_as_one_write() {
    let home = Home::write().await;
    let copy = Copy::empty().await;
    let mut takes = Vec::new();
    // As many as may wait: of more, those that wait for a place may come in another order.
    let each = home.entries.len().div_ceil(8);
    for (number, batch) in home.entries.chunks(each).enumerate() {
        let checked = copy.ledger.check((number * each) as u64, batch.to_vec()).await;
        takes.push(copy.ledger.follow(checked.expect("genuine"), None));
    }
    for taken in futures_util::future::join_all(takes).await {
        taken.expect("it follows");
    }
    assert_eq!(copy.state().await, (home.size(), home.state_root, 0));
}

#[tokio::test]
async fn what_the_copy_has_already_is_passed_over_and_a_gap_is_told() {
    let home = Home::write().await;
    let copy = Copy::empty().await;
    copy.take(0, &home.entries[..9], None).await.expect("it follows");
    assert_eq!(copy.take(4, &home.entries[4..12], None).await.expect("it follows"), 12);
    assert_eq!(copy.take(0, &home.entries[..3], None).await.expect("it is there"), 12);
    let gap = copy.take(14, &home.entries[14..], None).await.expect_err("two are missing");
    assert!(matches!(gap, FollowError::Gap { size: 12, from: 14 }));
    assert_eq!(copy.ledger.halted(), None, "a gap is nobody's lie");
    copy.take(12, &home.entries[12..], Some(home.note.clone())).await.expect("it follows");
    assert_eq!(copy.state().await, (home.size(), home.state_root, home.size()));
}

#[tokio::test]
async fn entries_that_do_not_follow_are_refused_and_change_nothing() {
    let home = Home::write().await;
    let ends = home.ends();
    let end = ends[1];
    let mut tampered = home.entries.clone();
    let mut bytes = tampered[9].to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    tampered[9] = bytes.into();

    let mut wrong_order = home.entries.clone();
    wrong_order.swap(ends[0] - 1, ends[0]);

    let mut breaks_a_rule = home.entries.clone();
    // Nobody attests who has not been born.
    breaks_a_rule.insert(3, praise(14, 1).entry().clone());

    let mut wrong_root = home.entries.clone();
    let said = verify(wrong_root[end].clone()).expect("genuine");
    let mut event = said.event().clone();
    if let Body::EpochClosed(closed) = &mut event.body {
        closed.state_root[0] ^= 1;
    }
    wrong_root[end] = sign_event(&event, &home_key()).expect("well-formed").entry().clone();

    let mut repeated = home.entries.clone();
    repeated.insert(8, home.entries[4].clone());

    for (what, entries, position) in [
        ("tampered", tampered, 9),
        ("wrong order", wrong_order, ends[0] - 1),
        ("breaks a rule", breaks_a_rule, 3),
        ("wrong state root", wrong_root, end),
        ("repeated", repeated, 8),
    ] {
        for known in [0, 1, 3] {
            let copy = Copy::empty().await;
            copy.take(0, &home.entries[..known], None).await.expect("it follows");
            let before = copy.state().await;
            // Signed by the home, so that only what it says is wrong.
            let note = Some(Home::head(&entries));
            let refused = copy.take(known, &entries[known..], note).await.expect_err(what);
            assert_eq!(position_of(&refused), Some(position as u64), "{what}: {refused}");
            assert_eq!(copy.state().await, before, "{what}");
        }
    }
}

#[tokio::test]
async fn a_copy_whose_home_has_broken_the_rules_stands_still_and_says_why() {
    let home = Home::write().await;
    let copy = Copy::empty().await;
    let mut entries = home.entries[..3].to_vec();
    entries.push(praise(14, 1).entry().clone());
    let refused = copy.take(0, &entries, None).await.expect_err("nobody was born");
    assert!(refused.halts());
    let why = copy.ledger.halted().expect("it stands still");
    assert!(why.starts_with("entry 3 does not follow: "), "{why}");
    let after = copy.take(0, &home.entries, None).await.expect_err("it stands still");
    assert!(matches!(after, FollowError::Halted(again) if again == why));
    assert_eq!(copy.state().await.0, 0);
}

#[tokio::test]
async fn an_end_of_an_epoch_says_in_what_it_differs() {
    let home = Home::write().await;
    let end = home.ends()[0];
    let said = verify(home.entries[end].clone()).expect("genuine");
    let differs = |change: fn(&mut erynoa_events::EpochClosed)| {
        let mut event = said.event().clone();
        if let Body::EpochClosed(closed) = &mut event.body {
            change(closed);
        }
        sign_event(&event, &home_key()).expect("well-formed").entry().clone()
    };
    for (entry, reason) in [
        (differs(|closed| closed.state_root[31] ^= 1), Divergence::StateRoot),
        (differs(|closed| closed.parameters_hash[0] ^= 1), Divergence::Parameters),
    ] {
        let copy = Copy::empty().await;
        let mut entries = home.entries[..end].to_vec();
        entries.push(entry);
        let refused = copy.take(0, &entries, None).await.expect_err("it differs");
        let expected = Unfit { position: end as u64, reason: Misfit::Epoch { epoch: 1, reason } };
        assert!(matches!(refused, FollowError::Unfit(unfit) if unfit == expected));
    }
}

#[tokio::test]
async fn a_head_of_other_entries_is_a_fork_and_a_note_of_somebody_else_is_none() {
    let home = Home::write().await;
    let copy = Copy::empty().await;
    let stranger = Checkpoint { origin: ORIGIN.to_owned(), size: 5, root: [1; 32] };
    let note = stranger.sign(&SigningKey::from_seed([1; 32]));
    let refused = copy.take(0, &home.entries[..5], Some(note)).await.expect_err("not the home's");
    assert!(matches!(&refused, FollowError::Head(_)) && !refused.halts());
    copy.take(0, &home.entries[..5], None).await.expect("it follows");
    let beyond = Home::head(&home.entries[..9]);
    copy.take(5, &home.entries[5..7], Some(beyond)).await.expect("the head waits");
    assert_eq!(copy.state().await.2, 0, "the entries have not reached it");
    let forked = stranger.sign(&home_key());
    let refused = copy.take(7, &home.entries[7..], Some(forked)).await.expect_err("other entries");
    assert!(matches!(refused, FollowError::Forked(_)));
    assert_eq!(copy.state().await.0, 7);
    assert!(copy.ledger.halted().is_some_and(|why| why.starts_with("the log has forked")));
}

#[tokio::test]
async fn another_entry_at_a_known_position_is_a_second_log_of_the_home() {
    let home = Home::write().await;
    let copy = Copy::empty().await;
    copy.take(0, &home.entries[..5], None).await.expect("it follows");
    let mut other = home.entries[2..6].to_vec();
    other[1] = born(77).entry().clone();
    let refused = copy.take(2, &other, None).await.expect_err("not what was there");
    let expected = Unfit { position: 3, reason: Misfit::Other };
    assert!(matches!(refused, FollowError::Unfit(unfit) if unfit == expected));
}

#[tokio::test]
async fn a_copy_begins_with_the_identity_of_its_home() {
    let copy = Copy::empty().await;
    let refused = copy.take(0, &[born(1).entry().clone()], None).await.expect_err("a person");
    let expected = Unfit { position: 0, reason: Misfit::OtherLog };
    assert!(matches!(refused, FollowError::Unfit(unfit) if unfit == expected));
}

#[tokio::test]
async fn a_full_disk_keeps_nothing_and_the_copy_goes_on_when_there_is_space() {
    let home = Home::write().await;
    let copy = Copy::empty().await;
    copy.take(0, &home.entries[..4], None).await.expect("it follows");
    for (from, until) in [(4, 6), (6, 14)] {
        copy.log.full.store(true, Ordering::SeqCst);
        let before = copy.state().await;
        let refused = copy.take(from, &home.entries[from..until], None).await;
        assert!(matches!(refused.expect_err("no space"), FollowError::Unavailable(_)));
        assert!(copy.ledger.write_failed());
        assert_eq!(copy.state().await, before);
        copy.log.full.store(false, Ordering::SeqCst);
        copy.take(from, &home.entries[from..until], None).await.expect("there is space");
        assert!(!copy.ledger.write_failed());
    }
    assert_eq!(copy.ledger.halted(), None);
    copy.take(14, &home.entries[14..], Some(home.note.clone())).await.expect("it follows");
    assert_eq!(copy.state().await, (home.size(), home.state_root, home.size()));
}

#[tokio::test]
async fn a_copy_that_was_interrupted_before_its_first_head_starts_again() {
    let home = Home::write().await;
    let copy = Copy::empty().await;
    let half = home.ends()[1] + 1;
    copy.take(0, &home.entries[..half], None).await.expect("it follows");
    let again = Copy::over(copy.stop().await).await;
    assert_eq!(again.state().await.0, half as u64);
    again.take(half, &home.entries[half..], Some(home.note.clone())).await.expect("it follows");
    assert_eq!(again.state().await, (home.size(), home.state_root, home.size()));
}

#[tokio::test]
async fn a_copy_writes_nothing_of_its_own_and_names_the_home() {
    let copy = Copy::empty().await;
    let refused = copy.ledger.submit(vec![born(1)]).await.expect_err("it is a copy");
    assert_eq!(refused.code, "LOG_FOLLOWED");
    assert!(refused.message.contains(ORIGIN));
    let refused = copy.ledger.found(town()).await.expect_err("a copy");
    assert_eq!(refused.code, "LOG_FOLLOWED");
    assert_eq!(copy.state().await.0, 0);
}

#[tokio::test]
async fn a_home_follows_nobody() {
    let policy = Policy {
        epochs: EpochPolicy { max_events: 6, max_us: u64::MAX, clock: LogClock::System },
        origin: ORIGIN.to_owned(),
    };
    let (log, clock) = (Arc::new(MemoryEventLog::default()), Arc::new(FixedClock::at(NOW_US)));
    let (ledger, running) = Ledger::start(log, home_key(), clock, policy).await.expect("starts");
    let checked = ledger.check(0, Vec::new()).await.expect("nothing is wrong with nothing");
    assert!(matches!(ledger.follow(checked, None).await, Err(FollowError::Home)));
    ledger.stop().await;
    tokio::task::spawn_blocking(|| running.join()).await.expect("the sequencer ends");
}

#[tokio::test]
async fn a_store_with_another_log_is_told_apart_at_the_start() {
    let home = Home::write().await;
    let copy = Copy::empty().await;
    copy.take(0, &home.entries, Some(home.note.clone())).await.expect("it follows");
    let log = copy.stop().await;
    let other: PublicKey = SigningKey::from_seed([5; 32]).public_key();
    let refused = open_copy(log.clone(), other).await.err();
    let holds = home_key().public_key();
    assert!(matches!(
        refused,
        Some(Damage::OtherLog { holds: there, copied: true }) if there == holds
    ));
    let policy = Policy {
        epochs: EpochPolicy { max_events: 6, max_us: u64::MAX, clock: LogClock::System },
        origin: ORIGIN.to_owned(),
    };
    let clock = Arc::new(FixedClock::at(NOW_US));
    let refused = Ledger::start(log, SigningKey::from_seed([5; 32]), clock, policy).await.err();
    assert!(matches!(
        refused,
        Some(Damage::OtherLog { holds: there, copied: false }) if there == holds
    ));
}
