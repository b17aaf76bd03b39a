//! What the fold keeps of one event that speaks about somebody.

use erynoa_events::{Dimension, Polarity};
use erynoa_kernel::{Coordinate, EventId};

use crate::ledger::Entry;

/// Marks the end of the list of statements about one subject.
pub(crate) const NO_STATEMENT: u32 = u32::MAX;

/// Domain index of "no label".
pub(crate) const NO_DOMAIN: u32 = 0;

/// The row of evidence that a part of a value comes from (protocol §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    /// Somebody's word.
    Attestation,
    /// An interaction that both sides confirmed.
    Receipt,
    /// A proof that the subject signed two events on one prev.
    Equivocation,
    /// Somebody answers for the subject.
    Vouch,
    /// The subject answered for somebody who was judged at fault.
    VouchAnswered,
    /// An accredited issuer's formal statement.
    Credential,
    /// A credential that the subject got by fraud.
    CredentialFraud,
    /// A judge's finding about an attestation of the subject.
    ClaimJudged,
    /// The subject cosigned an epoch.
    Cosignature,
    /// A proof that the subject cosigned two states of one epoch.
    Contradiction,
    /// A judge's finding about an anomaly report of the subject.
    AnomalyJudged,
    /// The subject voted.
    Vote,
    /// A proposal of the subject took effect.
    ProposalAccepted,
    /// A proposal of the subject was judged to be spam.
    Spam,
    /// A judge found that the subject broke a contract, a rule or an axiom.
    Breach,
}

impl PartKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Attestation,
        Self::Receipt,
        Self::Equivocation,
        Self::Vouch,
        Self::VouchAnswered,
        Self::Credential,
        Self::CredentialFraud,
        Self::ClaimJudged,
        Self::Cosignature,
        Self::Contradiction,
        Self::AnomalyJudged,
        Self::Vote,
        Self::ProposalAccepted,
        Self::Spam,
        Self::Breach,
    ];

    /// Name as in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attestation => "attestation",
            Self::Receipt => "receipt",
            Self::Equivocation => "equivocation",
            Self::Vouch => "vouch",
            Self::VouchAnswered => "vouch_answered",
            Self::Credential => "credential",
            Self::CredentialFraud => "credential_fraud",
            Self::ClaimJudged => "claim_judged",
            Self::Cosignature => "cosignature",
            Self::Contradiction => "contradiction",
            Self::AnomalyJudged => "anomaly_judged",
            Self::Vote => "vote",
            Self::ProposalAccepted => "proposal_accepted",
            Self::Spam => "spam",
            Self::Breach => "breach",
        }
    }

    /// Whether its subject brings it about alone. It counts in its dimension and
    /// not in the standing: else voting or cosigning would give a voice without
    /// anybody's word.
    pub(crate) const fn is_own_act(self) -> bool {
        matches!(self, Self::Vote | Self::Cosignature)
    }

    /// Whether one of them lives until it is replaced, revoked or expires,
    /// one for each source, subject and type.
    pub(crate) const fn is_bond(self) -> bool {
        matches!(self, Self::Vouch | Self::Credential)
    }
}

/// Which of the three sums a statement adds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Column {
    Positive,
    Negative,
    Unvoiced,
}

impl Column {
    pub(crate) fn polarity(self) -> Polarity {
        match self {
            Self::Positive => Polarity::Positive,
            Self::Negative | Self::Unvoiced => Polarity::Negative,
        }
    }
}

/// Where a statement is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// In the open epoch.
    Pending,
    Live,
    /// By a newer one of its slot, or an equal one counts already.
    Replaced,
    Revoked,
    Expired,
}

/// One event's evidence about one subject in one dimension. Members, realm and
/// labels are indexes of the fold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    pub(crate) id: EventId,
    pub(crate) coordinate: Coordinate,
    pub(crate) sequence: u64,
    /// In its own epoch, micro-units. Weights that follow from the source's
    /// voice are 0 while pending.
    pub(crate) weight: u64,
    /// 0 = never.
    pub(crate) expires_at_us: u64,
    pub(crate) realm: u32,
    /// Who says it; of a receipt the client.
    pub(crate) source: u32,
    pub(crate) subject: u32,
    /// Of an attestation its domain and of a credential its type, as index of
    /// a label; of a vouch its stake in ppm; else 0.
    pub(crate) detail: u32,
    /// Epoch and day that added it; 0 while pending.
    pub(crate) epoch: u32,
    pub(crate) day: u32,
    /// The statement before this one about the same subject.
    pub(crate) previous: u32,
    pub(crate) kind: PartKind,
    pub(crate) dimension: Dimension,
    pub(crate) column: Column,
    pub(crate) status: Status,
    pub(crate) same_root: bool,
    /// Whether its source had a voice in its own epoch, where that decides.
    pub(crate) voiced: bool,
}

impl Statement {
    /// Newest = greatest, whatever the order of arrival.
    pub(crate) fn age_key(&self) -> (Coordinate, EventId) {
        (self.coordinate, self.id)
    }

    /// Whether the voice of its source decides about its weight.
    pub(crate) fn needs_voice(&self) -> bool {
        match self.kind {
            PartKind::Attestation | PartKind::Vouch => true,
            _ => self.is_kept_receipt(),
        }
    }

    /// Whether its author can take it back.
    pub(crate) fn is_revocable(&self) -> bool {
        self.kind == PartKind::Attestation || self.kind.is_bond()
    }

    pub(crate) fn is_kept_receipt(&self) -> bool {
        self.kind == PartKind::Receipt && self.column == Column::Positive
    }

    /// The evidence that it gives.
    pub(crate) fn entry(&self) -> Entry {
        Entry { day: self.day, column: self.column, weight: self.weight }
    }

    /// Domain of an attestation of competence.
    pub(crate) fn domain(&self) -> u32 {
        if self.kind == PartKind::Attestation { self.detail } else { NO_DOMAIN }
    }

    /// One live attestation per attester, subject and slot.
    pub(crate) fn slot(&self) -> u32 {
        slot(self.dimension, self.domain())
    }
}

/// Number of the slot of a dimension and domain. Only competence has domains;
/// its slots come last, so that they can count on without end.
pub(crate) fn slot(dimension: Dimension, domain: u32) -> u32 {
    match dimension {
        Dimension::Reliability => 0,
        Dimension::Integrity => 1,
        Dimension::Prestige => 2,
        Dimension::Vigilance => 3,
        Dimension::Fidelity => 4,
        Dimension::Competence => FIRST_COMPETENCE_SLOT + domain,
    }
}

/// Slot of competence without a domain.
pub(crate) const FIRST_COMPETENCE_SLOT: u32 = 5;
