//! What an operator may choose.

use std::io;

/// How a node takes part. Addresses are multiaddrs as text.
#[derive(Clone, Debug)]
pub struct Libp2pConfig {
    /// Where to listen. An address that ends in `/p2p-circuit` asks the relay
    /// before it for a place.
    pub listen: Vec<String>,
    /// Addresses under which others reach this node for certain.
    pub external: Vec<String>,
    /// Peers that are dialled at the start and again whenever their connection
    /// is lost; each ends in `/p2p/` and the peer's id.
    pub bootstrap: Vec<String>,
    /// Software and version as peers see it.
    pub agent: String,
    /// Find peers in the local network.
    pub mdns: bool,
    /// Carry connections of others.
    pub relay_server: bool,
    /// Ask peers whether this node can be reached, and answer them.
    pub autonat: bool,
    /// Ask the router for an open port.
    pub upnp: bool,
    /// No new connections while the process holds more than this many bytes of
    /// memory; `None` = no such limit.
    pub max_process_bytes: Option<usize>,
}

impl Default for Libp2pConfig {
    fn default() -> Self {
        let listen = [
            "/ip4/0.0.0.0/tcp/4001",
            "/ip4/0.0.0.0/udp/4001/quic-v1",
            "/ip6/::/tcp/4001",
            "/ip6/::/udp/4001/quic-v1",
        ];
        Self {
            listen: listen.map(str::to_owned).to_vec(),
            external: Vec::new(),
            bootstrap: Vec::new(),
            agent: concat!("erynoa/", env!("CARGO_PKG_VERSION")).to_owned(),
            mdns: false,
            relay_server: false,
            autonat: true,
            upnp: false,
            max_process_bytes: None,
        }
    }
}

/// Why a node cannot take part.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address of the configuration is none.
    #[error("{0:?} is no multiaddress; write for example /ip4/0.0.0.0/tcp/4001")]
    Address(String),
    /// A peer's address does not say whose it is.
    #[error("{0:?} does not end in /p2p/ and the peer's id")]
    Peer(String),
    /// Nothing can be listened on there.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// A part of the network does not start.
    #[error("the {part} does not start: {reason}")]
    Part {
        /// Which.
        part: &'static str,
        /// Why.
        reason: String,
    },
}
