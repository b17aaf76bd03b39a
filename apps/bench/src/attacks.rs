//! Attacks on the network as it stood on 2014-01-01, and what they do to the
//! place and the score of those they are about.

use std::collections::BTreeSet;

use erynoa_trust::parameters::VOICE_THRESHOLD_PPM;

use crate::constants::Constants;
use crate::dataset::{DAY_US, Dataset, FOUNDER, Rating, people_of};
use crate::metrics::{Scatter, percentile};
use crate::rule::{Rule, Scene};
use crate::scorer::{Scorer, replay};

/// 2014-01-01.
pub const ATTACK_DAY: u64 = 16_071;
/// Days after the attack's first at which the places are taken: every attack
/// is over.
const SETTLED_DAYS: u64 = 10;
/// Sybils of a clique.
const CLIQUE: usize = 200;
/// Sybils that corrupt members vouch for.
const VOUCHED: usize = 40;
/// Newcomers that slander.
const SLANDERERS: usize = 50;
/// Top members: as many are slandered.
const TOP: usize = 5;
/// Independent repetitions of an attack on one newcomer, with other raters.
const REPEATS: usize = 10;
/// Good ratings of the traitor.
const GOOD_NAME: usize = 100;
/// Worst and best rating.
const WORST: i8 = -10;
const BEST: i8 = 10;

/// The network before the attack, and who is who in it.
pub struct Town {
    /// Ratings before [`ATTACK_DAY`].
    pub history: Vec<Rating>,
    /// One more than the greatest number of a person.
    pub people: usize,
    /// Everybody who was rated: the places are among these.
    pub rated: Vec<u32>,
    /// Who has rated somebody well, not labelled fraudulent.
    pub raters: Vec<u32>,
    /// By standing, the best first, without the founder and the fraudulent.
    pub top: Vec<u32>,
    /// Those of the raters who have a voice.
    pub voices: Vec<u32>,
    /// Labelled fraudulent and rated.
    pub fraudsters: Vec<u32>,
    /// Values of good ratings, as they came.
    good_values: Vec<i8>,
}

/// Ratings before and after, and whom it is about.
pub struct Attack {
    /// Unique in a run.
    pub name: String,
    /// The places of these people are averaged.
    pub subjects: Vec<u32>,
    /// Ascending by time.
    pub before: Vec<Rating>,
    /// Ascending by time.
    pub after: Vec<Rating>,
}

/// What an attack did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Displacement {
    /// Mean percentile of the subjects among the rated.
    pub place_before: f64,
    /// After the attack.
    pub place_after: f64,
    /// Mean score of the subjects.
    pub score_before: f64,
    /// After the attack.
    pub score_after: f64,
}

/// What becomes of somebody who cheats after 100 good ratings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traitor {
    /// Bad ratings that halve the score; none when 200 do not.
    pub halved_by: Option<usize>,
    /// Percentile after [`BETRAYALS`] bad ratings.
    pub places: [f64; 6],
    /// Percentile [`YEARS_LATER`] after [`BETRAYED`] bad ratings, if nobody says
    /// anything more.
    pub places_later: [f64; 3],
}

/// Bad ratings after which the traitor's place is taken.
pub const BETRAYALS: [usize; 6] = [0, 1, 2, 5, 10, 20];
/// Bad ratings of the traitor whose later places are taken.
pub const BETRAYED: usize = 10;
/// When, in years.
pub const YEARS_LATER: [u64; 3] = [1, 3, 5];
/// Beyond so many bad ratings nobody waits for the score to halve.
const MOST_BAD: usize = 200;

