//! Corrupt members who open the gate of a voice for Sybils, and what answering
//! for them costs: attestations, vouches (P and standing +ν·stake), and the row
//! "vouched member judged at fault" (voucher −10·s·stake).

use erynoa_trust::parameters::{BUDGET, BUDGET_DAYS, PPM, UNIT};

use crate::attacks::{ATTACK_DAY, Town, standing};
use crate::metrics::Scatter;
use crate::scorer::{Column, Scorer};

/// Greatest stake of a vouch, ppm.
pub const STAKE_PPM: u64 = 300_000;
/// Against a voucher for a fault of severity 1 at stake 1, micro-units.
const ANSWERED: u64 = 10 * UNIT;
/// Against a Sybil that is judged: a claim judged a fraud, micro-units.
const FRAUD: u64 = 20 * UNIT;
/// Days after which every budget is unused, and that of a wave again.
const WAVE_DAYS: u64 = BUDGET_DAYS as u64;
/// The first wave, after a quarter in which nobody says anything.
pub const WAVE_DAY: u64 = ATTACK_DAY + WAVE_DAYS;
/// Days after which the judgements come, and again until the places are
/// counted.
const JUDGED_AFTER: u64 = 30;

/// How far a judgement reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// As §5 says: the voucher; what they said keeps its weight.
    Voucher,
    /// What a voucher without a voice said for those they vouch for is taken
    /// out.
    VouchersWord,
    /// Nobody but a founder has a voice without a live vouch of somebody who
    /// has one. Sybils vouch for each other in pairs, then: a pair keeps its
    /// voices by itself, and answers for two people only.
    VoiceNeedsVoucher,
    /// Nobody but a founder has a voice without a chain of live vouches, by
    /// people with a voice, that begins at a founder. Pairs help nobody.
    VoiceNeedsChain,
}

/// How the insiders and the Sybils go about it. Attestations and vouches share
/// a budget, so insiders who vouch lift half as many.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Top members who are corrupt, with unused budgets.
    pub insiders: usize,
    /// Whether they vouch besides attesting, and so answer.
    pub vouching: bool,
    /// Whether those who pass praise each other at once.
    pub ring: bool,
    /// Sybils judged at fault a month later.
    pub judged: usize,
    /// How far that reaches.
    pub reach: Reach,
}

