//! A node for a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use erynoa_libp2p::{Libp2pConfig, Libp2pNetwork};
use erynoa_sync::contract::Party;
use erynoa_sync::{Network, NodeId, PeerInfo};
use tokio::time::{sleep, timeout};

/// Any free TCP port.
pub const TCP: &str = "/ip4/127.0.0.1/tcp/0";
/// Any free UDP port.
pub const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";

static SEEDS: AtomicU64 = AtomicU64::new(1);

/// A seed that no other node of this process has.
pub fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&SEEDS.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    seed
}

pub fn config(listen: &[&str]) -> Libp2pConfig {
    Libp2pConfig {
        listen: listen.iter().map(|&address| address.to_owned()).collect(),
        ..Libp2pConfig::default()
    }
}

/// Looks until there is something to see.
pub async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let seen = timeout(Duration::from_secs(90), async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            sleep(Duration::from_millis(20)).await;
        }
    });
    seen.await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

/// Starts a node and waits until it can be dialled.
pub async fn start(config: &Libp2pConfig, seed: [u8; 32]) -> Party {
    let network = Libp2pNetwork::start(config, seed).expect("start");
    let node = network.node();
    let network: Arc<dyn Network> = Arc::new(network);
    let address = until("an address", async || {
        let status = network.peers().status().await;
        status.addresses.into_iter().find(|address| !address.contains("/tcp/0/"))
    })
    .await;
    Party { node, address, network }
}

pub async fn three(listen: &str) -> [Party; 3] {
    let config = config(&[listen]);
    [start(&config, seed()).await, start(&config, seed()).await, start(&config, seed()).await]
}

/// What a node knows of another.
pub async fn peer(of: &Party, node: NodeId) -> Option<PeerInfo> {
    let status = of.network.peers().status().await;
    status.peers.into_iter().find(|(other, _)| *other == node).map(|(_, info)| info)
}

pub async fn is_connected(of: &Party, node: NodeId) -> bool {
    peer(of, node).await.is_some_and(|info| info.connected)
}

/// Whether nobody uses a port, neither by TCP nor by UDP.
pub fn is_free(port: u16) -> bool {
    let tcp = std::net::TcpListener::bind(("127.0.0.1", port));
    tcp.is_ok() && std::net::UdpSocket::bind(("127.0.0.1", port)).is_ok()
}

/// A port that nobody uses at the moment.
pub fn free_port() -> u16 {
    loop {
        let tcp = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
        let port = tcp.local_addr().expect("bound").port();
        drop(tcp);
        if is_free(port) {
            return port;
        }
    }
}
