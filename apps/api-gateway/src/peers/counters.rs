//! What a scraper learns of the network.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use super::View;

/// Counts since the start.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Entries taken from peers.
    pub(super) taken: AtomicU64,
    /// Bans, by whomever.
    pub(super) bans: AtomicU64,
    /// Questions that were answered.
    pub(super) answered: AtomicU64,
}

impl Counters {
    /// Entries taken from peers.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// The counters in the Prometheus text format, with what a view shows.
    pub(crate) fn prometheus(&self, view: &View, log_size: u64) -> String {
        let connected = view.peers.iter().filter(|peer| peer.info.connected).count();
        let lag = view.head_size.saturating_sub(log_size);
        let mut text = String::new();
        let mut metric = |name: &str, kind: &str, labels: &str, value: u64| {
            if !labels.ends_with("\"out\"}") {
                // Writing to a String does not fail.
                let _ = writeln!(text, "# TYPE {name} {kind}");
            }
            let _ = writeln!(text, "{name}{labels} {value}");
        };
        metric("erynoa_peers_connected", "gauge", "", connected as u64);
        let bytes = "erynoa_peer_bytes_total";
        metric(bytes, "counter", "{direction=\"in\"}", view.status.bytes_in);
        metric(bytes, "counter", "{direction=\"out\"}", view.status.bytes_out);
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        metric("erynoa_peer_answers_total", "counter", "", count(&self.answered));
        metric("erynoa_peer_bans_total", "counter", "", count(&self.bans));
        metric("erynoa_sync_lag_entries", "gauge", "", lag);
        metric("erynoa_sync_held_bytes", "gauge", "", view.held_bytes as u64);
        metric("erynoa_sync_events_taken_total", "counter", "", self.taken());
        metric("erynoa_sync_halted", "gauge", "", u64::from(view.halted.is_some()));
        text
    }
}
