//! One delegation at a time: what it needs, when it holds, how it ends.

use erynoa_events::{Body, Delegation};
use erynoa_identity::{Capability, DelegationState, MAX_STANDING_DELEGATIONS};
use erynoa_kernel::{EventId, Violation};

use crate::world::{
    START_US, Tree, Who, World, capabilities, code, codes, ended, lends, realm, takes_back, who,
};

fn state(world: &World, id: EventId, at_us: u64) -> DelegationState {
    let delegation = world.directory.delegations().find(&id).expect("it is there");
    world.directory.state_of(delegation, at_us)
}

fn may(
    world: &World,
    delegate: Who,
    capability: &str,
    at_us: u64,
) -> Result<Vec<EventId>, Vec<&'static str>> {
    let capability: Capability = capability.parse().expect("a capability");
    world
        .directory
        .authorise(&delegate.id, &capability, &realm(1), at_us, Tree::within)
        .map(|chain| chain.iter().map(|link| link.created.0).collect())
        .map_err(|violations| violations.iter().map(|v: &Violation| v.code).collect())
}

/// Four people.
fn people(world: &mut World) -> [Who; 4] {
    [1, 2, 3, 4].map(|number| world.person(number))
}

#[test]
fn a_delegation_holds_from_its_beginning_until_just_before_its_end() {
    let mut world = World::new();
    let [anna, bert, ..] = people(&mut world);
    let (from, until) = (START_US + 10, START_US + 20);
    let timed = Delegation { not_before_us: from, expires_at_us: Some(until), ..lends(bert) };
    let id = world.lend(anna, timed).expect("a delegation");
    for (at, expected) in [
        (from - 1, DelegationState::Future),
        (from, DelegationState::Live),
        (until - 1, DelegationState::Live),
        (until, DelegationState::Expired),
    ] {
        assert_eq!(state(&world, id, at), expected);
        assert_eq!(may(&world, bert, "read:a", at).is_ok(), expected == DelegationState::Live);
    }
    assert_eq!(
        may(&world, bert, "read:a", until),
        Err(vec!["DELEGATION_REQUIRED", "DELEGATION_EXPIRED"])
    );
    assert_eq!(
        may(&world, bert, "read:a", from - 1),
        Err(vec!["DELEGATION_REQUIRED", "DELEGATION_FUTURE"])
    );
}

#[test]
fn a_delegation_is_handed_on_only_while_it_holds() {
    let mut world = World::new();
    let [anna, bert, carla, _] = people(&mut world);
    let (from, until) = (START_US + 10, START_US + 20);
    let timed =
        Delegation { max_depth: 1, not_before_us: from, expires_at_us: Some(until), ..lends(bert) };
    let via = Some(world.lend(anna, timed).expect("a delegation"));
    let hand_on = |world: &World, now_us| {
        let mut world = world.clone();
        world.now_us = now_us;
        world.lend(bert, Delegation { via, ..lends(carla) })
    };
    assert_eq!(code(hand_on(&world, from - 1)), "DELEGATION_FUTURE");
    assert!(hand_on(&world, from).is_ok());
    assert!(hand_on(&world, until - 1).is_ok());
    assert_eq!(code(hand_on(&world, until)), "DELEGATION_EXPIRED");
    // An event that is dated back is judged by the end of the last epoch.
    world.close(until);
    assert_eq!(code(hand_on(&world, from)), "DELEGATION_EXPIRED");
}

#[test]
fn only_the_delegate_hands_on_and_only_what_is_there() {
    let mut world = World::new();
    let [anna, bert, carla, dora] = people(&mut world);
    let via = Some(world.lend(anna, Delegation { max_depth: 1, ..lends(bert) }).expect("good"));
    let foreign = world.lend(carla, Delegation { via, ..lends(dora) });
    assert_eq!(code(foreign), "DELEGATION_FOREIGN");
    let nothing = Some(EventId::of(b"nothing"));
    let unknown = world.lend(bert, Delegation { via: nothing, ..lends(dora) });
    assert_eq!(code(unknown), "DELEGATION_UNKNOWN");
}

#[test]
fn depth_falls_by_one_with_every_link_and_six_links_are_the_most() {
    let mut world = World::new();
    let people: Vec<Who> = (0..8).map(|number| world.person(number)).collect();
    let mut via = None;
    for (at, max_depth) in (0..6).zip((0..=5).rev()) {
        for too_deep in max_depth + 1..=5 {
            let deep = Delegation { via, max_depth: too_deep, ..lends(people[at + 1]) };
            assert_eq!(code(world.lend(people[at], deep)), "DELEGATION_DEPTH");
        }
        let link = Delegation { via, max_depth, ..lends(people[at + 1]) };
        via = Some(world.lend(people[at], link).expect("depth remains"));
    }
    let seventh = world.lend(people[6], Delegation { via, ..lends(people[7]) });
    assert_eq!(code(seventh), "DELEGATION_DEPTH");
    assert_eq!(may(&world, people[6], "read:a", START_US).expect("six links").len(), 6);
}

