//! The command line's surface.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use crate::choices::{
    ContextArgument, DimensionArgument, ExplainOrderArgument, KindArgument, LoadMode,
    NamespaceArgument,
};

/// Erynoa on the command line: identities, attestations, explained trust, and
/// the log that anybody can check.
#[derive(Debug, Parser)]
#[command(
    name = "erynoa",
    version,
    propagate_version = true,
    after_help = "Exit codes:\n  \
        0  done\n  \
        1  verification failed, or the answer is no\n  \
        2  the command line is wrong\n  \
        3  refused by the server (code, field and reason are printed)\n  \
        4  the server cannot be reached\n  \
        5  a problem with a local file\n\n\
        Guide: docs/guides/cli.md"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Address of the server.
    #[arg(
        long,
        global = true,
        env = "ERYNOA_SERVER",
        default_value = "http://127.0.0.1:3000",
        value_name = "URL"
    )]
    pub(crate) server: String,
    /// Print one JSON document, or JSON lines where there is a stream.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Key file; default: key.json in $ERYNOA_HOME or ~/.config/erynoa.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a key and the identity that it founds, and register it.
    Keygen(KeygenArguments),
    /// Register the identity of an existing key file at a server.
    Register,
    /// Show the identity of the key file as the server knows it.
    Whoami,
    /// Search identities by name, DID or uid prefix.
    People {
        /// Part of a name, or the beginning of a DID or uid; nothing = newest.
        query: Option<String>,
        /// Most entries to print.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Say something about another identity.
    Attest(AttestArguments),
    /// Take an attestation of yours back.
    Revoke {
        /// Id of the attestation event, 64 hex digits.
        event: String,
        /// Why; public.
        #[arg(long, default_value = "")]
        reason: String,
        /// Wait until the event is final enough that it stays.
        #[arg(long)]
        wait: bool,
    },
    /// Trust: values, what is behind them, ranks, histories, chains.
    #[command(subcommand)]
    Trust(TrustCommand),
    /// Signed events.
    #[command(subcommand)]
    Events(EventsCommand),
    /// The log: copy it and check it offline.
    #[command(subcommand)]
    Log(LogCommand),
    /// An installation's data folder, while its server is stopped.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Turn existing data into signed events.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Measure a running server.
    Load(LoadArguments),
    /// Serve an empty service, for `load` to compare with.
    #[command(hide = true)]
    BareServer,
    /// Ask the server and each of its parts how they are.
    Health,
    /// Print completions for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct KeygenArguments {
    /// Name that the identity chooses for itself; public and permanent.
    #[arg(long, default_value = "")]
    pub(crate) name: String,
    /// Where to write the key; default: the key file of --key.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Label of this device; public.
    #[arg(long, default_value = "")]
    pub(crate) label: String,
    /// Make a recovery key too, in a second file to be kept offline.
    #[arg(long)]
    pub(crate) recovery: bool,
    /// Kind of identity.
    #[arg(long, value_enum, default_value_t = NamespaceArgument::SelfHood)]
    pub(crate) namespace: NamespaceArgument,
    /// Do not talk to a server; register later with `erynoa register`.
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("polarity").required(true).args(["positive", "negative"]))]
pub(crate) struct AttestArguments {
    /// DID or uid of whom it is about.
    pub(crate) subject: String,
    /// Reliability, integrity, competence or prestige.
    #[arg(long, value_enum)]
    pub(crate) dimension: DimensionArgument,
    /// Speaks for the subject.
    #[arg(long)]
    pub(crate) positive: bool,
    /// Speaks against the subject.
    #[arg(long)]
    pub(crate) negative: bool,
    /// Field of competence, such as rust-code; only with --dimension competence.
    #[arg(long, default_value = "")]
    pub(crate) domain: String,
    /// Why; public.
    #[arg(long, default_value = "")]
    pub(crate) comment: String,
    /// When it ends: a date (2027-12-31) or a span (90d, 12h).
    #[arg(long)]
    pub(crate) expires: Option<String>,
    /// Show what it would do and stop.
    #[arg(long)]
    pub(crate) preview: bool,
    /// Wait until the event is final enough that it stays.
    #[arg(long)]
    pub(crate) wait: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TrustCommand {
    /// The six values of an identity.
    Show {
        /// DID or uid; default: the identity of the key file.
        subject: Option<String>,
        /// Weights of the norm.
        #[arg(long, value_enum, default_value_t = ContextArgument::Default)]
        context: ContextArgument,
    },
    /// Open one value into the events behind it.
    Explain {
        /// DID or uid; default: the identity of the key file.
        subject: Option<String>,
        /// Which value; default: the standing.
        #[arg(long, value_enum)]
        dimension: Option<DimensionArgument>,
        /// Field of competence.
        #[arg(long, default_value = "", requires = "dimension")]
        domain: String,
        /// What comes first.
        #[arg(long, value_enum, default_value_t = ExplainOrderArgument::Effect)]
        order: ExplainOrderArgument,
        /// Most parts to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Identities by norm or by one dimension.
    Rank {
        /// Order by this dimension; default: the norm.
        #[arg(long, value_enum)]
        dimension: Option<DimensionArgument>,
        /// Least trusted first.
        #[arg(long)]
        ascending: bool,
        /// Weights of the norm.
        #[arg(long, value_enum, default_value_t = ContextArgument::Default)]
        context: ContextArgument,
        /// Only identities with at least this confidence, 0 to 1.
        #[arg(long, default_value = "0", value_parser = parse_ratio_ppm, value_name = "RATIO")]
        min_confidence: u32,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Values at the end of each epoch that changed them.
    History {
        /// DID or uid; default: the identity of the key file.
        subject: Option<String>,
        /// Newest points to print, at most 1000.
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// The strongest chain of positive attestations between two identities.
    Chain {
        /// DID or uid of the target.
        to: String,
        /// DID or uid of the start; default: the identity of the key file.
        #[arg(long)]
        from: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct FilterArguments {
    /// DID or uid of the author.
    #[arg(long, default_value = "")]
    pub(crate) author: String,
    /// DID or uid of the subject.
    #[arg(long, default_value = "")]
    pub(crate) subject: String,
    /// DID or uid of author or subject.
    #[arg(long, default_value = "")]
    pub(crate) participant: String,
    /// Only these kinds; may be repeated.
    #[arg(long = "kind", value_enum)]
    pub(crate) kinds: Vec<KindArgument>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Submit signed events.
    Submit {
        /// One raw signed event, or lines of base64, one signed event each;
        /// `-` = standard input.
        file: PathBuf,
    },
    /// Events of the log, newest first.
    List {
        #[command(flatten)]
        filter: FilterArguments,
        /// From this date on (2026-01-31).
        #[arg(long)]
        since: Option<String>,
        /// Before this date.
        #[arg(long)]
        until: Option<String>,
        /// Oldest first.
        #[arg(long)]
        oldest_first: bool,
        /// Most events to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// Print lines of base64, ready for `events submit`.
        #[arg(long, conflicts_with = "json")]
        raw: bool,
    },
    /// Events and closed epochs as they happen, until interrupted.
    Watch {
        #[command(flatten)]
        filter: FilterArguments,
        /// Begin at this position of the log; default: only what is new.
        #[arg(long, value_name = "POSITION")]
        from: Option<u64>,
        /// Stop after this many lines.
        #[arg(long)]
        count: Option<u64>,
    },
    /// One event, field by field.
    Get {
        /// Id of the event, 64 hex digits.
        id: String,
        /// Print one line of base64, ready for `events submit`.
        #[arg(long, conflicts_with = "json")]
        raw: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// Copy the log, up to the newest checkpoint, as a C2SP tlog-tiles folder.
    /// Run again, it fetches only what is new.
    Fetch {
        /// Folder to write.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Check a copied log offline: canonical bytes, signatures, chains, tree,
    /// checkpoint, epochs; every trust value is folded again.
    Verify {
        /// Folder that `log fetch` wrote.
        dir: PathBuf,
        /// Origin line that the checkpoint must have; default: what it says.
        #[arg(long)]
        origin: Option<String>,
        /// The log's public key, 64 hex digits; default: the signer of entry 0.
        #[arg(long, value_name = "HEX")]
        log_key: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DataDirectory {
    /// Data folder of the installation.
    #[arg(long, default_value = "./data", value_name = "DIR")]
    pub(crate) data_dir: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Check every signature again and fold everything from nothing; each state
    /// root must come out as the log says.
    Rebuild {
        #[command(flatten)]
        data: DataDirectory,
    },
    /// Copy the whole data folder into one file with a checksum.
    Backup {
        #[command(flatten)]
        data: DataDirectory,
        /// File to write; it must not exist.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Unpack a backup into an empty or absent folder and check its log.
    Restore {
        /// Backup file.
        file: PathBuf,
        #[command(flatten)]
        data: DataDirectory,
    },
    /// Print the one-time link that makes its opener the operator.
    Claim {
        #[command(flatten)]
        data: DataDirectory,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Ratings as attestations: CSV of rater, ratee, rating −10…10, Unix time.
    ///
    /// Each person becomes an identity whose key is derived from --seed, each
    /// rating an attestation of reliability at its real date. Anybody who knows
    /// the seed can sign for these people: it is for demonstrations. Run again,
    /// it goes on where it stopped.
    Ratings(RatingsArguments),
}

#[derive(Debug, Args)]
pub(crate) struct RatingsArguments {
    /// The CSV file.
    pub(crate) file: PathBuf,
    /// Text that all keys are derived from.
    #[arg(long, default_value = "bitcoin-otc")]
    pub(crate) seed: String,
    /// Names become "<prefix> <number>".
    #[arg(long, default_value = "OTC")]
    pub(crate) prefix: String,
    /// Person who becomes operator and founder of the root realm.
    #[arg(long, default_value_t = 1)]
    pub(crate) founder: u32,
    /// The one-time link, or its token, that the first start of the server
    /// printed; needed until the installation is claimed.
    #[arg(long, value_name = "LINK")]
    pub(crate) claim: Option<String>,
    /// Name of the root realm when it is claimed.
    #[arg(long, default_value = "Bitcoin OTC")]
    pub(crate) realm_name: String,
}

#[derive(Debug, Args)]
pub(crate) struct LoadArguments {
    /// What to measure.
    #[arg(long, value_enum, default_value_t = LoadMode::All)]
    pub(crate) mode: LoadMode,
    /// Requests in flight.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) clients: u16,
    /// Longest time of one measurement.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Events signed beforehand for each writing measurement.
    #[arg(long, default_value_t = 50_000)]
    pub(crate) events: u32,
    /// TCP connections that the clients share.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) connections: u16,
    /// The one-time link, or its token, if the installation is not claimed yet.
    #[arg(long, value_name = "LINK")]
    pub(crate) claim: Option<String>,
}

/// A ratio such as 0.25, in ppm.
fn parse_ratio_ppm(text: &str) -> Result<u32, String> {
    let wrong = || "a ratio from 0 to 1 with at most six decimals, such as 0.25".to_owned();
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    if decimals.is_empty() || decimals.len() > 6 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let whole: u32 = whole.parse().map_err(|_| wrong())?;
    let decimals: u32 = format!("{decimals:0<6}").parse().map_err(|_| wrong())?;
    match whole.checked_mul(1_000_000).and_then(|ppm| ppm.checked_add(decimals)) {
        Some(ppm) if ppm <= 1_000_000 => Ok(ppm),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_surface_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn an_attestation_needs_exactly_one_sign() {
        let parse = |signs: &[&str]| {
            let line = ["erynoa", "attest", "x", "--dimension", "integrity"];
            Arguments::try_parse_from(line.iter().chain(signs)).is_ok()
        };
        assert!(parse(&["--positive"]) && parse(&["--negative"]));
        assert!(!parse(&[]) && !parse(&["--positive", "--negative"]));
    }

    #[test]
    fn ratios_are_exact_ppm() {
        assert_eq!(parse_ratio_ppm("0.25"), Ok(250_000));
        assert_eq!(parse_ratio_ppm("1"), Ok(1_000_000));
        assert_eq!(parse_ratio_ppm("0.000001"), Ok(1));
        for wrong in ["1.1", "-1", "x", "0.", "0.1234567", "0.+1", "5000"] {
            assert!(parse_ratio_ppm(wrong).is_err(), "{wrong}");
        }
    }
}
