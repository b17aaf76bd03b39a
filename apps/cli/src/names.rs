//! Numbers of the API as words, the same in text and JSON.

use erynoa_events::{
    AnomalyClass, Dimension, Finding, KeyPurpose, ProposalKind, ReceiptOutcome, Severity,
};
use erynoa_proto::api::v1 as api;
use erynoa_proto::protocol::v1 as protocol;

use crate::choices::{
    AnomalyArgument, BreachArgument, ContextArgument, ControlledArgument, DimensionArgument,
    ExplainOrderArgument, KindArgument, NamespaceArgument, OutcomeArgument, ProposalKindArgument,
    ProposalStateArgument, SeverityArgument, VerdictArgument,
};

/// An enum value's name without its prefix, in lower case.
fn short(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase()
}

/// A word for each number of an enum of the API; a number that this version
/// does not know is shown as `unknown`.
macro_rules! words {
    ($($(#[$doc:meta])* $function:ident: $enum:path, $prefix:literal;)*) => {
        $(
            $(#[$doc])*
            pub(crate) fn $function(number: i32) -> String {
                <$enum>::try_from(number)
                    .map_or_else(|_| "unknown".to_owned(), |v| short(v.as_str_name(), $prefix))
            }
        )*
    };
}

words! {
    /// `validated`, `witnessed`, …
    finality: api::Finality, "FINALITY_";
    /// `identity_created`, `attestation`, …
    kind: api::EventKind, "EVENT_KIND_";
    /// `home`, `follower`, `witness`
    node_role: api::NodeRole, "NODE_ROLE_";
    /// `blocked`, `receive_only`, `full`
    peer_standing: api::PeerStanding, "PEER_STANDING_";
    /// `newcomer`, `established`, …
    class: api::TrustClass, "TRUST_CLASS_";
    /// `live`, `replaced`, …
    part_state: api::PartState, "PART_STATE_";
    /// `counts`, `no_voice`, …
    verdict: api::PreviewVerdict, "PREVIEW_VERDICT_";
    /// `reliability`, …; `unspecified` is the standing or the norm.
    dimension: protocol::Dimension, "DIMENSION_";
    /// `positive` or `negative`.
    polarity: protocol::Polarity, "POLARITY_";
    /// `self`, `guild`, …
    namespace: protocol::Namespace, "NAMESPACE_";
    /// `live`, `future`, `expired`, …
    delegation_state: api::DelegationState, "DELEGATION_STATE_";
    /// `pending`, `live`, `replaced`, …
    statement_state: api::StatementState, "STATEMENT_STATE_";
    /// `none`, `member`, `founder`, …
    member_state: api::MemberState, "MEMBER_STATE_";
    /// `normal`, `degraded`, `read_only`.
    breaker: api::BreakerState, "BREAKER_STATE_";
    /// `draft`, `discussion`, …
    proposal_state: api::ProposalState, "PROPOSAL_STATE_";
    /// `default`, `finance`, …
    context: api::TrustContext, "TRUST_CONTEXT_";
    /// `parameter`, `treasury`, …
    proposal_kind: protocol::ProposalKind, "PROPOSAL_KIND_";
    /// `public`, `members`, `strict`.
    isolation: protocol::Isolation, "ISOLATION_";
    /// `open`, `credential`, …
    join_policy: protocol::JoinPolicy, "JOIN_POLICY_";
    /// `claim_true`, `proposal_spam`, …
    finding: protocol::Finding, "FINDING_";
    /// `low`, `medium`, …
    severity: protocol::Severity, "SEVERITY_";
    /// `rate`, `deviation`, …
    anomaly_class: protocol::AnomalyClass, "ANOMALY_CLASS_";
    /// `sign_in`, `assertion`, `recovery`.
    purpose: protocol::KeyPurpose, "KEY_PURPOSE_";
}

/// The same words for the decoded event.
pub(crate) const fn key_purpose(purpose: KeyPurpose) -> &'static str {
    match purpose {
        KeyPurpose::SignIn => "sign_in",
        KeyPurpose::Assertion => "assertion",
        KeyPurpose::Recovery => "recovery",
    }
}

impl DimensionArgument {
    pub(crate) const fn domain(self) -> Dimension {
        match self {
            Self::Reliability => Dimension::Reliability,
            Self::Integrity => Dimension::Integrity,
            Self::Competence => Dimension::Competence,
            Self::Prestige => Dimension::Prestige,
            Self::Vigilance => Dimension::Vigilance,
            Self::Fidelity => Dimension::Fidelity,
        }
    }

    /// Number in the API.
    pub(crate) const fn number(self) -> i32 {
        self.domain() as i32
    }
}

impl ContextArgument {
    pub(crate) const fn number(self) -> i32 {
        (match self {
            Self::Default => api::TrustContext::Default,
            Self::Finance => api::TrustContext::Finance,
            Self::Social => api::TrustContext::Social,
            Self::Governance => api::TrustContext::Governance,
            Self::Technical => api::TrustContext::Technical,
            Self::Creative => api::TrustContext::Creative,
            Self::Knowledge => api::TrustContext::Knowledge,
        }) as i32
    }
}

impl ExplainOrderArgument {
    pub(crate) const fn number(self) -> i32 {
        (match self {
            Self::Effect => api::ExplainOrder::Effect,
            Self::Newest => api::ExplainOrder::Newest,
            Self::Weight => api::ExplainOrder::Weight,
        }) as i32
    }
}

impl KindArgument {
    pub(crate) const fn number(self) -> i32 {
        (match self {
            Self::IdentityCreated => api::EventKind::IdentityCreated,
            Self::KeyAdded => api::EventKind::KeyAdded,
            Self::KeyRevoked => api::EventKind::KeyRevoked,
            Self::ControllerSet => api::EventKind::ControllerSet,
            Self::IdentityDeactivated => api::EventKind::IdentityDeactivated,
            Self::IdentityRecovered => api::EventKind::IdentityRecovered,
            Self::Attestation => api::EventKind::Attestation,
            Self::AttestationRevoked => api::EventKind::AttestationRevoked,
            Self::Receipt => api::EventKind::Receipt,
            Self::Vouch => api::EventKind::Vouch,
            Self::VouchRevoked => api::EventKind::VouchRevoked,
            Self::CredentialIssued => api::EventKind::CredentialIssued,
            Self::CredentialRevoked => api::EventKind::CredentialRevoked,
            Self::Judgement => api::EventKind::Judgement,
            Self::Delegation => api::EventKind::Delegation,
            Self::DelegationRevoked => api::EventKind::DelegationRevoked,
            Self::RealmCreated => api::EventKind::RealmCreated,
            Self::RealmRulesChanged => api::EventKind::RealmRulesChanged,
            Self::RealmJoined => api::EventKind::RealmJoined,
            Self::RealmLeft => api::EventKind::RealmLeft,
            Self::MemberBanned => api::EventKind::MemberBanned,
            Self::Proposal => api::EventKind::Proposal,
            Self::Vote => api::EventKind::Vote,
            Self::ProposalClosed => api::EventKind::ProposalClosed,
            Self::EquivocationProof => api::EventKind::EquivocationProof,
            Self::AnomalyReported => api::EventKind::AnomalyReported,
            Self::AnomalyJudged => api::EventKind::AnomalyJudged,
            Self::EpochCosigned => api::EventKind::EpochCosigned,
            Self::EpochClosed => api::EventKind::EpochClosed,
            Self::Custom => api::EventKind::Custom,
        }) as i32
    }
}

impl ControlledArgument {
    pub(crate) const fn domain(self) -> erynoa_kernel::Namespace {
        match self {
            Self::Spirit => erynoa_kernel::Namespace::Spirit,
            Self::Thing => erynoa_kernel::Namespace::Thing,
            Self::Vessel => erynoa_kernel::Namespace::Vessel,
            Self::Source => erynoa_kernel::Namespace::Source,
        }
    }
}

impl OutcomeArgument {
    pub(crate) const fn domain(self) -> ReceiptOutcome {
        match self {
            Self::Kept => ReceiptOutcome::Kept,
            Self::Broken => ReceiptOutcome::Broken,
            Self::AbortedByPerformer => ReceiptOutcome::AbortedByPerformer,
            Self::AbortedByClient => ReceiptOutcome::AbortedByClient,
        }
    }
}

impl VerdictArgument {
    pub(crate) const fn finding(self) -> Finding {
        match self {
            Self::True => Finding::ClaimTrue,
            Self::Minor => Finding::ClaimFalseMinor,
            Self::Significant => Finding::ClaimFalseSignificant,
            Self::Fraud => Finding::ClaimFalseFraud,
        }
    }
}

impl BreachArgument {
    pub(crate) const fn finding(self) -> Finding {
        match self {
            Self::Contract => Finding::BreachContract,
            Self::Realm => Finding::BreachRealm,
            Self::Axiom => Finding::BreachAxiom,
        }
    }
}

impl SeverityArgument {
    pub(crate) const fn domain(self) -> Severity {
        match self {
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Critical => Severity::Critical,
        }
    }
}

impl AnomalyArgument {
    pub(crate) const fn domain(self) -> AnomalyClass {
        match self {
            Self::Rate => AnomalyClass::Rate,
            Self::Deviation => AnomalyClass::Deviation,
            Self::Cycle => AnomalyClass::Cycle,
            Self::Collusion => AnomalyClass::Collusion,
            Self::Other => AnomalyClass::Other,
        }
    }
}

impl ProposalKindArgument {
    pub(crate) const fn domain(self) -> ProposalKind {
        match self {
            Self::Parameter => ProposalKind::Parameter,
            Self::Treasury => ProposalKind::Treasury,
            Self::Rule => ProposalKind::Rule,
            Self::Member => ProposalKind::Member,
            Self::Governance => ProposalKind::Governance,
        }
    }
}

impl ProposalStateArgument {
    pub(crate) const fn number(self) -> i32 {
        (match self {
            Self::Draft => api::ProposalState::Draft,
            Self::Discussion => api::ProposalState::Discussion,
            Self::Voting => api::ProposalState::Voting,
            Self::Timelock => api::ProposalState::Timelock,
            Self::Executed => api::ProposalState::Executed,
            Self::Defeated => api::ProposalState::Defeated,
            Self::Vetoed => api::ProposalState::Vetoed,
        }) as i32
    }
}

impl NamespaceArgument {
    pub(crate) const fn domain(self) -> erynoa_kernel::Namespace {
        use erynoa_kernel::Namespace;
        match self {
            Self::SelfHood => Namespace::SelfHood,
            Self::Guild => Namespace::Guild,
            Self::Craft => Namespace::Craft,
            Self::Vault => Namespace::Vault,
            Self::Pact => Namespace::Pact,
            Self::Circle => Namespace::Circle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_protocol() {
        assert_eq!(kind(api::EventKind::AttestationRevoked as i32), "attestation_revoked");
        assert_eq!(finality(api::Finality::Eternal as i32), "eternal");
        assert_eq!(dimension(6), "fidelity");
        assert_eq!(kind(KindArgument::EpochCosigned.number()), "epoch_cosigned");
        assert_eq!(proposal_state(ProposalStateArgument::Timelock.number()), "timelock");
        assert_eq!(polarity(99), "unknown");
        for each in Dimension::ALL {
            assert_eq!(dimension(each as i32), each.name());
        }
    }
}
