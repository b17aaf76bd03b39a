//! The laws of protocol §6, §9 and §10.

mod anomalies;
mod breakers;
mod calibrations;
mod diversity;
mod formula;
mod humans;
mod power;
mod ranking;
mod reference;
mod town;
mod trusting;
