//! Tries other constants of protocol §5 on the Bitcoin OTC network:
//! `cargo run --profile quick -p erynoa-bench --bin tune [WORD]`.
//!
//! Each line is one change against the protocol, judged over all quarters by
//! the paired bootstrap over people, and in four periods by itself.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use erynoa_bench::attacks::Town;
use erynoa_bench::dataset::Dataset;
use erynoa_bench::forward::{Forward, QUARTERS, forward};
use erynoa_bench::fraud::without_first_circle;
use erynoa_bench::metrics::{Bootstrap, Strata};
use erynoa_bench::report::signed;
use erynoa_bench::scorer::Scored;
use erynoa_bench::table::Table;
use erynoa_bench::variants::variants;

/// What other constants would foretell, find and withstand.
#[derive(Parser)]
#[command(name = "tune")]
struct Arguments {
    /// Only changes whose name contains this.
    word: Option<String>,
    /// Folder with the ratings and the labels.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/bitcoin-otc"))]
    data: PathBuf,
    /// Prints Markdown instead of text.
    #[arg(long)]
    markdown: bool,
}

/// Bootstrap samples of a comparison.
const SAMPLES: usize = 400;
/// Quarters at which the four periods begin, and the end.
const PERIODS: [usize; 5] = [0, 5, 9, 13, 19];

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match Dataset::load(&arguments.data) {
        Ok(data) => {
            let table = compare(&data, arguments.word.as_deref().unwrap_or_default());
            println!("{}", if arguments.markdown { table.markdown() } else { table.text() });
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("tune: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is known about one set of constants.
struct Measured {
    forward: Forward,
    clean: Strata,
}

impl Measured {
    fn of(rule: &Scored, data: &Dataset) -> Self {
        Self {
            forward: forward(rule, data, QUARTERS.len() - 1),
            clean: without_first_circle(rule, data, 1),
        }
    }
}

fn compare(data: &Dataset, word: &str) -> Table {
    let bootstrap = Bootstrap::new(data.people(), SAMPLES, 1);
    let town = Town::new(data);
    let slander = [town.slander(0, 1), town.slander(3, 1)];
    let header = [
        "change",
        "seen",
        "in four periods",
        "cold",
        "per rating",
        "fraud clean",
        "slander",
        "by newcomers with 3 praises",
        "insiders that open the gate",
    ];
    let mut table = Table::new("Changes against protocol §5: difference of AUC [95 %]", &header);
    let all = variants();
    let Some((protocol, others)) = all.split_first() else { return table };
    let ours = Measured::of(protocol, data);
    for variant in others.iter().filter(|variant| variant.name.contains(word)) {
        eprintln!("{}", variant.name);
        let theirs = Measured::of(variant, data);
        let difference =
            |ours: &Strata, theirs: &Strata| signed(bootstrap.difference(theirs, ours));
        let periods: Vec<String> = PERIODS
            .windows(2)
            .map(|period| {
                let auc = |strata: &Strata| strata.slice(period[0]..period[1]).auc();
                format!("{:+.3}", auc(&theirs.forward.seen) - auc(&ours.forward.seen))
            })
            .collect();
        let slandered = slander
            .each_ref()
            .map(|attack| format!("{:.1}", town.displacement(variant, attack).place_after));
        let [fresh, praised] = slandered;
        table.row(vec![
            variant.name.clone(),
            difference(&ours.forward.seen, &theirs.forward.seen),
            periods.join(" "),
            difference(&ours.forward.cold, &theirs.forward.cold),
            difference(&ours.forward.per_rating, &theirs.forward.per_rating),
            difference(&ours.clean, &theirs.clean),
            fresh,
            praised,
            variant.constants.insiders_that_open_the_gate().to_string(),
        ]);
    }
    table
}
