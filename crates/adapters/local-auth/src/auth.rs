//! The sign-in itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use erynoa_access::{
    AccessError, AccountStore, Principal, RefreshHash, Role, Roles, Rotation, Session, SessionId,
    SessionStore, SignInKeys, TokenVerifier,
};
use erynoa_events::{SigningKey, sign_in_message, verify_signature};
use erynoa_kernel::{Clock, Entropy, IdentityId, PublicKey, Secret, Signature, StoreError};
use zeroize::Zeroizing;

use crate::challenges::Challenges;
use crate::error::SignInError;
use crate::jwt::{self, Claims};

/// How far clocks may differ (platform §4).
const LEEWAY_S: u64 = 60;

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
}

/// What sign-in stands on.
#[derive(Clone)]
pub struct LocalAuthPorts {
    /// Roles of those who sign in.
    pub accounts: Arc<dyn AccountStore>,
    /// Sessions and refresh tokens.
    pub sessions: Arc<dyn SessionStore>,
    /// Which keys may answer.
    pub keys: Arc<dyn SignInKeys>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Challenges, session ids and refresh tokens come from here.
    pub entropy: Arc<dyn Entropy>,
}

/// An open challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// To be signed with identity and origin, see
    /// [`sign_in_message`].
    pub challenge: [u8; 32],
    /// µs since the Unix epoch.
    pub expires_at_us: u64,
}

/// An answer to a challenge.
#[derive(Clone, Debug)]
pub struct SignIn<'a> {
    /// Who signs in.
    pub identity: IdentityId,
    /// The challenge that was given out.
    pub challenge: [u8; 32],
    /// The device key.
    pub public_key: PublicKey,
    /// Over [`sign_in_message`].
    pub signature: Signature,
    /// Origin under which the request came.
    pub origin: &'a str,
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
    /// Roles at this moment.
    pub roles: Roles,
}

/// Sign-in by device key.
pub struct LocalAuth {
    config: LocalAuthConfig,
    tokens: jwt::Tokens,
    ports: LocalAuthPorts,
    challenges: Mutex<Challenges>,
}

impl std::fmt::Debug for LocalAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalAuth").field("config", &self.config).finish_non_exhaustive()
    }
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

impl LocalAuth {
    /// Sign-in with access tokens signed by `key`.
    #[must_use]
    pub fn new(config: LocalAuthConfig, key: SigningKey, ports: LocalAuthPorts) -> Self {
        Self { config, tokens: jwt::Tokens::new(key), ports, challenges: Mutex::default() }
    }

    /// Opens a challenge for an identity at an origin: single use, 120 s. It is
    /// given to anybody who asks, known identity or not, and tells nothing.
    pub fn create_challenge(&self, identity: IdentityId, origin: &str) -> Challenge {
        let challenge = self.ports.entropy.bytes32();
        let now_us = self.ports.clock.now_us();
        let expires_at_us = self.challenges().issue(challenge, identity, origin, now_us);
        Challenge { challenge, expires_at_us }
    }

    /// Answers a challenge. The first sign-in of an identity makes it a member.
    ///
    /// # Errors
    /// `ChallengeUnknown`, `SignatureInvalid`, `KeyNotAllowed`, in this order;
    /// the challenge is used up by any of them.
    pub async fn sign_in(&self, answer: SignIn<'_>) -> Result<SignedIn, SignInError> {
        let SignIn { identity, challenge, public_key, signature, origin } = answer;
        let now_us = self.ports.clock.now_us();
        if !self.challenges().consume(&challenge, &identity, origin, now_us) {
            return Err(SignInError::ChallengeUnknown);
        }
        let message = sign_in_message(&challenge, &identity, origin);
        if !verify_signature(&public_key, &message, &signature) {
            return Err(SignInError::SignatureInvalid);
        }
        self.start_session(identity, public_key).await
    }

    /// Trades a refresh token for new tokens, with the roles of this moment.
    ///
    /// # Errors
    /// `RefreshTokenInvalid`; `RefreshTokenReused` and `KeyNotAllowed`, which
    /// end the session.
    pub async fn refresh(&self, refresh_token: &str) -> Result<SignedIn, SignInError> {
        let mut bytes = Zeroizing::new([0; 32]);
        let old = match BASE64.decode_slice(refresh_token, bytes.as_mut_slice()) {
            Ok(32) => hash_of(&bytes),
            _ => return Err(SignInError::RefreshTokenInvalid),
        };
        let sessions = &self.ports.sessions;
        let session =
            sessions.find_by_refresh(&old).await?.ok_or(SignInError::RefreshTokenInvalid)?;
        if !self.ports.keys.may_sign_in(&session.identity, &session.public_key) {
            sessions.delete(&session.id).await?;
            return Err(SignInError::KeyNotAllowed);
        }
        let now_us = self.ports.clock.now_us();
        let new = self.refresh_token();
        match sessions.rotate(&old, new.hash, now_us, self.refresh_end(now_us)).await? {
            Rotation::Rotated(session) => {
                let roles = self.roles_of(&session.identity).await?;
                Ok(self.signed_in(session, roles, new))
            }
            Rotation::Reused(session) => Err(SignInError::RefreshTokenReused(Box::new(session))),
            Rotation::Unknown => Err(SignInError::RefreshTokenInvalid),
        }
    }

