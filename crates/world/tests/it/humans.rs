//! §6: the human factor.

use std::collections::{BTreeMap, BTreeSet};

use erynoa_kernel::{IdentityId, Namespace};
use erynoa_world::{EpochView, Humans, IdentityChange, WorldFold};
use proptest::prelude::*;

use crate::town::{MINUTE, Town, close, person, realm, word};

fn created(who: u32, namespace: Namespace, controller: Option<u32>) -> IdentityChange {
    IdentityChange::Created { identity: person(who), namespace, controller: controller.map(person) }
}

fn humans(changes: &[IdentityChange]) -> Humans {
    let mut humans = Humans::default();
    for &change in changes {
        humans.apply(change);
    }
    humans
}

const PERSON: u32 = 1;

fn factor(humans: &Humans, who: u32) -> u32 {
    humans.factor_ppm(&person(who), |one| *one == person(PERSON))
}

#[test]
fn a_verified_person_counts_twice_and_another_once() {
    let humans = humans(&[
        created(PERSON, Namespace::SelfHood, None),
        created(2, Namespace::SelfHood, None),
    ]);
    assert_eq!(factor(&humans, PERSON), 2_000_000);
    assert_eq!(factor(&humans, 2), 1_000_000);
    assert_eq!(factor(&humans, 3), 1_000_000, "nobody knows it");
}

#[test]
fn agents_share_half_a_bonus() {
    let mut humans = humans(&[
        created(PERSON, Namespace::SelfHood, None),
        created(10, Namespace::Spirit, Some(PERSON)),
    ]);
    assert_eq!(factor(&humans, 10), 1_500_000);
    for agent in 11..14 {
        humans.apply(created(agent, Namespace::Spirit, Some(PERSON)));
    }
    assert_eq!(humans.live_agents(&person(PERSON)), 4);
    assert_eq!(factor(&humans, 10), 1_125_000);
    humans.apply(IdentityChange::Deactivated { identity: person(11) });
    humans.apply(IdentityChange::Deactivated { identity: person(12) });
    assert_eq!(factor(&humans, 10), 1_250_000, "the living share");
    assert_eq!(factor(&humans, 11), 1_000_000, "the ended have none");
}

#[test]
fn an_agent_of_somebody_who_is_not_verified_has_no_bonus() {
    let humans =
        humans(&[created(2, Namespace::SelfHood, None), created(10, Namespace::Spirit, Some(2))]);
    assert_eq!(factor(&humans, 10), 1_000_000);
}

#[test]
fn a_led_guild_has_three_tenths_and_what_it_runs_a_tenth() {
    let mut humans = humans(&[
        created(PERSON, Namespace::SelfHood, None),
        created(5, Namespace::Guild, None),
        created(20, Namespace::Spirit, Some(5)),
    ]);
    assert_eq!(factor(&humans, 5), 1_000_000);
    assert_eq!(factor(&humans, 20), 1_000_000);
    let controller = Some(person(PERSON));
    humans.apply(IdentityChange::Controlled { identity: person(5), controller });
    assert_eq!(factor(&humans, 5), 1_300_000);
    assert_eq!(factor(&humans, 20), 1_100_000);
    humans.apply(IdentityChange::Controlled { identity: person(5), controller: None });
    assert_eq!(factor(&humans, 5), 1_000_000);
}

#[test]
fn depth_three_counts_as_anybody() {
    let humans = humans(&[
        created(PERSON, Namespace::SelfHood, None),
        created(10, Namespace::Spirit, Some(PERSON)),
        created(11, Namespace::Spirit, Some(10)),
        created(12, Namespace::Spirit, Some(11)),
    ]);
    assert_eq!(factor(&humans, 10), 1_250_000);
    assert_eq!(factor(&humans, 11), 1_100_000);
    assert_eq!(factor(&humans, 12), 1_000_000);
}

