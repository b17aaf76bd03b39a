//! Ways to a node: after a restart, through a relay, by the table.

use bytes::Bytes;
use erynoa_sync::contract::Party;
use erynoa_sync::{MAX_RESPONSE_BYTES, NetworkError, NetworkEvent, Protocol};

use crate::node::{QUIC, TCP, config, free_port, is_connected, is_free, peer, seed, start, until};

async fn ask(a: &Party, b: &Party, answer: Bytes) -> Result<Bytes, NetworkError> {
    let asks = a.network.request(b.node, Protocol::Events, Bytes::from_static(b"there?"));
    let answers = async {
        loop {
            if let Some(NetworkEvent::Request { ticket, .. }) = b.network.next().await {
                b.network.respond(ticket, answer).await;
                return;
            }
        }
    };
    tokio::select! {
        answered = asks => answered,
        () = async { answers.await; std::future::pending::<()>().await } => unreachable!(),
    }
}

#[tokio::test]
async fn a_kept_peer_is_found_again_when_it_comes_back_with_its_key() {
    let port = free_port();
    for listen in
        [format!("/ip4/127.0.0.1/tcp/{port}"), format!("/ip4/127.0.0.1/udp/{port}/quic-v1")]
    {
        let (of_home, seed_of_home) = (config(&[&listen]), seed());
        let home = start(&of_home, seed_of_home).await;
        let mut of_follower = config(&[]);
        of_follower.listen = vec![TCP.to_owned(), QUIC.to_owned()];
        of_follower.bootstrap = vec![home.address.clone()];
        let follower = start(&of_follower, seed()).await;
        let (node, address) = (home.node, home.address.clone());
        until("connected", async || is_connected(&follower, node).await.then_some(())).await;
        drop(home);
        until("lost", async || (!is_connected(&follower, node).await).then_some(())).await;
        // QUIC says goodbye before it leaves its port.
        until("the port is free", async || is_free(port).then_some(())).await;
        let home = start(&of_home, seed_of_home).await;
        assert_eq!((home.node, &home.address), (node, &address));
        until("connected again", async || is_connected(&follower, node).await.then_some(())).await;
        assert_eq!(
            ask(&follower, &home, Bytes::from_static(b"here")).await.as_deref(),
            Ok(&b"here"[..])
        );
    }
}

/// A relay that others may ask for a place.
async fn relay() -> Party {
    let listen = format!("/ip4/127.0.0.1/tcp/{}", free_port());
    let mut of_relay = config(&[&listen]);
    of_relay.external = vec![listen];
    of_relay.relay_server = true;
    start(&of_relay, seed()).await
}

#[tokio::test]
async fn a_node_that_listens_only_at_a_relay_is_reached_through_it() {
    let relay = relay().await;
    let place = format!("{}/p2p-circuit", relay.address);
    let hidden = start(&config(&[&place]), seed()).await;
    assert!(hidden.address.contains("/p2p-circuit/p2p/"), "{}", hidden.address);
    let guest = start(&config(&[TCP]), seed()).await;
    guest.network.peers().dial(&hidden.address, false).await.expect("dial");
    let answer = Bytes::from(vec![7; MAX_RESPONSE_BYTES]);
    assert_eq!(ask(&guest, &hidden, answer.clone()).await, Ok(answer));
    for (of, other) in [(&guest, &hidden), (&hidden, &guest)] {
        let known = peer(of, other.node).await.expect("known");
        assert!(known.relayed, "{known:?}");
        assert!(known.addresses[0].contains("/p2p-circuit"), "{known:?}");
        // Counted for the peer, for the relay, and once in the sum.
        let carrier = peer(of, relay.node).await.expect("known");
        let status = of.network.peers().status().await;
        let most = MAX_RESPONSE_BYTES as u64;
        for bytes in [
            known.bytes_in.max(known.bytes_out),
            carrier.bytes_in.max(carrier.bytes_out),
            status.bytes_in.max(status.bytes_out),
        ] {
            assert!((most..most * 11 / 10).contains(&bytes), "{bytes}");
        }
    }
}

#[tokio::test]
async fn two_who_meet_at_a_relay_go_on_without_it() {
    let relay = relay().await;
    let place = format!("{}/p2p-circuit", relay.address);
    let host = start(&config(&[TCP, &place]), seed()).await;
    let guest = start(&config(&[TCP]), seed()).await;
    let through = format!("{place}/p2p/{}", host.network.peers().name(&host.node));
    let _ = guest.network.peers().dial(&through, true).await;
    for (of, other) in [(&guest, &host), (&host, &guest)] {
        until("a connection without the relay", async || {
            peer(of, other.node).await.filter(|known| known.connected && !known.relayed)
        })
        .await;
    }
    let answer = Bytes::from_static(b"here");
    assert_eq!(ask(&guest, &host, answer.clone()).await, Ok(answer));
}

#[tokio::test]
async fn a_place_at_a_relay_is_taken_again_when_the_relay_comes_back() {
    let listen = format!("/ip4/127.0.0.1/tcp/{}", free_port());
    let mut of_relay = config(&[&listen]);
    of_relay.external = vec![listen];
    of_relay.relay_server = true;
    let seed_of_relay = seed();
    let relay = start(&of_relay, seed_of_relay).await;
    let hidden = start(&config(&[&format!("{}/p2p-circuit", relay.address)]), seed()).await;
    drop(relay);
    until("the place is lost", async || {
        hidden.network.peers().status().await.addresses.is_empty().then_some(())
    })
    .await;
    let _relay = start(&of_relay, seed_of_relay).await;
    let guest = start(&config(&[TCP]), seed()).await;
    // Relays do not like to be asked again and again.
    let _ = guest.network.peers().dial(&hidden.address, true).await;
    until("reached", async || is_connected(&guest, hidden.node).await.then_some(())).await;
}

#[tokio::test]
async fn a_node_is_found_by_its_name_through_the_table() {
    let open = || {
        let listen = format!("/ip4/127.0.0.1/tcp/{}", free_port());
        let mut open = config(&[&listen]);
        open.external = vec![listen];
        open
    };
    let meeting = start(&open(), seed()).await;
    let mut of_others = open();
    of_others.bootstrap = vec![meeting.address.clone()];
    let sought = start(&of_others, seed()).await;
    let mut of_seeker = open();
    of_seeker.bootstrap = vec![meeting.address.clone()];
    let seeker = start(&of_seeker, seed()).await;
    until("the two have met at the third", async || {
        let both =
            is_connected(&sought, meeting.node).await && is_connected(&seeker, meeting.node).await;
        both.then_some(())
    })
    .await;
    let answer = Bytes::from_static(b"here");
    until("an answer of one whose address nobody has told", async || {
        ask(&seeker, &sought, answer.clone()).await.ok()
    })
    .await;
}