    /// Ends a session; its access tokens stop at once.
    ///
    /// # Errors
    /// The store's.
    pub async fn sign_out(&self, session: &SessionId) -> Result<(), StoreError> {
        self.ports.sessions.delete(session).await.map(drop)
    }

    /// Starts a new session in place of the caller's, with the roles of this
    /// moment: for use after a role was granted.
    ///
    /// # Errors
    /// `KeyNotAllowed` when the key was revoked in the meantime.
    pub async fn sign_in_again(&self, principal: &Principal) -> Result<SignedIn, SignInError> {
        let signed_in = self.start_session(principal.identity, principal.public_key).await?;
        self.ports.sessions.delete(&principal.session_id).await?;
        Ok(signed_in)
    }

    /// Sweeps expired sessions; returns how many went. To be called now and
    /// then, for space alone: nothing expired is ever accepted.
    ///
    /// # Errors
    /// The store's.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        self.ports.sessions.delete_expired(self.ports.clock.now_us()).await
    }

    async fn start_session(
        &self,
        identity: IdentityId,
        public_key: PublicKey,
    ) -> Result<SignedIn, SignInError> {
        if !self.ports.keys.may_sign_in(&identity, &public_key) {
            return Err(SignInError::KeyNotAllowed);
        }
        let roles = self.roles_of(&identity).await?;
        let now_us = self.ports.clock.now_us();
        let session = Session {
            id: self.session_id(),
            identity,
            public_key,
            created_at_us: now_us,
            refreshed_at_us: now_us,
            expires_at_us: self.refresh_end(now_us),
        };
        let refresh = self.refresh_token();
        self.ports.sessions.insert(session.clone(), refresh.hash).await?;
        Ok(self.signed_in(session, roles, refresh))
    }

    async fn roles_of(&self, identity: &IdentityId) -> Result<Roles, StoreError> {
        match self.ports.accounts.find_roles(identity).await? {
            Some(roles) => Ok(roles),
            None => self.ports.accounts.grant_role(identity, Role::Member).await,
        }
    }

    fn signed_in(&self, session: Session, roles: Roles, refresh: RefreshToken) -> SignedIn {
        let iat = session.refreshed_at_us / 1_000_000;
        let exp = iat.saturating_add(self.config.access_token_ttl_s);
        let access_token = self.tokens.sign(&Claims {
            iss: self.config.issuer.clone(),
            aud: self.config.audience.clone(),
            sub: session.identity.to_string(),
            sid: session.id.to_string(),
            roles: roles.iter().map(|role| role.name().to_owned()).collect(),
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
        SignedIn { tokens, session, roles }
    }

    fn refresh_end(&self, now_us: u64) -> u64 {
        now_us.saturating_add(self.config.refresh_token_ttl_s.saturating_mul(1_000_000))
    }

    fn refresh_token(&self) -> RefreshToken {
        RefreshToken::new(self.ports.entropy.bytes32())
    }

    fn session_id(&self) -> SessionId {
        let bytes = self.ports.entropy.bytes32();
        let (id, _) = bytes.split_first_chunk().expect("16 of 32 bytes");
        SessionId::from_bytes(*id)
    }

    fn challenges(&self) -> MutexGuard<'_, Challenges> {
        // Neither operation can panic half-way.
        self.challenges.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, claims: &Claims) -> Result<(SessionId, IdentityId, Roles), &'static str> {
        let now_s = self.ports.clock.now_us() / 1_000_000;
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
        let roles = claims.roles.iter().map(|name| Role::from_name(name)).collect::<Option<_>>();
        Ok((
            claims.sid.parse().map_err(|_| "session is not an id")?,
            claims.sub.parse().map_err(|_| "subject is not an id")?,
            roles.ok_or("unknown role")?,
        ))
    }
}

#[async_trait]
impl TokenVerifier for LocalAuth {
    async fn verify(&self, access_token: &str) -> Result<Principal, AccessError> {
        let claims = self.tokens.read(access_token).map_err(AccessError::InvalidToken)?;
        let (session_id, identity, roles) =
            self.check(&claims).map_err(AccessError::InvalidToken)?;
        // The token alone would do for its ten minutes, but a sign-out, a
        // stolen refresh token or a revoked device must count at once.
        let session = self
            .ports
            .sessions
            .find(&session_id)
            .await?
            .filter(|session| session.identity == identity)
            .ok_or(AccessError::InvalidToken("session has ended"))?;
        if !self.ports.keys.may_sign_in(&identity, &session.public_key) {
            return Err(AccessError::InvalidToken("key was revoked"));
        }
        Ok(Principal { session_id, identity, roles, public_key: session.public_key })
    }
}
