//! What several servers of one installation share for speed: a cache, rate
//! limits, revoked sessions, and a bus.
//!
//! Nothing here is the truth about anything. All of it can be lost at any
//! moment: then a value is computed again, a limit counts from zero, a session
//! is looked up where sessions are stored, and a follower reads the log.

mod ports;
mod rate;

#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "memory")]
mod memory;

#[cfg(feature = "memory")]
pub use memory::{MemoryBus, MemoryCache, MemoryLimiter, MemoryRevocations};
pub use ports::{Bus, Cache, RateLimiter, Revocations, Signal, Subscription};
pub use rate::{Admission, Rate};
