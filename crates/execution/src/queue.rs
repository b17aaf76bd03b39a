//! A server shared by weight (K13): deficit round robin.
//!
//! Each stream that waits is paid a quantum times its weight per round and
//! served as long as its pay covers its next item. What it was paid and what
//! was delivered to it so never differ by a whole item of the greatest cost,
//! and everybody who waits is served in every round.

use std::collections::{BTreeMap, VecDeque};

use erynoa_kernel::Problem;

use crate::error::code;

/// Greatest cost of an item, and what a stream of weight 1 is paid a round: so
/// every round serves every stream, and choosing takes constant time. It is ε
/// of K13 for a stream while it waits.
pub const QUANTUM: u64 = 10_000;

/// There is no room for another item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{waiting} items wait already; wait for answers before sending more")]
pub struct QueueFull {
    /// Items that wait in the stream.
    pub waiting: usize,
}

impl From<QueueFull> for Problem {
    fn from(full: QueueFull) -> Self {
        let (code, kind) = code::QUEUE_FULL;
        Self::new(kind, code, full.to_string()).retry_after_ms(1_000)
    }
}

#[derive(Debug)]
struct Stream<T> {
    weight: u64,
    /// Paid and not yet delivered.
    credit: u64,
    items: VecDeque<(u64, T)>,
}

/// Items of many streams, given out by weight.
#[derive(Debug)]
pub struct FairQueue<K, T> {
    streams: BTreeMap<K, Stream<T>>,
    /// Streams that wait, in the order of their turns.
    turns: VecDeque<K>,
    room: usize,
    each: usize,
    len: usize,
}

impl<K: Ord + Clone, T> FairQueue<K, T> {
    /// A queue of at most `room` items, at most `each` of one stream.
    #[must_use]
    pub const fn new(room: usize, each: usize) -> Self {
        Self { streams: BTreeMap::new(), turns: VecDeque::new(), room, each, len: 0 }
    }

    /// Puts an item at the end of a stream. `cost` counts as 1 to
    /// [`QUANTUM`], `weight` as at least 1; a stream has the weight of its
    /// latest item.
    ///
    /// # Errors
    /// The queue or the stream holds as much as it may.
    pub fn push(&mut self, stream: K, weight: u32, cost: u64, item: T) -> Result<(), QueueFull> {
        let waiting = self.streams.get(&stream).map_or(0, |stream| stream.items.len());
        if waiting >= self.each || self.len >= self.room {
            return Err(QueueFull { waiting });
        }
        let weight = u64::from(weight.max(1));
        let entry = self.streams.entry(stream.clone()).or_insert_with(|| {
            self.turns.push_back(stream);
            Stream { weight, credit: QUANTUM * weight, items: VecDeque::new() }
        });
        entry.weight = weight;
        entry.items.push_back((cost.clamp(1, QUANTUM), item));
        self.len += 1;
        Ok(())
    }

    /// Takes the next item out.
    pub fn pop(&mut self) -> Option<(K, T)> {
        loop {
            let turn = self.turns.front()?;
            let stream = self.streams.get_mut(turn).expect("whoever has a turn has a stream");
            let (cost, _) = *stream.items.front().expect("whoever has a turn waits");
            let Some(credit) = stream.credit.checked_sub(cost) else {
                // Its turn is over; it is paid for the next one.
                stream.credit += QUANTUM * stream.weight;
                self.turns.rotate_left(1);
                continue;
            };
            stream.credit = credit;
            let (_, item) = stream.items.pop_front()?;
            self.len -= 1;
            let turn = turn.clone();
            if stream.items.is_empty() {
                // Credit is not saved up: who does not wait is owed nothing.
                self.streams.remove(&turn);
                self.turns.pop_front();
            }
            return Some((turn, item));
        }
    }

    /// Items that wait.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nobody waits.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}
