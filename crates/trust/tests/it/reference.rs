//! The protocol read naively: after every epoch everything is computed anew
//! from the list of events, with maps of ids and the generated messages. Shares
//! no code with the fold but the event model.

use std::collections::{BTreeMap, BTreeSet};

use erynoa_events::{Attestation, Body, Dimension, Event, KeyDirectory, Polarity, ReceiptOutcome};
use erynoa_kernel::{Coordinate, EventId, IdentityId, RealmId, Tag, UniversalId};
use erynoa_proto::protocol::v1::{DimensionEvidence, EvidenceDay, TrustRecord};
use prost::Message;

use crate::scenario::Epoch;
use crate::world::{DAY, People};

/// (realm, subject)
type Place = (RealmId, IdentityId);
/// "standing", or a dimension's number with a domain.
type Ledger = (u8, String);
/// p, n, u of each day.
type Days = BTreeMap<u64, [u64; 3]>;

const STANDING: u8 = 0;

/// What is known after one epoch.
#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) day: u64,
    pub(crate) closed_at_us: u64,
    pub(crate) founders: BTreeSet<Place>,
    evidence: BTreeMap<Place, BTreeMap<Ledger, Days>>,
    pub(crate) state_root: [u8; 32],
    pub(crate) changed: Vec<Place>,
}

/// One attestation with everything that decides about it.
#[derive(Clone)]
struct Word<'a> {
    epoch: usize,
    coordinate: Coordinate,
    id: EventId,
    author: IdentityId,
    realm: RealmId,
    body: &'a Attestation,
}

/// Evidence that one event gives: day, column, weight.
type Gift = (u64, usize, u64);

/// States after each epoch.
pub(crate) fn states(log: &[Epoch]) -> Vec<State> {
    let mut states: Vec<State> = Vec::new();
    let mut gifts: BTreeMap<EventId, Gift> = BTreeMap::new();
    for last in 0..log.len() {
        let before = states.last().cloned().unwrap_or_default();
        let mut state = State {
            day: log[last].closed_at_us / DAY,
            closed_at_us: log[last].closed_at_us,
            founders: founders(&log[..=last]),
            ..State::default()
        };
        // Evidence and day of the epoch before, but whoever is a founder now.
        let mut weighing = before.clone();
        weighing.founders.clone_from(&state.founders);
        for (id, event) in &log[last].events {
            if let Some(gift) = weigh(event, &weighing, state.day, &log[..=last]) {
                gifts.insert(*id, gift);
            }
        }
        state.evidence = evidence(&log[..=last], &gifts);
        state.changed = changed(&before, &state);
        let mut bytes = before.state_root.to_vec();
        for place in &state.changed {
            let record = state.record_bytes(place);
            bytes.extend(u32::try_from(record.len()).expect("short").to_be_bytes());
            bytes.extend(record);
        }
        state.state_root = *blake3::hash(&bytes).as_bytes();
        states.push(state);
    }
    states
}

fn founders(log: &[Epoch]) -> BTreeSet<Place> {
    let events = log.iter().flat_map(|epoch| &epoch.events);
    events
        .filter_map(|(_, event)| match &event.body {
            Body::RealmCreated(created) => Some(created),
            _ => None,
        })
        .flat_map(|created| created.founders.iter().map(|&founder| (created.realm, founder)))
        .collect()
}

/// Weight of an event of the last epoch, from the state that weighs.
fn weigh(event: &Event, state: &State, day: u64, log: &[Epoch]) -> Option<Gift> {
    let standing = |who: IdentityId| {
        let place = (event.realm, who);
        (state.standing_ppm(&place), state.founders.contains(&place))
    };
    let voice = |who| match standing(who) {
        (_, true) => 2_000_000,
        (ppm, false) if ppm > 100_000 => (u64::from(ppm) - 100_000) * 1_000_000 / 900_000,
        _ => 0,
    };
    let same_root = |a, b| People.root_of(a) == People.root_of(b);
    let (column, weight) = match &event.body {
        Body::Attestation(body) => {
            let (ppm, founder) = standing(event.author);
            let voiced = founder || ppm >= 300_000;
            let (column, weight) = match (body.polarity, voiced) {
                (Polarity::Positive, true) => (0, voice(event.author)),
                (Polarity::Positive, false) => (0, 0),
                (Polarity::Negative, true) => (1, 1_000_000),
                (Polarity::Negative, false) => (2, 1_000_000),
            };
            let used: u64 = log
                .iter()
                .filter(|epoch| epoch.closed_at_us / DAY + 90 >= day)
                .flat_map(|epoch| &epoch.events)
                .filter(|(_, other)| {
                    matches!(other.body, Body::Attestation(_))
                        && (other.realm, other.author) == (event.realm, event.author)
                })
                .map(|_| 1)
                .sum();
            let weight = if used > 40 { weight * 40 / used } else { weight };
            (column, if same_root(&event.author, &body.subject) { 0 } else { weight })
        }
        Body::Receipt(body) => {
            let (column, weight) = match body.outcome {
                ReceiptOutcome::Kept => (0, voice(body.client)),
                ReceiptOutcome::Broken => (1, 1_000_000),
                ReceiptOutcome::AbortedByPerformer => (1, 500_000),
                ReceiptOutcome::AbortedByClient => (1, 0),
            };
            (column, if same_root(&body.performer, &body.client) { 0 } else { weight })
        }
        Body::EquivocationProof(_) => (1, 10_000_000),
        _ => return None,
    };
    Some((day, column, weight))
}

