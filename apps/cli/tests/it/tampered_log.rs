//! `log verify` on an honest log, and on every way to spoil one: the first bad
//! entry is named by its position.

use std::fs;
use std::path::Path;

use erynoa_events::{Body, Polarity, decode_event};
use erynoa_kernel::{Coordinate, EventId, IdentityId, Namespace, RealmId};
use serde_json::Value;

use crate::generated_log::{Author, GeneratedLog, ORIGIN, attestation};
use crate::outcome;

fn verify(folder: &Path, more: &[&str]) -> (i32, String, String) {
    let mut line = vec!["log", "verify", folder.to_str().unwrap()];
    line.extend_from_slice(more);
    outcome(&line)
}

/// Spoils a log, has its own key sign a checkpoint over what came out, and
/// expects the named entry and code.
#[track_caller]
fn expect_fault(position: usize, code: &str, spoil: impl FnOnce(&mut GeneratedLog)) {
    let mut log = GeneratedLog::new(3);
    spoil(&mut log);
    let folder = tempfile::tempdir().unwrap();
    log.write(folder.path());
    let (exit, stdout, stderr) = verify(folder.path(), &[]);
    assert_eq!(exit, 1, "{stdout}{stderr}");
    let expected = format!("entry {position}: {code}");
    assert!(stderr.contains(&expected), "expected {expected:?} in {stderr:?}");
}

/// Position of the first event of a person after the founding: entries are the
/// log, five people, the realm, the first epoch_closed, then attestations.
const FIRST: usize = 8;

/// The place behind the last entry of a log of three days.
const END: usize = FIRST + 3 * 7;

/// Appends one event of person 1 that a change has made wrong.
fn append_bad(log: &mut GeneratedLog, change: impl FnOnce(&mut erynoa_events::Event)) {
    let body = attestation(log.people[3].identity, Polarity::Positive, "bad");
    let mut event = log.people[1].draft(log.realm, log.now_us, body);
    change(&mut event);
    let key = Author::new(Namespace::SelfHood, 2).key;
    log.forge(&event, &key);
}

#[test]
fn an_honest_log_verifies_and_its_state_root_is_printed() {
    // More than 256 entries, so that there are full and partial tiles.
    let log = GeneratedLog::new(40);
    assert!(log.entries.len() > 256);
    let folder = tempfile::tempdir().unwrap();
    log.write(folder.path());
    let (code, stdout, stderr) =
        verify(folder.path(), &["--origin", ORIGIN, "--log-key", &log.log_key(), "--json"]);
    assert_eq!(code, 0, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["entries"], log.entries.len());
    assert_eq!(document["state_root"], log.state_root());
    assert_eq!(document["epochs"], 41);
    assert_eq!(document["log_key"], log.log_key());
    assert_eq!(document["kinds"]["attestation"], 240);
    let (code, stdout, _) = verify(folder.path(), &[]);
    assert_eq!(code, 0);
    assert!(stdout.contains(&log.state_root()) && stdout.contains("everything holds"), "{stdout}");
}

