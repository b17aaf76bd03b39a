//! Verbs about certificates.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use erynoa_proto::api::v1::DocumentLanguage;

use crate::choices::ContextArgument;

/// Languages of documents.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LanguageArgument {
    En,
    De,
}

impl LanguageArgument {
    /// As the API numbers it.
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::En => DocumentLanguage::En.into(),
            Self::De => DocumentLanguage::De.into(),
        }
    }
}

/// What a certificate is had as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArgument {
    Pdf,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CertificateCommand {
    /// Issue a trust certificate as of the last closed epoch.
    Request {
        /// DID or uid; default: the identity of the key file.
        subject: Option<String>,
        /// Weights of the norm.
        #[arg(long, value_enum, default_value_t = ContextArgument::Default)]
        context: ContextArgument,
        /// Language of the pages.
        #[arg(long, value_enum, default_value_t = LanguageArgument::En)]
        language: LanguageArgument,
        /// Save the PDF here as well.
        #[arg(long, value_name = "PATH")]
        out: Option<PathBuf>,
        /// Write over a file that is there.
        #[arg(long, requires = "out")]
        force: bool,
    },
    /// Your certificates, newest first.
    List {
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Save one of your certificates.
    Download {
        /// Its id, as `certificate list` shows it.
        id: String,
        /// The pages, or the verifiable credential.
        #[arg(long, value_enum, default_value_t = FormatArgument::Pdf)]
        format: FormatArgument,
        /// Where to write it; default: its name, in this folder.
        #[arg(long, value_name = "PATH")]
        out: Option<PathBuf>,
        /// Write over a file that is there.
        #[arg(long)]
        force: bool,
    },
}

/// Where a report goes, and in which language.
#[derive(Debug, Args)]
pub(crate) struct ReportOutput {
    /// Language of the pages.
    #[arg(long, value_enum, default_value_t = LanguageArgument::En)]
    pub(crate) language: LanguageArgument,
    /// Where to write the PDF; default: its name, in this folder.
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    /// Write over a file that is there.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DocumentCommand {
    /// A realm with its rules and decisions, as a signed PDF; --realm says which.
    Realm {
        #[command(flatten)]
        output: ReportOutput,
    },
    /// The minutes of a proposal, as a signed PDF.
    Minutes {
        /// Its event, 64 hex digits.
        proposal: String,
        #[command(flatten)]
        output: ReportOutput,
    },
    /// The audit log of some time, as a signed PDF. For operators.
    Audit {
        /// From the beginning of this many days ago; 0 = from the first entry.
        #[arg(long, default_value_t = 0)]
        days: u64,
        #[command(flatten)]
        output: ReportOutput,
    },
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// A certificate: PDF or JSON; - reads standard input.
    pub(crate) file: PathBuf,
    /// Ask nobody: check what can be checked with the file alone.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Public key of the log that you trust, 64 hex digits, when offline.
    #[arg(long, value_name = "HEX", requires = "origin")]
    pub(crate) log_key: Option<String>,
    /// Origin of that log.
    #[arg(long, requires = "log_key")]
    pub(crate) origin: Option<String>,
}
