//! Identities that last: recovery, agents and what they are lent.

use erynoa_events::{
    Attestation, Body, Controller, Custom, Delegation, DelegationRevoked, Dimension, Event,
    IdentityCreated, IdentityRecovered, KeyRevoked, Polarity, RECOVERY_DELAY_S, SigningKey,
    controller_message, key_added_message, sign_event,
};
use erynoa_kernel::{Coordinate, Did, EventId, IdentityId, Namespace, RealmId};
use erynoa_proto::api::v1 as api;

use crate::notifications::told;
use crate::seat::{Person, Seat, code_of, config, identities, operator};

/// 2026-01-01
const START_US: u64 = 1_767_225_600_000_000;
const HOUR_US: u64 = 3_600_000_000;

async fn seat_of_events(folder: &tempfile::TempDir) -> Seat {
    let mut config = config(folder.path());
    config.log.clock = erynoa_api_gateway::config::LogClock::Events;
    Seat::take(config).await
}

fn recovered(who: IdentityId, new: &SigningKey, at_us: u64) -> Event {
    Event {
        author: who,
        realm: RealmId::NULL,
        coordinate: Coordinate { wall_us: at_us, counter: 0 },
        prev: None,
        parents: Vec::new(),
        body: Body::IdentityRecovered(IdentityRecovered {
            public_key: new.public_key(),
            countersignature: new.sign(&key_added_message(&who, &new.public_key())),
            key_label: "new phone".into(),
            recovery_key: None,
        }),
    }
}

/// An identity with a recovery key.
fn careful(seed: u8, recovery: &SigningKey) -> (Person, Body) {
    let person = Person::new(seed);
    let body = Body::IdentityCreated(IdentityCreated {
        namespace: Namespace::SelfHood,
        display_name: "Carla Careful".into(),
        key_label: "old phone".into(),
        recovery_key: Some(recovery.public_key()),
        recovery_delay_s: RECOVERY_DELAY_S.1,
        controller: None,
    });
    (person, body)
}

#[tokio::test]
async fn a_recovery_replaces_the_keys_after_its_delay_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let seat = seat_of_events(&folder).await;
    let mut founder = Person::new(1);
    founder.starts_at(START_US);
    let (_, root) = operator(&seat, &mut founder).await;
    let (recovery, new) = (SigningKey::from_seed([40; 32]), SigningKey::from_seed([41; 32]));
    let (mut carla, birth) = careful(2, &recovery);
    seat.submit(&carla.says_at(START_US, RealmId::NULL, birth)).await.unwrap();
    let asked = sign_event(&recovered(carla.id, &new, START_US + 1), &recovery).unwrap();
    seat.submit(&asked).await.unwrap();

    let pending = async || {
        let request = api::GetIdentityRequest { identity: carla.did() };
        identities(&seat).get_identity(request).await.unwrap().into_inner().identity.unwrap()
    };
    assert!(pending().await.recovery.is_some(), "everybody sees that it waits");
    let live = |identity: &api::Identity, key: &SigningKey| {
        identity.keys.iter().any(|known| {
            known.public_key == key.public_key().as_bytes() && known.revoked_by.is_empty()
        })
    };
    let mut day = 0;
    let mut tick = async |hours: u64| {
        day += hours;
        let word = Body::Custom(Custom { type_number: 9, version: 1, data: "day".into() });
        let event = founder.says_at(START_US + day * HOUR_US, root, word);
        seat.submit(&event).await.unwrap();
    };
    tick(48).await;
    tick(24).await;
    let waiting = pending().await;
    assert!(waiting.recovery.is_some() && !live(&waiting, &new));
    tick(24).await;
    tick(24).await;
    let over = pending().await;
    assert!(over.recovery.is_none() && live(&over, &new) && !live(&over, &carla.key));
    seat.leave().await;
}

#[tokio::test]
async fn any_live_key_cancels_a_recovery_within_its_delay() {
    let folder = tempfile::tempdir().unwrap();
    let seat = seat_of_events(&folder).await;
    let (recovery, new) = (SigningKey::from_seed([40; 32]), SigningKey::from_seed([41; 32]));
    let (mut carla, birth) = careful(2, &recovery);
    seat.submit(&carla.says_at(START_US, RealmId::NULL, birth)).await.unwrap();
    let asked = sign_event(&recovered(carla.id, &new, START_US + 1), &recovery).unwrap();
    seat.submit(&asked).await.unwrap();
    let cancel =
        Body::KeyRevoked(KeyRevoked { public_key: new.public_key(), reason: "not me".into() });
    seat.submit(&carla.says_at(START_US + 2, RealmId::NULL, cancel)).await.unwrap();
    let request = api::GetIdentityRequest { identity: carla.did() };
    let after = identities(&seat).get_identity(request).await.unwrap().into_inner();
    assert!(after.identity.unwrap().recovery.is_none());
    seat.leave().await;
}

