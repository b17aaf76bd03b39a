//! Agents: spirits act by what their controllers lend them, and by nothing
//! else.

use erynoa_events::{
    Attestation, AttestationRevoked, Body, Custom, Delegation, Dimension, KeyPurpose, Polarity,
    RealmLeft, VouchRevoked,
};
use erynoa_kernel::{EventId, Namespace};

use crate::world::{
    HOUR_US, START_US, Who, World, added, capabilities, code, codes, creation, ended, handed, key,
    lends, takes_back, who,
};

fn attests(subject: Who, dimension: Dimension) -> Body {
    Body::Attestation(Attestation {
        subject: subject.id,
        dimension,
        polarity: Polarity::Positive,
        domain: String::new(),
        comment: String::new(),
        expires_at_us: None,
    })
}

fn note() -> Body {
    Body::Custom(Custom { type_number: 7, version: 1, data: bytes::Bytes::new() })
}

/// A person, their agent, somebody else.
fn household(world: &mut World) -> (Who, Who, Who) {
    let anna = world.person(1);
    let agent = world.agent(10, anna);
    (anna, agent, world.person(2))
}

#[test]
fn an_agent_without_a_delegation_says_nothing_in_a_realm_and_a_person_needs_none() {
    let mut world = World::new();
    let (anna, agent, bert) = household(&mut world);
    for body in [attests(bert, Dimension::Reliability), note()] {
        let refused = world.says_in(1, agent, body.clone());
        assert_eq!(codes(refused.clone()), ["DELEGATION_REQUIRED"]);
        assert_eq!(code(refused), "DELEGATION_REQUIRED");
        assert!(world.says_in(1, anna, body).is_ok());
    }
    let thing = world.born(20, creation(Namespace::Thing, Some(anna))).expect("a thing");
    assert!(world.says_in(1, thing, note()).is_ok(), "only spirits need a delegation");
}

#[test]
fn what_ends_what_an_agent_said_and_what_is_about_its_identity_needs_no_delegation() {
    let mut world = World::new();
    let (_, agent, _) = household(&mut world);
    let lower = world.agent(11, agent);
    let nothing = EventId::of(b"checked by the log");
    for body in [
        Body::AttestationRevoked(AttestationRevoked {
            attestation: nothing,
            reason: String::new(),
        }),
        Body::VouchRevoked(VouchRevoked { vouch: nothing, reason: String::new() }),
        Body::RealmLeft(RealmLeft { reason: String::new() }),
    ] {
        assert!(world.says_in(1, agent, body).is_ok());
    }
    assert!(world.says(agent, added(key(12), &[KeyPurpose::Assertion])).is_ok());
    assert!(world.says(agent, handed(lower.id, agent)).is_ok());
    assert!(world.says(agent, ended(agent.id)).is_ok());
}

#[test]
fn each_kind_of_event_needs_its_capability() {
    let mut world = World::new();
    let (anna, agent, bert) = household(&mut world);
    let limited = Delegation {
        capabilities: capabilities(&["attest:reliability,prestige", "execute:custom"]),
        ..lends(agent)
    };
    world.lend(anna, limited).expect("good");
    assert!(world.says_in(1, agent, attests(bert, Dimension::Reliability)).is_ok());
    assert!(world.says_in(1, agent, attests(bert, Dimension::Prestige)).is_ok());
    assert!(world.says_in(1, agent, note()).is_ok());
    let refused = world.says_in(1, agent, attests(bert, Dimension::Integrity));
    assert_eq!(codes(refused.clone()), ["DELEGATION_REQUIRED", "DELEGATION_EXCEEDS"]);
    let message = refused.expect_err("refused").violations[0].message.clone();
    assert!(message.contains("attest:integrity"), "{message}");
    let left =
        Body::RealmJoined(erynoa_events::RealmJoined { from: None, endorsements: Vec::new() });
    let message = world.says_in(2, agent, left).expect_err("refused").message;
    assert!(message.contains("execute:realm_joined"), "{message}");
}

#[test]
fn an_agent_acts_where_its_delegation_holds() {
    let mut world = World::new();
    let (anna, agent, _) = household(&mut world);
    world.says_in(2, anna, Body::Delegation(lends(agent))).expect("good");
    assert!(world.says_in(2, agent, note()).is_ok());
    assert!(world.says_in(5, agent, note()).is_ok());
    for outside in [1, 3] {
        assert_eq!(
            codes(world.says_in(outside, agent, note())),
            ["DELEGATION_REQUIRED", "DELEGATION_REALM"]
        );
    }
}

