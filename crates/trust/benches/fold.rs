//! How fast the log becomes trust, and trust is shown:
//! `cargo bench -p erynoa-trust`.

use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::ItemsCount;
use erynoa_events::{
    AnomalyJudged, Attestation, Body, CredentialIssued, Dimension, EpochCosigned, Event,
    EventError, Finding, Judgement, KeyDirectory, Polarity, ProposalClosed, ProposalOutcome,
    RealmCreated, RealmRules, Receipt, ReceiptOutcome, Severity, Vote, Vouch,
};
use erynoa_kernel::{
    Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId, Signature, Tag, UniversalId,
    day_of,
};
use erynoa_trust::{Context, Order, OrderBy, Target, TrustFold};

/// The server's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    if std::env::args().any(|argument| argument == "--cpu-time") {
        cpu_time();
    } else {
        divan::main();
    }
}

/// Events for each second that the processor worked on them, whatever else the
/// machine did meanwhile: `cargo bench -p erynoa-trust -- --cpu-time`.
fn cpu_time() {
    const RUNS: usize = 20;
    for (name, log) in [("a crowd", &CROWD), ("all rows", &ALL_ROWS), ("Bitcoin OTC", &BITCOIN_OTC)]
    {
        let events = log.events.len() as u64;
        let mut ns: Vec<u64> = (0..RUNS)
            .map(|_| {
                let before = processor_ns();
                let fold = fold(log);
                let ns = processor_ns() - before;
                drop(fold);
                ns
            })
            .collect();
        ns.sort_unstable();
        let rate = |ns: u64| events * 1_000_000_000 / ns;
        println!("fold of {name}: best {} events/s, median {}", rate(ns[0]), rate(ns[RUNS / 2]));
    }
}

/// Time that this thread has had a processor, with the kernel's part of it,
/// nanoseconds. Linux only.
fn processor_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts it");
    text.split(' ').next().expect("the first field").parse().expect("nanoseconds")
}

const IDENTITIES: u64 = 10_000;
const EPOCH_EVENTS: usize = 10_000;
const EPOCHS: usize = 50;
const EPOCH_US: u64 = 10_000_000;

/// Everybody is known and nobody is controlled.
struct People;

impl KeyDirectory for People {
    fn check_author(&self, _: &Event, _: &PublicKey) -> Result<(), EventError> {
        Ok(())
    }

    fn is_live(&self, _: &IdentityId, _: &PublicKey) -> bool {
        true
    }

    fn ever_owned(&self, _: &IdentityId, _: &PublicKey) -> bool {
        true
    }

    fn knows(&self, _: &IdentityId) -> bool {
        true
    }

    fn root_of(&self, identity: &IdentityId) -> IdentityId {
        *identity
    }

    fn check_delegation(&self, _: &Event, _: &dyn RealmRules) -> Result<(), EventError> {
        Ok(())
    }
}

/// Events with the time at which each epoch closes.
struct Log {
    events: Vec<(EventId, Event)>,
    epochs: Vec<(usize, u64)>,
}

fn realm() -> RealmId {
    RealmId(UniversalId::new(Tag::Realm, 1, &[b"bench"]))
}

fn person(number: u64) -> IdentityId {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&number.to_be_bytes());
    IdentityId::of(Namespace::SelfHood, &PublicKey::from_bytes(key))
}

fn say(events: &mut Vec<(EventId, Event)>, author: IdentityId, wall_us: u64, body: Body) {
    let id = EventId::of(&(events.len() as u64).to_be_bytes());
    let event = Event {
        author,
        realm: realm(),
        coordinate: Coordinate { wall_us, counter: 0 },
        prev: None,
        parents: Vec::new(),
        body,
    };
    events.push((id, event));
}

fn found(events: &mut Vec<(EventId, Event)>, founders: Vec<IdentityId>, wall_us: u64) {
    let body =
        RealmCreated { realm: realm(), name: "bench".into(), founders, ..RealmCreated::default() };
    say(events, person(u64::MAX), wall_us, Body::RealmCreated(body));
}

