//! Government from draft to execution.

use erynoa_events::{
    Body, CredentialIssued, Custom, Isolation, JoinPolicy, Proposal, ProposalKind, ProposalOutcome,
    RealmRulesChanged, Rule, RuleParameters,
};
use erynoa_kernel::{EventId, RealmId};
use erynoa_realms::{MemberState, Phase, TallyView};
use proptest::prelude::*;

use crate::world::{
    HOUR_US, People, World, excludes, least, proposal, realm, root, rule, sets, veto, vote, who,
};

pub fn person(n: u8) -> Body {
    Body::CredentialIssued(CredentialIssued {
        subject: who(n),
        credential_type: "person".to_owned(),
        claim: String::new(),
        content_hash: None,
        expires_at_us: None,
    })
}

/// Realm 1 with verified members 1 to `voters`, each of governance norm 0.5.
pub fn council(voters: u8) -> World {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    for n in 2..=voters {
        world.enter(realm(1), n);
        world.say(who(1), realm(1), person(n)).expect("founders issue");
    }
    for n in 1..=voters {
        world.trust.values.insert((realm(1), who(n)), [500_000; 6]);
    }
    world
}

pub fn phase(world: &World, id: EventId) -> Phase {
    world.fold.proposal(&id).expect("known").phase
}

pub fn changes(rules: Vec<Rule>) -> Proposal {
    sets(ProposalKind::Parameter, rules)
}

#[test]
fn a_proposal_runs_from_draft_to_execution_and_changes_the_rules() {
    let mut world = council(3);
    let id = world.propose(2, realm(1), changes(vec![least(600_000)]));
    assert_eq!(phase(&world, id), Phase::Draft);
    assert_eq!(world.refused(who(2), realm(1), Body::Vote(vote(id, 1))), ["PROPOSAL_PHASE"]);

    world.pass(5);
    assert_eq!(phase(&world, id), Phase::Discussion);
    let mut comment = world.event(
        who(3),
        realm(1),
        Body::Custom(Custom { type_number: 1, version: 1, data: b"why?".to_vec().into() }),
    );
    comment.parents = vec![id];
    world.apply(&comment);
    assert_eq!(world.fold.proposal(&id).expect("known").comments.len(), 1);
    assert_eq!(world.fold.next_deadline_us(), Some(world.now_us + 48 * HOUR_US));

    world.pass(48 * HOUR_US - 1);
    assert_eq!(phase(&world, id), Phase::Discussion);
    world.pass(1);
    assert_eq!(phase(&world, id), Phase::Voting);

    world.vote(1, realm(1), id, 3).expect("a verified member");
    world.vote(2, realm(1), id, -1).expect("a verified member");
    world.pass(72 * HOUR_US - 1);
    assert_eq!(phase(&world, id), Phase::Voting);
    world.pass(1);
    assert_eq!(phase(&world, id), Phase::Timelock);
    assert_eq!(world.fold.next_deadline_us(), Some(world.now_us + 24 * HOUR_US));

    world.pass(24 * HOUR_US - 1);
    assert!(world.fold.due().is_empty());
    assert_eq!(world.fold.effective(&realm(1)).expect("exists").min_trust.value, 0);
    world.pass(1);
    let said = world.announce();
    assert_eq!(
        said[0],
        Body::RealmRulesChanged(RealmRulesChanged {
            proposal: id,
            set: vec![least(600_000)],
            removed: vec![]
        })
    );
    let Body::ProposalClosed(closed) = &said[1] else { panic!("{:?}", said[1]) };
    assert_eq!(
        (closed.proposal, closed.proposer, closed.outcome),
        (id, who(2), ProposalOutcome::Executed)
    );
    assert_eq!((closed.tally_for, closed.tally_against), (1_500_000, 500_000));
    assert_eq!((closed.voters, closed.eligible), (2, 3));
    assert_eq!((closed.veto_weight, closed.eligible_weight), (0, 1_500_000));
    assert_eq!(said.len(), 2);
    assert_eq!(phase(&world, id), Phase::Executed);
    assert_eq!(world.fold.effective(&realm(1)).expect("exists").min_trust.value, 600_000);
    assert_eq!(world.fold.open_proposals(&realm(1)), 0);
    assert_eq!(world.fold.next_deadline_us(), None);
}

