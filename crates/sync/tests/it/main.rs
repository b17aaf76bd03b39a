//! The ports in memory keep their laws.

mod inbox;
mod memory;