fn word(subject: IdentityId, dimension: Dimension, positive: bool) -> Body {
    Body::Attestation(Attestation {
        subject,
        dimension,
        polarity: if positive { Polarity::Positive } else { Polarity::Negative },
        domain: String::new(),
        comment: String::new(),
        expires_at_us: None,
    })
}

/// Numbers without a pattern, the same in every run.
struct Scatter(u64);

impl Scatter {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Half a million attestations between ten thousand identities, nine of ten
/// positive, in the four dimensions; full epochs every ten seconds.
static CROWD: LazyLock<Log> = LazyLock::new(|| {
    let people: Vec<IdentityId> = (0..IDENTITIES).map(person).collect();
    let pick = |scatter: &mut Scatter| {
        people[usize::try_from(scatter.below(IDENTITIES)).expect("below ten thousand")]
    };
    let mut scatter = Scatter(88_172_645_463_325_252);
    let (mut events, mut epochs) = (Vec::new(), Vec::new());
    let mut now = 20_000 * 86_400_000_000;
    found(&mut events, people[..7].to_vec(), now);
    for _ in 0..EPOCHS {
        for _ in 0..EPOCH_EVENTS {
            now += EPOCH_US / EPOCH_EVENTS as u64;
            let (author, subject) = (pick(&mut scatter), pick(&mut scatter));
            let dimension = Dimension::ALL[scatter.below(4).try_into().unwrap_or(0)];
            let positive = scatter.below(10) > 0;
            say(&mut events, author, now, word(subject, dimension, positive));
        }
        epochs.push((events.len(), now));
    }
    Log { events, epochs }
});

/// Half a million events of every row between ten thousand identities, each row
/// as often as the others; full epochs every ten seconds.
static ALL_ROWS: LazyLock<Log> = LazyLock::new(|| {
    let people: Vec<IdentityId> = (0..IDENTITIES).map(person).collect();
    let mut scatter = Scatter(88_172_645_463_325_252);
    let (mut events, mut epochs) = (Vec::new(), Vec::new());
    let mut now = 20_000 * 86_400_000_000;
    found(&mut events, people[..7].to_vec(), now);
    for _ in 0..EPOCHS {
        for turn in 0..EPOCH_EVENTS as u64 {
            now += EPOCH_US / EPOCH_EVENTS as u64;
            let mut pick =
                || people[usize::try_from(scatter.below(IDENTITIES)).expect("below ten thousand")];
            let (author, other) = (pick(), pick());
            let body = row(turn % 9, author, other, events.len() as u64);
            say(&mut events, author, now, body);
        }
        epochs.push((events.len(), now));
    }
    Log { events, epochs }
});

/// An event of one row; `number` makes what it is about unlike that of others.
fn row(kind: u64, author: IdentityId, other: IdentityId, number: u64) -> Body {
    let target = EventId::of(&(number / 2).to_le_bytes());
    let text = String::new;
    match kind {
        0 => word(other, Dimension::Reliability, true),
        1 => Body::Receipt(Receipt {
            performer: author,
            client: other,
            outcome: ReceiptOutcome::Kept,
            description: text(),
            nonce: [0; 16],
            terms_hash: *target.as_bytes(),
            countersigner_key: PublicKey::from_bytes([9; 32]),
            countersignature: Signature::from_bytes([0; 64]),
        }),
        2 => Body::Vouch(Vouch {
            member: other,
            stake_ppm: 100_000,
            comment: text(),
            expires_at_us: None,
        }),
        3 => Body::CredentialIssued(CredentialIssued {
            subject: other,
            credential_type: "person".into(),
            claim: text(),
            content_hash: None,
            expires_at_us: None,
        }),
        4 => Body::Judgement(Judgement {
            subject: other,
            finding: Finding::ALL[usize::try_from(number % 9).unwrap_or(0)],
            target,
            severity_ppm: 500_000,
            reason: text(),
        }),
        5 => Body::AnomalyJudged(AnomalyJudged {
            report: target,
            reporter: other,
            confirmed: Some(Severity::Low),
            reason: text(),
        }),
        6 => Body::EpochCosigned(EpochCosigned {
            log_key: PublicKey::from_bytes([7; 32]),
            epoch: number,
            size: number,
            root: [0; 32],
            state_root: [0; 32],
        }),
        7 => Body::Vote(Vote { proposal: target, votes: 1, veto: false, comment: text() }),
        _ => Body::ProposalClosed(ProposalClosed {
            proposal: target,
            proposer: other,
            outcome: ProposalOutcome::Executed,
            tally_for: 1,
            tally_against: 0,
            voters: 1,
            eligible: 1,
            veto_weight: 0,
            eligible_weight: 1,
        }),
    }
}

/// The Bitcoin OTC network, an epoch for each day with ratings.
static BITCOIN_OTC: LazyLock<Log> = LazyLock::new(|| {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/bitcoin-otc/soc-sign-bitcoinotc.csv");
    let text = std::fs::read_to_string(path).expect("testdata/bitcoin-otc is part of the clone");
    let (mut events, mut epochs) = (Vec::new(), Vec::new());
    let mut last_us = None;
    for line in text.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        let seconds = fields[3].split('.').next().expect("a first piece");
        let at_us = seconds.parse::<u64>().expect("seconds") * 1_000_000;
        match last_us {
            None => found(&mut events, vec![person(1)], at_us),
            Some(last_us) if day_of(last_us) < day_of(at_us) => {
                epochs.push((events.len(), last_us));
            }
            Some(_) => {}
        }
        last_us = Some(at_us);
        let (rater, ratee) = (fields[0].parse().expect("rater"), fields[1].parse().expect("ratee"));
        let body = word(person(ratee), Dimension::Reliability, !fields[2].starts_with('-'));
        say(&mut events, person(rater), at_us, body);
    }
    epochs.push((events.len(), last_us.expect("there are ratings")));
    Log { events, epochs }
});

