//! The network of nodes.

use std::net::IpAddr;

use erynoa_events::{NoteKeyKind, VerifierKey, parse_verifier_key};
use erynoa_sync::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Config, Mistake};

/// The network of nodes that copy and witness the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct P2p {
    /// Whether this node takes part in the network.
    pub enabled: bool,
    /// Port for TCP and for QUIC over UDP; 0 takes free ones.
    pub port: u16,
    /// Multiaddresses to listen on, such as `/ip4/0.0.0.0/tcp/4001`; empty = TCP
    /// and QUIC on `application.host` and the port above.
    pub listen_addresses: Vec<String>,
    /// Multiaddresses under which others reach this node, where it cannot find
    /// them out by itself.
    pub external_addresses: Vec<String>,
    /// Nodes that this one stays connected with, as multiaddresses that end in
    /// `/p2p/` and the peer id.
    pub bootstrap_peers: Vec<String>,
    /// Whether to find nodes of the same local network.
    pub mdns: bool,
    /// Whether to relay connections for nodes that cannot be reached.
    pub relay_server: bool,
    /// Whether to ask other nodes if this one can be reached.
    pub autonat: bool,
    /// Whether to ask the router to open the port.
    pub upnp: bool,
    /// Reliability in the root realm below which the node of an identity is
    /// refused, 0.0 to 1.0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub min_incoming_trust: Share,
    /// C2SP verifier key of the log that this node copies,
    /// `<origin>+<key id>+<base64>`; empty = this node is the home of its own log.
    pub follow: String,
    /// Whether this node cosigns what it has verified of the log that it copies.
    pub witness: bool,
}

impl Default for P2p {
    fn default() -> Self {
        Self {
            enabled: false,
            port: 4001,
            listen_addresses: Vec::new(),
            external_addresses: Vec::new(),
            bootstrap_peers: Vec::new(),
            mdns: true,
            relay_server: false,
            autonat: true,
            upnp: true,
            min_incoming_trust: Share { ppm: 100_000 },
            follow: String::new(),
            witness: false,
        }
    }
}

/// A number from 0.0 to 1.0, kept in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f64", into = "f64")]
#[schemars(with = "f64")]
pub struct Share {
    /// 0 to 1 000 000.
    pub ppm: u32,
}

impl TryFrom<f64> for Share {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&value) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to a million"
            )]
            let ppm = (value * 1e6).round() as u32;
            return Ok(Self { ppm });
        }
        Err(format!("is {value}, must be 0.0 to 1.0"))
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> Self {
        Self::from(share.ppm) / 1e6
    }
}

impl P2p {
    /// What this node is to the log.
    #[must_use]
    pub fn role(&self) -> Role {
        match (self.follow.is_empty(), self.witness) {
            (true, _) => Role::Home,
            (false, false) => Role::Follower,
            (false, true) => Role::Witness,
        }
    }

    /// Multiaddresses to listen on.
    #[must_use]
    pub fn listen(&self, host: IpAddr) -> Vec<String> {
        if !self.listen_addresses.is_empty() {
            return self.listen_addresses.clone();
        }
        let (family, port) = (if host.is_ipv4() { "ip4" } else { "ip6" }, self.port);
        vec![format!("/{family}/{host}/tcp/{port}"), format!("/{family}/{host}/udp/{port}/quic-v1")]
    }

    /// The log that this node copies; `None` where it is a home.
    #[must_use]
    pub fn followed(&self) -> Option<VerifierKey> {
        // What is none is a mistake, which keeps the server from starting.
        parse_verifier_key(&self.follow).ok()
    }
}

/// Letters of a peer id: base58 leaves out what looks alike.
const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// How the peer id of an Ed25519 key begins, and how long it is.
const PEER_ID: (&str, usize) = ("12D3KooW", 52);

fn is_peer_id(text: &str) -> bool {
    text.len() == PEER_ID.1
        && text.starts_with(PEER_ID.0)
        && text.chars().all(|letter| BASE58.contains(letter))
}

/// Whether the text has the form of an address that ends in a peer id.
pub(crate) fn is_peer_address(address: &str) -> bool {
    address.starts_with('/')
        && address
            .rsplit_once("/p2p/")
            .is_some_and(|(transport, id)| !transport.is_empty() && is_peer_id(id))
}

impl Config {
    pub(super) fn check_p2p(&self, mistakes: &mut Vec<Mistake>) {
        let p2p = &self.p2p;
        let mut wrong = |key: &str, reason: String| mistakes.push(Mistake::new(key, reason));
        for (key, addresses) in [
            ("p2p.listen_addresses", &p2p.listen_addresses),
            ("p2p.external_addresses", &p2p.external_addresses),
        ] {
            for address in addresses.iter().filter(|address| !is_transport(address)) {
                wrong(key, format!("{address:?} is no address such as /ip4/0.0.0.0/tcp/4001"));
            }
        }
        for address in p2p.bootstrap_peers.iter().filter(|address| !is_peer_address(address)) {
            let right = "must be an address such as /dns/node.example/tcp/4001/p2p/12D3KooW…";
            wrong("p2p.bootstrap_peers", format!("{address:?} {right}"));
        }
        if p2p.enabled && p2p.port != 0 && p2p.port == self.application.port {
            wrong("p2p.port", format!("is {}, which application.port has", p2p.port));
        }
        if p2p.follow.is_empty() {
            if p2p.witness {
                let reason = "a witness copies a log: p2p.follow must name it";
                wrong("p2p.witness", reason.to_owned());
            }
            return;
        }
        if !p2p.enabled {
            wrong("p2p.follow", "a copy gets its entries from other nodes: set p2p.enabled".into());
        }
        match parse_verifier_key(&p2p.follow) {
            Err(error) => wrong("p2p.follow", error.to_string()),
            Ok(key) if key.kind != NoteKeyKind::Log => {
                let reason = "is the key of a witness; a log's verifier key is of type 1";
                wrong("p2p.follow", reason.to_owned());
            }
            Ok(key) if !self.log.origin.is_empty() && self.log.origin != key.name => {
                let reason = format!("is not {}, the log that p2p.follow names", key.name);
                wrong("log.origin", reason);
            }
            Ok(_) => {}
        }
    }
}

/// Whether an address says by its form where to listen.
fn is_transport(address: &str) -> bool {
    let mut parts = address.split('/');
    let begins = parts.next() == Some("");
    let host = matches!(parts.next(), Some("ip4" | "ip6" | "dns" | "dns4" | "dns6"));
    let names = parts.next().is_some_and(|host| !host.is_empty());
    let transport = matches!(parts.next(), Some("tcp" | "udp"));
    let port = parts.next().is_some_and(|port| port.parse::<u16>().is_ok());
    begins && host && names && transport && port
}
