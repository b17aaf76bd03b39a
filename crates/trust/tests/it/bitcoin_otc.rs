//! Real data: the Bitcoin OTC web of trust (`testdata/bitcoin-otc`). Each
//! rating is an attestation of reliability, its sign the polarity; an epoch for
//! each day with ratings; person 1 founds the realm.

use std::collections::{BTreeMap, BTreeSet};

use erynoa_events::{Body, Dimension, Event, Polarity, RealmCreated};
use erynoa_kernel::{Coordinate, day_of};
use erynoa_trust::{Order, OrderBy, Target, TrustFold};

use crate::reference::states;
use crate::scenario::Epoch;
use crate::world::{DAY, People, attestation, event_id, person, realm};

const R: Dimension = Dimension::Reliability;

#[derive(Clone, Copy)]
struct Rating {
    rater: u32,
    ratee: u32,
    positive: bool,
    at_us: u64,
}

fn ratings() -> Vec<Rating> {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/bitcoin-otc/soc-sign-bitcoinotc.csv");
    let text = std::fs::read_to_string(path).expect("testdata/bitcoin-otc is part of the clone");
    let mut ratings: Vec<Rating> = text
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let (seconds, fraction) = fields[3].split_once('.').unwrap_or((fields[3], ""));
            let micros: u64 = format!("{fraction:0<6}")[..6].parse().expect("digits");
            Rating {
                rater: fields[0].parse().expect("a number"),
                ratee: fields[1].parse().expect("a number"),
                positive: fields[2].parse::<i32>().expect("a number") > 0,
                at_us: seconds.parse::<u64>().expect("seconds") * 1_000_000 + micros,
            }
        })
        .collect();
    ratings.sort_by_key(|rating| rating.at_us);
    ratings
}

fn event(author: u32, wall_us: u64, body: Body) -> Event {
    Event {
        author: person(author),
        realm: realm(0),
        coordinate: Coordinate { wall_us, counter: 0 },
        prev: None,
        parents: Vec::new(),
        body,
    }
}

fn founding() -> Body {
    Body::RealmCreated(RealmCreated {
        realm: realm(0),
        name: "Bitcoin OTC".into(),
        founders: vec![person(1)],
        ..RealmCreated::default()
    })
}

/// The fold of the ratings, day by day.
struct Network {
    fold: TrustFold,
    staged: u64,
    last_us: u64,
}

impl Network {
    fn new(first_us: u64) -> Self {
        let mut network = Self { fold: TrustFold::new(), staged: 0, last_us: first_us };
        network.say(0, first_us, founding());
        network
    }

    fn say(&mut self, author: u32, wall_us: u64, body: Body) {
        let event = event(author, wall_us, body);
        self.fold.stage(self.staged, event_id(self.staged), &event, &People::default());
        self.staged += 1;
    }

    /// Stages a rating; closes the epoch first when it is of a later day.
    fn rate(&mut self, rating: &Rating) {
        if day_of(rating.at_us) > day_of(self.last_us) {
            self.fold.close(self.last_us);
        }
        self.last_us = rating.at_us;
        let polarity = if rating.positive { Polarity::Positive } else { Polarity::Negative };
        let body = attestation(rating.ratee, R, polarity, "");
        self.say(rating.rater, rating.at_us, Body::Attestation(body));
    }

    fn close(&mut self) {
        self.fold.close(self.last_us);
    }

    fn trust_ppm(&self, who: u32) -> u32 {
        self.fold.trust(&realm(0), &person(who)).values[0].trust_ppm
    }
}

fn whole_network() -> TrustFold {
    let ratings = ratings();
    let mut network = Network::new(ratings[0].at_us);
    ratings.iter().for_each(|rating| network.rate(rating));
    network.close();
    network.fold
}

/// Replicas on every machine reach this root.
const STATE_ROOT: &str = "21af0efa4a8542a6d531fc89198331afdbc70caef73971607efa0e31b81e8006";

#[test]
fn the_network_folds_to_its_known_state_root() {
    let fold = whole_network();
    // One epoch for each day with ratings.
    assert_eq!(fold.epoch(), 1_769);
    assert_eq!(hex::encode(fold.state_root()), STATE_ROOT);
}

