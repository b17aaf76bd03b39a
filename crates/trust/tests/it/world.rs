//! A small world to fold: a few identities, events made by hand, no keys.

use std::collections::BTreeMap;

use bytes::Bytes;
use erynoa_events::{
    Attestation, AttestationRevoked, Body, Contradiction, Controller, ControllerSet, Dimension,
    EquivocationProof, Event, EventError, KeyDirectory, Polarity, RealmCreated, RealmRules,
    Receipt, ReceiptOutcome,
};
use erynoa_kernel::{
    Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId, Signature, Tag, UniversalId,
};
use erynoa_trust::{CredentialView, EpochOutcome, Side, TrustFold, VouchView};

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

/// A directory that knows everybody; agents 100 to 109 begin with the person
/// `number % 100` as their controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct People {
    controllers: BTreeMap<IdentityId, IdentityId>,
}

impl Default for People {
    fn default() -> Self {
        let controllers = (100..110).map(|agent| (person(agent), person(agent % 100))).collect();
        Self { controllers }
    }
}

impl People {
    pub(crate) fn apply(&mut self, event: &Event) {
        if let Body::ControllerSet(set) = &event.body {
            self.controllers.insert(set.identity, set.controller.identity);
        }
    }
}

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
        let mut root = *identity;
        while let Some(controller) = self.controllers.get(&root) {
            root = *controller;
        }
        root
    }

    fn check_delegation(&self, _: &Event, _: &dyn RealmRules) -> Result<(), EventError> {
        Ok(())
    }
}

pub(crate) fn controller_set(agent: u32, controller: u32) -> Body {
    Body::ControllerSet(ControllerSet {
        identity: person(agent),
        controller: Controller {
            identity: person(controller),
            public_key: PublicKey::from_bytes([9; 32]),
            signature: Signature::from_bytes([0; 64]),
        },
    })
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
        about: Contradiction::Prev((prev != 0).then(|| event_id(prev))),
    }
}

/// Two cosignatures of one epoch.
pub(crate) fn contradiction(accused: u32, key: u8, epoch: u64) -> EquivocationProof {
    let log_key = PublicKey::from_bytes([7; 32]);
    EquivocationProof {
        about: Contradiction::Cosignature { log_key, epoch },
        ..equivocation(accused, key, 0)
    }
}

/// A fold with the number of its next event and a clock.
pub(crate) struct World {
    pub(crate) fold: TrustFold,
    pub(crate) now: u64,
    pub(crate) people: People,
    next: u64,
}

impl World {
    /// Day 20 000, with `founders` of realm 0 staged.
    pub(crate) fn founded_by(founders: &[u32]) -> Self {
        let mut world =
            Self { fold: TrustFold::new(), now: 20_000 * DAY, people: People::default(), next: 0 };
        world.say(
            999,
            Body::RealmCreated(RealmCreated {
                realm: realm(0),
                name: "root".into(),
                founders: founders.iter().map(|&founder| person(founder)).collect(),
                ..RealmCreated::default()
            }),
        );
        world
    }

    pub(crate) fn vouches(&self, who: u32, side: Side) -> Vec<VouchView> {
        self.fold.vouches(&realm(0), &person(who), side, None).collect()
    }

    pub(crate) fn credentials(&self, who: u32, side: Side) -> Vec<CredentialView> {
        self.fold.credentials(&realm(0), &person(who), side, None).collect()
    }

    /// Stages an event of `author` in realm 0, a microsecond after the last.
    pub(crate) fn say(&mut self, author: u32, body: Body) -> EventId {
        self.now += 1;
        self.say_at(author, body, self.now)
    }

    pub(crate) fn say_at(&mut self, author: u32, body: Body, wall_us: u64) -> EventId {
        self.say_in(realm(0), author, body, wall_us)
    }

    pub(crate) fn say_in(
        &mut self,
        realm: RealmId,
        author: u32,
        body: Body,
        wall_us: u64,
    ) -> EventId {
        self.next += 1;
        let id = event_id(self.next);
        let event = Event {
            author: person(author),
            realm,
            coordinate: Coordinate { wall_us, counter: 0 },
            prev: None,
            parents: Vec::new(),
            body,
        };
        self.people.apply(&event);
        self.fold.stage(self.next, id, &event, &self.people);
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
