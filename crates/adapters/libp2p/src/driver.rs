//! The task that owns the swarm.

mod asking;
mod dialling;
mod gossip;
mod peers;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use erynoa_sync::{Inbox, NetworkEvent, NodeId, Standing, Ticket};
use libp2p::futures::StreamExt;
use libp2p::identity::Keypair;
use libp2p::swarm::{self, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm, autonat, kad, mdns};
use rustc_hash::FxHashSet;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};

use self::asking::{Asked, Opened};
use self::dialling::{Dials, Kept, Place};
use self::peers::Peer;
use crate::behaviour::{self, Behaviour, BehaviourEvent};
use crate::config::{Libp2pConfig, StartError};
use crate::limits::{IDLE_TIMEOUT, MAX_NEGOTIATING_STREAMS};
use crate::names::{node_of, peer_of};
use crate::network::Command;
use crate::traffic::Ledger;
use crate::transport;

/// Between two looks at what has to be dialled again.
const TICK: Duration = Duration::from_millis(250);
/// Between two looks for more peers.
const LOOK_ROUND: Duration = Duration::from_secs(30);

/// Everything that the task knows.
pub struct Driver {
    swarm: Swarm<Behaviour>,
    commands: mpsc::Receiver<Command>,
    inbox: Arc<Inbox>,
    ledger: Arc<Ledger>,
    me: PeerId,
    peers: BTreeMap<NodeId, Peer>,
    blocked: FxHashSet<PeerId>,
    asked: Asked,
    opened: Opened,
    unjudged: BTreeMap<u64, gossip::Unjudged>,
    dials: Dials,
    kept: Vec<Kept>,
    places: Vec<Place>,
    reachability: &'static str,
    tickets: u64,
    looked_round: Instant,
    /// Counts the looks, so that they do not all meet the same peer.
    rounds: usize,
}

