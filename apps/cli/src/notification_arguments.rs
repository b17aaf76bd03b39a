//! Verbs about what one is told.

use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum NotificationCommand {
    /// What you were told, newest first.
    List {
        /// Only what you have not read.
        #[arg(long)]
        unread: bool,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Mark notifications as read.
    Read {
        /// Their ids.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        ids: Vec<String>,
        /// All of them.
        #[arg(long)]
        all: bool,
    },
    /// How you are told; with a kind, change it.
    Settings {
        /// Kind, such as `attestation`.
        #[arg(requires = "mail")]
        kind: Option<String>,
        /// What of it is mailed.
        #[arg(long, requires = "kind")]
        mail: Option<MailMode>,
        /// Do not show it in the apps.
        #[arg(long, requires = "kind")]
        hide: bool,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum MailMode {
    /// Each by itself.
    AtOnce,
    /// All of an hour in one.
    Digest,
    /// Nothing.
    Never,
}
