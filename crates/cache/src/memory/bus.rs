//! The bus in memory.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_kernel::StoreError;

use super::lock;
use crate::{Bus, Signal, Subscription};

/// Signals that wait for one follower; one more and it has a gap.
const INBOX_MOST: usize = 1_024;

#[derive(Default)]
struct Inbox {
    signals: VecDeque<Signal>,
    waker: Option<Waker>,
}

impl Inbox {
    fn put(&mut self, signal: Signal) {
        if signal == Signal::Gap || self.signals.len() >= INBOX_MOST {
            self.signals.clear();
            self.signals.push_back(Signal::Gap);
        } else {
            self.signals.push_back(signal);
        }
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn poll(&mut self, context: &Context<'_>) -> Poll<Signal> {
        if let Some(signal) = self.signals.pop_front() {
            return Poll::Ready(signal);
        }
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

/// A bus in memory; adapters deliver through it what comes from outside.
#[derive(Default)]
pub struct MemoryBus(Mutex<HashMap<String, Vec<Weak<Mutex<Inbox>>>>>);

impl MemoryBus {
    /// Gives a message to the followers of a topic.
    pub fn deliver(&self, topic: &str, message: &Bytes) {
        let mut topics = lock(&self.0);
        let Some(inboxes) = topics.get_mut(topic) else { return };
        inboxes.retain(|inbox| {
            let inbox = inbox.upgrade();
            if let Some(inbox) = &inbox {
                lock(inbox).put(Signal::Message(message.clone()));
            }
            inbox.is_some()
        });
        if inboxes.is_empty() {
            topics.remove(topic);
        }
    }

    /// Tells all followers that messages may have been lost.
    pub fn gap(&self) {
        for inbox in lock(&self.0).values().flatten().filter_map(Weak::upgrade) {
            lock(&inbox).put(Signal::Gap);
        }
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, topic: &str, message: Bytes) -> Result<(), StoreError> {
        self.deliver(topic, &message);
        Ok(())
    }

    async fn subscribe(&self, topic: &str) -> Result<Box<dyn Subscription>, StoreError> {
        let inbox = Arc::default();
        let mut topics = lock(&self.0);
        let inboxes = topics.entry(topic.to_owned()).or_default();
        // Topics on which nothing is said must not gather the dead.
        inboxes.retain(|inbox| inbox.strong_count() > 0);
        inboxes.push(Arc::downgrade(&inbox));
        Ok(Box::new(Follower(inbox)))
    }
}

struct Follower(Arc<Mutex<Inbox>>);

#[async_trait]
impl Subscription for Follower {
    async fn next(&mut self) -> Signal {
        poll_fn(|context| lock(&self.0).poll(context)).await
    }
}
