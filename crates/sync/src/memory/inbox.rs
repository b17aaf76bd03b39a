//! What happens on the network until somebody takes it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::NetworkEvent;

/// Most events that wait.
pub const MAX_QUEUED_EVENTS: usize = 1_024;
/// Most bytes of gossip that wait.
pub const MAX_QUEUED_GOSSIP_BYTES: usize = 16_777_216;

/// A bounded queue of events. When it is full, gossip gives way first, then
/// requests; the notice that somebody is there or has gone gives way last.
#[derive(Debug, Default)]
pub struct Inbox {
    queue: Mutex<Queue>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    events: VecDeque<NetworkEvent>,
    gossip: usize,
    gossip_bytes: usize,
    closed: bool,
}

impl Queue {
    fn remove(&mut self, index: usize) -> Option<NetworkEvent> {
        let event = self.events.remove(index)?;
        if let NetworkEvent::Gossip { bytes, .. } = &event {
            self.gossip -= 1;
            self.gossip_bytes -= bytes.len();
        }
        Some(event)
    }

    /// Makes room for an event that is no gossip.
    fn give_way(&mut self, request: bool) -> Option<NetworkEvent> {
        let index = if self.gossip > 0 {
            self.events.iter().position(|event| matches!(event, NetworkEvent::Gossip { .. }))
        } else if request {
            // The newest request has the longest to wait for its answer, so it
            // is the one that is turned away.
            return None;
        } else {
            self.events.iter().position(|event| matches!(event, NetworkEvent::Request { .. }))
        };
        self.remove(index.unwrap_or(0))
    }
}

impl Inbox {
    /// An empty queue.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing between two changes of the queue can panic.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an event at the end. Gives back what had to go for it: another
    /// event, or itself.
    pub fn push(&self, event: NetworkEvent) -> Option<NetworkEvent> {
        let mut queue = self.queue();
        if queue.closed {
            return Some(event);
        }
        let full = queue.events.len() >= MAX_QUEUED_EVENTS;
        let mut gone = None;
        if let NetworkEvent::Gossip { bytes, .. } = &event {
            if full || queue.gossip_bytes + bytes.len() > MAX_QUEUED_GOSSIP_BYTES {
                return Some(event);
            }
            queue.gossip += 1;
            queue.gossip_bytes += bytes.len();
        } else if full {
            gone = queue.give_way(matches!(event, NetworkEvent::Request { .. }));
            if gone.is_none() {
                return Some(event);
            }
        }
        queue.events.push_back(event);
        drop(queue);
        self.wake.notify_one();
        gone
    }

    /// Takes the first event; waits for one. `None` when the queue is closed
    /// and empty. Nothing is lost when the caller stops waiting.
    pub async fn next(&self) -> Option<NetworkEvent> {
        loop {
            {
                let mut queue = self.queue();
                if let Some(event) = queue.remove(0) {
                    let more = !queue.events.is_empty() || queue.closed;
                    drop(queue);
                    if more {
                        // One wake may have stood for several events.
                        self.wake.notify_one();
                    }
                    return Some(event);
                }
                if queue.closed {
                    self.wake.notify_one();
                    return None;
                }
            }
            self.wake.notified().await;
        }
    }

    /// Takes no more events; those that wait can still be taken.
    pub fn close(&self) {
        self.queue().closed = true;
        self.wake.notify_one();
    }
}
