//! A report as a verifiable credential, signed like a certificate.

use erynoa_events::SigningKey;
use erynoa_kernel::{PublicKey, utc_text};
use serde::{Deserialize, Serialize};

use crate::credential::{CERTIFICATE_MOST_BYTES, CONTEXTS, Issuer};
use crate::multikey::{did_key, key_of};
use crate::proof::{Proven, sign};
use crate::report::Report;

/// Types of the credential.
pub const REPORT_TYPES: [&str; 2] = ["VerifiableCredential", "ErynoaReport"];

/// The credential without its proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportCredential {
    /// [`CONTEXTS`].
    #[serde(rename = "@context")]
    pub context: Vec<String>,
    /// [`REPORT_TYPES`].
    #[serde(rename = "type")]
    pub types: Vec<String>,
    /// The log.
    pub issuer: Issuer,
    /// When, RFC 3339.
    pub valid_from: String,
    /// What it says.
    pub credential_subject: Report,
}

/// A report that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportRead {
    /// What it says.
    pub credential: ReportCredential,
    /// Key of the issuer.
    pub key: PublicKey,
    /// JCS bytes, proof included.
    pub canonical: Vec<u8>,
    proven: Proven,
}

impl ReportCredential {
    /// The report of the log with this origin and key, and its signed bytes.
    #[must_use]
    pub fn issue(report: Report, origin: &str, key: &SigningKey, now_us: u64) -> (Self, Vec<u8>) {
        let credential = Self {
            context: CONTEXTS.map(str::to_owned).to_vec(),
            types: REPORT_TYPES.map(str::to_owned).to_vec(),
            issuer: Issuer { id: did_key(&key.public_key()), name: origin.to_owned() },
            valid_from: utc_text(now_us),
            credential_subject: report,
        };
        let signed = sign(&credential, key);
        (credential, signed)
    }

    /// Reads a signed report. Whether the signature holds is for
    /// [`ReportRead::is_signed`] to say.
    ///
    /// # Errors
    /// What would be right.
    pub fn read(bytes: &[u8]) -> Result<ReportRead, String> {
        if bytes.len() > CERTIFICATE_MOST_BYTES {
            return Err(format!("a report has at most {CERTIFICATE_MOST_BYTES} bytes"));
        }
        let (proven, canonical) = Proven::read(bytes)?;
        let credential = Self::deserialize(&proven.document).map_err(|error| error.to_string())?;
        if credential.context != CONTEXTS || credential.types != REPORT_TYPES {
            return Err(format!("a report has the types {}", REPORT_TYPES.join(" and ")));
        }
        let key = key_of(&credential.issuer.id)
            .ok_or_else(|| "the issuer is the did:key of an Ed25519 key".to_owned())?;
        Ok(ReportRead { credential, key, canonical, proven })
    }
}

impl ReportRead {
    /// Whether the proof is one of the issuer's key over everything else.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.proven.is_signed(&self.key)
    }
}
