//! What a check finds.

use erynoa_kernel::{Code, PublicKey};

use crate::certificate::Certificate;
use crate::error::code;
use crate::report::Report;

/// One link of the chain, in the order in which they are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// It is a certificate.
    Document,
    /// The PDF is the one that was issued.
    Seal,
    /// The issuer has signed it.
    Signature,
    /// The issuer is the log that is trusted.
    Issuer,
    /// The log has signed the checkpoint.
    Checkpoint,
    /// Witnesses have signed it, too.
    Cosignatures,
    /// The events are genuine.
    Events,
    /// The events are in the log.
    Inclusion,
    /// The end of the epoch says the same.
    Epoch,
    /// The events say what the certificate says of them.
    Evidence,
    /// The numbers follow from the trust record.
    Fold,
    /// The log of today continues that log.
    Log,
    /// Nothing in it has been taken back since.
    Current,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 13] = [
        Self::Document,
        Self::Seal,
        Self::Signature,
        Self::Issuer,
        Self::Checkpoint,
        Self::Cosignatures,
        Self::Events,
        Self::Inclusion,
        Self::Epoch,
        Self::Evidence,
        Self::Fold,
        Self::Log,
        Self::Current,
    ];

    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Seal => "seal",
            Self::Signature => "signature",
            Self::Issuer => "issuer",
            Self::Checkpoint => "checkpoint",
            Self::Cosignatures => "cosignatures",
            Self::Events => "events",
            Self::Inclusion => "inclusion",
            Self::Epoch => "epoch",
            Self::Evidence => "evidence",
            Self::Fold => "fold",
            Self::Log => "log",
            Self::Current => "current",
        }
    }
}

/// How a step went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The link holds.
    Passed,
    /// The link is broken.
    Failed {
        /// Which one.
        code: Code,
        /// What is wrong.
        message: String,
    },
    /// It cannot be said with what is at hand.
    NotPossible {
        /// What is missing.
        code: Code,
        /// What would help.
        message: String,
    },
}

impl Outcome {
    /// Broken.
    pub(crate) fn failed(code: Code, message: impl Into<String>) -> Self {
        Self::Failed { code, message: message.into() }
    }

    /// Not to be said.
    pub(crate) fn not_possible(code: Code, message: impl Into<String>) -> Self {
        Self::NotPossible { code, message: message.into() }
    }
}

/// The whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every link that could be checked holds, and the issuer is trusted.
    Genuine,
    /// Every link that could be checked holds, but nobody has said which log to
    /// trust: anybody can make one that certifies anything.
    Unattributed,
    /// It was true when it was issued, and is not any more.
    Outdated,
    /// A link is broken.
    Refused,
}

impl Verdict {
    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::Unattributed => "unattributed",
            Self::Outdated => "outdated",
            Self::Refused => "refused",
        }
    }
}

/// The log that whoever checks trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// Its origin.
    pub origin: String,
    /// Its key.
    pub key: PublicKey,
}

/// What the log says today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// Signed note of its newest checkpoint.
    pub checkpoint: String,
    /// Proof that it continues the certificate's checkpoint.
    pub consistency: Vec<[u8; 32]>,
    /// Ids of the certificate's evidence that does not count any more.
    pub gone: Vec<String>,
}

/// Every step that was taken, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The steps.
    pub steps: Vec<(Step, Outcome)>,
    /// What the document says, when it is a certificate that could be read.
    pub certificate: Option<Certificate>,
    /// What it says when it is a report.
    pub report: Option<Report>,
    /// The hash printed on it.
    pub verification_hash: String,
}

impl Verification {
    /// The whole.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let mut verdict = Verdict::Genuine;
        for (step, outcome) in &self.steps {
            match outcome {
                Outcome::NotPossible { .. } if *step == Step::Issuer => {
                    verdict = Verdict::Unattributed;
                }
                Outcome::Failed { code, .. } if *code == code::CERTIFICATE_OUTDATED => {
                    verdict = Verdict::Outdated;
                }
                Outcome::Failed { .. } => return Verdict::Refused,
                Outcome::Passed | Outcome::NotPossible { .. } => {}
            }
        }
        verdict
    }

    /// How a step went; `None` when it was not taken.
    #[must_use]
    pub fn outcome(&self, step: Step) -> Option<&Outcome> {
        self.steps.iter().find(|(taken, _)| *taken == step).map(|(_, outcome)| outcome)
    }
}
