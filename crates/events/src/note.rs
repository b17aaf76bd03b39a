//! C2SP `signed-note`: text, an empty line, and signature lines of any number
//! of keys (protocol §3).

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use erynoa_kernel::PublicKey;
use sha2::{Digest, Sha256};

use crate::checkpoint::CheckpointError;
use crate::sign::is_small_order;

/// Most bytes of a note; a checkpoint with its own signature has a few hundred.
pub const MAX_NOTE_BYTES: usize = 65_536;
/// Most signature lines of a note. C2SP asks for at least 16.
pub const MAX_SIGNATURE_LINES: usize = 64;

/// What a signature line begins with: an em dash and a space.
const SIGNATURE_LINE: &str = "\u{2014} ";
/// Bytes of a timestamped signature: seconds, then Ed25519.
const TIMESTAMPED_BYTES: usize = 8 + 64;

/// What a key signs in a note; the type byte of C2SP `signed-note`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteKeyKind {
    /// Type 0x01: Ed25519 over the text. The key of a log.
    Log,
    /// Type 0x04: Ed25519 over the text and a time, C2SP `tlog-cosignature`.
    /// The key of a witness.
    Witness,
}

impl NoteKeyKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Witness => 4,
        }
    }
}

/// Whose signature is looked for in a note. Its text form, for
/// transparency-log tools, is `<name>+<key id>+<base64 of type ‖ key>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    /// Name of the key: of a log, its origin. See [`crate::is_valid_origin`].
    pub name: String,
    /// What it signs.
    pub kind: NoteKeyKind,
    /// Ed25519.
    pub key: PublicKey,
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(key_id(&self.name, self.kind, &self.key));
        let mut typed = vec![self.kind.byte()];
        typed.extend(self.key.as_bytes());
        write!(f, "{}+{id:08x}+{}", self.name, BASE64_STANDARD.encode(typed))
    }
}

/// Why a text is no verifier key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifierKeyError {
    /// Not of the form.
    #[error("a verifier key is <name>+<8 hex digits>+<base64 of the type and the key>")]
    Malformed,
    /// Neither a log's nor a witness's Ed25519 key.
    #[error("only Ed25519 keys are known: type 1 of logs and type 4 of witnesses")]
    UnknownKind,
    /// The id in the middle is that of another name or key.
    #[error("the key id does not belong to this name and key")]
    OtherId,
    /// A key under which anybody can sign, or no key.
    #[error("the key is no safe Ed25519 key")]
    WeakKey,
}

/// The text form of a log's key: [`VerifierKey`] of type 0x01.
#[must_use]
pub fn verifier_key(origin: &str, key: &PublicKey) -> String {
    VerifierKey { name: origin.to_owned(), kind: NoteKeyKind::Log, key: *key }.to_string()
}

/// The text form of a witness's key: [`VerifierKey`] of type 0x04.
#[must_use]
pub fn witness_verifier_key(name: &str, key: &PublicKey) -> String {
    VerifierKey { name: name.to_owned(), kind: NoteKeyKind::Witness, key: *key }.to_string()
}

/// Reads the text form of a log's or a witness's key.
///
/// # Errors
/// See [`VerifierKeyError`].
pub fn parse_verifier_key(text: &str) -> Result<VerifierKey, VerifierKeyError> {
    use VerifierKeyError::{Malformed, OtherId, UnknownKind, WeakKey};
    // Base64 has plus signs too, names and ids have none.
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(typed)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Malformed);
    };
    if !is_valid_name(name) || id.len() != 8 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Malformed);
    }
    let typed = BASE64_STANDARD.decode(typed).map_err(|_| Malformed)?;
    let (kind, key) = typed.split_first().ok_or(Malformed)?;
    let kind = match kind {
        1 => NoteKeyKind::Log,
        4 => NoteKeyKind::Witness,
        _ => return Err(UnknownKind),
    };
    let key = PublicKey::try_from(key).map_err(|_| Malformed)?;
    if is_small_order(&key) {
        return Err(WeakKey);
    }
    if !id.eq_ignore_ascii_case(&hex_of(key_id(name, kind, &key))) {
        return Err(OtherId);
    }
    Ok(VerifierKey { name: name.to_owned(), kind, key })
}

