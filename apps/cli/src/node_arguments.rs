//! Verbs about nodes.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum NodeCommand {
    /// What the server is among nodes: role, addresses, log, lag.
    Status,
    /// The server's peers, connected ones first.
    Peers {
        /// Only these.
        #[arg(long, value_enum)]
        state: Option<PeerStateArgument>,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Have the server dial a node.
    Connect {
        /// Multiaddress that ends in /p2p/ and the node's peer id.
        address: String,
    },
    /// Have the server refuse a node for a while.
    Ban {
        /// Its peer id.
        #[arg(value_name = "PEER")]
        peer: String,
        /// How long: 1d, 12h, 30m.
        #[arg(long = "for", default_value = "1d", value_name = "SPAN")]
        span: String,
        /// Why; operators see it.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// End a ban.
    Unban {
        /// Peer id of the node.
        #[arg(value_name = "PEER")]
        peer: String,
    },
    /// Who witnesses a realm, and how far.
    Witnesses,
    /// Peer id, DID and verifier keys of a node: of the server, or of a data
    /// folder, where the key is made if there is none.
    Key {
        /// Data folder of the node.
        #[arg(long, value_name = "FOLDER")]
        data_dir: Option<PathBuf>,
    },
    /// Register the identity of a node at the log's home, so that its
    /// cosignatures can be checked by everybody.
    Register {
        /// Data folder of the node.
        #[arg(long, value_name = "FOLDER", default_value = "./data")]
        data_dir: PathBuf,
        /// Name of the identity.
        #[arg(long, default_value = "node")]
        name: String,
        /// Link of an invitation, where registration is closed.
        #[arg(long, value_name = "LINK")]
        invitation: Option<String>,
    },
    /// Set up a follower of the server's log step by step, and start it.
    Follow {
        /// Write the configuration, but start nothing.
        #[arg(long)]
        no_start: bool,
        #[command(flatten)]
        node: FollowerArguments,
    },
    /// Start a follower of a log.
    Start {
        /// C2SP verifier key of the log.
        #[arg(long, value_name = "KEY")]
        follow: String,
        #[command(flatten)]
        node: FollowerArguments,
    },
}

/// What a follower needs.
#[derive(Debug, Args)]
pub(crate) struct FollowerArguments {
    /// Address of a node that has the log, ending in /p2p/ and its peer id.
    #[arg(long = "peer", required = true, value_name = "MULTIADDRESS")]
    pub(crate) peers: Vec<String>,
    /// Cosign what was verified.
    #[arg(long)]
    pub(crate) witness: bool,
    /// Folder for everything that the follower keeps.
    #[arg(long, value_name = "FOLDER", default_value = "./follower")]
    pub(crate) data_dir: PathBuf,
    /// Port of its API and pages.
    #[arg(long, default_value_t = 3000)]
    pub(crate) port: u16,
    /// Port on which other nodes reach it.
    #[arg(long, default_value_t = 4001)]
    pub(crate) peer_port: u16,
    /// Address to listen on; 0.0.0.0 = on all.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub(crate) host: std::net::IpAddr,
    /// The server's program; default: erynoa-gateway beside this one, else in
    /// the path.
    #[arg(long, env = "ERYNOA_GATEWAY", value_name = "FILE")]
    pub(crate) server_bin: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PeerStateArgument {
    Connected,
    Banned,
}
