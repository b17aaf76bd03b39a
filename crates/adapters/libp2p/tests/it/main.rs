//! The network on libp2p, on real sockets of the loopback interface.

mod contracts;
mod crowds;
mod evil;
mod hostile;
mod loud;
mod node;
mod paths;
mod settings;
