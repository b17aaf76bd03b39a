//! The fold against the naive reading of the protocol.

use erynoa_events::Dimension;
use erynoa_kernel::{IdentityId, RealmId, day_of};
use erynoa_trust::{HistoryPoint, PartKind, PartOrder, PartState, Side, Target, TrustFold};
use proptest::prelude::*;

use crate::reference::{State, states};
use crate::scenario::{DOMAINS, EVERYBODY, Epoch, PARTITIONS, REALMS, TYPES, fold, log, stage};
use crate::world::{People, person, realm};

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
                let prior = fold.explain(&realm, &subject, &Target::Dimension(dimension)).prior_ppm;
                assert_eq!(prior, state.prior_ppm(&place, &(dimension as u8, String::new())));
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
            text += &bonds_shown(fold, &realm, &subject);
        }
    }
    text
}

const SIDES: [Side; 2] = [Side::Gave, Side::Got];

/// Vouches and credentials of a subject, apart from positions in the log.
fn bonds_shown(fold: &TrustFold, realm: &RealmId, subject: &IdentityId) -> String {
    let mut lines = Vec::new();
    let vouches = SIDES.into_iter().flat_map(|side| fold.vouches(realm, subject, side, None));
    for mut vouch in vouches.chain(fold.live_vouches(realm, subject)) {
        vouch.sequence = 0;
        lines.push(format!("{vouch:?}\n"));
    }
    for mut credential in
        SIDES.into_iter().flat_map(|side| fold.credentials(realm, subject, side, None))
    {
        credential.sequence = 0;
        lines.push(format!("{credential:?}\n"));
    }
    for name in TYPES {
        let held = fold.holds_credential(realm, subject, name, fold.closed_at_us());
        lines.push(format!("{name} {held}\n"));
    }
    lines.sort_unstable();
    lines.concat()
}

/// The dimensions that a row of evidence speaks about (protocol §5).
fn tabled(kind: PartKind) -> &'static [Dimension] {
    use Dimension::{Competence, Fidelity, Integrity, Prestige, Reliability, Vigilance};
    match kind {
        PartKind::Attestation => &[Reliability, Integrity, Competence, Prestige],
        PartKind::Receipt => &[Reliability],
        PartKind::ClaimJudged | PartKind::CredentialFraud | PartKind::VouchAnswered => &[Integrity],
        PartKind::Credential => &[Competence],
        PartKind::Vouch => &[Prestige],
        PartKind::Cosignature | PartKind::AnomalyJudged => &[Vigilance],
        PartKind::Contradiction => &[Integrity, Fidelity],
        PartKind::ProposalAccepted => &[Competence, Fidelity],
        PartKind::Equivocation | PartKind::Vote | PartKind::Spam | PartKind::Breach => &[Fidelity],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn incremental_fold_is_full_recomputation_bit_for_bit(log in log()) {
        let mut fold = TrustFold::new();
        let mut sequence = 0;
        let mut people = People::default();
        for (number, (epoch, state)) in (1..).zip(log.iter().zip(states(&log))) {
            stage(&mut fold, epoch, &mut sequence, &mut people);
            let outcome = fold.close(epoch.closed_at_us);
            prop_assert_eq!((fold.epoch(), outcome.epoch), (number, number));
            prop_assert_eq!(outcome.state_root, state.state_root);
            prop_assert_eq!(&outcome.changed[..state.changed.len()], &state.changed[..]);
            assert_same(&fold, &state);
        }
    }

    #[test]
    fn any_order_inside_an_epoch_gives_the_same_bytes(
        (straight, shuffled) in log().prop_flat_map(|straight| {
            // A realm is created before anything happens in it.
            let founding = Just(straight[0].clone());
            let later: Vec<_> = straight[1..]
                .iter()
                .map(|epoch| {
                    let closed_at_us = epoch.closed_at_us;
                    let events = Just(epoch.events.clone()).prop_shuffle();
                    let joins = Just(epoch.joins.clone()).prop_shuffle();
                    (events, joins).prop_map(move |(events, joins)| Epoch {
                        closed_at_us,
                        events,
                        joins,
                    })
                })
                .collect();
            let shuffled = (founding, later)
                .prop_map(|(founding, later)| [vec![founding], later].concat());
            (Just(straight), shuffled)
        }),
    ) {
        let (straight, shuffled) = (fold(&straight), fold(&shuffled));
        prop_assert_eq!(straight.state_root(), shuffled.state_root());
        prop_assert_eq!(shown(&straight), shown(&shuffled));
    }

    #[test]
    fn a_list_of_vouches_or_credentials_goes_on_before_any_position_of_the_log(log in log()) {
        let fold = fold(&log);
        let end = log.iter().map(|epoch| epoch.events.len() as u64).sum::<u64>() + 1;
        for (realm, who, side) in REALMS.map(realm).into_iter().flat_map(|realm| {
            EVERYBODY.into_iter().flat_map(move |n| SIDES.map(|side| (realm, person(n), side)))
        }) {
            let vouches: Vec<_> = fold.vouches(&realm, &who, side, None).collect();
            let credentials: Vec<_> = fold.credentials(&realm, &who, side, None).collect();
            for before in 0..=end {
                let rest = fold.vouches(&realm, &who, side, Some(before));
                prop_assert!(rest.eq(vouches.iter().filter(|v| v.sequence < before).cloned()));
                let rest = fold.credentials(&realm, &who, side, Some(before));
                prop_assert!(rest.eq(credentials.iter().filter(|c| c.sequence < before).cloned()));
            }
        }
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
                let standing = if trust.founder { 900_000 } else { 100_000 };
                let prior = trust.crossed_ppm.filter(|_| !trust.founder).unwrap_or([standing; 6]);
                prop_assert_eq!(trust.values_ppm(), prior);
                prop_assert_eq!(trust.standing_ppm, standing);
            }
        }
    }

    #[test]
    fn a_partition_has_the_trust_of_the_realm_above_it(log in log()) {
        let fold = fold(&log);
        for partition in PARTITIONS.map(realm) {
            for subject in EVERYBODY.map(person) {
                prop_assert_eq!(
                    fold.trust(&partition, &subject),
                    fold.trust(&realm(0), &subject)
                );
                prop_assert_eq!(
                    fold.record_bytes(&partition, &subject),
                    fold.record_bytes(&realm(0), &subject)
                );
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
                for value in trust.values.iter().chain(trust.domains.iter().map(|(_, value)| value)) {
                    prop_assert!((10_000..=1_000_000).contains(&value.trust_ppm));
                    prop_assert!(value.confidence_ppm < 1_000_000);
                }
                for dimension in Dimension::ALL {
                    let about = fold.explain(&realm, &subject, &Target::Dimension(dimension));
                    for part in &about.parts {
                        prop_assert!(tabled(part.kind).contains(&dimension), "{:?}", part.kind);
                    }
                    if about.parts.iter().all(|part| part.state != PartState::Live) {
                        prop_assert_eq!(about.value.trust_ppm, about.prior_ppm);
                    }
                }
            }
        }
    }
}