impl Plan {
    /// As many Sybils as the words of an unused budget.
    #[must_use]
    pub fn sybils(&self) -> usize {
        if self.vouching { BUDGET as usize / 2 } else { BUDGET as usize }
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Sybils of a wave.
    pub sybils: usize,
    /// Those with a voice on the day after.
    pub passing: usize,
    /// Those with a voice a month after the judgements.
    pub passing_after: usize,
    /// Mean standing of the insiders before.
    pub standing_before: f64,
    /// Mean standing of the insiders after the judgements.
    pub standing_after: f64,
    /// Insiders who keep their voice.
    pub voices_left: usize,
    /// Of as many other Sybils, a quarter later, those with a voice.
    pub next_wave: usize,
}

/// The Sybils of a wave and what their voices need.
struct Wave {
    sybils: Vec<u32>,
    /// Who vouches for each of them.
    vouchers: Vec<u32>,
    reach: Reach,
    /// Whether they vouch for each other in pairs.
    pairs: bool,
}

impl Wave {
    /// Which Sybils have a voice, by who of them had one before.
    fn voices(&self, scorer: &Scorer, before: &[bool]) -> Vec<bool> {
        let lifted = self.vouchers.iter().any(|&insider| scorer.voice(insider).counts);
        let vouched = |index: usize| match self.reach {
            Reach::Voucher | Reach::VouchersWord => true,
            Reach::VoiceNeedsVoucher => lifted || (self.pairs && before[partner(index)]),
            // Their insiders are the only way from a founder to them.
            Reach::VoiceNeedsChain => lifted,
        };
        (0..self.sybils.len())
            .map(|index| vouched(index) && scorer.voice(self.sybils[index]).counts)
            .collect()
    }
}

/// The other one of a pair; waves are even.
fn partner(index: usize) -> usize {
    index ^ 1
}

/// Plays a plan on the town of 2014-01-01.
#[must_use]
pub fn play(town: &Town, plan: Plan) -> Outcome {
    let size = plan.sybils();
    let people = town.stranger(2 * size) as usize;
    let mut scorer = standing(&town.history, people);
    let insiders = town.top[..plan.insiders].to_vec();
    let sybils: Vec<u32> = (0..size).map(|index| town.stranger(index)).collect();
    let pairs = plan.ring && plan.reach == Reach::VoiceNeedsVoucher;
    let vouchers = if plan.vouching { insiders.clone() } else { Vec::new() };
    let wave = Wave { sybils, vouchers, reach: plan.reach, pairs };
    scorer.close(WAVE_DAY - 1);
    let standing_before = mean_standing(&scorer, &insiders);

    scorer.close(WAVE_DAY);
    let words = lift(&mut scorer, &insiders, &wave.sybils, plan.vouching);
    scorer.close(WAVE_DAY + 1);
    let mut voices = wave.voices(&scorer, &vec![false; size]);
    let passing = count(&voices);
    if plan.ring {
        for (index, &rater) in wave.sybils.iter().enumerate().filter(|&(index, _)| voices[index]) {
            let others = wave.sybils.iter().enumerate().filter(|&(other, _)| other != index);
            others.for_each(|(_, &ratee)| scorer.say(rater, ratee, true));
        }
        scorer.close(WAVE_DAY + 2);
    }

    scorer.close(WAVE_DAY + JUDGED_AFTER);
    for index in 0..plan.judged {
        scorer.add(wave.sybils[index], Column::Negative, FRAUD);
        let partner = pairs.then(|| wave.sybils[partner(index)]);
        for &voucher in wave.vouchers.iter().chain(&partner) {
            scorer.add(voucher, Column::Negative, ANSWERED * STAKE_PPM / PPM);
        }
    }
    if plan.reach == Reach::VouchersWord {
        for &(insider, sybil, weight) in &words {
            if wave.vouchers.contains(&insider) && !scorer.voice(insider).counts {
                scorer.take_out(sybil, Column::Positive, weight, WAVE_DAY);
            }
        }
    }
    let standing_after = mean_standing(&scorer, &insiders);
    for day in 1..=JUDGED_AFTER {
        scorer.close(WAVE_DAY + JUDGED_AFTER + day);
        voices = wave.voices(&scorer, &voices);
    }
    let passing_after = count(&voices);
    let left: Vec<bool> = insiders.iter().map(|&insider| scorer.voice(insider).counts).collect();

    scorer.close(WAVE_DAY + WAVE_DAYS);
    let sybils = (size..2 * size).map(|index| town.stranger(index)).collect();
    let second = Wave { sybils, ..wave };
    lift(&mut scorer, &insiders, &second.sybils, plan.vouching);
    scorer.close(WAVE_DAY + WAVE_DAYS + 1);
    Outcome {
        sybils: size,
        passing,
        passing_after,
        standing_before,
        standing_after,
        voices_left: count(&left),
        next_wave: count(&second.voices(&scorer, &vec![false; size])),
    }
}

/// The insiders' words for the Sybils, which fill their unused budgets; returns
/// who, for whom, and how much.
fn lift(
    scorer: &mut Scorer,
    insiders: &[u32],
    sybils: &[u32],
    vouching: bool,
) -> Vec<(u32, u32, u64)> {
    let mut words = Vec::new();
    for &insider in insiders {
        let voice = scorer.voice(insider);
        if !voice.counts {
            continue;
        }
        let vouch = if vouching { voice.weight * STAKE_PPM / PPM } else { 0 };
        for &sybil in sybils {
            scorer.add(sybil, Column::Positive, voice.weight + vouch);
            words.push((insider, sybil, voice.weight + vouch));
        }
    }
    words
}

fn count(voices: &[bool]) -> usize {
    voices.iter().filter(|&&voice| voice).count()
}

fn count_voices(scorer: &Scorer, people: &[u32]) -> usize {
    people.iter().filter(|&&person| scorer.voice(person).counts).count()
}

#[expect(clippy::cast_precision_loss, reason = "at most 10⁶ each")]
fn mean_standing(scorer: &Scorer, people: &[u32]) -> f64 {
    let sum: u64 = people.iter().map(|&person| scorer.standing_ppm(person)).sum();
    sum as f64 / 1e6 / people.len() as f64
}

/// What vouching costs members with a voice who mean well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HonestCost {
    /// Mean standing before.
    pub standing_before: f64,
    /// Mean standing after the judgements, all on one day.
    pub standing_after: f64,
    /// Share who lose their voice.
    pub silenced: f64,
}