#[test]
fn a_log_of_another_key_or_origin_is_not_taken_for_the_expected_one() {
    let folder = tempfile::tempdir().unwrap();
    let log = GeneratedLog::new(1);
    log.write(folder.path());
    let other = Author::new(Namespace::Craft, 9).key.public_key().to_string();
    let (code, _, stderr) = verify(folder.path(), &["--log-key", &other]);
    assert_eq!(code, 1);
    assert!(stderr.contains("entry 0: "), "{stderr}");
    let (code, _, stderr) = verify(folder.path(), &["--origin", "somewhere.else"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("checkpoint: "), "{stderr}");
}

#[test]
fn a_flipped_bit_of_a_signature_is_found() {
    expect_fault(FIRST + 4, "EVENT_SIGNATURE_INVALID", |log| {
        log.spoil(FIRST + 4, |signed| {
            let mut signature = signed.signature.to_vec();
            signature[0] ^= 1;
            signed.signature = signature.into();
        });
    });
}

#[test]
fn a_changed_word_is_found() {
    expect_fault(FIRST + 1, "EVENT_SIGNATURE_INVALID", |log| {
        log.spoil(FIRST + 1, |signed| {
            let mut event = signed.event.to_vec();
            let place = event.windows(5).position(|w| w == b"day 0").unwrap();
            event[place + 4] = b'9';
            signed.event = event.into();
        });
    });
}

#[test]
fn bytes_that_are_not_canonical_are_found() {
    expect_fault(FIRST + 2, "EVENT_NOT_CANONICAL", |log| {
        let mut entry = log.entries[FIRST + 2].to_vec();
        entry.extend_from_slice(&[0x78, 1]);
        log.entries[FIRST + 2] = entry.into();
    });
}

#[test]
fn an_event_of_a_strangers_key_is_found() {
    expect_fault(END, "EVENT_KEY_UNKNOWN", |log| {
        let body = attestation(log.people[3].identity, Polarity::Positive, "not me");
        let event = log.people[1].draft(log.realm, log.now_us, body);
        log.forge(&event, &Author::new(Namespace::SelfHood, 77).key);
    });
}

#[test]
fn a_removed_entry_is_found_where_its_successor_misses_it() {
    // Person 0 attests twice a day: without the first, the second has no prev.
    expect_fault(FIRST, "EVENT_PREV_UNKNOWN", |log| {
        log.entries.remove(FIRST);
    });
}

#[test]
fn a_removed_last_event_is_found_by_the_epoch_that_counted_it() {
    expect_fault(END - 2, "", |log| {
        log.entries.remove(END - 2);
    });
}

#[test]
fn swapped_entries_are_found() {
    expect_fault(FIRST, "EVENT_PREV_UNKNOWN", |log| {
        log.entries.swap(FIRST, FIRST + 1);
    });
}

#[test]
fn a_repeated_entry_is_found() {
    expect_fault(FIRST + 3, "ENTRY_REPEATED", |log| {
        let entry = log.entries[FIRST + 2].clone();
        log.entries.insert(FIRST + 3, entry);
    });
}

#[test]
fn a_second_event_on_the_same_prev_is_found() {
    expect_fault(END, "EVENT_PREV_STALE", |log| {
        let (stale, coordinate) = {
            let signed = &log.entries[FIRST + 2];
            let event = erynoa_events::verify(signed.clone()).unwrap();
            assert_eq!(event.event().author, log.people[1].identity);
            (event.id(), event.event().coordinate)
        };
        append_bad(log, |event| {
            event.prev = Some(stale);
            event.coordinate = Coordinate::next(event.coordinate.wall_us, [coordinate]);
        });
    });
}

#[test]
fn an_unknown_parent_is_found() {
    expect_fault(END, "EVENT_PARENT_UNKNOWN", |log| {
        append_bad(log, |event| event.parents = vec![EventId::of(b"nothing")]);
    });
}

#[test]
fn a_coordinate_in_the_past_is_found() {
    expect_fault(END, "EVENT_COORDINATE_NOT_AFTER", |log| {
        append_bad(log, |event| event.coordinate = Coordinate { wall_us: 1, counter: 0 });
    });
}

#[test]
fn a_subject_or_realm_that_the_log_does_not_know_is_found() {
    expect_fault(END, "IDENTITY_UNKNOWN", |log| {
        let nobody = IdentityId::of(
            Namespace::SelfHood,
            &Author::new(Namespace::SelfHood, 66).key.public_key(),
        );
        append_bad(log, |event| {
            event.body = attestation(nobody, Polarity::Positive, "");
        });
    });
    expect_fault(END, "REALM_UNKNOWN", |log| {
        let nowhere = RealmId::root_of(&Author::new(Namespace::SelfHood, 66).key.public_key());
        append_bad(log, |event| event.realm = nowhere);
    });
}

#[test]
fn an_identity_that_is_created_twice_is_found() {
    expect_fault(END, "IDENTITY_EXISTS", |log| {
        let first = erynoa_events::verify(log.entries[1].clone()).unwrap();
        let mut event = first.event().clone();
        event.coordinate.wall_us = log.now_us;
        log.forge(&event, &Author::new(Namespace::SelfHood, 1).key);
    });
}

#[test]
fn an_epoch_that_somebody_else_closes_is_found() {
    expect_fault(END, "EVENT_KEY_PURPOSE", |log| {
        let closed = log.epoch_closed();
        append_bad(log, |event| {
            event.realm = RealmId::NULL;
            event.body = Body::EpochClosed(closed);
        });
    });
}

/// Replaces the last epoch_closed by one that a change has made wrong, signed
/// by the log itself.
fn reclose(log: &mut GeneratedLog, change: impl FnOnce(&mut erynoa_events::EpochClosed)) {
    let last = log.entries.pop().unwrap();
    let mut event = erynoa_events::verify(last).unwrap().event().clone();
    let Body::EpochClosed(closed) = &mut event.body else {
        panic!("the last entry closes an epoch");
    };
    change(closed);
    let key = Author::new(Namespace::Craft, 100).key;
    log.forge(&event, &key);
}

#[test]
fn a_state_root_that_does_not_follow_is_found() {
    expect_fault(END - 1, "STATE_ROOT", |log| {
        reclose(log, |closed| closed.state_root[31] ^= 1);
    });
}

#[test]
fn other_constants_are_found() {
    expect_fault(END - 1, "PARAMETERS_HASH", |log| {
        reclose(log, |closed| closed.parameters_hash[0] ^= 1);
    });
}

#[test]
fn an_epoch_with_a_wrong_number_size_or_time_is_found() {
    expect_fault(END - 1, "", |log| reclose(log, |closed| closed.epoch += 1));
    expect_fault(END - 1, "", |log| reclose(log, |closed| closed.size -= 1));
    expect_fault(END - 1, "", |log| {
        reclose(log, |closed| closed.closed_at_us = 1);
    });
}

#[test]
fn an_epoch_that_closes_on_another_day_than_it_says_is_found_by_its_state_root() {
    // Records hold the day of the epoch, so another day gives another root.
    expect_fault(END - 1, "STATE_ROOT", |log| {
        reclose(log, |closed| {
            closed.closed_at_us += 180 * erynoa_kernel::DAY_US;
        });
    });
}

fn spoil_file(path: &str, change: impl FnOnce(&mut Vec<u8>)) -> (i32, String) {
    let log = GeneratedLog::new(40);
    let folder = tempfile::tempdir().unwrap();
    log.write(folder.path());
    let path = folder.path().join(path);
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(&path, bytes).unwrap();
    let (code, _, stderr) = verify(folder.path(), &[]);
    (code, stderr)
}

#[test]
fn a_cut_bundle_is_found_at_its_first_missing_entry() {
    let (code, stderr) = spoil_file("tile/entries/000", |bytes| {
        bytes.pop();
    });
    assert_eq!(code, 1);
    assert!(stderr.contains("entry 255: BUNDLE"), "{stderr}");
}

#[test]
fn a_wrong_hash_tile_is_found_by_its_path() {
    let (code, stderr) = spoil_file("tile/0/000", |bytes| bytes[40] ^= 1);
    assert_eq!(code, 1);
    assert!(stderr.contains("tile/0/000: TILE"), "{stderr}");
    let (code, stderr) = spoil_file("tile/1/000.p/1", |bytes| {
        bytes.truncate(31);
    });
    assert_eq!(code, 1);
    assert!(stderr.contains("tile/1/000.p/1: TILE"), "{stderr}");
}

#[test]
fn a_checkpoint_that_was_not_signed_like_this_is_found() {
    for line in [0, 2] {
        let (code, stderr) = spoil_file("checkpoint", |bytes| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
            let first = if lines[line].starts_with('A') { "B" } else { "A" };
            lines[line].replace_range(..1, first);
            *bytes = lines.join("\n").into_bytes();
        });
        assert_eq!(code, 1);
        assert!(stderr.contains("checkpoint: "), "{stderr}");
    }
}

