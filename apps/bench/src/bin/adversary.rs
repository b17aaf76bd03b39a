//! Measures the protocol's rule of trust beside others on the Bitcoin OTC
//! network: `cargo run --profile quick -p erynoa-bench --bin adversary`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use erynoa_bench::attacks::Town;
use erynoa_bench::dataset::Dataset;
use erynoa_bench::measure::{Effort, measure};
use erynoa_bench::report::tables;
use erynoa_bench::rules;
use serde_json::{Value, json};

/// What foretells, what finds fraud, what withstands attacks.
#[derive(Parser)]
#[command(name = "adversary")]
struct Arguments {
    /// Folder with the ratings and the labels.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/bitcoin-otc"))]
    data: PathBuf,
    /// A few quarters and people only.
    #[arg(long)]
    quick: bool,
    /// Prints Markdown instead of text.
    #[arg(long)]
    markdown: bool,
    /// Also writes the tables to a file, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Of everything that is drawn.
    #[arg(long, default_value_t = Effort::FULL.seed)]
    seed: u64,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("adversary: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let data = Dataset::load(&arguments.data)?;
    let effort = if arguments.quick { Effort::QUICK } else { Effort::FULL };
    let effort = Effort { seed: arguments.seed, ..effort };
    eprintln!("{} ratings, {} labels", data.ratings.len(), data.labels.len());
    let town = Town::new(&data);
    let progress = |step: &str| eprintln!("{step}");
    let findings = measure(&rules::all(), &data, &town, effort, &progress);
    eprintln!("intervals");
    let tables = tables(&findings, &town, data.people(), effort);
    for table in &tables {
        println!("{}", if arguments.markdown { table.markdown() } else { table.text() });
    }
    if let Some(file) = &arguments.json {
        let tables: Vec<Value> = tables.iter().map(erynoa_bench::table::Table::json).collect();
        let text = format!("{:#}\n", json!({ "seed": effort.seed, "tables": tables }));
        std::fs::write(file, text)
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    }
    Ok(())
}