/// All attestations that are live after the last epoch.
fn live(log: &[Epoch]) -> Vec<Word<'_>> {
    type Slot = (RealmId, IdentityId, IdentityId, Dimension, String);
    let mut slots: BTreeMap<Slot, Word<'_>> = BTreeMap::new();
    for (number, epoch) in log.iter().enumerate() {
        for (id, event) in &epoch.events {
            let Body::Attestation(body) = &event.body else {
                continue;
            };
            let slot =
                (event.realm, event.author, body.subject, body.dimension, body.domain.clone());
            let word = Word {
                epoch: number,
                coordinate: event.coordinate,
                id: *id,
                author: event.author,
                realm: event.realm,
                body,
            };
            let older = slots
                .get(&slot)
                .is_none_or(|other| (other.coordinate, other.id) < (word.coordinate, word.id));
            if older {
                slots.insert(slot, word);
            }
        }
        for (_, event) in &epoch.events {
            if let Body::AttestationRevoked(body) = &event.body {
                slots.retain(|_, word| {
                    (word.id, word.author, word.realm)
                        != (body.attestation, event.author, event.realm)
                });
            }
        }
        slots.retain(|_, word| word.body.expires_at_us.is_none_or(|end| end > epoch.closed_at_us));
    }
    slots.into_values().collect()
}

fn evidence(
    log: &[Epoch],
    gifts: &BTreeMap<EventId, Gift>,
) -> BTreeMap<Place, BTreeMap<Ledger, Days>> {
    let mut evidence: BTreeMap<Place, BTreeMap<Ledger, Days>> = BTreeMap::new();
    let mut give = |place: Place, ledger: Ledger, id: EventId| {
        let (day, column, weight) = gifts[&id];
        if weight > 0 {
            let days = evidence.entry(place).or_default().entry(ledger).or_default();
            days.entry(day).or_default()[column] += weight;
        }
    };
    let words = live(log);
    let newest = |of: &dyn Fn(&Word<'_>) -> bool| {
        let mut newest: BTreeMap<(RealmId, IdentityId, IdentityId), Word<'_>> = BTreeMap::new();
        for word in words.iter().filter(|word| of(word)) {
            let key = (word.realm, word.author, word.body.subject);
            let greater = newest
                .get(&key)
                .is_none_or(|other| (other.coordinate, other.id) < (word.coordinate, word.id));
            if greater {
                newest.insert(key, word.clone());
            }
        }
        newest.into_values().collect::<Vec<_>>()
    };
    for word in newest(&|_| true) {
        give((word.realm, word.body.subject), (STANDING, String::new()), word.id);
    }
    for word in newest(&|word| word.body.dimension == Dimension::Competence) {
        give((word.realm, word.body.subject), (3, String::new()), word.id);
    }
    for word in &words {
        let whole = word.body.dimension == Dimension::Competence && word.body.domain.is_empty();
        if !whole {
            let ledger = (word.body.dimension as u8, word.body.domain.clone());
            give((word.realm, word.body.subject), ledger, word.id);
        }
        assert!(word.epoch < log.len());
    }

    let mut receipts = BTreeMap::new();
    let mut proofs = BTreeMap::new();
    for (number, epoch) in log.iter().enumerate() {
        for (id, event) in &epoch.events {
            let order = (number, event.coordinate, *id);
            match &event.body {
                Body::Receipt(body) => {
                    let place = (event.realm, body.performer);
                    let first = receipts.entry(body.terms_hash).or_insert((order, place));
                    *first = (*first).min((order, place));
                }
                Body::EquivocationProof(body) => {
                    let place = (event.realm, body.accused);
                    let signing = (*body.key.as_bytes(), body.prev);
                    let first = proofs.entry(signing).or_insert((order, place));
                    *first = (*first).min((order, place));
                }
                _ => {}
            }
        }
    }
    for ((_, _, id), place) in receipts.into_values() {
        give(place, (1, String::new()), id);
        give(place, (STANDING, String::new()), id);
    }
    for ((_, _, id), place) in proofs.into_values() {
        give(place, (6, String::new()), id);
        give(place, (STANDING, String::new()), id);
    }
    evidence
}

