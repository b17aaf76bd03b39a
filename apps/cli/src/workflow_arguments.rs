//! Verbs about work that survives.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum WorkflowCommand {
    /// Runs, newest first; operators see everybody's.
    List {
        /// Only this workflow, such as `data_export`.
        #[arg(long, default_value = "")]
        workflow: String,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// A run with its steps.
    Show {
        /// Key of the run.
        #[arg(value_name = "KEY")]
        run: String,
    },
    /// Stop a run; what was done is undone where that is possible.
    Cancel {
        /// Key of the run.
        #[arg(value_name = "KEY")]
        run: String,
    },
    /// Try a run again now.
    Retry {
        /// Key of the run.
        #[arg(value_name = "KEY")]
        run: String,
    },
    /// Put everything that the installation keeps about you into one file.
    Export,
    /// Show what an erasure of your account takes away and what it cannot; with
    /// what it wants you to type, erase it.
    Erase {
        /// As the list says: your address, DID or id.
        #[arg(long)]
        confirm: Option<String>,
    },
}
