//! The rows of protocol §5 that count a fixed weight, and what of them counts
//! once.

use erynoa_events::{Contradiction, Dimension, EquivocationProof, Finding, Severity};
use erynoa_kernel::EventId;

use crate::parameters::{
    ANOMALY_CRITICAL, ANOMALY_FALSE, ANOMALY_HIGH, ANOMALY_LOW, ANOMALY_MEDIUM, BREACH_AXIOM,
    BREACH_CONTRACT, BREACH_REALM, CLAIM_FALSE_FRAUD, CLAIM_FALSE_MINOR, CLAIM_FALSE_SIGNIFICANT,
    CLAIM_TRUE, CONTRADICTION, COSIGNATURE, CREDENTIAL_FRAUD, CREDENTIAL_ISSUED, EQUIVOCATION,
    PROPOSAL_COMPETENCE, PROPOSAL_FIDELITY, PROPOSAL_SPAM, VOTE_CAST,
};
use crate::statement::{Column, PartKind};

/// Where and how much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) kind: PartKind,
    pub(crate) dimension: Dimension,
    pub(crate) column: Column,
    /// Micro-units; 0 where the source's voice decides.
    pub(crate) weight: u64,
}

impl Row {
    pub(crate) const VOUCH: Self = Self::plus(PartKind::Vouch, Dimension::Prestige, 0);
    pub(crate) const CREDENTIAL: Self =
        Self::plus(PartKind::Credential, Dimension::Competence, CREDENTIAL_ISSUED);
    pub(crate) const CREDENTIAL_FRAUD: Self =
        Self::minus(PartKind::CredentialFraud, Dimension::Integrity, CREDENTIAL_FRAUD);
    pub(crate) const COSIGNATURE: Self =
        Self::plus(PartKind::Cosignature, Dimension::Vigilance, COSIGNATURE);
    pub(crate) const VOTE: Self = Self::plus(PartKind::Vote, Dimension::Fidelity, VOTE_CAST);
    pub(crate) const PROPOSAL_ACCEPTED: [Self; 2] = [
        Self::plus(PartKind::ProposalAccepted, Dimension::Competence, PROPOSAL_COMPETENCE),
        Self::plus(PartKind::ProposalAccepted, Dimension::Fidelity, PROPOSAL_FIDELITY),
    ];
    pub(crate) const EQUIVOCATION: Self =
        Self::minus(PartKind::Equivocation, Dimension::Fidelity, EQUIVOCATION);
    pub(crate) const CONTRADICTION: [Self; 2] = [
        Self::minus(PartKind::Contradiction, Dimension::Integrity, CONTRADICTION),
        Self::minus(PartKind::Contradiction, Dimension::Fidelity, CONTRADICTION),
    ];

    pub(crate) const fn plus(kind: PartKind, dimension: Dimension, weight: u64) -> Self {
        Self { kind, dimension, column: Column::Positive, weight }
    }

    pub(crate) const fn minus(kind: PartKind, dimension: Dimension, weight: u64) -> Self {
        Self { kind, dimension, column: Column::Negative, weight }
    }

    /// What a finding counts for its subject. A member at fault loses nothing
    /// by the finding itself; their vouchers do.
    pub(crate) const fn of_finding(finding: Finding) -> Option<(Matter, Self)> {
        use Dimension::{Fidelity, Integrity};
        Some(match finding {
            Finding::ClaimTrue => {
                (Matter::Claim, Self::plus(PartKind::ClaimJudged, Integrity, CLAIM_TRUE))
            }
            Finding::ClaimFalseMinor => {
                (Matter::Claim, Self::minus(PartKind::ClaimJudged, Integrity, CLAIM_FALSE_MINOR))
            }
            Finding::ClaimFalseSignificant => (
                Matter::Claim,
                Self::minus(PartKind::ClaimJudged, Integrity, CLAIM_FALSE_SIGNIFICANT),
            ),
            Finding::ClaimFalseFraud => {
                (Matter::Claim, Self::minus(PartKind::ClaimJudged, Integrity, CLAIM_FALSE_FRAUD))
            }
            Finding::ProposalSpam => {
                (Matter::Spam, Self::minus(PartKind::Spam, Fidelity, PROPOSAL_SPAM))
            }
            Finding::BreachContract => {
                (Matter::Breach, Self::minus(PartKind::Breach, Fidelity, BREACH_CONTRACT))
            }
            Finding::BreachRealm => {
                (Matter::Breach, Self::minus(PartKind::Breach, Fidelity, BREACH_REALM))
            }
            Finding::BreachAxiom => {
                (Matter::Breach, Self::minus(PartKind::Breach, Fidelity, BREACH_AXIOM))
            }
            Finding::MemberAtFault => return None,
        })
    }

