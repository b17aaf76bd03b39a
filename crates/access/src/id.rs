//! Ids of accounts and sessions.

use std::fmt;
use std::str::FromStr;

/// Text that is not exactly 32 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id of an account or a session is 32 lower-case hexadecimal digits")]
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

            /// The id of 32 bytes that are random, or a hash: the first half.
            #[must_use]
            pub fn from_random(bytes: &[u8; 32]) -> Self {
                let (id, _) = bytes.split_first_chunk().expect("16 of 32 bytes");
                Self(*id)
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
                if text.bytes().any(|b| b.is_ascii_uppercase()) {
                    return Err(IdParseError);
                }
                let mut bytes = [0; 16];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| IdParseError)?;
                Ok(Self(bytes))
            }
        }
    };
}

short_id! {
    /// Id of an account: 16 random bytes, in text 32 lower-case hexadecimal digits.
    AccountId
}

short_id! {
    /// Id of a session: 16 random bytes, in text 32 lower-case hexadecimal digits.
    SessionId
}

/// A place in a list that is ordered by creation, then id. Lists that show the
/// newest first go on below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// µs since the Unix epoch.
    pub created_at_us: u64,
    /// Of the account or the session.
    pub id: [u8; 16],
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn parse_after_print_is_the_id(bytes: [u8; 16]) {
            let (session, account) = (SessionId::from_bytes(bytes), AccountId::from_bytes(bytes));
            prop_assert_eq!(session.to_string().parse::<SessionId>(), Ok(session));
            prop_assert_eq!(account.to_string().parse::<AccountId>(), Ok(account));
        }

        #[test]
        fn only_the_exact_text_of_an_id_parses(text in "[0-9a-fA-F]{30,34}|.{0,36}") {
            if let Ok(id) = text.parse::<SessionId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
