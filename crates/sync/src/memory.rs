//! The network and the witness's book in memory, and what every network needs
//! in the same way: the queue of what happens.

mod book;
mod hub;
mod inbox;
mod network;

pub use book::MemoryWitnessBook;
pub use hub::MemoryHub;
pub use inbox::{Inbox, MAX_QUEUED_EVENTS, MAX_QUEUED_GOSSIP_BYTES};
pub use network::MemoryNetwork;

use std::time::Duration;

/// Most requests under way to one node, and from one node.
pub const MAX_REQUESTS_PER_NODE: usize = 16;
/// Most requests under way to all nodes, and from all nodes.
pub const MAX_REQUESTS: usize = 256;
/// How long a request waits for its answer.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
