//! §9: sums and ranks, kept and read anew; §10: the series.

use std::collections::BTreeMap;

use erynoa_events::EventKind;
use erynoa_kernel::{DAY_US, IdentityId, Namespace, RealmId};
use erynoa_world::{
    Calibration, EpochView, HISTORY_POINTS, IdentityChange, PowerCap, Sources, WorldFold, gini_ppm,
};
use proptest::prelude::*;

use crate::reference::Record;
use crate::town::{NEWCOMER, Town, close, person, realm, word};

const PEOPLE: u32 = 14;

/// Root 0 ⊃ 1 ⊃ 2, and 3 for itself.
fn parent(id: &RealmId) -> Option<RealmId> {
    (1..3).find(|&number| realm(number) == *id).map(|number| realm(number - 1))
}

#[derive(Clone, Debug)]
struct Entry {
    place: u8,
    author: u32,
    partner: Option<u32>,
    kind: usize,
}

#[derive(Clone, Debug)]
struct Epoch {
    pause_days: u64,
    entries: Vec<Entry>,
    /// Realm, who, norm, power.
    trusted: Vec<(u8, u32, u32, u64)>,
    verified: Vec<(u32, bool)>,
    refreshed: bool,
}

const KINDS: [EventKind; 4] =
    [EventKind::Attestation, EventKind::Receipt, EventKind::Vote, EventKind::Custom];

fn epochs() -> impl Strategy<Value = Vec<Epoch>> {
    let entry = (0..4_u8, 0..PEOPLE, prop::option::weighted(0.9, 0..PEOPLE), 0..KINDS.len())
        .prop_map(|(place, author, partner, kind)| Entry { place, author, partner, kind });
    let pause = prop_oneof![4 => 0..3_u64, 2 => 20..60_u64, 1 => 80..500_u64];
    let power = prop_oneof![2 => 1..2_000_000_u64, 1 => Just(0)];
    let trusted = (0..4_u8, 0..PEOPLE, 10_000..=1_000_000_u32, power);
    let epoch = (
        pause,
        prop::collection::vec(entry, 0..25),
        prop::collection::vec(trusted, 0..6),
        prop::collection::vec((0..PEOPLE, any::<bool>()), 0..2),
        any::<bool>(),
    );
    let epoch = epoch.prop_map(|(pause_days, entries, trusted, verified, refreshed)| Epoch {
        pause_days,
        entries,
        trusted,
        verified,
        refreshed,
    });
    prop::collection::vec(epoch, 1..12)
}

/// 0 to 9 are people, 10 to 13 agents of 0 to 3.
fn populate(world: &mut WorldFold, town: &mut Town) {
    for who in 0..PEOPLE {
        let controller = who.checked_sub(10).map(person);
        let namespace = if controller.is_some() { Namespace::Spirit } else { Namespace::SelfHood };
        let identity = person(who);
        world.change_identity(IdentityChange::Created { identity, namespace, controller });
        town.roots.insert(identity, controller.unwrap_or(identity));
    }
}

fn human_ppm(town: &Town, who: &IdentityId) -> u32 {
    let root = town.root_of(who);
    match (town.verified.contains(&root), root == *who) {
        (false, _) => 1_000_000,
        (true, true) => 2_000_000,
        (true, false) => 1_500_000,
    }
}

fn check(world: &WorldFold, town: &Town, record: &Record) -> Result<(), TestCaseError> {
    let mut sums: BTreeMap<RealmId, f64> = BTreeMap::new();
    let mut ranked: BTreeMap<RealmId, Vec<(f64, IdentityId)>> = BTreeMap::new();
    for place in record.subjects() {
        let seen = record.subject(town, place, human_ppm(town, &place.1));
        let found = world.find(&place.0, &place.1).expect("the realm has seen it");
        prop_assert!((found.diversity_bits - seen.diversity_bits).abs() < 1e-9);
        let terms = seen.factors.terms();
        prop_assert_eq!(found.terms, terms);
        *sums.entry(place.0).or_default() += terms.term;
        prop_assert_eq!(found.rank.is_some(), terms.term > 1e-12, "{:?}", terms);
        if found.rank.is_some() {
            ranked.entry(place.0).or_default().push((terms.term, place.1));
        }
    }
    for number in 0..4 {
        let place = realm(number);
        let own = sums.get(&place).copied().unwrap_or(0.0);
        prop_assert!((world.own_world(&place) - own).abs() < 1e-9);
        let mut terms = ranked.remove(&place).unwrap_or_default();
        terms.sort_by(|a, b| b.0.total_cmp(&a.0));
        prop_assert_eq!(world.ranked(&place), terms.len());
        let page = world.page(&place, 0, usize::MAX);
        for (i, (shown, expected)) in page.iter().zip(&terms).enumerate() {
            prop_assert!((shown.terms.term - expected.0).abs() < 1e-12);
            prop_assert_eq!(shown.rank, Some(i as u64 + 1));
            let found = world.find(&place, &shown.subject).expect("it is on the page");
            prop_assert_eq!(found.rank, shown.rank);
        }
        prop_assert_eq!(
            &world.page(&place, 2, 3)[..],
            page.get(2..page.len().min(5)).unwrap_or(&[])
        );
    }
    let sum = |numbers: &[u8]| -> f64 {
        numbers.iter().filter_map(|&number| sums.get(&realm(number))).sum()
    };
    prop_assert!((world.world(&realm(0), parent) - sum(&[0, 1, 2])).abs() < 1e-9);
    prop_assert!((world.world(&realm(1), parent) - sum(&[1, 2])).abs() < 1e-9);
    prop_assert!((world.world(&realm(3), parent) - sum(&[3])).abs() < 1e-9);
    Ok(())
}

