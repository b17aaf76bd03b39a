//! A small world to make histories in: people with keys, and a node.

use std::collections::{BTreeMap, BTreeSet};

use erynoa_events::{
    Admission, Admitted, Attestation, AttestationRevoked, Body, Custom, Dimension, Event,
    EventError, EventKind, IdentityCreated, KeyAdded, KeyDirectory, KeyPurpose, KeyRevoked,
    LogState, Polarity, RECOVERY_DELAY_S, RealmCreated, RealmRules, RealmUse, Receipt,
    ReceiptOutcome, SigningKey, VerifiedEvent, key_added_message, receipt_message,
    receipt_terms_hash, sign_event,
};
use erynoa_kernel::{Coordinate, EventId, IdentityId, Kind, Namespace, PublicKey, RealmId};
use proptest::prelude::*;

/// Now, for every node here.
pub(crate) const NOW_US: u64 = 1_700_000_000_000_000;
/// Seed byte of the log's key.
pub(crate) const LOG: u8 = 200;
/// People of a history.
pub(crate) const PEOPLE: u8 = 4;

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed; 32])
}

pub(crate) fn public(seed: u8) -> PublicKey {
    key(seed).public_key()
}

pub(crate) fn person(seed: u8) -> IdentityId {
    IdentityId::of(Namespace::SelfHood, &public(seed))
}

pub(crate) fn log_identity() -> IdentityId {
    IdentityId::of(Namespace::Craft, &public(LOG))
}

pub(crate) fn realm() -> RealmId {
    RealmId::root_of(&public(LOG))
}

/// The fold of keys and realms, as little as admission needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Book {
    /// Owner of every key and whether it is live.
    keys: BTreeMap<PublicKey, (IdentityId, bool)>,
    identities: BTreeSet<IdentityId>,
    realms: BTreeSet<RealmId>,
}

impl Book {
    pub(crate) fn apply(&mut self, event: &VerifiedEvent) {
        let author = event.event().author;
        match &event.event().body {
            Body::IdentityCreated(_) => {
                self.identities.insert(author);
                self.keys.insert(event.signer(), (author, true));
            }
            Body::KeyAdded(added) => {
                self.keys.insert(added.public_key, (author, true));
            }
            Body::KeyRevoked(revoked) => {
                self.keys.insert(revoked.public_key, (author, false));
            }
            Body::RealmCreated(created) => {
                self.realms.insert(created.realm);
            }
            _ => {}
        }
    }
}

impl KeyDirectory for Book {
    fn check_author(&self, event: &Event, signer: &PublicKey) -> Result<(), EventError> {
        let refuse = |code| Err(EventError::new(Kind::Forbidden, code, "public_key", "refused"));
        match (&event.body, self.keys.get(signer)) {
            (Body::IdentityCreated(_), None) => Ok(()),
            (Body::IdentityCreated(_), Some(_)) => refuse("IDENTITY_EXISTS"),
            (_, Some((owner, true))) if *owner == event.author => Ok(()),
            (_, Some((owner, false))) if *owner == event.author => refuse("EVENT_KEY_REVOKED"),
            _ => refuse("EVENT_KEY_UNKNOWN"),
        }
    }

    fn is_live(&self, identity: &IdentityId, key: &PublicKey) -> bool {
        self.keys.get(key) == Some(&(*identity, true))
    }

    fn ever_owned(&self, identity: &IdentityId, key: &PublicKey) -> bool {
        self.keys.get(key).is_some_and(|(owner, _)| owner == identity)
    }

    fn knows(&self, identity: &IdentityId) -> bool {
        self.identities.contains(identity)
    }

    fn root_of(&self, identity: &IdentityId) -> IdentityId {
        *identity
    }

    fn check_delegation(&self, _: &Event, _: &dyn RealmRules) -> Result<(), EventError> {
        Ok(())
    }
}

impl RealmRules for Book {
    fn has_realm(&self, realm: &RealmId) -> bool {
        self.realms.contains(realm)
    }

    fn is_within(&self, realm: &RealmId, ancestor: &RealmId) -> bool {
        realm == ancestor
    }

    fn check(&self, _: &VerifiedEvent, _: RealmUse) -> Result<RealmUse, EventError> {
        Ok(RealmUse { events: 1, ..RealmUse::default() })
    }
}

