//! Signed tree heads: C2SP `tlog-checkpoint` in a C2SP `signed-note`
//! (protocol §3).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use erynoa_kernel::{PublicKey, Signature};
use sha2::{Digest, Sha256};

use crate::sign::{SigningKey, verify_signature};

/// Signature type of Ed25519 in signed notes.
const ED25519: u8 = 1;
/// What a signature line begins with: an em dash and a space.
const SIGNATURE_LINE: &str = "\u{2014} ";
/// Most bytes of a note that is read; a checkpoint has a few hundred.
const MAX_NOTE_BYTES: usize = 65_536;

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
}

/// Whether this can name a log: 1 to 255 bytes without spaces, control
/// characters and `+`.
#[must_use]
pub fn is_valid_origin(origin: &str) -> bool {
    (1..=255).contains(&origin.len())
        && !origin.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// The text form of a log's key for transparency-log tools:
/// `<origin>+<key id>+<base64 of 0x01 ‖ key>`.
#[must_use]
pub fn verifier_key(origin: &str, key: &PublicKey) -> String {
    let id = u32::from_be_bytes(key_id(origin, key));
    let mut typed = vec![ED25519];
    typed.extend(key.as_bytes());
    format!("{origin}+{id:08x}+{}", BASE64_STANDARD.encode(typed))
}

/// First four bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ key).
fn key_id(name: &str, key: &PublicKey) -> [u8; 4] {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', ED25519])
        .chain_update(key.as_bytes())
        .finalize()
        .into();
    [digest[0], digest[1], digest[2], digest[3]]
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
        let mut signature = key_id(&self.origin, &key.public_key()).to_vec();
        signature.extend(key.sign(text.as_bytes()).as_bytes());
        let signature = BASE64_STANDARD.encode(signature);
        format!("{text}\n{SIGNATURE_LINE}{} {signature}\n", self.origin)
    }

    /// What is signed: three lines, each with its newline.
    fn text(&self) -> String {
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
        let control = |c: char| c.is_control() && c != '\n';
        if note.len() > MAX_NOTE_BYTES || note.chars().any(control) {
            return Err(Malformed);
        }
        // The last empty line ends the text.
        let split = note.rfind("\n\n").ok_or(Malformed)? + 1;
        let (text, signatures) = (&note[..split], &note[split + 1..]);
        let checkpoint = Self::parse(text).ok_or(Malformed)?;
        let signatures = signatures.strip_suffix('\n').ok_or(Malformed)?;
        let mut signed = false;
        for line in signatures.split('\n') {
            let line = line.strip_prefix(SIGNATURE_LINE).ok_or(Malformed)?;
            let (name, signature) = line.split_once(' ').ok_or(Malformed)?;
            let bytes = BASE64_STANDARD.decode(signature).map_err(|_| Malformed)?;
            let (id, signature) = bytes.split_first_chunk::<4>().ok_or(Malformed)?;
            if !is_valid_origin(name) || signature.is_empty() {
                return Err(Malformed);
            }
            if name != origin || *id != key_id(origin, key) {
                continue;
            }
            let signature = Signature::try_from(signature).map_err(|_| SignatureInvalid)?;
            if !verify_signature(key, text.as_bytes(), &signature) {
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

    fn parse(text: &str) -> Option<Self> {
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
