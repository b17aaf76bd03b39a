//! Mana: never negative, never too much, and no way around it by names.

use erynoa_execution::{Allowance, CODES, Mana, ManaEmpty, Payer, mana};
use erynoa_kernel::{IdentityId, Kind, Problem, RealmId, Tag, UniversalId};
use proptest::prelude::*;

const SECOND: u64 = 1_000_000;

fn root(number: u8) -> Payer {
    Payer::Root(IdentityId(UniversalId::new(Tag::Did, 1, &[&[number]])))
}

fn take(ledger: &mut Mana, price: u64, now_us: u64) -> Result<u64, ManaEmpty> {
    ledger.take(root(1), Allowance::of(100_000), price, now_us)
}

#[test]
fn worked_example_omega_of_a_tenth_has_110_000_and_200_a_second() {
    let allowance = Allowance::of(100_000);
    assert_eq!((allowance.max(), allowance.refill_per_second()), (110_000, 200));
}

#[test]
fn the_ends_of_omega_have_10_000_and_100_and_1_010_000_and_1_100() {
    let ends = [0, 1_000_000, u32::MAX].map(Allowance::of);
    assert_eq!(
        ends.map(|a| (a.max(), a.refill_per_second())),
        [(10_000, 100), (1_010_000, 1_100), (1_010_000, 1_100)]
    );
}

#[test]
fn an_empty_account_says_to_the_millisecond_when_there_is_enough_again() {
    let mut ledger = Mana::default();
    assert_eq!(take(&mut ledger, 109_999, 0), Ok(1));
    let empty = take(&mut ledger, 20, 0).unwrap_err();
    let expected = ManaEmpty { price: 20, left: 1, max: 110_000, retry_after_ms: Some(95) };
    assert_eq!(empty, expected);
    assert_eq!(
        take(&mut ledger, 20, 94_999),
        Err(ManaEmpty { left: 19, retry_after_ms: Some(1), ..expected })
    );
    assert_eq!(take(&mut ledger, 20, 95_000), Ok(0));
    let problem = Problem::from(empty);
    assert_eq!(problem.code, "MANA_EXHAUSTED");
    assert_eq!((problem.kind, problem.retry_after_ms), (Kind::RateLimited, Some(95)));
}

#[test]
fn a_price_above_the_maximum_is_refused_without_a_delay() {
    let mut ledger = Mana::default();
    assert_eq!(take(&mut ledger, 110_000, 0), Ok(0));
    let after_an_hour = 3_600 * SECOND;
    let empty = take(&mut ledger, 110_001, after_an_hour).unwrap_err();
    assert_eq!((empty.left, empty.retry_after_ms), (110_000, None));
    assert_eq!(take(&mut ledger, 110_000, after_an_hour), Ok(0));
}

#[test]
fn all_agents_of_one_root_empty_one_account_and_other_roots_keep_theirs() {
    let mut ledger = Mana::default();
    take(&mut ledger, 110_000, 0).unwrap();
    assert!(take(&mut ledger, 1, 0).is_err());
    assert_eq!(ledger.left(root(2), Allowance::of(100_000), 0), 110_000);
}

#[test]
fn a_thousand_new_identities_have_no_more_together_than_ten_percent_of_the_members() {
    let realm = Payer::Newcomers(RealmId::from_bytes([3; 32]));
    // 40 members with Ω = 0.5: 510 000 each.
    let allowance = Allowance::newcomers(40, 40 * 500_000);
    assert_eq!((allowance.max(), allowance.refill_per_second()), (2_040_000, 2_400));
    let mut ledger = Mana::default();
    let accepted =
        (0..200_000).filter(|_| ledger.take(realm, allowance, mana::EVENT, 0).is_ok()).count();
    assert_eq!(accepted, 102_000);
    assert_eq!(ledger.remembered(), 1);
}

#[test]
fn the_first_newcomers_of_a_realm_without_members_have_what_one_of_them_would_have() {
    assert_eq!(Allowance::newcomers(0, 0), Allowance::of(mana::NEWCOMER_OMEGA_PPM));
    assert_eq!(Allowance::newcomers(1, 900_000).max(), 110_000);
    assert!(Allowance::newcomers(u64::MAX, u64::MAX).max() == u64::MAX);
}

#[test]
fn when_omega_falls_the_account_shrinks_at_once() {
    let mut ledger = Mana::default();
    assert_eq!(ledger.take(root(1), Allowance::of(1_000_000), 10, 0), Ok(1_009_990));
    assert_eq!(ledger.take(root(1), Allowance::of(0), 10, 1), Ok(9_990));
}

#[test]
fn full_accounts_are_forgotten_first_and_at_no_loss() {
    let mut ledger = Mana::new(2);
    let allowance = Allowance::of(100_000);
    ledger.take(root(1), allowance, 110_000, 0).unwrap();
    ledger.take(root(2), allowance, 200, 0).unwrap();
    // A second later the second is full again and makes room for the third.
    ledger.take(root(3), allowance, 1_000, SECOND).unwrap();
    assert_eq!(ledger.remembered(), 2);
    assert_eq!(ledger.left(root(1), allowance, SECOND), 200);
    assert_eq!(ledger.left(root(2), allowance, SECOND), 110_000);
    assert_eq!(ledger.left(root(3), allowance, SECOND), 109_000);
}

#[test]
fn when_none_is_full_those_go_that_lack_least_until_an_eighth_is_free() {
    let mut ledger = Mana::new(16);
    let allowance = Allowance::of(100_000);
    for number in 0..16 {
        ledger.take(root(number), allowance, 1_000 + u64::from(number), 0).unwrap();
    }
    ledger.take(root(16), allowance, 50, 0).unwrap();
    assert_eq!(ledger.remembered(), 15);
    let forgiven: Vec<u8> =
        (0..17).filter(|n| ledger.left(root(*n), allowance, 0) == 110_000).collect();
    assert_eq!(forgiven, [0, 1]);
}

