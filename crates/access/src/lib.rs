//! Who may do what: accounts, sessions, tokens and the authorisation policy.
//!
//! Every way to sign in (device keys, an OIDC provider) ends in a
//! [`Principal`], and one pure function, [`authorise`], decides from there.
//! What stores accounts and sessions, and what verifies tokens, are ports.

mod account;
mod error;
mod policy;
mod ports;
mod provider;
mod session;

#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "memory")]
mod memory;

pub use account::{Account, AccountId, Role, Roles};
pub use error::{AccessError, CODES};
#[cfg(feature = "memory")]
pub use memory::{MemoryAccounts, MemorySessions};
pub use policy::{Access, Principal, authorise};
pub use ports::{AccountStore, SessionStore, SignInKeys, TokenVerifier};
pub use provider::{
    IdentityProvider, NewProviderUser, ProviderClaims, ProviderError, ProviderLogout,
    ProviderMetadata, ProviderUsers,
};
pub use session::{RefreshHash, Rotation, Session, SessionId, SessionIdParseError};