impl Town {
    /// The network of the data before the attack.
    #[must_use]
    pub fn new(data: &Dataset) -> Self {
        let history = data.before(ATTACK_DAY).to_vec();
        let people = data.people();
        let is_fraud = |person: &u32| data.labels.get(person).copied().unwrap_or(false);
        let rated: BTreeSet<u32> = history.iter().map(|rating| rating.ratee).collect();
        let raters: BTreeSet<u32> = history
            .iter()
            .filter(|rating| rating.is_positive())
            .map(|rating| rating.rater)
            .filter(|person| *person != FOUNDER && !is_fraud(person))
            .collect();
        let scorer = standing(&history, people);
        let mut top: Vec<u32> = rated
            .iter()
            .copied()
            .filter(|person| *person != FOUNDER && !is_fraud(person))
            .collect();
        top.sort_by_key(|&person| (std::cmp::Reverse(scorer.standing_ppm(person)), person));
        let voices = raters
            .iter()
            .copied()
            .filter(|&person| scorer.standing_ppm(person) >= VOICE_THRESHOLD_PPM)
            .collect();
        let good_values = history
            .iter()
            .filter(|rating| rating.is_positive())
            .map(|rating| rating.value)
            .collect();
        Self {
            fraudsters: rated.iter().copied().filter(is_fraud).collect(),
            history,
            people,
            rated: rated.into_iter().collect(),
            raters: raters.into_iter().collect(),
            top,
            voices,
            good_values,
        }
    }

    /// Somebody who was never heard of, a different one for every index.
    #[must_use]
    pub fn stranger(&self, index: usize) -> u32 {
        u32::try_from(self.people + index).expect("people have 32-bit numbers")
    }

    fn strangers(&self, range: std::ops::Range<usize>) -> Vec<u32> {
        range.map(|index| self.stranger(index)).collect()
    }

    fn attack(
        &self,
        name: impl Into<String>,
        subjects: Vec<u32>,
        prepared: &[Rating],
        attack: &[Rating],
    ) -> Attack {
        let join = |extra: &[&[Rating]]| {
            let mut ratings = self.history.clone();
            ratings.extend(extra.iter().copied().flatten());
            ratings.sort_by_key(|rating| rating.at_us);
            ratings
        };
        Attack {
            name: name.into(),
            subjects,
            before: join(&[prepared]),
            after: join(&[prepared, attack]),
        }
    }

    /// A value of a good rating as they come in the data.
    fn usual(&self, scatter: &mut Scatter) -> i8 {
        self.good_values[scatter.below(self.good_values.len())]
    }

    /// All attacks that are a displacement.
    #[must_use]
    pub fn attacks(&self, seed: u64) -> Vec<Attack> {
        let mut attacks = vec![self.clique_lifts_newcomer(), self.clique_lifts_fraudsters()];
        attacks.push(self.honest_raters_fooled(seed));
        attacks.extend((1..=3).map(|insiders| self.corrupt_insiders(insiders)));
        attacks.extend([0, 3, 5].map(|praises| self.slander(praises, seed)));
        attacks.push(self.whitewashing(seed));
        attacks.push(self.whitewashing_again(seed));
        for ring in 2..=8 {
            attacks.push(self.ring_of_newcomers(ring, seed));
        }
        for ring in [2, 4, 8] {
            attacks.push(self.ring_of_voices(ring, seed));
        }
        attacks
    }

    /// 200 Sybils who praise each other, then a newcomer.
    #[must_use]
    pub fn clique_lifts_newcomer(&self) -> Attack {
        let newcomer = self.stranger(0);
        let ratings = self.clique(&[newcomer]);
        self.attack("200 Sybils praise each other and a newcomer", vec![newcomer], &[], &ratings)
    }

    /// The same around known fraudsters.
    #[must_use]
    pub fn clique_lifts_fraudsters(&self) -> Attack {
        let subjects: Vec<u32> = Scatter::new(5).choose(&self.fraudsters, REPEATS);
        let ratings = self.clique(&subjects);
        self.attack("200 Sybils praise each other and a known fraudster", subjects, &[], &ratings)
    }

    fn clique(&self, lifted: &[u32]) -> Vec<Rating> {
        let sybils = self.strangers(1..1 + CLIQUE);
        let mut ratings = each_praises_each(&sybils, 0);
        for &sybil in &sybils {
            ratings.extend(lifted.iter().map(|&subject| word(sybil, subject, BEST, 1)));
        }
        ratings
    }

    /// Ten honest raters praise a newcomer, as ten others do with other
    /// newcomers.
    #[must_use]
    pub fn honest_raters_fooled(&self, seed: u64) -> Attack {
        let mut scatter = Scatter::new(seed ^ 0xf001);
        let subjects = self.strangers(0..REPEATS);
        let mut ratings = Vec::new();
        for &subject in &subjects {
            for rater in scatter.choose(&self.raters, 10) {
                ratings.push(word(rater, subject, BEST, 0));
            }
        }
        self.attack("ten honest raters are fooled", subjects, &[], &ratings)
    }

