//! The protocol read naively: after every epoch everything is computed anew
//! from the list of events, with maps of ids and the generated messages. Shares
//! no code with the fold but the event model.

use std::collections::{BTreeMap, BTreeSet};

use erynoa_events::{Attestation, Body, Dimension, Event, KeyDirectory, Polarity};
use erynoa_kernel::{Coordinate, EventId, IdentityId, RealmId, Tag, UniversalId};
use erynoa_proto::protocol::v1::{DimensionEvidence, EvidenceDay, TrustRecord};
use prost::Message;

use crate::reference_rows::{Named, bonds, named, winners};
use crate::scenario::Epoch;
use crate::world::{DAY, People};

/// (realm, subject)
pub(crate) type Place = (RealmId, IdentityId);
/// "standing", or a dimension's number with a domain.
pub(crate) type Ledger = (u8, String);
/// p, n, u of each day.
type Days = BTreeMap<u64, [u64; 3]>;

const STANDING: u8 = 0;

/// What is known after one epoch.
#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) day: u64,
    pub(crate) closed_at_us: u64,
    pub(crate) founders: BTreeSet<Place>,
    crossed: BTreeMap<Place, [u32; 6]>,
    evidence: BTreeMap<Place, BTreeMap<Ledger, Days>>,
    pub(crate) state_root: [u8; 32],
    pub(crate) changed: Vec<Place>,
}

/// One event with its epoch, and its realm of trust.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) epoch: usize,
    pub(crate) day: u64,
    pub(crate) id: EventId,
    pub(crate) event: &'a Event,
    pub(crate) realm: RealmId,
}

impl Said<'_> {
    pub(crate) fn age(&self) -> (Coordinate, EventId) {
        (self.event.coordinate, self.id)
    }
}

/// Evidence that one event gives one subject in one dimension.
type GiftKey = (EventId, IdentityId, u8);
/// Day, column, weight.
type Gift = (u64, usize, u64);

/// Everything said so far.
fn said(log: &[Epoch]) -> Vec<Said<'_>> {
    let mut homes: BTreeMap<RealmId, RealmId> = BTreeMap::new();
    let mut all = Vec::new();
    for (number, epoch) in log.iter().enumerate() {
        for (id, event) in &epoch.events {
            if let Body::RealmCreated(created) = &event.body
                && created.partition
                && let Some(parent) = created.parent
            {
                let home = homes.get(&parent).copied().unwrap_or(parent);
                homes.insert(created.realm, home);
            }
            let realm = homes.get(&event.realm).copied().unwrap_or(event.realm);
            let day = epoch.closed_at_us / DAY;
            all.push(Said { epoch: number, day, id: *id, event, realm });
        }
    }
    all
}

