//! Who may vote is counted as seldom as it can be, and what takes long is done
//! before it.

use std::cell::Cell;

use erynoa_events::{Body, Proposal, RealmLeft, RuleParameters};
use erynoa_kernel::{IdentityId, RealmId};
use erynoa_realms::{ParsedRules, TrustView};

use crate::governance::{changes, council};
use crate::world::{HOUR_US, People, Trust, World, least, realm, rule, who};

/// Trust that counts how often it is asked.
struct Asked<'a> {
    trust: &'a Trust,
    times: Cell<usize>,
}

impl TrustView for Asked<'_> {
    fn values_ppm(&self, realm: &RealmId, identity: &IdentityId) -> [u32; 6] {
        self.times.set(self.times.get() + 1);
        self.trust.values_ppm(realm, identity)
    }

    fn earned_values_ppm(&self, realm: &RealmId, identity: &IdentityId) -> [u32; 6] {
        self.trust.earned_values_ppm(realm, identity)
    }

    fn standing(&self, realm: &RealmId, identity: &IdentityId) -> (u32, bool) {
        self.trust.standing(realm, identity)
    }
}

#[test]
fn who_may_vote_is_counted_once_an_epoch_for_all_proposals_of_a_realm() {
    let mut world = council(4);
    let ids = [1, 2, 3].map(|n| world.propose(n, realm(1), changes(vec![least(u32::from(n))])));
    world.begin_voting();
    let asked = Asked { trust: &world.trust, times: Cell::new(0) };
    for id in ids.iter().chain(&ids) {
        let proposal = world.fold.proposal(id).expect("known");
        assert_eq!(world.fold.tally(proposal, &asked, &People).eligible, 4);
    }
    assert_eq!(asked.times.get(), 4, "four members, six questions");
    world.now_us += 72 * HOUR_US;
    world.fold.close(world.now_us, &asked, &People);
    assert_eq!(asked.times.get(), 8, "four members, three votings that end");
    assert!(ids.iter().all(|id| !world.fold.proposal(id).expect("known").is_open()));
}

#[test]
fn who_has_left_does_not_count_from_the_next_epoch_on() {
    let mut world = council(3);
    let id = world.propose(1, realm(1), changes(vec![least(1)]));
    world.begin_voting();
    let eligible = |world: &World| {
        let proposal = world.fold.proposal(&id).expect("known");
        world.fold.tally(proposal, &world.trust, &People).eligible
    };
    assert_eq!(eligible(&world), 3);
    world.say(who(3), realm(1), Body::RealmLeft(RealmLeft::default())).expect("leaving is free");
    world.pass(1);
    assert_eq!(eligible(&world), 2);
}

#[test]
fn what_was_parsed_before_a_proposal_is_checked_is_not_parsed_again() {
    let world = council(1);
    let expression = |cedar: &str| {
        changes(vec![rule("e", RuleParameters::Expression { cedar: cedar.to_owned() })])
    };
    let (good, bad) = (expression("permit(principal, action, resource);"), expression("allow all"));
    let codes = |said: &Proposal, parsed: &Proposal| {
        let parsed = ParsedRules::of(&parsed.set);
        let found = world.fold.check_parsed_proposal(&realm(1), &who(1), (said, &parsed), &People);
        found.iter().map(|violation| violation.code).collect::<Vec<_>>()
    };
    assert!(!codes(&good, &good).contains(&"RULE_INVALID"));
    assert!(codes(&bad, &bad).contains(&"RULE_INVALID"));
    assert!(!codes(&bad, &good).contains(&"RULE_INVALID"), "the text is not looked at again");
}
