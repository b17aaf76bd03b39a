//! Joining, leaving and coming back.

use erynoa_events::{
    Body, CredentialIssued, CredentialRevoked, Endorsement, JoinPolicy, Proposal, ProposalKind,
    RealmJoined, RuleParameters,
};
use erynoa_kernel::{PublicKey, Signature};
use erynoa_realms::MemberState;
use proptest::prelude::*;

use crate::world::{
    HOUR_US, People, World, join, joins, least, leaves, proposal, realm, root, rule, who,
};

fn endorsed_by(people: &[u8]) -> Body {
    let endorsement = |n: &u8| Endorsement {
        identity: who(*n),
        public_key: PublicKey::from_bytes([*n; 32]),
        signature: Signature::from_bytes([0; 64]),
    };
    let endorsements = people.iter().map(endorsement).collect();
    Body::RealmJoined(RealmJoined { from: None, endorsements })
}

fn issues(subject: u8, credential_type: &str, expires_at_us: Option<u64>) -> Body {
    Body::CredentialIssued(CredentialIssued {
        subject: who(subject),
        credential_type: credential_type.to_owned(),
        claim: String::new(),
        content_hash: None,
        expires_at_us,
    })
}

#[test]
fn an_open_realm_admits_whoever_meets_its_rules() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    world.say(who(5), realm(1), joins()).expect("open");
    assert_eq!(world.fold.member_state(&realm(1), &who(5)), MemberState::Member);
    assert_eq!(world.refused(who(5), realm(1), joins()), ["ALREADY_MEMBER"]);
    assert_eq!(world.fold.find(&realm(1)).expect("exists").members.active(), 2);
}

#[test]
fn everybody_is_a_member_of_the_root_and_nobody_leaves_it() {
    let world = World::new();
    assert!(world.fold.is_member(&root(), &who(9), &People));
    assert!(!world.fold.is_member(&root(), &who(200), &People));
    assert_eq!(world.refused(who(9), root(), joins()), ["ALREADY_MEMBER"]);
    assert_eq!(world.refused(who(9), root(), leaves()), ["MEMBER_REQUIRED"]);
}

#[test]
fn trust_is_carried_over_from_a_realm_of_which_one_is_a_member() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    world.found(realm(2), realm(1), 1, Vec::new());
    // The parent is the usual origin.
    assert_eq!(world.refused(who(5), realm(2), joins()), ["MEMBER_REQUIRED"]);
    let from = |from| Body::RealmJoined(RealmJoined { from: Some(from), endorsements: vec![] });
    assert!(world.refused(who(5), realm(2), from(root())).is_empty());
    assert_eq!(world.refused(who(5), realm(2), from(realm(9))), ["REALM_UNKNOWN"]);
}

#[test]
fn an_invitation_takes_two_members_of_norm_0_7_with_different_roots() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    for n in [2, 3, 102] {
        world.enter(realm(1), n);
    }
    world.found(realm(2), root(), 1, vec![least(0), join(JoinPolicy::Invitation)]);
    let put = |world: &mut World, n: u8, value: u32| {
        world.trust.values.insert((realm(2), who(n)), [value; 6]);
    };
    put(&mut world, 1, 900_000);
    put(&mut world, 9, 900_000);
    // Founder 1 is a member; 9 is none.
    assert_eq!(world.refused(who(5), realm(2), endorsed_by(&[1])), ["ENDORSEMENTS_MISSING"]);
    assert_eq!(
        world.refused(who(5), realm(2), endorsed_by(&[1, 9])),
        ["ENDORSEMENT_INVALID", "ENDORSEMENTS_MISSING"]
    );
    // 2 becomes a member of the second realm, first with too little, then enough.
    let event = world.event(who(2), realm(2), joins());
    world.apply(&event);
    put(&mut world, 2, 699_999);
    assert_eq!(
        world.refused(who(5), realm(2), endorsed_by(&[1, 2])),
        ["ENDORSEMENT_INVALID", "ENDORSEMENTS_MISSING"]
    );
    put(&mut world, 2, 700_000);
    assert!(world.refused(who(5), realm(2), endorsed_by(&[1, 2])).is_empty());
    // The agent of an endorser is no second endorser.
    put(&mut world, 101, 900_000);
    assert_eq!(
        world.refused(who(5), realm(2), endorsed_by(&[1, 101])),
        ["ENDORSEMENT_INVALID", "ENDORSEMENTS_MISSING"]
    );
    // A key that is not theirs.
    let mut forged = endorsed_by(&[1, 2]);
    if let Body::RealmJoined(joined) = &mut forged {
        joined.endorsements[1].public_key = PublicKey::from_bytes([77; 32]);
    }
    assert_eq!(
        world.refused(who(5), realm(2), forged),
        ["ENDORSEMENT_INVALID", "ENDORSEMENTS_MISSING"]
    );
}

