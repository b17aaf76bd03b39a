//! Any text as a capability, any sequence of delegations: nothing panics, and
//! nothing ever grows (protocol §4, K8).

#![no_main]

use erynoa_events::{
    Body, Delegation, DelegationRevoked, EpochClosed, Event, IdentityCreated, IdentityDeactivated,
    KeyDirectory, MAX_DELEGATION_DEPTH, RealmRules, RealmUse, VerifiedEvent,
};
use erynoa_identity::{Capability, Directory, delegated_values};
use erynoa_kernel::{
    Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId, Tag, UniversalId,
};
use libfuzzer_sys::fuzz_target;

/// People of the world, and realms: each below the one before it.
const PEOPLE: u8 = 5;
const REALMS: u8 = 4;

fn person(number: u8) -> (IdentityId, PublicKey) {
    let key = PublicKey::from_bytes([number % PEOPLE; 32]);
    (IdentityId::of(Namespace::SelfHood, &key), key)
}

fn realm(number: u8) -> RealmId {
    RealmId(UniversalId::new(Tag::Realm, 1, &[&[number % REALMS]]))
}

fn is_within(realm_: &RealmId, ancestor: &RealmId) -> bool {
    let number = |wanted: &RealmId| (0..REALMS).find(|&number| realm(number) == *wanted);
    number(realm_) >= number(ancestor)
}

struct Realms;

impl RealmRules for Realms {
    fn has_realm(&self, _: &RealmId) -> bool {
        true
    }

    fn is_within(&self, realm: &RealmId, ancestor: &RealmId) -> bool {
        is_within(realm, ancestor)
    }

    fn check(&self, _: &VerifiedEvent, _: RealmUse) -> Result<RealmUse, erynoa_events::EventError> {
        Ok(RealmUse::default())
    }
}

/// Takes what it needs off the front.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn text(&mut self) -> &'a str {
        let end = usize::from(self.byte() % 48).min(self.0.len());
        let (text, rest) = self.0.split_at(end);
        self.0 = rest;
        std::str::from_utf8(text).unwrap_or("*")
    }
}

fn check_capability(text: &str) {
    if let Ok(capability) = text.parse::<Capability>() {
        assert_eq!(capability.to_string(), text, "another text");
        assert!(capability.implies(&capability), "not reflexive");
        assert!(Capability::All.implies(&capability), "not below everything");
    }
}

