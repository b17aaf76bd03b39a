//! `proto/testdata/vectors.json` is what this crate says, and says what this
//! crate does.

use bytes::Bytes;
use erynoa_events::{
    Checkpoint, NoteKeyKind, SigningKey, Tree, VerifierKey, decode_event, encode_event,
    is_small_order, leaf_hash, parse_verifier_key, sign_event, verify, verify_batch,
    verify_consistency, verify_cosignature, verify_inclusion, verify_signature,
};
use erynoa_kernel::{Did, PublicKey, Signature, UniversalId};
use serde_json::Value;

use crate::cases;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto/testdata/vectors.json");

fn file() -> String {
    std::fs::read_to_string(FILE).expect("proto/testdata/vectors.json is part of the project")
}

fn part(name: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(&file()).expect("JSON");
    let part = all[name].as_array().expect(name).clone();
    assert!(!part.is_empty(), "{name} proves nothing");
    part
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().expect(name)
}

fn bytes(vector: &Value, name: &str) -> Vec<u8> {
    hex::decode(text(vector, name)).expect(name)
}

fn hash(vector: &Value, name: &str) -> [u8; 32] {
    bytes(vector, name).try_into().expect("32 bytes")
}

fn number(vector: &Value, name: &str) -> u64 {
    vector[name].as_u64().expect(name)
}

fn path(vector: &Value) -> Vec<[u8; 32]> {
    let path = vector["path"].as_array().expect("path");
    path.iter()
        .map(|hash| hex::decode(hash.as_str().expect("hex")).expect("hex").try_into().expect("32"))
        .collect()
}

#[test]
fn the_file_is_exactly_what_the_example_prints() {
    // As values: the order of names depends on what else a build asks of
    // serde_json.
    let parsed = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    assert!(
        parsed(&file()) == parsed(&cases::all()),
        "run: cargo run -p erynoa-events --example vectors > proto/testdata/vectors.json"
    );
}

#[test]
fn dids_of_the_file_parse_and_follow_from_their_keys() {
    for vector in part("did") {
        let did: Did = text(&vector, "did").parse().expect("a DID");
        let key = PublicKey::from_bytes(hash(&vector, "public_key"));
        assert_eq!(did.namespace as u64, number(&vector, "namespace"));
        assert_eq!(did.identity, erynoa_kernel::IdentityId::of(did.namespace, &key));
    }
    for vector in part("uid") {
        let uid: UniversalId = text(&vector, "uid").parse().expect("a uid");
        assert_eq!(u64::from(uid.tag()), number(&vector, "tag"));
    }
}

#[test]
fn events_of_the_file_are_signed_to_the_same_bytes_and_verified() {
    for vector in part("events") {
        let name = text(&vector, "name");
        let key = SigningKey::from_seed(hash(&vector, "secret_key"));
        assert_eq!(key.public_key().to_string(), text(&vector, "public_key"), "{name}");
        let event = decode_event(&bytes(&vector, "event")).expect(name);
        assert_eq!(encode_event(&event), bytes(&vector, "event"), "{name}");
        let signed = sign_event(&event, &key).expect(name);
        assert_eq!(hex::encode(signed.entry()), text(&vector, "signed_event"), "{name}");
        let verified = verify(bytes(&vector, "signed_event").into()).expect(name);
        assert_eq!(verified.id().to_string(), text(&vector, "id"), "{name}");
        assert_eq!(verified, signed, "{name}");
    }
}

#[test]
fn the_file_has_an_event_of_every_kind() {
    let mut kinds: Vec<_> = cases::events().iter().map(|(_, e, _)| e.body.kind()).collect();
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds, erynoa_events::EventKind::ALL);
}

#[test]
fn refused_entries_of_the_file_get_their_code_alone_and_in_a_batch() {
    let vectors = part("refused");
    let entries: Vec<Bytes> =
        vectors.iter().map(|vector| bytes(vector, "signed_event").into()).collect();
    let batch = verify_batch(entries.clone());
    for ((vector, entry), batched) in vectors.iter().zip(entries).zip(batch) {
        let name = text(vector, "name");
        let error = verify(entry).expect_err(name);
        assert_eq!(error.code, text(vector, "code"), "{name}: {error}");
        assert_eq!(batched.expect_err(name), error, "{name}");
    }
}

#[test]
fn small_order_keys_of_the_file_are_refused_and_no_honest_key_is() {
    for vector in part("small_order") {
        let key = hex::decode(vector.as_str().expect("hex")).expect("hex");
        assert!(is_small_order(&PublicKey::try_from(key.as_slice()).expect("32 bytes")));
    }
    for byte in 0..=255 {
        assert!(!is_small_order(&cases::key(byte).public_key()));
    }
}

#[test]
fn proofs_of_the_file_hold() {
    for vector in part("tree") {
        let mut tree = Tree::new();
        for leaf in vector["leaves"].as_array().expect("leaves") {
            tree.push(leaf_hash(&hex::decode(leaf.as_str().expect("hex")).expect("hex")));
        }
        assert_eq!(tree.root_at(tree.size()), Some(hash(&vector, "root")));
    }
    for vector in part("inclusion") {
        let (sequence, size) = (number(&vector, "sequence"), number(&vector, "size"));
        let (leaf, root) = (hash(&vector, "leaf_hash"), hash(&vector, "root"));
        assert!(verify_inclusion(&leaf, sequence, size, &path(&vector), &root));
    }
    for vector in part("consistency") {
        let (old, new) = (number(&vector, "old_size"), number(&vector, "new_size"));
        let (old_root, new_root) = (hash(&vector, "old_root"), hash(&vector, "new_root"));
        assert!(verify_consistency(old, new, &path(&vector), &old_root, &new_root));
    }
}

#[test]
fn checkpoints_and_sign_ins_of_the_file_verify() {
    for vector in part("checkpoint") {
        let key = PublicKey::from_bytes(hash(&vector, "public_key"));
        let read =
            Checkpoint::parse_and_verify(text(&vector, "note"), text(&vector, "origin"), &key)
                .expect("a checkpoint");
        assert_eq!((read.size, read.root), (number(&vector, "size"), hash(&vector, "root")));
    }
    for vector in part("sign_in") {
        let key = SigningKey::from_seed(hash(&vector, "secret_key")).public_key();
        let signature = bytes(&vector, "signature");
        let signature = Signature::try_from(signature.as_slice()).expect("64 bytes");
        assert!(verify_signature(&key, &bytes(&vector, "message"), &signature));
    }
}

#[test]
fn cosignatures_of_the_file_get_their_verdict() {
    for vector in part("cosignatures") {
        let key = PublicKey::from_bytes(hash(&vector, "public_key"));
        let name = text(&vector, "name");
        let own = VerifierKey { name: name.into(), kind: NoteKeyKind::Witness, key };
        assert_eq!(parse_verifier_key(text(&vector, "verifier_key")), Ok(own));
        let case = text(&vector, "case");
        let time_s = verify_cosignature(text(&vector, "note"), name, &key);
        assert_eq!(time_s, vector["time_s"].as_u64(), "{case}");
    }
}