#[test]
fn only_what_the_realms_have_decided_next_is_announced() {
    let mut world = council(1);
    let id = world.propose(1, realm(1), changes(vec![least(600_000)]));
    world.begin_voting();
    world.vote(1, realm(1), id, 1).expect("votes");
    world.pass(72 * HOUR_US);
    world.pass(24 * HOUR_US);
    let due = world.fold.due();
    let log = world.fold.log_identity();
    let refused = |world: &World, (at, body): &(RealmId, Body)| {
        world.judge(&world.event(log, *at, body.clone())).expect_err("not next").code
    };
    assert_eq!(refused(&world, &due[1]), "PROPOSAL_PHASE");
    let mut other = due[0].clone();
    if let Body::RealmRulesChanged(changed) = &mut other.1 {
        changed.set[0] = least(599_999);
    }
    assert_eq!(refused(&world, &other), "PROPOSAL_PHASE");
    assert_eq!(world.refused(who(1), realm(1), due[0].1.clone()), ["PROPOSAL_PHASE"]);
    assert_eq!(world.announce().len(), 2);
    assert_eq!(refused(&world, &due[1]), "PROPOSAL_PHASE");
}

#[test]
fn what_passes_waits_as_long_as_its_kind_asks() {
    let member = Proposal { member: Some(who(2)), ..proposal(ProposalKind::Member) };
    let isolation = rule("closed", RuleParameters::Isolation(Isolation::Strict));
    let judges = rule("judges", RuleParameters::Judges(vec![who(1)]));
    for (said, hours) in [
        (changes(vec![least(1)]), 24),
        (proposal(ProposalKind::Treasury), 48),
        (sets(ProposalKind::Rule, vec![isolation]), 72),
        (member, 24),
        (sets(ProposalKind::Governance, vec![judges]), 168),
    ] {
        let mut world = council(2);
        let id = world.propose(1, realm(1), said.clone());
        world.begin_voting();
        world.vote(1, realm(1), id, 1).expect("votes");
        world.pass(72 * HOUR_US);
        assert_eq!(phase(&world, id), Phase::Timelock, "{:?}", said.kind);
        world.pass(hours * HOUR_US - 1);
        assert!(world.fold.due().is_empty(), "{:?}", said.kind);
        world.pass(1);
        let effects = usize::from(said.kind != ProposalKind::Treasury);
        assert_eq!(world.announce().len(), effects + 1, "{:?}", said.kind);
        assert_eq!(phase(&world, id), Phase::Executed, "{:?}", said.kind);
    }
}

#[test]
fn a_decision_excludes_a_member() {
    let mut world = council(4);
    let said = Proposal { member: Some(who(2)), ..proposal(ProposalKind::Member) };
    let id = world.propose(1, realm(1), said);
    world.begin_voting();
    for (n, votes) in [(1, 1), (3, 2), (4, 1), (2, -1)] {
        world.vote(n, realm(1), id, votes).expect("votes");
    }
    world.pass(72 * HOUR_US);
    world.pass(24 * HOUR_US);
    assert_eq!(world.announce()[0], excludes(2, id));
    assert_eq!(world.fold.member_state(&realm(1), &who(2)), MemberState::Banned);
    assert_eq!(world.fold.find(&realm(1)).expect("exists").members.active(), 3);
}

#[test]
fn at_the_threshold_and_below_the_quorum_a_proposal_is_defeated() {
    let ends = |votes: &[(u8, i8)], voters: u8| {
        let mut world = council(voters);
        let id = world.propose(1, realm(1), changes(vec![least(1)]));
        world.begin_voting();
        for &(n, votes) in votes {
            world.vote(n, realm(1), id, votes).expect("votes");
        }
        world.pass(72 * HOUR_US);
        world.announce();
        phase(&world, id)
    };
    assert_eq!(ends(&[(1, 2), (2, -2)], 2), Phase::Defeated);
    assert_eq!(ends(&[(1, 3), (2, -2)], 2), Phase::Timelock);
    assert_eq!(ends(&[], 2), Phase::Defeated);
    assert_eq!(ends(&[(1, 1)], 10), Phase::Timelock);
    assert_eq!(ends(&[(1, 1)], 11), Phase::Defeated);
}

