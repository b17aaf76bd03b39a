//! Every broken link is named, and no byte can be changed unnoticed.

use std::collections::BTreeMap;

use erynoa_documents::{Outcome, Step, Verdict, code, verify};
use proptest::prelude::*;

use crate::cases::{cases, today, trusted, vectors};
use crate::town::Town;

#[test]
fn every_broken_link_is_refused_by_its_name() {
    let expected: BTreeMap<&str, &str> = BTreeMap::from([
        ("cut off", code::CERTIFICATE_MALFORMED),
        ("another kind of document", code::CERTIFICATE_MALFORMED),
        ("a field too many", code::CERTIFICATE_MALFORMED),
        ("evidence without end", code::CERTIFICATE_MALFORMED),
        ("history without end", code::CERTIFICATE_MALFORMED),
        ("a proof without end", code::CERTIFICATE_MALFORMED),
        ("a name changed, not signed again", code::CERTIFICATE_SIGNATURE_INVALID),
        ("a number changed, not signed again", code::CERTIFICATE_SIGNATURE_INVALID),
        ("issued by another log", code::CERTIFICATE_ISSUER_FOREIGN),
        ("another origin", code::CERTIFICATE_ISSUER_FOREIGN),
        ("another checkpoint named", code::CERTIFICATE_CHECKPOINT_INVALID),
        ("the checkpoint's size changed", code::CERTIFICATE_CHECKPOINT_INVALID),
        ("an event's signature turned", code::CERTIFICATE_EVENT_INVALID),
        ("an event's bytes turned", code::CERTIFICATE_EVENT_INVALID),
        ("a proof turned", code::CERTIFICATE_INCLUSION_INVALID),
        ("a position moved", code::CERTIFICATE_INCLUSION_INVALID),
        ("another epoch", code::CERTIFICATE_EPOCH_MISMATCH),
        ("another state root", code::CERTIFICATE_EPOCH_MISMATCH),
        ("no end of the epoch", code::CERTIFICATE_EPOCH_MISMATCH),
        ("a word against said to be for", code::CERTIFICATE_EVIDENCE_MISMATCH),
        ("other words", code::CERTIFICATE_EVIDENCE_MISMATCH),
        ("another subject", code::CERTIFICATE_EVIDENCE_MISMATCH),
        ("a value raised", code::CERTIFICATE_FOLD_MISMATCH),
        ("the norm raised", code::CERTIFICATE_FOLD_MISMATCH),
        ("a voice given", code::CERTIFICATE_FOLD_MISMATCH),
        ("the trust record turned", code::CERTIFICATE_FOLD_MISMATCH),
    ]);
    let town = Town::sample();
    let now = today(&town);
    let mut seen = 0;
    for case in cases(&town) {
        let found = verify(case.document.as_bytes(), Some(&trusted()), Some(&now));
        let broken = found.steps.iter().find_map(|(_, outcome)| match outcome {
            Outcome::Failed { code, .. } => Some(*code),
            _ => None,
        });
        assert_eq!(broken, expected.get(case.name).copied(), "{}: {:#?}", case.name, found.steps);
        seen += usize::from(broken.is_some());
    }
    assert_eq!(seen, expected.len());
}

#[test]
fn the_vectors_are_what_this_check_answers() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto/testdata/certificates.json");
    let kept = std::fs::read_to_string(path).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert!(
        kept == vectors(),
        "cargo run -p erynoa-documents --example certificates > proto/testdata/certificates.json"
    );
}

#[test]
fn a_certificate_without_a_trusted_log_says_what_is_missing() {
    let (_, signed) = Town::sample().certifies(1);
    let found = verify(&signed, None, None);
    let missing: Vec<(Step, &str)> = found
        .steps
        .iter()
        .filter_map(|(step, outcome)| match outcome {
            Outcome::NotPossible { code, .. } => Some((*step, *code)),
            _ => None,
        })
        .collect();
    assert_eq!(
        missing,
        [
            (Step::Issuer, code::CERTIFICATE_NEEDS_TRUST),
            (Step::Cosignatures, code::CERTIFICATE_NOT_COSIGNED),
            (Step::Log, code::CERTIFICATE_NEEDS_LOG),
            (Step::Current, code::CERTIFICATE_NEEDS_LOG),
        ]
    );
    assert_eq!(found.verdict(), Verdict::Unattributed, "anybody can make a log");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_byte_of_a_certificate_can_be_changed_unnoticed(at: prop::sample::Index, other: u8) {
        thread_local! {
            static SIGNED: Vec<u8> = Town::sample().certifies(1).1;
        }
        let mut document = SIGNED.with(Clone::clone);
        let at = at.index(document.len());
        prop_assume!(document[at] != other);
        document[at] = other;
        let found = verify(&document, Some(&trusted()), None);
        prop_assert_eq!(found.verdict(), Verdict::Refused, "byte {}", at);
    }
}
