//! Verbs about the log.

use std::path::PathBuf;

use clap::Subcommand;

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
    /// At a copy of the log: offer this node as its next home. Needs the role
    /// admin.
    Offer {
        /// File to write the offer to.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// At the log's home: hand it over to the node that has made the offer.
    /// Needs the role admin.
    HandOver {
        /// File that `log offer` wrote.
        offer: PathBuf,
        /// Name of the log, to say that you mean it.
        #[arg(long, value_name = "ORIGIN")]
        confirm: String,
    },
}
