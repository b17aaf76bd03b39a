//! What a certificate says and that it checks out.

use erynoa_documents::{
    Credential, DocumentError, EVIDENCE_MOST_BYTES, Head, ProvenEntry, Role, Step, Topic, Verdict,
    code, draft, fold, key_of, present, verify,
};
use erynoa_events::{Dimension, MAX_TEXT_BYTES, Polarity};
use erynoa_kernel::{Namespace, day_of};
use erynoa_trust::Context;
use proptest::prelude::*;

use crate::cases::trusted;
use crate::town::{LOG, Town, key, person};

#[test]
fn a_certificate_says_what_the_log_has_folded_and_every_link_holds() {
    let town = Town::sample();
    let (credential, signed) = town.certifies(1);
    let said = &credential.credential_subject;
    let vector = town.home.trust.trust(&town.home.root_realm(), &person(1));
    assert_eq!(said.name, "Bram Øster");
    assert_eq!(said.realm_name, "Hafenstadt");
    assert_eq!(said.norm_ppm, vector.norm_ppm(Context::Default));
    let shown: Vec<u32> = said.dimensions.iter().map(|value| value.trust_ppm).collect();
    assert_eq!(shown, vector.values_ppm());
    assert!(said.counts.evidence >= 3 && said.counts.against >= 1, "{:?}", said.counts);
    assert_eq!(said.top_evidence[0].comment, "Kam jedes Mal pünktlich.", "a founder's word first");
    let against = said.top_evidence.iter().find(|item| item.effect_ppm < 0).unwrap();
    assert_eq!((against.positive, against.comment.as_str()), (false, "Kept the change."));
    assert_eq!(said.history.last().unwrap().values_ppm.len(), 6);

    let now = present(&town.home, &town.head(), said);
    let found = verify(&signed, Some(&trusted()), Some(&now));
    assert_eq!(found.verdict(), Verdict::Genuine, "{:#?}", found.steps);
    let open: Vec<Step> = found
        .steps
        .iter()
        .filter(|(_, outcome)| *outcome != erynoa_documents::Outcome::Passed)
        .map(|(step, _)| *step)
        .collect();
    assert_eq!(open, [Step::Cosignatures], "only witnesses are missing");
}

#[test]
fn evidence_that_was_taken_back_makes_a_certificate_outdated_and_not_forged() {
    let mut town = Town::sample();
    let word = town.attests(0, 1, Dimension::Competence, Polarity::Positive, "Again.");
    town.passes_days(1);
    let (credential, signed) = town.certifies(1);
    town.revokes(0, word);
    town.passes_days(1);
    let now = present(&town.home, &town.head(), &credential.credential_subject);
    assert_eq!(now.gone, [word.to_string()]);
    let found = verify(&signed, Some(&trusted()), Some(&now));
    assert_eq!(found.verdict(), Verdict::Outdated);
}

#[test]
fn another_log_that_calls_itself_the_same_does_not_continue_it() {
    let town = Town::sample();
    let (credential, signed) = town.certifies(1);
    let mut forked = Town::found(&["Ada Hafen", "Bram Øster"]);
    for _ in 0..20 {
        forked.passes_days(1);
    }
    let now = present(&forked.home, &forked.head(), &credential.credential_subject);
    let found = verify(&signed, Some(&trusted()), Some(&now));
    let broken = found.outcome(Step::Log).unwrap();
    assert!(format!("{broken:?}").contains(code::CERTIFICATE_LOG_FORKED), "{broken:?}");
    assert_eq!(found.verdict(), Verdict::Refused);
}

#[test]
fn somebody_of_whom_nothing_is_known_has_a_certificate_of_the_prior() {
    let town = Town::found(&["Ada", "Bram"]);
    let (credential, signed) = town.certifies(1);
    assert_eq!(credential.credential_subject.dimensions[0].trust_ppm, 100_000);
    assert!(credential.credential_subject.top_evidence.is_empty());
    assert_eq!(verify(&signed, Some(&trusted()), None).verdict(), Verdict::Genuine);
}

#[test]
fn founders_and_everybody_else_of_a_town_check_out() {
    let town = Town::sample();
    for seed in 0..4 {
        let (credential, signed) = town.certifies(seed);
        let now = present(&town.home, &town.head(), &credential.credential_subject);
        let found = verify(&signed, Some(&trusted()), Some(&now));
        assert_eq!(found.verdict(), Verdict::Genuine, "{seed}: {:#?}", found.steps);
    }
}

