//! The tables of a run.

use crate::attacks::{BETRAYALS, BETRAYED, Displacement, Town, YEARS_LATER};
use crate::insiders::{
    HonestCost, Outcome, Plan, Reach, Receipts, Start, bad_luck, honest_cost, play, receipts_mill,
};
use crate::measure::{Effort, Findings};
use crate::metrics::{Bootstrap, Estimate, Strata};
use crate::table::Table;

/// Every table about rules, then those about the protocol alone.
#[must_use]
pub fn tables(findings: &[Findings], town: &Town, people: usize, effort: Effort) -> Vec<Table> {
    let bootstrap = Bootstrap::new(people, effort.samples, effort.seed);
    let mut tables = vec![prediction(findings, &bootstrap)];
    if let Some((protocol, others)) = findings.split_last() {
        tables.push(lead(protocol, others, &bootstrap));
    }
    tables.push(displacements("Attacks: place in percent", findings, place));
    tables.push(displacements("Attacks: trust, each rule in its own unit", findings, score));
    tables.push(traitor(findings));
    if let Some(protocol) = findings.last() {
        tables.push(bands(protocol));
    }
    tables.push(insiders(town));
    tables.push(vouching(town, effort.seed));
    tables.push(mill(town));
    tables
}

fn prediction(findings: &[Findings], bootstrap: &Bootstrap) -> Table {
    let header = ["rule", "seen", "cold", "per rating", "fraud all", "fraud clean"];
    let mut table = Table::new("Prediction and fraud: AUC [95 %]", &header);
    for found in findings {
        let mut row = vec![found.name.clone()];
        row.extend(measured(found).map(|strata| estimate(bootstrap.auc(strata))));
        table.row(row);
    }
    table
}

fn lead(protocol: &Findings, others: &[Findings], bootstrap: &Bootstrap) -> Table {
    let header = ["rule", "seen", "cold", "per rating", "fraud all", "fraud clean"];
    let title = format!("Lead of {} over each rule, on the same samples [95 %]", protocol.name);
    let mut table = Table::new(&title, &header);
    for other in others {
        let mut row = vec![other.name.clone()];
        for (ours, theirs) in measured(protocol).into_iter().zip(measured(other)) {
            row.push(signed(bootstrap.difference(ours, theirs)));
        }
        table.row(row);
    }
    table
}

fn measured(found: &Findings) -> [&Strata; 5] {
    let forward = &found.forward;
    [&forward.seen, &forward.cold, &forward.per_rating, &found.fraud, &found.clean]
}

/// `.631 [.598 .664]`
#[must_use]
pub fn estimate(estimate: Estimate) -> String {
    let Estimate { value, low, high } = estimate;
    format!("{value:.3} [{low:.3} {high:.3}]")
}

/// `+.017 [+.010 +.023]`
#[must_use]
pub fn signed(estimate: Estimate) -> String {
    let Estimate { value, low, high } = estimate;
    format!("{value:+.3} [{low:+.3} {high:+.3}]")
}

fn displacements(title: &str, findings: &[Findings], cell: fn(&Displacement) -> String) -> Table {
    let mut header = vec!["attack"];
    header.extend(findings.iter().map(|found| found.name.as_str()));
    let mut table = Table::new(title, &header);
    let names = findings.first().map_or(&[][..], |found| &found.attacks);
    for (index, (name, _)) in names.iter().enumerate() {
        let mut row = vec![name.clone()];
        row.extend(findings.iter().map(|found| cell(&found.attacks[index].1)));
        table.row(row);
    }
    table
}

fn place(displacement: &Displacement) -> String {
    percents(displacement.place_before, displacement.place_after)
}

/// `99.9→99.1`; whole where nothing is lost.
fn percents(before: f64, after: f64) -> String {
    format!("{}→{}", percent(before), percent(after))
}

fn percent(value: f64) -> String {
    if (1.0..99.0).contains(&value) { format!("{value:.0}") } else { format!("{value:.1}") }
}

fn score(displacement: &Displacement) -> String {
    format!("{}→{}", short(displacement.score_before), short(displacement.score_after))
}

/// Three digits, and powers for what is small.
fn short(value: f64) -> String {
    if value.abs() >= 0.001 { format!("{value:.3}") } else { format!("{value:.0e}") }
}

fn traitor(findings: &[Findings]) -> Table {
    let mut header = vec!["rule".to_owned(), "bad ratings that halve the trust".to_owned()];
    header.extend(BETRAYALS.map(|bad| format!("place after {bad}")));
    header.extend(YEARS_LATER.map(|years| format!("{BETRAYED} bad, {years} y later")));
    let mut table = Table::new("A traitor after 100 good ratings", &[]);
    table.header = header;
    for found in findings {
        let traitor = &found.traitor;
        let halved = traitor.halved_by.map_or_else(|| "never".to_owned(), |bad| bad.to_string());
        let mut row = vec![found.name.clone(), halved];
        row.extend(traitor.places.iter().chain(&traitor.places_later).map(|&place| percent(place)));
        table.row(row);
    }
    table
}

