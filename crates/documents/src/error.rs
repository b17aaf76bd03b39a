//! Why there is no document, and which link of one is broken.

use erynoa_kernel::{Code, Kind, Problem};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $kind:ident;)*) => {
        /// Stable codes; each has a page in `docs/errors/`.
        pub mod code {
            use erynoa_kernel::Code;
            $($(#[$doc])* pub const $name: Code = stringify!($name);)*
        }

        /// Every code of this context with its kind.
        pub const CODES: &[(Code, Kind)] = &[$((code::$name, Kind::$kind)),*];
    };
}

codes! {
    /// Neither a certificate nor a PDF that carries one.
    CERTIFICATE_MALFORMED = Invalid;
    /// The PDF is not, byte for byte, the one that was issued.
    CERTIFICATE_PDF_CHANGED = Invalid;
    /// The issuer's signature does not hold.
    CERTIFICATE_SIGNATURE_INVALID = Invalid;
    /// Issued by another log than the one that is trusted.
    CERTIFICATE_ISSUER_FOREIGN = Invalid;
    /// Its checkpoint is not one of the issuer's log.
    CERTIFICATE_CHECKPOINT_INVALID = Invalid;
    /// The checkpoint carries no signature of a witness.
    CERTIFICATE_NOT_COSIGNED = FailedPrecondition;
    /// An event in it is no genuine event.
    CERTIFICATE_EVENT_INVALID = Invalid;
    /// An event in it is not where the certificate says it is in the log.
    CERTIFICATE_INCLUSION_INVALID = Invalid;
    /// The log's end of the epoch says something else.
    CERTIFICATE_EPOCH_MISMATCH = Invalid;
    /// What it says of its evidence is not what the events say.
    CERTIFICATE_EVIDENCE_MISMATCH = Invalid;
    /// The numbers do not follow from the trust record.
    CERTIFICATE_FOLD_MISMATCH = Invalid;
    /// The log of today does not continue the log of the certificate.
    CERTIFICATE_LOG_FORKED = Invalid;
    /// Evidence in it has been taken back or replaced since.
    CERTIFICATE_OUTDATED = FailedPrecondition;
    /// This step asks the log of today.
    CERTIFICATE_NEEDS_LOG = FailedPrecondition;
    /// This step asks which log is trusted.
    CERTIFICATE_NEEDS_TRUST = FailedPrecondition;
    /// No epoch has been closed and signed yet.
    DOCUMENT_TOO_EARLY = FailedPrecondition;
    /// The work on it has ended without it.
    DOCUMENT_NOT_MADE = FailedPrecondition;
    /// The page could not be set in time.
    DOCUMENT_TIMEOUT = Unavailable;
    /// The page could not be set.
    DOCUMENT_UNRENDERABLE = Internal;
}

/// Why a document cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The log has signed nothing yet that could be proved.
    #[error("no signed epoch covers this yet; the next one follows within seconds of an event")]
    TooEarly,
    /// The page could not be set in time.
    #[error("the document took too long; try again later")]
    Timeout,
    /// The page could not be set; the text is for the log.
    #[error("the document could not be made: {0}")]
    Unrenderable(String),
}

impl DocumentError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::TooEarly => code::DOCUMENT_TOO_EARLY,
            Self::Timeout => code::DOCUMENT_TIMEOUT,
            Self::Unrenderable(_) => code::DOCUMENT_UNRENDERABLE,
        }
    }
}

impl From<DocumentError> for Problem {
    fn from(error: DocumentError) -> Self {
        let code = error.code();
        match error {
            DocumentError::TooEarly => {
                Self::new(Kind::FailedPrecondition, code, error.to_string()).retry_after_ms(10_000)
            }
            DocumentError::Timeout => {
                Self::new(Kind::Unavailable, code, error.to_string()).retry_after_ms(5_000)
            }
            DocumentError::Unrenderable(_) => {
                let mut problem = Self::new(Kind::Internal, code, "the document could not be made");
                problem.internal = Some(Box::new(error));
                problem
            }
        }
    }
}
