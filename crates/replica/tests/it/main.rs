//! Laws of everything that is replicated.

mod town;

use erynoa_events::{Body, VerifiedEvent, verify};
use erynoa_replica::{Batch, Replica};
use proptest::prelude::*;

use crate::town::{LOG, Step, Town, public};

/// A replica that checks an entry as if it came from a stranger.
fn follow(replica: &mut Replica, event: &VerifiedEvent) {
    let event = verify(event.entry().clone()).expect("the home's entries are genuine");
    Batch::over(replica, u64::MAX).judge(&event).expect("what the home admits, its followers do");
    if let Body::EpochClosed(closed) = &event.event().body {
        let outcome = replica.close(closed.closed_at_us);
        assert_eq!(Replica::compare(&outcome, closed), Ok(()));
    }
    replica.apply(&event);
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(
        (0u8..6, 0u8..14, 0u8..6, any::<u8>()).prop_map(|(actor, action, other, choice)| Step {
            actor,
            action,
            other,
            choice,
        }),
        10..60,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn k25_two_nodes_with_the_same_log_agree_on_every_state_root(steps in steps()) {
        let town = Town::play(&steps);
        let mut follower = Replica::new(public(LOG));
        for event in &town.entries {
            follow(&mut follower, event);
        }
        prop_assert_eq!(follower.trust.state_root(), town.home.trust.state_root());
        prop_assert_eq!(follower.log.size(), town.home.log.size());
        prop_assert_eq!(follower.realms.due(), town.home.realms.due());
        prop_assert_eq!(follower.next_deadline_us(), town.home.next_deadline_us());
    }
}

#[test]
fn the_founder_judges_a_claim_about_somebody_else_and_none_about_themselves() {
    let judgements = |about| {
        let attests = Step { actor: 1, action: 0, other: about, choice: 1 };
        let judges = Step { actor: 0, action: 4, other: 0, choice: 1 };
        let town = Town::play(&[attests, judges]);
        let is = |event: &&VerifiedEvent| matches!(event.event().body, Body::Judgement(_));
        town.entries.iter().filter(is).count()
    };
    assert_eq!((judgements(2), judgements(0)), (1, 0));
}

#[test]
fn in_the_played_towns_every_kind_of_step_succeeds_somewhere() {
    let mut succeeded = [false; 14];
    let mut state = 1u64;
    // Knuth's linear congruential generator.
    let mut draw = |below: u8| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u8::try_from(state >> 56).expect("eight bits") % below
    };
    for _ in 0..40 {
        let steps: Vec<Step> = (0..120)
            .map(|_| Step { actor: draw(6), action: draw(14), other: draw(6), choice: draw(255) })
            .collect();
        let town = Town::play(&steps);
        for (all, one) in succeeded.iter_mut().zip(town.succeeded) {
            *all |= one;
        }
    }
    assert_eq!(succeeded, [true; 14]);
}
