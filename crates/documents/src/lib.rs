//! Documents that outlive the page they were asked on: trust certificates with
//! everything that proves them, reports that the log has signed, and the check
//! of both. Pure.
//!
//! A certificate is a W3C Verifiable Credential, signed by the log, that
//! carries its proof: the events behind the numbers with their place in the
//! log, the signed checkpoint, the end of the epoch, and the trust record that
//! the numbers follow from. Its PDF carries it as an attachment and is sealed
//! as a whole.

mod certificate;
#[cfg(feature = "contract")]
pub mod contract;
mod credential;
mod error;
mod issue_certificate;
mod multikey;
mod pdf;
mod ports;
mod present;
mod proof;
mod record;
mod report;
mod report_credential;
mod report_realm;
mod text;
mod verification;
mod verify;
mod write_minutes;

pub use certificate::{
    Certificate, Counts, DimensionValue, EVIDENCE_MOST, EvidenceItem, HISTORY_MOST, LogProof,
    Point, ProvenEntry, Role,
};
pub use credential::{
    CERTIFICATE_MOST_BYTES, CONTEXTS, Credential, Issuer, LOG_PROOF, Read, TYPES,
};
pub use error::{CODES, DocumentError, code};
pub use erynoa_kernel::Language;
pub use issue_certificate::{Draft, EVIDENCE_MOST_BYTES, Head, Topic, draft};
pub use multikey::{did_key, from_multibase, key_of, multibase};
pub use pdf::{DOCUMENT_MOST_BYTES, attachment, is_pdf, is_sealed, seal};
pub use ports::{CertificatePage, DocumentRenderer, Page, ReportPage};
pub use present::present;
pub use proof::verification_hash;
pub use record::{Folded, fold};
pub use report::{
    AUDIT_LINES_MOST, AuditCount, AuditLine, AuditReport, Bounds, CHILDREN_MOST, COMMENTS_MOST,
    CommentLine, Minutes, PROPOSALS_MOST, ProposalLine, RULES_MOST, RealmReport, Report, RuleLine,
    RuleSaid, TallyLine, VOTES_MOST, VoteLine,
};
pub use report_credential::{REPORT_TYPES, ReportCredential, ReportRead};
pub use report_realm::report_realm;
pub use text::{COMMENT_MOST, NAME_MOST, shown};
pub use verification::{Outcome, Present, Step, Trusted, Verdict, Verification};
pub use verify::{read, read_report, verify};
pub use write_minutes::{MinutesDraft, draft_minutes};
