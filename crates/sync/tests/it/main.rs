//! Replication in worlds in which everything goes wrong (protocol §3, §13), and
//! the ports in memory.
//!
//! One number makes one world: the same number, the same messages in the same
//! order. `ERYNOA_SYNC_SEED=n` plays one world and prints its trace,
//! `ERYNOA_SYNC_SEEDS=a..b` plays others than the first thousand.

mod cost;
mod dice;
mod fold;
mod forks;
mod frames;
mod host;
mod inbox;
mod laws;
mod memory;
mod network;
mod plan;
mod runtime;
mod town;
mod villain;
mod world;
