//! Any sequence of what people do in realms: nothing panics, nobody comes in
//! but through the guard, no rule of a realm above is escaped, nobody spends
//! more than their credits, and the log announces only what was decided
//! (protocol §7).

#![no_main]

use erynoa_events::{
    Body, CredentialIssued, Event, Isolation, JoinPolicy, Proposal, ProposalKind, RealmCreated,
    RealmJoined, RealmLeft, RealmUse, Rule, RuleParameters, Vote,
};
use erynoa_kernel::{Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId};
use erynoa_realms::{Endorsers, Entry, Identities, Judge, RealmFold, TrustView};
use libfuzzer_sys::fuzz_target;

const LOG_KEY: PublicKey = PublicKey::from_bytes([7; 32]);
const HOUR_US: u64 = 3_600_000_000;

struct People;

impl Identities for People {
    fn knows(&self, identity: &IdentityId) -> bool {
        identity.as_bytes()[0] < 12
    }
    fn root_of(&self, identity: &IdentityId) -> IdentityId {
        // 9 to 11 are agents of 1 to 3.
        match identity.as_bytes()[0] {
            n @ 9..12 => who(n - 8),
            _ => *identity,
        }
    }
    fn is_active(&self, identity: &IdentityId) -> bool {
        identity.as_bytes()[0] != 8
    }
    fn is_live(&self, _: &IdentityId, _: &PublicKey) -> bool {
        true
    }
    fn namespace_of(&self, identity: &IdentityId) -> Option<Namespace> {
        Some(if identity.as_bytes()[0] < 9 { Namespace::SelfHood } else { Namespace::Spirit })
    }
}

struct Trust;

impl TrustView for Trust {
    fn values_ppm(&self, realm: &RealmId, identity: &IdentityId) -> [u32; 6] {
        let mixed = u32::from(realm.as_bytes()[31]) * 31 + u32::from(identity.as_bytes()[0]) * 97;
        std::array::from_fn(|at| (mixed + at as u32 * 13) % 100 * 10_000 + 10_000)
    }
    fn earned_values_ppm(&self, realm: &RealmId, identity: &IdentityId) -> [u32; 6] {
        self.values_ppm(realm, identity).map(|value| value / 2)
    }
    fn standing(&self, _: &RealmId, identity: &IdentityId) -> (u32, bool) {
        (100_000, identity.as_bytes()[0] < 4)
    }
}

fn who(n: u8) -> IdentityId {
    IdentityId::from_bytes([n; 32])
}

struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn person(&mut self) -> IdentityId {
        who(1 + self.byte() % 12)
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let at = usize::from(self.byte());
        of.get(at % of.len().max(1)).copied()
    }

    fn rule(&mut self, realms: &[RealmId]) -> Rule {
        let ppm = u32::from(self.byte()) * 3_000;
        let seconds = 3_600 + u32::from(self.byte()) * 1_000;
        let parameters = match self.byte() % 10 {
            0 => RuleParameters::MinTrust { norm_ppm: ppm },
            1 => RuleParameters::CredentialRequired { credential_type: "pilot".to_owned() },
            2 => RuleParameters::Join(
                self.pick(&[
                    JoinPolicy::Open,
                    JoinPolicy::Credential,
                    JoinPolicy::Invitation,
                    JoinPolicy::Vote,
                ])
                .expect("four"),
            ),
            3 => RuleParameters::Quota {
                events: ppm / 9_000,
                bytes: 0,
                gas: 0,
                crossings: u32::from(self.byte()),
            },
            4 => RuleParameters::Isolation(
                self.pick(&[Isolation::Public, Isolation::Members, Isolation::Strict])
                    .expect("three"),
            ),
            5 => RuleParameters::Judges(vec![self.person()]),
            6 => RuleParameters::Issuers {
                credential_type: "person".to_owned(),
                identities: vec![self.person()],
            },
            7 => RuleParameters::GovernanceTimes {
                discussion_s: seconds,
                voting_s: seconds,
                timelock_s: seconds,
            },
            8 => RuleParameters::Crossings {
                allowed: self.pick(realms).into_iter().collect(),
                blocked: self.pick(realms).filter(|_| ppm > 600_000).into_iter().collect(),
            },
            _ => RuleParameters::Expression {
                cedar: "permit(principal, action, resource) when { principal.norm > 200000 };"
                    .to_owned(),
            },
        };
        let id = format!("r{}", self.byte() % 6);
        Rule { id, effective_from_us: u64::from(self.byte() % 4) * 50 * HOUR_US, parameters }
    }
}

struct World {
    fold: RealmFold,
    now_us: u64,
    sequence: u64,
}

impl World {
    fn event(&self, author: IdentityId, realm: RealmId, body: Body) -> Event {
        let coordinate = Coordinate { wall_us: self.now_us, counter: 0 };
        Event { author, realm, coordinate, prev: None, parents: Vec::new(), body }
    }

    fn judge(&self, event: &Event) -> bool {
        let judge =
            Judge { fold: &self.fold, trust: &Trust, identities: &People, subject_of: &|_| None };
        match judge.judge(event, 300, RealmUse::default()) {
            Ok(_) => true,
            Err(error) => {
                assert!(!error.message.is_empty() && !error.code.is_empty());
                false
            }
        }
    }

    fn apply(&mut self, event: &Event) -> EventId {
        self.sequence += 1;
        let id = EventId::of(&self.sequence.to_be_bytes());
        self.fold.apply(&Entry { sequence: self.sequence, id, event, bytes: 300 }, &Trust, &People);
        id
    }
}

