//! This node among others: what drives [`erynoa_sync::Node`] with a network, the
//! ledger and the book of cosignatures.
//!
//! One task, the driver, owns the node. Whatever waits (questions to others,
//! answers, the store) runs beside it and comes back as a job. Every queue is
//! bounded: while the driver is busy, the network holds what arrives, and drops
//! gossip first.

mod counters;
mod driver;
mod standings;
#[cfg(test)]
mod tests;
mod work;

use std::sync::Arc;

use bytes::Bytes;
use erynoa_events::{NoteKeyKind, SigningKey, VerifierKey};
use erynoa_kernel::{Clock, Kind, Problem, PublicKey, StoreError};
use erynoa_sync::{
    Ban, Input, Network, NetworkError, NetworkStatus, NodeId, PeerInfo, Protocol, Role, Standing,
    Ticket, WitnessBook, WitnessKey,
};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

pub(crate) use counters::Counters;
pub(crate) use standings::identity_of;

use crate::ledger::Ledger;
use crate::witnesses::Cosignatures;

/// How a home calls its software, after its name and version.
pub(crate) const HOME: &str = " home";
/// Jobs that may wait for the driver; who has more to say waits.
const QUEUE: usize = 1024;

/// What the runtime works on.
pub(crate) struct Tools {
    pub(crate) network: Arc<dyn Network>,
    pub(crate) ledger: Ledger,
    pub(crate) book: Arc<dyn WitnessBook>,
    pub(crate) cosignatures: Arc<Cosignatures>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Key of this node.
    pub(crate) key: SigningKey,
    /// Whether it cosigns what it follows.
    pub(crate) witness: bool,
    /// Name of the log.
    pub(crate) origin: String,
    /// Addresses of nodes that this one stays connected with.
    pub(crate) kept: Vec<String>,
    /// R in the root realm below which the node of an identity is refused, ppm.
    pub(crate) least_trust_ppm: u32,
}

/// What a node is to the log. It changes when the log is handed over.
pub(crate) fn role_of(ledger: &Ledger, witness: bool) -> Role {
    match (ledger.copied_from(), witness) {
        (None, _) => Role::Home,
        (Some(_), false) => Role::Follower,
        (Some(_), true) => Role::Witness,
    }
}

/// Counts what the witnesses of all realms have cosigned before: finality does
/// not fall by a restart.
///
/// # Errors
/// The book's.
pub(crate) async fn know_witnesses(
    cosignatures: &Cosignatures,
    ledger: &Ledger,
    own: PublicKey,
) -> Result<(), StoreError> {
    let keys = driver::witness_keys(&ledger.read(), std::iter::once(own));
    for WitnessKey { name, key } in keys {
        cosignatures.know(VerifierKey { name, kind: NoteKeyKind::Witness, key }).await?;
    }
    Ok(())
}

/// Something for the driver.
enum Job {
    Input(Input),
    Connected { node: NodeId, outbound: bool },
    Asked { from: NodeId, protocol: Protocol, bytes: Bytes, ticket: Ticket },
    View(oneshot::Sender<View>),
    Ban(Ban, oneshot::Sender<Result<(), StoreError>>),
    Unban(NodeId, oneshot::Sender<Result<bool, StoreError>>),
}

/// What is known of one peer.
#[derive(Clone, Debug)]
pub(crate) struct PeerView {
    pub(crate) node: NodeId,
    /// Its peer id.
    pub(crate) name: String,
    pub(crate) info: PeerInfo,
    pub(crate) standing: Standing,
    /// -100 to 0.
    pub(crate) score: i32,
    /// Empty when it did nothing wrong.
    pub(crate) last_offence: &'static str,
    pub(crate) head_size: u64,
    /// Microseconds, 0 while it is not connected.
    pub(crate) connected_since_us: u64,
    pub(crate) ban: Option<Ban>,
}

