//! What a trust certificate says. Times are microseconds since the Unix epoch,
//! ratios parts per million, evidence in micro-units; every number is below
//! 2⁵³, so that every reader of JSON reads the same.

use serde::{Deserialize, Serialize};

/// Pieces of evidence that a certificate names: those of the greatest effect.
pub const EVIDENCE_MOST: usize = 12;
/// Points of its history: the newest.
pub const HISTORY_MOST: usize = 60;

/// One dimension of the trust vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DimensionValue {
    /// Name as in the protocol: `reliability` …
    pub name: String,
    /// 10 000 to 1 000 000.
    pub trust_ppm: u32,
    /// 0 to 1 000 000.
    pub confidence_ppm: u32,
    /// Decayed evidence for the subject.
    pub positive: u64,
    /// Decayed evidence against it, by those with a voice.
    pub negative: u64,
    /// By those without, before its cap.
    pub unvoiced: u64,
}

/// How much there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Counts {
    /// Events that the subject has authored in this log.
    pub events: u64,
    /// Events that count for or against it in this realm.
    pub evidence: u64,
    /// Those among them that count against it.
    pub against: u64,
    /// Different identities behind them.
    pub sources: u64,
}

/// Trust at the end of an epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Point {
    /// The epoch.
    pub epoch: u64,
    /// Its time.
    pub closed_at_us: u64,
    /// R, I, C, P, V, Ω.
    pub values_ppm: [u32; 6],
    /// Norm in the certificate's context.
    pub norm_ppm: u32,
}

/// One event behind the numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EvidenceItem {
    /// Its id, 64 hexadecimal digits.
    pub event: String,
    /// Its position in the log.
    pub sequence: u64,
    /// `attestation`, `receipt` …
    pub kind: String,
    /// DID of who said it.
    pub source: String,
    /// What they call themselves.
    pub source_name: String,
    /// Dimensions in which it counts.
    pub dimensions: Vec<String>,
    /// Competence domain, or empty.
    pub domain: String,
    /// Whether it speaks for the subject.
    pub positive: bool,
    /// What was written with it, bounded.
    pub comment: String,
    /// Time that its author gave.
    pub wall_us: u64,
    /// Epoch that includes it.
    pub epoch: u64,
    /// Sum of what it adds to or takes from the values, ppm.
    pub effect_ppm: i64,
    /// `witnessed`, `anchored` or `eternal`.
    pub finality: String,
}

/// What a certificate says: the subject of the credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Certificate {
    /// DID of the subject.
    pub id: String,
    /// What it calls itself.
    pub name: String,
    /// Where the trust counts, 64 hexadecimal digits.
    pub realm: String,
    /// What the realm is called.
    pub realm_name: String,
    /// Context of the norm: `default`, `finance` …
    pub context: String,
    /// Weighted norm in this context.
    pub norm_ppm: u32,
    /// `newcomer`, `established`, `trusted` or `veteran`.
    pub class: String,
    /// Standing as an attester.
    pub standing_ppm: u32,
    /// Whether its own attestations count.
    pub has_voice: bool,
    /// Whether it founded the realm.
    pub founder: bool,
    /// R, I, C, P, V, Ω.
    pub dimensions: Vec<DimensionValue>,
    /// How much there is.
    pub counts: Counts,
    /// The newest points of its history, oldest first.
    pub history: Vec<Point>,
    /// Evidence with the greatest effect, greatest first.
    pub top_evidence: Vec<EvidenceItem>,
    /// Epoch at whose end all of this holds.
    pub epoch: u64,
    /// Its time.
    pub closed_at_us: u64,
    /// State root after it, 64 hexadecimal digits.
    pub state_root: String,
    /// Entries under the checkpoint.
    pub checkpoint_size: u64,
    /// Its root, 64 hexadecimal digits.
    pub checkpoint_root: String,
    /// Finality of the epoch: the least of everything above.
    pub finality: String,
}

/// What makes an entry part of the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// The event that made the subject's identity.
    Subject,
    /// A piece of evidence.
    Evidence,
    /// The end of the epoch.
    Epoch,
}

/// A log entry with its proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProvenEntry {
    /// Why it is here.
    pub role: Role,
    /// Its position in the log.
    pub sequence: u64,
    /// Canonical bytes of the `SignedEvent`, base64.
    pub entry: String,
    /// RFC 6962 inclusion proof from the leaf up, base64 each.
    pub path: Vec<String>,
}

/// The proof bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogProof {
    /// `ErynoaLogProof`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Signed note of the checkpoint, with the signatures of witnesses where
    /// there are any.
    pub checkpoint: String,
    /// Canonical bytes of the subject's `TrustRecord` at the end of the epoch,
    /// base64.
    pub trust_record: String,
    /// The subject's first event, the evidence, the end of the epoch.
    pub entries: Vec<ProvenEntry>,
}
