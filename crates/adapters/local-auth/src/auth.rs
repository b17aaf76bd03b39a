//! Sign-in by device key.

use std::sync::Arc;

use erynoa_access::{
    AccessError, Account, AccountId, AccountKey, AccountStatus, AccountStore, Principal, Role,
    Roles, SessionStore, SignInKeys, SignInMethod,
};
use erynoa_cache::Cache;
use erynoa_events::{SigningKey, link_message, sign_in_message, verify_signature};
use erynoa_kernel::{Clock, Entropy, IdentityId, PublicKey, Signature, StoreError, StoreErrorKind};

use crate::error::SignInError;
use crate::jwt;
use crate::one_time::OneTime;
use crate::sessions::{SeenFrom, SignedIn};

/// How long a challenge is open (platform §4).
const CHALLENGE_US: u64 = 120_000_000;
/// How long a nonce for an ID token is open: people type passwords meanwhile.
const NONCE_US: u64 = 600_000_000;
/// Being seen again within this time is not written down.
const SEEN_US: u64 = 60_000_000;

/// What an installation chooses.
#[derive(Clone, Debug)]
pub struct LocalAuthConfig {
    /// `iss` of access tokens: the public URL of the installation.
    pub issuer: String,
    /// `aud` of access tokens.
    pub audience: String,
    /// Life of an access token in seconds, 600 by default.
    pub access_token_ttl_s: u64,
    /// Life of a refresh token in seconds, 2 592 000 (30 days) by default.
    pub refresh_token_ttl_s: u64,
    /// Whether the first sign-in of an identity makes an account; not where an
    /// identity provider makes them.
    pub identities_make_accounts: bool,
    /// Whether roles follow what the identity provider says at every sign-in.
    pub roles_follow_provider: bool,
}

/// What sign-in stands on.
#[derive(Clone)]
pub struct LocalAuthPorts {
    /// Those who sign in.
    pub accounts: Arc<dyn AccountStore>,
    /// Sessions and refresh tokens.
    pub sessions: Arc<dyn SessionStore>,
    /// Challenges and nonces that are open.
    pub cache: Arc<dyn Cache>,
    /// Which keys may answer.
    pub keys: Arc<dyn SignInKeys>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Challenges, ids and refresh tokens come from here.
    pub entropy: Arc<dyn Entropy>,
}

/// An open challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// To be signed with identity and origin, see [`sign_in_message`].
    pub challenge: [u8; 32],
    /// µs since the Unix epoch.
    pub expires_at_us: u64,
}

/// What a challenge is answered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in; the key signs [`sign_in_message`].
    SignIn,
    /// To tie the identity to an account; the key signs [`link_message`].
    Link,
}

/// An answer to a challenge.
#[derive(Clone, Debug)]
pub struct KeyProof<'a> {
    /// Who answers.
    pub identity: IdentityId,
    /// The challenge that was given out.
    pub challenge: [u8; 32],
    /// The device key.
    pub public_key: PublicKey,
    /// Over the message of the purpose.
    pub signature: Signature,
    /// Origin under which the request came.
    pub origin: &'a str,
}

/// Sign-in by device key, and sessions.
pub struct LocalAuth {
    pub(crate) config: LocalAuthConfig,
    pub(crate) tokens: jwt::Tokens,
    pub(crate) ports: LocalAuthPorts,
    challenges: OneTime,
    nonces: OneTime,
}

impl std::fmt::Debug for LocalAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalAuth").field("config", &self.config).finish_non_exhaustive()
    }
}

impl LocalAuth {
    /// Sign-in with access tokens signed by `key`.
    #[must_use]
    pub fn new(config: LocalAuthConfig, key: SigningKey, ports: LocalAuthPorts) -> Self {
        let one_time = |kind, life_us| OneTime::new(Arc::clone(&ports.cache), kind, life_us);
        let challenges = one_time("challenge", CHALLENGE_US);
        let nonces = one_time("nonce", NONCE_US);
        Self { config, tokens: jwt::Tokens::new(key), ports, challenges, nonces }
    }

    /// Opens a challenge for an identity at an origin: single use, 120 s. It is
    /// given to anybody who asks, known identity or not, and tells nothing.
    ///
    /// # Errors
    /// The cache's.
    pub async fn create_challenge(
        &self,
        identity: IdentityId,
        origin: &str,
    ) -> Result<Challenge, StoreError> {
        let bound = [&identity.as_bytes()[..], origin.as_bytes()];
        let (challenge, expires_at_us) =
            self.challenges.issue(self.ports.entropy.as_ref(), &bound, self.now_us()).await?;
        Ok(Challenge { challenge, expires_at_us })
    }

