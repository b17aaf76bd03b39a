//! Verbs about the log.

use std::path::PathBuf;

use clap::{Args, Subcommand};

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
    /// Check that an event is in the log, without trusting the server: its
    /// bytes and signatures, its place in the tree, the log's signature, that
    /// the log continues what this machine has seen of it, and the witnesses.
    Prove {
        /// Its id, 64 hex digits; of a file that --from reads, nothing is needed.
        #[arg(required_unless_present = "from")]
        event: Option<String>,
        #[command(flatten)]
        check: CheckArguments,
    },
    /// Check the newest checkpoint, without trusting the server: the log's
    /// signature, that it continues what this machine has seen, the witnesses.
    Head {
        #[command(flatten)]
        check: CheckArguments,
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

/// What a check without trust in the server goes by.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The log's public key, as 64 hex digits or as a C2SP verifier key, which
    /// names the log, too; default: the remembered one, else the server's word.
    #[arg(long, value_name = "KEY")]
    pub(crate) log_key: Option<String>,
    /// Origin line that the checkpoint must have; default: that of the verifier
    /// key, else the remembered one, else the server's word.
    #[arg(long)]
    pub(crate) origin: Option<String>,
    /// C2SP verifier key of a witness that you trust, of weight 1; may be given
    /// several times. Default: the realm's witnesses with their weights, as
    /// remembered or as the server names them.
    #[arg(long = "witness", value_name = "KEY")]
    pub(crate) witnesses: Vec<String>,
    /// Take the witnesses that the server names now for the remembered ones.
    #[arg(long, conflicts_with_all = ["witnesses", "from"])]
    pub(crate) accept_witnesses: bool,
    /// Write everything that was told to a file, for a check without a server.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    /// Ask nobody: check what --bundle has written; - reads standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "bundle")]
    pub(crate) from: Option<PathBuf>,
}
