//! Cosignatures are those of C2SP `tlog-cosignature` (protocol §3).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use erynoa_events::{
    Checkpoint, CheckpointError, Cosignature, SigningKey, cosign, find_cosignature,
    verify_cosignature, verify_signature, witness_verifier_key,
};
use erynoa_kernel::Signature;
use proptest::prelude::*;

const WITNESS: &str = "witness.example/w1";
const TIME: u64 = 1_679_315_147;

fn key() -> SigningKey {
    SigningKey::from_seed([9; 32])
}

fn note() -> String {
    let checkpoint =
        Checkpoint { origin: "erynoa.example/log".into(), size: 20_852_163, root: [3; 32] };
    checkpoint.sign(&SigningKey::from_seed([7; 32]))
}

fn line(time_s: u64) -> String {
    cosign(&note(), WITNESS, &key(), time_s).expect("a checkpoint")
}

fn time(note: &str) -> Option<u64> {
    verify_cosignature(note, WITNESS, &key().public_key())
}

/// A line of the witness with these bytes after the key id.
fn forged(bytes: &[u8]) -> String {
    let line = line(TIME);
    let (head, signature) = line.trim_end().rsplit_once(' ').expect("three words");
    let signature = BASE64_STANDARD.decode(signature).expect("base64");
    format!("{head} {}\n", BASE64_STANDARD.encode([&signature[..4], bytes].concat()))
}

#[test]
fn the_message_is_a_header_the_time_and_the_text_of_the_note() {
    let text = "erynoa.example/log\n20852163\nAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=\n";
    assert!(note().starts_with(&format!("{text}\n")));
    let line = line(TIME);
    let (head, signature) = line.trim_end().rsplit_once(' ').expect("three words");
    assert_eq!(head, "\u{2014} witness.example/w1");
    let bytes = BASE64_STANDARD.decode(signature).expect("base64");
    assert_eq!(bytes.len(), 4 + 8 + 64);
    let vkey = witness_verifier_key(WITNESS, &key().public_key());
    assert_eq!(vkey.split('+').nth(1), Some(hex::encode(&bytes[..4]).as_str()));
    assert_eq!(bytes[4..12], TIME.to_be_bytes());
    let signature = Signature::try_from(&bytes[12..]).expect("64 bytes");
    let message = format!("cosignature/v1\ntime 1679315147\n{text}");
    assert!(verify_signature(&key().public_key(), message.as_bytes(), &signature));
}

#[test]
fn of_several_cosignatures_the_latest_that_holds_counts() {
    let found = |note: &str| find_cosignature(note, WITNESS, &key().public_key());
    assert_eq!(found(&note()), None);
    let both = note() + &line(TIME) + &line(TIME + 9) + &line(TIME + 3);
    assert_eq!(found(&both), Some(Cosignature { time_s: TIME + 9, line: line(TIME + 9) }));
    // A later time over the signature of an earlier one does not hold.
    let signature = BASE64_STANDARD
        .decode(line(TIME).trim_end().rsplit_once(' ').expect("three words").1)
        .expect("base64");
    let later = forged(&[&(TIME + 99).to_be_bytes()[..], &signature[12..]].concat());
    assert_eq!(time(&(both + &later)), Some(TIME + 9));
}

#[test]
fn a_line_that_does_not_hold_makes_nothing_bad() {
    let good = note() + &line(TIME);
    for bytes in [vec![0; 72], vec![0xff; 72], vec![0; 64], vec![0; 71], vec![0; 73], vec![1]] {
        assert_eq!(time(&(good.clone() + &forged(&bytes))), Some(TIME), "{bytes:?}");
        assert_eq!(time(&(note() + &forged(&bytes))), None, "{bytes:?}");
    }
}

#[test]
fn times_go_to_the_greatest_signed_number() {
    for time_s in [0, 1, i64::MAX as u64] {
        assert_eq!(time(&(note() + &line(time_s))), Some(time_s));
    }
    // Signed in truth, but for a time that does not exist.
    let time_s = i64::MAX as u64 + 1;
    let text = note();
    let text = text.rsplit_once("\n\n").expect("a note").0;
    let signed = key().sign(format!("cosignature/v1\ntime {time_s}\n{text}\n").as_bytes());
    let beyond = forged(&[&time_s.to_be_bytes()[..], signed.as_bytes()].concat());
    assert_eq!(time(&(note() + &beyond)), None);
}

#[test]
fn a_cosignature_is_of_one_witness_and_one_checkpoint() {
    let good = note() + &line(TIME);
    assert_eq!(verify_cosignature(&good, "witness.example/w2", &key().public_key()), None);
    let other = SigningKey::from_seed([10; 32]).public_key();
    assert_eq!(verify_cosignature(&good, WITNESS, &other), None);
    assert_eq!(time(&good.replace("20852163", "20852164")), None);
    // The log's key under the same text is no witness.
    let log = SigningKey::from_seed([7; 32]).public_key();
    assert_eq!(verify_cosignature(&good, "erynoa.example/log", &log), None);
}

#[test]
fn only_checkpoints_are_cosigned() {
    for text in ["", "a note\n\n\u{2014} name AAAAAAA=\n", "o\n01\nx\n\n\u{2014} name AAAAAAA=\n"] {
        let refused = cosign(text, WITNESS, &key(), TIME);
        assert_eq!(refused, Err(CheckpointError::Malformed), "{text:?}");
        assert_eq!(time(text), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_cosignature_reads_back(
        origin in "[a-z0-9./:-]{1,40}",
        name in "[a-z0-9./:-]{1,40}",
        size: u64,
        root: [u8; 32],
        seed: [u8; 32],
        time_s in 0..=i64::MAX as u64,
    ) {
        let note = Checkpoint { origin, size, root }.sign(&SigningKey::from_seed([7; 32]));
        let key = SigningKey::from_seed(seed);
        let line = cosign(&note, &name, &key, time_s).expect("a checkpoint");
        let public = key.public_key();
        prop_assert_eq!(verify_cosignature(&(note + &line), &name, &public), Some(time_s));
    }

    #[test]
    fn a_cosignature_with_one_byte_changed_does_not_hold(
        at in any::<prop::sample::Index>(),
        byte: u8,
    ) {
        let good = note() + &line(TIME);
        let mut bytes = good.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let changed = String::from_utf8_lossy(&bytes);
        // The log's own line is not the witness's concern.
        let own = note();
        let text = own.rfind("\n\n").expect("a note") + 2;
        prop_assume!(changed != good && !(text..own.len()).contains(&at));
        prop_assert_eq!(time(&changed), None);
    }
}
