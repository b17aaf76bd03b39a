//! A peer that speaks libp2p and does not keep to our rules.

use std::io;

use erynoa_kernel::PublicKey;
use erynoa_sync::NodeId;
use libp2p::futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt};
use libp2p::identity::Keypair;
use libp2p::request_response::{self, Behaviour, Codec, Event, Message, ProtocolSupport};
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{Config, SwarmEvent};
use libp2p::{Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder, noise, tcp, yamux};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::node::seed;

/// What is written in place of a request or an answer.
#[derive(Clone, Debug)]
pub struct Raw {
    pub bytes: Vec<u8>,
    /// The stream stays open and nothing more comes.
    pub hold: bool,
}

/// Writes what it is given and reads everything.
#[derive(Clone, Default)]
pub struct AsGiven;

async fn write<T: AsyncWrite + Unpin + Send>(io: &mut T, raw: Raw) -> io::Result<()> {
    io.write_all(&raw.bytes).await?;
    io.flush().await?;
    if raw.hold {
        std::future::pending::<()>().await;
    }
    Ok(())
}

impl Codec for AsGiven {
    type Protocol = StreamProtocol;
    type Request = Raw;
    type Response = Raw;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Raw>
    where
        T: AsyncRead + Unpin + Send,
    {
        self.read_response(&StreamProtocol::new("/"), io).await
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Raw>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut bytes = Vec::new();
        io.read_to_end(&mut bytes).await?;
        Ok(Raw { bytes, hold: false })
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, raw: Raw) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, raw).await
    }

    async fn write_response<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        raw: Raw,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, raw).await
    }
}

/// What such a peer sees.
#[derive(Debug)]
pub enum Seen {
    Connected,
    Closed,
    NotConnected,
    /// All bytes that came back.
    Answer(Vec<u8>),
    /// A request has no answer.
    Failed,
}

/// Its end of everything.
pub struct Evil {
    pub node: NodeId,
    pub address: Multiaddr,
    pub seen: mpsc::UnboundedReceiver<Seen>,
    orders: mpsc::UnboundedSender<Order>,
    task: JoinHandle<()>,
}

enum Order {
    Dial(Multiaddr),
    Ask(PeerId, Raw),
}

impl Drop for Evil {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Evil {
    /// A peer that answers everything with `answer`.
    pub async fn start(answer: Raw) -> Self {
        let keys = Keypair::ed25519_from_bytes(seed()).expect("a seed");
        let key = keys.public().try_into_ed25519().expect("Ed25519").to_bytes();
        let mut swarm = SwarmBuilder::with_existing_identity(keys)
            .with_tokio()
            .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
            .expect("transport")
            .with_behaviour(|_| {
                let config = request_response::Config::default().with_max_concurrent_streams(1_000);
                let name = StreamProtocol::new("/erynoa/log/1.0");
                Behaviour::<AsGiven>::new([(name, ProtocolSupport::Full)], config)
            })
            .expect("behaviour")
            .with_swarm_config(|config: Config| {
                config.with_idle_connection_timeout(std::time::Duration::from_secs(600))
            })
            .build();
        swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse().expect("an address")).expect("listen");
        let me = *swarm.local_peer_id();
        let address = loop {
            if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                break address.with_p2p(me).expect("our own");
            }
        };
        let (orders, mut from_test) = mpsc::unbounded_channel();
        let (to_test, seen) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            loop {
                tokio::select! {
                    order = from_test.recv() => match order {
                        Some(Order::Dial(address)) => dial(&mut swarm, address, &to_test),
                        Some(Order::Ask(peer, raw)) => {
                            swarm.behaviour_mut().send_request(&peer, raw);
                        }
                        None => return,
                    },
                    event = swarm.select_next_some() => {
                        if let Some(seen) = look(&mut swarm, event, &answer) {
                            // A test that has seen enough need not see more.
                            let _ = to_test.send(seen);
                        }
                    }
                }
            }
        });
        let node = NodeId(PublicKey::from_bytes(key));
        Self { node, address, seen, orders, task }
    }

    /// Dials, also where a connection stands already.
    pub fn dial(&self, address: &str) {
        let address = address.parse().expect("an address");
        self.orders.send(Order::Dial(address)).expect("it runs");
    }

    /// Writes a request.
    pub fn ask(&self, address: &str, raw: Raw) {
        let address: Multiaddr = address.parse().expect("an address");
        let Some(libp2p::multiaddr::Protocol::P2p(peer)) = address.iter().last() else {
            panic!("{address} names nobody")
        };
        self.orders.send(Order::Ask(peer, raw)).expect("it runs");
    }

    /// Connects and waits until the connection stands.
    pub async fn connect(&mut self, address: &str) {
        self.dial(address);
        assert!(matches!(self.seen.recv().await, Some(Seen::Connected)));
    }
}

fn dial(
    swarm: &mut Swarm<Behaviour<AsGiven>>,
    at: Multiaddr,
    to_test: &mpsc::UnboundedSender<Seen>,
) {
    let Some(libp2p::multiaddr::Protocol::P2p(peer)) = at.iter().last() else { return };
    let opts = DialOpts::peer_id(peer).condition(PeerCondition::Always).addresses(vec![at]);
    if swarm.dial(opts.allocate_new_port().build()).is_err() {
        let _ = to_test.send(Seen::NotConnected);
    }
}

fn look(
    swarm: &mut Swarm<Behaviour<AsGiven>>,
    event: SwarmEvent<Event<Raw, Raw>>,
    answer: &Raw,
) -> Option<Seen> {
    match event {
        SwarmEvent::ConnectionEstablished { .. } => Some(Seen::Connected),
        SwarmEvent::ConnectionClosed { .. } => Some(Seen::Closed),
        SwarmEvent::OutgoingConnectionError { .. } => Some(Seen::NotConnected),
        SwarmEvent::Behaviour(Event::Message { message, .. }) => match message {
            Message::Request { channel, .. } => {
                // Who asked may have gone.
                let _ = swarm.behaviour_mut().send_response(channel, answer.clone());
                None
            }
            Message::Response { response, .. } => Some(Seen::Answer(response.bytes)),
        },
        SwarmEvent::Behaviour(Event::OutboundFailure { .. }) => Some(Seen::Failed),
        _ => None,
    }
}
