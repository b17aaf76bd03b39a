//! What replication needs from outside.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_kernel::{PublicKey, StoreError};

/// A node, named by its Ed25519 key. Also the key of its libp2p peer id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub PublicKey);

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0.as_bytes();
        write!(f, "node {a:02x}{b:02x}{c:02x}{d:02x}")
    }
}

/// The two request and response protocols (protocol §13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// `/erynoa/log/1.0`.
    Log,
    /// `/erynoa/events/1.0`.
    Events,
}

impl Protocol {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "/erynoa/log/1.0",
            Self::Events => "/erynoa/events/1.0",
        }
    }
}

/// What a peer may do here (protocol §13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// No connection.
    Blocked,
    /// Gets what it asks for; nothing is taken from it unasked.
    ReceiveOnly,
    /// Takes part.
    Full,
}

/// Answers one request, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(pub u64);

/// What happens on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkEvent {
    /// The first connection to a node stands.
    Connected {
        /// Which.
        node: NodeId,
        /// Whether we have dialled.
        outbound: bool,
        /// Its address, as text.
        address: String,
    },
    /// The last connection to a node is over.
    Disconnected {
        /// Which.
        node: NodeId,
    },
    /// A message on a topic.
    Gossip {
        /// Who has handed it on; not always who said it first.
        from: NodeId,
        /// Topic.
        topic: String,
        /// At most [`crate::MAX_GOSSIP_BYTES`].
        bytes: Bytes,
        /// To be told whether it may be handed on: [`Network::judge`].
        ticket: Ticket,
    },
    /// Somebody asks.
    Request {
        /// Who.
        from: NodeId,
        /// What about.
        protocol: Protocol,
        /// At most [`crate::MAX_REQUEST_BYTES`].
        bytes: Bytes,
        /// For [`Network::respond`].
        ticket: Ticket,
    },
    /// A peer has broken the rules of the transport: a frame too large, a
    /// stream that does not end.
    Offence {
        /// Who.
        node: NodeId,
        /// What, for people.
        reason: &'static str,
    },
}

/// Whether a message on a topic may be handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Hand it on.
    Accept,
    /// Do not, without blame.
    Ignore,
    /// Do not, and count it against who handed it on.
    Reject,
}

/// Why a request got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// There is no connection and none could be made.
    #[error("the peer cannot be reached")]
    Unreachable,
    /// No answer in time.
    #[error("the peer did not answer in time")]
    TimedOut,
    /// The answer or the question is larger than allowed.
    #[error("a message is larger than the protocol allows")]
    TooLarge,
    /// The peer does not speak the protocol.
    #[error("the peer does not speak this protocol")]
    Unsupported,
    /// Too much is under way, here or there.
    #[error("too much is under way; try again later")]
    Busy,
    /// The address is none.
    #[error("an address is a multiaddress that ends in /p2p/ and a peer id")]
    BadAddress,
    /// The peer is banned or blocked.
    #[error("the peer is refused here")]
    Refused,
    /// The network has stopped.
    #[error("the network has stopped")]
    Stopped,
}

/// What is known about one peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerInfo {
    /// Whether a connection stands.
    pub connected: bool,
    /// Whether we have dialled.
    pub outbound: bool,
    /// Whether the connection goes through a relay.
    pub relayed: bool,
    /// Addresses, the one in use first.
    pub addresses: Vec<String>,
    /// Software as the peer names it.
    pub agent: String,
    /// Round trip, microseconds, 0 = unknown.
    pub round_trip_us: u64,
    /// Bytes since the start.
    pub bytes_in: u64,
    /// Bytes since the start.
    pub bytes_out: u64,
}

/// What the transport knows about itself and its peers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkStatus {
    /// Text form of our own id, as others dial it.
    pub peer_id: String,
    /// Addresses under which others may reach us, each with our id.
    pub addresses: Vec<String>,
    /// unknown, public or private.
    pub reachability: String,
    /// Bytes since the start.
    pub bytes_in: u64,
    /// Bytes since the start.
    pub bytes_out: u64,
    /// Peers.
    pub peers: Vec<(NodeId, PeerInfo)>,
}