    /// Checks an answer to a challenge.
    ///
    /// # Errors
    /// `ChallengeUnknown`, `SignatureInvalid`, `KeyNotAllowed`, in this order;
    /// the challenge is used up by any of them. The cache's.
    pub async fn prove(&self, purpose: Purpose, proof: &KeyProof<'_>) -> Result<(), SignInError> {
        let KeyProof { identity, challenge, public_key, signature, origin } = proof;
        let bound = [&identity.as_bytes()[..], origin.as_bytes()];
        if !self.challenges.consume(challenge, &bound, self.now_us()).await? {
            return Err(SignInError::ChallengeUnknown);
        }
        let message = match purpose {
            Purpose::SignIn => sign_in_message(challenge, identity, origin),
            Purpose::Link => link_message(challenge, identity, origin),
        };
        if !verify_signature(public_key, &message, signature) {
            return Err(SignInError::SignatureInvalid);
        }
        if !self.ports.keys.may_sign_in(identity, public_key) {
            return Err(SignInError::KeyNotAllowed);
        }
        Ok(())
    }

    /// Answers a challenge. The first sign-in of an identity makes an account
    /// with the role member, where identities may do so.
    ///
    /// # Errors
    /// Those of [`Self::prove`]; `AccountRequired`, `AccountDisabled`.
    pub async fn sign_in(
        &self,
        proof: &KeyProof<'_>,
        from: SeenFrom,
    ) -> Result<SignedIn, SignInError> {
        self.prove(Purpose::SignIn, proof).await?;
        let account = self.account_of(proof.identity).await?;
        self.issue_session(account, SignInMethod::DeviceKey(proof.public_key), from).await
    }

    async fn account_of(&self, identity: IdentityId) -> Result<Account, SignInError> {
        let accounts = &self.ports.accounts;
        let key = AccountKey::Identity(identity);
        if let Some(known) = accounts.find(&key).await? {
            return Ok(known);
        }
        if !self.config.identities_make_accounts {
            return Err(SignInError::AccountRequired);
        }
        let account = Account {
            identity: Some(identity),
            name: self.ports.keys.name_of(&identity),
            ..self.new_account(Roles::NONE.with(Role::Member))
        };
        match accounts.insert(account.clone()).await {
            Ok(()) => Ok(account),
            // Another device was faster.
            Err(error) if error.kind == StoreErrorKind::Conflict => {
                Ok(accounts.find(&key).await?.ok_or(error)?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// An account with a new id.
    pub(crate) fn new_account(&self, roles: Roles) -> Account {
        let id = AccountId::from_random(&self.ports.entropy.bytes32());
        Account::new(id, roles, self.now_us())
    }

    /// Opens a nonce for the ID token of an app.
    pub(crate) async fn issue_nonce(&self, app: &str) -> Result<([u8; 32], u64), StoreError> {
        self.nonces.issue(self.ports.entropy.as_ref(), &[app.as_bytes()], self.now_us()).await
    }

    pub(crate) async fn consume_nonce(
        &self,
        nonce: &[u8; 32],
        app: &str,
    ) -> Result<bool, StoreError> {
        self.nonces.consume(nonce, &[app.as_bytes()], self.now_us()).await
    }

    /// The account, when it may be used; notes that it was seen.
    ///
    /// # Errors
    /// `InvalidToken` when it is gone, `AccountDisabled`.
    pub async fn admit(&self, id: &AccountId) -> Result<Account, AccessError> {
        let account = self.ports.accounts.find(&AccountKey::Id(*id)).await?;
        let account = account.ok_or(AccessError::InvalidToken("the account is gone"))?;
        self.admit_account(&account).await?;
        Ok(account)
    }

    pub(crate) async fn admit_account(&self, account: &Account) -> Result<(), AccessError> {
        match account.status {
            AccountStatus::Active => {}
            AccountStatus::Invited => {
                return Err(AccessError::InvalidToken("the account waits for its invitation"));
            }
            AccountStatus::Disabled => return Err(AccessError::AccountDisabled),
        }
        let now_us = self.now_us();
        if now_us.saturating_sub(account.last_seen_at_us) >= SEEN_US {
            self.ports.accounts.touch(&account.id, now_us).await?;
        }
        Ok(())
    }

    /// Starts a new session in place of the caller's, for use after a role was
    /// granted.
    ///
    /// # Errors
    /// `KeyNotAllowed` when the key was revoked in the meantime,
    /// `AccountDisabled`, `InvalidToken` when the session has ended.
    pub async fn sign_in_again(&self, principal: &Principal) -> Result<SignedIn, SignInError> {
        let session = self.ports.sessions.find(&principal.session_id).await?;
        let session = session.ok_or(AccessError::InvalidToken("session has ended"))?;
        if !self.key_still_counts(&session) {
            return Err(SignInError::KeyNotAllowed);
        }
        let account = self.admit(&session.account).await?;
        let from = SeenFrom { user_agent: session.user_agent, address: session.address };
        let signed_in = self.issue_session(account, session.method, from).await?;
        self.sign_out(&principal.session_id).await?;
        Ok(signed_in)
    }

    pub(crate) fn now_us(&self) -> u64 {
        self.ports.clock.now_us()
    }
}
