//! Workflows on a Restate server.
//!
//! Each run is a virtual object of Restate: its state is the [`Run`] that
//! every engine has, and Restate sees to it that one handler at a time changes
//! it, that every change is followed by the call that goes on with it, and that
//! timers come, whatever dies in between. The endpoint at which Restate calls
//! the steps is served by ourselves, over plain HTTP/2: it belongs behind the
//! firewall.
//!
//! [`Run`]: erynoa_workflows::Run

mod client;
mod object;
mod server;

pub use client::{RestateConfig, RestateWorkflows};
pub use server::{Endpoint, EndpointError};
