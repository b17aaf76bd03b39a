//! Decentralised identifiers (protocol §1).

use std::fmt;
use std::str::FromStr;

use crate::{IdentityId, PublicKey, Tag, UniversalId};

/// Kind of an identity; the number is the namespace byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Namespace {
    /// A person.
    SelfHood = 1,
    /// An organisation.
    Guild = 2,
    /// An AI agent.
    Spirit = 3,
    /// A thing.
    Thing = 4,
    /// A vessel.
    Vessel = 5,
    /// A source of data.
    Source = 6,
    /// A service.
    Craft = 7,
    /// A vault.
    Vault = 8,
    /// A contract.
    Pact = 9,
    /// A group.
    Circle = 10,
}

impl Namespace {
    /// Every namespace, by number.
    pub const ALL: [Self; 10] = [
        Self::SelfHood,
        Self::Guild,
        Self::Spirit,
        Self::Thing,
        Self::Vessel,
        Self::Source,
        Self::Craft,
        Self::Vault,
        Self::Pact,
        Self::Circle,
    ];

    /// Name in the text form of a DID.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SelfHood => "self",
            Self::Guild => "guild",
            Self::Spirit => "spirit",
            Self::Thing => "thing",
            Self::Vessel => "vessel",
            Self::Source => "source",
            Self::Craft => "craft",
            Self::Vault => "vault",
            Self::Pact => "pact",
            Self::Circle => "circle",
        }
    }

    /// Whether identities of this kind name a controller.
    #[must_use]
    pub const fn needs_controller(self) -> bool {
        matches!(self, Self::Spirit | Self::Thing | Self::Vessel | Self::Source)
    }

    /// The namespace with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }
}

impl IdentityId {
    /// Id of the identity that `first_key` founds: self-certifying.
    #[must_use]
    pub fn of(namespace: Namespace, first_key: &PublicKey) -> Self {
        Self(UniversalId::new(Tag::Did, 1, &[&[namespace as u8], first_key.as_bytes()]))
    }
}

/// `did:erynoa:<namespace>:<64 hex digits>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Did {
    /// Kind of the identity.
    pub namespace: Namespace,
    /// Its id.
    pub identity: IdentityId,
}

/// Text that is not the exact text form of a DID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a DID is did:erynoa:<namespace>:<64 lower-case hexadecimal digits of an identity>")]
pub struct DidParseError;

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "did:erynoa:{}:{}", self.namespace.name(), self.identity)
    }
}

impl FromStr for Did {
    type Err = DidParseError;

    fn from_str(text: &str) -> Result<Self, DidParseError> {
        let rest = text.strip_prefix("did:erynoa:").ok_or(DidParseError)?;
        let (name, uid) = rest.split_once(':').ok_or(DidParseError)?;
        let namespace =
            Namespace::ALL.into_iter().find(|n| n.name() == name).ok_or(DidParseError)?;
        let identity: IdentityId = uid.parse().map_err(|_| DidParseError)?;
        if identity.0.tag() != Tag::Did as u16 {
            return Err(DidParseError);
        }
        Ok(Self { namespace, identity })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn worked_example_of_key_00_to_1f() {
        let key = PublicKey::from_bytes(std::array::from_fn(|i| u8::try_from(i).unwrap()));
        assert_eq!(
            IdentityId::of(Namespace::SelfHood, &key).to_string(),
            "00010001f91250bd4fc7fee41dc22fc0aaea86a8c56eef8febc057dd89966c9c"
        );
    }

    #[test]
    fn namespace_numbers_and_names_are_one_to_one() {
        for namespace in Namespace::ALL {
            assert_eq!(Namespace::from_number(namespace as u8), Some(namespace));
        }
        assert_eq!(Namespace::from_number(0), None);
        assert_eq!(Namespace::from_number(11), None);
    }

    #[test]
    fn a_uid_of_another_kind_is_no_did() {
        let event = UniversalId::new(Tag::Event, 1, &[b"x"]);
        assert_eq!(format!("did:erynoa:self:{event}").parse::<Did>(), Err(DidParseError));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn parse_after_print_is_the_did(number in 1u8..=10, key: [u8; 32]) {
            let namespace = Namespace::from_number(number).unwrap();
            let identity = IdentityId::of(namespace, &PublicKey::from_bytes(key));
            let did = Did { namespace, identity };
            prop_assert_eq!(did.to_string().parse::<Did>(), Ok(did));
        }

        #[test]
        fn did_from_namespace_and_key_is_deterministic_and_injective(
            a in (1u8..=10, any::<[u8; 32]>()),
            b in (1u8..=10, any::<[u8; 32]>()),
        ) {
            let id = |(number, key): (u8, [u8; 32])| {
                IdentityId::of(Namespace::from_number(number).unwrap(), &PublicKey::from_bytes(key))
            };
            prop_assert_eq!(a == b, id(a) == id(b));
        }

        #[test]
        fn only_the_exact_text_form_parses(text in "(did:erynoa:)?(self|guild|SELF)?:?[0-9a-fA-F]{0,65} ?") {
            if let Ok(did) = text.parse::<Did>() {
                prop_assert_eq!(did.to_string(), text);
            }
        }
    }
}
