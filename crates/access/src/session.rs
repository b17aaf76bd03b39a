//! Sessions and their refresh tokens.

use std::fmt;
use std::str::FromStr;

use erynoa_kernel::{IdentityId, PublicKey};

/// Id of a session: 16 random bytes, in text 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId([u8; 16]);

/// Text that is not exactly 32 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session id is 32 lower-case hexadecimal digits")]
pub struct SessionIdParseError;

impl SessionId {
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

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SessionId {
    type Err = SessionIdParseError;

    fn from_str(text: &str) -> Result<Self, SessionIdParseError> {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(SessionIdParseError);
        }
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| SessionIdParseError)?;
        Ok(Self(bytes))
    }
}

/// BLAKE3-256 of a refresh token. The token itself is stored nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefreshHash([u8; 32]);

impl RefreshHash {
    /// The hash with exactly these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A device that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who signed in.
    pub identity: IdentityId,
    /// With which device key.
    pub public_key: PublicKey,
    /// When, µs since the Unix epoch.
    pub created_at_us: u64,
    /// When tokens were last given out.
    pub refreshed_at_us: u64,
    /// End of the present refresh token, and so of the session.
    pub expires_at_us: u64,
}

/// What became of an attempt to trade a refresh token for a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The new token is in force, the old one is used up.
    Rotated(Session),
    /// The old token had been used before: somebody else has a copy. The
    /// session has been ended.
    Reused(Session),
    /// No living session knows this token.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn parse_after_print_is_the_session_id(bytes: [u8; 16]) {
            let id = SessionId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse::<SessionId>(), Ok(id));
        }

        #[test]
        fn only_the_exact_text_of_a_session_id_parses(text in "[0-9a-fA-F]{30,34}|.{0,36}") {
            if let Ok(id) = text.parse::<SessionId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
