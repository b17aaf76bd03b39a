//! Prints the test vectors of certificates:
//! `cargo run -p erynoa-documents --example certificates > proto/testdata/certificates.json`.

#![expect(clippy::unwrap_used, reason = "vectors that cannot be made are not printed")]
#![expect(dead_code, reason = "modules that the tests use more of")]

#[path = "../tests/it/cases.rs"]
mod cases;
#[path = "../tests/it/town.rs"]
mod town;

fn main() {
    println!("{}", serde_json::to_string_pretty(&cases::vectors()).unwrap());
}
