//! Messages between nodes on libp2p (protocol §13).
//!
//! [`Libp2pNetwork`] is the handle; everything behind it belongs to one task,
//! `driver`, which owns the swarm. Nothing that comes in is held without a
//! bound: see the constants of `limits`.

mod behaviour;
mod codec;
mod config;
mod driver;
mod gate;
mod limits;
mod names;
mod network;
mod traffic;
mod transport;

pub use config::{Libp2pConfig, StartError};
pub use limits::*;
pub use network::Libp2pNetwork;