/// The point of a realm that the epoch has touched.
fn check_metrics(
    world: &WorldFold,
    town: &Town,
    record: &Record,
    place: RealmId,
    exponent: u32,
) -> Result<(), TestCaseError> {
    let point = world.metrics(&place, 1).0[0];
    let here: Vec<IdentityId> =
        record.subjects().filter(|at| at.0 == place).map(|at| at.1).collect();
    let stands: Vec<_> = here.iter().map(|who| town.stand(&place, who)).collect();
    let norms: Vec<u64> =
        stands.iter().filter(|s| s.is_subject).map(|s| u64::from(s.norm_ppm)).collect();
    let voices = stands.iter().filter(|stand| stand.power > 0).count();
    let powers: Vec<(IdentityId, u64)> = here
        .iter()
        .map(|who| (town.root_of(who), record.subject(town, (place, *who), 1_000_000).power))
        .collect();
    let mut by_root: BTreeMap<IdentityId, u64> = BTreeMap::new();
    for (root, power) in &powers {
        *by_root.entry(*root).or_default() += power;
    }
    let by_root: Vec<u64> = by_root.into_values().filter(|&power| power > 0).collect();
    let mut diversity: Vec<f64> = here
        .iter()
        .map(|who| record.subject(town, (place, *who), 1_000_000))
        .filter(|seen| seen.partnered)
        .map(|seen| seen.diversity_bits)
        .collect();
    diversity.sort_by(f64::total_cmp);
    let median = diversity.len().checked_sub(1).map_or(0.0, |last| diversity[last / 2]);

    prop_assert_eq!(point.day, record.day);
    prop_assert_eq!(point.subjects as usize, norms.len());
    prop_assert_eq!(point.voices as usize, voices);
    prop_assert_eq!(point.norm_gini_ppm, gini_ppm(&norms));
    let mean = norms.iter().sum::<u64>() / norms.len().max(1) as u64;
    prop_assert_eq!(u64::from(point.mean_norm_ppm), mean);
    prop_assert_eq!(point.power_gini_ppm, gini_ppm(&by_root));
    prop_assert_eq!(point.cap_exponent_ppm, exponent);
    let cap = PowerCap::over(&powers, exponent);
    prop_assert_eq!((point.power_cap, point.capped_roots), (cap.cap, cap.capped));
    prop_assert_eq!(world.power_cap(&place), cap);
    prop_assert!((f64::from(point.median_diversity_millibits) - median * 1e3).abs() < 0.51);
    prop_assert_eq!(point.ranked as usize, world.ranked(&place));
    prop_assert!((point.world - world.own_world(&place)).abs() < 1e-9);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_kept_is_what_is_read_anew(epochs in epochs()) {
        let (mut world, mut town, mut record) =
            (WorldFold::new(), Town::default(), Record::default());
        populate(&mut world, &mut town);
        let mut calibrations: BTreeMap<RealmId, Calibration> = BTreeMap::new();
        let (mut number, mut day) = (0, 0);
        for (epoch, counter) in epochs.into_iter().zip(1..) {
            day += epoch.pause_days;
            let mut observed = Vec::new();
            for entry in epoch.entries {
                number += 1;
                let mut event = word(number, entry.author, 0, day * DAY_US);
                event.realm = realm(entry.place);
                event.author_root = town.root_of(&event.author);
                event.partner_root = entry.partner.map(|who| town.root_of(&person(who)));
                event.kind = KINDS[entry.kind];
                world.apply(&event);
                observed.push(event);
            }
            let mut changed = Vec::new();
            for (place, who, norm_ppm, power) in epoch.trusted {
                town.set(place, who, norm_ppm, power);
                changed.push((realm(place), person(who)));
            }
            for (who, verified) in epoch.verified {
                if verified {
                    town.verified.insert(person(who));
                } else {
                    town.verified.remove(&person(who));
                }
                world.verification_changed(&person(who));
            }
            let places: Vec<RealmId> =
                observed.iter().map(|one| one.realm).chain(changed.iter().map(|at| at.0)).collect();
            record.close(day, observed, &changed);
            world.close(EpochView::new(counter, day * DAY_US), &changed, &town);
            if epoch.refreshed {
                world.refresh(&town);
            }
            check(&world, &town, &record)?;
            for place in (0..4).map(realm) {
                let point = world.metrics(&place, 1).0.first().copied();
                let touched = point.is_some_and(|point| point.epoch == counter);
                prop_assert!(touched || !places.contains(&place));
                if let Some(point) = point.filter(|_| touched) {
                    let calibration = calibrations.entry(place).or_default();
                    let exponent = calibration.step(point.power_gini_ppm);
                    check_metrics(&world, &town, &record, place, exponent)?;
                }
            }
        }
    }
}

