//! Random logs for the laws: few identities, so that everything collides.

use erynoa_events::{
    AttestationRevoked, Body, Dimension, Event, Polarity, RealmCreated, ReceiptOutcome,
};
use erynoa_kernel::{Coordinate, EventId};
use erynoa_trust::TrustFold;
use proptest::prelude::*;

use crate::world::{
    DAY, MINUTE, People, attestation, equivocation, event_id, person, realm, receipt,
};

/// People 0 to 4, and agents of the first two.
pub(crate) const EVERYBODY: [u32; 7] = [0, 1, 2, 3, 4, 100, 101];
pub(crate) const REALMS: [u8; 2] = [0, 1];
pub(crate) const DOMAINS: [&str; 4] = ["", "rust", "law", "zoology"];
const ATTESTABLE: [Dimension; 4] =
    [Dimension::Reliability, Dimension::Integrity, Dimension::Competence, Dimension::Prestige];

/// One epoch of a log.
#[derive(Clone, Debug)]
pub(crate) struct Epoch {
    pub(crate) closed_at_us: u64,
    pub(crate) events: Vec<(EventId, Event)>,
}

#[derive(Clone, Debug)]
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
    Found {
        founder: usize,
    },
}

const FIRST_OPENED_AT_US: u64 = 15_000 * DAY;

/// Wall times from here on are of the first epoch: the event arrives late.
const LATE: u64 = 1000;

/// One act with its author, realm and a wall time that is often shared.
type Deed = (Act, usize, usize, u64);

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        14 => (0..7usize, 0..4usize, 0..4usize, any::<bool>(), prop::option::weighted(0.3, 0..40u64))
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
    ]
}

/// Gap to the close before, in minutes.
fn gap() -> impl Strategy<Value = u64> {
    prop_oneof![0..200u64, 0..200u64, 1000..100_000u64, 100_000..3_000_000u64]
}

/// Logs of one to seven epochs. Person 0 founds realm 0 in the first.
pub(crate) fn log() -> impl Strategy<Value = Vec<Epoch>> {
    let deed = (
        act(),
        0..7usize,
        prop_oneof![4 => Just(0usize), 1 => Just(1usize)],
        prop_oneof![5 => 0..6u64, 1 => LATE..LATE + 6],
    );
    prop::collection::vec((prop::collection::vec(deed, 0..16), gap()), 1..8).prop_map(build)
}

fn build(epochs: Vec<(Vec<Deed>, u64)>) -> Vec<Epoch> {
    let mut log = Vec::new();
    let mut closed_at_us = FIRST_OPENED_AT_US;
    let mut number = 0;
    let mut attestations: Vec<EventId> = Vec::new();
    for (nth_epoch, (deeds, gap_minutes)) in epochs.into_iter().enumerate() {
        let opened_at_us = closed_at_us;
        closed_at_us += gap_minutes * MINUTE;
        let mut events: Vec<(EventId, Event)> = Vec::new();
        let time = |wall: u64| match wall.checked_sub(LATE) {
            Some(wall) => FIRST_OPENED_AT_US + wall,
            None => opened_at_us + wall,
        };
        let mut say = |author: u32, realm_number: u8, wall: u64, body: Body| {
            number += 1;
            let event = Event {
                author: person(author),
                realm: realm(realm_number),
                coordinate: Coordinate { wall_us: time(wall), counter: 0 },
                prev: None,
                parents: Vec::new(),
                body,
            };
            events.push((event_id(number), event));
            event_id(number)
        };
        let found = |realm_number: u8, founder: u32| {
            Body::RealmCreated(RealmCreated {
                realm: realm(realm_number),
                name: "realm".into(),
                founders: vec![person(founder)],
            })
        };
        if nth_epoch == 0 {
            say(0, 0, 0, found(0, 0));
        }
        for (act, author, realm_index, wall) in deeds {
            let author = EVERYBODY[author];
            let place = REALMS[realm_index];
            match act {
                Act::Attest { about, dimension, domain, positive, ends } => {
                    let dimension = ATTESTABLE[dimension];
                    let domain =
                        if dimension == Dimension::Competence { DOMAINS[domain] } else { "" };
                    let polarity = if positive { Polarity::Positive } else { Polarity::Negative };
                    let mut body = attestation(EVERYBODY[about], dimension, polarity, domain);
                    body.expires_at_us = ends.map(|days| time(wall) + 1 + days * DAY / 2);
                    attestations.push(say(author, place, wall, Body::Attestation(body)));
                }
                Act::Burst { count, positive } => {
                    let polarity = if positive { Polarity::Positive } else { Polarity::Negative };
                    for turn in 0..count {
                        let about = EVERYBODY[turn as usize % 7];
                        let dimension = ATTESTABLE[turn as usize / 7 % 4];
                        let body = attestation(about, dimension, polarity, "");
                        let wall = wall + u64::from(turn % 3);
                        attestations.push(say(author, place, wall, Body::Attestation(body)));
                    }
                }
                Act::Revoke { nth } => {
                    if !attestations.is_empty() {
                        let attestation =
                            attestations[attestations.len() - 1 - nth % attestations.len()];
                        let body = AttestationRevoked { attestation, reason: String::new() };
                        say(author, place, wall, Body::AttestationRevoked(body));
                    }
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
                    say(speaker, place, wall, Body::Receipt(body));
                }
                Act::Equivocation { accused, key, prev } => {
                    let body = equivocation(EVERYBODY[accused], key, prev);
                    say(author, place, wall, Body::EquivocationProof(body));
                }
                Act::Found { founder } => {
                    say(author, place, wall, found(place, EVERYBODY[founder]));
                }
            }
        }
        log.push(Epoch { closed_at_us, events });
    }
    log
}

/// Folds a log as a node does.
pub(crate) fn fold(log: &[Epoch]) -> TrustFold {
    let mut fold = TrustFold::new();
    let mut sequence = 0;
    for epoch in log {
        stage(&mut fold, epoch, &mut sequence);
        fold.close(epoch.closed_at_us);
    }
    fold
}

pub(crate) fn stage(fold: &mut TrustFold, epoch: &Epoch, sequence: &mut u64) {
    for (id, event) in &epoch.events {
        fold.stage(*sequence, *id, event, &People);
        *sequence += 1;
    }
}
