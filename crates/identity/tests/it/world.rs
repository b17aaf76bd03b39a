//! A small world: identities with keys made by counting, events judged and
//! folded one after the other. Signatures are for `verify`, not for the fold.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use erynoa_events::{
    Body, Controller, ControllerSet, Delegation, DelegationRevoked, EpochClosed, Event, EventError,
    IdentityCreated, IdentityDeactivated, IdentityRecovered, KeyAdded, KeyDirectory, KeyPurpose,
    KeyRevoked, RealmRules, RealmUse, VerifiedEvent,
};
use erynoa_identity::Directory;
use erynoa_kernel::{
    Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId, Signature, Tag, UniversalId,
};

/// Time at which every world begins, and an hour of it.
pub(crate) const START_US: u64 = 1_700_000_000_000_000;
pub(crate) const HOUR_US: u64 = 3_600_000_000;
/// Number of the log's own key.
const LOG: u32 = u32::MAX;

pub(crate) fn key(number: u32) -> PublicKey {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    PublicKey::from_bytes(bytes)
}

/// Realm `number`; the one above it is `number / 2`, and 1 is the root.
pub(crate) fn realm(number: u64) -> RealmId {
    RealmId(UniversalId::new(Tag::Realm, 1, &[&number.to_be_bytes()]))
}

/// Realms that the tree below knows: 2⁹, nine levels.
const REALMS: u64 = 512;

/// Numbers of the realms.
static NUMBERS: LazyLock<BTreeMap<RealmId, u64>> =
    LazyLock::new(|| (1..REALMS).map(|number| (realm(number), number)).collect());

/// A binary tree of realms that allow everything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tree;

impl Tree {
    pub(crate) fn within(realm: &RealmId, ancestor: &RealmId) -> bool {
        let (number, ancestor) = (NUMBERS.get(realm).copied(), NUMBERS.get(ancestor));
        let above = |&number: &u64| (number > 1).then_some(number / 2);
        std::iter::successors(number, above).any(|number| Some(&number) == ancestor)
    }
}

impl RealmRules for Tree {
    fn has_realm(&self, realm: &RealmId) -> bool {
        NUMBERS.contains_key(realm)
    }

    fn is_within(&self, realm: &RealmId, ancestor: &RealmId) -> bool {
        Self::within(realm, ancestor)
    }

    fn check(&self, _: &VerifiedEvent, _: RealmUse) -> Result<RealmUse, EventError> {
        Ok(RealmUse::default())
    }
}

/// Somebody with their first key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) id: IdentityId,
    pub(crate) key: PublicKey,
}

pub(crate) fn who(namespace: Namespace, number: u32) -> Who {
    let key = key(number);
    Who { id: IdentityId::of(namespace, &key), key }
}

/// Consent of a controller; its signature has been checked before the fold.
pub(crate) fn consent(controller: Who) -> Controller {
    Controller {
        identity: controller.id,
        public_key: controller.key,
        signature: Signature::from_bytes([0; 64]),
    }
}

pub(crate) fn creation(namespace: Namespace, controller: Option<Who>) -> IdentityCreated {
    IdentityCreated {
        namespace,
        display_name: String::new(),
        key_label: String::new(),
        recovery_key: None,
        recovery_delay_s: 259_200,
        controller: controller.map(consent),
    }
}

pub(crate) fn added(public_key: PublicKey, purposes: &[KeyPurpose]) -> Body {
    Body::KeyAdded(KeyAdded {
        public_key,
        purposes: purposes.to_vec(),
        label: "tablet".to_owned(),
        countersignature: Signature::from_bytes([0; 64]),
    })
}

pub(crate) fn revoked(public_key: PublicKey) -> Body {
    Body::KeyRevoked(KeyRevoked { public_key, reason: String::new() })
}

pub(crate) fn recovered(public_key: PublicKey, recovery_key: Option<PublicKey>) -> Body {
    Body::IdentityRecovered(IdentityRecovered {
        public_key,
        countersignature: Signature::from_bytes([0; 64]),
        key_label: "new".to_owned(),
        recovery_key,
    })
}

pub(crate) fn ended(identity: IdentityId) -> Body {
    Body::IdentityDeactivated(IdentityDeactivated { identity, reason: String::new() })
}

pub(crate) fn handed(identity: IdentityId, controller: Who) -> Body {
    Body::ControllerSet(ControllerSet { identity, controller: consent(controller) })
}