#[test]
fn every_capability_that_is_not_implied_is_named() {
    let mut world = World::new();
    let [anna, bert, carla, _] = people(&mut world);
    let first = Delegation {
        max_depth: 1,
        capabilities: capabilities(&["read:notes/*", "attest:reliability,prestige"]),
        ..lends(bert)
    };
    let via = Some(world.lend(anna, first).expect("a delegation"));
    let wide = Delegation {
        via,
        capabilities: capabilities(&[
            "*",
            "read:notes/today",
            "write:notes/today",
            "attest:prestige",
            "attest:integrity,prestige",
        ]),
        ..lends(carla)
    };
    let error = world.lend(bert, wide).expect_err("too much");
    let named: Vec<&str> =
        error.violations.iter().map(|v| v.message.split('`').nth(1).unwrap_or("")).collect();
    assert_eq!(named, ["*", "attest:integrity,prestige", "write:notes/today"]);
    assert!(error.violations.iter().all(|v| v.code == "DELEGATION_EXCEEDS"));
}

#[test]
fn a_realm_is_that_of_the_link_before_or_one_below_it() {
    let mut world = World::new();
    let [anna, bert, carla, _] = people(&mut world);
    // 2 is above 4, 5 and 8; 3 is its sibling, 1 above all.
    let first = Delegation { max_depth: 1, ..lends(bert) };
    let via = Some(world.says_in(2, anna, Body::Delegation(first)).expect("a delegation"));
    let link = Delegation { via, ..lends(carla) };
    for (number, good) in [(1, false), (2, true), (3, false), (4, true), (8, true), (6, false)] {
        let result = world.clone().says_in(number, bert, Body::Delegation(link.clone()));
        match good {
            true => assert!(result.is_ok()),
            false => assert_eq!(code(result), "DELEGATION_REALM"),
        }
    }
}

#[test]
fn authority_never_comes_back_to_who_lent_it() {
    let mut world = World::new();
    let [anna, bert, carla, _] = people(&mut world);
    let first = world.lend(anna, Delegation { max_depth: 5, ..lends(bert) }).expect("good");
    let second = Delegation { via: Some(first), max_depth: 4, ..lends(carla) };
    let via = Some(world.lend(bert, second).expect("good"));
    for above in [anna, bert, carla] {
        assert_eq!(code(world.lend(carla, Delegation { via, ..lends(above) })), "DELEGATION_CYCLE");
    }
    // Lending in both directions closes no chain.
    world.lend(bert, lends(anna)).expect("an authority of its own");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let mut world = World::new();
    let [anna, bert, carla, dora] = people(&mut world);
    let first = Delegation {
        capabilities: capabilities(&["read:a"]),
        expires_at_us: Some(START_US + 1),
        ..lends(bert)
    };
    let id = world.says_in(2, anna, Body::Delegation(first)).expect("good");
    world.says(dora, ended(dora.id)).expect("itself");
    world.says_in(2, anna, takes_back(id)).expect("its delegator");
    world.now_us += 1;
    let wrong = Delegation {
        via: Some(id),
        max_depth: 1,
        capabilities: capabilities(&["fly:high", "write:a"]),
        ..lends(dora)
    };
    let result = world.lend(carla, wrong);
    assert_eq!(
        codes(result.clone()),
        [
            "CAPABILITY_INVALID",
            "IDENTITY_DEACTIVATED",
            "DELEGATION_REVOKED",
            "DELEGATION_EXPIRED",
            "DELEGATION_FOREIGN",
            "DELEGATION_DEPTH",
            "DELEGATION_EXCEEDS",
            "DELEGATION_REALM",
        ]
    );
    assert_eq!(code(result), "DELEGATION_INVALID");
    assert_eq!(world.directory.delegations().len(), 1, "nothing is stored");
}

#[test]
fn only_who_lent_takes_back_and_once_is_enough() {
    let mut world = World::new();
    let [anna, bert, ..] = people(&mut world);
    let id = world.lend(anna, lends(bert)).expect("good");
    assert_eq!(code(world.says_in(1, bert, takes_back(id))), "DELEGATION_FOREIGN");
    let nothing = EventId::of(b"nothing");
    assert_eq!(code(world.says_in(1, anna, takes_back(nothing))), "DELEGATION_UNKNOWN");
    let first = world.says_in(1, anna, takes_back(id)).expect("its delegator");
    world.says_in(1, anna, takes_back(id)).expect("changes nothing");
    let delegation = world.directory.delegations().find(&id).expect("permanent");
    assert_eq!(delegation.revoked.map(|(event, _)| event), Some(first));
    assert_eq!(state(&world, id, START_US), DelegationState::Revoked);
}

