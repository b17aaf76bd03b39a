//! What several servers share, on any server of the Redis protocol: short-lived
//! things, rate limits and accounts of mana.
//!
//! Everything that counts is one command or one Lua script, so that it is
//! atomic, and computes exactly what the adapters in memory compute. Nothing
//! waits longer than [`TIMEOUT`]. [`Steady`] puts the adapters in memory behind
//! those here, for as long as the server does not answer.

mod cache;
mod limiter;
mod mana;
mod server;
mod steady;

pub use cache::RedisCache;
pub use limiter::RedisLimiter;
pub use mana::RedisMana;
pub use server::{RedisServer, TIMEOUT};
pub use steady::{PAUSE, Steady};
