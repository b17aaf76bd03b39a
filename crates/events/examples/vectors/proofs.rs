//! Trees, proofs and checkpoints.

use erynoa_events::{
    Checkpoint, SigningKey, Tree, cosign, leaf_hash, verifier_key, witness_verifier_key,
};
use serde_json::{Value, json};

use crate::cases::{LOG, key};

fn leaf(number: u64) -> Vec<u8> {
    format!("leaf {number}").into_bytes()
}

fn tree(size: u64) -> Tree {
    let mut tree = Tree::new();
    for number in 0..size {
        tree.push(leaf_hash(&leaf(number)));
    }
    tree
}

fn hexes(hashes: &[[u8; 32]]) -> Vec<String> {
    hashes.iter().map(hex::encode).collect()
}

fn root(size: u64) -> String {
    hex::encode(tree(size).root_at(size).expect("the whole tree"))
}

pub(crate) fn trees() -> Vec<Value> {
    [0, 1, 2, 3, 4, 7, 8, 13]
        .map(|size| {
            let leaves: Vec<_> = (0..size).map(|number| hex::encode(leaf(number))).collect();
            json!({ "leaves": leaves, "root": root(size) })
        })
        .to_vec()
}

pub(crate) fn inclusions() -> Vec<Value> {
    [(0, 1), (0, 2), (1, 2), (2, 3), (4, 7), (6, 7), (0, 8), (7, 8), (5, 13), (12, 13), (200, 300)]
        .map(|(sequence, size)| {
            let path = tree(size).inclusion(sequence, size).expect("in the tree");
            json!({
                "leaf_hash": hex::encode(leaf_hash(&leaf(sequence))),
                "sequence": sequence,
                "size": size,
                "path": hexes(&path),
                "root": root(size),
            })
        })
        .to_vec()
}

pub(crate) fn consistencies() -> Vec<Value> {
    [(1, 1), (1, 2), (2, 3), (3, 4), (3, 7), (4, 7), (6, 8), (7, 8), (8, 13), (12, 13), (129, 300)]
        .map(|(old, new)| {
            let path = tree(new).consistency(old, new).expect("sizes of the tree");
            json!({
                "old_size": old,
                "new_size": new,
                "old_root": root(old),
                "new_root": root(new),
                "path": hexes(&path),
            })
        })
        .to_vec()
}

pub(crate) fn checkpoints() -> Vec<Value> {
    [0, 1, 13]
        .map(|size| {
            let origin = "erynoa.example/log".to_owned();
            let root = tree(size).root_at(size).expect("the whole tree");
            let note = Checkpoint { origin: origin.clone(), size, root }.sign(&key(LOG));
            let public_key = key(LOG).public_key();
            json!({
                "verifier_key": verifier_key(&origin, &public_key),
                "note": note,
                "public_key": public_key.to_string(),
                "origin": origin,
                "size": size,
                "root": hex::encode(root),
            })
        })
        .to_vec()
}

/// A checkpoint with its signature lines as the witnesses left them, and the
/// greatest time of the cosignatures that hold for one of them; null for none.
pub(crate) fn cosignatures() -> Vec<Value> {
    const TIME_S: u64 = 1_790_000_000;
    let witness = |seed| SigningKey::from_seed([seed; 32]);
    let (name, other) = ("witness.example/w1", "witness.example/w2");
    let of_size = |size| {
        let root = tree(size).root_at(size).expect("the whole tree");
        Checkpoint { origin: "erynoa.example/log".to_owned(), size, root }.sign(&key(LOG))
    };
    let note = of_size(13);
    let line = |name, seed, time| cosign(&note, name, &witness(seed), time).expect("a checkpoint");
    let of_another = cosign(&of_size(8), name, &witness(41), TIME_S + 9).expect("a checkpoint");
    let namesake = line(name, 42, TIME_S + 9);
    let wrong_name = line(other, 41, TIME_S + 9);
    let own = line(name, 41, TIME_S);
    let later = line(name, 41, TIME_S + 7);
    [
        ("no cosignature", note.clone(), None),
        ("one cosignature", format!("{note}{own}"), Some(TIME_S)),
        ("the later of two", format!("{note}{own}{later}"), Some(TIME_S + 7)),
        ("the later of two, listed first", format!("{note}{later}{own}"), Some(TIME_S + 7)),
        ("among other witnesses", format!("{note}{namesake}{own}{wrong_name}"), Some(TIME_S)),
        ("another key of the same name", format!("{note}{namesake}"), None),
        ("the key under another name", format!("{note}{wrong_name}"), None),
        ("of another checkpoint", format!("{note}{of_another}"), None),
        (
            "of another checkpoint beside a good one",
            format!("{note}{of_another}{own}"),
            Some(TIME_S),
        ),
        ("at the beginning of time", format!("{note}{}", line(name, 41, 0)), Some(0)),
    ]
    .map(|(case, note, time_s)| {
        let public_key = witness(41).public_key();
        json!({
            "case": case,
            "name": name,
            "public_key": public_key.to_string(),
            "verifier_key": witness_verifier_key(name, &public_key),
            "note": note,
            "time_s": time_s,
        })
    })
    .to_vec()
}