#[test]
fn whatever_ends_a_link_ends_all_that_follow_it() {
    let mut world = World::new();
    let [anna, bert, carla, dora] = people(&mut world);
    let first = Delegation { max_depth: 2, expires_at_us: Some(START_US + 10), ..lends(bert) };
    let first = world.lend(anna, first).expect("good");
    let second = Delegation { via: Some(first), max_depth: 1, ..lends(carla) };
    let second = world.lend(bert, second).expect("good");
    let third = world.lend(carla, Delegation { via: Some(second), ..lends(dora) }).expect("good");
    assert_eq!(may(&world, dora, "*", START_US), Ok(vec![first, second, third]));

    assert_eq!(state(&world, third, START_US + 10), DelegationState::Broken);
    assert_eq!(
        may(&world, dora, "*", START_US + 10),
        Err(vec!["DELEGATION_REQUIRED", "DELEGATION_EXPIRED"])
    );

    let mut revoked = world.clone();
    revoked.says_in(1, anna, takes_back(first)).expect("its delegator");
    for id in [second, third] {
        assert_eq!(state(&revoked, id, START_US), DelegationState::Broken);
    }
    assert!(
        may(&revoked, dora, "*", START_US).is_err() && may(&revoked, carla, "*", START_US).is_err()
    );

    let mut gone = world.clone();
    gone.says(bert, ended(bert.id)).expect("itself");
    assert_eq!(state(&gone, third, START_US), DelegationState::Broken);
    assert_eq!(
        may(&gone, dora, "*", START_US),
        Err(vec!["DELEGATION_REQUIRED", "DELEGATION_BROKEN"])
    );
    assert!(may(&gone, bert, "*", START_US).is_err());

    world.says_in(1, carla, takes_back(third)).expect("its delegator");
    assert_eq!(state(&world, second, START_US), DelegationState::Live);
}

#[test]
fn the_best_chain_has_the_greatest_factors_then_the_smallest_id() {
    let mut world = World::new();
    let [anna, bert, carla, dora] = people(&mut world);
    let direct = Delegation { factor_ppm: 500_000, ..lends(dora) };
    world.lend(anna, direct.clone()).expect("good");
    let first = Delegation { factor_ppm: 800_000, max_depth: 2, ..lends(bert) };
    let first = world.lend(anna, first).expect("good");
    let last = Delegation { via: Some(first), factor_ppm: 700_000, ..lends(dora) };
    let a = world.lend(bert, last.clone()).expect("good");
    let b = world.lend(bert, last).expect("good");
    assert_eq!(may(&world, dora, "*", START_US), Ok(vec![first, a.min(b)]));
    // Longer, but of the same factors: the id decides.
    let second = Delegation { via: Some(first), max_depth: 1, ..lends(carla) };
    let second = world.lend(bert, second).expect("good");
    let longer = Delegation { via: Some(second), factor_ppm: 700_000, ..lends(dora) };
    let c = world.lend(carla, longer).expect("good");
    let best = may(&world, dora, "*", START_US).expect("a chain");
    assert_eq!(best.last(), Some(&a.min(b).min(c)));
    world.says_in(1, anna, takes_back(first)).expect("its delegator");
    assert_eq!(may(&world, dora, "*", START_US).expect("the direct one").len(), 1);
}

#[test]
fn the_factors_of_all_six_links_decide_which_chain_is_the_best() {
    for factors in [[900_000, 800_000], [800_000, 900_000]] {
        let mut world = World::new();
        let last = world.person(0);
        let ends = factors.map(|factor_ppm| {
            let mut lender = world.person(factor_ppm);
            let mut via = None;
            for max_depth in (0..=5u8).rev() {
                let delegate = match max_depth {
                    0 => last,
                    _ => world.person(factor_ppm + u32::from(max_depth)),
                };
                let whole = Delegation { via, max_depth, ..lends(delegate) };
                let link = match via {
                    None => Delegation { factor_ppm, ..whole },
                    Some(_) => whole,
                };
                via = Some(world.lend(lender, link).expect("depth remains"));
                lender = delegate;
            }
            via
        });
        let best = may(&world, last, "*", START_US).expect("two chains");
        assert_eq!(best.len(), 6);
        assert_eq!(best.last().copied(), ends[usize::from(factors[0] < factors[1])]);
    }
}

