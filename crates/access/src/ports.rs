//! What the access context needs from outside.

use async_trait::async_trait;
use erynoa_kernel::{IdentityId, PublicKey, StoreError};

use crate::{
    AccessError, Account, AccountFilter, AccountId, AuditEntry, AuditFilter, AuditRecord, Position,
    Principal, ProviderSubject, RefreshHash, Rotation, Session, SessionId, SessionSet,
};

/// What an account can be found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountKey {
    /// Its id.
    Id(AccountId),
    /// Its identity.
    Identity(IdentityId),
    /// Who it is at the identity provider.
    Subject(ProviderSubject),
    /// BLAKE3-256 of the token of its invitation, expired or not.
    Invitation([u8; 32]),
}

/// What became of an attempt to change an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is done.
    Done,
    /// There is no such account.
    Missing,
    /// The version is not the newest.
    Stale,
    /// Another account has the identity, the subject or the invitation.
    Taken,
    /// Nobody would be left who can use the role admin
    /// ([`Account::is_acting_admin`]).
    LastAdmin,
}

impl Change {
    /// # Errors
    /// Everything but `Done`.
    pub const fn done(self) -> Result<(), AccessError> {
        match self {
            Self::Done => Ok(()),
            Self::Missing => Err(AccessError::AccountUnknown),
            Self::Stale => Err(AccessError::Stale),
            Self::Taken => Err(AccessError::IdentityLinked),
            Self::LastAdmin => Err(AccessError::LastAdmin),
        }
    }
}

/// Accounts. What returns `Ok` is durable. Laws: `contract`.
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// Stores a new account as it is.
    ///
    /// # Errors
    /// `Conflict` when id, identity, subject or invitation is taken.
    async fn insert(&self, account: Account) -> Result<(), StoreError>;

    /// The account with this key.
    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, StoreError>;

    /// Puts `account` in the place of the one with its id, when that has
    /// `expected_version`; it then has the version after it. When it was created
    /// stays. Refusals come in the order of [`Change`].
    async fn update(&self, account: Account, expected_version: u64) -> Result<Change, StoreError>;

    /// Deletes an account. Refusals come in the order of [`Change`].
    async fn delete(&self, id: &AccountId, expected_version: u64) -> Result<Change, StoreError>;

    /// Up to `limit` accounts that the filter shows, newest first, those below
    /// `before` alone.
    async fn list(
        &self,
        filter: &AccountFilter,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Account>, StoreError>;

    /// Makes an account operator and admin iff no account has the role operator
    /// yet; of any number of attempts at once exactly one returns `true`. The
    /// version counts it.
    async fn claim_first_operator(&self, id: &AccountId) -> Result<bool, StoreError>;

    /// Notes that the account was seen; changes neither its version nor
    /// anything else, and may be forgotten when the power fails.
    async fn touch(&self, id: &AccountId, at_us: u64) -> Result<(), StoreError>;
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

    /// Ends sessions with all of their tokens; returns how many.
    async fn delete(&self, which: &SessionSet) -> Result<u64, StoreError>;

    /// Up to `limit` sessions of one account, or of all, newest first, those
    /// below `before` alone.
    async fn list(
        &self,
        of: Option<AccountId>,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Session>, StoreError>;
}

/// The audit log: append-only. What returns `Ok` is durable. Laws: `contract`.
#[async_trait]
pub trait AuditLog: Send + Sync + 'static {
    /// Seals the record behind the newest entry. However many append at once,
    /// the numbers have no gaps.
    async fn append(&self, record: AuditRecord) -> Result<AuditEntry, StoreError>;

    /// Up to `limit` entries that the filter shows, newest first, those below
    /// the number `before` alone.
    async fn list(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, StoreError>;

    /// Up to `limit` entries from number `from` on, as they are stored,
    /// unchecked.
    ///
    /// # Errors
    /// `Corrupt` when one cannot be read.
    async fn read(&self, from: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError>;

    /// Number of entries.
    async fn size(&self) -> Result<u64, StoreError>;
}

/// Turns an access token into somebody who is signed in. Device keys and OIDC
/// both answer it.
#[async_trait]
pub trait TokenVerifier: Send + Sync + 'static {
    /// Who the token stands for.
    ///
    /// # Errors
    /// `InvalidToken`, `AccountDisabled`; `Store` or `Provider` when it cannot
    /// be found out.
    async fn verify(&self, access_token: &str) -> Result<Principal, AccessError>;
}

/// Which keys may answer sign-in challenges; the fold in `identity` knows.
pub trait SignInKeys: Send + Sync + 'static {
    /// Whether `key` is now a live key of `identity` with the purpose sign-in.
    fn may_sign_in(&self, identity: &IdentityId, key: &PublicKey) -> bool;

    /// What the identity calls itself; empty when unknown.
    fn name_of(&self, identity: &IdentityId) -> String;
}
