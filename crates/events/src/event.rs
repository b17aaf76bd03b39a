//! The event model (protocol §2).

use bytes::Bytes;
use erynoa_kernel::{Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId, Signature};

use crate::EventKind;
use crate::evidence_event::{
    AnomalyJudged, AnomalyReported, ControllerSet, CredentialIssued, CredentialRevoked, Delegation,
    DelegationRevoked, EpochCosigned, IdentityDeactivated, IdentityRecovered, Judgement, Vouch,
    VouchRevoked,
};
use crate::realm_event::{
    MemberBanned, Proposal, ProposalClosed, RealmCreated, RealmJoined, RealmLeft,
    RealmRulesChanged, Vote,
};

/// One event, decoded. Says nothing about whether it is signed or valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Who says it.
    pub author: IdentityId,
    /// Where it counts; null for identity events and `epoch_closed`.
    pub realm: RealmId,
    /// When, in hybrid logical time.
    pub coordinate: Coordinate,
    /// Previous event signed by the same key; absent in a key's first event.
    pub prev: Option<EventId>,
    /// Further causes, strictly ascending, at most [`crate::MAX_PARENTS`].
    pub parents: Vec<EventId>,
    /// What it says.
    pub body: Body,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// First event of an identity.
    IdentityCreated(IdentityCreated),
    /// Adds a device key.
    KeyAdded(KeyAdded),
    /// Ends a key.
    KeyRevoked(KeyRevoked),
    /// A statement about another identity.
    Attestation(Attestation),
    /// Takes an attestation back.
    AttestationRevoked(AttestationRevoked),
    /// An interaction confirmed by both sides.
    Receipt(Receipt),
    /// Creates a realm.
    RealmCreated(RealmCreated),
    /// Two events of one key on one prev.
    EquivocationProof(EquivocationProof),
    /// Closes an epoch.
    EpochClosed(EpochClosed),
    /// Stored and ordered, not judged.
    Custom(Custom),
    /// Hands a controlled identity to another controller.
    ControllerSet(ControllerSet),
    /// Ends an identity.
    IdentityDeactivated(IdentityDeactivated),
    /// Asks for the replacement of all keys.
    IdentityRecovered(IdentityRecovered),
    /// The author answers for a member.
    Vouch(Vouch),
    /// Takes a vouch back.
    VouchRevoked(VouchRevoked),
    /// A formal statement of an accredited issuer.
    CredentialIssued(CredentialIssued),
    /// Takes a credential back.
    CredentialRevoked(CredentialRevoked),
    /// A judge decides.
    Judgement(Judgement),
    /// Authority lent to another identity.
    Delegation(Delegation),
    /// Ends a delegation.
    DelegationRevoked(DelegationRevoked),
    /// A decided change of rules takes effect.
    RealmRulesChanged(RealmRulesChanged),
    /// The author joins a realm.
    RealmJoined(RealmJoined),
    /// The author leaves a realm.
    RealmLeft(RealmLeft),
    /// A decided exclusion takes effect.
    MemberBanned(MemberBanned),
    /// A proposal to a realm.
    Proposal(Proposal),
    /// A vote or a veto.
    Vote(Vote),
    /// The end of a proposal.
    ProposalClosed(ProposalClosed),
    /// Something odd is reported.
    AnomalyReported(AnomalyReported),
    /// A judge decides on a report.
    AnomalyJudged(AnomalyJudged),
    /// A witness found the same state.
    EpochCosigned(EpochCosigned),
}

/// What a key may do (protocol §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyPurpose {
    /// Answers sign-in challenges.
    SignIn,
    /// Signs events.
    Assertion,
    /// Replaces all other keys after the public delay.
    Recovery,
}

/// First event of an identity; its signer is the first key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityCreated {
    /// Kind of the identity.
    pub namespace: Namespace,
    /// Self-chosen, at most 128 bytes, may be empty.
    pub display_name: String,
    /// Device of the first key, at most 64 bytes, may be empty.
    pub key_label: String,
    /// Kept offline.
    pub recovery_key: Option<PublicKey>,
    /// Public delay of a recovery, seconds: 3 600 to 2 592 000.
    pub recovery_delay_s: u32,
    /// Present iff the namespace needs one.
    pub controller: Option<Controller>,
}

/// Consent of a controller; the signature has been checked by `verify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// The controlling identity.
    pub identity: IdentityId,
    /// Key of the controller that consents.
    pub public_key: PublicKey,
    /// Over `"ERYNOA-CONTROLLER-V1"` ‖ uid of the new identity.
    pub signature: Signature,
}

