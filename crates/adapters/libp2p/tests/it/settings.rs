//! What an operator sets, and what the node says of itself.

use std::net::TcpListener;

use bytes::Bytes;
use erynoa_libp2p::{Libp2pConfig, Libp2pNetwork, MAX_TOPIC_BYTES, StartError};
use erynoa_sync::{Network as _, NetworkError};

use crate::node::{TCP, config, peer, seed, start, until};

#[tokio::test]
async fn a_wrong_address_is_named_at_the_start() {
    let start = |change: fn(&mut Libp2pConfig)| {
        let mut config = config(&[]);
        change(&mut config);
        Libp2pNetwork::start(&config, seed()).err()
    };
    let wrong = start(|config| config.listen = vec!["localhost:4001".to_owned()]);
    assert!(matches!(wrong, Some(StartError::Address(text)) if text == "localhost:4001"));
    let wrong = start(|config| config.listen = vec!["/ip4/127.0.0.1/sctp/0".to_owned()]);
    assert!(matches!(wrong, Some(StartError::Address(_))), "{wrong:?}");
    let wrong = start(|config| config.external = vec!["here".to_owned()]);
    assert!(matches!(wrong, Some(StartError::Address(text)) if text == "here"));
    let wrong = start(|config| config.bootstrap = vec!["/ip4/127.0.0.1/tcp/1".to_owned()]);
    assert!(matches!(wrong, Some(StartError::Peer(_))), "{wrong:?}");
    assert!(start(|_| {}).is_none(), "nowhere to listen is no mistake");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_at_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("bind");
    let port = taken.local_addr().expect("bound").port();
    let config = config(&[&format!("/ip4/127.0.0.1/tcp/{port}")]);
    let error = Libp2pNetwork::start(&config, seed()).err().expect("taken");
    assert!(
        matches!(&error, StartError::Listen { address, .. } if address.ends_with(&format!("/{port}")))
    );
}

#[tokio::test]
async fn the_same_key_is_the_same_peer_after_every_start() {
    let seed = seed();
    let mut names = Vec::new();
    for _ in 0..3 {
        let network = Libp2pNetwork::start(&config(&[TCP]), seed).expect("start");
        names.push((network.node(), network.peers().status().await.peer_id));
    }
    names.dedup();
    assert_eq!(names.len(), 1, "{names:?}");
    let other = Libp2pNetwork::start(&config(&[TCP]), crate::node::seed()).expect("start");
    assert_ne!(other.node(), names[0].0);
}

#[tokio::test]
async fn a_peer_is_told_what_runs_here_and_how_far_away_it_is() {
    let mut of_home = config(&[TCP]);
    of_home.agent = "erynoa/9.9".to_owned();
    let (home, follower) = (start(&of_home, seed()).await, start(&config(&[TCP]), seed()).await);
    follower.network.peers().dial(&home.address, false).await.expect("dial");
    let known = until("an agent and a round trip", async || {
        peer(&follower, home.node).await.filter(|p| !p.agent.is_empty() && p.round_trip_us > 0)
    })
    .await;
    assert_eq!(known.agent, "erynoa/9.9");
    assert!(known.outbound && !known.relayed, "{known:?}");
    assert_eq!(known.addresses[0], home.address);
    assert!(!peer(&home, follower.node).await.expect("known").outbound);
    assert_eq!(home.network.peers().status().await.reachability, "unknown");
}

#[tokio::test]
async fn with_too_much_memory_in_use_no_connection_is_made() {
    let mut greedy = config(&[TCP]);
    greedy.max_process_bytes = Some(1);
    let (full, free) = (start(&greedy, seed()).await, start(&config(&[TCP]), seed()).await);
    assert_eq!(full.network.peers().dial(&free.address, false).await, Err(NetworkError::Busy));
    let answer = free.network.peers().dial(&full.address, false).await;
    assert_eq!(answer, Err(NetworkError::Unreachable));
    greedy.max_process_bytes = Some(usize::MAX);
    let roomy = start(&greedy, seed()).await;
    assert_eq!(free.network.peers().dial(&roomy.address, false).await, Ok(roomy.node));
}

#[tokio::test]
async fn a_topic_is_one_of_ours_and_not_too_long() {
    let network = Libp2pNetwork::start(&config(&[TCP]), seed()).expect("start");
    let longest = format!("/erynoa/{}", "x".repeat(MAX_TOPIC_BYTES - 8));
    assert_eq!(network.subscribe(&longest, true).await, Ok(()));
    assert_eq!(network.publish(&longest, Bytes::from_static(b"word")).await, Ok(()));
    for topic in [format!("{longest}x"), "/other/topic".to_owned(), String::new()] {
        assert_eq!(network.subscribe(&topic, true).await, Err(NetworkError::TooLarge));
        let said = network.publish(&topic, Bytes::from_static(b"word")).await;
        assert_eq!(said, Err(NetworkError::TooLarge));
    }
}
