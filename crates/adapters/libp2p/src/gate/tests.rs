use super::*;
use crate::names::peer_of;
use erynoa_kernel::PublicKey;
use erynoa_sync::NodeId;

fn address(text: &str) -> Multiaddr {
    text.parse().expect("an address")
}

fn peer(number: usize) -> PeerId {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&(number as u64).to_be_bytes());
    peer_of(&NodeId(PublicKey::from_bytes(key)))
}

fn id(number: usize) -> ConnectionId {
    ConnectionId::new_unchecked(number)
}

/// Lets a peer in all the way.
fn enter(gate: &mut Gate, number: usize, from: &Multiaddr) -> Result<(), Refusal> {
    gate.greets(id(number), from)?;
    gate.comes(id(number), peer(number), from)?;
    gate.stands(id(number), peer(number), Some(from));
    Ok(())
}

#[test]
fn a_range_is_a_24_a_48_or_a_relay() {
    for (text, range) in [
        ("/ip4/203.0.113.9/tcp/1", Range::V4([203, 0, 113])),
        ("/ip4/203.0.113.200/udp/9/quic-v1", Range::V4([203, 0, 113])),
        ("/ip4/203.0.114.9/tcp/1", Range::V4([203, 0, 114])),
        ("/ip6/2001:db8:7:1::1/tcp/1", Range::V6([0x20, 1, 0xd, 0xb8, 0, 7])),
        ("/ip6/2001:db8:7:ffff::9/tcp/1", Range::V6([0x20, 1, 0xd, 0xb8, 0, 7])),
        // An IPv4 address as IPv6 sockets see it is that IPv4 address.
        ("/ip6/::ffff:203.0.113.9/tcp/1", Range::V4([203, 0, 113])),
    ] {
        assert_eq!(range_of(&address(text)), Some(range), "{text}");
    }
    let relayed = format!("/ip4/203.0.113.9/tcp/1/p2p/{}/p2p-circuit/p2p/{}", peer(1), peer(2));
    assert_eq!(range_of(&address(&relayed)), Some(Range::Relay(peer(1))));
    // A relay in the own network does not make its guests neighbours.
    let relayed = format!("/ip4/10.0.0.1/tcp/1/p2p/{}/p2p-circuit", peer(1));
    assert_eq!(range_of(&address(&relayed)), Some(Range::Relay(peer(1))));
}

#[test]
fn neighbours_are_not_counted() {
    for text in [
        "/ip4/127.0.0.1/tcp/1",
        "/ip4/10.1.2.3/tcp/1",
        "/ip4/172.31.0.1/tcp/1",
        "/ip4/192.168.7.7/tcp/1",
        "/ip4/169.254.1.1/tcp/1",
        "/ip6/::1/tcp/1",
        "/ip6/fd00::1/tcp/1",
        "/ip6/fe80::1/tcp/1",
        "/ip6/::ffff:127.0.0.1/tcp/1",
    ] {
        assert_eq!(range_of(&address(text)), None, "{text}");
    }
    // Neighbours of the private ones are strangers.
    for text in ["/ip4/172.32.0.1/tcp/1", "/ip4/11.0.0.1/tcp/1", "/ip6/fec0::1/tcp/1"] {
        assert!(range_of(&address(text)).is_some(), "{text}");
    }
    let mut gate = Gate::default();
    let here = address("/ip4/127.0.0.1/tcp/1");
    for number in 0..10 * MAX_INCOMING_PER_RANGE {
        assert_eq!(enter(&mut gate, number, &here), Ok(()));
    }
}

#[test]
fn as_many_come_out_of_a_range_as_are_allowed_and_no_more() {
    let mut gate = Gate::default();
    let from = |last: usize| address(&format!("/ip4/203.0.113.{last}/tcp/1"));
    for number in 0..MAX_INCOMING_PER_RANGE {
        assert_eq!(enter(&mut gate, number, &from(number)), Ok(()));
    }
    let next = MAX_INCOMING_PER_RANGE;
    assert_eq!(enter(&mut gate, next, &from(next)), Err(Refusal::Range));
    assert_eq!(enter(&mut gate, 90, &address("/ip4/203.0.114.1/tcp/1")), Ok(()), "others come in");
    // A kept peer comes in out of any range and takes nobody's place.
    gate.keep(peer(91));
    assert_eq!(enter(&mut gate, 91, &from(91)), Ok(()));
    gate.ends(id(0), peer(0));
    assert_eq!(enter(&mut gate, next, &from(next)), Ok(()), "a place is free again");
    assert_eq!(enter(&mut gate, 92, &from(92)), Err(Refusal::Range));
}

#[test]
fn as_many_may_be_unknown_out_of_a_range_as_are_allowed_and_no_more() {
    let mut gate = Gate::default();
    let from = address("/ip6/2001:db8::1/tcp/1");
    for number in 0..MAX_INCOMING_PER_RANGE {
        assert_eq!(gate.greets(id(number), &from), Ok(()));
    }
    assert_eq!(gate.greets(id(90), &from), Err(Refusal::Range));
    assert_eq!(gate.comes(id(0), peer(0), &from), Ok(()));
    assert_eq!(gate.greets(id(90), &from), Ok(()), "one has shown who it is");
}

#[test]
fn as_many_connections_of_a_peer_stand_as_are_allowed_and_no_more() {
    let mut gate = Gate::default();
    gate.keep(peer(1));
    let from = address("/ip4/127.0.0.1/tcp/1");
    for number in 0..MAX_CONNECTIONS_PER_PEER {
        assert_eq!(gate.comes(id(number), peer(1), &from), Ok(()));
        gate.stands(id(number), peer(1), (number == 0).then_some(&from));
    }
    assert_eq!(gate.belongs(peer(1)), Err(Refusal::Peer), "whoever has dialled");
    assert_eq!(gate.comes(id(90), peer(1), &from), Err(Refusal::Peer));
    gate.ends(id(0), peer(1));
    assert_eq!(gate.belongs(peer(1)), Ok(()));
    for number in 1..MAX_CONNECTIONS_PER_PEER {
        gate.ends(id(number), peer(1));
    }
    assert!(gate.peers.is_empty(), "nothing is left of who has gone");
}

#[test]
fn who_has_no_key_of_a_node_stays_outside() {
    let other: PeerId = "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N".parse().expect("a peer");
    assert_eq!(Gate::default().belongs(other), Err(Refusal::NoNode));
}