fn is_escaped(fold: &RealmFold) -> bool {
    fold.realms().any(|realm| {
        let Some(above) = fold.ancestors(&realm.id).last() else { return false };
        let (below, above) = (&realm.effective, &above.effective);
        below.min_trust.value < above.min_trust.value
            || below.join.value < above.join.value
            || below.isolation.value < above.isolation.value
            || below.expression_count() < above.expression_count()
            || below.quota.iter().zip(&above.quota).any(|(b, a)| b.value > a.value)
            || below.times_s.iter().zip(&above.times_s).any(|(b, a)| b.value < a.value)
    })
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mut world = World { fold: RealmFold::new(&LOG_KEY), now_us: HOUR_US, sequence: 0 };
    let log = world.fold.log_identity();
    let root = RealmId::root_of(&LOG_KEY);
    let created = RealmCreated {
        realm: root,
        name: "root".to_owned(),
        founders: vec![who(1)],
        ..RealmCreated::default()
    };
    let event = world.event(log, root, Body::RealmCreated(created));
    world.apply(&event);
    let (mut realms, mut proposals) = (vec![root], Vec::new());
    let mut steps = 0;
    while !input.0.is_empty() && steps < 300 {
        steps += 1;
        let author = input.person();
        let mut at = input.pick(&realms).expect("the root");
        let body = match input.byte() % 8 {
            0 => {
                let parent = at;
                let number = u8::try_from(realms.len() % 250).expect("below 250");
                at = RealmId::from_bytes([number + 1; 32]);
                let rules = (0..input.byte() % 4).map(|_| input.rule(&realms)).collect();
                Body::RealmCreated(RealmCreated {
                    realm: at,
                    name: "realm".to_owned(),
                    founders: vec![author],
                    parent: Some(parent),
                    nonce: Some([0; 16]),
                    description: String::new(),
                    partition: input.byte() % 8 == 0,
                    rules,
                })
            }
            1 | 2 => Body::RealmJoined(RealmJoined {
                from: input.pick(&realms).filter(|from| *from != at),
                endorsements: Vec::new(),
            }),
            3 => Body::RealmLeft(RealmLeft::default()),
            4 => {
                let kind = input.pick(&ProposalKind::ALL).expect("five");
                let is_member = kind == ProposalKind::Member;
                let has_rules = !is_member && kind != ProposalKind::Treasury;
                Body::Proposal(Proposal {
                    kind,
                    title: "title".to_owned(),
                    text: String::new(),
                    set: (0..u8::from(has_rules)).map(|_| input.rule(&realms)).collect(),
                    removed: Vec::new(),
                    member: is_member.then(|| input.person()),
                    admit: input.byte() % 2 == 0,
                })
            }
            5 => {
                let Some((proposal, realm)) = input.pick(&proposals) else { continue };
                at = realm;
                let veto = input.byte() % 4 == 0;
                let votes = i8::try_from(input.byte() % 10).expect("below ten") - 10;
                let votes =
                    if veto { 0 } else { votes + if input.byte() % 2 == 0 { 11 } else { 0 } };
                if !veto && votes == 0 {
                    continue;
                }
                Body::Vote(Vote { proposal, votes, veto, comment: String::new() })
            }
            6 => Body::CredentialIssued(CredentialIssued {
                subject: input.person(),
                credential_type: if author == who(1) { "person" } else { "pilot" }.to_owned(),
                claim: String::new(),
                content_hash: None,
                expires_at_us: None,
            }),
            _ => {
                world.now_us += u64::from(input.byte()) * HOUR_US;
                world.fold.close(world.now_us, &Trust, &People);
                let mut announced = 0;
                while let Some((realm, body)) = world.fold.due().into_iter().next() {
                    let event = world.event(log, realm, body);
                    assert!(world.judge(&event), "what is due is accepted");
                    world.apply(&event);
                    announced += 1;
                    assert!(announced < 1_000, "what is announced is no longer due");
                }
                assert!(!is_escaped(&world.fold), "a rule is escaped");
                continue;
            }
        };
        let event = world.event(author, at, body);
        let is_member = |world: &World| world.fold.is_member(&at, &author, &People);
        let was = is_member(&world);
        let leave = match &event.body {
            Body::RealmJoined(joined) => world
                .fold
                .check_crossing(&author, joined.from, &at, Endorsers::Named(&[]), &Trust, &People)
                .map(|check| check.outcome.is_ok()),
            _ => None,
        };
        let accepted = world.judge(&event);
        if !accepted {
            continue;
        }
        let id = world.apply(&event);
        match &event.body {
            Body::RealmCreated(_) => realms.push(at),
            Body::Proposal(_) => proposals.push((id, at)),
            Body::RealmJoined(_) => assert_eq!(leave, Some(true), "in without leave"),
            _ => {}
        }
        let founds = matches!(event.body, Body::RealmCreated(_));
        assert!(was || founds || leave == Some(true) || !is_member(&world), "in by itself");
        assert!(world.fold.credits_left(&author) <= 100);
    }
    for proposal in world.fold.proposals(None) {
        let cast: u32 = proposal.ballots.iter().filter(|b| !b.veto).count() as u32;
        assert_eq!(cast, proposal.tally.voters, "every vote counts once");
        assert!(proposal.veto_weight <= proposal.eligible_weight, "more vetoes than voters");
    }
});