/// What the new link gained by being handed on: nothing.
fn check_growth(directory: &Directory, id: &EventId) {
    let delegations = directory.delegations();
    let link = delegations.find(id).expect("just accepted");
    let chain = delegations.chain(link);
    assert!(chain.len() <= usize::from(MAX_DELEGATION_DEPTH) + 1, "too long");
    for (at, after) in chain.iter().enumerate() {
        assert!(chain[..=at].iter().all(|above| above.delegator != after.delegate), "a circle");
        let Some(before) = at.checked_sub(1).map(|at| chain[at]) else { continue };
        assert_eq!(before.delegate, after.delegator);
        assert!(after.max_depth < before.max_depth, "depth grew");
        assert!(is_within(&after.realm, &before.realm), "the realm grew");
        assert!(after.capabilities.iter().all(|c| before.allows(c)), "capabilities grew");
    }
    let factors: Vec<u32> = chain.iter().map(|link| link.factor_ppm).collect();
    let lent = delegated_values(&factors, [1_000_000; 6], None);
    assert!(factors.iter().all(|factor| lent[0] <= *factor), "trust grew");
}

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        check_capability(text);
    }
    let mut input = Input(data);
    let mut directory = Directory::default();
    let mut ids: Vec<EventId> = Vec::new();
    let mut now_us = 1_000;
    for number in 0..PEOPLE {
        let (author, key) = person(number);
        let body = Body::IdentityCreated(IdentityCreated {
            namespace: Namespace::SelfHood,
            display_name: String::new(),
            key_label: String::new(),
            recovery_key: None,
            recovery_delay_s: 3_600,
            controller: None,
        });
        let event = event(author, RealmId::NULL, now_us, body);
        directory.apply(EventId::of(&[number]), &event, &key);
    }
    let mut count = 0u32;
    while !input.0.is_empty() && count < 400 {
        count += 1;
        let (author, key) = person(input.byte());
        let choose = |at: u8| ids.get(usize::from(at) % ids.len().max(1)).copied();
        let (realm, body) = match input.byte() % 16 {
            0 => {
                now_us += u64::from(input.byte());
                let closed = EpochClosed {
                    epoch: 1,
                    closed_at_us: now_us,
                    size: 0,
                    state_root: [0; 32],
                    parameters_hash: [0; 32],
                };
                (RealmId::NULL, Body::EpochClosed(closed))
            }
            1 => {
                let identity = author;
                let ended = IdentityDeactivated { identity, reason: String::new() };
                (RealmId::NULL, Body::IdentityDeactivated(ended))
            }
            2 => {
                let Some(delegation) = choose(input.byte()) else { continue };
                let revoked = DelegationRevoked { delegation, reason: String::new() };
                (realm(0), Body::DelegationRevoked(revoked))
            }
            what => {
                let via = if what < 6 { None } else { choose(input.byte()) };
                let before = via.and_then(|via| directory.delegations().find(&via));
                let mut capabilities: Vec<String> =
                    (0..=input.byte() % 3).map(|_| input.text().to_owned()).collect();
                if let Some(before) = before.filter(|_| what > 10) {
                    capabilities = before.capabilities.iter().map(ToString::to_string).collect();
                }
                for text in &capabilities {
                    check_capability(text);
                }
                let delegation = Delegation {
                    delegate: person(input.byte()).0,
                    factor_ppm: (u32::from(input.byte()) + 1) * 3_906,
                    capabilities,
                    not_before_us: u64::from(input.byte() % 8) * 150,
                    expires_at_us: Some(now_us + u64::from(input.byte())).filter(|_| what % 2 == 0),
                    max_depth: input.byte() % (MAX_DELEGATION_DEPTH + 1),
                    via,
                };
                (realm(input.byte()), Body::Delegation(delegation))
            }
        };
        // Who may hand on is the delegate: mostly let them.
        let (author, key) = match &body {
            Body::Delegation(said) if input.byte() % 8 > 0 => said
                .via
                .and_then(|via| directory.delegations().find(&via))
                .and_then(|via| (0..PEOPLE).map(person).find(|(id, _)| *id == via.delegate))
                .unwrap_or((author, key)),
            _ => (author, key),
        };
        let event = event(author, realm, now_us, body);
        let judged = directory
            .check_author(&event, &key)
            .and_then(|()| directory.check_delegation(&event, &Realms));
        if judged.is_err() {
            continue;
        }
        let id = EventId::of(&count.to_be_bytes());
        directory.apply(id, &event, &key);
        if let Body::Delegation(_) = event.body {
            ids.push(id);
            check_growth(&directory, &id);
        }
    }
    for text in ["*", "read:a/b", "attest:integrity", "delegate:1"] {
        let capability: Capability = text.parse().expect("a capability");
        for number in 0..PEOPLE {
            let (delegate, _) = person(number);
            let asked = directory.authorise(&delegate, &capability, &realm(2), now_us, is_within);
            let Ok(chain) = asked else { continue };
            assert!(chain.iter().all(|link| link.allows(&capability)), "not given by every link");
            assert!(chain.iter().all(|link| link.revoked.is_none()), "revoked");
            assert_eq!(chain.last().map(|link| link.delegate), Some(delegate));
        }
    }
});

fn event(author: IdentityId, realm: RealmId, wall_us: u64, body: Body) -> Event {
    let coordinate = Coordinate { wall_us, counter: 0 };
    Event { author, realm, coordinate, prev: None, parents: Vec::new(), body }
}
