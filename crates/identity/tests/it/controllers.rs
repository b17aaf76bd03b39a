//! Chains of controllers: short, open, and ending in somebody.

use erynoa_events::KeyDirectory;
use erynoa_identity::MAX_CONTROLLERS;
use erynoa_kernel::{IdentityId, Namespace};
use proptest::prelude::*;

use crate::world::{Who, World, added, code, codes, creation, ended, handed, key, revoked, who};

/// An agent below an agent below … a person: number 0 is the person.
fn chain(world: &mut World, first: u32, links: u32) -> Vec<Who> {
    let mut chain = vec![world.person(first)];
    for number in first + 1..=first + links {
        let above = *chain.last().expect("not empty");
        chain.push(world.agent(number, above));
    }
    chain
}

#[test]
fn who_needs_a_controller_names_one_and_nobody_else_does() {
    let mut world = World::new();
    let anna = world.person(1);
    for (at, namespace) in (10..).zip(Namespace::ALL) {
        let with = world.born(at, creation(namespace, Some(anna)));
        let without = world.born(at + 100, creation(namespace, None));
        if namespace.needs_controller() {
            assert!(with.is_ok());
            assert_eq!(code(without), "CONTROLLER_REQUIRED");
        } else {
            assert_eq!(code(with), "CONTROLLER_INVALID");
            assert!(without.is_ok());
        }
    }
}

#[test]
fn a_controller_consents_with_a_live_key_and_ends_in_a_self_or_guild() {
    let mut world = World::new();
    let anna = world.person(1);
    world.says(anna, added(key(2), &[erynoa_events::KeyPurpose::Assertion])).expect("a key");
    world.says(anna, revoked(key(2))).expect("a live key");
    let dead = Who { key: key(2), ..anna };
    let nobody = who(Namespace::SelfHood, 77);
    let service = world.create(Namespace::Craft, 3);
    for controller in [dead, nobody, service, Who { key: service.key, ..anna }] {
        let refused = world.born(20, creation(Namespace::Thing, Some(controller)));
        assert_eq!(code(refused), "CONTROLLER_INVALID");
    }
    let guild = world.create(Namespace::Guild, 4);
    assert!(world.born(20, creation(Namespace::Thing, Some(guild))).is_ok());
}

#[test]
fn a_chain_has_sixteen_links_and_no_more() {
    let mut world = World::new();
    let chain = chain(&mut world, 0, 16);
    assert_eq!(chain.len() - 1, MAX_CONTROLLERS);
    let lowest = *chain.last().expect("not empty");
    assert_eq!(world.directory.root_of(&lowest.id), chain[0].id);
    let refused = world.born(100, creation(Namespace::Spirit, Some(lowest)));
    assert_eq!(code(refused), "CONTROLLER_DEPTH");
}

#[test]
fn a_chain_that_is_hung_below_another_counts_as_a_whole() {
    let mut world = World::new();
    let long = chain(&mut world, 0, 10);
    let short = chain(&mut world, 100, 6);
    let top = short[1];
    // 10 above, the identity itself and 5 below it: 16 links.
    world.says(short[0], handed(top.id, long[10])).expect("as long as it may be");
    let lowest = short[6];
    assert_eq!(world.directory.root_of(&lowest.id), long[0].id);
    let refused = world.born(200, creation(Namespace::Spirit, Some(lowest)));
    assert_eq!(code(refused), "CONTROLLER_DEPTH");
    world.says(long[10], handed(top.id, short[0])).expect("back");
    world.agent(200, lowest);
    let refused = world.says(short[0], handed(top.id, long[10]));
    assert_eq!(code(refused), "CONTROLLER_DEPTH");
}

#[test]
fn a_circle_of_controllers_is_refused() {
    let mut world = World::new();
    let chain = chain(&mut world, 0, 4);
    for below in &chain[1..] {
        let refused = world.says(chain[0], handed(chain[1].id, *below));
        assert_eq!(code(refused), "CONTROLLER_CYCLE");
    }
}

#[test]
fn only_the_present_controller_hands_an_identity_on() {
    let mut world = World::new();
    let chain = chain(&mut world, 0, 2);
    let bert = world.person(50);
    for other in [bert, chain[0], chain[2]] {
        assert_eq!(code(world.says(other, handed(chain[2].id, bert))), "CONTROLLER_FOREIGN");
    }
    world.says(chain[1], handed(chain[2].id, bert)).expect("the present controller");
    assert_eq!(world.directory.root_of(&chain[2].id), bert.id);
    assert_eq!(code(world.says(chain[1], handed(chain[2].id, bert))), "CONTROLLER_FOREIGN");
    let person = world.says(bert, handed(chain[0].id, bert));
    assert_eq!(code(person), "CONTROLLER_FOREIGN");
    let unknown = world.says(bert, handed(who(Namespace::Spirit, 99).id, bert));
    assert_eq!(code(unknown), "IDENTITY_UNKNOWN");
}