fn hex_of(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

/// Whether this can name a key: 1 to 255 bytes without spaces, control
/// characters and `+`.
pub(crate) fn is_valid_name(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// First four bytes of SHA-256(name ‖ newline ‖ type ‖ key).
pub(crate) fn key_id(name: &str, kind: NoteKeyKind, key: &PublicKey) -> [u8; 4] {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', kind.byte()])
        .chain_update(key.as_bytes())
        .finalize()
        .into();
    [digest[0], digest[1], digest[2], digest[3]]
}

/// A signature line with its newline.
pub(crate) fn signature_line(name: &str, id: [u8; 4], signature: &[u8]) -> String {
    let bytes = BASE64_STANDARD.encode([&id, signature].concat());
    format!("{SIGNATURE_LINE}{name} {bytes}\n")
}

/// A note taken apart; nothing in it is verified.
#[derive(Clone, Debug)]
pub(crate) struct Note<'a> {
    /// What is signed, with its last newline.
    pub(crate) text: &'a str,
    /// One to [`MAX_SIGNATURE_LINES`].
    pub(crate) lines: Vec<SignatureLine<'a>>,
}

/// One signature of a note.
#[derive(Clone, Debug)]
pub(crate) struct SignatureLine<'a> {
    /// All of it, without its newline.
    pub(crate) line: &'a str,
    /// Who claims to have signed.
    pub(crate) name: &'a str,
    /// Of name, type and key.
    pub(crate) id: [u8; 4],
    /// At least one byte.
    pub(crate) signature: Vec<u8>,
}

impl SignatureLine<'_> {
    /// Whether name and id are those of this key.
    pub(crate) fn claims(&self, name: &str, kind: NoteKeyKind, key: &PublicKey) -> bool {
        self.name == name && self.id == key_id(name, kind, key)
    }

    /// Seconds and signature when it has the length of a cosignature.
    pub(crate) fn timestamped(&self) -> Option<(u64, [u8; 64])> {
        if self.signature.len() != TIMESTAMPED_BYTES {
            return None;
        }
        let (time, signature) = self.signature.split_first_chunk::<8>()?;
        Some((u64::from_be_bytes(*time), signature.try_into().ok()?))
    }

    fn is_same_key(&self, other: &Self) -> bool {
        self.name == other.name && self.id == other.id
    }

    /// Whether this is a later cosignature than `other`. One of another form
    /// never is, so that it cannot drive out a log's signature.
    fn is_later_than(&self, other: &Self) -> bool {
        match (self.timestamped(), other.timestamped()) {
            (Some((mine, _)), Some((others, _))) => mine > others,
            _ => false,
        }
    }
}

impl<'a> Note<'a> {
    /// Takes a note apart; `None` when it is none, or larger than the bounds.
    pub(crate) fn parse(note: &'a str) -> Option<Self> {
        let control = |c: char| c.is_control() && c != '\n';
        if note.len() > MAX_NOTE_BYTES || note.chars().any(control) {
            return None;
        }
        // The last empty line ends the text.
        let split = note.rfind("\n\n")? + 1;
        let (text, signatures) = (&note[..split], &note[split + 1..]);
        let mut lines = Vec::new();
        for line in signatures.strip_suffix('\n')?.split('\n') {
            if lines.len() == MAX_SIGNATURE_LINES {
                return None;
            }
            let (name, signature) = line.strip_prefix(SIGNATURE_LINE)?.split_once(' ')?;
            let bytes = BASE64_STANDARD.decode(signature).ok()?;
            let (id, signature) = bytes.split_first_chunk::<4>()?;
            if !is_valid_name(name) || signature.is_empty() {
                return None;
            }
            lines.push(SignatureLine { line, name, id: *id, signature: signature.to_vec() });
        }
        Some(Self { text, lines })
    }
}

/// One note with the signature lines of two notes of the same text: those of
/// `first` in their order, then those that `second` adds, as many as fit
/// [`MAX_SIGNATURE_LINES`] and [`MAX_NOTE_BYTES`]. Of one name and key id one
/// line stays: the first, or the cosignature with the greatest time.
///
/// Signatures are not verified here. Merge only lines that are, with
/// [`crate::find_cosignature`], or a forged time drives out a genuine line.
///
/// # Errors
/// `Malformed` when one is no note; `OtherText` when they say different things.
pub fn merge_signatures(first: &str, second: &str) -> Result<String, CheckpointError> {
    let one = Note::parse(first).ok_or(CheckpointError::Malformed)?;
    let two = Note::parse(second).ok_or(CheckpointError::Malformed)?;
    if one.text != two.text {
        return Err(CheckpointError::OtherText);
    }
    let mut lines: Vec<&SignatureLine<'_>> = Vec::new();
    // The note so far: its text, the empty line, its lines.
    let mut bytes = one.text.len() + 1;
    for line in one.lines.iter().chain(&two.lines) {
        if let Some(kept) = lines.iter_mut().find(|kept| kept.is_same_key(line)) {
            // Cosignatures of one key have one length: the bounds still hold.
            if line.is_later_than(kept) {
                *kept = line;
            }
        } else if lines.len() < MAX_SIGNATURE_LINES && bytes + line.line.len() < MAX_NOTE_BYTES {
            bytes += line.line.len() + 1;
            lines.push(line);
        }
    }
    let mut note = String::with_capacity(bytes);
    note.push_str(one.text);
    note.push('\n');
    for line in lines {
        note.push_str(line.line);
        note.push('\n');
    }
    Ok(note)
}
