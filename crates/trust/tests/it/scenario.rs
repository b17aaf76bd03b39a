//! Random logs for the laws: few identities, so that everything collides.

use erynoa_events::{
    AnomalyJudged, AttestationRevoked, Body, CredentialIssued, CredentialRevoked, Dimension,
    EpochCosigned, Event, Finding, Judgement, Polarity, ProposalClosed, ProposalOutcome,
    RealmCreated, ReceiptOutcome, Severity, Vote, Vouch, VouchRevoked,
};
use erynoa_kernel::{Coordinate, EventId, IdentityId, PublicKey, RealmId};
use erynoa_trust::TrustFold;
use proptest::prelude::*;

use crate::world::{
    DAY, MINUTE, People, attestation, contradiction, controller_set, equivocation, event_id,
    person, realm, receipt,
};

/// People 0 to 4, and agents of the first two.
pub(crate) const EVERYBODY: [u32; 7] = [0, 1, 2, 3, 4, 100, 101];
/// The realms that have their own trust.
pub(crate) const REALMS: [u8; 2] = [0, 1];
/// A partition of realm 0, and a partition of that.
pub(crate) const PARTITIONS: [u8; 2] = [2, 3];
pub(crate) const DOMAINS: [&str; 4] = ["", "rust", "law", "zoology"];
/// One of them is a domain, too.
pub(crate) const TYPES: [&str; 2] = ["person", "rust"];
const ATTESTABLE: [Dimension; 4] =
    [Dimension::Reliability, Dimension::Integrity, Dimension::Competence, Dimension::Prestige];

/// One epoch of a log.
#[derive(Clone, Debug)]
pub(crate) struct Epoch {
    pub(crate) closed_at_us: u64,
    pub(crate) events: Vec<(EventId, Event)>,
    /// What members bring along into realms.
    pub(crate) joins: Vec<(RealmId, IdentityId, [u32; 6])>,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Attest {
        about: usize,
        dimension: usize,
        domain: usize,
        positive: bool,
        ends: Option<u64>,
    },
    /// Attestations up to and beyond the budget.
    Burst {
        count: u32,
        positive: bool,
    },
    /// The attestation with this number among all so far, of whomever.
    Revoke {
        nth: usize,
    },
    Receipt {
        client: usize,
        outcome: usize,
        nonce: u8,
        by_client: bool,
    },
    Equivocation {
        accused: usize,
        key: u8,
        prev: u64,
    },
    Contradiction {
        accused: usize,
        key: u8,
        epoch: u64,
    },
    Found {
        founder: usize,
    },
    Vouch {
        member: usize,
        stake_ppm: u32,
        ends: Option<u64>,
    },
    Unvouch {
        nth: usize,
    },
    Credential {
        about: usize,
        type_number: usize,
        ends: Option<u64>,
    },
    Discredit {
        nth: usize,
        fraud: bool,
    },
    Judge {
        about: usize,
        finding: usize,
        target: u64,
        severity_ppm: u32,
    },
    JudgeReport {
        reporter: usize,
        report: u64,
        confirmed: Option<usize>,
    },
    Cosign {
        epoch: u64,
    },
    Vote {
        proposal: u64,
        veto: bool,
    },
    Close {
        proposer: usize,
        proposal: u64,
        executed: bool,
    },
    Hand {
        agent: usize,
        to: usize,
    },
    Join {
        means_ppm: [u32; 6],
    },
}

const FIRST_OPENED_AT_US: u64 = 15_000 * DAY;

/// Wall times from here on are of the first epoch: the event arrives late.
const LATE: u64 = 1000;

/// One act with its author, realm and a wall time that is often shared.
type Deed = (Act, usize, usize, u64);

fn ends() -> impl Strategy<Value = Option<u64>> {
    prop::option::weighted(0.3, 0..40u64)
}

fn word() -> impl Strategy<Value = Act> {
    prop_oneof![
        14 => (0..7usize, 0..4usize, 0..4usize, any::<bool>(), ends())
            .prop_map(|(about, dimension, domain, positive, ends)| Act::Attest {
                about, dimension, domain, positive, ends
            }),
        1 => (20..60u32, any::<bool>()).prop_map(|(count, positive)| Act::Burst { count, positive }),
        5 => (0..30usize).prop_map(|nth| Act::Revoke { nth }),
        4 => (0..7usize, 0..4usize, 0..2u8, any::<bool>())
            .prop_map(|(client, outcome, nonce, by_client)| Act::Receipt {
                client, outcome, nonce, by_client
            }),
        1 => (0..7usize, 0..2u8, 0..2u64)
            .prop_map(|(accused, key, prev)| Act::Equivocation { accused, key, prev }),
        2 => (0..3usize).prop_map(|founder| Act::Found { founder }),
        1 => (5..7usize, 0..5usize).prop_map(|(agent, to)| Act::Hand { agent, to }),
    ]
}

