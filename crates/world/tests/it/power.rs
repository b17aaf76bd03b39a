//! §10: power cap, inequality, inactivity.

use erynoa_kernel::IdentityId;
use erynoa_world::{CAP_EXPONENT_PPM, PowerCap, after_inactivity, effective_members, gini_ppm};
use proptest::prelude::*;

use crate::town::person;

const ONE: u64 = 1_000_000;

fn members(powers: &[u64]) -> Vec<(IdentityId, u64)> {
    powers.iter().zip(0..).map(|(&power, who)| (person(who), power)).collect()
}

fn cap(powers: &[u64]) -> PowerCap {
    PowerCap::over(&members(powers), CAP_EXPONENT_PPM)
}

#[test]
fn worked_example_of_ten_ones_and_a_hundred() {
    let mut powers = vec![ONE; 10];
    powers.push(100 * ONE);
    let cap = cap(&powers);
    assert_eq!((cap.roots, cap.capped), (11, 1));
    assert_eq!(cap.effective_members, 6_040_106, "11^0.75 = 6.0401053");
    assert_eq!(cap.cap / 1_000, 1_984, "{}", cap.cap);
    assert_eq!(cap.effective(100 * ONE), cap.cap);
    assert_eq!(cap.effective(ONE), ONE);
}

#[test]
fn nobody_has_no_cap_and_one_alone_is_not_capped() {
    assert_eq!(cap(&[]), PowerCap::default());
    assert_eq!(cap(&[0, 0]), PowerCap::default());
    let alone = cap(&[7]);
    assert_eq!((alone.cap, alone.capped, alone.greatest_share_ppm()), (7, 0, 1_000_000));
}

#[test]
fn known_powers_of_n() {
    // 16^0.75 = 8, 10 000^0.75 = 1 000, 2^32 − 1 a hair below 2^24.
    assert_eq!(effective_members(16, CAP_EXPONENT_PPM), 8 * ONE);
    assert_eq!(effective_members(10_000, CAP_EXPONENT_PPM), 1_000 * ONE);
    assert_eq!(effective_members(1, 350_000), ONE);
    assert_eq!(effective_members(0, CAP_EXPONENT_PPM), 0);
    assert_eq!(effective_members(5, 0), 5 * ONE);
    let most = effective_members(u32::MAX, CAP_EXPONENT_PPM);
    assert!(most.abs_diff((1 << 24) * ONE) < ONE);
}

#[test]
fn weight_stays_for_thirty_days_and_then_decays_day_by_day() {
    assert_eq!(after_inactivity(ONE, 0), ONE);
    assert_eq!(after_inactivity(ONE, 30), ONE);
    assert_eq!(after_inactivity(ONE, 31), 993_999);
    assert_eq!(after_inactivity(ONE, 32), 988_035);
    assert_eq!(after_inactivity(ONE, 130), 547_820);
    assert_eq!(after_inactivity(4 * ONE, 10_000), 0);
    assert_eq!(after_inactivity(u64::MAX, u64::MAX), 0);
}