#[test]
fn a_third_of_the_weight_vetoes_in_the_first_12_hours_of_the_timelock() {
    let mut world = council(3);
    let id = world.propose(1, realm(1), changes(vec![least(1)]));
    world.begin_voting();
    assert_eq!(
        world.refused(who(3), realm(1), veto(id)),
        ["VOTER_UNVERIFIED", "PROPOSAL_PHASE"][1..]
    );
    world.vote(1, realm(1), id, 1).expect("votes");
    world.pass(72 * HOUR_US);
    world.pass(12 * HOUR_US - 1);
    world.say(who(3), realm(1), veto(id)).expect("within 12 hours");
    assert_eq!(world.refused(who(3), realm(1), veto(id)), ["VOTE_DUPLICATE"]);
    assert_eq!(world.refused(who(3), realm(1), Body::Vote(vote(id, 1))), ["PROPOSAL_PHASE"]);
    world.pass(1);
    let said = world.announce();
    let Body::ProposalClosed(closed) = &said[0] else { panic!("{:?}", said[0]) };
    assert_eq!((closed.outcome, said.len()), (ProposalOutcome::Vetoed, 1));
    assert_eq!((closed.veto_weight, closed.eligible_weight), (500_000, 1_500_000));
    assert_eq!(phase(&world, id), Phase::Vetoed);
    assert_eq!(world.fold.effective(&realm(1)).expect("exists").min_trust.value, 0);
}

#[test]
fn vetoes_come_too_late_after_12_hours_and_from_who_could_not_vote() {
    let mut world = council(3);
    let id = world.propose(1, realm(1), changes(vec![least(1)]));
    world.begin_voting();
    world.vote(1, realm(1), id, 1).expect("votes");
    world.pass(72 * HOUR_US);
    world.enter(realm(1), 4);
    world.say(who(1), realm(1), person(4)).expect("founders issue");
    assert_eq!(world.refused(who(4), realm(1), veto(id)), ["VOTER_UNVERIFIED"]);
    world.pass(12 * HOUR_US);
    assert_eq!(world.refused(who(3), realm(1), veto(id)), ["PROPOSAL_PHASE"]);
}

#[test]
fn a_quarter_of_the_weight_does_not_veto() {
    let mut world = council(4);
    let id = world.propose(1, realm(1), changes(vec![least(1)]));
    world.begin_voting();
    world.vote(1, realm(1), id, 1).expect("votes");
    world.pass(72 * HOUR_US);
    world.say(who(3), realm(1), veto(id)).expect("within 12 hours");
    world.pass(24 * HOUR_US);
    world.announce();
    assert_eq!(phase(&world, id), Phase::Executed);
}

#[test]
fn only_verified_members_vote_and_only_once() {
    let mut world = council(2);
    world.enter(realm(1), 5);
    world.enter(realm(1), 101);
    world.say(who(1), realm(1), person(6)).expect("founders issue");
    world.say(who(1), root(), person(101)).expect("founders issue");
    let id = world.propose(1, realm(1), changes(vec![least(1)]));
    world.begin_voting();
    let votes = || Body::Vote(vote(id, 1));
    assert_eq!(world.refused(who(5), realm(1), votes()), ["VOTER_UNVERIFIED"]);
    // An agent is no person, whatever somebody certifies.
    assert_eq!(world.refused(who(101), realm(1), votes()), ["VOTER_UNVERIFIED"]);
    assert_eq!(world.refused(who(6), realm(1), votes()), ["MEMBER_REQUIRED"]);
    assert_eq!(world.refused(who(9), realm(1), votes()), ["MEMBER_REQUIRED", "VOTER_UNVERIFIED"]);
    world.vote(2, realm(1), id, 1).expect("a verified member");
    assert_eq!(world.refused(who(2), realm(1), votes()), ["VOTE_DUPLICATE"]);
    assert_eq!(world.refused(who(2), root(), votes()), ["PROPOSAL_UNKNOWN"]);
    // Verified in a realm above counts.
    world.say(who(1), root(), person(5)).expect("founders issue");
    assert!(world.refused(who(5), realm(1), votes()).is_empty());
}