fn row() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..7usize, prop_oneof![Just(300_000), 1..=300_000u32], ends())
            .prop_map(|(member, stake_ppm, ends)| Act::Vouch { member, stake_ppm, ends }),
        2 => (0..10usize).prop_map(|nth| Act::Unvouch { nth }),
        3 => (0..7usize, 0..2usize, ends())
            .prop_map(|(about, type_number, ends)| Act::Credential { about, type_number, ends }),
        2 => (0..6usize, any::<bool>()).prop_map(|(nth, fraud)| Act::Discredit { nth, fraud }),
        6 => (0..7usize, 0..9usize, 0..4u64, 1..=1_000_000u32)
            .prop_map(|(about, finding, target, severity_ppm)| Act::Judge {
                about, finding, target, severity_ppm
            }),
        2 => (0..7usize, 0..3u64, prop::option::of(0..4usize))
            .prop_map(|(reporter, report, confirmed)| Act::JudgeReport {
                reporter, report, confirmed
            }),
        2 => (0..3u64).prop_map(|epoch| Act::Cosign { epoch }),
        3 => (0..4u64, any::<bool>()).prop_map(|(proposal, veto)| Act::Vote { proposal, veto }),
        2 => (0..7usize, 0..3u64, any::<bool>())
            .prop_map(|(proposer, proposal, executed)| Act::Close { proposer, proposal, executed }),
        1 => (0..7usize, 0..2u8, 0..2u64)
            .prop_map(|(accused, key, epoch)| Act::Contradiction { accused, key, epoch }),
        2 => prop::array::uniform6(0..=1_000_000u32).prop_map(|means_ppm| Act::Join { means_ppm }),
    ]
}

/// Gap to the close before, in minutes.
fn gap() -> impl Strategy<Value = u64> {
    prop_oneof![0..200u64, 0..200u64, 1000..100_000u64, 100_000..3_000_000u64]
}

/// Logs of two to eight epochs. The first founds realm 0, with person 0, and
/// the partitions.
pub(crate) fn log() -> impl Strategy<Value = Vec<Epoch>> {
    let deed = (
        prop_oneof![1 => word(), 1 => row()],
        0..7usize,
        prop_oneof![6 => Just(0usize), 2 => Just(1usize), 1 => 2..4usize],
        prop_oneof![5 => 0..6u64, 1 => LATE..LATE + 6],
    );
    prop::collection::vec((prop::collection::vec(deed, 0..16), gap()), 1..8).prop_map(build)
}

fn build(epochs: Vec<(Vec<Deed>, u64)>) -> Vec<Epoch> {
    let mut builder = Builder { log: vec![founding()], ..Builder::default() };
    builder.number = builder.log[0].events.len() as u64;
    let mut closed_at_us = FIRST_OPENED_AT_US;
    for (deeds, gap_minutes) in epochs {
        builder.opened_at_us = closed_at_us;
        closed_at_us += gap_minutes * MINUTE;
        builder.log.push(Epoch { closed_at_us, events: Vec::new(), joins: Vec::new() });
        builder.handed.clear();
        for deed in deeds {
            builder.act(deed);
        }
    }
    builder.log
}

/// Realms exist before anything happens in them.
fn founding() -> Epoch {
    let root = RealmCreated {
        realm: realm(0),
        name: "realm".into(),
        founders: vec![person(0)],
        ..RealmCreated::default()
    };
    let partition = |number: u8, parent: u8| RealmCreated {
        realm: realm(number),
        // Founders of a partition found nothing.
        founders: vec![person(3)],
        parent: Some(realm(parent)),
        partition: true,
        ..root.clone()
    };
    let realms = [root.clone(), partition(2, 0), partition(3, 2)];
    let events = (1..).zip(realms).map(|(number, created)| {
        let event = Event {
            author: person(0),
            realm: created.realm,
            coordinate: Coordinate { wall_us: FIRST_OPENED_AT_US, counter: 0 },
            prev: None,
            parents: Vec::new(),
            body: Body::RealmCreated(created),
        };
        (event_id(number), event)
    });
    Epoch { closed_at_us: FIRST_OPENED_AT_US, events: events.collect(), joins: Vec::new() }
}

