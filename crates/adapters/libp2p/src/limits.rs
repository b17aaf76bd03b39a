//! What peers may cost.

use std::time::Duration;

use erynoa_sync::MAX_GOSSIP_BYTES;

/// Most connections, whoever has dialled.
pub const MAX_CONNECTIONS: u32 = 256;
/// Most connections that others have dialled; the rest is left for ours.
pub const MAX_INCOMING_CONNECTIONS: u32 = 192;
/// Most connections with one peer: one through a relay and one without.
pub const MAX_CONNECTIONS_PER_PEER: usize = 2;
/// Most incoming connections that have not shown who they are.
pub const MAX_PENDING_INCOMING: u32 = 32;
/// Most outgoing connections that do not stand yet.
pub const MAX_PENDING_OUTGOING: u32 = 64;
/// Most incoming connections out of one range of addresses, an IPv4 /24, an
/// IPv6 /48 or a relay, and as many again that have not shown who they are.
/// Loopback and private addresses are free, kept peers are not counted.
pub const MAX_INCOMING_PER_RANGE: usize = 8;
/// How long a connection may take until both sides have shown who they are.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that nothing uses any more ends after this.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// Most streams of one connection.
pub const MAX_STREAMS: u32 = 128;
/// Most streams of one connection on which it is not yet agreed what is spoken.
pub const MAX_NEGOTIATING_STREAMS: usize = 32;
/// Most bytes of one QUIC stream that wait to be read: an answer fits.
pub const MAX_STREAM_WINDOW: u32 = 2_097_152;
/// Most bytes of one QUIC connection that wait to be read.
pub const MAX_CONNECTION_WINDOW: u32 = 4_194_304;
/// How long the bytes of one request or one answer may take.
pub const FRAME_TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of answers that are on their way out.
pub const MAX_ANSWER_BYTES_UNDER_WAY: usize = 67_108_864;
/// Most bytes of the name of a topic.
pub const MAX_TOPIC_BYTES: usize = 256;
/// Most topics that one peer may follow.
pub const MAX_TOPICS_PER_PEER: usize = 1_024;
/// Most bytes of a message with its topic and its frame, and of what is read of
/// the frame behind it: gossipsub 0.50 reads in steps of 8 KiB and holds all
/// that it has read against this limit. With less, two great messages in a row
/// would end the gossip of a connection.
pub const MAX_GOSSIP_FRAME_BYTES: usize = MAX_GOSSIP_BYTES + 2 * MAX_TOPIC_BYTES + 8_192;
/// Most messages that wait for a judgement after they have been taken.
pub const MAX_UNJUDGED: usize = 4_096;
/// Most peers of which something is remembered.
pub const MAX_KNOWN_PEERS: usize = 1_024;
/// Most addresses that are remembered of a peer.
pub const MAX_ADDRESSES_PER_PEER: usize = 16;
/// Most bytes of what a peer calls its software.
pub const MAX_AGENT_BYTES: usize = 128;
/// Most addresses that are kept.
pub const MAX_KEPT: usize = 256;
/// With fewer peers than this, more are looked for.
pub const ENOUGH_PEERS: usize = 8;
/// Shortest and longest wait before a kept address is dialled again.
pub const REDIAL: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// Most bytes that a relay carries in one circuit, and how long it stands.
pub const RELAY_CIRCUIT: (u64, Duration) = (67_108_864, Duration::from_secs(600));
