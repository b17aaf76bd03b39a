//! The laws of protocol §4.

mod agents;
mod capabilities;
mod controllers;
mod deactivation;
mod delegations;
mod forest;
mod forest_laws;
mod keys;
mod lent;
mod recovery;
mod resolution;
mod search;
mod staged;
mod vectors;
mod world;
