//! A peer that says more on topics than is allowed.

use std::time::Duration;

use erynoa_sync::{MAX_GOSSIP_BYTES, NetworkEvent};
use libp2p::futures::StreamExt;
use libp2p::gossipsub::{
    Behaviour, ConfigBuilder, Event, IdentTopic, MessageAuthenticity, MessageId, ValidationMode,
};
use libp2p::identity::Keypair;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, Swarm, SwarmBuilder, noise, tcp, yamux};
use tokio::time::timeout;

use crate::node::{TCP, config, seed, start};

const NEWS: &str = "/erynoa/log/news/checkpoints/v1";

fn loud() -> Swarm<Behaviour> {
    SwarmBuilder::with_existing_identity(Keypair::ed25519_from_bytes(seed()).expect("a seed"))
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .expect("transport")
        .with_behaviour(|_| {
            let config = ConfigBuilder::default()
                .validation_mode(ValidationMode::Anonymous)
                .message_id_fn(|message| MessageId::new(&message.data[..1]))
                .max_transmit_size(10 * MAX_GOSSIP_BYTES)
                .build()
                .expect("a configuration");
            Behaviour::new(MessageAuthenticity::Anonymous, config).expect("gossip")
        })
        .expect("behaviour")
        .build()
}

#[tokio::test]
async fn a_message_larger_than_allowed_is_not_taken_and_told() {
    let victim = start(&config(&[TCP]), seed()).await;
    victim.network.subscribe(NEWS, true).await.expect("subscribe");
    let mut loud = loud();
    loud.dial(victim.address.parse::<Multiaddr>().expect("an address")).expect("dial");
    loop {
        let event = loud.select_next_some().await;
        if let SwarmEvent::Behaviour(Event::Subscribed { .. }) = event {
            break;
        }
    }
    for (byte, length) in [(1, MAX_GOSSIP_BYTES + 1), (2, MAX_GOSSIP_BYTES)] {
        let message = vec![byte; length];
        loud.behaviour_mut().publish(IdentTopic::new(NEWS), message).expect("said");
    }
    let events = async {
        let mut events = Vec::new();
        while events.len() < 2 {
            match victim.network.next().await.expect("it runs") {
                NetworkEvent::Offence { reason, .. } => events.push(reason.to_owned()),
                NetworkEvent::Gossip { bytes, .. } => {
                    events.push(format!("{} bytes of {}", bytes.len(), bytes[0]));
                }
                _ => {}
            }
        }
        events
    };
    let told = tokio::select! {
        told = timeout(Duration::from_secs(60), events) => told.expect("in time"),
        () = async { loop { loud.select_next_some().await; } } => unreachable!("it never ends"),
    };
    let taken = format!("{MAX_GOSSIP_BYTES} bytes of 2");
    assert_eq!(told, ["a message larger than allowed".to_owned(), taken]);
}