/// States after each epoch.
pub(crate) fn states(log: &[Epoch]) -> Vec<State> {
    let mut states: Vec<State> = Vec::new();
    let mut gifts: BTreeMap<GiftKey, Gift> = BTreeMap::new();
    // Vouches whose author answers, and whom answers have cost.
    let mut answerable: BTreeSet<EventId> = BTreeSet::new();
    let mut answers: Vec<(Place, EventId)> = Vec::new();
    for last in 0..log.len() {
        let said = said(&log[..=last]);
        let rows = named(&said);
        let counting = winners(&rows);
        let before = states.last().cloned().unwrap_or_default();
        let mut state = State {
            day: log[last].closed_at_us / DAY,
            closed_at_us: log[last].closed_at_us,
            founders: founders(&said),
            crossed: crossed(&said, &log[..=last]),
            ..State::default()
        };
        // Evidence and day of the epoch before, but whoever is a founder now.
        let mut weighing = before.clone();
        weighing.founders.clone_from(&state.founders);
        let mut people = People::default();
        said.iter().for_each(|said| people.apply(said.event));

        let earlier: Vec<Said<'_>> =
            said.iter().filter(|said| said.epoch < last).copied().collect();
        for fault in rows.iter().filter(|row| row.epoch == last && row.severity > 0) {
            if !counting.contains(&fault.key()) {
                continue;
            }
            for vouch in bonds(&earlier, &log[..last]) {
                let Body::Vouch(body) = &vouch.event.body else { continue };
                let for_them = (vouch.realm, body.member) == fault.place;
                if for_them && answerable.contains(&vouch.id) {
                    let weight =
                        10_000_000 * fault.severity * u64::from(body.stake_ppm) / 1_000_000_000_000;
                    let voucher = vouch.event.author;
                    answers.push(((vouch.realm, voucher), fault.id));
                    gifts.insert((fault.id, voucher, 2), (state.day, 1, weight));
                }
            }
        }
        for said_now in said.iter().filter(|said| said.epoch == last) {
            let scales = Scales { state: &weighing, people: &people, said: &said, rows: &rows };
            if let Some((key, gift)) = scales.word(said_now, state.day) {
                gifts.insert(key, gift);
            }
            if let Body::Vouch(body) = &said_now.event.body
                && scales.has_voice(said_now.realm, said_now.event.author)
                && !scales.same_root(&said_now.event.author, &body.member)
            {
                answerable.insert(said_now.id);
            }
        }
        for row in rows.iter().filter(|row| row.epoch == last && row.severity == 0) {
            let scales = Scales { state: &weighing, people: &people, said: &said, rows: &rows };
            let weight = match row.client {
                Some(client) if scales.same_root(&client, &row.place.1) => 0,
                Some(client) if row.weight == 0 => scales.within_budget(
                    scales.voice(row.place.0, client),
                    row.place.0,
                    client,
                    state.day,
                ),
                _ => row.weight,
            };
            gifts.insert((row.id, row.place.1, row.dimension), (state.day, row.column, weight));
        }
        let direct = rows.iter().filter(|row| counting.contains(&row.key()) && row.severity == 0);
        state.evidence = evidence(&said, &log[..=last], &gifts, direct, &answers);
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

fn founders(said: &[Said<'_>]) -> BTreeSet<Place> {
    said.iter()
        .filter_map(|said| match &said.event.body {
            Body::RealmCreated(created) if !created.partition => Some(created),
            _ => None,
        })
        .flat_map(|created| created.founders.iter().map(|&founder| (created.realm, founder)))
        .collect()
}

fn crossed(said: &[Said<'_>], log: &[Epoch]) -> BTreeMap<Place, [u32; 6]> {
    let partitions: BTreeSet<RealmId> = said
        .iter()
        .filter_map(|said| match &said.event.body {
            Body::RealmCreated(created) if created.partition => Some(created.realm),
            _ => None,
        })
        .collect();
    let mut crossed = BTreeMap::new();
    for epoch in log {
        let mut of_epoch: BTreeMap<Place, [u32; 6]> = BTreeMap::new();
        let joins = epoch.joins.iter().filter(|(realm, ..)| !partitions.contains(realm));
        for &(realm, subject, means) in joins {
            let least = of_epoch.entry((realm, subject)).or_insert([1_000_000; 6]);
            for (least, mean) in least.iter_mut().zip(means) {
                *least = mean.max(100_000).min(*least);
            }
        }
        crossed.extend(of_epoch);
    }
    crossed
}

/// What weighs the events of the last epoch.
struct Scales<'a> {
    /// As of the epoch before.
    state: &'a State,
    people: &'a People,
    said: &'a [Said<'a>],
    rows: &'a [Named],
}

impl Scales<'_> {
    fn same_root(&self, a: &IdentityId, b: &IdentityId) -> bool {
        self.people.root_of(a) == self.people.root_of(b)
    }

    fn has_voice(&self, realm: RealmId, who: IdentityId) -> bool {
        let place = (realm, who);
        self.state.founders.contains(&place) || self.state.standing_ppm(&place) >= 300_000
    }

    /// 0 without a voice.
    fn voice(&self, realm: RealmId, who: IdentityId) -> u64 {
        let place = (realm, who);
        let standing = u64::from(self.state.standing_ppm(&place));
        match (self.state.founders.contains(&place), self.has_voice(realm, who)) {
            (true, _) => 2_000_000,
            (false, true) => (standing - 100_000) * 1_000_000 / 900_000,
            (false, false) => 0,
        }
    }

    /// Attestations, vouches and kept receipts that count share one budget.
    fn within_budget(&self, weight: u64, realm: RealmId, who: IdentityId, day: u64) -> u64 {
        let words = self.said.iter().filter(|said| {
            let counted = matches!(said.event.body, Body::Attestation(_) | Body::Vouch(_));
            counted && (said.realm, said.event.author) == (realm, who) && said.day + 90 >= day
        });
        let counting = winners(self.rows);
        let receipts = self.rows.iter().filter(|row| {
            let kept = row.column == 0 && row.client == Some(who) && row.place.0 == realm;
            kept && row.day + 90 >= day && counting.contains(&row.key())
        });
        let used = (words.count() + receipts.count()) as u64;
        if used > 40 { weight * 40 / used } else { weight }
    }

    /// What an attestation, a vouch or a credential weighs.
    fn word(&self, said: &Said<'_>, day: u64) -> Option<(GiftKey, Gift)> {
        let author = said.event.author;
        let budgeted = |weight| self.within_budget(weight, said.realm, author, day);
        let (subject, dimension, column, weight) = match &said.event.body {
            Body::Attestation(body) => {
                let (column, weight) = match (body.polarity, self.has_voice(said.realm, author)) {
                    (Polarity::Positive, _) => (0, self.voice(said.realm, author)),
                    (Polarity::Negative, true) => (1, 1_000_000),
                    (Polarity::Negative, false) => (2, 1_000_000),
                };
                (body.subject, body.dimension as u8, column, budgeted(weight))
            }
            Body::Vouch(body) => {
                let share = self.voice(said.realm, author) * u64::from(body.stake_ppm) / 1_000_000;
                (body.member, 4, 0, budgeted(share))
            }
            Body::CredentialIssued(body) => (body.subject, 3, 0, 1_000_000),
            _ => return None,
        };
        let weight = if self.same_root(&author, &subject) { 0 } else { weight };
        Some(((said.id, subject, dimension), (day, column, weight)))
    }
}

/// All attestations that are live after the last epoch.
fn live<'a>(said: &[Said<'a>], log: &[Epoch]) -> Vec<(Said<'a>, &'a Attestation)> {
    type Slot = (RealmId, IdentityId, IdentityId, Dimension, String);
    let mut slots: BTreeMap<Slot, (Said<'a>, &'a Attestation)> = BTreeMap::new();
    for (number, epoch) in log.iter().enumerate() {
        let of_epoch = || said.iter().filter(|said| said.epoch == number);
        for said in of_epoch() {
            let Body::Attestation(body) = &said.event.body else {
                continue;
            };
            let slot =
                (said.realm, said.event.author, body.subject, body.dimension, body.domain.clone());
            if slots.get(&slot).is_none_or(|(other, _)| other.age() < said.age()) {
                slots.insert(slot, (*said, body));
            }
        }
        for said in of_epoch() {
            if let Body::AttestationRevoked(body) = &said.event.body {
                slots.retain(|_, (word, _)| {
                    (word.id, word.event.author, word.realm)
                        != (body.attestation, said.event.author, said.realm)
                });
            }
        }
        slots.retain(|_, (_, body)| body.expires_at_us.is_none_or(|end| end > epoch.closed_at_us));
    }
    slots.into_values().collect()
}

