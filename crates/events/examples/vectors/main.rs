//! Prints the known answers that every implementation of the protocol reads:
//! `cargo run -p erynoa-events --example vectors > proto/testdata/vectors.json`.

mod cases;
mod cases_of_realms;
mod proofs;
mod refused;
mod refused_bodies;
mod refused_of_realms;

fn main() {
    println!("{}", cases::all());
}
