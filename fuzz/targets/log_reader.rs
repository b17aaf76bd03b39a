//! Any bytes through the readers of a copied log: entry bundles, checkpoint
//! notes and proofs. They never panic, and what they accept is what was there.

#![no_main]

use bytes::Bytes;
use erynoa_events::{
    Checkpoint, Tree, from_own_log, leaf_hash, verify_consistency, verify_inclusion,
};
use erynoa_kernel::PublicKey;
use libfuzzer_sys::fuzz_target;

#[path = "../../apps/cli/src/tiles.rs"]
#[expect(dead_code, reason = "only the reader of bundles is of interest here")]
mod tiles;

/// Name and key of the log in `proto/testdata/vectors.json`, from which the
/// corpus is seeded.
const ORIGIN: &str = "erynoa.example/log";
const LOG_KEY: [u8; 32] = [
    0xfd, 0x17, 0x24, 0x38, 0x5a, 0xa0, 0xc7, 0x5b, 0x64, 0xfb, 0x78, 0xcd, 0x60, 0x2f, 0xa1, 0xd9,
    0x91, 0xfd, 0xeb, 0xf7, 0x6b, 0x13, 0xc5, 0x8e, 0xd7, 0x02, 0xea, 0xc8, 0x35, 0xe9, 0xf6, 0x18,
];

fn bundle(width: u64, data: &[u8]) {
    let width = width % tiles::WIDTH + 1;
    let entries = match tiles::split_bundle(&Bytes::copy_from_slice(data), width) {
        Ok(entries) => entries,
        Err((whole, _)) => {
            assert!(whole <= width, "{whole} whole entries of {width}");
            return;
        }
    };
    let mut joined = Vec::with_capacity(data.len());
    let mut tree = Tree::new();
    for entry in &entries {
        joined.extend(u16::try_from(entry.len()).expect("fits a bundle").to_be_bytes());
        joined.extend(entry.iter());
        tree.push(leaf_hash(entry));
        // Whether it is accepted is for the event decoder's target to judge.
        let _verdict = from_own_log(entry.clone());
    }
    assert_eq!(joined, data, "a bundle of other bytes");
    assert_eq!(tree.size(), width);
    let root = tree.root_at(width).expect("of the whole tree");
    let (first, last) = (0, width - 1);
    for sequence in [first, last] {
        let path = tree.inclusion(sequence, width).expect("is in the tree");
        let leaf = tree.leaf(sequence).expect("is in the tree");
        assert!(verify_inclusion(&leaf, sequence, width, &path, &root));
    }
}

fn checkpoint(data: &[u8]) {
    let Ok(note) = str::from_utf8(data) else { return };
    let key = PublicKey::from_bytes(LOG_KEY);
    if let Ok(checkpoint) = Checkpoint::parse_and_verify(note, ORIGIN, &key) {
        assert_eq!(checkpoint.origin, ORIGIN);
        let head = format!("{ORIGIN}\n{}\n", checkpoint.size);
        assert!(note.starts_with(&head), "a checkpoint of another size");
    }
}

/// Numbers and hashes of a proof: 8 + 8 + 32 + 32 bytes, then the path.
fn proof(data: &[u8]) {
    let Some((old, rest)) = data.split_first_chunk() else { return };
    let Some((new, rest)) = rest.split_first_chunk() else { return };
    let Some((first, rest)) = rest.split_first_chunk() else { return };
    let Some((root, rest)) = rest.split_first_chunk() else { return };
    let (path, _) = rest.as_chunks::<32>();
    let (old, new) = (u64::from_be_bytes(*old), u64::from_be_bytes(*new));
    if verify_inclusion(first, old, new, path, root) {
        assert!(old < new && path.len() <= 64);
    }
    if verify_consistency(old, new, path, first, root) {
        assert!(old <= new && path.len() <= 65);
    }
}

fuzz_target!(|data: &[u8]| {
    match data {
        [b'B', width, rest @ ..] => bundle(u64::from(*width), rest),
        [b'C', rest @ ..] => checkpoint(rest),
        [b'P', rest @ ..] => proof(rest),
        _ => {}
    }
});
