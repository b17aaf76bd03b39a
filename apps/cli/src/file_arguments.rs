//! Verbs about files.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use erynoa_proto::api::v1::FileAccess;

/// Who may read a file, each step including those before it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AccessArgument {
    /// Its owner alone.
    Private,
    /// Members of its realm.
    Members,
    /// Whoever has a link.
    Link,
    /// Everybody.
    Public,
}

impl From<AccessArgument> for FileAccess {
    fn from(argument: AccessArgument) -> Self {
        match argument {
            AccessArgument::Private => Self::Private,
            AccessArgument::Members => Self::Members,
            AccessArgument::Link => Self::Link,
            AccessArgument::Public => Self::Public,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum FileCommand {
    /// Files by name: one's own, or with --realm those of a realm.
    List {
        /// Part of the name.
        query: Option<String>,
        /// Only directly in this folder, such as /photos.
        #[arg(long, default_value = "")]
        folder: String,
        /// What is in the bin instead.
        #[arg(long)]
        bin: bool,
        /// Public files of everybody instead.
        #[arg(long, conflicts_with = "bin")]
        public: bool,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Upload files; with --realm into a realm. What an earlier attempt has
    /// sent is not sent again.
    Put(PutArguments),
    /// Download a file; it is compared with its hash.
    Get {
        /// Id of the file.
        file: String,
        /// Where to write it; default: its name, in this folder.
        #[arg(long, value_name = "PATH")]
        out: Option<PathBuf>,
        /// Write over a file that is there.
        #[arg(long)]
        force: bool,
    },
    /// Make a link that opens a file for whoever has it; it is printed once.
    Share {
        /// Id of the file.
        file: String,
        /// How long it is good, such as 7d; up to 365d. Default: for ever.
        #[arg(long, value_name = "SPAN")]
        expires: Option<String>,
    },
    /// Move a file to the bin, from which it can be restored for 30 days.
    Remove {
        /// Id of the file.
        file: String,
        /// Delete it for good instead.
        #[arg(long)]
        forever: bool,
    },
    /// Take a file out of the bin.
    Restore {
        /// Id of the file.
        file: String,
    },
    /// How much is stored, and how much may be.
    Usage,
}

#[derive(Debug, Args)]
pub(crate) struct PutArguments {
    /// The files.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Folder at the server, such as /photos/2026.
    #[arg(long, default_value = "/")]
    pub(crate) folder: String,
    /// Who may read them.
    #[arg(long, value_enum, default_value_t = AccessArgument::Private)]
    pub(crate) access: AccessArgument,
}