fn fold(log: &Log) -> TrustFold {
    let mut fold = TrustFold::new();
    let mut next = 0;
    for &(end, closed_at_us) in &log.epochs {
        for (sequence, (id, event)) in (next as u64..).zip(&log.events[next..end]) {
            fold.stage(sequence, *id, event, &People);
        }
        next = end;
        fold.close(closed_at_us);
    }
    fold
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn fold_of_a_crowd(bencher: Bencher<'_, '_>) {
    let log = &*CROWD;
    bencher.counter(ItemsCount::new(log.events.len())).bench(|| fold(log));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn fold_of_all_rows(bencher: Bencher<'_, '_>) {
    let log = &*ALL_ROWS;
    bencher.counter(ItemsCount::new(log.events.len())).bench(|| fold(log));
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn fold_of_bitcoin_otc(bencher: Bencher<'_, '_>) {
    let log = &*BITCOIN_OTC;
    bencher.counter(ItemsCount::new(log.events.len())).bench(|| fold(log));
}

#[divan::bench]
fn explain_a_standing(bencher: Bencher<'_, '_>) {
    let fold = fold(&BITCOIN_OTC);
    let founder = person(1);
    let parts = fold.explain(&realm(), &founder, &Target::Standing).parts.len();
    bencher
        .counter(ItemsCount::new(parts))
        .bench(|| fold.explain(&realm(), &founder, &Target::Standing));
}

#[divan::bench]
fn trust_of_one(bencher: Bencher<'_, '_>) {
    let fold = fold(&BITCOIN_OTC);
    let founder = person(1);
    bencher.bench(|| fold.trust(&realm(), &founder));
}

#[divan::bench]
fn rank_everybody(bencher: Bencher<'_, '_>) {
    let fold = fold(&BITCOIN_OTC);
    let order =
        Order { by: OrderBy::Norm(Context::Default), ascending: false, min_confidence_ppm: 0 };
    let subjects = fold.subjects(&realm()).count();
    bencher.counter(ItemsCount::new(subjects)).bench(|| fold.rank(&realm(), order));
}

#[divan::bench]
fn strongest_chain(bencher: Bencher<'_, '_>) {
    let fold = fold(&BITCOIN_OTC);
    let (from, to) = (person(4_000), person(2_000));
    bencher.bench(|| fold.strongest_chain(&realm(), &from, &to, 5));
}
