//! Laws of connections.

use bytes::Bytes;

use crate::contract::Party;
use crate::contract::party::until;
use crate::{NetworkError, NetworkEvent, Protocol, Standing};

/// Law.
pub async fn a_name_is_parsed_back_and_nonsense_is_nobody([a, b, _]: [Party; 3]) {
    let peers = a.network.peers();
    for party in [&a, &b] {
        let name = peers.name(&party.node);
        assert_eq!(peers.parse(&name), Some(party.node));
        assert_eq!(party.network.peers().status().await.peer_id, name);
        assert!(party.address.ends_with(&format!("/p2p/{name}")), "{}", party.address);
        let shorter = &name[..name.len() - 1];
        for nonsense in ["", "somebody", shorter, &format!("{name}0"), &format!(" {name}")] {
            assert_eq!(peers.parse(nonsense), None, "{nonsense}");
        }
    }
}

/// Law.
pub async fn an_address_that_names_nobody_is_refused([a, b, _]: [Party; 3]) {
    let (place, _name) =
        b.address.split_once("/p2p/").expect("an address ends in /p2p/ and a name");
    for address in [
        "",
        "somewhere",
        place,
        &format!("{place}/p2p/"),
        &format!("{place}/p2p/nobody"),
        &format!("{}/", b.address),
        &b.address[..b.address.len() - 1],
        // Nobody dials themselves.
        &a.address,
    ] {
        for keep in [false, true] {
            let answer = a.network.peers().dial(address, keep).await;
            assert_eq!(answer, Err(NetworkError::BadAddress), "{address}");
        }
    }
    assert!(!a.connected(&b).await);
}

/// Law.
pub async fn both_sides_are_told_once_of_a_connection([a, b, _]: [Party; 3]) {
    a.connect(&b).await;
    assert_eq!(a.network.peers().dial(&b.address, false).await, Ok(b.node), "dialled twice");
    b.network.peers().set_standing(a.node, Standing::Blocked).await;
    a.until_connected(&b, false).await;
    for (party, other, dialled) in [(&a, b.node, true), (&b, a.node, false)] {
        let told = party.drain().await;
        let [
            NetworkEvent::Connected { node, outbound, address },
            NetworkEvent::Disconnected { node: gone },
        ] = &told[..]
        else {
            panic!("{told:?}")
        };
        assert_eq!((*node, *outbound, *gone), (other, dialled, other));
        assert!(!address.is_empty());
    }
}

/// Law.
pub async fn a_blocked_node_has_no_connection_and_gets_none([a, b, c]: [Party; 3]) {
    a.connect(&b).await;
    c.connect(&a).await;
    a.network.peers().set_standing(b.node, Standing::Blocked).await;
    a.until_connected(&b, false).await;
    a.drain().await;
    b.drain().await;

    let dialled = a.network.peers().dial(&b.address, false).await;
    assert_eq!(dialled, Err(NetworkError::Refused));
    let asked = a.network.request(b.node, Protocol::Log, Bytes::from_static(b"there?")).await;
    assert_eq!(asked, Err(NetworkError::Refused));
    // The blocked one may learn of it only when it has dialled.
    let _ = b.network.peers().dial(&a.address, false).await;
    until("the blocked one is sent away", async || (!b.connected(&a).await).then_some(())).await;
    let told = a.drain().await;
    assert!(!told.iter().any(|e| matches!(e, NetworkEvent::Connected { .. })), "{told:?}");
    assert!(a.connected(&c).await, "the others stay");

    a.network.peers().set_standing(b.node, Standing::ReceiveOnly).await;
    b.connect(&a).await;
}

/// Law.
pub async fn a_kept_address_is_dialled_again_after_the_connection_is_lost([a, b, c]: [Party; 3]) {
    assert_eq!(a.network.peers().dial(&b.address, true).await, Ok(b.node));
    c.connect(&b).await;
    a.until_connected(&b, true).await;
    for _ in 0..2 {
        for lost in [&a, &c] {
            b.network.peers().set_standing(lost.node, Standing::Blocked).await;
            lost.until_connected(&b, false).await;
        }
        for lost in [&c, &a] {
            b.network.peers().set_standing(lost.node, Standing::Full).await;
        }
        a.until_connected(&b, true).await;
        assert!(!c.connected(&b).await, "an address that is not kept is not dialled again");
        c.connect(&b).await;
    }
}

/// Law.
pub async fn bytes_are_counted([a, b, _]: [Party; 3]) {
    const QUESTION: usize = 10_000;
    const ANSWER: usize = 200_000;
    a.connect(&b).await;
    let question = a.network.request(b.node, Protocol::Log, Bytes::from(vec![1; QUESTION]));
    let answer = async {
        let (_, _, ticket) = b.asked().await;
        b.network.respond(ticket, Bytes::from(vec![2; ANSWER])).await;
    };
    let (answered, ()) = tokio::join!(question, answer);
    assert_eq!(answered.map(|bytes| bytes.len()), Ok(ANSWER));
    for (party, other, out, inward) in [(&a, &b, QUESTION, ANSWER), (&b, &a, ANSWER, QUESTION)] {
        let peer = party.peer(other).await.expect("known");
        let all = party.network.peers().status().await;
        for (counted, said) in [
            (peer.bytes_out, out),
            (peer.bytes_in, inward),
            (all.bytes_out, out),
            (all.bytes_in, inward),
        ] {
            let said = said as u64;
            // Frames and greetings come on top, but not without measure.
            assert!((said..said + 20_000).contains(&counted), "{counted} of {said}");
        }
    }
}
