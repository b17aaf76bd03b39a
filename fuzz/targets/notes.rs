//! Any text through what reads signed notes of strangers: merging, cosignatures,
//! verifier keys and questions to a witness. It never panics, a merged note is a note within bounds,
//! and merging neither loses nor invents a cosignature.

#![no_main]

use erynoa_events::{
    AddCheckpoint, Checkpoint, MAX_NOTE_BYTES, MAX_SIGNATURE_LINES, merge_signatures,
    parse_verifier_key, verify_cosignature,
};
use erynoa_kernel::PublicKey;
use libfuzzer_sys::fuzz_target;

/// The witness of the cosignatures in `proto/testdata/vectors.json`, from which
/// the corpus is seeded.
const WITNESS: &str = "witness.example/w1";
const WITNESS_KEY: [u8; 32] = [
    0xfa, 0x48, 0x34, 0x14, 0x7f, 0x6e, 0x69, 0x0c, 0x36, 0x93, 0xef, 0xf6, 0x13, 0x36, 0x04, 0x64,
    0x03, 0xcd, 0x8a, 0xe2, 0xa1, 0x4f, 0x31, 0xb3, 0xc4, 0x07, 0x35, 0x85, 0x69, 0x23, 0x95, 0x65,
];

fn lines(note: &str) -> usize {
    note.rsplit_once("\n\n").map_or(0, |(_, lines)| lines.matches('\n').count())
}

fn notes(first: &str, second: &str) {
    let key = PublicKey::from_bytes(WITNESS_KEY);
    let time = |note: &str| verify_cosignature(note, WITNESS, &key);
    let heads = (Checkpoint::parse_unverified(first), Checkpoint::parse_unverified(second));
    let Ok(merged) = merge_signatures(first, second) else { return };
    assert_eq!(heads.0, heads.1, "notes of different heads were merged");
    assert!(merged.len() <= MAX_NOTE_BYTES && lines(&merged) <= MAX_SIGNATURE_LINES);
    assert!((1..=lines(first) + lines(second)).contains(&lines(&merged)));
    assert_eq!(Checkpoint::parse_unverified(&merged), heads.0);
    assert!(time(&merged) <= time(first).max(time(second)), "a cosignature out of nothing");
    assert_eq!(merge_signatures(&merged, &merged).as_deref(), Ok(merged.as_str()));
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else { return };
    match text.as_bytes() {
        [b'M', ..] => {
            let (first, second) = text[1..].split_once('\0').unwrap_or((&text[1..], ""));
            notes(first, second);
        }
        [b'K', ..] => {
            if let Ok(key) = parse_verifier_key(&text[1..]) {
                assert_eq!(parse_verifier_key(&key.to_string()), Ok(key));
            }
        }
        [b'A', ..] => {
            if let Some(body) = AddCheckpoint::parse(&text[1..]) {
                assert_eq!(body.to_string(), text[1..], "another question than was asked");
            }
        }
        _ => {}
    }
});