fn evidence<'a>(
    said: &[Said<'_>],
    log: &[Epoch],
    gifts: &BTreeMap<GiftKey, Gift>,
    direct: impl Iterator<Item = &'a Named>,
    answers: &[(Place, EventId)],
) -> BTreeMap<Place, BTreeMap<Ledger, Days>> {
    let mut evidence: BTreeMap<Place, BTreeMap<Ledger, Days>> = BTreeMap::new();
    let mut give = |place: Place, ledger: Ledger, id: EventId, dimension: u8| {
        let (day, column, weight) = gifts[&(id, place.1, dimension)];
        if weight > 0 {
            let days = evidence.entry(place).or_default().entry(ledger).or_default();
            days.entry(day).or_default()[column] += weight;
        }
    };
    let words = live(said, log);
    let newest = |of: &dyn Fn(&Attestation) -> bool| {
        type Newest<'a> = BTreeMap<(RealmId, IdentityId, IdentityId), (Said<'a>, &'a Attestation)>;
        let mut newest: Newest<'_> = BTreeMap::new();
        for (word, body) in words.iter().filter(|(_, body)| of(body)) {
            let key = (word.realm, word.event.author, body.subject);
            if newest.get(&key).is_none_or(|(other, _)| other.age() < word.age()) {
                newest.insert(key, (*word, body));
            }
        }
        newest.into_values().collect::<Vec<_>>()
    };
    for (word, body) in newest(&|_| true) {
        let place = (word.realm, body.subject);
        give(place, (STANDING, String::new()), word.id, body.dimension as u8);
    }
    for (word, body) in newest(&|body| body.dimension == Dimension::Competence) {
        give((word.realm, body.subject), (3, String::new()), word.id, 3);
    }
    for (word, body) in &words {
        let whole = body.dimension == Dimension::Competence && body.domain.is_empty();
        if !whole {
            let dimension = body.dimension as u8;
            let ledger = (dimension, body.domain.clone());
            give((word.realm, body.subject), ledger, word.id, dimension);
        }
    }
    // Kept receipts: in the standing the newest of each client, unless the client
    // has said something.
    let mut kept: BTreeMap<(Place, IdentityId), &Named> = BTreeMap::new();
    let (receipts, direct): (Vec<&Named>, Vec<&Named>) =
        direct.partition(|row| row.client.is_some() && row.column == 0);
    for row in receipts {
        let client = row.client.expect("a receipt has one");
        let newest = kept.entry((row.place, client)).or_insert(row);
        if newest.age() < row.age() {
            *newest = row;
        }
        give(row.place, (1, String::new()), row.id, 1);
    }
    for ((place, client), row) in kept {
        let said = words.iter().any(|(word, body)| {
            (word.realm, body.subject, word.event.author) == (place.0, place.1, client)
        });
        if !said {
            give(place, (STANDING, String::new()), row.id, 1);
        }
    }
    // Credentials: in the standing the newest of each issuer.
    let mut credentials: BTreeMap<(Place, IdentityId), Said<'_>> = BTreeMap::new();
    for bond in bonds(said, log) {
        let Body::CredentialIssued(body) = &bond.event.body else { continue };
        let place = (bond.realm, body.subject);
        give(place, (3, String::new()), bond.id, 3);
        let newest = credentials.entry((place, bond.event.author)).or_insert(bond);
        if newest.age() < bond.age() {
            *newest = bond;
        }
    }
    for ((place, _), bond) in credentials {
        give(place, (STANDING, String::new()), bond.id, 3);
    }
    let mut both = |place: Place, id: EventId, dimension: u8| {
        give(place, (dimension, String::new()), id, dimension);
        give(place, (STANDING, String::new()), id, dimension);
    };
    for bond in bonds(said, log) {
        if let Body::Vouch(body) = &bond.event.body {
            both((bond.realm, body.member), bond.id, 4);
        }
    }
    for &(place, id) in answers {
        both(place, id, 2);
    }
    for row in direct {
        give(row.place, (row.dimension, String::new()), row.id, row.dimension);
        if !row.own_act {
            give(row.place, (STANDING, String::new()), row.id, row.dimension);
        }
    }
    evidence
}

