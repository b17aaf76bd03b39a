//! What several servers of one installation share: short-lived things such as
//! challenges, and rate limits.
//!
//! Nothing here is the truth about anything. All of it can be lost at any
//! moment: then whoever waits begins anew, and a limit counts from zero.

mod ports;
mod rate;

#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "memory")]
mod memory;

#[cfg(feature = "memory")]
pub use memory::{MemoryCache, MemoryLimiter};
pub use ports::{Cache, RateLimiter};
pub use rate::{Admission, Rate};