/// Closes the queue of events however the task ends.
struct Closing(Arc<Inbox>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn address(text: &str) -> Result<Multiaddr, StartError> {
    text.parse().map_err(|_| StartError::Address(text.to_owned()))
}

impl Driver {
    /// Listens. Nothing is dialled yet.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn new(
        config: &Libp2pConfig,
        keys: &Keypair,
        inbox: Arc<Inbox>,
        commands: mpsc::Receiver<Command>,
    ) -> Result<Self, StartError> {
        let me = keys.public().to_peer_id();
        let ledger = Arc::new(Ledger::default());
        let (connections, circuits) = transport::build(keys, &ledger)?;
        let behaviour = behaviour::build(config, keys, circuits)?;
        let of_swarm = swarm::Config::with_tokio_executor()
            .with_idle_connection_timeout(IDLE_TIMEOUT)
            .with_max_negotiating_inbound_streams(MAX_NEGOTIATING_STREAMS);
        let mut driver = Self {
            swarm: Swarm::new(connections, behaviour, me, of_swarm),
            commands,
            inbox,
            ledger,
            me,
            peers: BTreeMap::new(),
            blocked: FxHashSet::default(),
            asked: Asked::default(),
            opened: Opened::default(),
            unjudged: BTreeMap::new(),
            dials: Dials::default(),
            kept: Vec::new(),
            places: Vec::new(),
            reachability: if config.external.is_empty() { "unknown" } else { "public" },
            tickets: 0,
            looked_round: Instant::now(),
            rounds: 0,
        };
        for text in &config.external {
            driver.swarm.add_external_address(address(text)?);
        }
        for text in &config.listen {
            driver.listen(address(text)?)?;
        }
        for text in &config.bootstrap {
            driver.bootstrap(text)?;
        }
        Ok(driver)
    }

    /// Runs until nobody holds the handle any more.
    pub async fn run(mut self) {
        let _closing = Closing(Arc::clone(&self.inbox));
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                event = self.swarm.select_next_some() => self.see(event),
                _ = ticks.tick() => self.tick(),
            }
        }
    }

    fn obey(&mut self, command: Command) {
        // Who has stopped waiting needs no answer.
        match command {
            Command::Follow { topic, follow, done } => {
                let _ = done.send(self.follow(&topic, follow));
            }
            Command::Publish { topic, bytes, done } => {
                let _ = done.send(self.publish(&topic, &bytes));
            }
            Command::Judge { ticket, judgement } => self.judge(ticket, judgement),
            Command::Ask { node, protocol, bytes, answer } => {
                self.ask(&node, protocol, bytes, answer);
            }
            Command::Respond { ticket, bytes } => self.respond(ticket, bytes),
            Command::Dial { address, peer, keep, done } => self.dial(address, peer, keep, done),
            Command::SetStanding { node, standing } => self.set_standing(&node, standing),
            Command::Status { done } => {
                let _ = done.send(self.status());
            }
        }
    }

    fn set_standing(&mut self, node: &NodeId, standing: Standing) {
        let peer = peer_of(node);
        let gate = &mut self.swarm.behaviour_mut().blocked;
        if standing == Standing::Blocked {
            gate.block_peer(peer);
            self.blocked.insert(peer);
            self.swarm.behaviour_mut().table.remove_peer(&peer);
        } else {
            gate.unblock_peer(peer);
            self.blocked.remove(&peer);
        }
    }

    fn see(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.hear(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.connected(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, .. } => {
                self.disconnected(peer_id, connection_id);
            }
            SwarmEvent::OutgoingConnectionError { connection_id, peer_id, error } => {
                self.not_connected(connection_id, peer_id, &error);
            }
            SwarmEvent::ListenerClosed { listener_id, reason, .. } => {
                tracing::debug!(?reason, "a listener has closed");
                self.lost_place(listener_id);
            }
            SwarmEvent::IncomingConnectionError { error, .. } => {
                tracing::debug!(%error, "an incoming connection was not made");
            }
            SwarmEvent::NewListenAddr { address, .. } => {
                tracing::info!(%address, "listening for peers");
            }
            _ => {}
        }
    }

    fn hear(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Log(event) => self.hear_asking(erynoa_sync::Protocol::Log, event),
            BehaviourEvent::Events(event) => {
                self.hear_asking(erynoa_sync::Protocol::Events, event);
            }
            BehaviourEvent::Gossip(event) => self.hear_gossip(event),
            BehaviourEvent::Identify(event) => self.hear_identify(event),
            BehaviourEvent::Ping(event) => self.hear_ping(&event),
            BehaviourEvent::Mdns(mdns::Event::Discovered(found)) => self.found_near(found),
            BehaviourEvent::Autonat(autonat::Event::StatusChanged { new, .. }) => {
                self.reachability = match new {
                    autonat::NatStatus::Public(_) => "public",
                    autonat::NatStatus::Private => "private",
                    autonat::NatStatus::Unknown => "unknown",
                };
            }
            BehaviourEvent::Table(kad::Event::ModeChanged { new_mode }) => {
                tracing::info!(%new_mode, "part in the table of nodes");
            }
            BehaviourEvent::Punching(event) => {
                tracing::debug!(peer = %event.remote_peer_id, result = ?event.result, "a hole was punched, or not");
            }
            _ => {}
        }
    }

    fn tick(&mut self) {
        self.redial();
        self.ledger.tidy();
        if self.looked_round.elapsed() >= LOOK_ROUND {
            self.looked_round = Instant::now();
            self.look_round();
        }
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// Tells what has happened, and lets go of what had to give way for it.
    fn tell(&mut self, event: NetworkEvent) {
        match self.inbox.push(event) {
            Some(NetworkEvent::Gossip { ticket, .. }) => {
                self.judge(ticket, erynoa_sync::Judgement::Ignore);
            }
            Some(NetworkEvent::Request { ticket, .. }) => self.turn_away(ticket),
            _ => {}
        }
    }

    fn offence(&mut self, peer: PeerId, reason: &'static str) {
        if let Some(node) = node_of(&peer) {
            self.tell(NetworkEvent::Offence { node, reason });
        }
    }
}
