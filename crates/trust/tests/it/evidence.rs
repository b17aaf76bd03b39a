//! The formula, the tables, norm, classes and ⊕.

use erynoa_trust::parameters::{DECAY_NEGATIVE, DECAY_POSITIVE, LAMBDA, LAMBDA_STRICT, UNIT};
use erynoa_trust::{
    Belief, Class, Context, Prior, Source, Sums, TrustFold, classify, combine, combine_sources,
    confidence_ppm, has_voice, negative_factor, norm, passes_gate, positive_factor, trust_ppm,
    voice_weight,
};
use proptest::prelude::*;

fn newcomer(positive: u64, negative: u64, unvoiced: u64) -> u32 {
    trust_ppm(Sums { positive, negative, unvoiced }, Prior::NEWCOMER, LAMBDA)
}

#[test]
fn worked_examples_of_the_formula() {
    assert_eq!(newcomer(0, 0, 0), 100_000);
    assert_eq!(newcomer(2 * UNIT, 0, 0), 357_142);
    assert_eq!(newcomer(2 * UNIT, UNIT, 0), 192_307);
    assert_eq!(newcomer(2 * UNIT, 0, 50 * UNIT), 192_307);
}

#[test]
fn founders_start_at_nine_tenths() {
    assert_eq!(Prior::FOUNDER.mean_ppm(), 900_000);
    assert_eq!(Prior::NEWCOMER.mean_ppm(), 100_000);
}

#[test]
fn a_crossed_prior_has_its_mean_exactly_and_strength_ten() {
    for mean in [100_000, 357_142, 576_000, 999_999, 1_000_000] {
        let prior = Prior::crossed(mean);
        assert_eq!(prior.mean_ppm(), mean);
        assert_eq!(prior.alpha + prior.beta, 10 * UNIT);
    }
}

#[test]
fn a_voice_needs_three_tenths_or_a_founder() {
    assert!(!has_voice(299_999, false));
    assert!(has_voice(300_000, false));
    assert!(has_voice(10_000, true));
}

#[test]
fn a_voice_weighs_its_standing_above_a_newcomers() {
    assert_eq!(voice_weight(10_000, false), 0);
    assert_eq!(voice_weight(100_000, false), 0);
    assert_eq!(voice_weight(357_142, false), 285_713);
    assert_eq!(voice_weight(1_000_000, false), UNIT);
    assert_eq!(voice_weight(10_000, true), 2 * UNIT);
}

#[test]
fn half_lives_are_five_and_three_years() {
    let half = 1u64 << 31;
    assert!(positive_factor(1825) < half && positive_factor(1824) > half);
    assert!(negative_factor(1095) < half && negative_factor(1094) > half);
}

#[test]
fn decay_tables_follow_the_recursion_until_zero_and_beyond() {
    type Factor = fn(u32) -> u64;
    let tables: [(u64, Factor); 2] =
        [(DECAY_POSITIVE, positive_factor), (DECAY_NEGATIVE, negative_factor)];
    for (daily, factor) in tables {
        let mut expected: u128 = 1 << 32;
        for age in 0..42_000 {
            assert_eq!(u128::from(factor(age)), expected);
            expected = expected * u128::from(daily) / (1 << 32);
        }
        assert_eq!(expected, 0);
        assert_eq!(factor(u32::MAX), 0);
    }
}

#[test]
fn the_parameters_have_this_hash() {
    assert_eq!(
        hex::encode(TrustFold::parameters_hash()),
        "4ec2f391af0b2bde01930180fb2acbc709e94bdf1073b2a78cd6ebd9d4171fd1"
    );
}

#[test]
fn worked_examples_of_the_norm() {
    let values = [900_000, 900_000, 800_000, 700_000, 600_000, 900_000];
    assert_eq!(norm(&values, Context::Default) / 100, 8_091);
    assert_eq!((norm(&values, Context::Finance) + 50) / 100, 8_316);
}

#[test]
fn weights_of_every_context_sum_to_one() {
    for context in Context::ALL {
        assert_eq!(context.weights().iter().sum::<u32>(), 100, "{}", context.name());
    }
}

#[test]
fn classes_begin_at_two_five_and_eight_tenths() {
    let classes = [
        (0, Class::Newcomer),
        (199_999, Class::Newcomer),
        (200_000, Class::Established),
        (499_999, Class::Established),
        (500_000, Class::Trusted),
        (799_999, Class::Trusted),
        (800_000, Class::Veteran),
        (1_000_000, Class::Veteran),
    ];
    for (norm_ppm, class) in classes {
        assert_eq!(classify(norm_ppm), class, "{norm_ppm}");
    }
}

#[test]
fn every_gate_asks_for_fidelity() {
    let mut values = [1_000_000; 6];
    assert!(passes_gate(&values, Context::Default, 900_000));
    values[5] = 50_000;
    assert!(passes_gate(&values, Context::Default, 0));
    values[5] = 49_999;
    assert!(!passes_gate(&values, Context::Default, 0));
}

#[test]
fn worked_example_of_combining() {
    assert_eq!(combine(&[800_000, 700_000, 600_000]), 976_000);
}

#[test]
fn a_group_counts_by_its_greatest_and_a_source_by_its_voice() {
    let source = |group, trust_ppm, voice_micro| Source { group, trust_ppm, voice_micro };
    let alone = combine_sources(&[source('a', 800_000, UNIT), source('b', 700_000, UNIT)]);
    assert_eq!(alone, 940_000);
    let with_echo = [
        source('a', 800_000, UNIT),
        source('a', 790_000, UNIT),
        source('b', 700_000, UNIT),
        source('b', 1_000_000, UNIT / 2),
    ];
    assert_eq!(combine_sources(&with_echo), alone);
    // A founder's voice counts as one.
    assert_eq!(combine_sources(&[source('a', 800_000, 2 * UNIT)]), 800_000);
}

