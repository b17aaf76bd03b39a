//! Laws of the whole crate (protocol §0 to §3).

#[path = "../../examples/vectors/cases.rs"]
mod cases;
#[path = "../../examples/vectors/cases_of_realms.rs"]
mod cases_of_realms;
#[path = "../../examples/vectors/proofs.rs"]
mod proofs;
#[path = "../../examples/vectors/refused.rs"]
mod refused;
#[path = "../../examples/vectors/refused_bodies.rs"]
mod refused_bodies;
#[path = "../../examples/vectors/refused_of_realms.rs"]
mod refused_of_realms;

mod add_checkpoint;
mod admission;
mod canonical;
mod checkpoint;
mod cosignature;
mod equivocation;
mod frontier;
mod limits;
mod log_keys;
mod log_state;
mod memory;
mod note;
mod order;
mod signatures;
mod targets;
mod tree;
mod vectors;
mod witness_set;
mod world;
