//! What several servers share, on any server of the Redis protocol: a cache,
//! rate limits, accounts of mana, revoked sessions and a bus.
//!
//! Everything that counts is one Lua script, so that it is atomic, and computes
//! exactly what the adapters in memory compute. Nothing waits longer than
//! [`TIMEOUT`]. [`fallback`] puts the adapters in memory behind those here, for
//! as long as the server does not answer.

mod bus;
mod cache;
pub mod fallback;
mod limiter;
mod mana;
mod revocations;
mod server;

pub use bus::RedisBus;
pub use cache::RedisCache;
pub use limiter::RedisLimiter;
pub use mana::RedisMana;
pub use revocations::RedisRevocations;
pub use server::{RedisServer, TIMEOUT};
