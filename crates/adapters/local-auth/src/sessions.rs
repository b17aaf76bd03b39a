//! Sessions: where every way to sign in ends.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use erynoa_access::{
    AccessError, Account, AccountId, Principal, RefreshHash, Rotation, Session, SessionId,
    SessionSet, SignInMethod, TokenVerifier,
};
use erynoa_kernel::{Secret, StoreError};
use zeroize::Zeroizing;

use crate::auth::LocalAuth;
use crate::error::SignInError;
use crate::jwt::Claims;

/// How far clocks may differ (platform §4).
const LEEWAY_S: u64 = 60;
/// Longest name of a program that is kept, bytes.
const MAX_USER_AGENT_BYTES: usize = 256;

/// Where a sign-in comes from, to be shown to its person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenFrom {
    /// As the program names itself; cut to 256 bytes.
    pub user_agent: String,
    /// Network address.
    pub address: String,
}

/// What a signed-in client carries.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// EdDSA JWT.
    pub access_token: Secret<String>,
    /// µs since the Unix epoch.
    pub access_expires_at_us: u64,
    /// 32 random bytes, base64url without padding.
    pub refresh_token: Secret<String>,
    /// µs since the Unix epoch.
    pub refresh_expires_at_us: u64,
}

/// The outcome of a sign-in or a refresh.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// For the client.
    pub tokens: Tokens,
    /// The session.
    pub session: Session,
    /// The account at this moment.
    pub account: Account,
}

struct RefreshToken {
    text: Secret<String>,
    hash: RefreshHash,
}

impl RefreshToken {
    fn new(bytes: [u8; 32]) -> Self {
        let bytes = Zeroizing::new(bytes);
        Self { text: Secret::new(BASE64.encode(*bytes)), hash: hash_of(&bytes) }
    }
}

fn hash_of(token: &[u8; 32]) -> RefreshHash {
    RefreshHash::from_bytes(*blake3::hash(token).as_bytes())
}

fn cut(mut text: String, most: usize) -> String {
    text.truncate(text.floor_char_boundary(most));
    text
}

impl LocalAuth {
    /// Starts a session of an account that has proved who it is.
    ///
    /// # Errors
    /// `AccountDisabled`; the store's.
    pub async fn issue_session(
        &self,
        account: Account,
        method: SignInMethod,
        from: SeenFrom,
    ) -> Result<SignedIn, SignInError> {
        self.admit_account(&account).await?;
        let now_us = self.now_us();
        let session = Session {
            id: SessionId::from_random(&self.ports.entropy.bytes32()),
            account: account.id,
            identity: account.identity,
            method,
            user_agent: cut(from.user_agent, MAX_USER_AGENT_BYTES),
            address: from.address,
            created_at_us: now_us,
            refreshed_at_us: now_us,
            expires_at_us: self.refresh_end(now_us),
        };
        let refresh = self.refresh_token();
        self.ports.sessions.insert(session.clone(), refresh.hash).await?;
        Ok(self.signed_in(session, account, refresh))
    }

    /// Trades a refresh token for new tokens.
    ///
    /// # Errors
    /// `RefreshTokenInvalid`; `RefreshTokenReused`, `KeyNotAllowed` and
    /// `AccountDisabled`, which end the session.
    pub async fn refresh(&self, refresh_token: &str) -> Result<SignedIn, SignInError> {
        let mut bytes = Zeroizing::new([0; 32]);
        let old = match BASE64.decode_slice(refresh_token, bytes.as_mut_slice()) {
            Ok(32) => hash_of(&bytes),
            _ => return Err(SignInError::RefreshTokenInvalid),
        };
        let sessions = &self.ports.sessions;
        let session =
            sessions.find_by_refresh(&old).await?.ok_or(SignInError::RefreshTokenInvalid)?;
        if !self.key_still_counts(&session) {
            self.sign_out(&session.id).await?;
            return Err(SignInError::KeyNotAllowed);
        }
        let account = match self.admit(&session.account).await {
            Ok(account) => account,
            Err(AccessError::Store(error)) => return Err(error.into()),
            Err(refused) => {
                self.sign_out(&session.id).await?;
                return Err(match refused {
                    AccessError::InvalidToken(_) => SignInError::RefreshTokenInvalid,
                    other => other.into(),
                });
            }
        };
        let now_us = self.now_us();
        let new = self.refresh_token();
        match sessions.rotate(&old, new.hash, now_us, self.refresh_end(now_us)).await? {
            Rotation::Rotated(session) => Ok(self.signed_in(session, account, new)),
            Rotation::Reused(session) => Err(SignInError::RefreshTokenReused(Box::new(session))),
            Rotation::Unknown => Err(SignInError::RefreshTokenInvalid),
        }
    }

