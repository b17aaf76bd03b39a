//! The laws of protocol §8, and K11, K12, K13, K27, K28.

mod accounts;
mod contexts;
mod costs;
mod door;
mod gas_table;
mod program;
mod queues;