#[test]
fn credits_are_one_hundred_per_person_and_epoch_over_all_realms() {
    let mut world = council(2);
    world.found(realm(2), root(), 2, vec![least(0)]);
    let here = world.propose(1, realm(1), changes(vec![least(1)]));
    let there = world.propose(2, realm(2), changes(vec![least(1)]));
    let third = world.propose(1, realm(1), changes(vec![least(2)]));
    world.begin_voting();
    world.vote(2, realm(1), here, 8).expect("64");
    assert_eq!(
        world.refused(who(2), realm(2), Body::Vote(vote(there, 7))),
        ["VOTE_CREDITS_EXCEEDED"]
    );
    world.vote(2, realm(2), there, -6).expect("36");
    assert_eq!(world.fold.credits_left(&who(2)), 0);
    assert_eq!(
        world.refused(who(2), realm(1), Body::Vote(vote(third, 1))),
        ["VOTE_CREDITS_EXCEEDED"]
    );
    assert!(world.refused(who(1), realm(1), Body::Vote(vote(third, 10))).is_empty());
    world.pass(1);
    assert_eq!(world.fold.credits_left(&who(2)), 100);
    world.vote(2, realm(1), third, 10).expect("a new epoch");
}

#[test]
fn a_vote_weighs_what_its_voter_was_worth_at_the_epoch_before_it() {
    let mut world = council(2);
    let id = world.propose(1, realm(1), changes(vec![least(1)]));
    world.begin_voting();
    world.vote(2, realm(1), id, 2).expect("votes");
    world.trust.values.insert((realm(1), who(2)), [900_000; 6]);
    world.pass(1);
    let tally = world.fold.proposal(&id).expect("known").tally;
    assert_eq!((tally.votes_for, tally.votes_against, tally.voters), (1_000_000, 0, 1));
    let ballot = world.fold.proposal(&id).expect("known").ballots[0];
    assert_eq!((ballot.voter, ballot.votes, ballot.norm_ppm), (who(2), 2, 500_000));
}

#[test]
fn a_rule_shortens_the_times_of_proposals_that_come_after_it() {
    let mut world = World::new();
    let times =
        RuleParameters::GovernanceTimes { discussion_s: 3_600, voting_s: 7_200, timelock_s: 3_600 };
    world.found(realm(1), root(), 1, vec![least(0), rule("times", times)]);
    world.trust.values.insert((realm(1), who(1)), [500_000; 6]);
    let id = world.propose(1, realm(1), proposal(ProposalKind::Treasury));
    world.pass(1);
    world.pass(HOUR_US - 1);
    assert_eq!(phase(&world, id), Phase::Discussion);
    world.pass(1);
    assert_eq!(phase(&world, id), Phase::Voting);
    world.vote(1, realm(1), id, 1).expect("votes");
    world.pass(2 * HOUR_US);
    assert_eq!(phase(&world, id), Phase::Timelock);
    // Vetoes are taken no longer than the timelock lasts.
    let proposal = world.fold.proposal(&id).expect("known");
    assert_eq!(proposal.veto_until_us(), proposal.executes_at_us());
    world.pass(HOUR_US);
    world.announce();
    assert_eq!(phase(&world, id), Phase::Executed);
}

#[test]
fn a_change_that_would_loosen_by_now_is_defeated() {
    let mut world = council(1);
    world.found(realm(2), realm(1), 1, Vec::new());
    world.trust.values.insert((realm(2), who(1)), [500_000; 6]);
    let below = world.propose(
        1,
        realm(2),
        changes(vec![rule("own", RuleParameters::MinTrust { norm_ppm: 100_000 })]),
    );
    let above = world.propose(1, realm(1), changes(vec![least(400_000)]));
    world.begin_voting();
    for (at, id) in [(realm(1), above), (realm(2), below)] {
        world.vote(1, at, id, 1).expect("votes");
    }
    world.pass(72 * HOUR_US);
    // The stricter rule above is in force before the proposal below is due.
    let log = world.fold.log_identity();
    let stricter =
        RealmRulesChanged { proposal: above, set: vec![least(400_000)], removed: vec![] };
    let event = world.event(log, realm(1), Body::RealmRulesChanged(stricter));
    world.apply(&event);
    world.pass(24 * HOUR_US);
    world.announce();
    assert_eq!(phase(&world, below), Phase::Defeated);
    assert_eq!(world.fold.rules(&realm(2)).len(), 1);
}