    /// What a judged report counts for its reporter.
    pub(crate) const fn of_report(confirmed: Option<Severity>) -> Self {
        let (kind, vigilance) = (PartKind::AnomalyJudged, Dimension::Vigilance);
        match confirmed {
            Some(Severity::Low) => Self::plus(kind, vigilance, ANOMALY_LOW),
            Some(Severity::Medium) => Self::plus(kind, vigilance, ANOMALY_MEDIUM),
            Some(Severity::High) => Self::plus(kind, vigilance, ANOMALY_HIGH),
            Some(Severity::Critical) => Self::plus(kind, vigilance, ANOMALY_CRITICAL),
            None => Self::minus(kind, vigilance, ANOMALY_FALSE),
        }
    }
}

/// Kind of a thing that counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Matter {
    /// Terms of a receipt.
    Terms,
    /// A key and a prev.
    Signing,
    /// A key, a log and an epoch.
    Cosigning,
    /// An attestation that was judged.
    Claim,
    /// A proposal that was judged.
    Spam,
    /// An event by which somebody broke something.
    Breach,
    /// An event for which vouchers answer.
    Fault,
    /// An anomaly report.
    Report,
    /// A credential that was revoked for fraud.
    Fraud,
    /// A witness and a day.
    Day,
    /// A voter and a proposal.
    Vote,
    /// An accepted proposal.
    Proposal,
}

/// Names a thing that counts once in one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Once {
    matter: Matter,
    dimension: Dimension,
    /// Realm and member, where the thing is somebody's; else 0.
    who: u64,
    what: [u8; 32],
}

impl Once {
    pub(crate) fn terms(hash: [u8; 32]) -> Self {
        Self { matter: Matter::Terms, dimension: Dimension::Reliability, who: 0, what: hash }
    }

    pub(crate) fn event(matter: Matter, row: Row, event: &EventId) -> Self {
        Self { matter, dimension: row.dimension, who: 0, what: *event.as_bytes() }
    }

    pub(crate) fn fault(target: &EventId) -> Self {
        let what = *target.as_bytes();
        Self { matter: Matter::Fault, dimension: Dimension::Integrity, who: 0, what }
    }

    pub(crate) fn vote(realm: u32, voter: u32, proposal: &EventId) -> Self {
        Self {
            matter: Matter::Vote,
            dimension: Dimension::Fidelity,
            who: member_of(realm, voter),
            what: *proposal.as_bytes(),
        }
    }

    /// The day is that of the epoch that includes the cosignature.
    pub(crate) fn day(realm: u32, witness: u32, day: u32) -> Self {
        let mut what = [0; 32];
        what[..4].copy_from_slice(&day.to_be_bytes());
        Self {
            matter: Matter::Day,
            dimension: Dimension::Vigilance,
            who: member_of(realm, witness),
            what,
        }
    }

    /// Once in each realm: else bringing the proof in a place of no importance
    /// would spare its author everywhere else.
    pub(crate) fn proof(realm: u32, proof: &EquivocationProof, row: Row) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(proof.key.as_bytes());
        let matter = match proof.about {
            Contradiction::Prev(prev) => {
                if let Some(prev) = prev {
                    hasher.update(prev.as_bytes());
                }
                Matter::Signing
            }
            Contradiction::Cosignature { log_key, epoch } => {
                hasher.update(log_key.as_bytes());
                hasher.update(&epoch.to_be_bytes());
                Matter::Cosigning
            }
        };
        let what = *hasher.finalize().as_bytes();
        Self { matter, dimension: row.dimension, who: u64::from(realm), what }
    }
}

fn member_of(realm: u32, member: u32) -> u64 {
    u64::from(realm) << 32 | u64::from(member)
}
