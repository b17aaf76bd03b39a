//! Notes with many signatures, and the keys that sign them (C2SP `signed-note`).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use erynoa_events::{
    Checkpoint, CheckpointError, MAX_NOTE_BYTES, MAX_SIGNATURE_LINES, NoteKeyKind, SigningKey,
    VerifierKey, VerifierKeyError, cosign, merge_signatures, parse_verifier_key, verifier_key,
    verify_cosignature, witness_verifier_key,
};
use erynoa_kernel::PublicKey;
use proptest::prelude::*;

const ORIGIN: &str = "erynoa.example/log";

fn key(number: u8) -> SigningKey {
    SigningKey::from_seed([number; 32])
}

fn checkpoint() -> Checkpoint {
    Checkpoint { origin: ORIGIN.into(), size: 13, root: [3; 32] }
}

fn note() -> String {
    checkpoint().sign(&key(0))
}

/// The note with the lines of these witnesses at these times.
fn with(witnesses: &[(u8, u64)]) -> String {
    witnesses.iter().fold(note(), |sum, &(number, time)| {
        sum + &cosign(&note(), &name(number), &key(number), time).expect("a checkpoint")
    })
}

fn name(number: u8) -> String {
    format!("witness.example/{number}")
}

fn time(note: &str, number: u8) -> Option<u64> {
    verify_cosignature(note, &name(number), &key(number).public_key())
}

fn lines(note: &str) -> Vec<&str> {
    note.rsplit_once("\n\n").expect("a note").1.lines().collect()
}

fn is_good(note: &str) -> bool {
    Checkpoint::parse_and_verify(note, ORIGIN, &key(0).public_key()) == Ok(checkpoint())
}

#[test]
fn keys_of_logs_and_witnesses_have_a_text_form_that_reads_back() {
    let public = key(7).public_key();
    let log = parse_verifier_key(&verifier_key(ORIGIN, &public));
    let witness = parse_verifier_key(&witness_verifier_key(ORIGIN, &public));
    let with = |kind| VerifierKey { name: ORIGIN.into(), kind, key: public };
    assert_eq!(log, Ok(with(NoteKeyKind::Log)));
    assert_eq!(witness, Ok(with(NoteKeyKind::Witness)));
    // One key in two parts has two ids.
    let id = |text: String| text.split('+').nth(1).map(str::to_owned);
    assert_ne!(id(verifier_key(ORIGIN, &public)), id(witness_verifier_key(ORIGIN, &public)));
}

#[test]
fn the_key_of_the_format_s_first_implementation_is_read() {
    let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let read = parse_verifier_key(text).expect("a key");
    assert_eq!((read.name.as_str(), read.kind), ("PeterNeumann", NoteKeyKind::Log));
    assert_eq!(read.to_string(), text);
    assert_eq!(parse_verifier_key(&text.replace("c74f20a3", "C74F20A3")), Ok(read));
}

#[test]
fn texts_that_are_no_safe_key_are_refused() {
    use VerifierKeyError::{Malformed, OtherId, UnknownKind, WeakKey};
    let good = verifier_key(ORIGIN, &key(7).public_key());
    let (name, rest) = good.split_once('+').expect("three parts");
    let (id, typed) = rest.split_once('+').expect("three parts");
    let bytes = BASE64_STANDARD.decode(typed).expect("base64");
    let of_type = |kind: u8| BASE64_STANDARD.encode([&[kind], &bytes[1..]].concat());
    let small = PublicKey::from_bytes([0; 32]);
    for (text, error) in [
        (String::new(), Malformed),
        (format!("{name}+{id}"), Malformed),
        (format!("+{id}+{typed}"), Malformed),
        (format!("a b+{id}+{typed}"), Malformed),
        (format!("{name}+{}+{typed}", &id[1..]), Malformed),
        (format!("{name}+0x{}+{typed}", &id[2..]), Malformed),
        (format!("{name}+{id}+{typed}A"), Malformed),
        (format!("{name}+{id}+{}", BASE64_STANDARD.encode(&bytes[..32])), Malformed),
        (format!("{name}+{id}+"), Malformed),
        (format!("{name}+{id}+{}", of_type(2)), UnknownKind),
        (format!("{name}+{id}+{}", of_type(6)), UnknownKind),
        // The id of the key as another kind is another id.
        (format!("{name}+{id}+{}", of_type(4)), OtherId),
        (format!("{name}x+{id}+{typed}"), OtherId),
        (verifier_key(ORIGIN, &small), WeakKey),
        (witness_verifier_key(ORIGIN, &small), WeakKey),
    ] {
        assert_eq!(parse_verifier_key(&text), Err(error), "{text:?}");
    }
}

#[test]
fn merging_is_the_union_of_the_lines_in_order() {
    let merged = merge_signatures(&with(&[(1, 5), (2, 5)]), &with(&[(3, 5), (1, 5)]));
    assert_eq!(merged, Ok(with(&[(1, 5), (2, 5), (3, 5)])));
}

#[test]
fn of_one_witness_the_latest_cosignature_stays_in_its_place() {
    let (early, late) = (with(&[(1, 5), (2, 9)]), with(&[(2, 6), (1, 7)]));
    assert_eq!(merge_signatures(&early, &late), Ok(with(&[(1, 7), (2, 9)])));
    // Within one note too.
    assert_eq!(merge_signatures(&with(&[(1, 5), (1, 6), (1, 4)]), &note()), Ok(with(&[(1, 6)])));
}