#[test]
fn the_same_identity_is_created_once() {
    let mut humans = humans(&[created(PERSON, Namespace::SelfHood, None)]);
    assert!(humans.apply(created(PERSON, Namespace::Guild, None)).is_empty());
    assert_eq!(factor(&humans, PERSON), 2_000_000);
}

#[test]
fn the_ranking_follows_a_verification_and_a_new_agent() {
    let (mut world, mut town) = (WorldFold::new(), Town::default());
    world.change_identity(created(PERSON, Namespace::SelfHood, None));
    world.change_identity(created(10, Namespace::Spirit, Some(PERSON)));
    for number in 0..4 {
        let mut event = word(number, 10, 7 + u32::try_from(number).unwrap(), number);
        if number == 3 {
            event.kind = erynoa_events::EventKind::Vote;
        }
        world.apply(&event);
    }
    close(&mut world, &town, 1, 0);
    let plain = world.find(&realm(0), &person(10)).unwrap().terms;
    assert!((plain.human_factor - 1.0).abs() < 1e-12);

    town.verified.insert(person(PERSON));
    world.verification_changed(&person(PERSON));
    close(&mut world, &town, 2, 0);
    let alone = world.find(&realm(0), &person(10)).unwrap().terms;
    assert!((alone.human_factor - 1.5).abs() < 1e-12);
    assert!((world.own_world(&realm(0)) - plain.term * 1.5).abs() < 1e-12);

    world.change_identity(created(11, Namespace::Spirit, Some(PERSON)));
    close(&mut world, &town, 3, 0);
    let shared = world.find(&realm(0), &person(10)).unwrap().terms;
    assert!((shared.human_factor - 1.25).abs() < 1e-12);
}

#[test]
fn the_ranking_follows_the_end_of_a_verification_in_the_epoch_that_reaches_it() {
    let (mut world, mut town) = (WorldFold::new(), Town::default());
    world.change_identity(created(PERSON, Namespace::SelfHood, None));
    world.change_identity(created(10, Namespace::Spirit, Some(PERSON)));
    town.verified.insert(person(PERSON));
    world.verification_ends(&person(PERSON), 3 * MINUTE);
    world.apply(&word(0, 10, 7, 0));
    let factor = |world: &WorldFold| {
        let terms = world.find(&realm(0), &person(10)).unwrap().terms;
        terms.human_factor
    };
    world.close(EpochView::new(1, MINUTE), &[], &town);
    assert!((factor(&world) - 1.5).abs() < 1e-12);
    world.close(EpochView::new(2, 3 * MINUTE - 1), &[], &town);
    assert!((factor(&world) - 1.5).abs() < 1e-12, "not over yet");
    town.verified.clear();
    world.close(EpochView::new(3, 3 * MINUTE), &[], &town);
    assert!((factor(&world) - 1.0).abs() < 1e-12, "on the same day");
}

#[test]
fn one_agent_more_stirs_nobody_whose_share_stays() {
    let mut humans = humans(&[created(PERSON, Namespace::SelfHood, None)]);
    let mut stirs = |agent: u32| {
        !humans.apply(created(100 + agent, Namespace::Spirit, Some(PERSON))).is_empty()
    };
    let stirring: Vec<u32> = (1..=2_002).filter(|&agent| stirs(agent)).collect();
    assert!(stirring.contains(&2) && stirring.contains(&2_001), "500 000 / 2 001 = 249");
    assert!(!stirring.contains(&2_002), "as much as with 2 001");
}

#[derive(Clone, Debug)]
enum Step {
    Create(u32, u8, Option<u32>),
    Control(u32, Option<u32>),
    End(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..24_u32, 1..=10_u8, prop::option::weighted(0.8, 0..24_u32))
            .prop_map(|(who, namespace, controller)| Step::Create(who, namespace, controller)),
        2 => (0..24_u32, prop::option::of(0..24_u32)).prop_map(|(who, by)| Step::Control(who, by)),
        1 => (0..24_u32).prop_map(Step::End),
    ];
    prop::collection::vec(step, 0..60)
}