/// Adds a device key; the countersignature has been checked by `verify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAdded {
    /// The new key.
    pub public_key: PublicKey,
    /// At least one, strictly ascending.
    pub purposes: Vec<KeyPurpose>,
    /// Device, at most 64 bytes, may be empty.
    pub label: String,
    /// Over `"ERYNOA-KEY-ADDED-V1"` ‖ author ‖ new key.
    pub countersignature: Signature,
}

/// Ends a key for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRevoked {
    /// The key.
    pub public_key: PublicKey,
    /// At most 4 KiB, may be empty.
    pub reason: String,
}

/// The six dimensions of trust, in the order of the vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Dimension {
    /// R
    Reliability = 1,
    /// I
    Integrity = 2,
    /// C
    Competence = 3,
    /// P
    Prestige = 4,
    /// V
    Vigilance = 5,
    /// Ω, fidelity to the rules
    Fidelity = 6,
}

impl Dimension {
    /// R, I, C, P, V, Ω.
    pub const ALL: [Self; 6] = [
        Self::Reliability,
        Self::Integrity,
        Self::Competence,
        Self::Prestige,
        Self::Vigilance,
        Self::Fidelity,
    ];

    /// Position in the vector, 0 to 5.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize - 1
    }

    /// Whether people may attest it.
    #[must_use]
    pub const fn is_attestable(self) -> bool {
        matches!(self, Self::Reliability | Self::Integrity | Self::Competence | Self::Prestige)
    }

    /// Name as in the protocol.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reliability => "reliability",
            Self::Integrity => "integrity",
            Self::Competence => "competence",
            Self::Prestige => "prestige",
            Self::Vigilance => "vigilance",
            Self::Fidelity => "fidelity",
        }
    }
}

/// Sign of an attestation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Polarity {
    /// Speaks for the subject.
    Positive,
    /// Speaks against the subject.
    Negative,
}

/// A statement about another identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// Whom it is about; not the author.
    pub subject: IdentityId,
    /// R, I, C or P.
    pub dimension: Dimension,
    /// Sign.
    pub polarity: Polarity,
    /// Only with competence: `[a-z0-9-]{1,64}`, or empty.
    pub domain: String,
    /// At most 4 KiB, may be empty.
    pub comment: String,
    /// Greater than the event's wall time.
    pub expires_at_us: Option<u64>,
}

/// Takes an attestation back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestationRevoked {
    /// Attestation of the same author in the same realm.
    pub attestation: EventId,
    /// At most 4 KiB, may be empty.
    pub reason: String,
}

/// How an interaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReceiptOutcome {
    /// The performer did what was agreed.
    Kept,
    /// The performer did not.
    Broken,
    /// The performer stopped half-way.
    AbortedByPerformer,
    /// The client stopped half-way.
    AbortedByClient,
}

/// An interaction confirmed by both sides; the countersignature has been
/// checked by `verify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Who performed.
    pub performer: IdentityId,
    /// For whom.
    pub client: IdentityId,
    /// How it ended.
    pub outcome: ReceiptOutcome,
    /// At most 4 KiB, may be empty.
    pub description: String,
    /// 16 random bytes.
    pub nonce: [u8; 16],
    /// BLAKE3-256 of the terms' bytes; equal terms count once.
    pub terms_hash: [u8; 32],
    /// Key of the side that is not the author.
    pub countersigner_key: PublicKey,
    /// Over `"ERYNOA-RECEIPT-V1"` ‖ terms hash.
    pub countersignature: Signature,
}

impl Receipt {
    /// The side that is not `author`.
    #[must_use]
    pub fn other_side(&self, author: &IdentityId) -> IdentityId {
        if self.performer == *author { self.client } else { self.performer }
    }
}

/// Two events of one key that contradict each other; both have been checked by
/// `verify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EquivocationProof {
    /// Bytes of the first `SignedEvent`.
    pub first: Bytes,
    /// Bytes of the second `SignedEvent`; its event id is the greater one.
    pub second: Bytes,
    /// Author of both.
    pub accused: IdentityId,
    /// Signer of both.
    pub key: PublicKey,
    /// What they contradict each other about.
    pub about: Contradiction,
}

/// What a key can truthfully do only once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contradiction {
    /// Sign on this prev.
    Prev(Option<EventId>),
    /// Cosign this epoch of the log with this key.
    Cosignature {
        /// Key of the log.
        log_key: PublicKey,
        /// Its epoch.
        epoch: u64,
    },
}