#[test]
fn the_founder_is_on_top_and_every_ratee_can_be_explained() {
    let fold = whole_network();
    let order = Order { by: OrderBy::Dimension(R), ascending: false, min_confidence_ppm: 0 };
    let ranked = fold.rank(&realm(0), order);
    assert_eq!(ranked[0].subject, person(1));
    assert!(ranked[0].value_ppm > 950_000);
    assert!(ranked[ranked.len() - 1].value_ppm < 50_000);

    let ratings = ratings();
    let ratees: BTreeSet<u32> = ratings.iter().map(|rating| rating.ratee).collect();
    let parts: usize = ratees
        .iter()
        .map(|&ratee| {
            let explanation = fold.explain(&realm(0), &person(ratee), &Target::Dimension(R));
            let effects: i64 = explanation.parts.iter().map(|part| part.effect_ppm).sum();
            assert_eq!(
                i64::from(explanation.prior_ppm) + effects + explanation.floor_effect_ppm,
                i64::from(explanation.value.trust_ppm)
            );
            explanation.parts.len()
        })
        .sum();
    assert_eq!(parts, ratings.len());
}

#[test]
fn the_first_ratings_fold_as_the_naive_reading_says() {
    let ratings = ratings();
    let mut network = Network::new(ratings[0].at_us);
    let mut log: Vec<Epoch> = Vec::new();
    for (number, rating) in (1..).zip(&ratings[..300]) {
        let polarity = if rating.positive { Polarity::Positive } else { Polarity::Negative };
        let event = event(
            rating.rater,
            rating.at_us,
            Body::Attestation(attestation(rating.ratee, R, polarity, "")),
        );
        match log.last_mut() {
            Some(epoch) if day_of(epoch.closed_at_us) == day_of(rating.at_us) => {
                epoch.events.push((event_id(number), event));
                epoch.closed_at_us = rating.at_us;
            }
            _ => log.push(Epoch {
                closed_at_us: rating.at_us,
                events: vec![(event_id(number), event)],
                joins: Vec::new(),
            }),
        }
        network.rate(rating);
    }
    network.close();
    log[0].events.insert(0, (event_id(0), event(0, ratings[0].at_us, founding())));
    let state_root = states(&log).last().map(|state| state.state_root);
    assert_eq!(state_root, Some(network.fold.state_root()));
}

/// First days of 2011-04, 2011-07, …, 2015-10, 2016-01.
const QUARTERS: [u64; 20] = [
    15_065, 15_156, 15_248, 15_340, 15_431, 15_522, 15_614, 15_706, 15_796, 15_887, 15_979, 16_071,
    16_161, 16_252, 16_344, 16_436, 16_526, 16_617, 16_709, 16_801,
];

/// Pairs of somebody who was rated well and somebody who was rated badly, and
/// twice those in which the first had the higher trust (ties count one).
#[derive(Default)]
struct Pairs {
    all: u64,
    won_twice: u64,
}

impl Pairs {
    fn add(&mut self, good: &[u32], bad: &[u32]) {
        self.all += (good.len() * bad.len()) as u64;
        for good in good {
            for bad in bad {
                self.won_twice += match good.cmp(bad) {
                    std::cmp::Ordering::Greater => 2,
                    std::cmp::Ordering::Equal => 1,
                    std::cmp::Ordering::Less => 0,
                };
            }
        }
    }

    /// Area under the curve, per mille.
    fn auc(&self) -> u64 {
        self.won_twice * 500 / self.all
    }
}

/// Protocol §5 was chosen for this: with earlier ratings only, the trust of
/// somebody who has been rated before tells whether they will be rated badly in
/// the coming quarter. Pairs within each quarter, pooled. The published figures
/// are .631 a person and .697 a rating.
#[test]
fn trust_foretells_who_will_be_rated_badly() {
    let ratings = ratings();
    let mut network = Network::new(ratings[0].at_us);
    let (mut people, mut single) = (Pairs::default(), Pairs::default());
    let mut seen = BTreeSet::new();
    let mut next = ratings.iter().peekable();
    for quarter in QUARTERS.windows(2) {
        while let Some(rating) = next.next_if(|rating| day_of(rating.at_us) < quarter[0]) {
            network.rate(rating);
            seen.insert(rating.ratee);
        }
        network.last_us = quarter[0] * DAY;
        network.close();

        let mut coming: BTreeMap<u32, Vec<bool>> = BTreeMap::new();
        for rating in next.clone().take_while(|rating| day_of(rating.at_us) < quarter[1]) {
            if seen.contains(&rating.ratee) {
                coming.entry(rating.ratee).or_default().push(rating.positive);
            }
        }
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        let (mut praised, mut blamed) = (Vec::new(), Vec::new());
        for (ratee, signs) in coming {
            let trust = network.trust_ppm(ratee);
            if signs.contains(&false) { &mut bad } else { &mut good }.push(trust);
            for positive in signs {
                if positive { &mut praised } else { &mut blamed }.push(trust);
            }
        }
        people.add(&good, &bad);
        single.add(&praised, &blamed);
    }
    assert_eq!((people.auc(), single.auc()), (630, 696));
}
