//! The network on libp2p, on real sockets of the loopback interface.

mod contracts;
mod node;
