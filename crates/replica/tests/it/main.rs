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
fn in_the_played_towns_every_kind_of_step_succeeds_somewhere() {
    let mut succeeded = [false; 14];
    for seed in 0..40u8 {
        let steps: Vec<Step> = (0..80u8)
            .map(|n| Step {
                actor: n.wrapping_mul(7).wrapping_add(seed) % 6,
                action: n.wrapping_mul(5).wrapping_add(seed) % 14,
                other: n.wrapping_mul(3).wrapping_add(seed) % 6,
                choice: n.wrapping_mul(11).wrapping_add(seed),
            })
            .collect();
        let town = Town::play(&steps);
        for (all, one) in succeeded.iter_mut().zip(town.succeeded) {
            *all |= one;
        }
    }
    assert_eq!(succeeded, [true; 14]);
}