#[test]
fn a_new_day_counts_with_the_norms_of_that_day() {
    let (mut world, mut town) = (WorldFold::new(), Town::default());
    town.set(0, 1, 800_000, 0);
    for number in 0..3 {
        let mut event = word(number, 1, 2, 0);
        event.kind = KINDS[usize::try_from(number).unwrap()];
        world.apply(&event);
    }
    close(&mut world, &town, 1, 0);
    // Evidence decays, nothing happens to the subject.
    town.set(0, 1, 700_000, 0);
    close(&mut world, &town, 2, 1);
    assert_eq!(world.find(&realm(0), &person(1)).unwrap().terms.factors.norm_ppm, 800_000);
    world.refresh(&town);
    let found = world.find(&realm(0), &person(1)).unwrap();
    assert_eq!(found.terms.factors.norm_ppm, 700_000);
    assert_eq!(found.terms.factors.idle_days, 1);
    assert!((world.own_world(&realm(0)) - found.terms.term).abs() < 1e-12);
    // On the same day nothing more is asked.
    town.set(0, 1, 600_000, 0);
    world.refresh(&town);
    assert_eq!(world.find(&realm(0), &person(1)).unwrap().terms.factors.norm_ppm, 700_000);
}

#[test]
fn an_event_counts_when_its_epoch_closes() {
    let (mut world, town) = (WorldFold::new(), Town::default());
    world.apply(&word(1, 1, 2, 0));
    assert!(world.find(&realm(0), &person(1)).is_none());
    close(&mut world, &town, 1, 0);
    let found = world.find(&realm(0), &person(1)).unwrap();
    assert_eq!((found.terms.factors.witnessed, found.terms.factors.own_events), (1, 1));
}

#[test]
fn events_leave_the_window_after_ninety_days() {
    let (mut world, town) = (WorldFold::new(), Town::default());
    world.apply(&word(1, 1, 2, 0));
    close(&mut world, &town, 1, 0);
    close(&mut world, &town, 2, 89);
    assert_eq!(world.find(&realm(0), &person(1)).unwrap().terms.factors.witnessed, 1);
    close(&mut world, &town, 3, 90);
    let factors = world.find(&realm(0), &person(1)).unwrap().terms.factors;
    assert_eq!((factors.witnessed, factors.own_events), (0, 1));
}

#[test]
fn all_custom_kinds_are_one_and_events_of_no_realm_count_nowhere() {
    let (mut world, town) = (WorldFold::new(), Town::default());
    for number in 0..4 {
        let mut event = word(number, 1, 2, 0);
        event.kind = EventKind::Custom;
        event.custom_type = Some(u16::try_from(number).unwrap());
        world.apply(&event);
    }
    let mut nowhere = word(9, 1, 2, 0);
    nowhere.realm = RealmId::NULL;
    world.apply(&nowhere);
    close(&mut world, &town, 1, 0);
    let factors = world.find(&realm(0), &person(1)).unwrap().terms.factors;
    assert!(factors.surprisal_bits.abs() < 1e-12);
    assert_eq!(factors.own_events, 4);
    assert!(world.find(&RealmId::NULL, &person(1)).is_none());
}

#[test]
fn a_series_keeps_its_newest_points_and_says_how_many_are_gone() {
    let (mut world, town) = (WorldFold::new(), Town::default());
    let epochs = HISTORY_POINTS as u64 + 5;
    for epoch in 1..=epochs {
        world.apply(&word(epoch, 1, 2, 0));
        close(&mut world, &town, epoch, 0);
    }
    let (points, before) = world.metrics(&realm(0), usize::MAX);
    assert_eq!((points.len(), before), (HISTORY_POINTS, 5));
    assert_eq!((points[0].epoch, points[HISTORY_POINTS - 1].epoch), (6, epochs));
    let (points, before) = world.metrics(&realm(0), 2);
    assert_eq!((points.len(), before), (2, epochs - 2));
    assert_eq!(world.metrics(&realm(7), 2), (Vec::new(), 0));
}

#[test]
fn of_equal_terms_the_one_who_came_first_is_first() {
    let (mut world, town) = (WorldFold::new(), Town::default());
    for (number, who) in (0_u64..).zip([5, 3, 8, 5, 3, 8]) {
        let mut event = word(number, who, 99, 0);
        if number > 2 {
            event.kind = EventKind::Vote;
        }
        world.apply(&event);
    }
    close(&mut world, &town, 1, 0);
    let order: Vec<_> = world.page(&realm(0), 0, 10).iter().map(|one| one.subject).collect();
    assert_eq!(order, [5, 3, 8].map(person));
    assert_eq!(town.stand(&realm(0), &person(5)), NEWCOMER);
}
