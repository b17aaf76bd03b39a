//! Bodies that carry evidence about others: vouches, credentials, judgements,
//! anomaly reports, cosignatures, delegations (protocol §4, §5, §10).

use erynoa_kernel::{EventId, IdentityId, PublicKey};

use crate::Controller;

/// Hands a controlled identity to another controller; the consent has been
/// checked by `verify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerSet {
    /// The controlled identity.
    pub identity: IdentityId,
    /// Its next controller.
    pub controller: Controller,
}

/// Ends an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityDeactivated {
    /// The author or one that it controls.
    pub identity: IdentityId,
    /// At most 4 KiB, may be empty.
    pub reason: String,
}

/// Asks for the replacement of all keys; the proof of possession has been
/// checked by `verify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRecovered {
    /// The new device key.
    pub public_key: PublicKey,
    /// Over `"ERYNOA-KEY-ADDED-V1"` ‖ author ‖ new key.
    pub countersignature: erynoa_kernel::Signature,
    /// Device, at most 64 bytes, may be empty.
    pub key_label: String,
    /// The next recovery key; the present one stays when absent.
    pub recovery_key: Option<PublicKey>,
}

/// Authority lent to another identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Not the author.
    pub delegate: IdentityId,
    /// 1 to 1 000 000.
    pub factor_ppm: u32,
    /// 1 to 16, strictly ascending, at most 128 bytes each; the grammar is
    /// identity's.
    pub capabilities: Vec<String>,
    /// From this time on, 0 = at once.
    pub not_before_us: u64,
    /// Exclusive; greater than the event's wall time and `not_before_us`.
    pub expires_at_us: Option<u64>,
    /// Further links that may follow, 0 to 5.
    pub max_depth: u8,
    /// The delegation that this one hands on.
    pub via: Option<EventId>,
}

/// Ends a delegation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegationRevoked {
    /// A delegation of the same author.
    pub delegation: EventId,
    /// At most 4 KiB, may be empty.
    pub reason: String,
}

/// The author answers for a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouch {
    /// Not the author.
    pub member: IdentityId,
    /// 1 to 300 000.
    pub stake_ppm: u32,
    /// At most 4 KiB, may be empty.
    pub comment: String,
    /// Greater than the event's wall time.
    pub expires_at_us: Option<u64>,
}

/// Takes a vouch back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VouchRevoked {
    /// A vouch of the same author in the same realm.
    pub vouch: EventId,
    /// At most 4 KiB, may be empty.
    pub reason: String,
}

/// A formal statement of an accredited issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialIssued {
    /// Not the author.
    pub subject: IdentityId,
    /// `[a-z0-9-]{1,64}`.
    pub credential_type: String,
    /// At most 4 KiB, may be empty.
    pub claim: String,
    /// BLAKE3 of private content.
    pub content_hash: Option<[u8; 32]>,
    /// Greater than the event's wall time.
    pub expires_at_us: Option<u64>,
}

/// Takes a credential back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRevoked {
    /// A credential of the same author in the same realm.
    pub credential: EventId,
    /// Its subject.
    pub subject: IdentityId,
    /// The subject deceived.
    pub fraud: bool,
    /// At most 4 KiB, may be empty.
    pub reason: String,
}

/// What a judge finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finding {
    /// An attestation is true.
    ClaimTrue,
    /// An attestation is false in a detail.
    ClaimFalseMinor,
    /// An attestation is false where it matters.
    ClaimFalseSignificant,
    /// An attestation is a deception.
    ClaimFalseFraud,
    /// A proposal is spam.
    ProposalSpam,
    /// The subject broke a contract.
    BreachContract,
    /// The subject broke a rule of the realm.
    BreachRealm,
    /// The subject broke an axiom of the protocol.
    BreachAxiom,
    /// The subject is at fault; its vouchers answer for it.
    MemberAtFault,
}

impl Finding {
    /// Every finding, by number.
    pub const ALL: [Self; 9] = [
        Self::ClaimTrue,
        Self::ClaimFalseMinor,
        Self::ClaimFalseSignificant,
        Self::ClaimFalseFraud,
        Self::ProposalSpam,
        Self::BreachContract,
        Self::BreachRealm,
        Self::BreachAxiom,
        Self::MemberAtFault,
    ];
}

/// A judge decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Whom it is about, not the author.
    pub subject: IdentityId,
    /// What is found.
    pub finding: Finding,
    /// Event that is judged.
    pub target: EventId,
    /// 1 to 1 000 000 with [`Finding::MemberAtFault`], else 0.
    pub severity_ppm: u32,
    /// At most 4 KiB, may be empty.
    pub reason: String,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Odd.
    Low,
    /// Needs a look.
    Medium,
    /// Does harm.
    High,
    /// Does harm to many now.
    Critical,
}

impl Severity {
    /// Every severity, by number.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];
}

/// Kind of anomaly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnomalyClass {
    /// Too many events in a time.
    Rate,
    /// Far from the identity's own habit.
    Deviation,
    /// A circle of statements.
    Cycle,
    /// Evidence that comes mostly from each other.
    Collusion,
    /// Something else.
    Other,
}

impl AnomalyClass {
    /// Every class, by number.
    pub const ALL: [Self; 5] =
        [Self::Rate, Self::Deviation, Self::Cycle, Self::Collusion, Self::Other];
}

/// Somebody reports something odd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnomalyReported {
    /// 1 to 8, strictly ascending, not the author.
    pub subjects: Vec<IdentityId>,
    /// Kind.
    pub class: AnomalyClass,
    /// As the reporter sees it.
    pub severity: Severity,
    /// At most 8, strictly ascending.
    pub evidence: Vec<EventId>,
    /// At most 4 KiB, may be empty.
    pub comment: String,
}

/// A judge decides on a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnomalyJudged {
    /// The report.
    pub report: EventId,
    /// Its author.
    pub reporter: IdentityId,
    /// The severity found; `None` when the report is false.
    pub confirmed: Option<Severity>,
    /// At most 4 KiB, may be empty.
    pub reason: String,
}

/// A witness found the same state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochCosigned {
    /// Key of the log.
    pub log_key: PublicKey,
    /// Its epoch, from 1.
    pub epoch: u64,
    /// Entries up to and with the `epoch_closed`.
    pub size: u64,
    /// RFC 6962 root at that size.
    pub root: [u8; 32],
    /// State root of the epoch.
    pub state_root: [u8; 32],
}