#[test]
fn before_the_first_signed_epoch_there_is_nothing_to_certify() {
    let town = Town::found(&["Ada"]);
    let mut head = town.head();
    head.size = 1;
    let realm = town.home.root_realm();
    let topic = Topic { subject: person(0), realm, context: Context::Default };
    assert!(matches!(draft(&town.home, &head, topic), Err(DocumentError::TooEarly)));
}

#[test]
fn somebody_whom_no_checkpoint_covers_yet_has_no_certificate_yet() {
    let mut town = Town::found(&["Ada"]);
    let before = (town.home.log.size(), town.note.clone());
    town.is_born(5, Namespace::SelfHood, "Zoë");
    let root = town.home.log.tree().root_at(before.0).unwrap();
    let head = Head { size: before.0, root, witnessed: before.0, note: &before.1 };
    let realm = town.home.root_realm();
    let topic = Topic { subject: person(5), realm, context: Context::Default };
    assert!(matches!(draft(&town.home, &head, topic), Err(DocumentError::TooEarly)));
    town.close();
    assert_eq!(verify(&town.certifies(5).1, Some(&trusted()), None).verdict(), Verdict::Genuine);
}

#[test]
fn evidence_that_does_not_fit_any_more_is_left_out_and_the_rest_checks_out() {
    let names: Vec<String> = (0..14).map(|number| format!("Person {number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let long = "w".repeat(MAX_TEXT_BYTES);
    let kept = |comments: &dyn Fn(u8) -> &'static str| {
        let mut town = Town::found(&names);
        for by in 2..14 {
            town.attests(0, by, Dimension::Integrity, Polarity::Positive, "Has a voice.");
        }
        town.passes_days(1);
        for by in 2..14 {
            let comment = comments(by);
            let comment = if comment.is_empty() { long.as_str() } else { comment };
            town.attests(by, 1, Dimension::Reliability, Polarity::Positive, comment);
        }
        town.passes_days(1);
        let (credential, signed) = town.certifies(1);
        let found = verify(&signed, Some(&trusted()), None);
        assert_eq!(found.verdict(), Verdict::Genuine, "{:#?}", found.steps);
        assert_eq!(credential.credential_subject.counts.evidence, 12, "what counts is all said");
        let entries = &credential.evidence[0].entries;
        let bytes = |entry: &ProvenEntry| entry.entry.len() / 4 * 3;
        let evidence = entries.iter().filter(|entry| entry.role == Role::Evidence);
        assert!(evidence.map(bytes).sum::<usize>() <= EVIDENCE_MOST_BYTES + 2 * 12);
        credential.credential_subject.top_evidence.len()
    };
    assert_eq!(kept(&|_| ""), 11, "twelve of the longest words are one too many");
    assert_eq!(kept(&|by| if by == 5 { "Short." } else { "" }), 12);
}

#[test]
fn a_certificate_is_read_back_as_it_was_written() {
    let (credential, signed) = Town::sample().certifies(1);
    let read = Credential::read(&signed).unwrap();
    assert_eq!(read.credential, credential);
    assert_eq!(read.canonical, signed, "what is issued is canonical");
    assert_eq!(key_of(&credential.issuer.id), Some(key(LOG).public_key()));
    let spaced =
        serde_json::to_vec_pretty(&serde_json::from_slice::<serde_json::Value>(&signed).unwrap());
    let spaced = Credential::read(&spaced.unwrap()).unwrap();
    assert!(spaced.is_signed(), "white space between values is no part of what was signed");
}

#[test]
fn the_fold_of_a_record_is_the_fold_of_the_log() {
    let town = Town::sample();
    let root = town.home.root_realm();
    for seed in 0..4 {
        let record = town.home.trust.record_bytes(&root, &person(seed));
        let folded = fold(&record, day_of(town.home.trust.closed_at_us())).unwrap();
        let vector = town.home.trust.trust(&root, &person(seed));
        assert_eq!(folded.values, vector.values);
        assert_eq!(folded.standing, vector.standing);
        assert_eq!(folded.founder, vector.founder);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_bytes_make_the_check_fail_otherwise_than_by_a_step(bytes: Vec<u8>, pdf: bool) {
        let bytes = if pdf { [b"%PDF-1.7 ", &bytes[..]].concat() } else { bytes };
        let found = verify(&bytes, Some(&trusted()), None);
        prop_assert_eq!(found.verdict(), Verdict::Refused);
        prop_assert_eq!(found.steps[0].0, Step::Document);
    }

    #[test]
    fn no_record_makes_the_fold_fail_otherwise_than_by_saying_so(bytes: Vec<u8>, day: u64) {
        if let Some(folded) = fold(&bytes, day) {
            prop_assert!(folded.values.iter().all(|value| value.trust_ppm <= 1_000_000));
        }
    }
}
