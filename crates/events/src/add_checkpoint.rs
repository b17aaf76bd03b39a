//! The question to a witness: C2SP `tlog-witness`, body of `add-checkpoint`.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Most lines of a proof in the question to a witness.
pub const MAX_PROOF_LINES: usize = 63;

/// "Cosign this head, which continues the one that you have cosigned last."
/// Its text form is the body of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint<'a> {
    /// Size that the witness has cosigned last, 0 = none.
    pub old_size: u64,
    /// Consistency proof from there to the checkpoint.
    pub proof: Vec<[u8; 32]>,
    /// The checkpoint; not read yet.
    pub note: &'a str,
}

impl<'a> AddCheckpoint<'a> {
    /// Takes a body apart: `old <size>`, at most [`MAX_PROOF_LINES`] hashes in
    /// base64, an empty line, the note. `None` when it is not of that form.
    #[must_use]
    pub fn parse(body: &'a str) -> Option<Self> {
        let (head, note) = body.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let digits = lines.next()?.strip_prefix("old ")?;
        let old_size: u64 = digits.parse().ok()?;
        if old_size.to_string() != digits {
            return None;
        }
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() == MAX_PROOF_LINES {
                return None;
            }
            proof.push(BASE64_STANDARD.decode(line).ok()?.try_into().ok()?);
        }
        Some(Self { old_size, proof, note })
    }
}

impl fmt::Display for AddCheckpoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        for hash in &self.proof {
            writeln!(f, "{}", BASE64_STANDARD.encode(hash))?;
        }
        write!(f, "\n{}", self.note)
    }
}