    /// Ends a session; its access tokens stop at once.
    ///
    /// # Errors
    /// The store's.
    pub async fn sign_out(&self, session: &SessionId) -> Result<(), StoreError> {
        self.ports.sessions.delete(&SessionSet::One(*session)).await.map(drop)
    }

    /// Sweeps expired sessions; returns how many went. To be called now and
    /// then, for space alone: nothing expired is ever accepted.
    ///
    /// # Errors
    /// The store's.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        self.ports.sessions.delete(&SessionSet::ExpiredAt(self.now_us())).await
    }

    /// Whether the device that began the session may still sign in.
    pub(crate) fn key_still_counts(&self, session: &Session) -> bool {
        match (&session.method, &session.identity) {
            (SignInMethod::DeviceKey(key), Some(identity)) => {
                self.ports.keys.may_sign_in(identity, key)
            }
            (SignInMethod::DeviceKey(_), None) => false,
            (SignInMethod::Oidc { .. }, _) => true,
        }
    }

    fn signed_in(&self, session: Session, account: Account, refresh: RefreshToken) -> SignedIn {
        let iat = session.refreshed_at_us / 1_000_000;
        let exp = iat.saturating_add(self.config.access_token_ttl_s);
        let access_token = self.tokens.sign(&Claims {
            iss: self.config.issuer.clone(),
            aud: self.config.audience.clone(),
            sub: session.account.to_string(),
            sid: session.id.to_string(),
            roles: account.roles.iter().map(|role| role.name().to_owned()).collect(),
            iat,
            nbf: iat,
            exp,
        });
        let tokens = Tokens {
            access_token: Secret::new(access_token),
            access_expires_at_us: exp.saturating_mul(1_000_000),
            refresh_token: refresh.text,
            refresh_expires_at_us: session.expires_at_us,
        };
        SignedIn { tokens, session, account }
    }

    fn refresh_end(&self, now_us: u64) -> u64 {
        now_us.saturating_add(self.config.refresh_token_ttl_s.saturating_mul(1_000_000))
    }

    fn refresh_token(&self) -> RefreshToken {
        RefreshToken::new(self.ports.entropy.bytes32())
    }

    fn check(&self, claims: &Claims) -> Result<(SessionId, AccountId), &'static str> {
        let now_s = self.now_us() / 1_000_000;
        if claims.iss != self.config.issuer {
            return Err("another issuer");
        }
        if claims.aud != self.config.audience {
            return Err("another audience");
        }
        if now_s >= claims.exp.saturating_add(LEEWAY_S) {
            return Err("expired");
        }
        if claims.nbf.max(claims.iat) > now_s.saturating_add(LEEWAY_S) {
            return Err("not valid yet");
        }
        Ok((
            claims.sid.parse().map_err(|_| "session is not an id")?,
            claims.sub.parse().map_err(|_| "subject is not an id")?,
        ))
    }

    /// Whether the token names this installation's key, be it genuine or not.
    #[must_use]
    pub fn is_named_by(&self, access_token: &str) -> bool {
        self.tokens.is_named_by(access_token)
    }
}

#[async_trait]
impl TokenVerifier for LocalAuth {
    async fn verify(&self, access_token: &str) -> Result<Principal, AccessError> {
        let claims = self.tokens.read(access_token).map_err(AccessError::InvalidToken)?;
        let (session_id, account) = self.check(&claims).map_err(AccessError::InvalidToken)?;
        // The token alone would do for its ten minutes, but a sign-out, a
        // stolen refresh token, a revoked device, another role or a disabled
        // account must count at once.
        let session = self
            .ports
            .sessions
            .find(&session_id)
            .await?
            .filter(|session| session.account == account)
            .ok_or(AccessError::InvalidToken("session has ended"))?;
        if !self.key_still_counts(&session) {
            return Err(AccessError::InvalidToken("key was revoked"));
        }
        let account = self.admit(&account).await?;
        Ok(Principal {
            session_id,
            account: account.id,
            identity: account.identity,
            roles: account.roles,
            public_key: session.method.public_key(),
        })
    }
}