#[test]
fn a_refusal_tells_what_is_missing_in_the_chain_that_comes_nearest() {
    let mut world = World::new();
    let [anna, bert, ..] = people(&mut world);
    assert_eq!(may(&world, bert, "read:a", START_US), Err(vec!["DELEGATION_REQUIRED"]));
    let far = Delegation {
        capabilities: capabilities(&["read:b"]),
        expires_at_us: Some(START_US + 1),
        ..lends(bert)
    };
    world.says_in(2, anna, Body::Delegation(far)).expect("good");
    let near = Delegation { capabilities: capabilities(&["read:b"]), ..lends(bert) };
    world.lend(anna, near).expect("good");
    assert_eq!(
        may(&world, bert, "read:a", START_US + 1),
        Err(vec!["DELEGATION_REQUIRED", "DELEGATION_EXCEEDS"])
    );
}

#[test]
fn a_delegate_has_sixty_four_standing_delegations_from_one_beginning() {
    let mut world = World::new();
    let [anna, bert, carla, dora] = people(&mut world);
    let until = START_US + 10;
    let ids: Vec<EventId> = (0..MAX_STANDING_DELEGATIONS)
        .map(|at| {
            let end = (at > 0).then_some(until);
            let some = Delegation { expires_at_us: end, max_depth: 1, ..lends(bert) };
            world.lend(anna, some).expect("within the limit")
        })
        .collect();
    assert_eq!(code(world.lend(anna, lends(bert))), "DELEGATION_LIMIT");
    let mut later = world.clone();
    later.says_in(1, anna, takes_back(ids[5])).expect("its delegator");
    let future = Delegation { not_before_us: START_US + 1, ..lends(bert) };
    later.lend(anna, future).expect("one has ended");
    assert_eq!(code(later.lend(anna, lends(bert))), "DELEGATION_LIMIT", "its time will come");
    world.lend(carla, lends(bert)).expect("another beginning");
    world.lend(anna, lends(dora)).expect("another delegate");
    let mut revoked = world.clone();
    revoked.says_in(1, anna, takes_back(ids[5])).expect("its delegator");
    revoked.lend(anna, lends(bert)).expect("one has ended");
    assert_eq!(code(revoked.lend(anna, lends(bert))), "DELEGATION_LIMIT");
    world.close(until);
    for _ in 1..MAX_STANDING_DELEGATIONS {
        world.lend(anna, lends(bert)).expect("all but one have expired");
    }
    assert_eq!(code(world.lend(anna, lends(bert))), "DELEGATION_LIMIT");
    assert!(may(&world, bert, "*", until).is_ok());
}

#[test]
fn delegations_are_listed_newest_first_by_either_side() {
    let mut world = World::new();
    let [anna, bert, carla, _] = people(&mut world);
    let ids = [(anna, bert), (carla, bert), (anna, carla), (anna, bert)]
        .map(|(from, to)| world.lend(from, lends(to)).expect("good"));
    let list = |from: Option<Who>, to: Option<Who>, before| -> Vec<(usize, EventId)> {
        let all = world.directory.delegations();
        let list = all.list(from.map(|who| who.id), to.map(|who| who.id), before);
        list.map(|(position, link)| (position, link.created.0)).collect()
    };
    assert_eq!(list(Some(anna), None, None), [(3, ids[3]), (2, ids[2]), (0, ids[0])]);
    assert_eq!(list(None, Some(bert), None), [(3, ids[3]), (1, ids[1]), (0, ids[0])]);
    assert_eq!(list(Some(anna), Some(bert), None), [(3, ids[3]), (0, ids[0])]);
    assert_eq!(list(Some(anna), None, Some(3)), [(2, ids[2]), (0, ids[0])]);
    assert!(list(None, None, None).is_empty());
    let stranger = who(erynoa_kernel::Namespace::SelfHood, 99);
    assert!(list(Some(stranger), None, None).is_empty());
}

#[test]
fn every_delegation_is_counted_also_when_it_has_ended() {
    let mut world = World::new();
    assert!(world.directory.delegations().is_empty());
    let [anna, bert, carla, _] = people(&mut world);
    let id = world.lend(anna, lends(bert)).expect("good");
    world.lend(bert, lends(carla)).expect("good");
    world.says_in(1, anna, takes_back(id)).expect("its delegator");
    assert_eq!(world.directory.delegations().len(), 2);
    assert!(!world.directory.delegations().is_empty());
}

#[test]
fn a_search_over_all_beginnings_looks_at_4096_delegations() {
    let mut world = World::new();
    let bert = world.person(0);
    let mut people: Vec<Who> = (1..=4_097).map(|number| world.person(number)).collect();
    people.sort_by_key(|who| who.id);
    for (at, delegator) in people.iter().enumerate() {
        let text = match at {
            4_095 => "write:last",
            4_096 => "write:beyond",
            _ => "read:a",
        };
        let some = Delegation { capabilities: capabilities(&[text]), ..lends(bert) };
        world.lend(*delegator, some).expect("good");
    }
    assert!(may(&world, bert, "write:last", START_US).is_ok());
    assert!(may(&world, bert, "write:beyond", START_US).is_err());
}