#[tokio::test]
async fn a_recovery_that_has_begun_is_told_to_whoever_still_holds_the_keys() {
    let folder = tempfile::tempdir().unwrap();
    let seat = seat_of_events(&folder).await;
    let (recovery, new) = (SigningKey::from_seed([40; 32]), SigningKey::from_seed([41; 32]));
    let (mut carla, birth) = careful(2, &recovery);
    seat.submit(&carla.says_at(START_US, RealmId::NULL, birth)).await.unwrap();
    let token = carla.signs_in(&seat).await.unwrap().access_token;
    let asked = sign_event(&recovered(carla.id, &new, START_US + 1), &recovery).unwrap();
    seat.submit(&asked).await.unwrap();
    let begun = told(&seat, &token, 1).await.remove(0);
    assert_eq!(begun.kind(), api::NotificationKind::RecoveryStarted);
    let ends_at_us = START_US + 1 + u64::from(RECOVERY_DELAY_S.1) * 1_000_000;
    assert_eq!(begun.words["ends_at_us"], ends_at_us.to_string());
    assert_eq!(begun.link, "/devices");
    seat.leave().await;
}

fn attests(subject: IdentityId, dimension: Dimension) -> Body {
    Body::Attestation(Attestation {
        subject,
        dimension,
        polarity: Polarity::Positive,
        domain: String::new(),
        comment: String::new(),
        expires_at_us: None,
    })
}

/// An agent of somebody, not yet in the log.
struct Agent {
    key: SigningKey,
    id: IdentityId,
    head: Option<(EventId, Coordinate)>,
}

impl Agent {
    fn of(owner: &Person, seed: u8) -> (Self, Body) {
        let key = SigningKey::from_seed([seed; 32]);
        let id = IdentityId::of(Namespace::Spirit, &key.public_key());
        let body = Body::IdentityCreated(IdentityCreated {
            namespace: Namespace::Spirit,
            display_name: "Helper".into(),
            key_label: String::new(),
            recovery_key: None,
            recovery_delay_s: RECOVERY_DELAY_S.1,
            controller: Some(Controller {
                identity: owner.id,
                public_key: owner.key.public_key(),
                signature: owner.key.sign(&controller_message(&id)),
            }),
        });
        (Self { key, id, head: None }, body)
    }

    async fn says(&mut self, seat: &Seat, realm: RealmId, body: Body) -> Result<(), tonic::Status> {
        let now_us = u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap();
        let event = Event {
            author: self.id,
            realm,
            coordinate: Coordinate::next(now_us, self.head.map(|(_, at)| at)),
            prev: self.head.map(|(id, _)| id),
            parents: Vec::new(),
            body,
        };
        let signed = sign_event(&event, &self.key).unwrap();
        seat.submit(&signed).await?;
        self.head = Some((signed.id(), event.coordinate));
        Ok(())
    }
}

#[tokio::test]
async fn an_agent_does_what_it_was_lent_and_nothing_else_until_it_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut owner = Person::new(1);
    let (_, root) = operator(&seat, &mut owner).await;
    let mut bob = Person::new(2);
    seat.submit(&bob.is_born("Bob")).await.unwrap();
    let (mut agent, birth) = Agent::of(&owner, 50);
    agent.says(&seat, RealmId::NULL, birth).await.unwrap();

    let reliable = || attests(bob.id, Dimension::Reliability);
    let refused = agent.says(&seat, root, reliable()).await.unwrap_err();
    assert_eq!(code_of(&refused), "DELEGATION_REQUIRED");

    let lent = owner.says(
        root,
        Body::Delegation(Delegation {
            delegate: agent.id,
            factor_ppm: 500_000,
            capabilities: vec!["attest:reliability".into()],
            not_before_us: 0,
            expires_at_us: None,
            max_depth: 0,
            via: None,
        }),
    );
    seat.submit(&lent).await.unwrap();
    agent.says(&seat, root, reliable()).await.unwrap();
    let beyond = agent.says(&seat, root, attests(bob.id, Dimension::Prestige)).await.unwrap_err();
    assert_eq!(code_of(&beyond), "DELEGATION_REQUIRED");

    let did = Did { namespace: Namespace::Spirit, identity: agent.id }.to_string();
    let check = api::CheckDelegationRequest {
        delegate: did,
        capability: "attest:reliability".into(),
        realm: String::new(),
    };
    let answer = identities(&seat).check_delegation(check).await.unwrap().into_inner();
    assert!(answer.allowed);
    assert_eq!(answer.chain.len(), 1);

    let taken =
        Body::DelegationRevoked(DelegationRevoked { delegation: lent.id(), reason: "done".into() });
    seat.submit(&owner.says(root, taken)).await.unwrap();
    let over = agent.says(&seat, root, reliable()).await.unwrap_err();
    assert_eq!(code_of(&over), "DELEGATION_REQUIRED");
    seat.leave().await;
}
