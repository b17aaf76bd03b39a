//! One of the nodes on which the laws of a network are tried.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{sleep, timeout};

use crate::{Judgement, Network, NetworkError, NetworkEvent, NodeId, PeerInfo, Ticket};

/// How long a law waits before it says that something will not happen any more.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);
/// How long a law listens for what must not come.
const SILENCE: Duration = Duration::from_millis(500);

/// Messages said to find out whether somebody listens.
static SAID: AtomicU64 = AtomicU64::new(0);

/// A node of the network under test.
pub struct Party {
    /// Who it is.
    pub node: NodeId,
    /// Under what the others dial it.
    pub address: String,
    /// Its end of the network.
    pub network: Arc<dyn Network>,
}

/// Looks until there is something to see.
pub(super) async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let seen = timeout(PATIENCE, async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            sleep(PAUSE).await;
        }
    });
    seen.await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

impl Party {
    /// What this node knows of another.
    pub(super) async fn peer(&self, other: &Self) -> Option<PeerInfo> {
        let status = self.network.peers().status().await;
        status.peers.into_iter().find(|(node, _)| *node == other.node).map(|(_, peer)| peer)
    }

    pub(super) async fn connected(&self, other: &Self) -> bool {
        self.peer(other).await.is_some_and(|peer| peer.connected)
    }

    /// Waits until both know of a connection, or of none.
    pub(super) async fn until_connected(&self, other: &Self, wanted: bool) {
        until("both sides agree on the connection", async || {
            let both = (self.connected(other).await, other.connected(self).await);
            (both == (wanted, wanted)).then_some(())
        })
        .await;
    }

    pub(super) async fn connect(&self, other: &Self) {
        let node = self.network.peers().dial(&other.address, false).await.expect("dial");
        assert_eq!(node, other.node, "whom the address names");
        self.until_connected(other, true).await;
    }

    /// The next event.
    pub(super) async fn next(&self) -> NetworkEvent {
        let event = timeout(PATIENCE, self.network.next()).await.expect("an event in time");
        event.expect("the network runs")
    }

    /// Everything that happens until nothing has happened for a while. Gossip
    /// is accepted.
    pub(super) async fn drain(&self) -> Vec<NetworkEvent> {
        let mut events = Vec::new();
        while let Ok(Some(event)) = timeout(SILENCE, self.network.next()).await {
            if let NetworkEvent::Gossip { ticket, .. } = &event {
                self.network.judge(*ticket, Judgement::Accept).await;
            }
            events.push(event);
        }
        events
    }

    /// The messages among what [`Self::drain`] gives: topic and bytes.
    pub(super) async fn heard(&self) -> Vec<(String, Bytes)> {
        let events = self.drain().await.into_iter();
        events
            .filter_map(|event| match event {
                NetworkEvent::Gossip { topic, bytes, .. } => Some((topic, bytes)),
                _ => None,
            })
            .collect()
    }

    /// The next request; what else happens is passed over.
    pub(super) async fn asked(&self) -> (NodeId, Bytes, Ticket) {
        loop {
            if let NetworkEvent::Request { from, bytes, ticket, .. } = self.next().await {
                return (from, bytes, ticket);
            }
        }
    }

    pub(super) async fn follow(&self, topic: &str) {
        self.network.subscribe(topic, true).await.expect("subscribe");
    }

    /// Says something, however busy the network is.
    pub(super) async fn say(&self, topic: &str, bytes: Bytes) {
        until("there is room to say something", async || {
            match self.network.publish(topic, bytes.clone()).await {
                Ok(()) => Some(()),
                Err(NetworkError::Busy) => None,
                Err(error) => panic!("{error}"),
            }
        })
        .await;
    }

    /// Says one thing after another until all have heard one of them: who
    /// follows a topic is known to the others only after a while.
    pub(super) async fn say_until_heard(&self, topic: &str, by: &[&Self]) {
        for listener in by {
            until("a message is heard", async || {
                // A message that has been said before would not be heard again.
                let number = SAID.fetch_add(1, Ordering::Relaxed);
                self.say(topic, Bytes::from(format!("said {number}"))).await;
                let event = timeout(PAUSE * 5, listener.network.next()).await.ok()??;
                let NetworkEvent::Gossip { topic: heard, ticket, .. } = event else { return None };
                listener.network.judge(ticket, Judgement::Accept).await;
                (heard == topic).then_some(())
            })
            .await;
        }
    }
}