/// This node and its peers at one moment.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) status: NetworkStatus,
    /// The greatest head that was seen.
    pub(crate) head_size: u64,
    /// Why the node does not go on.
    pub(crate) halted: Option<String>,
    /// Bytes of entries that wait.
    pub(crate) held_bytes: usize,
    /// Connected ones first, then by id.
    pub(crate) peers: Vec<PeerView>,
}

/// The running node; cheap to share.
pub(crate) struct Peers {
    jobs: mpsc::Sender<Job>,
    network: Arc<dyn Network>,
    counters: Arc<Counters>,
}

/// Keeps the node running; it stops when this is dropped or the ledger closes.
pub(crate) struct Running {
    driver: JoinHandle<()>,
    pump: JoinHandle<()>,
}

impl Running {
    /// Waits until nothing of the node runs any more.
    pub(crate) async fn stop(self) {
        for task in [self.driver, self.pump] {
            task.abort();
            // Cut off, which is what was asked for.
            let _ = task.await;
        }
    }
}

impl Peers {
    /// Starts the node on a network.
    ///
    /// # Errors
    /// The book's.
    pub(crate) async fn start(tools: Tools) -> Result<(Arc<Self>, Running), StoreError> {
        let (jobs, receiver) = mpsc::channel(QUEUE);
        let counters = Arc::new(Counters::default());
        let network = Arc::clone(&tools.network);
        let own = tools.key.public_key();
        know_witnesses(&tools.cosignatures, &tools.ledger, own).await?;
        let driver = driver::Driver::new(tools, jobs.clone(), Arc::clone(&counters)).await?;
        let pump = tokio::spawn(work::pump(Arc::clone(&network), jobs.clone()));
        let driver = tokio::spawn(driver.run(receiver));
        Ok((Arc::new(Self { jobs, network, counters }), Running { driver, pump }))
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// This node and its peers now.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` while the node stops.
    pub(crate) async fn view(&self) -> Result<View, Problem> {
        self.ask(Job::View).await
    }

    /// The node of a peer id.
    ///
    /// # Errors
    /// `PEER_UNKNOWN`.
    pub(crate) fn parse(&self, peer_id: &str) -> Result<NodeId, Problem> {
        self.network.peers().parse(peer_id).ok_or_else(|| unknown("is no peer id"))
    }

    /// Dials an address.
    ///
    /// # Errors
    /// `PEER_ADDRESS_INVALID`, `PEER_REFUSED`, `PEER_UNREACHABLE`.
    pub(crate) async fn connect(&self, address: &str) -> Result<NodeId, Problem> {
        self.network.peers().dial(address, false).await.map_err(|error| match error {
            NetworkError::BadAddress => {
                Problem::new(Kind::Invalid, "PEER_ADDRESS_INVALID", error.to_string())
                    .field("address")
            }
            NetworkError::Refused => {
                let message = "the peer is banned or its identity is not trusted here";
                Problem::new(Kind::Forbidden, "PEER_REFUSED", message).field("address")
            }
            _ => Problem::new(Kind::Unavailable, "PEER_UNREACHABLE", error.to_string())
                .field("address"),
        })
    }

    /// Refuses a node until a time.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when it cannot be written down.
    pub(crate) async fn ban(&self, ban: Ban) -> Result<(), Problem> {
        Ok(self.ask(|reply| Job::Ban(ban, reply)).await??)
    }

    /// Ends a ban.
    ///
    /// # Errors
    /// `PEER_UNKNOWN` when the node is not banned; `SERVICE_UNAVAILABLE` when
    /// it cannot be written down.
    pub(crate) async fn unban(&self, node: NodeId) -> Result<(), Problem> {
        match self.ask(|reply| Job::Unban(node, reply)).await?? {
            true => Ok(()),
            false => Err(unknown("is not banned")),
        }
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(job(reply)).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())
    }
}

fn unknown(message: &'static str) -> Problem {
    Problem::new(Kind::NotFound, "PEER_UNKNOWN", message).field("peer_id")
}

fn stopping() -> Problem {
    Problem::new(Kind::Unavailable, "SERVICE_UNAVAILABLE", "the node is stopping")
        .retry_after_ms(1000)
}
