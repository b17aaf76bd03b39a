//! A small world to fold: a few identities, events made by hand, no keys.

use bytes::Bytes;
use erynoa_events::{
    Attestation, AttestationRevoked, Body, Dimension, EquivocationProof, Event, EventError,
    KeyDirectory, Polarity, RealmCreated, Receipt, ReceiptOutcome,
};
use erynoa_kernel::{
    Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId, Signature, Tag, UniversalId,
};
use erynoa_trust::{EpochOutcome, TrustFold};

/// Microseconds of a day and of a minute.
pub(crate) const DAY: u64 = 86_400_000_000;
pub(crate) const MINUTE: u64 = 60_000_000;

/// Person `number`; 100 and up are agents of the person `number % 100`.
pub(crate) fn person(number: u32) -> IdentityId {
    let mut key = [0; 32];
    key[..4].copy_from_slice(&number.to_be_bytes());
    IdentityId::of(Namespace::SelfHood, &PublicKey::from_bytes(key))
}

pub(crate) fn realm(number: u8) -> RealmId {
    RealmId(UniversalId::new(Tag::Realm, 1, &[&[number]]))
}

pub(crate) fn event_id(number: u64) -> EventId {
    EventId::of(&number.to_be_bytes())
}

/// A directory that knows everybody.
pub(crate) struct People;

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
        (100..110)
            .find(|&agent| person(agent) == *identity)
            .map_or(*identity, |agent| person(agent % 100))
    }

    fn has_realm(&self, _: &RealmId) -> bool {
        true
    }
}

pub(crate) fn attestation(
    subject: u32,
    dimension: Dimension,
    polarity: Polarity,
    domain: &str,
) -> Attestation {
    Attestation {
        subject: person(subject),
        dimension,
        polarity,
        domain: domain.to_owned(),
        comment: String::new(),
        expires_at_us: None,
    }
}

pub(crate) fn receipt(
    performer: u32,
    client: u32,
    outcome: ReceiptOutcome,
    nonce: u8,
    realm: &RealmId,
) -> Receipt {
    let (performer, client) = (person(performer), person(client));
    let terms =
        [&realm.as_bytes()[..], performer.as_bytes(), client.as_bytes(), &[outcome as u8, nonce]]
            .concat();
    Receipt {
        performer,
        client,
        outcome,
        description: String::new(),
        nonce: [nonce; 16],
        terms_hash: *EventId::of(&terms).as_bytes(),
        countersigner_key: PublicKey::from_bytes([9; 32]),
        countersignature: Signature::from_bytes([0; 64]),
    }
}

pub(crate) fn equivocation(accused: u32, key: u8, prev: u64) -> EquivocationProof {
    EquivocationProof {
        first: Bytes::new(),
        second: Bytes::new(),
        accused: person(accused),
        key: PublicKey::from_bytes([key; 32]),
        prev: (prev != 0).then(|| event_id(prev)),
    }
}

/// A fold with the number of its next event and a clock.
pub(crate) struct World {
    pub(crate) fold: TrustFold,
    pub(crate) now: u64,
    next: u64,
}

impl World {
    /// Day 20 000, with `founders` of realm 0 staged.
    pub(crate) fn founded_by(founders: &[u32]) -> Self {
        let mut world = Self { fold: TrustFold::new(), now: 20_000 * DAY, next: 0 };
        world.say(
            999,
            Body::RealmCreated(RealmCreated {
                realm: realm(0),
                name: "root".into(),
                founders: founders.iter().map(|&founder| person(founder)).collect(),
            }),
        );
        world
    }

    /// Stages an event of `author` in realm 0, a microsecond after the last.
    pub(crate) fn say(&mut self, author: u32, body: Body) -> EventId {
        self.now += 1;
        self.say_at(author, body, self.now)
    }

    pub(crate) fn say_at(&mut self, author: u32, body: Body, wall_us: u64) -> EventId {
        self.next += 1;
        let id = event_id(self.next);
        let event = Event {
            author: person(author),
            realm: realm(0),
            coordinate: Coordinate { wall_us, counter: 0 },
            prev: None,
            parents: Vec::new(),
            body,
        };
        self.fold.stage(self.next, id, &event, &People);
        id
    }

    pub(crate) fn praise(&mut self, author: u32, subject: u32, dimension: Dimension) -> EventId {
        let body = attestation(subject, dimension, Polarity::Positive, "");
        self.say(author, Body::Attestation(body))
    }

    pub(crate) fn blame(&mut self, author: u32, subject: u32, dimension: Dimension) -> EventId {
        let body = attestation(subject, dimension, Polarity::Negative, "");
        self.say(author, Body::Attestation(body))
    }

    pub(crate) fn praise_domain(&mut self, author: u32, subject: u32, domain: &str) -> EventId {
        let body = attestation(subject, Dimension::Competence, Polarity::Positive, domain);
        self.say(author, Body::Attestation(body))
    }

    pub(crate) fn take_back(&mut self, author: u32, attestation: EventId) {
        let body = AttestationRevoked { attestation, reason: String::new() };
        self.say(author, Body::AttestationRevoked(body));
    }

    /// Closes the epoch a minute later.
    pub(crate) fn close(&mut self) -> EpochOutcome {
        self.now += MINUTE;
        self.fold.close(self.now)
    }

    /// Closes the epoch at `days` later.
    pub(crate) fn close_after(&mut self, days: u64) -> EpochOutcome {
        self.now += days * DAY;
        self.fold.close(self.now)
    }

    pub(crate) fn trust_ppm(&self, subject: u32, dimension: Dimension) -> u32 {
        self.vector(subject).values[dimension.index()].trust_ppm
    }

    pub(crate) fn vector(&self, subject: u32) -> erynoa_trust::TrustVector {
        self.fold.trust(&realm(0), &person(subject))
    }

    pub(crate) fn standing_ppm(&self, subject: u32) -> u32 {
        self.vector(subject).standing_ppm
    }
}