#[test]
fn notes_of_different_texts_are_not_merged() {
    let other = Checkpoint { size: 14, ..checkpoint() }.sign(&key(0));
    assert_eq!(merge_signatures(&note(), &other), Err(CheckpointError::OtherText));
    for broken in ["", "\n\n", "text\n"] {
        assert_eq!(merge_signatures(&note(), broken), Err(CheckpointError::Malformed));
        assert_eq!(merge_signatures(broken, &note()), Err(CheckpointError::Malformed));
    }
}

#[test]
fn a_cosignature_under_the_log_s_name_does_not_drive_out_the_log_s_signature() {
    // A line with name and key id of the log, as long as a cosignature.
    let line = note();
    let line = lines(&line)[0];
    let (head, signature) = line.rsplit_once(' ').expect("three words");
    let bytes = BASE64_STANDARD.decode(signature).expect("base64");
    let forged = BASE64_STANDARD.encode([&bytes[..4], &[0xff; 72]].concat());
    let forged = format!("{head} {forged}\n");
    let text = note();
    let text = text.rsplit_once('\u{2014}').expect("a signature line").0;
    let merged = merge_signatures(&note(), &format!("{text}{forged}"));
    assert_eq!(merged, Ok(note()));
}

#[test]
fn a_note_has_at_most_64_signature_lines() {
    let crowd = |count: usize| {
        let all: Vec<_> = (1..).zip(0..).take(count - 1).map(|(n, t)| (n, t + 1)).collect();
        with(&all)
    };
    let full = crowd(MAX_SIGNATURE_LINES);
    assert!(is_good(&full));
    assert_eq!(lines(&full).len(), 64);
    let over = crowd(MAX_SIGNATURE_LINES + 1);
    assert!(!is_good(&over));
    assert_eq!(merge_signatures(&full, &over), Err(CheckpointError::Malformed));
    // What does not fit any more is left out; what is there stays.
    let merged = merge_signatures(&full, &with(&[(200, 9), (1, 90)])).expect("one text");
    assert_eq!(lines(&merged).len(), 64);
    assert_eq!((time(&merged, 200), time(&merged, 1)), (None, Some(90)));
}

#[test]
fn a_merged_note_is_at_most_64_kib() {
    // Post-quantum lines are long; 13 of them fill a note.
    let long = |number: u8| {
        let bytes = BASE64_STANDARD.encode(vec![number; 3_700]);
        format!("\u{2014} witness.example/{number} {bytes}\n")
    };
    let crowd = |range: std::ops::Range<u8>| range.map(long).fold(note(), |sum, line| sum + &line);
    let merged = merge_signatures(&crowd(0..8), &crowd(8..16)).expect("one text");
    assert!(merged.len() <= MAX_NOTE_BYTES);
    assert!(merged.len() + long(9).len() > MAX_NOTE_BYTES, "as many as fit");
    assert!(is_good(&merged));
    let small = merge_signatures(&merged, &with(&[(1, 5)])).expect("one text");
    assert_eq!(time(&small, 1), Some(5), "a shorter line still finds room");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn merging_keeps_the_greatest_time_of_everybody_and_is_idempotent(
        one in prop::collection::vec((1u8..9, 0u64..5), 0..9),
        two in prop::collection::vec((1u8..9, 0u64..5), 0..9),
    ) {
        let merged = merge_signatures(&with(&one), &with(&two)).expect("one text");
        prop_assert!(is_good(&merged));
        for number in 1..9 {
            let all = one.iter().chain(&two);
            let latest = all.filter(|(n, _)| *n == number).map(|(_, time)| *time).max();
            prop_assert_eq!(time(&merged, number), latest);
        }
        let ids: Vec<_> = lines(&merged).iter().map(|line| line.split(' ').nth(1)).collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        prop_assert_eq!(unique.len(), ids.len());
        for again in [with(&one), with(&two), merged.clone()] {
            prop_assert_eq!(merge_signatures(&merged, &again), Ok(merged.clone()));
        }
    }

    #[test]
    fn lines_of_strangers_never_make_a_good_note_bad(
        strangers in prop::collection::vec(
            ("[a-z.]{1,20}", prop::collection::vec(any::<u8>(), 5..120)), 0..20,
        ),
        at in any::<prop::sample::Index>(),
    ) {
        let good = with(&[(1, 5)]);
        let mut all: Vec<String> = lines(&good).iter().map(ToString::to_string).collect();
        for (name, bytes) in strangers {
            let line = format!("\u{2014} {name} {}", BASE64_STANDARD.encode(bytes));
            all.insert(at.index(all.len() + 1), line);
        }
        let text = good.rsplit_once("\n\n").expect("a note").0;
        let crowded = format!("{text}\n\n{}\n", all.join("\n"));
        prop_assert!(is_good(&crowded));
        prop_assert_eq!(time(&crowded, 1), Some(5));
        let merged = merge_signatures(&good, &crowded).expect("one text");
        prop_assert!(is_good(&merged));
        prop_assert_eq!(time(&merged, 1), Some(5));
    }

    #[test]
    fn any_texts_are_merged_or_refused_without_a_panic(
        one in "\\PC*(\n\\PC*){0,6}\n?",
        two in "\\PC*(\n\\PC*){0,6}\n?",
    ) {
        let _result = merge_signatures(&one, &two);
        let _result = merge_signatures(&note(), &two);
        prop_assert!(parse_verifier_key(&one).is_err());
    }
}