fn powers() -> impl Strategy<Value = Vec<u64>> {
    let power = prop_oneof![0..3_u64, 1..2_000_000_u64, 1..1_000_000_000_u64];
    prop::collection::vec(power, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn k19_no_share_is_above_its_bound(powers in powers()) {
        let cap = cap(&powers);
        let n = powers.iter().filter(|&&power| power > 0).count() as f64;
        let effective: Vec<u64> = powers.iter().map(|&power| cap.effective(power)).collect();
        let whole: u128 = effective.iter().map(|&power| u128::from(power)).sum();
        prop_assert_eq!(whole, cap.total);
        for power in effective {
            // share · N ≤ 1, exactly, where anybody is capped.
            if cap.capped > 0 {
                let share = u128::from(power) * u128::from(cap.effective_members);
                prop_assert!(share <= whole * u128::from(ONE));
            }
            if whole > 0 {
                prop_assert!(power as f64 / whole as f64 <= n.powf(-0.75) + 1e-12);
            }
        }
    }

    #[test]
    fn the_cap_is_that_of_the_smallest_possible_number_of_roots(powers in powers()) {
        let found = cap(&powers);
        let mut sorted: Vec<u64> = powers.into_iter().filter(|&power| power > 0).collect();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        let n = u128::from(found.effective_members);
        let smallest = (0..sorted.len()).find(|&k| {
            let rest: u128 = sorted[k..].iter().map(|&power| u128::from(power)).sum();
            let others = n - k as u128 * u128::from(ONE);
            u128::from(sorted[k]) * others <= rest * u128::from(ONE)
        });
        prop_assert_eq!(smallest.unwrap_or(0), found.capped as usize);
    }

    #[test]
    fn the_cap_is_free_of_scale(powers in powers(), factor in 1..1_000_u64) {
        let scaled: Vec<u64> = powers.iter().map(|power| power * factor).collect();
        let (one, many) = (cap(&powers), cap(&scaled));
        prop_assert_eq!(one.capped, many.capped);
        prop_assert!(many.cap >= one.cap * factor && many.cap < (one.cap + 1) * factor);
    }

    #[test]
    fn equal_members_are_never_capped(count in 1..2_000_usize, power in 1..10_000_000_u64) {
        let cap = cap(&vec![power; count]);
        prop_assert_eq!(cap.capped, 0);
        prop_assert_eq!(cap.effective(power), power);
    }

    #[test]
    fn members_of_one_root_are_added_up_first(
        powers in powers(),
        parts in prop::collection::vec(1..10_000_000_u64, 1..20),
    ) {
        let mut apart = members(&powers);
        apart.extend(parts.iter().map(|&part| (person(9_999), part)));
        let mut together = members(&powers);
        let root: u64 = parts.iter().sum();
        together.push((person(9_999), root));
        let cap = PowerCap::over(&apart, CAP_EXPONENT_PPM);
        prop_assert_eq!(cap, PowerCap::over(&together, CAP_EXPONENT_PPM));
        let effective: u64 = parts.iter().map(|&part| cap.effective_of_member(part, root)).sum();
        prop_assert!(effective <= cap.effective(root));
        prop_assert!(effective + parts.len() as u64 > cap.effective(root));
    }

    #[test]
    fn the_integer_power_is_just_above_the_real_one(
        members in 1..4_000_000_000_u32,
        exponent_ppm in 150_000..=350_000_u32,
    ) {
        let real = f64::from(members).powf(1.0 - f64::from(exponent_ppm) / 1e6) * 1e6;
        let found = effective_members(members, exponent_ppm) as f64;
        prop_assert!(found >= real * (1.0 - 1e-12), "{} {}", found, real);
        prop_assert!(found <= real * (1.0 + 5e-8) + 2.0, "{} {}", found, real);
    }

    #[test]
    fn a_greater_exponent_leaves_less_to_one(count in 2..5_000_u32, exponent in 150_000..350_000_u32) {
        prop_assert!(effective_members(count, exponent + 1) <= effective_members(count, exponent));
    }

    #[test]
    fn inequality_is_free_of_scale_and_of_order(powers in powers(), factor in 1..1_000_u64) {
        let scaled: Vec<u64> = powers.iter().rev().map(|power| power * factor).collect();
        prop_assert_eq!(gini_ppm(&powers), gini_ppm(&scaled));
        prop_assert!(gini_ppm(&powers) < 1_000_000);
    }

    #[test]
    fn inactivity_never_adds(weight: u64, days in 0..5_000_u64) {
        prop_assert!(after_inactivity(weight, days + 1) <= after_inactivity(weight, days));
        prop_assert!(after_inactivity(weight, days) <= weight);
    }
}

#[test]
fn known_inequalities() {
    assert_eq!(gini_ppm(&[]), 0);
    assert_eq!(gini_ppm(&[0, 0]), 0);
    assert_eq!(gini_ppm(&[5, 5, 5]), 0);
    assert_eq!(gini_ppm(&[0, 1]), 500_000);
    assert_eq!(gini_ppm(&[1, 2, 3, 4]), 250_000);
    let mut one_has_all = vec![0; 999];
    one_has_all.push(1);
    assert_eq!(gini_ppm(&one_has_all), 999_000);
}
