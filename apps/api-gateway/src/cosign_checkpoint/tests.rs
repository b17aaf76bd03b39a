//! Laws of this node as a witness.

use erynoa_events::{leaf_hash, verifier_key, verify_cosignature};
use erynoa_kernel::FixedClock;
use erynoa_sync::MemoryWitnessBook;

use super::*;

const ORIGIN: &str = "other.example/log";
const TIME_S: u64 = 1_800_000_000;

fn log_key() -> SigningKey {
    SigningKey::from_seed([1; 32])
}

fn witness_with(book: &MemoryWitnessBook) -> Witness {
    let log = verifier_key(ORIGIN, &log_key().public_key());
    let log = erynoa_events::parse_verifier_key(&log).unwrap();
    let clock = Arc::new(FixedClock::at(TIME_S * 1_000_000 + 7));
    Witness::new(SigningKey::from_seed([2; 32]), vec![log], Arc::new(book.clone()), clock)
}

/// A log of this many entries; the odd ones have others from entry 5 on.
fn tree(size: u64, fork: bool) -> Tree {
    let mut tree = Tree::new();
    for number in 0..size {
        tree.push(leaf_hash(format!("{number}{}", fork && number >= 5).as_bytes()));
    }
    tree
}

fn note(size: u64, fork: bool) -> String {
    let root = tree(size, fork).root_at(size).unwrap();
    Checkpoint { origin: ORIGIN.to_owned(), size, root }.sign(&log_key())
}

fn question(old: u64, size: u64, fork: bool) -> String {
    let proof = tree(size, fork).consistency(old, size).unwrap();
    AddCheckpoint { old_size: old, proof, note: &note(size, fork) }.to_string()
}

async fn cosigned(witness: &Witness, old: u64, size: u64) {
    let Cosigned::Line(line) = witness.answer(&question(old, size, false)).await.unwrap() else {
        panic!("{old} to {size} is cosigned")
    };
    let key = witness.key.public_key();
    let time = verify_cosignature(&(note(size, false) + &line), &witness.name, &key);
    assert_eq!(time, Some(TIME_S));
}

async fn code(witness: &Witness, body: &str) -> &'static str {
    witness.answer(body).await.expect_err("refused").code
}

#[tokio::test]
async fn heads_are_cosigned_each_of_which_continues_the_one_before() {
    let witness = witness_with(&MemoryWitnessBook::new());
    for (old, size) in [(0, 3), (3, 3), (3, 8), (8, 9), (9, 9), (9, 40)] {
        cosigned(&witness, old, size).await;
    }
}

#[tokio::test]
async fn who_asks_from_elsewhere_is_told_where_the_witness_stands() {
    let book = MemoryWitnessBook::new();
    let witness = witness_with(&book);
    assert_eq!(witness.answer(&question(2, 8, false)).await.unwrap(), Cosigned::Elsewhere(0));
    cosigned(&witness, 0, 8).await;
    // A smaller one after a larger one, and another one of the same size.
    for (old, size, fork) in [(0, 9, false), (7, 9, false), (3, 7, false), (8, 8, true)] {
        let answer = witness.answer(&question(old, size, fork)).await.unwrap();
        assert_eq!(answer, Cosigned::Elsewhere(8), "{old} {size} {fork}");
    }
    // Nor after a restart.
    let again = witness_with(&book);
    let answer = again.answer(&question(0, 7, false)).await.unwrap();
    assert_eq!(answer, Cosigned::Elsewhere(8));
    cosigned(&again, 8, 9).await;
}

#[tokio::test]
async fn what_does_not_continue_the_last_head_is_not_cosigned() {
    let witness = witness_with(&MemoryWitnessBook::new());
    cosigned(&witness, 0, 8).await;
    let next = note(9, false);
    let proof = tree(9, false).consistency(8, 9).unwrap();
    let longer = [proof.clone(), vec![[0; 32]]].concat();
    for (proof, note) in [(Vec::new(), &next), (longer, &next), (proof, &note(9, true))] {
        let body = AddCheckpoint { old_size: 8, proof, note }.to_string();
        assert_eq!(code(&witness, &body).await, "WITNESS_PROOF");
    }
    assert_eq!(code(&witness, &question(8, 20, true)).await, "WITNESS_PROOF");
    cosigned(&witness, 8, 9).await;
}

#[tokio::test]
async fn from_the_empty_log_there_is_no_proof_to_give() {
    let witness = witness_with(&MemoryWitnessBook::new());
    let body = AddCheckpoint { old_size: 0, proof: vec![[0; 32]], note: &note(3, false) };
    assert_eq!(code(&witness, &body.to_string()).await, "WITNESS_PROOF");
    // Of size 0 only the empty log can be.
    let other = Checkpoint { origin: ORIGIN.to_owned(), size: 0, root: [1; 32] }.sign(&log_key());
    let body = AddCheckpoint { old_size: 0, proof: Vec::new(), note: &other }.to_string();
    assert_eq!(witness.answer(&body).await.unwrap(), Cosigned::Elsewhere(0));
    cosigned(&witness, 0, 0).await;
    cosigned(&witness, 0, 3).await;
}

#[tokio::test]
async fn logs_keys_and_forms_that_are_not_known_are_refused() {
    let witness = witness_with(&MemoryWitnessBook::new());
    let root = tree(3, false).root_at(3).unwrap();
    let head = |origin: &str, key: u8| {
        let key = SigningKey::from_seed([key; 32]);
        let note = Checkpoint { origin: origin.to_owned(), size: 3, root }.sign(&key);
        AddCheckpoint { old_size: 0, proof: Vec::new(), note: &note }.to_string()
    };
    assert_eq!(code(&witness, &head("third.example/log", 1)).await, "WITNESS_LOG_UNKNOWN");
    assert_eq!(code(&witness, &head(ORIGIN, 9)).await, "WITNESS_SIGNATURE");
    let tampered = question(0, 3, false).replace("\n3\n", "\n4\n");
    assert_eq!(code(&witness, &tampered).await, "WITNESS_SIGNATURE");
    assert_eq!(code(&witness, "").await, "VALIDATION_ERROR");
    assert_eq!(code(&witness, &note(3, false)).await, "VALIDATION_ERROR");
    let beyond = AddCheckpoint { old_size: 4, proof: Vec::new(), note: &note(3, false) };
    assert_eq!(code(&witness, &beyond.to_string()).await, "VALIDATION_ERROR");
}

#[tokio::test]
async fn of_two_continuations_at_once_one_is_cosigned() {
    let witness = Arc::new(witness_with(&MemoryWitnessBook::new()));
    cosigned(&witness, 0, 5).await;
    let asked: Vec<_> = (0..16)
        .map(|number| {
            let witness = Arc::clone(&witness);
            let body = question(5, 9, number % 2 == 0);
            tokio::spawn(async move { (number % 2, witness.answer(&body).await.unwrap()) })
        })
        .collect();
    let mut sides = std::collections::BTreeSet::new();
    for answer in asked {
        if let (side, Cosigned::Line(_)) = answer.await.unwrap() {
            sides.insert(side);
        }
    }
    assert_eq!(sides.len(), 1, "one of two forks");
}