/// Lower bounds of the bands of trust.
const BANDS: [(&str, f64, f64); 6] = [
    ("below .05", 0.0, 0.05),
    (".05 to .10", 0.05, 0.1),
    ("exactly .10", 0.1, 0.1 + 1e-9),
    (".10 to .30", 0.1 + 1e-9, 0.3),
    (".30 to .50", 0.3, 0.5),
    ("from .50", 0.5, 1.1),
];

#[expect(clippy::cast_precision_loss, reason = "counts of ratings")]
fn bands(protocol: &Findings) -> Table {
    let header = ["trust", "ratings", "negative"];
    let mut table = Table::new("Share of negative ratings in the coming quarter", &header);
    for (name, from, to) in BANDS {
        let inside: Vec<_> = protocol
            .forward
            .per_rating
            .observations()
            .filter(|observation| (from..to).contains(&observation.score))
            .collect();
        let bad = inside.iter().filter(|observation| !observation.good).count();
        let share = 100.0 * bad as f64 / inside.len().max(1) as f64;
        table.row(vec![name.to_owned(), inside.len().to_string(), format!("{share:.0} %")]);
    }
    table
}

/// What insiders and Sybils can choose, and how far a judgement reaches.
const WAYS: [(&str, bool, bool, Reach); 6] = [
    ("attest only", false, true, Reach::Voucher),
    ("attest and vouch", true, true, Reach::Voucher),
    ("the voucher's word is taken out", true, false, Reach::VouchersWord),
    ("the same, Sybils praise each other", true, true, Reach::VouchersWord),
    ("a voice needs a voucher", true, true, Reach::VoiceNeedsVoucher),
    ("a voice needs a chain from a founder", true, true, Reach::VoiceNeedsChain),
];

/// Sybils judged at fault.
const JUDGED: [usize; 5] = [0, 1, 2, 5, 10];

fn insiders(town: &Town) -> Table {
    let header = [
        "way",
        "insiders",
        "pass at once",
        "have a voice after 0, 1, 2, 5, 10 judgements",
        "insiders' standing",
        "insiders with a voice",
        "pass in the next wave",
    ];
    let title = "Corrupt insiders with unused budgets";
    let mut table = Table::new(title, &header);
    for (name, vouching, ring, reach) in WAYS {
        for insiders in [1, 2, 3, 5] {
            let outcomes =
                JUDGED.map(|judged| play(town, Plan { insiders, vouching, ring, judged, reach }));
            let each = |show: &dyn Fn(&Outcome) -> String| {
                outcomes.iter().map(show).collect::<Vec<_>>().join(" ")
            };
            let Outcome { sybils, passing, .. } = outcomes[0];
            table.row(vec![
                name.to_owned(),
                insiders.to_string(),
                format!("{passing} of {sybils}"),
                each(&|outcome| outcome.passing_after.to_string()),
                each(&|outcome| format!("{:.2}", outcome.standing_after)),
                each(&|outcome| outcome.voices_left.to_string()),
                each(&|outcome| outcome.next_wave.to_string()),
            ]);
        }
    }
    table
}

/// Chance that somebody vouched for is judged at fault, ppm.
const BAD_LUCK_PPM: usize = 30_000;

fn vouching(town: &Town, seed: u64) -> Table {
    let header = ["vouched for", "stake", "mean standing", "lose their voice"];
    let title = format!(
        "Honest vouchers, 3 % of whose people are judged at fault (the data's own rate is {:.1} %)",
        100.0 * bad_luck(town)
    );
    let mut table = Table::new(&title, &header);
    for vouched in [1, 2, 5, 10, 40] {
        for stake_ppm in [50_000_u32, 100_000, 300_000] {
            let HonestCost { standing_before, standing_after, silenced } =
                honest_cost(town, vouched, u64::from(stake_ppm), BAD_LUCK_PPM, seed);
            table.row(vec![
                vouched.to_string(),
                format!("{:.2}", f64::from(stake_ppm) / 1e6),
                format!("{standing_before:.3}→{standing_after:.3}"),
                format!("{:.0} %", 100.0 * silenced),
            ]);
        }
    }
    table
}

fn mill(town: &Town) -> Table {
    let header =
        ["start", "any client, no budget", "voice, budget", "voice, budget, once a client"];
    let title =
        "40 Sybils sign receipts with each other for 30 days: how many get a voice (best standing)";
    let mut table = Table::new(title, &header);
    for start in [Start::Fooled(1), Start::Fooled(2), Start::Corrupt(1), Start::Corrupt(2)] {
        let name = match start {
            Start::Fooled(helpers) => format!("{helpers} honest, fooled once"),
            Start::Corrupt(helpers) => format!("{helpers} corrupt"),
        };
        let mut row = vec![name];
        for receipts in [Receipts::AnyClient, Receipts::WithVoiceInBudget, Receipts::OncePerClient]
        {
            let (voices, best) = receipts_mill(town, receipts, start);
            row.push(format!("{voices} ({best:.2})"));
        }
        table.row(row);
    }
    table
}
