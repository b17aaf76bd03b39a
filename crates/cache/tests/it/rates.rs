//! The generic cell rate algorithm by itself.

use erynoa_cache::{Admission, Rate};
use proptest::prelude::*;

const NOW_US: u64 = 1_700_000_000_000_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// In every window no more pass than the burst and what the time allows.
    #[test]
    fn no_window_holds_more_than_its_burst_and_its_time(
        per_second in 1_u32..=2_000,
        burst in 1_u32..=50,
        pauses_us in prop::collection::vec(0_u64..20_000, 1..200),
    ) {
        let rate = Rate::new(per_second, burst);
        let (mut due_us, mut now_us) = (0, NOW_US);
        let mut passed = Vec::new();
        for pause_us in pauses_us {
            now_us += pause_us;
            let (admission, next_us) = rate.admit(due_us, now_us);
            due_us = next_us;
            if admission == Admission::Passed {
                passed.push(now_us);
            }
        }
        for (first, &start_us) in passed.iter().enumerate() {
            for (last, &end_us) in passed.iter().enumerate().skip(first) {
                let allowed = u64::from(burst) + (end_us - start_us) / rate.interval_us();
                prop_assert!(((last - first) as u64) < allowed);
            }
        }
    }

    /// Who waits as long as was said passes, and not a millisecond sooner.
    #[test]
    fn the_wait_is_exact(
        per_second in 1_u32..=1_000,
        burst in 1_u32..=100,
        ahead in 0_u64..200,
    ) {
        let rate = Rate::new(per_second, burst);
        let due_us = NOW_US + ahead * rate.interval_us();
        let (admission, due_us) = rate.admit(due_us, NOW_US);
        if let Admission::Refused { retry_after_ms } = admission {
            let then_us = NOW_US + retry_after_ms * 1_000;
            prop_assert_eq!(rate.admit(due_us, then_us).0, Admission::Passed);
            let sooner = rate.admit(due_us, then_us - 1_001).0;
            prop_assert_ne!(sooner, Admission::Passed);
        }
    }
}

#[test]
fn a_clock_that_was_fast_shuts_nobody_out_for_longer_than_a_burst() {
    let rate = Rate::new(10, 3);
    let (admission, _) = rate.admit(NOW_US + 86_400_000_000, NOW_US);
    assert_eq!(admission, Admission::Refused { retry_after_ms: 100 });
}

#[test]
fn rates_outside_their_range_are_brought_to_the_nearer_end() {
    assert_eq!(Rate::new(0, 0), Rate::new(1, 1));
    assert_eq!(Rate::new(u32::MAX, u32::MAX), Rate::new(1_000_000, 1_000_000));
}
