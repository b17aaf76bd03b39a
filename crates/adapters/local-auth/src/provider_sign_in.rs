//! Sign-in by an identity provider: from what it says about somebody to a
//! session here. Whether it has said so was checked before.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use erynoa_access::{
    AccessError, Account, AccountFilter, AccountKey, AccountStatus, Change, MAX_NAME_BYTES,
    Principal, ProviderClaims, ProviderSubject, Role, Roles, SessionId, SignInMethod, check_email,
    check_language,
};
use erynoa_kernel::{StoreError, StoreErrorKind};

use crate::auth::LocalAuth;
use crate::error::SignInError;
use crate::sessions::{SeenFrom, SignedIn};

/// Attempts to change an account that others change at the same time.
const ATTEMPTS: usize = 5;
/// Invitations of one address that are looked at.
const INVITED: usize = 16;

/// A nonce that was given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce {
    /// 32 random bytes, base64url without padding.
    pub text: String,
    /// µs since the Unix epoch.
    pub expires_at_us: u64,
}

/// The account of somebody whom the provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// As it is now.
    pub account: Account,
    /// Whether this was the first time: the account is new, or was invited.
    pub first: bool,
    /// Roles before, where this has changed them.
    pub roles_before: Option<Roles>,
}

impl LocalAuth {
    /// A nonce for one ID token of an app: single use, 600 s.
    ///
    /// # Errors
    /// The cache's.
    pub async fn create_nonce(&self, app: &str) -> Result<Nonce, StoreError> {
        let (nonce, expires_at_us) = self.issue_nonce(app).await?;
        Ok(Nonce { text: BASE64.encode(nonce), expires_at_us })
    }

    /// Starts a session for whom a verified ID token of `app` describes.
    ///
    /// # Errors
    /// `NonceInvalid`, `AccountDisabled`; the cache's and the store's.
    pub async fn sign_in_with_provider(
        &self,
        claims: ProviderClaims,
        app: &str,
        from: SeenFrom,
    ) -> Result<(SignedIn, Admitted), SignInError> {
        let mut nonce = [0; 32];
        let given = claims.nonce.as_deref().unwrap_or_default();
        let read = BASE64.decode_slice(given, &mut nonce);
        if read != Ok(32) || !self.consume_nonce(&nonce, app).await? {
            return Err(SignInError::NonceInvalid);
        }
        let admitted = self.admit_claims(&claims, true).await?;
        let method = SignInMethod::Oidc { provider_session: claims.session };
        let signed_in = self.issue_session(admitted.account.clone(), method, from).await?;
        Ok((signed_in, admitted))
    }

    /// Who a verified access token of the provider stands for. The first token
    /// of a subject makes its account; roles stay as they are, since access
    /// tokens need not carry them.
    ///
    /// # Errors
    /// `AccountDisabled`; the store's.
    pub async fn principal_of(&self, claims: &ProviderClaims) -> Result<Principal, AccessError> {
        let account = self.admit_claims(claims, false).await?.account;
        self.admit_account(&account).await?;
        let mut hasher = blake3::Hasher::new();
        let session = claims.session.as_deref().unwrap_or_default();
        for part in [&claims.issuer, &claims.subject, session] {
            hasher.update(&(part.len() as u64).to_be_bytes()).update(part.as_bytes());
        }
        Ok(Principal {
            session_id: SessionId::from_random(hasher.finalize().as_bytes()),
            account: account.id,
            identity: account.identity,
            roles: account.roles,
            public_key: None,
        })
    }

    async fn admit_claims(
        &self,
        claims: &ProviderClaims,
        roles_are_told: bool,
    ) -> Result<Admitted, AccessError> {
        let accounts = &self.ports.accounts;
        let subject =
            ProviderSubject { issuer: claims.issuer.clone(), subject: claims.subject.clone() };
        let told = claims.roles.with(Role::Member).with_implied();
        for _ in 0..ATTEMPTS {
            let known = accounts.find(&AccountKey::Subject(subject.clone())).await?;
            let (before, after, first) = if let Some(known) = known {
                let follow = roles_are_told && self.config.roles_follow_provider;
                let roles = if follow { told } else { known.roles };
                if roles == known.roles {
                    return Ok(Admitted { account: known, first: false, roles_before: None });
                }
                let after = Account { roles, ..known.clone() };
                (known, after, false)
            } else if let Some(invited) = self.invited(&claims.email).await? {
                let after = Account {
                    subject: Some(subject.clone()),
                    status: AccountStatus::Active,
                    invitation: None,
                    roles: invited.roles.and(told),
                    ..described(&invited, claims)
                };
                (invited, after, true)
            } else {
                let account = Account {
                    subject: Some(subject.clone()),
                    ..described(&self.new_account(told), claims)
                };
                match accounts.insert(account.clone()).await {
                    Ok(()) => return Ok(Admitted { account, first: true, roles_before: None }),
                    Err(error) if error.kind == StoreErrorKind::Conflict => continue,
                    Err(error) => return Err(error.into()),
                }
            };
            let after = Account { updated_at_us: self.now_us(), ..after };
            match accounts.update(after.clone(), before.version).await? {
                Change::Done => {
                    let account = Account { version: before.version + 1, ..after };
                    let roles_before = (before.roles != account.roles).then_some(before.roles);
                    return Ok(Admitted { account, first, roles_before });
                }
                // Better an admin whom the provider no longer names than none.
                Change::LastAdmin => {
                    return Ok(Admitted { account: before, first, roles_before: None });
                }
                Change::Missing | Change::Stale | Change::Taken => {}
            }
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "the account changes all the time").into())
    }

    /// The account that waits for whoever has this verified address.
    async fn invited(&self, email: &str) -> Result<Option<Account>, StoreError> {
        if email.is_empty() {
            return Ok(None);
        }
        let filter = AccountFilter {
            email: Some(email.to_owned()),
            status: Some(AccountStatus::Invited),
            ..AccountFilter::default()
        };
        let now_us = self.now_us();
        let open = |account: &Account| {
            account.invitation.as_ref().is_none_or(|open| open.expires_at_us > now_us)
        };
        let waiting = self.ports.accounts.list(&filter, None, INVITED).await?;
        Ok(waiting.into_iter().find(open))
    }
}

/// The account with what the provider says, where nothing is known better.
fn described(account: &Account, claims: &ProviderClaims) -> Account {
    let mut described = account.clone();
    if described.name.is_empty() {
        let mut name: String = claims.name.chars().filter(|c| !c.is_control()).collect();
        name.truncate(name.floor_char_boundary(MAX_NAME_BYTES));
        described.name = name;
    }
    if described.email.is_empty() && check_email(&claims.email).is_ok() {
        described.email.clone_from(&claims.email);
    }
    if described.language.is_empty() && check_language(&claims.language).is_ok() {
        described.language.clone_from(&claims.language);
    }
    described
}
