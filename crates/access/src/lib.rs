//! Who may do what: accounts, sessions, tokens, the authorisation policy and
//! the audit log.
//!
//! Every way to sign in (device keys, an OIDC provider) ends in a
//! [`Principal`], and one pure function, [`authorise`], decides from there.
//! What stores accounts and sessions, and what verifies tokens, are ports.

mod account;
mod audit;
mod error;
mod id;
mod policy;
mod ports;
mod provider;
mod record;
mod session;

#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "memory")]
mod memory;

pub use account::{
    Account, AccountFilter, AccountStatus, Invitation, MAX_EMAIL_BYTES, MAX_NAME_BYTES,
    ProviderSubject, Role, Roles, check_email, check_language, check_name,
};
pub use audit::{
    AuditChain, AuditEntry, AuditFault, AuditFilter, AuditRecord, MAX_AUDIT_DETAILS_BYTES,
    verify_audit_log,
};
pub use error::{AccessError, CODES};
pub use id::{AccountId, IdParseError, Position, SessionId};
#[cfg(feature = "memory")]
pub use memory::{MemoryAccounts, MemoryAudit, MemorySessions};
pub use policy::{Access, Principal, authorise};
pub use ports::{
    AccountKey, AccountStore, AuditLog, Change, SessionStore, SignInKeys, TokenVerifier,
};
pub use provider::{
    IdentityProvider, NewProviderUser, ProviderClaims, ProviderError, ProviderLogout,
    ProviderMetadata, ProviderUsers,
};
pub use session::{RefreshHash, Rotation, Session, SessionSet, SignInMethod};