#[derive(Default)]
struct Builder {
    log: Vec<Epoch>,
    number: u64,
    opened_at_us: u64,
    attestations: Vec<EventId>,
    vouches: Vec<EventId>,
    credentials: Vec<(EventId, IdentityId)>,
    /// Agents that the epoch has handed over: the order of two would matter.
    handed: Vec<u32>,
}

/// The newest but `nth`.
fn pick<T: Copy>(from: &[T], nth: usize) -> Option<T> {
    from.iter().rev().cycle().nth(nth).copied()
}

/// Events that judges and voters speak about.
fn target(number: u64) -> EventId {
    event_id(1_000_000 + number)
}

impl Builder {
    fn time(&self, wall: u64) -> u64 {
        match wall.checked_sub(LATE) {
            Some(wall) => FIRST_OPENED_AT_US + wall,
            None => self.opened_at_us + wall,
        }
    }

    fn say(&mut self, author: u32, realm_number: u8, wall: u64, body: Body) -> EventId {
        self.number += 1;
        let id = event_id(self.number);
        let event = Event {
            author: person(author),
            realm: realm(realm_number),
            coordinate: Coordinate { wall_us: self.time(wall), counter: 0 },
            prev: None,
            parents: Vec::new(),
            body,
        };
        self.open().events.push((id, event));
        id
    }

    fn open(&mut self) -> &mut Epoch {
        self.log.last_mut().expect("the first epoch founds")
    }

    fn act(&mut self, (act, author, realm_number, wall): Deed) {
        let author = EVERYBODY[author];
        let place = u8::try_from(realm_number).expect("below four");
        let ends =
            |this: &Self, days: Option<u64>| days.map(|days| this.time(wall) + 1 + days * DAY / 2);
        let body = match act {
            Act::Attest { about, dimension, domain, positive, ends: days } => {
                let dimension = ATTESTABLE[dimension];
                let domain = if dimension == Dimension::Competence { DOMAINS[domain] } else { "" };
                let mut body = attestation(EVERYBODY[about], dimension, sign(positive), domain);
                body.expires_at_us = ends(self, days);
                let id = self.say(author, place, wall, Body::Attestation(body));
                self.attestations.push(id);
                return;
            }
            Act::Burst { count, positive } => {
                for turn in 0..count {
                    let about = EVERYBODY[turn as usize % 7];
                    let dimension = ATTESTABLE[turn as usize / 7 % 4];
                    let body = attestation(about, dimension, sign(positive), "");
                    let wall = wall + u64::from(turn % 3);
                    let id = self.say(author, place, wall, Body::Attestation(body));
                    self.attestations.push(id);
                }
                return;
            }
            Act::Vouch { member, stake_ppm, ends: days } => {
                let body = Vouch {
                    member: person(EVERYBODY[member]),
                    stake_ppm,
                    comment: String::new(),
                    expires_at_us: ends(self, days),
                };
                let id = self.say(author, place, wall, Body::Vouch(body));
                self.vouches.push(id);
                return;
            }
            Act::Credential { about, type_number, ends: days } => {
                let subject = person(EVERYBODY[about]);
                let body = CredentialIssued {
                    subject,
                    credential_type: TYPES[type_number].into(),
                    claim: String::new(),
                    content_hash: None,
                    expires_at_us: ends(self, days),
                };
                let id = self.say(author, place, wall, Body::CredentialIssued(body));
                self.credentials.push((id, subject));
                return;
            }
            Act::Receipt { client, outcome, nonce, by_client } => {
                let client = EVERYBODY[client];
                let outcome = [
                    ReceiptOutcome::Kept,
                    ReceiptOutcome::Broken,
                    ReceiptOutcome::AbortedByPerformer,
                    ReceiptOutcome::AbortedByClient,
                ][outcome];
                let body = receipt(author, client, outcome, nonce, &realm(place));
                let speaker = if by_client { client } else { author };
                self.say(speaker, place, wall, Body::Receipt(body));
                return;
            }
            Act::Join { means_ppm } => {
                self.open().joins.push((realm(place), person(author), means_ppm));
                return;
            }
            Act::Found { founder } if REALMS.contains(&place) => {
                Some(Body::RealmCreated(RealmCreated {
                    realm: realm(place),
                    name: "realm".into(),
                    founders: vec![person(EVERYBODY[founder])],
                    ..RealmCreated::default()
                }))
            }
            Act::Hand { agent, to } if !self.handed.contains(&EVERYBODY[agent]) => {
                self.handed.push(EVERYBODY[agent]);
                Some(controller_set(EVERYBODY[agent], EVERYBODY[to]))
            }
            Act::Found { .. } | Act::Hand { .. } => None,
            act => self.row(act),
        };
        if let Some(body) = body {
            self.say(author, place, wall, body);
        }
    }

