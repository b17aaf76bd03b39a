//! C2SP `tlog-cosignature`, version 1: a witness's word that, at a time, the
//! largest consistent head that it knew of a log was this one (protocol §3).

use erynoa_kernel::{PublicKey, Signature};

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::note::{Note, NoteKeyKind, is_valid_name, key_id, signature_line};
use crate::sign::{SigningKey, verify_signature};

/// First line of what a witness signs.
const HEADER: &str = "cosignature/v1";
/// Greatest time of a cosignature, seconds.
const MAX_TIME_S: u64 = i64::MAX as u64;

/// A cosignature that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// When it was made, as the witness says: seconds since the Unix epoch, at
    /// most 2⁶³ − 1. Whether that lies in the future is for the caller to judge.
    pub time_s: u64,
    /// Its line in the note, with its newline.
    pub line: String,
}

/// `cosignature/v1` ‖ newline ‖ `time` seconds ‖ newline ‖ text of the note.
fn message(text: &str, time_s: u64) -> String {
    format!("{HEADER}\ntime {time_s}\n{text}")
}

/// The line, with its newline, by which the witness `name` cosigns a checkpoint
/// at a time in seconds. Whether it may do so is for the caller to know: a
/// witness has verified the log's signature and that the head continues the
/// last one.
///
/// # Errors
/// `Malformed` when the note is no checkpoint.
///
/// # Panics
/// When `name` cannot name a key, see [`crate::is_valid_origin`], or the time
/// is beyond 2⁶³ − 1.
pub fn cosign(
    note: &str,
    name: &str,
    key: &SigningKey,
    time_s: u64,
) -> Result<String, CheckpointError> {
    assert!(is_valid_name(name), "a witness's name has no spaces and no plus sign");
    assert!(time_s <= MAX_TIME_S, "a time of seconds since 1970");
    let note = Note::parse(note).ok_or(CheckpointError::Malformed)?;
    Checkpoint::parse(note.text).ok_or(CheckpointError::Malformed)?;
    let signed = key.sign(message(note.text, time_s).as_bytes());
    let id = key_id(name, NoteKeyKind::Witness, &key.public_key());
    let timestamped = [&time_s.to_be_bytes()[..], signed.as_bytes()].concat();
    Ok(signature_line(name, id, &timestamped))
}

/// The cosignature of the witness `name` with the greatest time among those in
/// the note that hold. Lines of others and lines that do not hold are passed
/// over: nobody can make a good note bad by adding to it.
#[must_use]
pub fn find_cosignature(note: &str, name: &str, key: &PublicKey) -> Option<Cosignature> {
    let note = Note::parse(note)?;
    Checkpoint::parse(note.text)?;
    let mut claims: Vec<_> = note
        .lines
        .iter()
        .filter(|line| line.claims(name, NoteKeyKind::Witness, key))
        .filter_map(|line| line.timestamped().map(|(time_s, signature)| (time_s, signature, line)))
        .filter(|(time_s, ..)| *time_s <= MAX_TIME_S)
        .collect();
    claims.sort_by_key(|(time_s, ..)| std::cmp::Reverse(*time_s));
    let (time_s, _, line) = claims.into_iter().find(|(time_s, signature, _)| {
        let message = message(note.text, *time_s);
        verify_signature(key, message.as_bytes(), &Signature::from_bytes(*signature))
    })?;
    Some(Cosignature { time_s, line: format!("{}\n", line.line) })
}

/// What the key of a witness has signed of this head, when it is the head of a
/// note without extensions: time and signature suffice then, since everybody who
/// has the head can write the note.
#[must_use]
pub fn cosignature_holds(
    head: &Checkpoint,
    key: &PublicKey,
    time_s: u64,
    signature: &Signature,
) -> bool {
    time_s <= MAX_TIME_S
        && verify_signature(key, message(&head.text(), time_s).as_bytes(), signature)
}

/// Time and signature of the witness `name` in a note of this head that has no
/// extensions, and the line that they make: see [`cosignature_line`].
#[must_use]
pub fn bare_cosignature(
    note: &str,
    head: &Checkpoint,
    name: &str,
    key: &PublicKey,
) -> Option<(u64, Signature)> {
    let found = find_cosignature(note, name, key)?;
    let parsed = Note::parse(note)?;
    let line = parsed.lines.iter().find(|line| Some(line.line) == found.line.strip_suffix('\n'))?;
    let (time_s, signature) = line.timestamped()?;
    (parsed.text == head.text()).then(|| (time_s, Signature::from_bytes(signature)))
}

/// The line, with its newline, that says in a note what `signature` says.
///
/// # Panics
/// When `name` cannot name a key, see [`crate::is_valid_origin`].
#[must_use]
pub fn cosignature_line(name: &str, key: &PublicKey, time_s: u64, signature: &Signature) -> String {
    assert!(is_valid_name(name), "a witness's name has no spaces and no plus sign");
    let id = key_id(name, NoteKeyKind::Witness, key);
    signature_line(name, id, &[&time_s.to_be_bytes()[..], signature.as_bytes()].concat())
}

/// When the witness `name` has cosigned this note, seconds: the greatest time
/// of [`find_cosignature`].
#[must_use]
pub fn verify_cosignature(note: &str, name: &str, key: &PublicKey) -> Option<u64> {
    find_cosignature(note, name, key).map(|found| found.time_s)
}
