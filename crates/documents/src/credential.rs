//! The certificate as a W3C Verifiable Credential (VC 2.0) with a Data
//! Integrity proof of the cryptosuite `eddsa-jcs-2022`.

use erynoa_events::SigningKey;
use erynoa_kernel::PublicKey;
use serde::{Deserialize, Serialize};

use crate::certificate::{Certificate, EVIDENCE_MOST, HISTORY_MOST, LogProof};
use crate::multikey::key_of;
use crate::proof::{Proven, sign};

/// What a certificate's terms are defined by: VC 2.0, and that all further ones
/// are the issuer's own.
pub const CONTEXTS: [&str; 2] = [
    "https://www.w3.org/ns/credentials/v2",
    "https://www.w3.org/ns/credentials/undefined-terms/v2",
];
/// Types of the credential.
pub const TYPES: [&str; 2] = ["VerifiableCredential", "ErynoaTrustCertificate"];
/// Type of the proof bundle.
pub const LOG_PROOF: &str = "ErynoaLogProof";
/// Most bytes of a certificate as JSON.
pub const CERTIFICATE_MOST_BYTES: usize = 512 << 10;
/// Most hashes between a leaf and the root of a tree.
const PATH_MOST: usize = 64;

/// Who issued it: the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// `did:key` of the log's key.
    pub id: String,
    /// Origin of the log.
    pub name: String,
}

/// The credential without its proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Credential {
    /// [`CONTEXTS`].
    #[serde(rename = "@context")]
    pub context: Vec<String>,
    /// [`TYPES`].
    #[serde(rename = "type")]
    pub types: Vec<String>,
    /// Who issued it.
    pub issuer: Issuer,
    /// When, RFC 3339.
    pub valid_from: String,
    /// What it says.
    pub credential_subject: Certificate,
    /// How the log proves it: one bundle.
    pub evidence: Vec<LogProof>,
}

/// A credential that was read, with the bytes that name it.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// What it says.
    pub credential: Credential,
    /// Key of the issuer.
    pub key: PublicKey,
    /// JCS bytes, proof included.
    pub canonical: Vec<u8>,
    proven: Proven,
}

impl Credential {
    /// Signs it; the canonical bytes.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        sign(self, key)
    }

    /// Reads a signed credential of our shape. Whether the signature holds is
    /// for [`Read::is_signed`] to say.
    ///
    /// # Errors
    /// What would be right.
    pub fn read(bytes: &[u8]) -> Result<Read, String> {
        if bytes.len() > CERTIFICATE_MOST_BYTES {
            return Err(format!("a certificate has at most {CERTIFICATE_MOST_BYTES} bytes"));
        }
        let (proven, canonical) = Proven::read(bytes)?;
        let credential = Self::deserialize(&proven.document).map_err(|error| error.to_string())?;
        if credential.context != CONTEXTS || credential.types != TYPES {
            return Err(format!("a certificate has the types {}", TYPES.join(" and ")));
        }
        if credential.evidence.len() != 1 || credential.evidence[0].kind != LOG_PROOF {
            return Err(format!("a certificate has one proof of the log, an {LOG_PROOF}"));
        }
        let said = &credential.credential_subject;
        if said.dimensions.len() != 6 {
            return Err("a trust vector has six dimensions".to_owned());
        }
        // The subject's first event and the end of the epoch come on top.
        let entries = &credential.evidence[0].entries;
        if said.top_evidence.len() > EVIDENCE_MOST
            || entries.len() > EVIDENCE_MOST + 2
            || said.history.len() > HISTORY_MOST
            || entries.iter().any(|entry| entry.path.len() > PATH_MOST)
        {
            return Err(format!(
                "a certificate has at most {EVIDENCE_MOST} pieces of evidence, {HISTORY_MOST} \
                 points of history and {PATH_MOST} hashes in a proof"
            ));
        }
        let key = key_of(&credential.issuer.id)
            .ok_or_else(|| "the issuer is the did:key of an Ed25519 key".to_owned())?;
        Ok(Read { credential, key, canonical, proven })
    }
}

impl Read {
    /// Whether the proof is one of the issuer's key over everything else.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.proven.is_signed(&self.key)
    }
}
