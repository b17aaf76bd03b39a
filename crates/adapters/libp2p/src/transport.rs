//! TCP with Noise and Yamux, QUIC, names of hosts, and relays.

use std::sync::Arc;

use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{Boxed, OrTransport};
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{PeerId, Transport, dns, noise, quic, relay, tcp, yamux};

use crate::config::StartError;
use crate::limits::{HANDSHAKE_TIMEOUT, MAX_CONNECTION_WINDOW, MAX_STREAM_WINDOW, MAX_STREAMS};
use crate::traffic::Ledger;

/// Connections whose other side has shown who it is.
pub type Connections = Boxed<(PeerId, StreamMuxerBox)>;

fn muxer() -> yamux::Config {
    let mut config = yamux::Config::default();
    config.set_max_num_streams(MAX_STREAMS as usize);
    config
}

/// Everything that can be dialled and listened on, and the part of the
/// behaviour that relays belong to.
///
/// # Errors
/// `Part`.
pub fn build(
    keys: &Keypair,
    ledger: &Arc<Ledger>,
) -> Result<(Connections, relay::client::Behaviour), StartError> {
    let noise = noise::Config::new(keys)
        .map_err(|e| StartError::Part { part: "encryption", reason: e.to_string() })?;

    let over_tcp = tcp::tokio::Transport::new(tcp::Config::new().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise.clone())
        .multiplex(muxer())
        .timeout(HANDSHAKE_TIMEOUT)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));

    let mut config = quic::Config::new(keys);
    config.handshake_timeout = HANDSHAKE_TIMEOUT;
    config.max_concurrent_stream_limit = MAX_STREAMS;
    config.max_stream_data = MAX_STREAM_WINDOW;
    config.max_connection_data = MAX_CONNECTION_WINDOW;
    let over_quic = quic::tokio::Transport::new(config)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));

    let direct = OrTransport::new(over_quic, over_tcp).map(|either, _| either.into_inner()).boxed();
    let named = dns::tokio::Transport::system(direct)
        .map_err(|e| StartError::Part { part: "resolver of host names", reason: e.to_string() })?;
    let of_peers = Arc::clone(ledger);
    let direct = named.map(move |(peer, muxer), _| (peer, of_peers.meter(peer, muxer, false)));

    let (circuits, behaviour) = relay::client::new(keys.public().to_peer_id());
    let of_peers = Arc::clone(ledger);
    let relayed = circuits
        .upgrade(Version::V1Lazy)
        .authenticate(noise)
        .multiplex(muxer())
        .timeout(HANDSHAKE_TIMEOUT)
        .map(move |(peer, muxer), _| {
            (peer, of_peers.meter(peer, StreamMuxerBox::new(muxer), true))
        });

    // The relay comes first: the others would take the first part of its
    // address for all of it.
    let all = OrTransport::new(relayed, direct).map(|either, _| either.into_inner()).boxed();
    Ok((all, behaviour))
}
