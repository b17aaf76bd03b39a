//! The laws of protocol §5.

mod attestations;
mod bitcoin_otc;
mod chains;
mod evidence;
mod explanations;
mod laws;
mod receipts;
mod reference;
mod reference_rows;
mod rows;
mod scenario;
mod vectors;
mod vectors_document;
mod views;
mod vouching;
mod world;
