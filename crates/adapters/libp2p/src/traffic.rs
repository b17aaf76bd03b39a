//! Bytes, counted peer by peer.
//!
//! What is counted are the bytes of all streams of a connection: requests,
//! answers, gossip, pings, greetings and the agreement on what is spoken. What
//! encryption, the frames of Yamux and the packets of QUIC, TCP and IP add is
//! not. What goes through a relay counts for the peer at its end and, as one of
//! its streams, for the relay; the sum over all peers counts it once.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use libp2p::PeerId;
use libp2p::core::StreamMuxer;
use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerEvent, SubstreamBox};
use libp2p::futures::{AsyncRead, AsyncWrite};
use rustc_hash::FxHashMap;

/// Bytes since the start.
#[derive(Debug, Default)]
pub struct Traffic {
    inward: AtomicU64,
    outward: AtomicU64,
}

impl Traffic {
    /// In and out.
    pub fn read(&self) -> (u64, u64) {
        (self.inward.load(Ordering::Relaxed), self.outward.load(Ordering::Relaxed))
    }
}

/// All counters.
#[derive(Debug, Default)]
pub struct Ledger {
    total: Arc<Traffic>,
    peers: Mutex<FxHashMap<PeerId, Arc<Traffic>>>,
}

impl Ledger {
    /// The counter of a peer.
    pub fn of(&self, peer: PeerId) -> Arc<Traffic> {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(peers.entry(peer).or_default())
    }

    /// In and out over all peers.
    pub fn total(&self) -> (u64, u64) {
        self.total.read()
    }

    /// Forgets the counters that nobody holds.
    pub fn tidy(&self) {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        peers.retain(|_, traffic| Arc::strong_count(traffic) > 1);
    }

    /// Counts a connection. One through a relay is in the sum already.
    pub fn meter(
        self: &Arc<Self>,
        peer: PeerId,
        inner: StreamMuxerBox,
        relayed: bool,
    ) -> StreamMuxerBox {
        let total = (!relayed).then(|| Arc::clone(&self.total));
        StreamMuxerBox::new(Metered { inner, meter: Meter { peer: self.of(peer), total } })
    }
}

#[derive(Clone)]
struct Meter {
    peer: Arc<Traffic>,
    total: Option<Arc<Traffic>>,
}

impl Meter {
    fn count(&self, of: impl Fn(&Traffic) -> &AtomicU64, bytes: usize) {
        for traffic in [Some(&self.peer), self.total.as_ref()].into_iter().flatten() {
            of(traffic).fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }
}

struct Metered {
    inner: StreamMuxerBox,
    meter: Meter,
}

impl StreamMuxer for Metered {
    type Substream = MeteredStream;
    type Error = io::Error;

    fn poll_inbound(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<MeteredStream>> {
        let inner = ready!(Pin::new(&mut self.inner).poll_inbound(cx))?;
        Poll::Ready(Ok(MeteredStream { inner, meter: self.meter.clone() }))
    }

    fn poll_outbound(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<MeteredStream>> {
        let inner = ready!(Pin::new(&mut self.inner).poll_outbound(cx))?;
        Poll::Ready(Ok(MeteredStream { inner, meter: self.meter.clone() }))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
        Pin::new(&mut self.inner).poll(cx)
    }
}

struct MeteredStream {
    inner: SubstreamBox,
    meter: Meter,
}

impl AsyncRead for MeteredStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let read = ready!(Pin::new(&mut self.inner).poll_read(cx, buffer))?;
        self.meter.count(|traffic| &traffic.inward, read);
        Poll::Ready(Ok(read))
    }
}

impl AsyncWrite for MeteredStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, bytes))?;
        self.meter.count(|traffic| &traffic.outward, written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}
