//! The network and the book in memory keep the laws of their ports.

use std::sync::Arc;

use erynoa_kernel::PublicKey;
use erynoa_sync::contract::Party;
use erynoa_sync::{MemoryHub, MemoryWitnessBook, NodeId, WitnessBook};

fn three(hub: &MemoryHub) -> [Party; 3] {
    [1, 2, 3].map(|byte| {
        let node = NodeId(PublicKey::from_bytes([byte; 32]));
        let network = hub.join(node);
        Party { node, address: network.address(), network: Arc::new(network) }
    })
}

erynoa_sync::network_contract!((three(&MemoryHub::new()), ()));

erynoa_sync::witness_book_contract!({
    let book = MemoryWitnessBook::new();
    (async move || Arc::new(book.clone()) as Arc<dyn WitnessBook>, ())
});

#[tokio::test]
async fn a_node_that_comes_back_is_dialled_by_those_who_keep_its_address() {
    use erynoa_sync::Network as _;

    let hub = MemoryHub::new();
    let [a, b, c] = three(&hub);
    a.network.peers().dial(&b.address, true).await.expect("dial");
    c.network.peers().dial(&b.address, false).await.expect("dial");
    let (node, address) = (b.node, b.address.clone());
    drop(b);
    let connected = async |party: &Party| {
        party.network.peers().status().await.peers.iter().any(|(n, p)| *n == node && p.connected)
    };
    assert!(!connected(&a).await);
    let back = hub.join(node);
    assert_eq!(back.address(), address);
    assert!(connected(&a).await);
    assert!(!connected(&c).await);
    assert_eq!(back.peers().status().await.peers.len(), 1);
}