/// A log with its directory.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) log: LogState,
    pub(crate) book: Book,
}

impl Node {
    pub(crate) fn empty() -> Self {
        Self { log: LogState::new(public(LOG)), book: Book::default() }
    }

    /// With the log's identity, the first `people` people and the root realm.
    pub(crate) fn founded(people: u8) -> Self {
        let mut node = Self::empty();
        for event in beginning(people) {
            node.must(&event);
        }
        node
    }

    /// Judges one event and appends it.
    pub(crate) fn submit(&mut self, event: &VerifiedEvent) -> Result<Admitted, EventError> {
        self.submit_at(event, NOW_US)
    }

    pub(crate) fn submit_at(
        &mut self,
        event: &VerifiedEvent,
        now_us: u64,
    ) -> Result<Admitted, EventError> {
        let admitted = Admission::new(&self.log, now_us).admit(event, &self.book, &self.book)?;
        if matches!(admitted, Admitted::New { .. }) {
            self.book.apply(event);
            self.log.apply(event);
        }
        Ok(admitted)
    }

    pub(crate) fn must(&mut self, event: &VerifiedEvent) {
        self.submit(event).unwrap_or_else(|error| panic!("{error} ({})", error.field));
    }

    pub(crate) fn ids(&self) -> BTreeSet<EventId> {
        (0..self.log.size()).filter_map(|at| self.log.at(at)).map(|event| event.id).collect()
    }

    /// The next event of a key, after `parents`.
    pub(crate) fn next(
        &self,
        seed: u8,
        author: IdentityId,
        parents: Vec<EventId>,
        body: Body,
    ) -> Event {
        let head = self.log.head(&public(seed));
        let mut parents = parents;
        parents.sort();
        parents.dedup();
        let known = parents.iter().filter_map(|id| self.log.find(id)).map(|p| p.coordinate);
        let coordinate = Coordinate::next(NOW_US, known.chain(head.map(|(_, at)| at)));
        let null = body.kind().is_realmless();
        Event {
            author,
            realm: if null { RealmId::NULL } else { realm() },
            coordinate,
            prev: head.map(|(id, _)| id),
            parents,
            body,
        }
    }

    /// The next event of a person's first key, signed.
    pub(crate) fn says(&self, seed: u8, body: Body) -> VerifiedEvent {
        sign(&self.next(seed, person(seed), Vec::new(), body), seed)
    }
}

pub(crate) fn sign(event: &Event, seed: u8) -> VerifiedEvent {
    sign_event(event, &key(seed)).unwrap_or_else(|error| panic!("{error} ({})", error.field))
}

pub(crate) fn created(namespace: Namespace, seed: u8) -> VerifiedEvent {
    let event = Event {
        author: IdentityId::of(namespace, &public(seed)),
        realm: RealmId::NULL,
        coordinate: Coordinate { wall_us: NOW_US - 1_000_000, counter: u32::from(seed) },
        prev: None,
        parents: Vec::new(),
        body: Body::IdentityCreated(IdentityCreated {
            namespace,
            display_name: format!("number {seed}"),
            key_label: String::new(),
            recovery_key: None,
            recovery_delay_s: RECOVERY_DELAY_S.1,
            controller: None,
        }),
    };
    sign(&event, seed)
}

/// The log's identity, people 1 to `people`, and the root realm.
pub(crate) fn beginning(people: u8) -> Vec<VerifiedEvent> {
    let genesis = created(Namespace::Craft, LOG);
    let founding = Event {
        author: log_identity(),
        realm: realm(),
        coordinate: Coordinate { wall_us: NOW_US, counter: 0 },
        prev: Some(genesis.id()),
        parents: Vec::new(),
        body: Body::RealmCreated(RealmCreated {
            realm: realm(),
            name: "root".into(),
            founders: vec![person(1)],
            ..RealmCreated::default()
        }),
    };
    let people = (1..=people).map(|seed| created(Namespace::SelfHood, seed));
    std::iter::once(genesis).chain(people).chain([sign(&founding, LOG)]).collect()
}

pub(crate) fn attestation(subject: u8) -> Attestation {
    Attestation {
        subject: person(subject),
        dimension: Dimension::Reliability,
        polarity: Polarity::Positive,
        domain: String::new(),
        comment: String::new(),
        expires_at_us: None,
    }
}