    /// Top members praise 40 Sybils each, who praise a newcomer.
    #[must_use]
    pub fn corrupt_insiders(&self, insiders: usize) -> Attack {
        let newcomer = self.stranger(0);
        let sybils = self.strangers(1..1 + VOUCHED);
        let mut ratings = Vec::new();
        for &sybil in &sybils {
            ratings
                .extend(self.top[..insiders].iter().map(|&insider| word(insider, sybil, BEST, 0)));
            ratings.push(word(sybil, newcomer, BEST, 1));
        }
        let name = format!("{insiders} corrupt top members praise 40 Sybils, these a newcomer");
        self.attack(name, vec![newcomer], &[], &ratings)
    }

    /// 50 newcomers against the five top people; aged ones have each been
    /// praised by `praises` members with a voice half a year before.
    #[must_use]
    pub fn slander(&self, praises: usize, seed: u64) -> Attack {
        let mut scatter = Scatter::new(seed ^ 0x51a1);
        let subjects = self.top[..TOP].to_vec();
        let slanderers = self.strangers(0..SLANDERERS);
        let (mut prepared, mut ratings) = (Vec::new(), Vec::new());
        for &slanderer in &slanderers {
            for rater in scatter.choose(&self.voices, praises) {
                let value = self.usual(&mut scatter);
                prepared.push(earlier(word(rater, slanderer, value, 0), 180));
            }
            ratings.extend(subjects.iter().map(|&subject| word(slanderer, subject, WORST, 0)));
        }
        let who = match praises {
            0 => "50 newcomers slander".to_owned(),
            _ => format!("50 newcomers whom {praises} voices praised slander"),
        };
        self.attack(format!("{who} the five top people"), subjects, &prepared, &ratings)
    }

    /// From five good and five bad ratings to a fresh identity.
    #[must_use]
    pub fn whitewashing(&self, seed: u64) -> Attack {
        self.whitewash("a fresh identity after 5 good and 5 bad ratings", 5, 5, seed)
    }

    /// From one good and one bad rating to a fresh identity: who rejoins after
    /// every deceit.
    #[must_use]
    pub fn whitewashing_again(&self, seed: u64) -> Attack {
        self.whitewash("rejoining after every deceit: 1 good and 1 bad rating", 1, 1, seed)
    }

    fn whitewash(&self, name: &str, good: usize, bad: usize, seed: u64) -> Attack {
        let mut scatter = Scatter::new(seed ^ 0x3a54);
        let mut attack = self.attack(name, self.strangers(0..REPEATS), &[], &[]);
        // Before: the used identity; after: one without a past.
        for &subject in &attack.subjects {
            let raters = scatter.choose(&self.raters, good + bad);
            for (index, rater) in raters.into_iter().enumerate() {
                let value = if index < good { self.usual(&mut scatter) } else { WORST };
                attack.before.push(word(rater, subject, value, 0));
            }
        }
        attack
    }

    /// Newcomers whom one ordinary rater has praised praise each other.
    #[must_use]
    pub fn ring_of_newcomers(&self, size: usize, seed: u64) -> Attack {
        let mut scatter = Scatter::new(seed ^ 0x4196);
        let subjects = self.strangers(0..size);
        let prepared: Vec<Rating> = subjects
            .iter()
            .zip(scatter.choose(&self.raters, size))
            .map(|(&subject, rater)| {
                let value = self.usual(&mut scatter);
                earlier(word(rater, subject, value, 0), 30)
            })
            .collect();
        let ratings = each_praises_each(&subjects, 0);
        self.attack(format!("ring of {size} newcomers"), subjects, &prepared, &ratings)
    }

    /// Members with a voice praise each other.
    #[must_use]
    pub fn ring_of_voices(&self, size: usize, seed: u64) -> Attack {
        let subjects = Scatter::new(seed ^ 0x4197).choose(&self.voices, size);
        let said: BTreeSet<(u32, u32)> =
            self.history.iter().map(|rating| (rating.rater, rating.ratee)).collect();
        let ratings: Vec<Rating> = each_praises_each(&subjects, 0)
            .into_iter()
            .filter(|rating| !said.contains(&(rating.rater, rating.ratee)))
            .collect();
        self.attack(format!("ring of {size} members with a voice"), subjects, &[], &ratings)
    }

