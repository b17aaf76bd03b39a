//! What the fold keeps of one event that speaks about somebody.

use erynoa_events::{Dimension, Polarity};
use erynoa_kernel::{Coordinate, EventId};

use crate::ledger::Entry;

/// Marks the end of the list of statements about one subject.
pub(crate) const NO_STATEMENT: u32 = u32::MAX;

/// Domain index of "no label".
pub(crate) const NO_DOMAIN: u32 = 0;

/// Kind of event that a part of a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    /// Somebody's word.
    Attestation,
    /// An interaction that both sides confirmed.
    Receipt,
    /// A proof that the subject signed two events on one prev.
    Equivocation,
}

impl PartKind {
    /// Name as in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attestation => "attestation",
            Self::Receipt => "receipt",
            Self::Equivocation => "equivocation",
        }
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
    /// By a newer attestation, or an equal receipt or proof counts already.
    Replaced,
    Revoked,
    Expired,
}

/// One attestation, receipt or equivocation proof. Members, realm and domain
/// are indexes of the fold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    pub(crate) id: EventId,
    pub(crate) coordinate: Coordinate,
    pub(crate) sequence: u64,
    /// In its own epoch, micro-units; 0 while pending.
    pub(crate) weight: u64,
    /// 0 = never.
    pub(crate) expires_at_us: u64,
    pub(crate) realm: u32,
    /// Who says it; of a receipt the client.
    pub(crate) source: u32,
    pub(crate) subject: u32,
    pub(crate) domain: u32,
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
}

impl Statement {
    /// Newest = greatest, whatever the order of arrival.
    pub(crate) fn age_key(&self) -> (Coordinate, EventId) {
        (self.coordinate, self.id)
    }

    /// The evidence that it gives.
    pub(crate) fn entry(&self) -> Entry {
        Entry { day: self.day, column: self.column, weight: self.weight }
    }

    /// One live attestation per attester, subject and slot.
    pub(crate) fn slot(&self) -> u32 {
        slot(self.dimension, self.domain)
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