fn changed(before: &State, now: &State) -> Vec<Place> {
    let mut places: Vec<Place> =
        before.evidence.keys().chain(now.evidence.keys()).copied().collect();
    places.retain(|place| before.evidence.get(place) != now.evidence.get(place));
    places.sort_by_key(|(realm, subject)| {
        UniversalId::new(Tag::TrustRecord, 1, &[realm.as_bytes(), subject.as_bytes()])
    });
    places.dedup();
    places
}

/// m(k), multiplied out.
fn factor(daily: u128, age: u64) -> u128 {
    let mut factor = 1u128 << 32;
    for _ in 0..age {
        factor = factor * daily / (1 << 32);
    }
    factor
}

impl State {
    fn days(&self, place: &Place, ledger: &Ledger) -> Days {
        self.evidence.get(place).and_then(|all| all.get(ledger)).cloned().unwrap_or_default()
    }

    /// Decayed p, n and u.
    pub(crate) fn sums(&self, place: &Place, ledger: &Ledger) -> [u64; 3] {
        let mut sums = [0; 3];
        for (day, [p, n, u]) in self.days(place, ledger) {
            let gentle = factor(4_293_336_348, self.day - day);
            let harsh = factor(4_292_249_394, self.day - day);
            for (column, (amount, factor)) in
                [(p, gentle), (n, harsh), (u, harsh)].into_iter().enumerate()
            {
                sums[column] += u64::try_from(u128::from(amount) * factor / (1 << 32))
                    .expect("no more than the amount");
            }
        }
        sums
    }

    fn ppm(&self, place: &Place, ledger: &Ledger, lambda: u128) -> u32 {
        let [p, n, u] = self.sums(place, ledger).map(u128::from);
        let (alpha, beta) = if self.founders.contains(place) {
            (9_000_000, 1_000_000)
        } else {
            (500_000, 4_500_000)
        };
        let ppm = 1_000_000 * (alpha + p) / (alpha + beta + p + lambda * (n + u.min(1_000_000)));
        u32::try_from(ppm.max(10_000)).expect("at most 10⁶")
    }

    pub(crate) fn dimension_ppm(&self, place: &Place, dimension: Dimension) -> u32 {
        let lambda = if (dimension as u8) < 5 { 6 } else { 8 };
        self.ppm(place, &(dimension as u8, String::new()), lambda)
    }

    pub(crate) fn standing_ppm(&self, place: &Place) -> u32 {
        self.ppm(place, &(STANDING, String::new()), 6)
    }

    /// Domains with evidence and their trust.
    pub(crate) fn domains(&self, place: &Place) -> Vec<(String, u32)> {
        let ledgers = self.evidence.get(place);
        ledgers
            .into_iter()
            .flat_map(BTreeMap::keys)
            .filter(|(_, domain)| !domain.is_empty())
            .map(|ledger| (ledger.1.clone(), self.ppm(place, ledger, 6)))
            .collect()
    }

    pub(crate) fn record_bytes(&self, place: &Place) -> Vec<u8> {
        let message = |days: &Days| -> Vec<EvidenceDay> {
            days.iter()
                .map(|(&day, &[positive, negative, unvoiced])| EvidenceDay {
                    day,
                    positive,
                    negative,
                    unvoiced,
                })
                .collect()
        };
        let mut record = TrustRecord {
            realm: place.0.as_bytes().to_vec(),
            subject: place.1.as_bytes().to_vec(),
            founder: self.founders.contains(place),
            ..TrustRecord::default()
        };
        for ((number, domain), days) in self.evidence.get(place).into_iter().flatten() {
            if *number == STANDING {
                record.standing = message(days);
            } else {
                record.dimensions.push(DimensionEvidence {
                    dimension: i32::from(*number),
                    domain: domain.clone(),
                    days: message(days),
                });
            }
        }
        record.encode_to_vec()
    }
}