fn changed(before: &State, now: &State) -> Vec<Place> {
    let known = |state: &State| -> Vec<Place> {
        state.evidence.keys().chain(state.crossed.keys()).copied().collect()
    };
    let mut places = [known(before), known(now)].concat();
    places.retain(|place| {
        before.evidence.get(place) != now.evidence.get(place)
            || before.crossed.get(place) != now.crossed.get(place)
    });
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

    /// α and β of a ledger.
    fn prior(&self, place: &Place, ledger: &Ledger) -> (u128, u128) {
        let crossed = self.crossed.get(place).filter(|_| ledger.0 != STANDING);
        match (self.founders.contains(place), crossed) {
            (true, _) => (9_000_000, 1_000_000),
            (false, None) => (500_000, 4_500_000),
            (false, Some(means)) => {
                let mean = u128::from(means[ledger.0 as usize - 1]);
                (10 * mean, 10_000_000 - 10 * mean)
            }
        }
    }

    pub(crate) fn prior_ppm(&self, place: &Place, ledger: &Ledger) -> u32 {
        let (alpha, beta) = self.prior(place, ledger);
        u32::try_from(1_000_000 * alpha / (alpha + beta)).expect("at most 10⁶")
    }

    fn ppm(&self, place: &Place, ledger: &Ledger, lambda: u128) -> u32 {
        let [p, n, u] = self.sums(place, ledger).map(u128::from);
        let (alpha, beta) = self.prior(place, ledger);
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
            crossed_prior_ppm: self.crossed.get(place).map_or(Vec::new(), |means| means.to_vec()),
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