/// Messages between nodes. Cheap to share; every method may be called at once
/// with every other. Laws: `contract.rs`.
#[async_trait]
pub trait Network: Send + Sync + 'static {
    /// The next thing that happens; `None` when the network has stopped. What
    /// nobody takes is held up to a bound and then dropped, gossip first.
    async fn next(&self) -> Option<NetworkEvent>;

    /// Follows a topic, or no longer.
    async fn subscribe(&self, topic: &str, follow: bool) -> Result<(), NetworkError>;

    /// Says something on a topic. Nobody need be there to hear it, and the same
    /// bytes said again on the same topic are not heard again.
    ///
    /// # Errors
    /// `TooLarge`, `Busy`, `Stopped`.
    async fn publish(&self, topic: &str, bytes: Bytes) -> Result<(), NetworkError>;

    /// Whether a message on a topic may be handed on.
    async fn judge(&self, ticket: Ticket, judgement: Judgement);

    /// Asks a node and waits for its answer, ten seconds at most.
    ///
    /// # Errors
    /// See [`NetworkError`].
    async fn request(
        &self,
        node: NodeId,
        protocol: Protocol,
        bytes: Bytes,
    ) -> Result<Bytes, NetworkError>;

    /// Answers. A ticket whose asker has gone is forgotten.
    async fn respond(&self, ticket: Ticket, bytes: Bytes);

    /// Steers connections and tells about them.
    fn peers(&self) -> &dyn Peers;
}

/// Who is connected.
#[async_trait]
pub trait Peers: Send + Sync {
    /// Dials an address, now and again whenever the connection is lost when
    /// `keep` is set. A kept address stays kept when nobody answers there now.
    ///
    /// # Errors
    /// `BadAddress`, also for our own, `Refused`, `Unreachable`, and `Busy` when
    /// there are connections enough.
    async fn dial(&self, address: &str, keep: bool) -> Result<NodeId, NetworkError>;

    /// Sets what a node may do. `Blocked` ends its connections and refuses new
    /// ones.
    async fn set_standing(&self, node: NodeId, standing: Standing);

    /// Tells what is known now.
    async fn status(&self) -> NetworkStatus;

    /// Text form of a node's id, as it stands in addresses.
    fn name(&self, node: &NodeId) -> String;

    /// The node of such a text.
    fn parse(&self, name: &str) -> Option<NodeId>;
}

/// A head that a witness has put its name to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Entries.
    pub size: u64,
    /// Root of that many entries.
    pub root: [u8; 32],
}

/// What a witness must not forget (protocol §3), and which cosignatures a node
/// has seen. Durable (fsync) when a method returns. Laws: `contract.rs`.
#[async_trait]
pub trait WitnessBook: Send + Sync + 'static {
    /// The greatest head of this log that we have cosigned.
    async fn promised(&self, origin: &str) -> Result<Option<Promise>, StoreError>;

    /// Notes, before it is signed, that `next` is cosigned after `last`.
    ///
    /// # Errors
    /// `Conflict` when `last` is not what is there; nothing is written then.
    async fn promise(
        &self,
        origin: &str,
        last: Option<&Promise>,
        next: &Promise,
    ) -> Result<(), StoreError>;

    /// The newest note that each witness has cosigned, by its key.
    async fn cosigned(&self, origin: &str) -> Result<Vec<(PublicKey, String)>, StoreError>;

    /// Replaces the newest note of a witness.
    async fn keep(&self, origin: &str, witness: &PublicKey, note: &str) -> Result<(), StoreError>;

    /// Bans that are in force: node, until when, why.
    async fn bans(&self) -> Result<Vec<Ban>, StoreError>;

    /// Sets a ban, or ends it when `until_us` is 0.
    async fn set_ban(&self, ban: &Ban) -> Result<(), StoreError>;
}

/// A node that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// Which.
    pub node: NodeId,
    /// Until when, microseconds.
    pub until_us: u64,
    /// Why, for operators.
    pub reason: String,
}