    fn row(&self, act: Act) -> Option<Body> {
        let reason = String::new();
        Some(match act {
            Act::Revoke { nth } => {
                let attestation = pick(&self.attestations, nth)?;
                Body::AttestationRevoked(AttestationRevoked { attestation, reason })
            }
            Act::Unvouch { nth } => {
                Body::VouchRevoked(VouchRevoked { vouch: pick(&self.vouches, nth)?, reason })
            }
            Act::Discredit { nth, fraud } => {
                let (credential, subject) = pick(&self.credentials, nth)?;
                Body::CredentialRevoked(CredentialRevoked { credential, subject, fraud, reason })
            }
            Act::Equivocation { accused, key, prev } => {
                Body::EquivocationProof(equivocation(EVERYBODY[accused], key, prev))
            }
            Act::Contradiction { accused, key, epoch } => {
                Body::EquivocationProof(contradiction(EVERYBODY[accused], key, epoch))
            }
            Act::Judge { about, finding, target: number, severity_ppm } => {
                let finding = Finding::ALL[finding];
                let severe = finding == Finding::MemberAtFault;
                Body::Judgement(Judgement {
                    subject: person(EVERYBODY[about]),
                    finding,
                    target: target(number),
                    severity_ppm: if severe { severity_ppm } else { 0 },
                    reason,
                })
            }
            Act::JudgeReport { reporter, report, confirmed } => {
                Body::AnomalyJudged(AnomalyJudged {
                    report: target(report),
                    reporter: person(EVERYBODY[reporter]),
                    confirmed: confirmed.map(|severity| Severity::ALL[severity]),
                    reason,
                })
            }
            Act::Cosign { epoch } => Body::EpochCosigned(EpochCosigned {
                log_key: PublicKey::from_bytes([7; 32]),
                epoch,
                size: 1,
                root: [0; 32],
                state_root: [0; 32],
            }),
            Act::Vote { proposal, veto } => Body::Vote(Vote {
                proposal: target(proposal),
                votes: i8::from(!veto),
                veto,
                comment: reason,
            }),
            Act::Close { proposer, proposal, executed } => Body::ProposalClosed(ProposalClosed {
                proposal: target(proposal),
                proposer: person(EVERYBODY[proposer]),
                outcome: if executed {
                    ProposalOutcome::Executed
                } else {
                    ProposalOutcome::Defeated
                },
                tally_for: 0,
                tally_against: 0,
                voters: 0,
                eligible: 0,
                veto_weight: 0,
                eligible_weight: 0,
            }),
            _ => return None,
        })
    }
}

fn sign(positive: bool) -> Polarity {
    if positive { Polarity::Positive } else { Polarity::Negative }
}

/// Folds a log as a node does; gives the directory as well.
pub(crate) fn fold_with_people(log: &[Epoch]) -> (TrustFold, People) {
    let mut fold = TrustFold::new();
    let mut people = People::default();
    let mut sequence = 0;
    for epoch in log {
        stage(&mut fold, epoch, &mut sequence, &mut people);
        fold.close(epoch.closed_at_us);
    }
    (fold, people)
}

pub(crate) fn fold(log: &[Epoch]) -> TrustFold {
    fold_with_people(log).0
}

pub(crate) fn stage(fold: &mut TrustFold, epoch: &Epoch, sequence: &mut u64, people: &mut People) {
    for (id, event) in &epoch.events {
        people.apply(event);
        fold.stage(*sequence, *id, event, people);
        *sequence += 1;
    }
    for (realm, subject, means_ppm) in &epoch.joins {
        fold.stage_join(realm, subject, *means_ppm);
    }
}
