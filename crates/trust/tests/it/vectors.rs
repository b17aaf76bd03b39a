//! The known answers that other implementations read.

use crate::vectors_document::document;

#[test]
fn committed_vectors_are_those_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto/testdata/trust_vectors.json");
    let committed = std::fs::read_to_string(path).expect("proto/testdata/trust_vectors.json");
    assert_eq!(
        committed,
        document(),
        "write them anew with `cargo run -p erynoa-trust --example trust_vectors`"
    );
}
