//! Writes `proto/testdata/trust_vectors.json`:
//! `cargo run -p erynoa-trust --example trust_vectors`.

#[path = "../tests/it/vectors_document.rs"]
mod vectors_document;

fn main() -> std::io::Result<()> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto/testdata");
    std::fs::create_dir_all(folder)?;
    std::fs::write(format!("{folder}/trust_vectors.json"), vectors_document::document())
}
