//! Checkpoints are C2SP signed notes (protocol §3).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use erynoa_events::{
    Checkpoint, CheckpointError, SigningKey, is_valid_origin, verifier_key, verify_signature,
};
use erynoa_kernel::{PublicKey, Signature};
use proptest::prelude::*;

const ORIGIN: &str = "erynoa.example/log";

fn key() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

fn checkpoint() -> Checkpoint {
    Checkpoint { origin: ORIGIN.into(), size: 20_852_163, root: [3; 32] }
}

fn read(note: &str) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::parse_and_verify(note, ORIGIN, &key().public_key())
}

#[test]
fn a_note_has_three_lines_an_empty_one_and_a_signature_line() {
    let note = checkpoint().sign(&key());
    let lines: Vec<_> = note.split('\n').collect();
    assert_eq!(
        &lines[..4],
        [ORIGIN, "20852163", "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=", ""]
    );
    assert!(lines[4].starts_with("\u{2014} erynoa.example/log "));
    assert_eq!(lines[5..], [""]);
}

/// The example in the documentation of Go's `golang.org/x/mod/sumdb/note`,
/// where the format comes from.
#[test]
fn key_id_and_signature_are_those_of_the_format_s_first_implementation() {
    let text = "If you think cryptography is the answer to your problem,\n\
                then you don't know what your problem is.\n";
    let signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpR\
                     Zb6KE6RyyBwJnAM=";
    let verifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let typed = BASE64_STANDARD.decode(verifier.rsplit('+').next().expect("a key"));
    let key = PublicKey::try_from(&typed.expect("base64")[1..]).expect("32 bytes");
    assert_eq!(verifier_key("PeterNeumann", &key), verifier);
    let signature = BASE64_STANDARD.decode(signature).expect("base64");
    assert_eq!(hex::encode(&signature[..4]), "c74f20a3");
    let signature = Signature::try_from(&signature[4..]).expect("64 bytes");
    assert!(verify_signature(&key, text.as_bytes(), &signature));
}

#[test]
fn extension_lines_and_signatures_of_others_are_passed_over() {
    let other = SigningKey::from_seed([8; 32]);
    let witnessed = {
        let line = Checkpoint { origin: "witness.example".into(), ..checkpoint() }.sign(&other);
        let line = line.rsplit_once("\n\n").expect("a note").1.to_owned();
        checkpoint().sign(&key()) + &line
    };
    assert_eq!(read(&witnessed), Ok(checkpoint()));
    // The same name with another key is somebody else too.
    let namesake = {
        let line = checkpoint().sign(&other);
        let line = line.rsplit_once("\n\n").expect("a note").1.to_owned();
        checkpoint().sign(&key()) + &line
    };
    assert_eq!(read(&namesake), Ok(checkpoint()));
    assert_eq!(read(&checkpoint().sign(&other)), Err(CheckpointError::Unsigned));
}

#[test]
fn the_checkpoint_of_another_log_is_refused() {
    let other = Checkpoint { origin: "other.example/log".into(), ..checkpoint() };
    let note = other.sign(&key());
    assert_eq!(read(&note), Err(CheckpointError::OtherOrigin));
}

#[test]
fn malformed_notes_are_refused() {
    let note = checkpoint().sign(&key());
    let (text, signature) = note.split_once("\n\n").expect("a note");
    let root = text.split('\n').nth(2).expect("three lines");
    for broken in [
        "",
        "\n\n",
        text,
        &format!("{text}\n\n"),
        &format!("{text}\n\n{signature}x"),
        &format!("{text}\n\n{}", signature.trim_end()),
        &format!("{text}\n{signature}"),
        &format!("{text}\n\n\n{signature}"),
        &format!("{ORIGIN}\n020852163\n{root}\n\n{signature}"),
        &format!("{ORIGIN}\n+20852163\n{root}\n\n{signature}"),
        &format!("{ORIGIN}\n18446744073709551616\n{root}\n\n{signature}"),
        &format!("{ORIGIN}\n20852163\n{}\n\n{signature}", root.trim_end_matches('=')),
        &format!("{ORIGIN}\n20852163\nAwMD\n\n{signature}"),
        &format!("{ORIGIN}\n20852163\n\n{signature}"),
        &format!("\n20852163\n{root}\n\n{signature}"),
        &note.replace('\n', "\r\n"),
        &note.replace('\u{2014}', "-"),
    ] {
        assert_eq!(read(broken), Err(CheckpointError::Malformed), "{broken:?}");
    }
}

#[test]
fn origins_have_no_spaces_and_no_plus() {
    for origin in ["erynoa.example/log", "localhost:3000", "信頼"] {
        assert!(is_valid_origin(origin), "{origin}");
    }
    for origin in ["", "a b", "a+b", "a\nb", "a\u{a0}b", &"o".repeat(256)] {
        assert!(!is_valid_origin(origin), "{origin:?}");
    }
    assert!(is_valid_origin(&"o".repeat(255)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_signed_checkpoint_reads_back(
        origin in "[a-z0-9./:-]{1,40}",
        size: u64,
        root: [u8; 32],
        seed: [u8; 32],
    ) {
        let key = SigningKey::from_seed(seed);
        let checkpoint = Checkpoint { origin: origin.clone(), size, root };
        let note = checkpoint.sign(&key);
        let read = Checkpoint::parse_and_verify(&note, &origin, &key.public_key());
        prop_assert_eq!(read, Ok(checkpoint));
    }

    #[test]
    fn a_note_with_one_byte_changed_is_refused(
        at in any::<prop::sample::Index>(),
        byte: u8,
    ) {
        let note = checkpoint().sign(&key());
        let mut bytes = note.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let changed = String::from_utf8_lossy(&bytes);
        prop_assume!(changed != note);
        prop_assert!(read(&changed).is_err());
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "\\PC*(\n\\PC*){0,6}\n?") {
        prop_assert!(read(&text).is_err());
    }
}
