//! Ids of files, links and owners.

use std::fmt;
use std::str::FromStr;

use erynoa_kernel::{Entropy, RealmId};

/// Text that is not exactly 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is 32 lower-case hexadecimal digits")]
pub struct IdParseError;

macro_rules! short_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The id with exactly these bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The bytes of the id.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdParseError;

            fn from_str(text: &str) -> Result<Self, IdParseError> {
                if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    return Err(IdParseError);
                }
                let mut bytes = [0; 16];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| IdParseError)?;
                Ok(Self(bytes))
            }
        }
    };
}

short_id!(
    /// Id of a file, and before that of its upload: a UUID, random or of a hash.
    FileId
);
short_id!(
    /// Id of a link: 16 random bytes.
    LinkId
);
short_id!(
    /// Account that owns a file.
    OwnerId
);

impl FileId {
    /// A fresh id.
    #[must_use]
    pub fn mint(entropy: &dyn Entropy) -> Self {
        Self::uuid_of(half(entropy), 4)
    }

    /// The id that belongs to a hash, for files that are made once whatever
    /// happens.
    #[must_use]
    pub fn of_hash(hash: &[u8; 32]) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Self::uuid_of(bytes, 8)
    }

    const fn uuid_of(mut bytes: [u8; 16], version: u8) -> Self {
        bytes[6] = bytes[6] & 0x0f | version << 4;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }

    /// The id as a UUID: 36 bytes with hyphens.
    #[must_use]
    pub fn uuid(&self) -> String {
        let hex = hex::encode(self.0);
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }
}

impl LinkId {
    /// A fresh id.
    #[must_use]
    pub fn mint(entropy: &dyn Entropy) -> Self {
        Self(half(entropy))
    }
}

fn half(entropy: &dyn Entropy) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&entropy.bytes32()[..16]);
    bytes
}

/// Who a file counts for: its realm when it belongs to one, else its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// A person.
    Person(OwnerId),
    /// A realm.
    Realm(RealmId),
}
