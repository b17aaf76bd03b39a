//! The rule of protocol §5 for one dimension, small and with free constants.
//! With the protocol's constants it gives what `erynoa-trust` gives, bit for
//! bit; a test holds the two together.

use std::sync::Arc;

use erynoa_kernel::day_of;
use erynoa_trust::parameters::{PPM, UNIT};

use crate::constants::Constants;
use crate::dataset::Rating;
use crate::rule::{Rule, Scene};

/// Sums of one day, micro-units.
#[derive(Clone, Copy, Debug, Default)]
struct Day {
    day: u64,
    positive: u64,
    negative: u64,
    unvoiced: u64,
    faint: u64,
}

impl Day {
    fn sum(&mut self, column: Column) -> &mut u64 {
        match column {
            Column::Positive => &mut self.positive,
            Column::Negative => &mut self.negative,
            Column::Unvoiced => &mut self.unvoiced,
            Column::Faint => &mut self.faint,
        }
    }
}

/// Which sum evidence goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// For the subject.
    Positive,
    /// Against, with a voice or by judgement.
    Negative,
    /// Against, without a voice.
    Unvoiced,
    /// For, without a voice.
    Faint,
}

/// The two readings of the same evidence.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// What weighs somebody's word.
    Standing,
    /// What is shown.
    Trust,
}

#[derive(Clone, Debug, Default)]
struct Member {
    founder: bool,
    days: Vec<Day>,
    /// Days of attestations, for the budget.
    spoken: Vec<u64>,
    /// Epoch for which `voice` was computed.
    voice_epoch: u64,
    voice: Voice,
}

/// What somebody's word weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Voice {
    /// Whether there is one.
    pub counts: bool,
    /// ν, micro-units.
    pub weight: u64,
}

/// m₊ and m₋ for every age in days.
#[derive(Debug)]
struct Fading {
    positive: Vec<u64>,
    negative: Vec<u64>,
}

/// Ages beyond are of no data here: about 40 years.
const LONGEST_DAYS: usize = 15_000;

impl Fading {
    fn new(constants: &Constants) -> Self {
        let table = |factor: u64| {
            std::iter::successors(Some(1_u64 << 32), |last| Some((last * factor) >> 32))
                .take(LONGEST_DAYS)
                .collect()
        };
        Self {
            positive: table(constants.decay_positive),
            negative: table(constants.decay_negative),
        }
    }
}

fn scale(amount: u64, table: &[u64], age: u64) -> u64 {
    let factor = usize::try_from(age).ok().and_then(|age| table.get(age)).copied().unwrap_or(0);
    u64::try_from((u128::from(amount) * u128::from(factor)) >> 32).expect("a part of the amount")
}

/// The state after some epochs.
#[derive(Clone, Debug)]
pub struct Scorer {
    constants: Constants,
    fading: Arc<Fading>,
    members: Vec<Member>,
    open: Vec<(u32, u32, bool)>,
    epoch: u64,
    day: u64,
}

impl Scorer {
    /// Nobody has said anything; `founder` founds the realm.
    #[must_use]
    pub fn new(constants: Constants, people: usize, founder: u32) -> Self {
        let mut members = vec![Member::default(); people];
        members[founder as usize].founder = true;
        Self {
            constants,
            fading: Arc::new(Fading::new(&constants)),
            members,
            open: Vec::new(),
            epoch: 0,
            day: 0,
        }
    }

    /// Day of the last epoch.
    #[must_use]
    pub fn day(&self) -> u64 {
        self.day
    }

    /// Says something in the open epoch; of each pair once only.
    pub fn say(&mut self, rater: u32, ratee: u32, positive: bool) {
        self.open.push((rater, ratee, positive));
    }

    /// Closes the open epoch on a day.
    pub fn close(&mut self, day: u64) {
        let day_before = self.day;
        self.day = day.max(self.day);
        self.epoch += 1;
        let open = std::mem::take(&mut self.open);
        for &(rater, _, _) in &open {
            self.members[rater as usize].spoken.push(self.day);
        }
        // All weights are of the epoch before.
        let weighed: Vec<(u32, Column, u64)> = open
            .iter()
            .map(|&(rater, ratee, positive)| {
                let voice = self.voice_in_epoch(rater, day_before);
                let (column, weight) = self.word(voice, positive);
                (ratee, column, self.within_budget(rater, weight))
            })
            .collect();
        for (ratee, column, weight) in weighed {
            self.add(ratee, column, weight);
        }
    }

    /// Evidence that counts in full, today, whoever gives it.
    pub fn add(&mut self, subject: u32, column: Column, weight: u64) {
        let days = &mut self.members[subject as usize].days;
        if days.last().is_none_or(|last| last.day != self.day) {
            days.push(Day { day: self.day, ..Day::default() });
        }
        *days.last_mut().expect("pushed above").sum(column) += weight;
    }