#[test]
fn a_realm_by_credential_asks_for_what_it_names_from_here_or_above() {
    let mut world = World::new();
    let pilots = RuleParameters::CredentialRequired { credential_type: "pilot".to_owned() };
    world.found(
        realm(1),
        root(),
        1,
        vec![least(0), join(JoinPolicy::Credential), rule("pilots", pilots)],
    );
    assert_eq!(world.refused(who(5), realm(1), joins()), ["CREDENTIAL_MISSING"]);
    // Issued in the root realm it counts below.
    let end = world.now_us + HOUR_US;
    let id = world.say(who(1), root(), issues(5, "pilot", Some(end))).expect("founders issue");
    assert!(world.refused(who(5), realm(1), joins()).is_empty());
    world.pass(HOUR_US - 1);
    assert!(world.refused(who(5), realm(1), joins()).is_empty());
    world.pass(1);
    assert_eq!(world.refused(who(5), realm(1), joins()), ["CREDENTIAL_MISSING"]);
    // A newer one of the same issuer takes its place, and can be taken back.
    world.now_us += 1;
    let newer = world.say(who(1), root(), issues(5, "pilot", None)).expect("founders issue");
    assert!(world.refused(who(5), realm(1), joins()).is_empty());
    for credential in [id, newer] {
        let fraud = false;
        let revoked =
            CredentialRevoked { credential, subject: who(5), fraud, reason: String::new() };
        world.say(who(1), root(), Body::CredentialRevoked(revoked)).expect("its issuer");
    }
    assert_eq!(world.refused(who(5), realm(1), joins()), ["CREDENTIAL_MISSING"]);
}

#[test]
fn a_realm_by_credential_that_names_none_admits_nobody() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0), join(JoinPolicy::Credential)]);
    assert_eq!(world.refused(who(5), realm(1), joins()), ["CREDENTIAL_MISSING"]);
}

#[test]
fn a_realm_by_vote_admits_whom_an_executed_proposal_names() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0), join(JoinPolicy::Vote)]);
    world.trust.values.insert((realm(1), who(1)), [900_000; 6]);
    assert_eq!(world.refused(who(5), realm(1), joins()), ["VOTE_NEEDED"]);
    let admits = Proposal { member: Some(who(5)), admit: true, ..proposal(ProposalKind::Member) };
    let id = world.propose(1, realm(1), admits);
    world.begin_voting();
    world.vote(1, realm(1), id, 5).expect("votes");
    world.pass(72 * HOUR_US);
    world.pass(24 * HOUR_US);
    world.announce();
    assert_eq!(world.fold.member_state(&realm(1), &who(5)), MemberState::None);
    world.say(who(5), realm(1), joins()).expect("admitted");
    assert_eq!(world.refused(who(6), realm(1), joins()), ["VOTE_NEEDED"]);
}

#[test]
fn what_is_carried_over_is_the_view_and_at_least_a_newcomers() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    world
        .trust
        .values
        .insert((root(), who(5)), [800_000, 500_000, 100_000, 20_000, 90_000, 60_000]);
    let event = world.event(who(5), realm(1), joins());
    let carried = world.fold.carries_over(&event, &world.trust).expect("the first join");
    assert_eq!((carried.realm, carried.identity), (realm(1), who(5)));
    assert_eq!(carried.means_ppm, [576_000, 405_000, 100_000, 100_000, 100_000, 100_000]);
}

#[test]
fn coming_back_brings_nothing_new() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    world.say(who(5), realm(1), joins()).expect("open");
    world.say(who(5), realm(1), leaves()).expect("a member");
    assert_eq!(world.fold.member_state(&realm(1), &who(5)), MemberState::Left);
    assert_eq!(world.refused(who(5), realm(1), leaves()), ["MEMBER_REQUIRED"]);
    let again = world.event(who(5), realm(1), joins());
    assert_eq!(world.fold.carries_over(&again, &world.trust), None);
    world.say(who(5), realm(1), joins()).expect("open");
    assert_eq!(world.fold.find(&realm(1)).expect("exists").members.active(), 2);
    // A founder who leaves stays a founder when coming back.
    world.say(who(1), realm(1), leaves()).expect("a member");
    world.say(who(1), realm(1), joins()).expect("open");
    assert_eq!(world.fold.member_state(&realm(1), &who(1)), MemberState::Founder);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// K23: whatever is tried, people come into a realm through the guard alone,
    /// and nothing is carried over without it.
    #[test]
    fn k23_no_effect_across_realms_without_leave_of_the_guard(
        tries in prop::collection::vec((1u8..8, 1u8..4, 0u8..3, 0u32..=1_000_000), 1..40),
    ) {
        let mut world = World::new();
        world.found(realm(1), root(), 1, vec![least(500_000)]);
        world.found(realm(2), realm(1), 1, vec![join(JoinPolicy::Invitation)]);
        world.found(realm(3), root(), 1, vec![least(0), join(JoinPolicy::Vote)]);
        for (n, at, action, value) in tries {
            let to = realm(at);
            world.trust.values.insert((root(), who(n)), [value; 6]);
            let body = if action == 0 { leaves() } else { joins() };
            let event = world.event(who(n), to, body);
            let check = world.fold.check_crossing(
                &who(n), None, &to, erynoa_realms::Endorsers::Named(&[]), &world.trust, &People,
            );
            let leave = check.expect("exists").outcome.is_ok();
            let was = world.fold.is_member(&to, &who(n), &People);
            let accepted = world.judge(&event).is_ok();
            if accepted {
                world.apply(&event);
            }
            let is = world.fold.is_member(&to, &who(n), &People);
            if is && !was {
                prop_assert!(leave);
            }
            if action != 0 {
                prop_assert_eq!(accepted, leave);
            }
        }
    }
}
