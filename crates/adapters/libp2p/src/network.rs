//! The handle on the network.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_sync::{
    Inbox, Judgement, MAX_GOSSIP_BYTES, MAX_REQUEST_BYTES, Network, NetworkError, NetworkEvent,
    NetworkStatus, NodeId, Peers, Protocol, REQUEST_TIMEOUT, Standing, Ticket,
};
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot};

use crate::config::{Libp2pConfig, StartError};
use crate::driver::Driver;
use crate::names::{dialable, node_of, peer_of};

/// Commands that wait for the task; then callers wait.
const COMMANDS: usize = 256;

/// What the task is asked to do.
pub enum Command {
    Follow {
        topic: String,
        follow: bool,
        done: oneshot::Sender<Result<(), NetworkError>>,
    },
    Publish {
        topic: String,
        bytes: Bytes,
        done: oneshot::Sender<Result<(), NetworkError>>,
    },
    Judge {
        ticket: Ticket,
        judgement: Judgement,
    },
    Ask {
        node: NodeId,
        protocol: Protocol,
        bytes: Bytes,
        answer: oneshot::Sender<Result<Bytes, NetworkError>>,
    },
    Respond {
        ticket: Ticket,
        bytes: Bytes,
    },
    Dial {
        address: Multiaddr,
        peer: PeerId,
        keep: bool,
        done: oneshot::Sender<Result<(), NetworkError>>,
    },
    SetStanding {
        node: NodeId,
        standing: Standing,
    },
    Status {
        done: oneshot::Sender<NetworkStatus>,
    },
}

/// The [`Network`] between nodes on libp2p. It stops when this is dropped.
///
/// A standing of `ReceiveOnly` changes nothing here: what such a peer says
/// comes up like everything else, and the caller does not accept it.
pub struct Libp2pNetwork {
    commands: mpsc::Sender<Command>,
    inbox: Arc<Inbox>,
    me: PeerId,
}

impl Libp2pNetwork {
    /// Takes part. The seed is that of the node's Ed25519 key, so the same seed
    /// is the same peer. Runs on the Tokio runtime it is called in.
    ///
    /// # Errors
    /// When the configuration is wrong or an address is taken.
    pub fn start(config: &Libp2pConfig, node_key_seed: [u8; 32]) -> Result<Self, StartError> {
        let keys = Keypair::ed25519_from_bytes(node_key_seed)
            .expect("32 bytes are the seed of an Ed25519 key");
        let inbox = Arc::new(Inbox::new());
        let (sender, commands) = mpsc::channel(COMMANDS);
        let driver = Driver::new(config, &keys, Arc::clone(&inbox), commands)?;
        tokio::spawn(driver.run());
        Ok(Self { commands: sender, inbox, me: keys.public().to_peer_id() })
    }

    /// This node.
    #[must_use]
    pub fn node(&self) -> NodeId {
        node_of(&self.me).expect("our own key is an Ed25519 key")
    }

    async fn tell(&self, command: Command) -> Result<(), NetworkError> {
        self.commands.send(command).await.map_err(|_| NetworkError::Stopped)
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command + Send,
    ) -> Result<T, NetworkError> {
        let (done, answer) = oneshot::channel();
        self.tell(command(done)).await?;
        answer.await.map_err(|_| NetworkError::Stopped)
    }
}

#[async_trait]
impl Network for Libp2pNetwork {
    async fn next(&self) -> Option<NetworkEvent> {
        self.inbox.next().await
    }

    async fn subscribe(&self, topic: &str, follow: bool) -> Result<(), NetworkError> {
        let topic = topic.to_owned();
        self.ask(|done| Command::Follow { topic, follow, done }).await?
    }

    async fn publish(&self, topic: &str, bytes: Bytes) -> Result<(), NetworkError> {
        if bytes.len() > MAX_GOSSIP_BYTES {
            return Err(NetworkError::TooLarge);
        }
        let topic = topic.to_owned();
        self.ask(|done| Command::Publish { topic, bytes, done }).await?
    }

    async fn judge(&self, ticket: Ticket, judgement: Judgement) {
        // A network that has stopped hands nothing on.
        let _ = self.tell(Command::Judge { ticket, judgement }).await;
    }

    async fn request(
        &self,
        node: NodeId,
        protocol: Protocol,
        bytes: Bytes,
    ) -> Result<Bytes, NetworkError> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(NetworkError::TooLarge);
        }
        let asked = self.ask(|answer| Command::Ask { node, protocol, bytes, answer });
        tokio::time::timeout(REQUEST_TIMEOUT, asked).await.map_err(|_| NetworkError::TimedOut)??
    }

    async fn respond(&self, ticket: Ticket, bytes: Bytes) {
        // A network that has stopped answers nobody.
        let _ = self.tell(Command::Respond { ticket, bytes }).await;
    }

    fn peers(&self) -> &dyn Peers {
        self
    }
}

#[async_trait]
impl Peers for Libp2pNetwork {
    async fn dial(&self, address: &str, keep: bool) -> Result<NodeId, NetworkError> {
        let (address, peer) = dialable(address).ok_or(NetworkError::BadAddress)?;
        if peer == self.me {
            return Err(NetworkError::BadAddress);
        }
        let node = node_of(&peer).ok_or(NetworkError::BadAddress)?;
        self.ask(|done| Command::Dial { address, peer, keep, done }).await??;
        Ok(node)
    }

    async fn set_standing(&self, node: NodeId, standing: Standing) {
        // A network that has stopped has no connections.
        let _ = self.tell(Command::SetStanding { node, standing }).await;
    }

    async fn status(&self) -> NetworkStatus {
        self.ask(|done| Command::Status { done }).await.unwrap_or_default()
    }

    fn name(&self, node: &NodeId) -> String {
        peer_of(node).to_base58()
    }

    fn parse(&self, name: &str) -> Option<NodeId> {
        node_of(&name.parse().ok()?)
    }
}
