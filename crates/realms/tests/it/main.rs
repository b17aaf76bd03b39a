//! The laws of protocol §7.
