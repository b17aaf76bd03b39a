//! The known answers that other implementations read.

use crate::vectors_document::document;

#[test]
fn committed_vectors_are_those_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto/testdata/trust_vectors.json");
    let committed = std::fs::read_to_string(path).expect("proto/testdata/trust_vectors.json");
    // As values: the order of names depends on what else a build asks of
    // serde_json.
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    assert!(
        parsed(&committed) == parsed(&document()),
        "write them anew with `cargo run -p erynoa-trust --example trust_vectors`"
    );
}