fn belief(values: &[u32]) -> Belief {
    values.iter().fold(Belief::NONE, |all, &value| all.and(&Belief::of(value)))
}

fn ppm() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0..=1_000_000u32, 1 => Just(0), 1 => Just(1_000_000)]
}

fn sums() -> impl Strategy<Value = Sums> {
    (0..100 * UNIT, 0..20 * UNIT, 0..3 * UNIT).prop_map(|(positive, negative, unvoiced)| Sums {
        positive,
        negative,
        unvoiced,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// K5
    #[test]
    fn combining_is_commutative_and_associative(
        a in prop::collection::vec(ppm(), 0..5),
        b in prop::collection::vec(ppm(), 0..5),
        c in prop::collection::vec(ppm(), 0..5),
    ) {
        let (a, b, c) = (belief(&a), belief(&b), belief(&c));
        prop_assert_eq!(a.clone().and(&b), b.clone().and(&a));
        prop_assert_eq!(a.clone().and(&b).and(&c), a.and(&b.and(&c)));
    }

    /// K5
    #[test]
    fn nothing_is_neutral_and_certainty_absorbs(a in prop::collection::vec(ppm(), 0..5)) {
        let a = belief(&a);
        prop_assert_eq!(a.clone().and(&Belief::of(0)), a.clone());
        prop_assert_eq!(a.clone().and(&Belief::of(1_000_000)), Belief::of(1_000_000));
        prop_assert_eq!(a.and(&Belief::of(1_000_000)).trust_ppm(), 1_000_000);
    }

    #[test]
    fn combining_is_at_least_the_strongest_and_within_one_ppm_of_the_formula(
        values in prop::collection::vec(ppm(), 1..6),
    ) {
        let combined = combine(&values);
        prop_assert!(combined >= values.iter().copied().max().unwrap_or(0));
        let doubt: f64 = values.iter().map(|&value| 1.0 - f64::from(value) / 1e6).product();
        prop_assert!((f64::from(combined) - (1.0 - doubt) * 1e6).abs() <= 1.0);
    }

    /// K4
    #[test]
    fn from_one_half_failure_outweighs_success_of_the_same_size(
        failures in 0..20 * UNIT,
        slander in 0..3 * UNIT,
        more in 0..200 * UNIT,
        size in 0..50 * UNIT,
        founder: bool,
        strict: bool,
    ) {
        let (prior, lambda) = (Prior::of(founder), if strict { LAMBDA_STRICT } else { LAMBDA });
        let against = Sums { positive: 0, negative: failures, unvoiced: slander };
        // At least as much for as against: τ ≥ ½.
        let positive = prior.beta + u64::from(lambda) * against.against() + more;
        let sums = Sums { positive, ..against };
        let now = trust_ppm(sums, prior, lambda);
        prop_assert!(now >= 500_000);
        let success = Sums { positive: sums.positive + size, ..sums };
        let failure = Sums { negative: sums.negative + size, ..sums };
        let gain = trust_ppm(success, prior, lambda) - now;
        let loss = now - trust_ppm(failure, prior, lambda);
        // Both values are floored, each by less than one ppm.
        prop_assert!(loss + 1 >= gain);
    }

    #[test]
    fn trust_rises_with_success_and_falls_with_failure(sums in sums(), size in 0..50 * UNIT) {
        let trust = |sums| trust_ppm(sums, Prior::NEWCOMER, LAMBDA);
        let now = trust(sums);
        let success = trust(Sums { positive: sums.positive + size, ..sums });
        let failure = trust(Sums { negative: sums.negative + size, ..sums });
        let slander = trust(Sums { unvoiced: sums.unvoiced + size, ..sums });
        prop_assert!(success >= now && failure <= now && slander <= now);
    }

    #[test]
    fn unvoiced_evidence_moves_trust_at_most_by_its_cap(sums in sums(), size in 0..u64::from(u32::MAX)) {
        let capped = Sums { unvoiced: UNIT, ..sums };
        let more = Sums { unvoiced: UNIT + size, ..sums };
        prop_assert_eq!(
            trust_ppm(more, Prior::NEWCOMER, LAMBDA),
            trust_ppm(capped, Prior::NEWCOMER, LAMBDA)
        );
    }

    #[test]
    fn confidence_grows_with_evidence_and_is_half_at_five(sums in sums(), size in 0..50 * UNIT) {
        prop_assert_eq!(confidence_ppm(Sums { positive: 5 * UNIT, ..Sums::default() }), 500_000);
        let more = Sums { positive: sums.positive + size, ..sums };
        prop_assert!(confidence_ppm(more) >= confidence_ppm(sums));
    }

    #[test]
    fn large_evidence_does_not_overflow(positive in 0..=u64::MAX / 4, negative in 0..=u64::MAX / 4) {
        let sums = Sums { positive, negative, unvoiced: 0 };
        let p = u128::from(positive);
        let n = u128::from(negative);
        let expected = 1_000_000 * (500_000 + p) / (5_000_000 + p + 6 * n);
        prop_assert_eq!(
            u128::from(trust_ppm(sums, Prior::NEWCOMER, LAMBDA)),
            expected.max(10_000)
        );
    }

    #[test]
    fn norm_is_between_the_smallest_and_the_greatest_value(
        values in prop::array::uniform6(ppm()),
    ) {
        let (least, most) = (values.iter().min().copied(), values.iter().max().copied());
        for context in Context::ALL {
            let norm = Some(norm(&values, context));
            prop_assert!(least <= norm && norm <= most);
        }
    }
}
