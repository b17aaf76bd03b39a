//! Verbs about certificates.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::choices::ContextArgument;

/// Languages of documents.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LanguageArgument {
    En,
    De,
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
