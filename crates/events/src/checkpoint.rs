//! Signed tree heads: C2SP `tlog-checkpoint` in a C2SP `signed-note`
//! (protocol §3).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use erynoa_kernel::{PublicKey, Signature};

use crate::note::{Note, NoteKeyKind, is_valid_name, key_id, signature_line};
use crate::sign::{SigningKey, verify_signature};

/// The head of a log's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the log; also the name of its key. See [`is_valid_origin`].
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// RFC 6962 root of that many entries.
    pub root: [u8; 32],
}

/// Why a note is no checkpoint of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a signed note with origin, size and root.
    #[error(
        "the note is no checkpoint: origin, size and root on a line each, an empty line, signatures"
    )]
    Malformed,
    /// Of another log.
    #[error("the checkpoint is one of another log")]
    OtherOrigin,
    /// The log's key has not signed it.
    #[error("the checkpoint carries no signature of the log's key")]
    Unsigned,
    /// A signature that claims to be of the log's key does not hold.
    #[error("the signature of the log's key does not hold")]
    SignatureInvalid,
    /// Two notes that should say the same do not.
    #[error("the notes do not have the same text")]
    OtherText,
}

/// Whether this can name a log: 1 to 255 bytes without spaces, control
/// characters and `+`.
#[must_use]
pub fn is_valid_origin(origin: &str) -> bool {
    is_valid_name(origin)
}

impl Checkpoint {
    /// The signed note, with the log's own signature.
    ///
    /// # Panics
    /// When the origin cannot name a log; see [`is_valid_origin`].
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        assert!(is_valid_origin(&self.origin), "an origin has no spaces and no plus sign");
        let text = self.text();
        let id = key_id(&self.origin, NoteKeyKind::Log, &key.public_key());
        let signature = key.sign(text.as_bytes());
        format!("{text}\n{}", signature_line(&self.origin, id, signature.as_bytes()))
    }

    /// What is signed: three lines, each with its newline.
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64_STANDARD.encode(self.root))
    }

    /// The checkpoint in `note` when it is one of the log `origin` and carries
    /// a signature by `key`. Lines after the root and signatures of others,
    /// such as witnesses, may be there.
    ///
    /// # Errors
    /// See [`CheckpointError`].
    pub fn parse_and_verify(
        note: &str,
        origin: &str,
        key: &PublicKey,
    ) -> Result<Self, CheckpointError> {
        use CheckpointError::{Malformed, OtherOrigin, SignatureInvalid, Unsigned};
        let note = Note::parse(note).ok_or(Malformed)?;
        let checkpoint = Self::parse(note.text).ok_or(Malformed)?;
        let mut signed = false;
        for line in note.lines.iter().filter(|line| line.claims(origin, NoteKeyKind::Log, key)) {
            let signature =
                Signature::try_from(line.signature.as_slice()).map_err(|_| SignatureInvalid)?;
            if !verify_signature(key, note.text.as_bytes(), &signature) {
                return Err(SignatureInvalid);
            }
            signed = true;
        }
        if checkpoint.origin != origin {
            return Err(OtherOrigin);
        }
        if !signed {
            return Err(Unsigned);
        }
        Ok(checkpoint)
    }

    /// A note that [`Self::parse_and_verify`] has accepted for this key, without
    /// the signatures of everybody else; `None` when the key has not signed it.
    #[must_use]
    pub fn bare(note: &str, origin: &str, key: &PublicKey) -> Option<String> {
        let note = Note::parse(note)?;
        let mut lines = note.lines.iter();
        let line = lines.find(|line| line.claims(origin, NoteKeyKind::Log, key))?;
        Some(format!("{}\n{}\n", note.text, line.line))
    }

    /// The checkpoint in `note`, of whatever log and by whomever signed.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn parse_unverified(note: &str) -> Result<Self, CheckpointError> {
        Note::parse(note).and_then(|note| Self::parse(note.text)).ok_or(CheckpointError::Malformed)
    }

    /// Of a note's text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty())?;
        let digits = lines.next()?;
        let size: u64 = digits.parse().ok()?;
        let encoded = lines.next()?;
        let root = BASE64_STANDARD.decode(encoded).ok()?.try_into().ok()?;
        let exact = size.to_string() == digits && BASE64_STANDARD.encode(root) == encoded;
        let extensions_are_lines = lines.all(|line| !line.is_empty());
        (exact && extensions_are_lines).then(|| Self { origin: origin.to_owned(), size, root })
    }
}
