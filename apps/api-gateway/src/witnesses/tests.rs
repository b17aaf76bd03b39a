//! Laws of what witnesses add to our checkpoints.

use erynoa_events::{
    EpochPolicy, LogClock, MemoryEventLog, NoteKeyKind, SigningKey, cosign, verify_cosignature,
};
use erynoa_kernel::FixedClock;
use erynoa_sync::MemoryWitnessBook;

use super::*;
use crate::ledger::{Policy, Running};

const ORIGIN: &str = "test.example/log";
const NOW_S: u64 = 1_800_000_000;

fn log_key() -> SigningKey {
    SigningKey::from_seed([1; 32])
}

fn witness(number: u8) -> (SigningKey, VerifierKey) {
    let key = SigningKey::from_seed([100 + number; 32]);
    let name = format!("witness.example/{number}");
    let public = VerifierKey { name, kind: NoteKeyKind::Witness, key: key.public_key() };
    (key, public)
}

struct House {
    ledger: Ledger,
    book: MemoryWitnessBook,
    _running: Running,
}

impl House {
    /// With a log that has nothing in it but its own head of size 0.
    async fn new() -> Self {
        let epochs = EpochPolicy { max_events: 10, max_us: 1_000_000, clock: LogClock::System };
        let policy = Policy { epochs, origin: ORIGIN.to_owned() };
        let clock = Arc::new(FixedClock::at(NOW_S * 1_000_000));
        let log = Arc::new(MemoryEventLog::new());
        let (ledger, _running) = Ledger::start(log, log_key(), clock, policy).await.unwrap();
        Self { ledger, book: MemoryWitnessBook::new(), _running }
    }

    async fn cosignatures(&self, known: &[u8]) -> Cosignatures {
        let clock = Arc::new(FixedClock::at(NOW_S * 1_000_000));
        let of = ORIGIN.to_owned();
        let made = Cosignatures::new(of, self.ledger.clone(), Arc::new(self.book.clone()), clock);
        for number in known {
            made.know(witness(*number).1).await.unwrap();
        }
        made
    }
}

/// Our head of no entries.
fn head() -> SignedCheckpoint {
    let root = erynoa_events::Tree::new().root_at(0).unwrap();
    let note = Checkpoint { origin: ORIGIN.to_owned(), size: 0, root }.sign(&log_key());
    SignedCheckpoint { size: 0, root, note }
}

fn line(number: u8, time_s: u64) -> String {
    let (key, public) = witness(number);
    cosign(&head().note, &public.name, &key, time_s).unwrap()
}

fn times(cosignatures: &Cosignatures) -> Vec<Option<u64>> {
    let note = cosignatures.with_lines(&head());
    let time = |number| {
        let (_, public) = witness(number);
        verify_cosignature(&note, &public.name, &public.key)
    };
    (1..4).map(time).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_known_witnesses_come_into_the_note_and_stay() {
    let house = House::new().await;
    let cosignatures = house.cosignatures(&[1, 2]).await;
    let note = format!("{}{}{}", head().note, line(1, NOW_S), line(3, NOW_S));
    assert_eq!(cosignatures.add_cosignatures(&note).await.unwrap(), 1);
    assert_eq!(cosignatures.add_cosignatures(&note).await.unwrap(), 0, "nothing new");
    let second = format!("{}{}", head().note, line(2, NOW_S - 9));
    assert_eq!(cosignatures.add_cosignatures(&second).await.unwrap(), 1);
    assert_eq!(times(&cosignatures), [Some(NOW_S), Some(NOW_S - 9), None]);
    // Who opens the book again finds them.
    assert_eq!(times(&house.cosignatures(&[1, 2]).await), [Some(NOW_S), Some(NOW_S - 9), None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_cosignature_replaces_an_earlier_one_and_never_the_other_way() {
    let house = House::new().await;
    let cosignatures = house.cosignatures(&[1]).await;
    for (time_s, stays) in [(NOW_S - 5, NOW_S - 5), (NOW_S, NOW_S), (NOW_S - 1, NOW_S)] {
        let note = format!("{}{}", head().note, line(1, time_s));
        cosignatures.add_cosignatures(&note).await.unwrap();
        assert_eq!(times(&cosignatures)[0], Some(stays));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_lines_foreign_heads_and_times_to_come_are_passed_over() {
    let house = House::new().await;
    let cosignatures = house.cosignatures(&[1]).await;
    let ahead = |seconds| format!("{}{}", head().note, line(1, NOW_S + seconds));
    // Another head by our own key, which our log does not have.
    let other = Checkpoint { origin: ORIGIN.to_owned(), size: 0, root: [9; 32] }.sign(&log_key());
    let (key, public) = witness(1);
    let on_other = cosign(&other, &public.name, &key, NOW_S).unwrap();
    for note in [
        ahead(121),
        head().note,
        format!("{}{on_other}", head().note),
        format!("{other}{on_other}"),
        line(1, NOW_S),
        head().note.replace('\u{2014}', "-"),
        Checkpoint { origin: "else".into(), size: 0, root: [0; 32] }.sign(&log_key()),
    ] {
        assert_eq!(cosignatures.add_cosignatures(&note).await.unwrap(), 0, "{note}");
    }
    assert_eq!(times(&cosignatures), [None; 3]);
    assert_eq!(cosignatures.add_cosignatures(&ahead(120)).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_becomes_known_later_counts_with_what_the_book_has() {
    let house = House::new().await;
    let cosignatures = house.cosignatures(&[1, 2]).await;
    let note = format!("{}{}{}", head().note, line(1, NOW_S), line(2, NOW_S));
    assert_eq!(cosignatures.add_cosignatures(&note).await.unwrap(), 2);
    let again = house.cosignatures(&[2]).await;
    assert_eq!(times(&again), [None, Some(NOW_S), None]);
    again.know(witness(1).1).await.unwrap();
    assert_eq!(times(&again), [Some(NOW_S), Some(NOW_S), None]);
    assert_eq!(again.size_of(&witness(1).1), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_note_stays_within_its_bounds_whoever_cosigns() {
    let house = House::new().await;
    let many: Vec<u8> = (1..90).collect();
    let cosignatures = house.cosignatures(&many).await;
    for number in many {
        let note = format!("{}{}", head().note, line(number, NOW_S));
        cosignatures.add_cosignatures(&note).await.unwrap();
    }
    let note = cosignatures.with_lines(&head());
    let lines = note.rsplit_once("\n\n").unwrap().1.lines().count();
    assert_eq!(lines, erynoa_events::MAX_SIGNATURE_LINES);
    let key = log_key().public_key();
    assert!(Checkpoint::parse_and_verify(&note, ORIGIN, &key).is_ok());
}