/// Closes an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochClosed {
    /// From 1.
    pub epoch: u64,
    /// Time of the epoch, never less than that of the one before.
    pub closed_at_us: u64,
    /// Log entries before this one.
    pub size: u64,
    /// State root after this epoch.
    pub state_root: [u8; 32],
    /// BLAKE3-256 of the parameters.
    pub parameters_hash: [u8; 32],
}

/// Stored and ordered, not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custom {
    /// Chosen by its users.
    pub type_number: u16,
    /// Version of that type.
    pub version: u32,
    /// Payload.
    pub data: Bytes,
}

impl Body {
    /// Kind of the body.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::IdentityCreated(_) => EventKind::IdentityCreated,
            Self::KeyAdded(_) => EventKind::KeyAdded,
            Self::KeyRevoked(_) => EventKind::KeyRevoked,
            Self::Attestation(_) => EventKind::Attestation,
            Self::AttestationRevoked(_) => EventKind::AttestationRevoked,
            Self::Receipt(_) => EventKind::Receipt,
            Self::RealmCreated(_) => EventKind::RealmCreated,
            Self::EquivocationProof(_) => EventKind::EquivocationProof,
            Self::EpochClosed(_) => EventKind::EpochClosed,
            Self::Custom(_) => EventKind::Custom,
            Self::ControllerSet(_) => EventKind::ControllerSet,
            Self::IdentityDeactivated(_) => EventKind::IdentityDeactivated,
            Self::IdentityRecovered(_) => EventKind::IdentityRecovered,
            Self::Vouch(_) => EventKind::Vouch,
            Self::VouchRevoked(_) => EventKind::VouchRevoked,
            Self::CredentialIssued(_) => EventKind::CredentialIssued,
            Self::CredentialRevoked(_) => EventKind::CredentialRevoked,
            Self::Judgement(_) => EventKind::Judgement,
            Self::Delegation(_) => EventKind::Delegation,
            Self::DelegationRevoked(_) => EventKind::DelegationRevoked,
            Self::RealmRulesChanged(_) => EventKind::RealmRulesChanged,
            Self::RealmJoined(_) => EventKind::RealmJoined,
            Self::RealmLeft(_) => EventKind::RealmLeft,
            Self::MemberBanned(_) => EventKind::MemberBanned,
            Self::Proposal(_) => EventKind::Proposal,
            Self::Vote(_) => EventKind::Vote,
            Self::ProposalClosed(_) => EventKind::ProposalClosed,
            Self::AnomalyReported(_) => EventKind::AnomalyReported,
            Self::AnomalyJudged(_) => EventKind::AnomalyJudged,
            Self::EpochCosigned(_) => EventKind::EpochCosigned,
        }
    }
}

impl Event {
    /// Whom the event is about, where it is about somebody else.
    #[must_use]
    pub fn subject(&self) -> Option<IdentityId> {
        match &self.body {
            Body::Attestation(attestation) => Some(attestation.subject),
            Body::Receipt(receipt) => Some(receipt.other_side(&self.author)),
            Body::EquivocationProof(proof) => Some(proof.accused),
            Body::ControllerSet(set) => Some(set.identity),
            Body::IdentityDeactivated(ended) => {
                (ended.identity != self.author).then_some(ended.identity)
            }
            Body::Delegation(delegation) => Some(delegation.delegate),
            Body::Vouch(vouch) => Some(vouch.member),
            Body::CredentialIssued(credential) => Some(credential.subject),
            Body::CredentialRevoked(revoked) => Some(revoked.subject),
            Body::Judgement(judgement) => Some(judgement.subject),
            Body::MemberBanned(banned) => Some(banned.member),
            Body::Proposal(proposal) => proposal.member,
            Body::ProposalClosed(closed) => Some(closed.proposer),
            Body::AnomalyReported(report) => report.subjects.first().copied(),
            Body::AnomalyJudged(judged) => Some(judged.reporter),
            _ => None,
        }
    }
}

/// An event whose bytes are canonical, whose limits hold and whose signatures
/// are genuine. Only [`crate::verify`] makes one, so that nothing unverified
/// can be stored. Whether it fits the log is for [`crate::Admission`] to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedEvent {
    pub(crate) id: EventId,
    pub(crate) event: Event,
    pub(crate) signer: PublicKey,
    pub(crate) entry: Bytes,
}

impl VerifiedEvent {
    /// UID(2, 1, event bytes).
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.id
    }

    /// What it says.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// Key that signed it.
    #[must_use]
    pub const fn signer(&self) -> PublicKey {
        self.signer
    }

    /// Canonical bytes of the `SignedEvent`: the log entry.
    #[must_use]
    pub const fn entry(&self) -> &Bytes {
        &self.entry
    }
}
