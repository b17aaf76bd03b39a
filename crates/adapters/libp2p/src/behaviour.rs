//! What is spoken on a connection.

use libp2p::gossipsub::{
    self, CallbackSubscriptionFilter, IdentTopic, IdentityTransform, MaxCountSubscriptionFilter,
    MessageAuthenticity, MessageId, PeerScoreParams, PeerScoreThresholds, TopicHash,
    TopicScoreParams, ValidationMode,
};
use libp2p::identity::Keypair;
use libp2p::kad::store::{MemoryStore, MemoryStoreConfig};
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{
    Multiaddr, StreamProtocol, allow_block_list, autonat, connection_limits, dcutr, identify, kad,
    mdns, memory_connection_limits, ping, relay, upnp,
};

use erynoa_sync::{MAX_REQUESTS_PER_NODE, Protocol};

use crate::codec::Frames;
use crate::config::{Libp2pConfig, StartError};
use crate::gate::Gate;
use crate::limits::{
    FRAME_TIMEOUT, MAX_CONNECTIONS, MAX_GOSSIP_FRAME_BYTES, MAX_INCOMING_CONNECTIONS,
    MAX_PENDING_INCOMING, MAX_PENDING_OUTGOING, MAX_TOPIC_BYTES, MAX_TOPICS_PER_PEER,
    RELAY_CIRCUIT,
};

/// Name of the distributed table in which nodes find each other.
pub const TABLE: StreamProtocol = StreamProtocol::new("/erynoa/kad/1.0");
/// Every topic begins with this.
const TOPICS: &str = "/erynoa/";

type Topics = MaxCountSubscriptionFilter<CallbackSubscriptionFilter<fn(&TopicHash) -> bool>>;
/// What is said on topics.
pub type Gossip = gossipsub::Behaviour<IdentityTransform, Topics>;
/// Questions and answers of one protocol.
pub type Asking = request_response::Behaviour<Frames>;

/// All of it. Whoever refuses connections comes first: the parts behind them
/// have then not heard of the connection.
#[derive(NetworkBehaviour)]
pub struct Behaviour {
    pub gate: Gate,
    pub blocked: allow_block_list::Behaviour<allow_block_list::BlockedPeers>,
    pub limits: connection_limits::Behaviour,
    pub memory: Toggle<memory_connection_limits::Behaviour>,
    pub identify: identify::Behaviour,
    pub ping: ping::Behaviour,
    pub log: Asking,
    pub events: Asking,
    pub gossip: Gossip,
    pub table: kad::Behaviour<MemoryStore>,
    pub mdns: Toggle<mdns::tokio::Behaviour>,
    pub autonat: Toggle<autonat::Behaviour>,
    pub circuits: relay::client::Behaviour,
    pub relay: Toggle<relay::Behaviour>,
    pub punching: dcutr::Behaviour,
    pub upnp: Toggle<upnp::tokio::Behaviour>,
}

fn part(part: &'static str) -> impl Fn(String) -> StartError {
    move |reason| StartError::Part { part, reason }
}

fn asking(protocol: Protocol) -> Asking {
    // Reading may take its time and so may the answer; who asks gives up
    // earlier. Both directions of one connection share the streams.
    let config = request_response::Config::default()
        .with_request_timeout(FRAME_TIMEOUT * 2)
        .with_max_concurrent_streams(2 * MAX_REQUESTS_PER_NODE);
    let name = StreamProtocol::new(protocol.name());
    Asking::new([(name, ProtocolSupport::Full)], config)
}

/// The same bytes on another topic are another message: else somebody could
/// silence a message by saying it on the wrong topic first. 20 of the 32 bytes
/// of BLAKE3 are enough, since nobody gains by two messages of one's own.
fn message_id(message: &gossipsub::Message) -> MessageId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(message.topic.as_str().as_bytes()).update(&[0]).update(&message.data);
    MessageId::new(&hasher.finalize().as_bytes()[..20])
}

fn is_topic(topic: &TopicHash) -> bool {
    topic.as_str().starts_with(TOPICS) && topic.as_str().len() <= MAX_TOPIC_BYTES
}

/// What a message that was rejected costs who has handed it on; nothing else
/// counts here, the scores of peers are the caller's.
pub fn blame() -> TopicScoreParams {
    TopicScoreParams {
        topic_weight: 1.0,
        time_in_mesh_weight: 0.0,
        first_message_deliveries_weight: 0.0,
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        invalid_message_deliveries_weight: -1.0,
        invalid_message_deliveries_decay: 0.99,
        ..TopicScoreParams::default()
    }
}

