//! What the access context needs from outside.

use async_trait::async_trait;
use erynoa_kernel::{IdentityId, PublicKey, StoreError};

use crate::{
    AccessError, Account, AccountId, Principal, RefreshHash, Role, Roles, Rotation, Session,
    SessionId,
};

/// Accounts and their roles. What returns `Ok` is durable. Laws: `contract`.
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// Roles of the account; `None` when there is no such account.
    async fn find_roles(&self, id: &AccountId) -> Result<Option<Roles>, StoreError>;

    /// Gives the account a role, creating the account when needed. Returns all
    /// of its roles. Granting twice is granting once.
    async fn grant_role(&self, id: &AccountId, role: Role) -> Result<Roles, StoreError>;

    /// Makes the account an operator iff there is none yet; of any number of
    /// attempts at once exactly one returns `true`.
    async fn grant_first_operator(&self, id: &AccountId) -> Result<bool, StoreError>;

    /// Whether there is an operator.
    async fn has_operator(&self) -> Result<bool, StoreError>;

    /// Up to `limit` accounts in ascending order of id, after `after`.
    async fn list(
        &self,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<Account>, StoreError>;
}

/// Sessions with their rotating refresh tokens. What returns `Ok` is durable.
/// Laws: `contract`.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Stores a new session whose refresh token has the hash `refresh`.
    ///
    /// # Errors
    /// `Conflict` when the id or the hash is taken.
    async fn insert(&self, session: Session, refresh: RefreshHash) -> Result<(), StoreError>;

    /// The session, also when it has expired and was not swept yet.
    async fn find(&self, id: &SessionId) -> Result<Option<Session>, StoreError>;

    /// The session to which the token belongs, or belonged before it was
    /// rotated; look at `expires_at_us`.
    async fn find_by_refresh(&self, refresh: &RefreshHash) -> Result<Option<Session>, StoreError>;

    /// Trades the token `old` for `new`, which is good until `expires_at_us`.
    /// An `old` that was rotated before ends its session. Of any number of
    /// attempts at once with one `old`, at most one rotates.
    ///
    /// # Errors
    /// `Conflict` when `new` is taken.
    async fn rotate(
        &self,
        old: &RefreshHash,
        new: RefreshHash,
        now_us: u64,
        expires_at_us: u64,
    ) -> Result<Rotation, StoreError>;

    /// Ends a session; `false` when there is none.
    async fn delete(&self, id: &SessionId) -> Result<bool, StoreError>;

    /// Sweeps sessions with `expires_at_us` ≤ `now_us`, and used tokens that
    /// would have expired by themselves. Returns how many sessions went.
    async fn delete_expired(&self, now_us: u64) -> Result<u64, StoreError>;

    /// Sessions of one identity, oldest first.
    async fn list_of(&self, identity: &IdentityId) -> Result<Vec<Session>, StoreError>;
}

/// Turns an access token into somebody who is signed in. Device keys and OIDC
/// both answer it.
#[async_trait]
pub trait TokenVerifier: Send + Sync + 'static {
    /// Who the token stands for.
    ///
    /// # Errors
    /// `InvalidToken`; `Store` when it cannot be found out.
    async fn verify(&self, access_token: &str) -> Result<Principal, AccessError>;
}

/// Which keys may answer sign-in challenges; the fold in `identity` knows.
pub trait SignInKeys: Send + Sync + 'static {
    /// Whether `key` is now a live key of `identity` with the purpose sign-in.
    fn may_sign_in(&self, identity: &IdentityId, key: &PublicKey) -> bool;
}
