//! How long the guard and the judge take: the guard at most 5 µs, an
//! attestation in the root realm at most 200 ns.
//!
//! `cargo bench -p erynoa-realms`

use divan::{Bencher, black_box};
use erynoa_events::{
    Attestation, Body, Dimension, Event, JoinPolicy, Polarity, RealmCreated, RealmJoined, RealmUse,
    Rule, RuleParameters,
};
use erynoa_kernel::{Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId};
use erynoa_realms::{Endorsers, Entry, Identities, Judge, RealmFold};
use erynoa_trust::TrustFold;

/// The server's allocator: what the guard allocates is measured with it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const LOG_KEY: PublicKey = PublicKey::from_bytes([7; 32]);

struct Everybody;

impl Identities for Everybody {
    fn knows(&self, _: &IdentityId) -> bool {
        true
    }
    fn root_of(&self, identity: &IdentityId) -> IdentityId {
        *identity
    }
    fn is_active(&self, _: &IdentityId) -> bool {
        true
    }
    fn is_live(&self, _: &IdentityId, _: &PublicKey) -> bool {
        true
    }
    fn namespace_of(&self, _: &IdentityId) -> Option<Namespace> {
        Some(Namespace::SelfHood)
    }
}

fn who(n: u8) -> IdentityId {
    IdentityId::from_bytes([n; 32])
}

fn realm(n: u8) -> RealmId {
    match n {
        0 => RealmId::root_of(&LOG_KEY),
        n => RealmId::from_bytes([100 + n; 32]),
    }
}

fn event(realm: RealmId, body: Body) -> Event {
    let coordinate = Coordinate { wall_us: 1, counter: 0 };
    Event { author: who(9), realm, coordinate, prev: None, parents: Vec::new(), body }
}

/// Nine levels, each with a rule of most kinds; the last with an expression
/// when asked for.
fn tree(expression: bool) -> RealmFold {
    let mut fold = RealmFold::new(&LOG_KEY);
    let trust = TrustFold::new();
    for n in 0..9 {
        let rule = |id: &str, parameters| Rule {
            id: format!("{id}-{n}"),
            effective_from_us: 0,
            parameters,
        };
        let mut rules = vec![
            rule("join", RuleParameters::Join(JoinPolicy::Open)),
            rule("least", RuleParameters::MinTrust { norm_ppm: 1_000 }),
        ];
        if expression && n == 8 {
            let cedar = "permit(principal, action, resource) when { principal.fidelity >= 50000 && !principal.credentials.contains(\"banned\") };";
            rules
                .insert(0, rule("conduct", RuleParameters::Expression { cedar: cedar.to_owned() }));
        }
        let created = Body::RealmCreated(RealmCreated {
            realm: realm(n),
            name: n.to_string(),
            founders: vec![who(1)],
            parent: n.checked_sub(1).map(realm),
            rules,
            ..RealmCreated::default()
        });
        let event = event(realm(n), created);
        let entry =
            Entry { sequence: u64::from(n), id: EventId::default(), event: &event, bytes: 300 };
        fold.apply(&entry, &trust, &Everybody);
    }
    fold
}

#[divan::bench(args = [false, true])]
fn guard_from_the_root_to_the_ninth_level(bencher: Bencher<'_, '_>, expression: bool) {
    let (fold, trust) = (tree(expression), TrustFold::new());
    bencher.bench_local(|| {
        fold.check_crossing(
            black_box(&who(9)),
            Some(realm(0)),
            &realm(8),
            Endorsers::Named(&[]),
            &trust,
            &Everybody,
        )
    });
}

#[divan::bench]
fn attestation_in_the_root_realm(bencher: Bencher<'_, '_>) {
    let (fold, trust) = (tree(false), TrustFold::new());
    let judge = Judge { fold: &fold, trust: &trust, identities: &Everybody, subject_of: &|_| None };
    let said = event(
        realm(0),
        Body::Attestation(Attestation {
            subject: who(2),
            dimension: Dimension::Reliability,
            polarity: Polarity::Positive,
            domain: String::new(),
            comment: String::new(),
            expires_at_us: None,
        }),
    );
    bencher.bench_local(|| judge.judge(black_box(&said), 300, RealmUse::default()));
}

#[divan::bench]
fn join_of_an_open_realm(bencher: Bencher<'_, '_>) {
    let (fold, trust) = (tree(false), TrustFold::new());
    let judge = Judge { fold: &fold, trust: &trust, identities: &Everybody, subject_of: &|_| None };
    let joins = Body::RealmJoined(RealmJoined { from: Some(realm(0)), endorsements: vec![] });
    let said = event(realm(1), joins);
    bencher.bench_local(|| judge.judge(black_box(&said), 300, RealmUse::default()));
}

fn main() {
    divan::main();
}