#[test]
fn codes_are_sorted_and_unique() {
    assert!(CODES.is_sorted_by(|a, b| a.0 < b.0));
}

/// Microseconds between two calls, a price and whether somebody looks first.
fn calls() -> impl Strategy<Value = Vec<(u64, u64, bool)>> {
    let pause = prop_oneof![Just(0), 0..100 * SECOND, Just(u64::MAX / 64)];
    let price = prop_oneof![0..200_u64, 0..120_000_u64, Just(u64::MAX)];
    prop::collection::vec((pause, price, any::<bool>()), 0..60)
}

#[test]
fn one_full_account_among_many_still_frees_an_eighth() {
    let mut ledger = Mana::new(16);
    let allowance = Allowance::of(100_000);
    ledger.take(root(0), allowance, 0, 0).unwrap();
    for number in 1..16 {
        ledger.take(root(number), allowance, 1_000 + u64::from(number), 0).unwrap();
    }
    ledger.take(root(16), allowance, 50, 0).unwrap();
    assert_eq!(ledger.remembered(), 15);
    assert_eq!(ledger.left(root(1), allowance, 0), 110_000);
    assert_eq!(ledger.left(root(2), allowance, 0), 108_998);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_account_is_never_negative_and_never_above_its_maximum(
        calls in calls(), omegas in prop::collection::vec(0..=1_000_000_u32, 1..5)
    ) {
        let mut ledger = Mana::new(1);
        let mut now_us = 0_u64;
        for ((pause, price, other), omega) in calls.into_iter().zip(omegas.iter().cycle()) {
            now_us += pause;
            let allowance = Allowance::of(*omega);
            let payer = root(u8::from(other));
            let before = ledger.left(payer, allowance, now_us);
            prop_assert!(before <= allowance.max());
            match ledger.take(payer, allowance, price, now_us) {
                Ok(left) => prop_assert_eq!(left, before - price),
                Err(empty) => {
                    prop_assert!(price > before);
                    prop_assert_eq!(empty.left, before);
                    prop_assert_eq!(empty.retry_after_ms.is_none(), price > allowance.max());
                }
            }
            prop_assert!(ledger.remembered() <= 1);
        }
    }

    #[test]
    fn the_refill_does_not_depend_on_how_often_somebody_asks(calls in calls()) {
        let allowance = Allowance::of(123_457);
        let (mut quiet, mut curious) = (Mana::default(), Mana::default());
        let mut now_us = 0_u64;
        for (pause, price, asks) in calls {
            if asks {
                // A look and a free call, half-way and again at the end.
                for at_us in [now_us + pause / 2, now_us + pause] {
                    let seen = curious.left(root(1), allowance, at_us);
                    prop_assert_eq!(curious.take(root(1), allowance, 0, at_us), Ok(seen));
                }
            }
            now_us += pause;
            prop_assert_eq!(
                quiet.take(root(1), allowance, price, now_us),
                curious.take(root(1), allowance, price, now_us)
            );
        }
    }

    #[test]
    fn what_is_taken_at_one_time_leaves_the_same_in_any_order(
        prices in prop::collection::vec(0..2_000_u64, 0..50), seed: u64
    ) {
        let mut shuffled = prices.clone();
        let length = shuffled.len();
        let mut state = seed | 1;
        for place in 0..length {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            shuffled.swap(place, usize::try_from(state % length as u64).unwrap());
        }
        let end = |prices: &[u64]| {
            let mut ledger = Mana::default();
            for price in prices {
                take(&mut ledger, *price, 7).unwrap();
            }
            ledger.left(root(1), Allowance::of(100_000), 7)
        };
        prop_assert_eq!(end(&prices), end(&shuffled));
        prop_assert_eq!(end(&prices), 110_000 - prices.iter().sum::<u64>());
    }

    #[test]
    fn after_the_delay_the_same_call_passes_and_a_millisecond_earlier_it_does_not(
        first in 1..=110_000_u64, second in 1..=110_000_u64, omega in 100_000..=1_000_000_u32
    ) {
        let allowance = Allowance::of(omega);
        let mut ledger = Mana::default();
        let drain = allowance.max() - 110_000 + first;
        ledger.take(root(1), allowance, drain, 0).unwrap();
        if let Err(empty) = ledger.take(root(1), allowance, second, 0) {
            let delay_us = empty.retry_after_ms.unwrap() * 1_000;
            prop_assert!(ledger.take(root(1), allowance, second, delay_us - 1_000).is_err());
            prop_assert!(ledger.take(root(1), allowance, second, delay_us).is_ok());
        } else {
            prop_assert!(first + second <= 110_000);
        }
    }

    #[test]
    fn memory_is_bounded_and_forgetting_never_makes_anybody_poorer(
        calls in prop::collection::vec((any::<u8>(), 1..5_000_u64, 0..SECOND), 0..200)
    ) {
        let allowance = Allowance::of(100_000);
        let (mut small, mut large) = (Mana::new(8), Mana::default());
        let mut now_us = 0;
        for (who, price, pause) in calls {
            now_us += pause;
            let by_all = large.take(root(who), allowance, price, now_us);
            let by_few = small.take(root(who), allowance, price, now_us);
            prop_assert!(small.remembered() <= 8);
            if by_all.is_ok() {
                prop_assert!(by_few.unwrap() >= by_all.unwrap());
            }
        }
    }
}
