//! Laws of the whole crate (protocol §0 to §3).

#[path = "../../examples/vectors/cases.rs"]
mod cases;
#[path = "../../examples/vectors/refused.rs"]
mod refused;

mod vectors;
