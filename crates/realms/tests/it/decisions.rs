//! What has been decided and waits for the log's key to say so.

use erynoa_events::{Body, ProposalKind, RuleParameters};
use erynoa_kernel::RealmId;
use erynoa_realms::Phase;

use crate::governance::{council, phase};
use crate::world::{HOUR_US, least, realm, root, rule, sets, who};

#[test]
fn every_phase_has_the_name_of_the_protocol() {
    let phases = [
        Phase::Draft,
        Phase::Discussion,
        Phase::Voting,
        Phase::Timelock,
        Phase::Executed,
        Phase::Defeated,
        Phase::Vetoed,
    ];
    assert_eq!(
        phases.map(Phase::name),
        ["draft", "discussion", "voting", "timelock", "executed", "defeated", "vetoed"]
    );
}

/// Two changes of rules whose time comes in one epoch: how many of them that
/// epoch decides. Both are in force in the end.
fn decided_at_once(realms: [RealmId; 2]) -> usize {
    let mut world = council(1);
    world.found(realm(2), realm(1), 1, Vec::new());
    world.found(realm(3), root(), 1, vec![least(0)]);
    for n in [2, 3] {
        world.trust.values.insert((realm(n), who(1)), [500_000; 6]);
    }
    let mut ids = Vec::new();
    for (at, name) in realms.into_iter().zip(["first", "second"]) {
        let stricter = rule(name, RuleParameters::MinTrust { norm_ppm: 1_000 });
        ids.push(world.propose(1, at, sets(ProposalKind::Parameter, vec![stricter])));
    }
    world.begin_voting();
    for (at, id) in realms.into_iter().zip(&ids) {
        world.vote(1, at, *id, 1).expect("votes");
    }
    world.pass(72 * HOUR_US);
    world.pass(24 * HOUR_US);
    let said = world.announce();
    let changes = said.iter().filter(|body| matches!(body, Body::RealmRulesChanged(_))).count();
    world.pass(1);
    world.announce();
    assert_eq!([phase(&world, ids[0]), phase(&world, ids[1])], [Phase::Executed; 2]);
    changes
}

#[test]
fn a_change_of_rules_waits_for_one_here_above_or_below_and_not_for_one_beside() {
    assert_eq!(decided_at_once([realm(1), realm(1)]), 1);
    assert_eq!(decided_at_once([realm(1), realm(2)]), 1);
    assert_eq!(decided_at_once([realm(2), realm(1)]), 1);
    assert_eq!(decided_at_once([realm(1), realm(3)]), 2);
}
