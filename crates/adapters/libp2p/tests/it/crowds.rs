//! How many connections there may be.

use std::time::Duration;

use erynoa_libp2p::{MAX_CONNECTIONS_PER_PEER, MAX_INCOMING_CONNECTIONS};
use erynoa_sync::{MAX_REQUESTS, MAX_REQUESTS_PER_NODE, NetworkError, NetworkEvent};
use tokio::time::{sleep, timeout};

use crate::evil::{Evil, Raw, Seen};
use crate::node::{TCP, config, free_port, is_connected, seed, start, until};

const NOTHING: Raw = Raw { bytes: Vec::new(), hold: false };

#[tokio::test]
async fn as_many_connections_with_a_peer_stand_as_are_allowed_and_no_more() {
    const DIALS: usize = 6;
    let victim = start(&config(&[TCP]), seed()).await;
    let mut evil = Evil::start(NOTHING).await;
    for _ in 0..DIALS {
        evil.dial(&victim.address);
    }
    let (mut made, mut ended) = (0, 0);
    // Each dial ends by standing, by being closed again or by not being made.
    while let Ok(Some(seen)) = timeout(Duration::from_secs(3), evil.seen.recv()).await {
        match seen {
            Seen::Connected => made += 1,
            Seen::Closed => ended += 1,
            _ => {}
        }
    }
    assert_eq!(made - ended, MAX_CONNECTIONS_PER_PEER, "{made} made, {ended} ended");
}

#[tokio::test]
async fn of_the_requests_of_all_peers_only_so_many_are_taken() {
    let victim = start(&config(&[TCP]), seed()).await;
    let mut crowd = Vec::new();
    for _ in 0..MAX_REQUESTS / MAX_REQUESTS_PER_NODE + 1 {
        let mut evil = Evil::start(NOTHING).await;
        evil.connect(&victim.address).await;
        for _ in 0..MAX_REQUESTS_PER_NODE {
            evil.ask(&victim.address, Raw { bytes: vec![0; 4], hold: false });
        }
        crowd.push(evil);
    }
    let mut tickets = Vec::new();
    while let Ok(Some(event)) = timeout(Duration::from_secs(2), victim.network.next()).await {
        if let NetworkEvent::Request { ticket, .. } = event {
            tickets.push(ticket);
        }
    }
    assert_eq!(tickets.len(), MAX_REQUESTS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_come_in_as_are_allowed_and_kept_peers_all_the_same() {
    let most = usize::try_from(MAX_INCOMING_CONNECTIONS).expect("fits");
    let victim = start(&config(&[TCP]), seed()).await;
    let mut crowd = Vec::new();
    for _ in 0..most {
        let mut evil = Evil::start(NOTHING).await;
        evil.connect(&victim.address).await;
        crowd.push(evil);
    }
    let connected = async || {
        let status = victim.network.peers().status().await;
        status.peers.iter().filter(|(_, peer)| peer.connected).count()
    };
    until("all stand", async || (connected().await == most).then_some(())).await;

    let mut late = Evil::start(NOTHING).await;
    late.dial(&victim.address);
    until("the late one is turned away", async || {
        sleep(Duration::from_millis(500)).await;
        (!is_connected(&victim, late.node).await).then_some(())
    })
    .await;
    while let Ok(Some(seen)) = timeout(Duration::from_secs(1), late.seen.recv()).await {
        if matches!(seen, Seen::Closed | Seen::NotConnected) {
            late.seen.close();
        }
    }
    assert!(late.seen.is_closed(), "the late one was let in");
    assert_eq!(connected().await, most);

    // Ours to dial.
    let called = Evil::start(NOTHING).await;
    let address = called.address.to_string();
    victim.network.peers().dial(&address, false).await.expect("dial");
    assert_eq!(connected().await, most + 1);

    // Whom we keep comes in by itself, too.
    let mut friend = Evil::start(NOTHING).await;
    let name = victim.network.peers().name(&friend.node);
    let elsewhere = format!("/ip4/127.0.0.1/tcp/{}/p2p/{name}", free_port());
    let dialled = victim.network.peers().dial(&elsewhere, true).await;
    assert_eq!(dialled, Err(NetworkError::Unreachable));
    friend.connect(&victim.address).await;
    let word = timeout(Duration::from_secs(1), friend.seen.recv()).await;
    assert!(word.is_err(), "the friend was sent away: {word:?}");
    assert_eq!(connected().await, most + 2);
}
