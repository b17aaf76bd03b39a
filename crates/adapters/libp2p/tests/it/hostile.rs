//! Peers that break the rules are told of, and the others are served.

use std::time::Duration;

use bytes::Bytes;
use erynoa_libp2p::MAX_PENDING_INCOMING;
use erynoa_sync::contract::Party;
use erynoa_sync::{
    MAX_REQUEST_BYTES, MAX_REQUESTS_PER_NODE, MAX_RESPONSE_BYTES, NetworkError, NetworkEvent,
    NodeId, Protocol, Ticket,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{sleep, timeout};

use crate::evil::{Evil, Raw, Seen};
use crate::node::{QUIC, TCP, config, is_connected, seed, start, until};

const LONG: Duration = Duration::from_secs(60);

fn raw(length: usize, bytes: &[u8], hold: bool) -> Raw {
    let length = u32::try_from(length).expect("a length of four bytes");
    Raw { bytes: [&length.to_be_bytes(), bytes].concat(), hold }
}

async fn node() -> Party {
    start(&config(&[TCP]), seed()).await
}

/// The next offence, and how many requests came before it.
async fn offence(party: &Party) -> (NodeId, &'static str, usize) {
    let mut requests = 0;
    loop {
        match timeout(LONG, party.network.next()).await.expect("in time").expect("it runs") {
            NetworkEvent::Offence { node, reason } => return (node, reason, requests),
            NetworkEvent::Request { .. } => requests += 1,
            _ => {}
        }
    }
}

async fn request(party: &Party) -> (NodeId, Ticket) {
    loop {
        let event = timeout(LONG, party.network.next()).await.expect("in time").expect("it runs");
        if let NetworkEvent::Request { from, ticket, .. } = event {
            return (from, ticket);
        }
    }
}

/// Whether `a` gets answers of `b`, whatever else `b` hears.
async fn is_served(a: &Party, b: &Party) {
    let asks = a.network.request(b.node, Protocol::Log, Bytes::from_static(b"there?"));
    let answers = async {
        loop {
            let (from, ticket) = request(b).await;
            if from == a.node {
                b.network.respond(ticket, Bytes::from_static(b"here")).await;
                return;
            }
        }
    };
    assert_eq!(tokio::join!(asks, answers).0, Ok(Bytes::from_static(b"here")));
}

#[tokio::test]
async fn a_request_that_does_not_end_is_ended_and_told() {
    let (victim, honest) = (node().await, node().await);
    let mut evil = Evil::start(raw(0, b"", false)).await;
    evil.connect(&victim.address).await;
    evil.ask(&victim.address, raw(100, b"slow", true));
    honest.network.peers().dial(&victim.address, false).await.expect("dial");
    is_served(&honest, &victim).await;
    assert_eq!(offence(&victim).await, (evil.node, "a request that does not end", 0));
    is_served(&honest, &victim).await;
}

#[tokio::test]
async fn a_request_larger_than_allowed_is_refused_before_it_is_read_and_told() {
    let victim = node().await;
    let mut evil = Evil::start(raw(0, b"", false)).await;
    evil.connect(&victim.address).await;
    for length in [MAX_REQUEST_BYTES + 1, 1 << 31, u32::MAX as usize] {
        evil.ask(&victim.address, raw(length, b"", true));
        assert_eq!(offence(&victim).await, (evil.node, "a request larger than allowed", 0));
    }
    evil.ask(&victim.address, raw(MAX_REQUEST_BYTES, &vec![1; MAX_REQUEST_BYTES], false));
    let (from, ticket) = request(&victim).await;
    assert_eq!(from, evil.node, "the greatest request is served all the same");
    victim.network.respond(ticket, Bytes::from_static(b"here")).await;
    until_answer(&mut evil, &[0, 0, 0, 4, b'h', b'e', b'r', b'e']).await;
}

async fn until_answer(evil: &mut Evil, wanted: &[u8]) {
    loop {
        match timeout(LONG, evil.seen.recv()).await.expect("in time").expect("it runs") {
            Seen::Answer(bytes) if bytes == wanted => return,
            Seen::Closed => panic!("the connection was closed"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn an_answer_larger_than_allowed_is_refused_before_it_is_read_and_told() {
    let asker = node().await;
    for length in [MAX_RESPONSE_BYTES + 1, u32::MAX as usize - 1] {
        let evil = Evil::start(raw(length, b"", true)).await;
        let address = evil.address.to_string();
        asker.network.peers().dial(&address, false).await.expect("dial");
        let answer = asker.network.request(evil.node, Protocol::Log, Bytes::new()).await;
        assert_eq!(answer, Err(NetworkError::TooLarge));
        assert_eq!(offence(&asker).await, (evil.node, "an answer larger than allowed", 0));
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_never_comes_is_no_answer() {
    let asker = node().await;
    for (answer, error) in [
        (Raw { bytes: Vec::new(), hold: false }, NetworkError::Busy),
        (raw(100, b"four", false), NetworkError::Busy),
        (raw(100, b"four", true), NetworkError::TimedOut),
    ] {
        let evil = Evil::start(answer).await;
        asker.network.peers().dial(&evil.address.to_string(), false).await.expect("dial");
        let answer = asker.network.request(evil.node, Protocol::Log, Bytes::new()).await;
        assert_eq!(answer, Err(error));
        // The other protocol it does not speak.
        let answer = asker.network.request(evil.node, Protocol::Events, Bytes::new()).await;
        assert_eq!(answer, Err(NetworkError::Unsupported));
    }
}

#[tokio::test]
async fn of_the_requests_of_one_peer_only_so_many_are_taken() {
    let (victim, honest) = (node().await, node().await);
    honest.network.peers().dial(&victim.address, false).await.expect("dial");
    let mut evil = Evil::start(raw(0, b"", false)).await;
    evil.connect(&victim.address).await;
    for _ in 0..4 * MAX_REQUESTS_PER_NODE {
        evil.ask(&victim.address, raw(4, b"more", false));
    }
    let mut turned_away = 0;
    while turned_away < 3 * MAX_REQUESTS_PER_NODE {
        match timeout(LONG, evil.seen.recv()).await.expect("in time").expect("it runs") {
            Seen::Failed => turned_away += 1,
            Seen::Answer(bytes) if bytes.is_empty() => turned_away += 1,
            other => panic!("{other:?}"),
        }
    }
    let mut tickets = Vec::new();
    while let Ok(Some(event)) = timeout(Duration::from_millis(500), victim.network.next()).await {
        if let NetworkEvent::Request { from, ticket, .. } = event {
            assert_eq!(from, evil.node);
            tickets.push(ticket);
        }
    }
    assert_eq!(tickets.len(), MAX_REQUESTS_PER_NODE);
    is_served(&honest, &victim).await;
    for ticket in tickets {
        victim.network.respond(ticket, Bytes::from_static(b"here")).await;
    }
    for _ in 0..MAX_REQUESTS_PER_NODE {
        until_answer(&mut evil, &[0, 0, 0, 4, b'h', b'e', b'r', b'e']).await;
    }
}

/// The port of an address, and the rest of the world's way to it.
fn port(address: &str) -> u16 {
    let parts: Vec<_> = address.split('/').collect();
    parts[4].parse().expect("a port")
}

/// Bytes without meaning, the same in every run.
fn garbage(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_be_bytes()[0]
        })
        .collect()
}

#[tokio::test]
async fn garbage_changes_nothing() {
    let over_tcp = node().await;
    let over_udp = start(&config(&[QUIC]), seed()).await;
    let honest = start(&config(&[TCP, QUIC]), seed()).await;
    let hello = b"\x13/multistream/1.0.0\n\x07/noise\n";
    for round in 0..40 {
        let bytes = garbage(1 << (round % 17));
        let mut stream =
            TcpStream::connect(("127.0.0.1", port(&over_tcp.address))).await.expect("connect");
        // Every second one begins as it should.
        let start = if round % 2 == 0 { &hello[..] } else { b"GET / HTTP/1.1\r\n\r\n" };
        // The node may close before everything is written.
        let _ = stream.write_all(&[start, &bytes].concat()).await;
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("bind");
        for part in bytes.chunks(1_200) {
            let _ = socket.send_to(part, ("127.0.0.1", port(&over_udp.address))).await;
        }
    }
    for party in [&over_tcp, &over_udp] {
        until("the honest one is connected", async || {
            honest.network.peers().dial(&party.address, false).await.ok()
        })
        .await;
        is_served(&honest, party).await;
        let status = party.network.peers().status().await;
        assert_eq!(status.peers.len(), 1, "{:?}", status.peers);
    }
}

#[tokio::test]
async fn of_connections_that_do_not_say_who_they_are_only_so_many_wait_and_not_for_long() {
    let (victim, honest) = (node().await, node().await);
    let mut silent = Vec::new();
    for _ in 0..500 {
        let to = ("127.0.0.1", port(&victim.address));
        silent.push(TcpStream::connect(to).await.expect("connect"));
    }
    // The honest one keeps at it and comes in as soon as there is room.
    let kept = honest.network.peers().dial(&victim.address, true).await;
    let mut waiting = Vec::new();
    while !silent.is_empty() {
        let mut open = Vec::new();
        for mut stream in silent {
            let mut greeting = [0; 64];
            match timeout(Duration::from_millis(1), stream.read(&mut greeting)).await {
                Ok(Ok(0) | Err(_)) => {}
                Ok(Ok(_)) | Err(_) => open.push(stream),
            }
        }
        silent = open;
        waiting.push(silent.len());
        sleep(Duration::from_millis(100)).await;
    }
    // The first look may come before the last of them has been sent away.
    let most = waiting.iter().skip(1).max();
    assert!(most.is_some_and(|most| *most <= MAX_PENDING_INCOMING as usize), "{waiting:?}");
    until("the honest one is connected", async || {
        is_connected(&victim, honest.node).await.then_some(())
    })
    .await;
    assert!(matches!(kept, Ok(_) | Err(NetworkError::Unreachable)), "{kept:?}");
    is_served(&honest, &victim).await;
}