/// Who controls whom, read anew each time.
#[derive(Default)]
struct Naive(BTreeMap<u32, (Namespace, Option<u32>, bool)>);

impl Naive {
    fn above(&self, who: u32) -> Vec<u32> {
        let first = self.0.get(&who).and_then(|one| one.1);
        let second = first.and_then(|one| self.0.get(&one)).and_then(|one| one.1);
        first.into_iter().chain(second).collect()
    }

    fn is_agent(&self, who: u32) -> bool {
        self.0.get(&who).is_some_and(|&(namespace, _, live)| live && namespace.needs_controller())
    }

    fn agents(&self, top: u32) -> u32 {
        let below = self.0.keys().filter(|&&who| who != top && self.above(who).contains(&top));
        u32::try_from(below.filter(|&&who| self.is_agent(who)).count()).expect("at most 24")
    }

    fn would_circle(&self, who: u32, by: Option<u32>) -> bool {
        let up = |one: &u32| self.0.get(one).and_then(|known| known.1);
        std::iter::successors(by, up).take(64).any(|one| one == who)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn k16_factors_are_between_one_and_two_and_all_agents_of_one_person_add_at_most_a_half(
        steps in steps(),
        verified in prop::collection::btree_set(0..24_u32, 0..24),
    ) {
        let (mut humans, mut naive) = (Humans::default(), Naive::default());
        let verified: BTreeSet<IdentityId> = verified.into_iter().map(person).collect();
        let factors = |humans: &Humans| {
            (0..24).map(|who| humans.factor_ppm(&person(who), |one| verified.contains(one)))
                .collect::<Vec<u32>>()
        };
        for step in steps {
            let before = factors(&humans);
            let stirred;
            match step {
                Step::Create(who, namespace, controller) => {
                    let namespace = Namespace::from_number(namespace).unwrap();
                    let controller = controller
                        .filter(|by| namespace.needs_controller() && naive.0.contains_key(by));
                    stirred = humans.apply(created(who, namespace, controller));
                    naive.0.entry(who).or_insert((namespace, controller, true));
                }
                Step::Control(who, by) => {
                    // The log admits no circle, and controllers that exist.
                    let by = by.filter(|by| naive.0.contains_key(by));
                    if naive.would_circle(who, by) {
                        continue;
                    }
                    let controller = by.map(person);
                    stirred = humans
                        .apply(IdentityChange::Controlled { identity: person(who), controller });
                    if let Some(known) = naive.0.get_mut(&who) {
                        known.1 = by;
                    }
                }
                Step::End(who) => {
                    stirred = humans.apply(IdentityChange::Deactivated { identity: person(who) });
                    if let Some(known) = naive.0.get_mut(&who) {
                        known.2 = false;
                    }
                }
            }
            for (who, (before, after)) in (0..).zip(before.iter().zip(factors(&humans))) {
                let is_new = matches!(step, Step::Create(new, ..) if new == who);
                let mut above = naive.above(who);
                above.push(who);
                let follows = above.iter().any(|&one| stirred.contains(&person(one)));
                // Nothing that is new stands in a ranking yet.
                prop_assert!(*before == after || follows || is_new, "{} after {:?}", who, step);
            }
        }
        let factor = |who: u32| humans.factor_ppm(&person(who), |one| verified.contains(one));
        for who in 0..24 {
            prop_assert!((1_000_000..=2_000_000).contains(&factor(who)));
            if naive.agents(who) > 0 {
                prop_assert_eq!(humans.live_agents(&person(who)), naive.agents(who));
            }
            let household = (0..24_u32)
                .filter(|&one| naive.is_agent(one) && naive.above(one).contains(&who));
            let is_person = naive.0.get(&who).is_some_and(|one| one.0 == Namespace::SelfHood);
            if is_person {
                let bonus: u32 = household.map(|one| factor(one) - 1_000_000).sum();
                prop_assert!(bonus <= 500_000, "{}", bonus);
            }
        }
    }
}