    /// Somebody earns 100 good ratings over 100 days and then gets `bad` bad
    /// ones, all from different members with a voice.
    #[must_use]
    pub fn traitor(&self, bad: usize, seed: u64) -> Attack {
        let mut scatter = Scatter::new(seed ^ 0x7a17);
        let traitor = self.stranger(0);
        let raters = scatter.choose(&self.voices, GOOD_NAME + bad);
        let mut prepared = Vec::new();
        let mut ratings = Vec::new();
        for (index, rater) in raters.into_iter().enumerate() {
            if index < GOOD_NAME {
                let value = self.usual(&mut scatter);
                prepared
                    .push(earlier(word(rater, traitor, value, 0), GOOD_NAME as u64 - index as u64));
            } else {
                ratings.push(word(rater, traitor, WORST, 0));
            }
        }
        self.attack(format!("traitor: {bad} bad ratings"), vec![traitor], &prepared, &ratings)
    }

    /// What an attack does under a rule.
    #[must_use]
    pub fn displacement(&self, rule: &dyn Rule, attack: &Attack) -> Displacement {
        let (place_before, score_before) =
            self.standing_of(rule, &attack.before, &attack.subjects, 0);
        let (place_after, score_after) = self.standing_of(rule, &attack.after, &attack.subjects, 0);
        Displacement { place_before, place_after, score_before, score_after }
    }

    /// Mean place and score of some people.
    fn standing_of(
        &self,
        rule: &dyn Rule,
        ratings: &[Rating],
        subjects: &[u32],
        days: u64,
    ) -> (f64, f64) {
        // One more than the strangers of any attack, so that everybody has a
        // score.
        let people = self.people.max(people_of(ratings)) + 1 + CLIQUE;
        let at_us = (ATTACK_DAY + SETTLED_DAYS + days) * DAY_US;
        let scores = rule.scores(&Scene { ratings, people, founder: FOUNDER, at_us });
        let places = subjects.iter().map(|&subject| {
            let others = self.rated.iter().filter(|&&other| other != subject);
            percentile(scores[subject as usize], others.map(|&other| scores[other as usize]))
        });
        (mean(places), mean(subjects.iter().map(|&subject| scores[subject as usize])))
    }

    /// What becomes of the traitor under a rule.
    #[must_use]
    pub fn betrayed(&self, rule: &dyn Rule, seed: u64) -> Traitor {
        let standing = |bad: usize, days: u64| {
            let attack = self.traitor(bad, seed);
            self.standing_of(rule, &attack.after, &attack.subjects, days)
        };
        let half = standing(0, 0).1 / 2.0;
        let halved = |bad: usize| standing(bad, 0).1 <= half;
        // More bad ratings never lift: search by halves.
        let halved_by = halved(MOST_BAD).then(|| {
            let (mut above, mut below) = (0, MOST_BAD);
            while below - above > 1 {
                let middle = usize::midpoint(above, below);
                if halved(middle) { below = middle } else { above = middle }
            }
            below
        });
        Traitor {
            halved_by,
            places: BETRAYALS.map(|bad| standing(bad, 0).0),
            places_later: YEARS_LATER.map(|years| standing(BETRAYED, years * 365).0),
        }
    }
}

/// Standing by the protocol at the attack.
#[must_use]
pub fn standing(history: &[Rating], people: usize) -> Scorer {
    let at_us = ATTACK_DAY * DAY_US;
    replay(Constants::protocol(), &Scene { ratings: history, people, founder: FOUNDER, at_us })
}

fn word(rater: u32, ratee: u32, value: i8, day: u64) -> Rating {
    Rating { rater, ratee, value, at_us: (ATTACK_DAY + day) * DAY_US }
}

fn earlier(rating: Rating, days: u64) -> Rating {
    Rating { at_us: rating.at_us - days * DAY_US, ..rating }
}

fn each_praises_each(ring: &[u32], day: u64) -> Vec<Rating> {
    ring.iter()
        .flat_map(|&rater| {
            ring.iter()
                .filter(move |&&ratee| ratee != rater)
                .map(move |&ratee| word(rater, ratee, BEST, day))
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "a handful of values")]
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len();
    values.sum::<f64>() / count as f64
}