#[test]
fn a_signed_root_of_other_entries_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let honest = GeneratedLog::new(2);
    honest.write(folder.path());
    // The log's key signs another tree of the same size: the last entry differs.
    let mut other = GeneratedLog::new(2);
    let last = other.entries.len() - 1;
    other.entries[last] = other.entries[0].clone();
    fs::write(folder.path().join("checkpoint"), other.note()).unwrap();
    let (code, _, stderr) = verify(folder.path(), &[]);
    assert_eq!(code, 1);
    assert!(stderr.contains("is not the root of the log"), "{stderr}");
}

#[test]
fn a_missing_tile_is_named() {
    let folder = tempfile::tempdir().unwrap();
    GeneratedLog::new(40).write(folder.path());
    fs::remove_file(folder.path().join("tile/entries/000")).unwrap();
    let (code, _, stderr) = verify(folder.path(), &[]);
    assert_eq!(code, 1);
    assert!(stderr.contains("tile/entries/000"), "{stderr}");
}

#[test]
fn the_generated_log_is_what_the_cases_take_it_for() {
    let log = GeneratedLog::new(3);
    assert_eq!(log.entries.len(), END);
    let kind = |position: usize| {
        let event = erynoa_events::verify(log.entries[position].clone()).unwrap();
        assert!(decode_event(&erynoa_events::encode_event(event.event())).is_ok());
        event.event().body.kind().name()
    };
    assert_eq!(kind(FIRST - 1), "epoch_closed");
    assert_eq!(kind(FIRST), "attestation");
    assert_eq!(kind(END - 1), "epoch_closed");
}