#[test]
fn the_parts_of_a_proposal_fit_its_kind() {
    let mut world = council(2);
    world.found(
        realm(2),
        realm(1),
        1,
        vec![rule("here", RuleParameters::MinTrust { norm_ppm: 1 })],
    );
    let refused = |said: Proposal| world.refused(who(1), realm(2), Body::Proposal(said));
    let join = || rule("join", RuleParameters::Join(JoinPolicy::Vote));
    let mismatch = ["PROPOSAL_KIND_MISMATCH"];
    assert_eq!(refused(sets(ProposalKind::Parameter, vec![join()])), mismatch);
    assert!(refused(sets(ProposalKind::Rule, vec![join()])).is_empty());
    assert_eq!(refused(sets(ProposalKind::Governance, vec![join()])), mismatch);
    assert_eq!(refused(sets(ProposalKind::Treasury, vec![join()])), mismatch);
    assert_eq!(refused(sets(ProposalKind::Rule, vec![])), mismatch);
    let removes = |kind, id: &str| Proposal { removed: vec![id.to_owned()], ..proposal(kind) };
    assert!(refused(removes(ProposalKind::Parameter, "here")).is_empty());
    assert_eq!(refused(removes(ProposalKind::Rule, "here")), mismatch);
    assert_eq!(refused(removes(ProposalKind::Parameter, "least")), ["RULE_UNKNOWN"]);
    // A rule under the id of one of another kind.
    let disguised = rule("here", RuleParameters::Join(JoinPolicy::Vote));
    assert_eq!(refused(sets(ProposalKind::Rule, vec![disguised])), mismatch);
    let about = |kind, member, admit| Proposal { member, admit, ..proposal(kind) };
    assert_eq!(refused(about(ProposalKind::Member, None, false)), mismatch);
    assert_eq!(refused(about(ProposalKind::Treasury, Some(who(1)), false)), mismatch);
    assert_eq!(refused(about(ProposalKind::Member, Some(who(9)), false)), ["MEMBER_REQUIRED"]);
    assert_eq!(refused(about(ProposalKind::Member, Some(who(1)), true)), ["ALREADY_MEMBER"]);
    assert!(refused(about(ProposalKind::Member, Some(who(9)), true)).is_empty());
    assert_eq!(
        world.refused(who(9), realm(1), Body::Proposal(proposal(ProposalKind::Treasury))),
        ["MEMBER_REQUIRED"]
    );
}

#[test]
fn a_root_identity_has_at_most_five_open_proposals_in_a_realm() {
    let mut world = council(1);
    let said = || Body::Proposal(proposal(ProposalKind::Treasury));
    for _ in 0..5 {
        world.say(who(1), realm(1), said()).expect("five");
    }
    assert_eq!(world.refused(who(1), realm(1), said()), ["PROPOSAL_LIMIT"]);
    assert_eq!(world.refused(who(101), realm(1), said()), ["PROPOSAL_LIMIT"]);
    world.begin_voting();
    world.pass(72 * HOUR_US);
    assert!(world.refused(who(1), realm(1), said()).is_empty());
}

#[test]
fn a_preview_says_what_a_vote_costs_and_changes() {
    let mut world = council(3);
    let id = world.propose(1, realm(1), changes(vec![least(1)]));
    world.begin_voting();
    world.vote(1, realm(1), id, -1).expect("votes");
    let preview =
        world.fold.preview_vote(&who(2), &vote(id, 3), &world.trust, &People).expect("known");
    assert!(preview.violations.is_empty());
    assert_eq!((preview.credits_left, preview.cost, preview.norm_ppm), (100, 9, 500_000));
    assert_eq!((preview.tally.0.votes_for, preview.tally.1.votes_for), (0, 1_500_000));
    assert_eq!(preview.eligible, (3, 1_500_000));
    world.vote(2, realm(1), id, 3).expect("as previewed");
    let proposal = world.fold.proposal(&id).expect("known");
    assert_eq!(proposal.tally, preview.tally.1);
    let view: TallyView = world.fold.tally(proposal, &world.trust, &People);
    assert_eq!((view.share_ppm, view.threshold_ppm), (750_000, 500_000));
    assert_eq!((view.turnout_ppm, view.quorum_ppm), (666_666, 100_000));
    assert_eq!((view.veto_ppm, view.veto_threshold_ppm), (0, 330_000));
}

