//! Prints the known answers that every implementation of the protocol reads:
//! `cargo run -p erynoa-events --example vectors > proto/testdata/vectors.json`.

mod cases;
mod proofs;
mod refused;
mod refused_bodies;

fn main() {
    println!("{}", cases::all());
}