    /// Takes evidence of an earlier day out again.
    pub fn take_out(&mut self, subject: u32, column: Column, weight: u64, day: u64) {
        let days = &mut self.members[subject as usize].days;
        let entry = days
            .iter_mut()
            .find(|entry| entry.day == day)
            .expect("only what was added is taken out");
        *entry.sum(column) -= weight;
    }

    /// What somebody's word weighs now.
    #[must_use]
    pub fn voice(&self, person: u32) -> Voice {
        self.voice_at(person, self.day)
    }

    /// Standing now, ppm.
    #[must_use]
    pub fn standing_ppm(&self, person: u32) -> u64 {
        self.ratio_ppm(person, self.day, Reading::Standing)
    }

    /// Trust now, ppm.
    #[must_use]
    pub fn trust_ppm(&self, person: u32) -> u64 {
        self.ratio_ppm(person, self.day, Reading::Trust)
    }

    fn voice_in_epoch(&mut self, person: u32, day: u64) -> Voice {
        if self.members[person as usize].voice_epoch != self.epoch {
            let voice = self.voice_at(person, day);
            let member = &mut self.members[person as usize];
            (member.voice, member.voice_epoch) = (voice, self.epoch);
        }
        self.members[person as usize].voice
    }

    fn voice_at(&self, person: u32, day: u64) -> Voice {
        let founder = self.members[person as usize].founder;
        let standing = self.ratio_ppm(person, day, Reading::Standing);
        Voice {
            counts: founder || standing >= self.constants.threshold_ppm,
            weight: self.constants.voice(standing, founder),
        }
    }

    fn word(&self, voice: Voice, positive: bool) -> (Column, u64) {
        let part = self.constants.negative_by_voice_ppm;
        match (positive, voice.counts) {
            (true, true) => (Column::Positive, voice.weight),
            (true, false) => (Column::Faint, voice.weight),
            (false, true) => (Column::Negative, (UNIT * (PPM - part) + voice.weight * part) / PPM),
            (false, false) => (Column::Unvoiced, UNIT),
        }
    }

    fn within_budget(&mut self, person: u32, weight: u64) -> u64 {
        let first = (self.day + 1).saturating_sub(self.constants.budget_days);
        let spoken = &mut self.members[person as usize].spoken;
        let old = spoken.partition_point(|&day| day < first);
        spoken.drain(..old);
        let used = spoken.len() as u64;
        let budget = self.constants.budget;
        if used <= budget { weight } else { weight * budget / used }
    }

    fn ratio_ppm(&self, person: u32, day: u64, reading: Reading) -> u64 {
        let member = &self.members[person as usize];
        let constants = &self.constants;
        let (alpha, beta) = match (member.founder, reading) {
            (true, _) => (constants.founder_alpha, constants.founder_beta),
            (false, Reading::Standing) => (constants.prior_alpha, constants.prior_beta),
            (false, Reading::Trust) => (constants.trust_alpha, constants.trust_beta),
        };
        let faint_cap = if reading == Reading::Trust { constants.faint_cap } else { 0 };
        let (mut p, mut n, mut u, mut faint) = (0, 0, 0, 0);
        for entry in &member.days {
            let age = day.saturating_sub(entry.day);
            p += scale(entry.positive, &self.fading.positive, age);
            n += scale(entry.negative, &self.fading.negative, age);
            u += scale(entry.unvoiced, &self.fading.negative, age);
            faint += scale(entry.faint, &self.fading.positive, age);
        }
        let for_them = alpha + p + faint.min(faint_cap);
        let against = n + u.min(constants.unvoiced_cap);
        let all = u128::from(for_them + beta)
            + u128::from(constants.lambda_milli) * u128::from(against) / 1000;
        let ratio = u128::from(for_them) * u128::from(PPM) / all;
        u64::try_from(ratio).expect("a ratio of at most one").max(constants.floor_ppm)
    }
}

/// The scorer as a rule.
pub struct Scored {
    /// Unique in a run.
    pub name: String,
    /// To try.
    pub constants: Constants,
}

impl Rule for Scored {
    fn name(&self) -> &str {
        &self.name
    }

    fn scores(&self, scene: &Scene<'_>) -> Vec<f64> {
        let scorer = replay(self.constants, scene);
        let people = u32::try_from(scene.people).expect("people have 32-bit numbers");
        #[expect(clippy::cast_precision_loss, reason = "at most 10⁶")]
        (0..people).map(|person| scorer.trust_ppm(person) as f64 / 1e6).collect()
    }
}

/// The state at the time of a scene, with an epoch for each day.
#[must_use]
pub fn replay(constants: Constants, scene: &Scene<'_>) -> Scorer {
    let mut scorer = Scorer::new(constants, scene.people, scene.founder);
    for day in scene.ratings.chunk_by(|a: &Rating, b| a.day() == b.day()) {
        for rating in day {
            scorer.say(rating.rater, rating.ratee, rating.is_positive());
        }
        scorer.close(day[0].day());
    }
    scorer.close(day_of(scene.at_us));
    scorer
}
