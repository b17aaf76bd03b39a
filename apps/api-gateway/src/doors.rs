//! What stands between the network and the services.

pub(crate) mod files;
pub(crate) mod guard;
pub(crate) mod policy;
pub(crate) mod problems;
pub(crate) mod rest;
pub(crate) mod tiles;
pub(crate) mod tokens;
pub(crate) mod web;
pub(crate) mod witness;
