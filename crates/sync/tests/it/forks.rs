//! Two histories of one log are proven, and one never is.

use erynoa_events::{Checkpoint, LogKeys, SigningKey, Tree, leaf_hash};
use erynoa_sync::ForkProof;

const ORIGIN: &str = "log.example";
/// Entries that the two histories have in common.
const COMMON: u64 = 6;
const SIZE: u64 = 20;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed; 32])
}

fn history(number: u8) -> Tree {
    let mut tree = Tree::new();
    for sequence in 0..SIZE {
        tree.push(leaf_hash(&[if sequence < COMMON { 0 } else { number }; 9]));
    }
    tree
}

fn note(tree: &Tree, size: u64, key: &SigningKey) -> String {
    let root = tree.root_at(size).expect("within the history");
    Checkpoint { origin: ORIGIN.to_owned(), size, root }.sign(key)
}

/// Of a head of `smaller` at `s` and one of `larger` at `l`, s < l.
fn of_two_sizes(smaller: &Tree, larger: &Tree, s: u64, l: u64) -> ForkProof {
    let link = larger.root_at(s).zip(larger.consistency(s, l));
    ForkProof { smaller: note(smaller, s, &key(1)), larger: note(larger, l, &key(1)), link }
}

fn holds(proof: &ForkProof) -> bool {
    proof.holds(ORIGIN, &LogKeys::of(key(1).public_key()))
}

#[test]
fn two_histories_are_proven_by_any_two_heads_behind_their_parting_and_by_no_others() {
    let (a, b) = (history(1), history(2));
    for s in 1..=SIZE {
        let one_size = ForkProof::of_one_size(&note(&a, s, &key(1)), &note(&b, s, &key(1)));
        assert_eq!(holds(&one_size), s > COMMON, "both at {s}");
        for l in s + 1..=SIZE {
            assert_eq!(holds(&of_two_sizes(&a, &b, s, l)), s > COMMON, "{s} and {l}");
            assert_eq!(holds(&of_two_sizes(&b, &a, s, l)), s > COMMON, "{s} and {l}");
            assert!(!holds(&of_two_sizes(&a, &a, s, l)), "one history, {s} and {l}");
        }
    }
}

#[test]
fn nothing_of_a_proof_can_be_changed() {
    let (a, b) = (history(1), history(2));
    let proof = of_two_sizes(&a, &b, 11, 19);
    assert!(holds(&proof));
    let (root, path) = proof.link.clone().expect("two sizes");
    let with = |link| holds(&ForkProof { link, ..proof.clone() });
    assert!(!with(None));
    for bit in 0..256 {
        let mut other = root;
        other[bit / 8] ^= 1 << (bit % 8);
        assert!(!with(Some((other, path.clone()))), "bit {bit} of the root");
        for at in 0..path.len() {
            let mut other = path.clone();
            other[at][bit / 8] ^= 1 << (bit % 8);
            assert!(!with(Some((root, other))), "bit {bit} of hash {at}");
        }
    }
    for at in 0..path.len() {
        assert!(!with(Some((root, path[..at].to_vec()))), "a shorter path");
    }
    assert!(!with(Some((root, [path.clone(), vec![[0; 32]]].concat()))), "a longer path");
    let swapped = ForkProof {
        smaller: proof.larger.clone(),
        larger: proof.smaller.clone(),
        link: proof.link.clone(),
    };
    assert!(!holds(&swapped));
    for note in [&proof.smaller, &proof.larger] {
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(other) = String::from_utf8(bytes) else { continue };
            let mut changed = proof.clone();
            let place = if std::ptr::eq(note, &raw const proof.smaller) {
                &mut changed.smaller
            } else {
                &mut changed.larger
            };
            *place = other;
            assert!(!holds(&changed), "byte {at}");
        }
    }
}

#[test]
fn a_proof_is_one_of_its_log_and_of_its_key_alone() {
    let (a, b) = (history(1), history(2));
    let proof = of_two_sizes(&a, &b, 11, 19);
    assert!(!proof.holds("other.example", &LogKeys::of(key(1).public_key())));
    assert!(!proof.holds(ORIGIN, &LogKeys::of(key(2).public_key())));
    let half = ForkProof { larger: note(&b, 19, &key(2)), ..proof };
    assert!(!holds(&half), "anybody could sign the other half");
}

#[test]
fn a_log_that_was_handed_over_is_convicted_by_each_key_for_its_time() {
    let (a, b) = (history(1), history(2));
    let mut keys = LogKeys::of(key(1).public_key());
    keys.hand_over(12, key(2).public_key());
    let proof = |s: u64, l: u64, by: [u8; 2]| ForkProof {
        smaller: note(&a, s, &key(by[0])),
        larger: note(&b, l, &key(by[1])),
        link: (s < l).then(|| b.root_at(s).zip(b.consistency(s, l)).expect("within")),
    };
    let good = [(9, 12, [1, 1]), (12, 12, [1, 1]), (12, 13, [1, 2]), (13, 13, [2, 2])];
    for (s, l, by) in good {
        assert!(proof(s, l, by).holds(ORIGIN, &keys), "{s} and {l} by {by:?}");
    }
    let bad = [(9, 12, [1, 2]), (12, 13, [1, 1]), (12, 12, [2, 2]), (13, 13, [1, 1])];
    for (s, l, by) in bad {
        assert!(!proof(s, l, by).holds(ORIGIN, &keys), "{s} and {l} by {by:?}");
    }
}