fn gossip() -> Result<Gossip, StartError> {
    let failed = part("gossip");
    // The envelope inside is signed and checked by the caller, so the frame
    // carries neither author, number nor signature.
    let config = gossipsub::ConfigBuilder::default()
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(message_id)
        .max_transmit_size(MAX_GOSSIP_FRAME_BYTES)
        .build()
        .map_err(|e| failed(e.to_string()))?;
    let filter = MaxCountSubscriptionFilter {
        filter: CallbackSubscriptionFilter(is_topic as fn(&TopicHash) -> bool),
        max_subscribed_topics: MAX_TOPICS_PER_PEER,
        max_subscriptions_per_request: MAX_TOPICS_PER_PEER,
    };
    let mut gossip =
        Gossip::new_with_subscription_filter(MessageAuthenticity::Anonymous, config, filter)
            .map_err(|e| failed(e.to_owned()))?;
    // The root of the number of rejected messages: 10 of them and a peer gets
    // no more gossip of us, 32 and it gets nothing, 100 and nothing is taken
    // from it, until they are forgotten.
    let thresholds = PeerScoreThresholds {
        gossip_threshold: -100.0,
        publish_threshold: -1_000.0,
        graylist_threshold: -10_000.0,
        ..PeerScoreThresholds::default()
    };
    let params = PeerScoreParams {
        // Ranges of addresses are the gate's matter, slow peers nobody's fault.
        ip_colocation_factor_weight: 0.0,
        slow_peer_weight: 0.0,
        ..PeerScoreParams::default()
    };
    gossip.with_peer_score(params, thresholds).map_err(failed)?;
    Ok(gossip)
}

/// A topic as gossip names it.
pub fn topic(name: &str) -> Option<IdentTopic> {
    let topic = IdentTopic::new(name);
    is_topic(&topic.hash()).then_some(topic)
}

fn table(keys: &Keypair) -> kad::Behaviour<MemoryStore> {
    let me = keys.public().to_peer_id();
    // Nodes look for nodes. Nothing else is stored for anybody.
    let nothing = MemoryStoreConfig {
        max_records: 0,
        max_value_bytes: 0,
        max_provided_keys: 0,
        max_providers_per_key: 0,
    };
    let mut config = kad::Config::new(TABLE);
    config.set_record_filtering(kad::StoreInserts::FilterBoth);
    config.set_replication_interval(None);
    config.set_publication_interval(None);
    config.set_provider_publication_interval(None);
    kad::Behaviour::with_config(me, MemoryStore::with_config(me, nothing), config)
}

fn relay(enabled: bool, keys: &Keypair) -> Toggle<relay::Behaviour> {
    let (max_circuit_bytes, max_circuit_duration) = RELAY_CIRCUIT;
    let config =
        relay::Config { max_circuit_bytes, max_circuit_duration, ..relay::Config::default() };
    enabled.then(|| relay::Behaviour::new(keys.public().to_peer_id(), config)).into()
}

/// What a node speaks.
///
/// # Errors
/// `Part`.
pub fn build(
    config: &Libp2pConfig,
    keys: &Keypair,
    circuits: relay::client::Behaviour,
) -> Result<Behaviour, StartError> {
    let me = keys.public().to_peer_id();
    let limits = connection_limits::ConnectionLimits::default()
        .with_max_established(Some(MAX_CONNECTIONS))
        .with_max_established_incoming(Some(MAX_INCOMING_CONNECTIONS))
        .with_max_pending_incoming(Some(MAX_PENDING_INCOMING))
        .with_max_pending_outgoing(Some(MAX_PENDING_OUTGOING));
    let memory = config.max_process_bytes.map(memory_connection_limits::Behaviour::with_max_bytes);
    let mdns = config
        .mdns
        .then(|| mdns::tokio::Behaviour::new(mdns::Config::default(), me))
        .transpose()
        .map_err(|e| part("search of the local network")(e.to_string()))?;
    let identify = identify::Config::new("/erynoa/1.0".to_owned(), keys.public())
        .with_agent_version(config.agent.clone());
    Ok(Behaviour {
        gate: Gate::default(),
        blocked: allow_block_list::Behaviour::default(),
        limits: connection_limits::Behaviour::new(limits),
        memory: memory.into(),
        identify: identify::Behaviour::new(identify),
        ping: ping::Behaviour::default(),
        log: asking(Protocol::Log),
        events: asking(Protocol::Events),
        gossip: gossip()?,
        table: table(keys),
        mdns: mdns.into(),
        autonat: config
            .autonat
            .then(|| autonat::Behaviour::new(me, autonat::Config::default()))
            .into(),
        circuits,
        relay: relay(config.relay_server, keys),
        punching: dcutr::Behaviour::new(me),
        upnp: config.upnp.then(upnp::tokio::Behaviour::default).into(),
    })
}

impl Behaviour {
    /// The part that speaks a protocol.
    pub const fn asking(&mut self, protocol: Protocol) -> &mut Asking {
        match protocol {
            Protocol::Log => &mut self.log,
            Protocol::Events => &mut self.events,
        }
    }
}

/// Whether an address of a peer is worth telling others: not one that means
/// another host to everybody else.
pub fn is_told(address: &Multiaddr, heard_on: Option<&Multiaddr>) -> bool {
    use libp2p::multiaddr::Protocol as Part;
    let loopback = |address: &Multiaddr| {
        address.iter().any(|part| match part {
            Part::Ip4(v4) => v4.is_loopback() || v4.is_unspecified(),
            Part::Ip6(v6) => v6.is_loopback() || v6.is_unspecified(),
            _ => false,
        })
    };
    !loopback(address) || heard_on.is_some_and(loopback)
}