pub(crate) fn attest(subject: u8) -> Body {
    Body::Attestation(attestation(subject))
}

pub(crate) fn custom(data: &[u8]) -> Body {
    Body::Custom(Custom { type_number: 1, version: 1, data: data.to_vec().into() })
}

pub(crate) fn add_key(owner: u8, new: u8) -> Body {
    let message = key_added_message(&person(owner), &public(new));
    Body::KeyAdded(KeyAdded {
        public_key: public(new),
        purposes: vec![KeyPurpose::Assertion],
        label: String::new(),
        countersignature: key(new).sign(&message),
    })
}

pub(crate) fn revoke_key(seed: u8) -> Body {
    Body::KeyRevoked(KeyRevoked { public_key: public(seed), reason: String::new() })
}

/// Performed by `performer` for `client`, countersigned with the key `countersigner`.
pub(crate) fn receipt(performer: u8, client: u8, countersigner: u8, nonce: u8) -> Body {
    let (performer, client) = (person(performer), person(client));
    let (outcome, nonce) = (ReceiptOutcome::Kept, [nonce; 16]);
    let terms_hash = receipt_terms_hash(&realm(), &performer, &client, outcome, "", &nonce);
    Body::Receipt(Receipt {
        performer,
        client,
        outcome,
        description: String::new(),
        nonce,
        terms_hash,
        countersigner_key: public(countersigner),
        countersignature: key(countersigner).sign(&receipt_message(&terms_hash)),
    })
}

/// One thing that somebody does; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    actor: u8,
    device: u8,
    action: u8,
    other: u8,
    parents: Vec<prop::sample::Index>,
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let parents = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
    (1..=PEOPLE, 0u8..3, 0u8..8, 1..=PEOPLE, parents).prop_map(
        |(actor, device, action, other, parents)| Step { actor, device, action, other, parents },
    )
}

pub(crate) fn script(len: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), len)
}

/// Seed of a person's device; device 0 is the first key.
fn device_key(person: u8, device: u8) -> u8 {
    person + 10 * device
}

/// Plays a script; returns the node and every event in log order.
///
/// What must come before something else is among its causes, as honest programs
/// do it: so the set is causally closed, and any order that respects the causes
/// is as good as this one.
pub(crate) fn play(script: &[Step]) -> (Node, Vec<VerifiedEvent>) {
    let mut node = Node::founded(PEOPLE);
    let mut events = beginning(PEOPLE);
    for (number, step) in (0u8..).zip(script) {
        let author = person(step.actor);
        let wanted = device_key(step.actor, step.device);
        let signer = if node.book.is_live(&author, &public(wanted)) { wanted } else { step.actor };
        let other = if step.other == step.actor { step.actor % PEOPLE + 1 } else { step.other };
        let mut parents: Vec<_> =
            step.parents.iter().map(|index| events[index.index(events.len())].id()).collect();
        let body = match step.action {
            0..=2 => attest(other),
            3 => match own_attestation(&node, &author) {
                Some(attestation) => Body::AttestationRevoked(AttestationRevoked {
                    attestation,
                    reason: String::new(),
                }),
                None => attest(other),
            },
            // Countersigned with a first key: those are never revoked here.
            4 => receipt(step.actor, other, other, number),
            5 if !node.book.ever_owned(&author, &public(wanted)) => add_key(step.actor, wanted),
            6 if signer != step.actor => {
                parents.extend(node.log.head(&public(signer)).map(|(id, _)| id));
                let event = node.next(step.actor, author, parents, revoke_key(signer));
                push(&mut node, &mut events, sign(&event, step.actor));
                continue;
            }
            _ => custom(&[number]),
        };
        let event = node.next(signer, author, parents, body);
        push(&mut node, &mut events, sign(&event, signer));
    }
    (node, events)
}

fn push(node: &mut Node, events: &mut Vec<VerifiedEvent>, event: VerifiedEvent) {
    node.must(&event);
    events.push(event);
}

fn own_attestation(node: &Node, author: &IdentityId) -> Option<EventId> {
    (0..node.log.size())
        .rev()
        .filter_map(|at| node.log.at(at))
        .find(|event| event.kind == EventKind::Attestation && event.author == *author)
        .map(|event| event.id)
}