#[test]
fn an_agent_stops_when_its_delegation_ends_and_an_event_dated_back_does_not_help() {
    let mut world = World::new();
    let (anna, agent, _) = household(&mut world);
    let until = START_US + HOUR_US;
    let timed = Delegation { expires_at_us: Some(until), ..lends(agent) };
    world.lend(anna, timed).expect("good");
    world.now_us = until - 1;
    assert!(world.says_in(1, agent, note()).is_ok());
    world.now_us = until;
    assert_eq!(code(world.says_in(1, agent, note())), "DELEGATION_REQUIRED");
    world.close(until);
    world.now_us = until - 1;
    assert_eq!(code(world.says_in(1, agent, note())), "DELEGATION_REQUIRED");

    let id = world.lend(anna, lends(agent)).expect("good");
    assert!(world.says_in(1, agent, note()).is_ok());
    world.says_in(1, anna, takes_back(id)).expect("its delegator");
    assert_eq!(code(world.says_in(1, agent, note())), "DELEGATION_REQUIRED");
}

#[test]
fn only_the_authority_of_who_answers_for_an_agent_counts() {
    let mut world = World::new();
    let (anna, agent, bert) = household(&mut world);
    world.lend(bert, lends(agent)).expect("anybody may lend");
    assert_eq!(codes(world.says_in(1, agent, note())), ["DELEGATION_REQUIRED"]);
    world.lend(anna, lends(agent)).expect("good");
    assert!(world.says_in(1, agent, note()).is_ok());
    // With another controller it is the other's authority that counts.
    world.says(anna, handed(agent.id, bert)).expect("its controller");
    assert!(world.says_in(1, agent, note()).is_ok());
    let carla = world.person(3);
    world.says(bert, handed(agent.id, carla)).expect("its controller");
    assert_eq!(codes(world.says_in(1, agent, note())), ["DELEGATION_REQUIRED"]);
}

#[test]
fn an_agent_hands_on_what_it_was_lent_and_nothing_of_its_own() {
    let mut world = World::new();
    let (anna, agent, _) = household(&mut world);
    let lower = world.agent(11, agent);
    let first = Delegation {
        max_depth: 2,
        capabilities: capabilities(&["delegate:1", "execute:custom"]),
        ..lends(agent)
    };
    let via = Some(world.lend(anna, first).expect("good"));
    let narrow = Delegation { capabilities: capabilities(&["execute:custom"]), ..lends(lower) };
    let own = world.lend(agent, narrow.clone());
    assert_eq!(codes(own), ["DELEGATION_EXCEEDS"]);
    // delegate:1 is one further link, not two.
    let deep = world.lend(agent, Delegation { via, max_depth: 1, ..narrow.clone() });
    assert_eq!(codes(deep), ["DELEGATION_REQUIRED", "DELEGATION_EXCEEDS"]);
    assert_eq!(code(world.says_in(1, lower, note())), "DELEGATION_REQUIRED");
    world.lend(agent, Delegation { via, ..narrow }).expect("handed on");
    assert!(world.says_in(1, lower, note()).is_ok(), "its root lent it");
}

#[test]
fn an_agent_without_the_capability_to_delegate_hands_nothing_on() {
    let mut world = World::new();
    let (anna, agent, _) = household(&mut world);
    let lower = world.agent(11, agent);
    let first = Delegation {
        max_depth: 2,
        capabilities: capabilities(&["execute:custom"]),
        ..lends(agent)
    };
    let via = Some(world.lend(anna, first).expect("good"));
    let narrow =
        Delegation { via, capabilities: capabilities(&["execute:custom"]), ..lends(lower) };
    let refused = world.lend(agent, narrow);
    assert_eq!(code(refused.clone()), "DELEGATION_REQUIRED");
    assert!(refused.expect_err("refused").message.contains("delegate:1"));
}

#[test]
fn an_agent_of_an_ended_controller_is_still() {
    let mut world = World::new();
    let (anna, agent, _) = household(&mut world);
    world.lend(anna, lends(agent)).expect("good");
    world.says(anna, ended(anna.id)).expect("itself");
    assert_eq!(code(world.says_in(1, agent, note())), "EVENT_AUTHOR_INACTIVE");
}

#[test]
fn the_nearest_controller_and_the_root_answer_and_nobody_between_them() {
    let mut world = World::new();
    let anna = world.person(1);
    let things: Vec<Who> =
        [(20, anna), (21, who(Namespace::Thing, 20)), (22, who(Namespace::Thing, 21))]
            .map(|(number, above)| {
                world.born(number, creation(Namespace::Thing, Some(above))).expect("a thing")
            })
            .to_vec();
    let agent = world.agent(30, things[2]);
    for (lender, counts) in
        [(things[0], false), (things[1], false), (things[2], true), (anna, true)]
    {
        let mut world = world.clone();
        world.lend(lender, lends(agent)).expect("anybody may lend");
        assert_eq!(world.says_in(1, agent, note()).is_ok(), counts);
    }
}
