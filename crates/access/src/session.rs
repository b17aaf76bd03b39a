//! Sessions and their refresh tokens.

use erynoa_kernel::{IdentityId, PublicKey};

use crate::{AccountId, Position, SessionId};

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

/// How a session began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInMethod {
    /// A device key has signed a challenge.
    DeviceKey(PublicKey),
    /// An identity provider has vouched.
    Oidc {
        /// `sid`: the session there, where it tells.
        provider_session: Option<String>,
    },
}

impl SignInMethod {
    /// Name in the API.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DeviceKey(_) => "device_key",
            Self::Oidc { .. } => "oidc",
        }
    }

    /// The key that signed in.
    #[must_use]
    pub const fn public_key(&self) -> Option<PublicKey> {
        match self {
            Self::DeviceKey(key) => Some(*key),
            Self::Oidc { .. } => None,
        }
    }
}

/// A device or browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// The identity of the account when the session began.
    pub identity: Option<IdentityId>,
    /// How it began.
    pub method: SignInMethod,
    /// As the program named itself, at most 256 bytes.
    pub user_agent: String,
    /// Network address of the sign-in.
    pub address: String,
    /// When, µs since the Unix epoch.
    pub created_at_us: u64,
    /// When tokens were last given out.
    pub refreshed_at_us: u64,
    /// End of the present refresh token, and so of the session.
    pub expires_at_us: u64,
}

impl Session {
    /// Its place among all sessions.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position { created_at_us: self.created_at_us, id: *self.id.as_bytes() }
    }
}

/// Which sessions to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionSet {
    /// This one.
    One(SessionId),
    /// All of an account.
    OfAccount(AccountId),
    /// Those that began with this session at the identity provider.
    OfProvider(String),
    /// Those with `expires_at_us` ≤ this; used tokens that would have expired
    /// by themselves go with them.
    ExpiredAt(u64),
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
