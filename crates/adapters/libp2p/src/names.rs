//! Nodes as peers, and the other way round.

use erynoa_kernel::PublicKey;
use erynoa_sync::NodeId;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

/// An identity multihash of 36 bytes with an Ed25519 key in it (libp2p,
/// specification of peer ids).
const PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// The peer of a node.
pub fn peer_of(node: &NodeId) -> PeerId {
    let bytes = [&PREFIX[..], node.0.as_bytes()].concat();
    PeerId::from_bytes(&bytes).expect("an identity multihash of 36 bytes is a peer id")
}

/// The node of a peer, when its key is an Ed25519 key.
pub fn node_of(peer: &PeerId) -> Option<NodeId> {
    let bytes = peer.to_bytes();
    let key = bytes.strip_prefix(&PREFIX)?;
    PublicKey::try_from(key).ok().map(NodeId)
}

/// An address that says where and whom to dial.
pub fn dialable(text: &str) -> Option<(Multiaddr, PeerId)> {
    let address: Multiaddr = text.parse().ok()?;
    let Some(Protocol::P2p(peer)) = address.iter().last() else { return None };
    // Somewhere has to come before whom.
    (address.iter().count() > 1 && node_of(&peer).is_some()).then_some((address, peer))
}

/// Whether an address goes through a relay.
pub fn is_relayed(address: &Multiaddr) -> bool {
    address.iter().any(|part| part == Protocol::P2pCircuit)
}

/// The address with the peer at its end, once.
pub fn with_peer(address: &Multiaddr, peer: PeerId) -> String {
    address.clone().with_p2p(peer).unwrap_or_else(|address| address).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use libp2p::identity::Keypair;

    #[test]
    fn a_peer_is_named_by_the_key_of_its_node() {
        for seed in 0..=u8::MAX {
            let keys = Keypair::ed25519_from_bytes([seed; 32]).expect("a seed");
            let key = keys.public().try_into_ed25519().expect("Ed25519").to_bytes();
            let node = NodeId(PublicKey::from_bytes(key));
            assert_eq!(peer_of(&node), keys.public().to_peer_id());
            assert_eq!(node_of(&peer_of(&node)), Some(node));
        }
    }

    #[test]
    fn an_address_names_where_and_whom() {
        let peer = peer_of(&NodeId(PublicKey::from_bytes([7; 32])));
        for place in ["/ip4/10.0.0.1/tcp/1", "/ip6/::1/udp/1/quic-v1", "/dns/example.org/tcp/1"] {
            let (address, whom) = dialable(&format!("{place}/p2p/{peer}")).expect("an address");
            assert_eq!(whom, peer);
            assert!(!is_relayed(&address));
        }
        let relayed = format!("/ip4/10.0.0.1/tcp/1/p2p/{peer}/p2p-circuit/p2p/{peer}");
        assert!(is_relayed(&dialable(&relayed).expect("an address").0));
        let other_key = "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N";
        for text in [
            format!("/p2p/{peer}"),
            "/ip4/10.0.0.1/tcp/1".to_owned(),
            format!("/ip4/10.0.0.1/tcp/1/p2p/{other_key}"),
            format!("/ip4/10.0.0.1/tcp/1/p2p/{peer}/p2p-circuit"),
            format!("/ip4/10.0.0.1/tcp/70000/p2p/{peer}"),
            format!("/ip4/10.0.0.1/tcp/1/p2p/{peer}/"),
        ] {
            assert_eq!(dialable(&text), None, "{text}");
        }
    }
}
