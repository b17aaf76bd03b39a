//! Compiles `proto/` without protoc.

use std::path::{Path, PathBuf};

use prost::Message;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    println!("cargo::rerun-if-changed={}", root.display());
    let files = |folder: &str| -> std::io::Result<Vec<PathBuf>> {
        let mut files = std::fs::read_dir(root.join(folder))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<std::io::Result<Vec<_>>>()?;
        files.retain(|path| path.extension().is_some_and(|ending| ending == "proto"));
        files.sort();
        Ok(files)
    };
    let mut protos = files("erynoa/protocol/v1")?;
    protos.extend(files("erynoa/api/v1")?);
    let descriptors = protox::compile(protos, [&root])?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    std::fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    let api = std::env::var_os("CARGO_FEATURE_API").is_some();
    tonic_prost_build::configure()
        .build_client(api)
        .build_server(api)
        .bytes(".erynoa.protocol.v1.SignedEvent")
        .compile_fds(descriptors)?;
    Ok(())
}