/// A delegation of everything, whole, without an end, at whose end the chain
/// stops; tests change what they are about.
pub(crate) fn lends(delegate: Who) -> Delegation {
    Delegation {
        delegate: delegate.id,
        factor_ppm: 1_000_000,
        capabilities: vec!["*".to_owned()],
        not_before_us: 0,
        expires_at_us: None,
        max_depth: 0,
        via: None,
    }
}

pub(crate) fn takes_back(delegation: EventId) -> Body {
    Body::DelegationRevoked(DelegationRevoked { delegation, reason: String::new() })
}

/// Texts of capabilities, in the order in which an event bears them.
pub(crate) fn capabilities(texts: &[&str]) -> Vec<String> {
    let mut texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    texts.sort();
    texts.dedup();
    texts
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) directory: Directory,
    pub(crate) now_us: u64,
    events: u32,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { directory: Directory::default(), now_us: START_US, events: 0 }
    }

    pub(crate) fn event(&self, author: IdentityId, realm: RealmId, body: Body) -> Event {
        Event {
            author,
            realm,
            coordinate: Coordinate { wall_us: self.now_us, counter: self.events },
            prev: None,
            parents: Vec::new(),
            body,
        }
    }

    pub(crate) fn judge(&self, event: &Event, signer: &PublicKey) -> Result<(), EventError> {
        judge(&self.directory, event, signer)
    }

    /// Judges an event and folds it when it is good.
    pub(crate) fn submit(
        &mut self,
        event: &Event,
        signer: PublicKey,
    ) -> Result<EventId, EventError> {
        self.judge(event, &signer)?;
        let id =
            EventId::of(&[event.author.as_bytes().as_slice(), &self.events.to_be_bytes()].concat());
        self.events += 1;
        self.directory.apply(id, event, &signer);
        Ok(id)
    }

    /// `who` says something about identities, with its first key.
    pub(crate) fn says(&mut self, who: Who, body: Body) -> Result<EventId, EventError> {
        self.submit(&self.event(who.id, RealmId::NULL, body), who.key)
    }

    /// `who` says something in a realm, with its first key.
    pub(crate) fn says_in(
        &mut self,
        number: u64,
        who: Who,
        body: Body,
    ) -> Result<EventId, EventError> {
        self.submit(&self.event(who.id, realm(number), body), who.key)
    }

    pub(crate) fn create(&mut self, namespace: Namespace, number: u32) -> Who {
        self.born(number, creation(namespace, None)).expect("a new identity")
    }

    pub(crate) fn person(&mut self, number: u32) -> Who {
        self.create(Namespace::SelfHood, number)
    }

    pub(crate) fn agent(&mut self, number: u32, controller: Who) -> Who {
        self.born(number, creation(Namespace::Spirit, Some(controller))).expect("a new agent")
    }

    pub(crate) fn born(&mut self, number: u32, body: IdentityCreated) -> Result<Who, EventError> {
        let who = who(body.namespace, number);
        self.says(who, Body::IdentityCreated(body))?;
        Ok(who)
    }

    /// `delegator` lends in the root realm.
    pub(crate) fn lend(
        &mut self,
        delegator: Who,
        delegation: Delegation,
    ) -> Result<EventId, EventError> {
        self.says_in(1, delegator, Body::Delegation(delegation))
    }

    /// Ends the epoch; the world's time goes on from there.
    pub(crate) fn close(&mut self, closed_at_us: u64) {
        let log = who(Namespace::Craft, LOG);
        let body = Body::EpochClosed(EpochClosed {
            epoch: 1,
            closed_at_us,
            size: 0,
            state_root: [0; 32],
            parameters_hash: [0; 32],
        });
        let event = self.event(log.id, RealmId::NULL, body);
        self.events += 1;
        self.directory.apply(EventId::of(&self.events.to_be_bytes()), &event, &log.key);
        self.now_us = self.now_us.max(closed_at_us);
    }
}

pub(crate) fn judge(
    directory: &dyn KeyDirectory,
    event: &Event,
    signer: &PublicKey,
) -> Result<(), EventError> {
    directory.check_author(event, signer)?;
    directory.check_delegation(event, &Tree)
}

/// The code of a refusal.
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, EventError>) -> &'static str {
    result.expect_err("is refused").code
}

/// All codes of a refusal, in its order.
pub(crate) fn codes<T: std::fmt::Debug>(result: Result<T, EventError>) -> Vec<&'static str> {
    result.expect_err("is refused").violations.iter().map(|violation| violation.code).collect()
}
