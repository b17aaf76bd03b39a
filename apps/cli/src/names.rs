//! Numbers of the API as words, the same in text and JSON.

use erynoa_events::{Dimension, KeyPurpose};
use erynoa_proto::api::v1 as api;
use erynoa_proto::protocol::v1 as protocol;

use crate::arguments::{
    ContextArgument, DimensionArgument, ExplainOrderArgument, KindArgument, NamespaceArgument,
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
            Self::Attestation => api::EventKind::Attestation,
            Self::AttestationRevoked => api::EventKind::AttestationRevoked,
            Self::Receipt => api::EventKind::Receipt,
            Self::RealmCreated => api::EventKind::RealmCreated,
            Self::EquivocationProof => api::EventKind::EquivocationProof,
            Self::EpochClosed => api::EventKind::EpochClosed,
            Self::Custom => api::EventKind::Custom,
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
        assert_eq!(polarity(99), "unknown");
        for each in Dimension::ALL {
            assert_eq!(dimension(each as i32), each.name());
        }
    }
}
