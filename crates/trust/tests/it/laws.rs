//! The fold against the naive reading of the protocol.

use erynoa_events::Dimension;
use erynoa_kernel::day_of;
use erynoa_trust::{HistoryPoint, PartOrder, Target, TrustFold};
use proptest::prelude::*;

use crate::reference::{State, states};
use crate::scenario::{DOMAINS, EVERYBODY, Epoch, REALMS, fold, log, stage};
use crate::world::{person, realm};

fn assert_same(fold: &TrustFold, state: &State) {
    assert_eq!(fold.state_root(), state.state_root);
    assert_eq!(fold.day(), state.day);
    for realm in REALMS.map(realm) {
        for subject in EVERYBODY.map(person) {
            let place = (realm, subject);
            assert_eq!(fold.record_bytes(&realm, &subject), state.record_bytes(&place));
            let trust = fold.trust(&realm, &subject);
            for dimension in Dimension::ALL {
                let value = trust.values[dimension.index()];
                assert_eq!(value.trust_ppm, state.dimension_ppm(&place, dimension));
                assert_eq!(
                    [value.sums.positive, value.sums.negative, value.sums.unvoiced],
                    state.sums(&place, &(dimension as u8, String::new())),
                );
            }
            assert_eq!(trust.standing_ppm, state.standing_ppm(&place));
            assert_eq!(trust.founder, state.founders.contains(&place));
            assert_eq!(trust.has_voice, trust.founder || trust.standing_ppm >= 300_000);
            let domains: Vec<_> =
                trust.domains.iter().map(|(name, value)| (name.clone(), value.trust_ppm)).collect();
            assert_eq!(domains, state.domains(&place));
        }
    }
}

