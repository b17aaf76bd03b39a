//! Kinds of events, by number and by name (protocol §2).

/// Kind of a [`crate::Body`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EventKind {
    /// [`crate::Body::IdentityCreated`]
    IdentityCreated = 1,
    /// [`crate::Body::KeyAdded`]
    KeyAdded = 2,
    /// [`crate::Body::KeyRevoked`]
    KeyRevoked = 3,
    /// [`crate::Body::Attestation`]
    Attestation = 4,
    /// [`crate::Body::AttestationRevoked`]
    AttestationRevoked = 5,
    /// [`crate::Body::Receipt`]
    Receipt = 6,
    /// [`crate::Body::RealmCreated`]
    RealmCreated = 7,
    /// [`crate::Body::EquivocationProof`]
    EquivocationProof = 8,
    /// [`crate::Body::EpochClosed`]
    EpochClosed = 9,
    /// [`crate::Body::Custom`]
    Custom = 10,
    /// [`crate::Body::ControllerSet`]
    ControllerSet = 11,
    /// [`crate::Body::IdentityDeactivated`]
    IdentityDeactivated = 12,
    /// [`crate::Body::IdentityRecovered`]
    IdentityRecovered = 13,
    /// [`crate::Body::Vouch`]
    Vouch = 14,
    /// [`crate::Body::VouchRevoked`]
    VouchRevoked = 15,
    /// [`crate::Body::CredentialIssued`]
    CredentialIssued = 16,
    /// [`crate::Body::CredentialRevoked`]
    CredentialRevoked = 17,
    /// [`crate::Body::Judgement`]
    Judgement = 18,
    /// [`crate::Body::Delegation`]
    Delegation = 19,
    /// [`crate::Body::DelegationRevoked`]
    DelegationRevoked = 20,
    /// [`crate::Body::RealmRulesChanged`]
    RealmRulesChanged = 21,
    /// [`crate::Body::RealmJoined`]
    RealmJoined = 22,
    /// [`crate::Body::RealmLeft`]
    RealmLeft = 23,
    /// [`crate::Body::MemberBanned`]
    MemberBanned = 24,
    /// [`crate::Body::Proposal`]
    Proposal = 25,
    /// [`crate::Body::Vote`]
    Vote = 26,
    /// [`crate::Body::ProposalClosed`]
    ProposalClosed = 27,
    /// [`crate::Body::AnomalyReported`]
    AnomalyReported = 28,
    /// [`crate::Body::AnomalyJudged`]
    AnomalyJudged = 29,
    /// [`crate::Body::EpochCosigned`]
    EpochCosigned = 30,
}

impl EventKind {
    /// Every kind, by number.
    pub const ALL: [Self; 30] = [
        Self::IdentityCreated,
        Self::KeyAdded,
        Self::KeyRevoked,
        Self::Attestation,
        Self::AttestationRevoked,
        Self::Receipt,
        Self::RealmCreated,
        Self::EquivocationProof,
        Self::EpochClosed,
        Self::Custom,
        Self::ControllerSet,
        Self::IdentityDeactivated,
        Self::IdentityRecovered,
        Self::Vouch,
        Self::VouchRevoked,
        Self::CredentialIssued,
        Self::CredentialRevoked,
        Self::Judgement,
        Self::Delegation,
        Self::DelegationRevoked,
        Self::RealmRulesChanged,
        Self::RealmJoined,
        Self::RealmLeft,
        Self::MemberBanned,
        Self::Proposal,
        Self::Vote,
        Self::ProposalClosed,
        Self::AnomalyReported,
        Self::AnomalyJudged,
        Self::EpochCosigned,
    ];

    /// Whether events of the kind belong to no realm.
    #[must_use]
    pub const fn is_realmless(self) -> bool {
        matches!(
            self,
            Self::IdentityCreated
                | Self::KeyAdded
                | Self::KeyRevoked
                | Self::ControllerSet
                | Self::IdentityDeactivated
                | Self::IdentityRecovered
                | Self::EpochClosed
        )
    }

    /// Whether other events are judged by what an event of the kind changes, so
    /// that it must be applied before the next one is judged.
    #[must_use]
    pub const fn is_structural(self) -> bool {
        !matches!(
            self,
            Self::IdentityCreated
                | Self::KeyAdded
                | Self::KeyRevoked
                | Self::Attestation
                | Self::AttestationRevoked
                | Self::Receipt
                | Self::Custom
        )
    }

    /// Name as in the protocol, such as `attestation_revoked`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::IdentityCreated => "identity_created",
            Self::KeyAdded => "key_added",
            Self::KeyRevoked => "key_revoked",
            Self::Attestation => "attestation",
            Self::AttestationRevoked => "attestation_revoked",
            Self::Receipt => "receipt",
            Self::RealmCreated => "realm_created",
            Self::EquivocationProof => "equivocation_proof",
            Self::EpochClosed => "epoch_closed",
            Self::Custom => "custom",
            Self::ControllerSet => "controller_set",
            Self::IdentityDeactivated => "identity_deactivated",
            Self::IdentityRecovered => "identity_recovered",
            Self::Vouch => "vouch",
            Self::VouchRevoked => "vouch_revoked",
            Self::CredentialIssued => "credential_issued",
            Self::CredentialRevoked => "credential_revoked",
            Self::Judgement => "judgement",
            Self::Delegation => "delegation",
            Self::DelegationRevoked => "delegation_revoked",
            Self::RealmRulesChanged => "realm_rules_changed",
            Self::RealmJoined => "realm_joined",
            Self::RealmLeft => "realm_left",
            Self::MemberBanned => "member_banned",
            Self::Proposal => "proposal",
            Self::Vote => "vote",
            Self::ProposalClosed => "proposal_closed",
            Self::AnomalyReported => "anomaly_reported",
            Self::AnomalyJudged => "anomaly_judged",
            Self::EpochCosigned => "epoch_cosigned",
        }
    }
}
