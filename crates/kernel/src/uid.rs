//! UniversalId (protocol §1).

use std::fmt;
use std::str::FromStr;

/// What a [`UniversalId`] names. The numbers are part of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Tag {
    /// An identity.
    Did = 1,
    /// An event.
    Event = 2,
    /// A realm.
    Realm = 3,
    /// A trust record.
    TrustRecord = 4,
    /// A saga.
    Saga = 5,
}

/// 32 bytes: type tag u16 BE ‖ version u16 BE ‖ first 28 bytes of BLAKE3(content).
///
/// Text form: 64 lower-case hexadecimal digits. All zero is null.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UniversalId([u8; 32]);

/// Text that is not exactly 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a universal id is 64 lower-case hexadecimal digits")]
pub struct UidParseError;

impl UniversalId {
    /// The null id, 32 zero bytes.
    pub const NULL: Self = Self([0; 32]);

    /// Names `content`, given in pieces, by its hash.
    #[must_use]
    pub fn new(tag: Tag, version: u16, content: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for piece in content {
            hasher.update(piece);
        }
        let mut bytes = [0; 32];
        bytes[..2].copy_from_slice(&(tag as u16).to_be_bytes());
        bytes[2..4].copy_from_slice(&version.to_be_bytes());
        bytes[4..].copy_from_slice(&hasher.finalize().as_bytes()[..28]);
        Self(bytes)
    }

    /// The id with exactly these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the id.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Type tag, whether or not this version of the protocol knows it.
    #[must_use]
    pub const fn tag(&self) -> u16 {
        u16::from_be_bytes([self.0[0], self.0[1]])
    }

    /// Whether this is the null id.
    #[must_use]
    pub fn is_null(&self) -> bool {
        *self == Self::NULL
    }
}

impl fmt::Display for UniversalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 64];
        hex::encode_to_slice(self.0, &mut text).map_err(|_| fmt::Error)?;
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for UniversalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for UniversalId {
    type Err = UidParseError;

    fn from_str(text: &str) -> Result<Self, UidParseError> {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(UidParseError);
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| UidParseError)?;
        Ok(Self(bytes))
    }
}

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub UniversalId);

        impl $name {
            /// The id with exactly these bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(UniversalId::from_bytes(bytes))
            }

            /// The bytes of the id.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = UidParseError;

            fn from_str(text: &str) -> Result<Self, UidParseError> {
                text.parse().map(Self)
            }
        }
    };
}

typed_id!(
    /// Id of an event: UID(2, 1, event bytes).
    EventId
);
typed_id!(
    /// Id of an identity: UID(1, 1, namespace byte ‖ first public key).
    IdentityId
);
typed_id!(
    /// Id of a realm.
    RealmId
);
typed_id!(
    /// Id of a saga: UID(5, 1, intent bytes).
    SagaId
);

impl EventId {
    /// Id of the event with these bytes.
    #[must_use]
    pub fn of(event: &[u8]) -> Self {
        Self(UniversalId::new(Tag::Event, 1, &[event]))
    }
}

impl SagaId {
    /// Id of the saga that this intent starts (protocol §11).
    #[must_use]
    pub fn of(intent: &[u8]) -> Self {
        Self(UniversalId::new(Tag::Saga, 1, &[intent]))
    }
}

impl RealmId {
    /// No realm: identity events and `epoch_closed` carry it.
    pub const NULL: Self = Self(UniversalId::NULL);

    /// Root realm of the log with this key (protocol §7).
    #[must_use]
    pub fn root_of(log_key: &crate::PublicKey) -> Self {
        Self(UniversalId::new(Tag::Realm, 1, &[b"erynoa:root:v1", log_key.as_bytes()]))
    }

    /// UID(3, 1, creator ‖ parent ‖ name ‖ nonce): every realm but a root.
    #[must_use]
    pub fn of(creator: &IdentityId, parent: &Self, name: &str, nonce: &[u8; 16]) -> Self {
        Self(UniversalId::new(
            Tag::Realm,
            1,
            &[creator.as_bytes(), parent.as_bytes(), name.as_bytes(), nonce],
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn worked_example_names_test_content() {
        let id = UniversalId::new(Tag::Event, 1, &[b"test ", b"content"]);
        assert_eq!(
            id.to_string(),
            "00020001ead3df8af4aece7792496936f83b6b6d191a7f256585ce6b6028db16"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn parse_after_print_is_the_id(bytes: [u8; 32]) {
            let id = UniversalId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse::<UniversalId>(), Ok(id));
        }

        #[test]
        fn only_the_exact_text_parses(text in "[0-9a-fA-F]{60,68}|.{0,70}") {
            if let Ok(id) = text.parse::<UniversalId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