/// Everything that a fold shows, apart from positions in the log.
fn shown(fold: &TrustFold) -> String {
    let mut text = String::new();
    for realm in REALMS.map(realm) {
        for subject in EVERYBODY.map(person) {
            let targets = Dimension::ALL
                .map(Target::Dimension)
                .into_iter()
                .chain(DOMAINS.map(|domain| Target::Domain(domain.to_owned())))
                .chain([Target::Standing]);
            for target in targets {
                let mut explanation = fold.explain(&realm, &subject, &target);
                for part in &mut explanation.parts {
                    part.sequence = 0;
                }
                text += &format!("{explanation:?}\n");
            }
            text += &format!("{:?}\n", fold.trust(&realm, &subject));
            text += &format!("{:?}\n", fold.history(&realm, &subject));
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn incremental_fold_is_full_recomputation_bit_for_bit(log in log()) {
        let mut fold = TrustFold::new();
        let mut sequence = 0;
        for (epoch, state) in log.iter().zip(states(&log)) {
            stage(&mut fold, epoch, &mut sequence);
            let outcome = fold.close(epoch.closed_at_us);
            prop_assert_eq!(outcome.state_root, state.state_root);
            prop_assert_eq!(&outcome.changed[..state.changed.len()], &state.changed[..]);
            assert_same(&fold, &state);
        }
    }

    #[test]
    fn any_order_inside_an_epoch_gives_the_same_bytes(
        (straight, shuffled) in log().prop_flat_map(|straight| {
            let shuffled: Vec<_> = straight
                .iter()
                .map(|epoch| {
                    let closed_at_us = epoch.closed_at_us;
                    Just(epoch.events.clone())
                        .prop_shuffle()
                        .prop_map(move |events| Epoch { closed_at_us, events })
                })
                .collect();
            (Just(straight), shuffled)
        }),
    ) {
        let (straight, shuffled) = (fold(&straight), fold(&shuffled));
        prop_assert_eq!(straight.state_root(), shuffled.state_root());
        prop_assert_eq!(shown(&straight), shown(&shuffled));
    }

    #[test]
    fn history_has_the_values_of_each_epoch_that_changed_them(log in log()) {
        let states = states(&log);
        let fold = fold(&log);
        for realm in REALMS.map(realm) {
            for subject in EVERYBODY.map(person) {
                let place = (realm, subject);
                let mut expected = Vec::new();
                let mut founder = false;
                for (epoch, state) in (1..).zip(&states) {
                    let became = state.founders.contains(&place) && !founder;
                    founder |= became;
                    if became || state.changed.contains(&place) {
                        expected.push(HistoryPoint {
                            epoch,
                            closed_at_us: state.closed_at_us,
                            values_ppm: Dimension::ALL.map(|d| state.dimension_ppm(&place, d)),
                        });
                    }
                }
                prop_assert_eq!(fold.history(&realm, &subject), &expected[..]);
            }
        }
    }

    #[test]
    fn explained_parts_sum_exactly_to_the_value(log in log()) {
        let fold = fold(&log);
        for realm in REALMS.map(realm) {
            for subject in EVERYBODY.map(person) {
                let trust = fold.trust(&realm, &subject);
                let mut targets = vec![(Target::Standing, trust.standing)];
                targets.extend(
                    Dimension::ALL.map(|d| (Target::Dimension(d), trust.values[d.index()])),
                );
                targets.extend(
                    trust.domains.iter().map(|(name, value)| (Target::Domain(name.clone()), *value)),
                );
                for (target, value) in targets {
                    let explanation = fold.explain(&realm, &subject, &target);
                    prop_assert_eq!(explanation.value, value);
                    let sum = |negative: bool| -> u64 {
                        let parts = explanation.parts.iter();
                        parts
                            .filter(|part| {
                                (part.polarity == erynoa_events::Polarity::Negative) == negative
                            })
                            .map(|part| part.decayed)
                            .sum()
                    };
                    prop_assert_eq!(sum(false), value.sums.positive);
                    prop_assert_eq!(sum(true), value.sums.against());
                    let effects: i64 = explanation.parts.iter().map(|part| part.effect_ppm).sum();
                    prop_assert_eq!(
                        effects + explanation.floor_effect_ppm,
                        i64::from(value.trust_ppm) - i64::from(explanation.prior_ppm)
                    );
                    for part in &explanation.parts {
                        let negative = part.polarity == erynoa_events::Polarity::Negative;
                        let of_its_sign = if negative {
                            part.effect_ppm <= 0 && part.without_ppm >= value.trust_ppm
                        } else {
                            part.effect_ppm >= 0 && part.without_ppm <= value.trust_ppm
                        };
                        prop_assert!(of_its_sign);
                    }
                    let mut sorted = explanation.clone();
                    sorted.sort(PartOrder::Effect);
                    let effects = sorted.parts.iter().map(|part| part.effect_ppm.unsigned_abs());
                    prop_assert!(effects.is_sorted_by(|a, b| a >= b));
                    prop_assert_eq!(sorted.parts.len(), explanation.parts.len());
                }
            }
        }
    }

    /// K17
    #[test]
    fn without_events_trust_returns_to_the_prior(log in log()) {
        let mut fold = fold(&log);
        let day = day_of(fold.closed_at_us());
        // Positive evidence is gone after at most 41 000 days.
        fold.close((day + 41_000) * crate::world::DAY);
        for realm in REALMS.map(realm) {
            for subject in EVERYBODY.map(person) {
                let trust = fold.trust(&realm, &subject);
                let prior = if trust.founder { 900_000 } else { 100_000 };
                prop_assert_eq!(trust.values_ppm(), [prior; 6]);
                prop_assert_eq!(trust.standing_ppm, prior);
            }
        }
    }

    /// K3
    #[test]
    fn only_tabled_dimensions_change_and_all_stay_in_bounds(log in log()) {
        let fold = fold(&log);
        for realm in REALMS.map(realm) {
            for subject in EVERYBODY.map(person) {
                let trust = fold.trust(&realm, &subject);
                let prior = if trust.founder { 900_000 } else { 100_000 };
                for value in trust.values.iter().chain(trust.domains.iter().map(|(_, value)| value)) {
                    prop_assert!((10_000..=1_000_000).contains(&value.trust_ppm));
                    prop_assert!(value.confidence_ppm < 1_000_000);
                }
                prop_assert_eq!(trust.values[Dimension::Vigilance.index()].trust_ppm, prior);
                prop_assert!(trust.values[Dimension::Fidelity.index()].trust_ppm <= prior);
                for dimension in Dimension::ALL {
                    let about = fold.explain(&realm, &subject, &Target::Dimension(dimension));
                    if about.parts.is_empty() {
                        prop_assert_eq!(about.value.trust_ppm, prior);
                    }
                }
            }
        }
    }
}
