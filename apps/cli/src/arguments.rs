//! The command line's surface.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::choices::{
    ContextArgument, DimensionArgument, ExplainOrderArgument, KindArgument, NamespaceArgument,
};
use crate::document_arguments::{CertificateCommand, DocumentCommand, VerifyArguments};
use crate::file_arguments::FileCommand;
use crate::identity_arguments::{
    AgentCommand, ControllerCommand, DelegationCommand, DidCommand, IdentityCommand,
    RecoveryCommand,
};
use crate::import_arguments::{ImportCommand, LoadArguments};
use crate::log_arguments::LogCommand;
use crate::node_arguments::NodeCommand;
use crate::notification_arguments::NotificationCommand;
use crate::realm_arguments::{ProposalCommand, RealmCommand, VetoArguments, VoteArguments};
use crate::statement_arguments::{
    CredentialCommand, JudgeCommand, ReceiptCommand, ReportCommand, VouchCommand,
};
use crate::user_arguments::{AuditCommand, SessionCommand, UserCommand};
use crate::workflow_arguments::WorkflowCommand;

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
    /// Realm by id or name; default: the root realm.
    #[arg(long, global = true, value_name = "REALM")]
    pub(crate) realm: Option<String>,
    /// Wait until what was said is final enough that it stays.
    #[arg(long, global = true)]
    pub(crate) wait: bool,
    /// Time of what is said, for a server that takes its time from the events:
    /// a date (2016-01-31) or a span after the log's time (3d, 12h).
    #[arg(long, global = true, value_name = "MOMENT", hide_short_help = true)]
    pub(crate) at: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a key and the identity that it founds, and register it.
    Keygen(KeygenArguments),
    /// Register the identity of an existing key file at a server.
    Register {
        /// Link of an invitation, where registration is closed.
        #[arg(long, value_name = "LINK")]
        invitation: Option<String>,
    },
    /// Become the operator of a fresh installation and the founder of its root
    /// realm.
    Claim {
        /// The one-time link that the server printed at its first start.
        link: String,
        /// Name of the root realm.
        #[arg(long)]
        name: String,
    },
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
    },
    /// Agents and things: identities that you control, and what you lend them.
    #[command(subcommand)]
    Agent(AgentCommand),
    /// Authority that one identity lends to another.
    #[command(subcommand)]
    Delegation(DelegationCommand),
    /// The way back into an identity whose keys are lost.
    #[command(subcommand)]
    Recovery(RecoveryCommand),
    /// Who controls an agent or a thing.
    #[command(subcommand)]
    Controller(ControllerCommand),
    /// An identity as a whole.
    #[command(subcommand)]
    Identity(IdentityCommand),
    /// DID documents.
    #[command(subcommand)]
    Did(DidCommand),
    /// Realms: rules, members, joining and leaving.
    #[command(subcommand)]
    Realm(RealmCommand),
    /// Proposals to a realm.
    #[command(subcommand)]
    Proposal(ProposalCommand),
    /// Vote on a proposal; n votes cost n² of 100 credits per epoch.
    Vote(VoteArguments),
    /// Object to a proposal that has passed, in the first hours of its timelock.
    Veto(VetoArguments),
    /// Answer for somebody.
    #[command(subcommand)]
    Vouch(VouchCommand),
    /// Credentials: what an accredited issuer attests formally.
    #[command(subcommand)]
    Credential(CredentialCommand),
    /// Receipts: interactions that both sides confirm.
    #[command(subcommand)]
    Receipt(ReceiptCommand),
    /// Decide as a judge of a realm.
    #[command(subcommand)]
    Judge(JudgeCommand),
    /// Reports of something odd, and what was decided.
    #[command(subcommand)]
    Report(ReportCommand),
    /// Whether a realm protects itself right now.
    Breaker,
    /// Identities by their term of the world formula.
    Ranking {
        /// Only this identity: DID or uid.
        #[arg(long)]
        subject: Option<String>,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// The norm of an identity in every context.
    Norms {
        /// DID or uid; default: the identity of the key file.
        subject: Option<String>,
    },
    /// Gini, power cap, diversity at the end of each epoch.
    Metrics {
        /// Newest points to print, at most 1000.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// How much an identity may still submit.
    Mana {
        /// DID or uid; default: the identity of the key file.
        subject: Option<String>,
    },
    /// Trust: values, what is behind them, ranks, histories, chains.
    #[command(subcommand)]
    Trust(TrustCommand),
    /// Trust certificates: documents that prove themselves.
    #[command(subcommand)]
    Certificate(CertificateCommand),
    /// Reports of realms, decisions and the audit log as signed PDFs.
    #[command(subcommand)]
    Document(DocumentCommand),
    /// Check a certificate, link by link.
    Verify(VerifyArguments),
    /// Signed events.
    #[command(subcommand)]
    Events(EventsCommand),
    /// Files: what people store beside the log.
    #[command(subcommand)]
    File(FileCommand),
    /// Accounts of the installation.
    #[command(subcommand)]
    User(UserCommand),
    /// Who is signed in where.
    #[command(subcommand)]
    Session(SessionCommand),
    /// The audit log: who did what with special rights.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Nodes that copy and witness the log.
    #[command(subcommand)]
    Node(NodeCommand),
    /// Work that survives a crash: exports and what runs long.
    #[command(subcommand)]
    Workflow(WorkflowCommand),
    /// What you are told, in the apps and by mail.
    #[command(subcommand)]
    Notification(NotificationCommand),
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
    /// Make a recovery key too; its code goes to a second file, to be kept
    /// offline.
    #[arg(long)]
    pub(crate) recovery: bool,
    /// Public delay of a recovery: 1h to 30d.
    #[arg(long, default_value = "72h", requires = "recovery", value_name = "SPAN")]
    pub(crate) recovery_delay: String,
    /// Kind of identity.
    #[arg(long, value_enum, default_value_t = NamespaceArgument::SelfHood)]
    pub(crate) namespace: NamespaceArgument,
    /// Do not talk to a server; register later with `erynoa register`.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Link of an invitation, where registration is closed.
    #[arg(long, value_name = "LINK", conflicts_with = "offline")]
    pub(crate) invitation: Option<String>,
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
        #[arg(long, default_value = "0", value_parser = crate::choices::parse_ratio_ppm, value_name = "RATIO")]
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
    /// Move a whole installation to another store, and back, with the program
    /// erynoa-gateway and its configuration. Servers must be stopped; whoever is
    /// interrupted says it again.
    Copy(CopyArguments),
    /// Print the one-time link that makes its opener the operator.
    Claim {
        #[command(flatten)]
        data: DataDirectory,
    },
}

/// What moves where. Addresses and passwords stand in the configuration.
#[derive(Debug, Args)]
pub(crate) struct CopyArguments {
    /// Store to read.
    #[arg(long, value_parser = STORES, requires = "to", required_unless_present = "files_from")]
    pub(crate) from: Option<String>,
    /// Store to write: an empty one, or one that an earlier attempt has begun.
    #[arg(long, value_parser = STORES, requires = "from")]
    pub(crate) to: Option<String>,
    /// Where the bytes of files are; without it they stay where they are.
    #[arg(long, value_parser = FILE_STORES, requires = "files_to")]
    pub(crate) files_from: Option<String>,
    /// Where the bytes of files go.
    #[arg(long, value_parser = FILE_STORES, requires = "files_from")]
    pub(crate) files_to: Option<String>,
    /// A configuration file of the server, as its own --config.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

const STORES: [&str; 2] = ["fjall", "postgres"];
const FILE_STORES: [&str; 2] = ["local", "s3"];

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
    fn a_move_names_both_ends_of_the_store_of_the_files_or_of_both() {
        let parse = |line: &str| {
            let line = format!("erynoa admin copy {line}");
            Arguments::try_parse_from(line.split_whitespace()).is_ok()
        };
        assert!(parse("--from fjall --to postgres") && parse("--files-from local --files-to s3"));
        assert!(parse("--from postgres --to fjall --files-from s3 --files-to local"));
        assert!(!parse("") && !parse("--from fjall") && !parse("--to postgres"));
        assert!(!parse("--from fjall --to postgres --files-to s3") && !parse("--files-from s3"));
        assert!(!parse("--from fjall --to redis"));
    }
}
