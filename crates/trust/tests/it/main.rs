//! The laws of protocol §5.

mod attestations;
mod bitcoin_otc;
mod chains;
mod evidence;
mod explanations;
mod judgements;
mod laws;
mod reference;
mod scenario;
mod vectors;
mod vectors_document;
mod views;
mod world;