#[test]
fn in_the_root_realm_founders_and_verified_persons_vote() {
    let mut world = World::new();
    world.say(who(1), root(), person(2)).expect("founders issue");
    let id = world.propose(9, root(), proposal(ProposalKind::Treasury));
    world.begin_voting();
    let view = world.fold.tally(world.fold.proposal(&id).expect("known"), &world.trust, &People);
    assert_eq!(view.eligible, 2);
    world.vote(2, root(), id, 1).expect("verified");
    assert_eq!(world.refused(who(9), root(), Body::Vote(vote(id, 1))), ["VOTER_UNVERIFIED"]);
}

#[test]
fn whoever_was_deactivated_does_not_count_among_the_eligible() {
    let mut world = World::new();
    world.found(realm(1), root(), 98, vec![least(0)]);
    world.enter(realm(1), 2);
    world.say(who(98), realm(1), person(2)).expect("founders issue");
    let id = world.propose(2, realm(1), proposal(ProposalKind::Treasury));
    let view = world.fold.tally(world.fold.proposal(&id).expect("known"), &world.trust, &People);
    assert_eq!(view.eligible, 1);
}

#[test]
fn a_proposal_shows_when_it_moves_on_and_what_it_replaces() {
    let mut world = council(1);
    let id = world.propose(1, realm(1), changes(vec![least(600_000)]));
    let created = world.now_us;
    world.pass(10);
    let proposal = world.fold.proposal(&id).expect("known");
    let times = [Phase::Draft, Phase::Discussion, Phase::Voting, Phase::Timelock, Phase::Executed]
        .map(|phase| proposal.reaches_us(phase));
    let begun = created + 10;
    let hours = |hours: u64| begun + hours * HOUR_US;
    assert_eq!(times, [created, begun, hours(48), hours(120), hours(144)]);
    assert_eq!(world.fold.touched_by(proposal), [&least(0)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// K21 over whole epochs: whatever is tried, nobody spends more than 100
    /// credits, and votes in any order of the epoch give one tally.
    #[test]
    fn k21_nobody_overspends_and_the_order_of_votes_does_not_matter(
        tries in prop::collection::vec((1u8..5, 0usize..3, -10i8..=10), 0..30),
    ) {
        let run = |tries: &[(u8, usize, i8)]| {
            let mut world = council(4);
            for n in 1..5u8 {
                world.trust.values.insert((realm(1), who(n)), [u32::from(n) * 111_111; 6]);
            }
            let ids: Vec<_> =
                (1..4).map(|n| world.propose(1, realm(1), changes(vec![least(n)]))).collect();
            world.begin_voting();
            let mut accepted = Vec::new();
            for &(n, at, votes) in tries.iter().filter(|(.., votes)| *votes != 0) {
                if world.vote(n, realm(1), ids[at], votes).is_ok() {
                    accepted.push((n, at, votes));
                }
            }
            let spent: Vec<u32> = (1..5).map(|n| 100 - world.fold.credits_left(&who(n))).collect();
            let tallies: Vec<_> =
                ids.iter().map(|id| world.fold.proposal(id).expect("known").tally).collect();
            (accepted, spent, tallies)
        };
        let (accepted, spent, tallies) = run(&tries);
        for (n, spent) in (1u8..5).zip(spent) {
            let cost: u32 = accepted.iter().filter(|(who, ..)| *who == n)
                .map(|(.., votes)| u32::from(votes.unsigned_abs()).pow(2)).sum();
            prop_assert_eq!(spent, cost);
            prop_assert!(cost <= 100);
        }
        let mut backwards = accepted.clone();
        backwards.reverse();
        prop_assert_eq!(run(&backwards).2, tallies);
    }
}