/// Every member with a voice vouches for `vouched` people at `stake_ppm`, each
/// of whom is judged at fault with the chance `bad_luck_ppm`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of people")]
pub fn honest_cost(
    town: &Town,
    vouched: usize,
    stake_ppm: u64,
    bad_luck_ppm: usize,
    seed: u64,
) -> HonestCost {
    let mut scorer = standing(&town.history, town.people);
    scorer.close(ATTACK_DAY);
    let standing_before = mean_standing(&scorer, &town.voices);
    let mut scatter = Scatter::new(seed);
    for &voice in &town.voices {
        for _ in 0..vouched {
            if scatter.below(1_000_000) < bad_luck_ppm {
                scorer.add(voice, Column::Negative, ANSWERED * stake_ppm / PPM);
            }
        }
    }
    let left = count_voices(&scorer, &town.voices);
    HonestCost {
        standing_before,
        standing_after: mean_standing(&scorer, &town.voices),
        silenced: 1.0 - left as f64 / town.voices.len() as f64,
    }
}

/// Share of the positives with a voice, before the attack's day, that went to
/// somebody labelled fraudulent: the bad luck of the honest in the data.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of ratings")]
pub fn bad_luck(town: &Town) -> f64 {
    let voices: Vec<_> = town
        .history
        .iter()
        .filter(|rating| rating.is_positive() && town.voices.binary_search(&rating.rater).is_ok())
        .collect();
    let unlucky =
        voices.iter().filter(|rating| town.fraudsters.binary_search(&rating.ratee).is_ok());
    unlucky.count() as f64 / voices.len().max(1) as f64
}

/// What a kept receipt adds to the performer's standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipts {
    /// ν of the client, also below the threshold of a voice, without a budget.
    AnyClient,
    /// ν of a client with a voice, within the budget of attestations.
    WithVoiceInBudget,
    /// The same, and in the standing each client counts once.
    OncePerClient,
}

/// Who gives the mill its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// So many top members praise one Sybil, and no more.
    Fooled(usize),
    /// So many top members sign receipts with the Sybils, to the end of their
    /// budgets.
    Corrupt(usize),
}

/// Sybils of a receipts mill: as many as a budget.
pub const MILL: usize = BUDGET as usize;
/// Receipts that a client signs with one performer in a day, if the rule lets
/// them.
const RECEIPTS: u64 = 20;
/// Days that the mill runs.
const MILL_DAYS: u64 = 30;

/// Sybils sign receipts with each other after somebody gave them a start.
/// Returns how many have a voice in the end, and the best standing.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "at most 10⁶")]
pub fn receipts_mill(town: &Town, receipts: Receipts, start: Start) -> (usize, f64) {
    let people = town.stranger(MILL) as usize;
    let mut scorer = standing(&town.history, people);
    scorer.close(ATTACK_DAY);
    let sybils: Vec<u32> = (0..MILL).map(|index| town.stranger(index)).collect();
    let (Start::Fooled(helpers) | Start::Corrupt(helpers)) = start;
    for &helper in &town.top[..helpers] {
        let weight = scorer.voice(helper).weight;
        match start {
            Start::Fooled(_) => scorer.add(sybils[0], Column::Positive, weight),
            // A budget of 40 is two receipts for each of twenty, or one for
            // each of forty.
            Start::Corrupt(_) => {
                let (lifted, each) = match receipts {
                    Receipts::AnyClient => (MILL, RECEIPTS),
                    Receipts::WithVoiceInBudget => (MILL / 2, 2),
                    Receipts::OncePerClient => (MILL, 1),
                };
                for &sybil in &sybils[..lifted] {
                    scorer.add(sybil, Column::Positive, each * weight);
                }
            }
        }
    }
    let mut budget = vec![MILL as u64; MILL];
    let mut signed = vec![[false; MILL]; MILL];
    for day in 1..=MILL_DAYS {
        let voices: Vec<_> = sybils.iter().map(|&sybil| scorer.voice(sybil)).collect();
        scorer.close(ATTACK_DAY + day);
        for (client, voice) in voices.iter().enumerate() {
            for performer in (0..MILL).filter(|&performer| performer != client) {
                let count = match receipts {
                    Receipts::AnyClient => RECEIPTS,
                    _ if !voice.counts => 0,
                    Receipts::WithVoiceInBudget => budget[client].min(RECEIPTS),
                    Receipts::OncePerClient if signed[client][performer] => 0,
                    Receipts::OncePerClient => budget[client].min(1),
                };
                budget[client] = budget[client].saturating_sub(count);
                signed[client][performer] |= count > 0;
                scorer.add(sybils[performer], Column::Positive, count * voice.weight);
            }
        }
    }
    let best = sybils.iter().map(|&sybil| scorer.standing_ppm(sybil)).max().unwrap_or(0);
    (count_voices(&scorer, &sybils), best as f64 / 1e6)
}
