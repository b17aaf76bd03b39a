//! `erynoa-gateway copy`: a whole installation moves to another store. What the
//! stores are is said by the configuration; the arguments only choose.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use erynoa_kernel::StoreErrorKind;
use erynoa_moving::{
    Copied, CopiedObjects, CopyError, Side, Stage, State, copy_installation, copy_objects,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::config::{Config, DatabaseBackend, StorageBackend};
use crate::serve::StartError;
use crate::system::{SystemClock, SystemEntropy};
use crate::wiring;

/// What moves where.
#[derive(Debug, Args)]
pub struct CopyArguments {
    /// Store to read; it must not be in use.
    #[arg(long, value_enum, requires = "to", required_unless_present = "files_from")]
    from: Option<DatabaseBackend>,
    /// Store to write: an empty one, or one that an earlier attempt has begun.
    #[arg(long, value_enum, requires = "from")]
    to: Option<DatabaseBackend>,
    /// Where the bytes of files are; without it they stay where they are.
    #[arg(long, value_enum, requires = "files_to")]
    files_from: Option<StorageBackend>,
    /// Where the bytes of files go.
    #[arg(long, value_enum, requires = "files_from")]
    files_to: Option<StorageBackend>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error(transparent)]
    Start(#[from] StartError),
}

enum Done {
    Installation(Box<Copied>),
    Objects(CopiedObjects),
}

/// Moves what the arguments say and prints what has come of it.
pub async fn copy(config: &Config, arguments: &CopyArguments) -> ExitCode {
    let bar = progress(arguments.json);
    let outcome = run(config, arguments, &bar).await;
    bar.finish_and_clear();
    match outcome {
        Ok(done) if arguments.json => println!("{}", document(&done)),
        Ok(done) => println!("{}", text(&done, arguments)),
        Err(failure) => {
            let page = &config.application.public_url;
            if arguments.json {
                eprintln!("{}", failure.document(page));
            } else {
                eprintln!("erynoa: {}", failure.text(page));
            }
            return ExitCode::from(failure.exit_code());
        }
    }
    ExitCode::SUCCESS
}

async fn run(
    config: &Config,
    arguments: &CopyArguments,
    bar: &ProgressBar,
) -> Result<Done, Failure> {
    let watch = |stage: Stage, done: u64, of: u64| {
        bar.set_prefix(match stage {
            Stage::Log => "log",
            Stage::Records(kind) => kind.name(),
            Stage::Objects => "objects",
            Stage::Check => "checking",
        });
        bar.set_length(of.max(done));
        bar.set_position(done);
    };
    let objects = match (arguments.files_from, arguments.files_to) {
        (Some(from), Some(to)) if from == to => {
            let text = format!("files are to go from {0} to {0}", from.name());
            return Err(Failure::Usage(text));
        }
        (Some(from), Some(to)) => {
            let open = |backend| {
                wiring::objects(config, backend, Arc::new(SystemClock), &SystemEntropy)
                    .map(|parts| parts.for_moving())
            };
            Some((open(from)?, open(to)?))
        }
        _ => None,
    };
    match (arguments.from, arguments.to) {
        (Some(from), Some(to)) if from == to => {
            Err(Failure::Usage("--from and --to name the same store".to_owned()))
        }
        (Some(from), Some(to)) => {
            let source = wiring::open_for_moving(config, from, Side::Source).await?;
            let target = wiring::open_for_moving(config, to, Side::Target).await?;
            let objects = objects.as_ref().map(|(from, to)| (from, to));
            let copied = copy_installation(&source, &target, objects, &watch).await?;
            Ok(Done::Installation(Box::new(copied)))
        }
        _ => {
            let Some((from, to)) = objects else {
                return Err(Failure::Usage("nothing is to move".to_owned()));
            };
            let store = config.database.backend;
            let index = wiring::open_for_moving(config, store, Side::Source).await?.files;
            let copied = copy_objects(index.as_ref(), &from, &to, &watch).await?;
            Ok(Done::Objects(copied))
        }
    }
}

/// Drawn only where a person looks.
fn progress(json: bool) -> ProgressBar {
    let seen = !json && std::io::stderr().is_terminal();
    let target = if seen { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let template = "{prefix:<14} [{bar:32}] {human_pos}/{human_len}  {per_sec}  {eta}";
    ProgressBar::with_draw_target(Some(0), target).with_style(
        ProgressStyle::with_template(template).expect("a fixed template").progress_chars("=> "),
    )
}

fn state(state: &State) -> Value {
    json!({
        "entries": state.entries,
        "root": hex::encode(state.root),
        "epochs": state.epochs,
        "state_root": hex::encode(state.state_root),
        "audit_entries": state.audit_entries,
        "audit_head": hex::encode(state.audit_head),
    })
}

fn objects(done: &CopiedObjects) -> Value {
    json!({ "total": done.total, "bytes": done.bytes, "written": done.written })
}

fn document(done: &Done) -> Value {
    match done {
        Done::Objects(done) => json!({ "objects": objects(done) }),
        Done::Installation(copied) => {
            let records: serde_json::Map<String, Value> = copied
                .records
                .iter()
                .map(|(kind, done)| {
                    let counts = json!({
                        "total": done.total, "written": done.written, "removed": done.removed,
                    });
                    (kind.name().to_owned(), counts)
                })
                .collect();
            json!({
                "source": state(&copied.source),
                "target": state(&copied.target),
                "entries_written": copied.entries_written,
                "records": records,
                "objects": copied.objects.as_ref().map(objects),
            })
        }
    }
}

fn text(done: &Done, arguments: &CopyArguments) -> String {
    let files = |done: &CopiedObjects| {
        format!("{} of {} objects written, {} bytes in all", done.written, done.total, done.bytes)
    };
    let Done::Installation(copied) = done else {
        let Done::Objects(done) = done else { return String::new() };
        return files(done);
    };
    let mut lines = vec![format!(
        "{} of {} log entries written",
        copied.entries_written, copied.source.entries
    )];
    for (kind, done) in copied.records.iter().filter(|(_, done)| done.total + done.removed > 0) {
        let name = kind.name().replace('_', " ");
        lines.push(format!("{} of {} {name} written", done.written, done.total));
    }
    lines.extend(copied.objects.as_ref().map(files));
    for (name, side) in [("source", &copied.source), ("target", &copied.target)] {
        lines.push(format!("\n{name}"));
        lines.push(format!("  log entries    {}", side.entries));
        lines.push(format!("  Merkle root    {}", hex::encode(side.root)));
        lines.push(format!("  epochs         {}", side.epochs));
        lines.push(format!("  state root     {}", hex::encode(side.state_root)));
        lines.push(format!("  audit entries  {}", side.audit_entries));
        lines.push(format!("  audit head     {}", hex::encode(side.audit_head)));
    }
    lines.push("\nBoth are equal. Now set".to_owned());
    let database = arguments.to.map(|to| format!("  database.backend = \"{}\"", to.name()));
    let storage = arguments.files_to.map(|to| format!("  storage.backend = \"{}\"", to.name()));
    lines.extend(database.into_iter().chain(storage));
    lines.push("and start the server with the same keys.".to_owned());
    lines.join("\n")
}

impl Failure {
    /// Exit codes as those of `erynoa`.
    const fn exit_code(&self) -> u8 {
        match self {
            Self::Copy(CopyError::Damaged { .. } | CopyError::Differs { .. }) => 1,
            Self::Usage(_) => 2,
            Self::Copy(CopyError::Empty | CopyError::InUse { .. } | CopyError::Foreign { .. }) => 3,
            Self::Copy(CopyError::Store { error, .. })
                if matches!(error.kind, StoreErrorKind::Unavailable) =>
            {
                4
            }
            Self::Copy(CopyError::Store { .. }) | Self::Start(_) => 5,
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) => "USAGE",
            Self::Copy(error) => error.code(),
            Self::Start(_) => "LOCAL",
        }
    }

    fn text(&self, public_url: &str) -> String {
        let Self::Copy(error) = self else { return self.to_string() };
        let (code, field) = (error.code(), error.field());
        format!(
            "refused: {code}: {self}\n  field: --{field}\n  help:  {public_url}/docs/errors/{code}"
        )
    }

    fn document(&self, public_url: &str) -> Value {
        let (field, docs_url) = match self {
            Self::Copy(error) => {
                (error.field(), format!("{public_url}/docs/errors/{}", error.code()))
            }
            _ => ("", String::new()),
        };
        json!({ "error": {
            "code": self.code(),
            "message": self.to_string(),
            "field": field,
            "docs_url": docs_url,
        } })
    }
}