#[test]
fn everything_that_is_wrong_with_a_new_controller_is_said_at_once() {
    let mut world = World::new();
    let chain = chain(&mut world, 0, 3);
    let bert = world.person(50);
    let dead = Who { key: key(999), ..chain[2] };
    assert_eq!(
        codes(world.says(bert, handed(chain[1].id, dead))),
        ["CONTROLLER_FOREIGN", "CONTROLLER_INVALID", "CONTROLLER_CYCLE"]
    );
    assert_eq!(code(world.says(bert, handed(chain[1].id, dead))), "CONTROLLER_INVALID");
}

#[test]
fn a_deactivated_identity_neither_takes_nor_is_handed_over() {
    let mut world = World::new();
    let chain = chain(&mut world, 0, 2);
    let bert = world.person(50);
    world.says(bert, ended(bert.id)).expect("itself");
    assert_eq!(code(world.says(chain[0], handed(chain[1].id, bert))), "CONTROLLER_INVALID");
    world.says(chain[0], ended(chain[1].id)).expect("its controller");
    let carla = world.person(51);
    assert_eq!(code(world.says(chain[0], handed(chain[1].id, carla))), "IDENTITY_DEACTIVATED");
}

#[test]
fn those_that_an_identity_controls_are_listed_newest_first() {
    let mut world = World::new();
    let anna = world.person(1);
    let bert = world.person(2);
    let agents: Vec<Who> = (10..15).map(|number| world.agent(number, anna)).collect();
    let ids = |world: &World, of: Who, before, limit| -> Vec<IdentityId> {
        let page = world.directory.controlled_by(&of.id, before, limit);
        page.iter().map(|(_, identity)| identity.did.identity).collect()
    };
    let newest_first: Vec<IdentityId> = agents.iter().rev().map(|agent| agent.id).collect();
    assert_eq!(ids(&world, anna, None, 100), newest_first);
    let (cursor, _) = world.directory.controlled_by(&anna.id, None, 2)[1];
    assert_eq!(ids(&world, anna, Some(cursor), 2), newest_first[2..4]);
    world.says(anna, handed(agents[2].id, bert)).expect("its controller");
    assert_eq!(ids(&world, bert, None, 100), [agents[2].id]);
    assert!(!ids(&world, anna, None, 100).contains(&agents[2].id));
    assert!(ids(&world, agents[0], None, 100).is_empty());
}

/// Number of agents in the random forests, more than a chain can have.
const AGENTS: usize = 22;

/// Links above an agent, by the parents alone; `None` in a circle.
fn depth(parents: &[usize], agent: usize) -> Option<usize> {
    let above = |&at: &usize| (at < AGENTS).then(|| parents[at]);
    let links = std::iter::successors(Some(agent), above).take(AGENTS + 2).count() - 1;
    (links <= AGENTS).then_some(links)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Agents are handed round at random: what is accepted is exactly what
    /// leaves every chain open and short, computed from nothing but who
    /// controls whom.
    #[test]
    fn chains_stay_open_and_short_whatever_is_handed_on(
        steps in prop::collection::vec((0..AGENTS, 0..AGENTS + 2, 0u8..4), 1..80),
    ) {
        let mut world = World::new();
        let people = [world.person(1000), world.person(1001)];
        let agents: Vec<Who> =
            (0..).zip([people[0], people[1]].into_iter().cycle().take(AGENTS)).map(|(number, above)| world.agent(number, above)).collect();
        let all: Vec<Who> = agents.iter().chain(&people).copied().collect();
        let mut parents: Vec<usize> = (0..AGENTS).map(|number| AGENTS + number % 2).collect();
        for (agent, other, how) in steps {
            // Mostly long chains: below the neighbour.
            let next = if how > 0 && agent > 0 { agent - 1 } else { other };
            let mut moved = parents.clone();
            moved[agent] = next;
            let depths: Vec<Option<usize>> = (0..AGENTS).map(|a| depth(&moved, a)).collect();
            let circle = depths.iter().any(Option::is_none);
            let long = depths.iter().flatten().any(|&links| links > MAX_CONTROLLERS);
            let result = world.says(all[parents[agent]], handed(all[agent].id, all[next]));
            match (circle, long) {
                (true, _) => prop_assert_eq!(code(result), "CONTROLLER_CYCLE"),
                (false, true) => prop_assert_eq!(code(result), "CONTROLLER_DEPTH"),
                (false, false) => {
                    prop_assert!(result.is_ok());
                    parents = moved;
                }
            }
            for at in 0..AGENTS {
                let root = std::iter::successors(Some(at), |&at| (at < AGENTS).then(|| parents[at]))
                    .last()
                    .expect("not empty");
                prop_assert_eq!(world.directory.root_of(&all[at].id), all[root].id);
            }
        }
    }
}
