//! Sign-in by a device key or by an identity provider, and sessions.

use std::sync::Arc;

use erynoa_access::{Account, IdentityProvider, Principal};
use erynoa_kernel::{Kind, Problem, PublicKey, Signature};
use erynoa_local_auth::{KeyProof, SeenFrom, SignedIn};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::session_service_server::SessionService;
use serde_json::json;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};

use super::Api;
use crate::app::{App, address, caller, identity_id, invalid, principal, public_key};
use crate::claim_installation::claim_installation;
use crate::config::AppName;
use crate::doors::problems::status;
use crate::users::role_names;

/// What sign-in asks of the identity provider (platform §4).
const SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// Who is signed in, in the words of the API.
pub(crate) async fn session(app: &App, principal: &Principal) -> Result<api::Session, Problem> {
    let account = app.account(&principal.account).await?;
    let id = principal.session_id.to_string();
    Ok(describe(app, id, &account, principal.public_key.as_ref()))
}

fn describe(app: &App, id: String, account: &Account, key: Option<&PublicKey>) -> api::Session {
    api::Session {
        id,
        identity: app.did_of(account),
        display_name: app.name_of(account),
        roles: role_names(account.roles),
        public_key: key.map(|key| key.as_bytes().to_vec()).unwrap_or_default(),
        user_id: account.id.to_string(),
        method: if key.is_some() { "device_key" } else { "oidc" }.to_owned(),
    }
}

fn signed_in(app: &App, signed_in: &SignedIn) -> (Option<api::Tokens>, Option<api::Session>) {
    let tokens = &signed_in.tokens;
    let session = &signed_in.session;
    let key = session.method.public_key();
    let described = describe(app, session.id.to_string(), &signed_in.account, key.as_ref());
    let tokens = api::Tokens {
        access_token: tokens.access_token.expose().clone(),
        access_expires_at_us: tokens.access_expires_at_us,
        refresh_token: tokens.refresh_token.expose().clone(),
        refresh_expires_at_us: tokens.refresh_expires_at_us,
    };
    (Some(tokens), Some(described))
}

/// The origin that a sign-in is bound to: the calling page's when it is one of
/// ours, else the public URL's.
pub(super) fn origin(app: &App, metadata: &MetadataMap) -> String {
    let origins = app.origins();
    let calling = metadata.get("origin").and_then(|value| value.to_str().ok());
    match calling {
        Some(calling) if origins.iter().any(|origin| origin == calling) => calling.to_owned(),
        _ => app.config.application.public_url.clone(),
    }
}

/// Where a sign-in comes from.
fn seen_from<T>(request: &Request<T>) -> SeenFrom {
    let user_agent = request.metadata().get("user-agent").and_then(|value| value.to_str().ok());
    SeenFrom { user_agent: user_agent.unwrap_or_default().to_owned(), address: address(request) }
}

/// An answer to a challenge.
///
/// # Errors
/// `VALIDATION_ERROR` naming the field.
pub(super) fn key_proof<'a>(
    identity: &str,
    challenge: &[u8],
    key: &[u8],
    signature: &[u8],
    origin: &'a str,
) -> Result<KeyProof<'a>, Problem> {
    Ok(KeyProof {
        identity: identity_id(identity, "identity")?,
        challenge: challenge
            .try_into()
            .map_err(|_| invalid("challenge", "a challenge is 32 bytes".to_owned()))?,
        signature: Signature::try_from(signature)
            .map_err(|_| invalid("signature", "a signature is 64 bytes".to_owned()))?,
        public_key: public_key(key, "public_key")?,
        origin,
    })
}

async fn sign_in(
    app: &App,
    request: api::SignInRequest,
    origin: &str,
    from: SeenFrom,
) -> Result<SignedIn, Problem> {
    let api::SignInRequest { identity, challenge, public_key, signature } = request;
    let proof = key_proof(&identity, &challenge, &public_key, &signature, origin)?;
    Ok(app.auth.sign_in(&proof, from).await?)
}

/// The identity provider.
///
/// # Errors
/// `AUTH_MODE` when there is none.
pub(crate) fn provider(app: &App) -> Result<&Arc<dyn IdentityProvider>, Problem> {
    app.provider.as_ref().ok_or_else(|| {
        Problem::new(
            Kind::FailedPrecondition,
            "AUTH_MODE",
            "this installation has no identity provider; sign in with a device key",
        )
    })
}

fn app_name(text: &str) -> Result<AppName, Problem> {
    AppName::ALL
        .into_iter()
        .find(|app| app.name() == text)
        .ok_or_else(|| invalid("app", "an app is platform, console or docs".to_owned()))
}

async fn create_oidc_sign_in(
    app: &App,
    name: &str,
) -> Result<api::CreateOidcSignInResponse, Problem> {
    let provider = provider(app)?;
    let name = app_name(name)?;
    let metadata = provider.metadata().await?;
    let nonce = app.auth.create_nonce(name.name()).await?;
    Ok(api::CreateOidcSignInResponse {
        nonce: nonce.text,
        expires_at_us: nonce.expires_at_us,
        authorization_endpoint: metadata.authorization_endpoint,
        token_endpoint: metadata.token_endpoint,
        end_session_endpoint: metadata.end_session_endpoint.unwrap_or_default(),
        client_id: app.config.auth.client_of(name).to_owned(),
        redirect_uri: format!("{}/callback", app.config.url_of(name)),
        scopes: SCOPES.map(str::to_owned).to_vec(),
    })
}

async fn sign_in_with_oidc(
    app: &App,
    request: &api::SignInWithOidcRequest,
    from: SeenFrom,
) -> Result<(SignedIn, bool), Problem> {
    let provider = provider(app)?;
    let name = app_name(&request.app)?;
    let client = app.config.auth.client_of(name);
    let claims = provider.verify_id_token(&request.id_token, client).await?;
    let (signed_in, admitted) = app.auth.sign_in_with_provider(claims, name.name(), from).await?;
    if let Some(before) = admitted.roles_before {
        let account = &admitted.account;
        let details = json!({
            "before": role_names(before),
            "after": role_names(account.roles),
            "by": "identity provider",
        });
        app.audit_own("user.roles", account.id.to_string(), details).await?;
    }
    if admitted.first
        && let (Some(users), Some(subject)) = (&app.provider_users, &admitted.account.subject)
    {
        // What the invitation gives must be known where roles are looked up.
        users.set_roles(&subject.subject, admitted.account.roles).await?;
    }
    Ok((signed_in, admitted.first))
}

#[tonic::async_trait]
impl SessionService for Api {
    async fn create_challenge(
        &self,
        request: Request<api::CreateChallengeRequest>,
    ) -> Result<Response<api::CreateChallengeResponse>, Status> {
        let origin = origin(&self.app, request.metadata());
        let identity = identity_id(&request.get_ref().identity, "identity").map_err(status)?;
        let challenge = self.app.auth.create_challenge(identity, &origin).await;
        let challenge = challenge.map_err(Problem::from).map_err(status)?;
        Ok(Response::new(api::CreateChallengeResponse {
            challenge: challenge.challenge.to_vec(),
            expires_at_us: challenge.expires_at_us,
            origin,
        }))
    }

    async fn sign_in(
        &self,
        request: Request<api::SignInRequest>,
    ) -> Result<Response<api::SignInResponse>, Status> {
        let origin = origin(&self.app, request.metadata());
        let from = seen_from(&request);
        let outcome = sign_in(&self.app, request.into_inner(), &origin, from).await;
        let (tokens, session) = signed_in(&self.app, &outcome.map_err(status)?);
        Ok(Response::new(api::SignInResponse { tokens, session }))
    }

    async fn create_oidc_sign_in(
        &self,
        request: Request<api::CreateOidcSignInRequest>,
    ) -> Result<Response<api::CreateOidcSignInResponse>, Status> {
        let opened = create_oidc_sign_in(&self.app, &request.get_ref().app).await;
        opened.map(Response::new).map_err(status)
    }

    async fn sign_in_with_oidc(
        &self,
        request: Request<api::SignInWithOidcRequest>,
    ) -> Result<Response<api::SignInWithOidcResponse>, Status> {
        let from = seen_from(&request);
        let outcome = sign_in_with_oidc(&self.app, request.get_ref(), from).await;
        let (outcome, created) = outcome.map_err(status)?;
        self.app.welcome(&outcome.account).await;
        let (tokens, session) = signed_in(&self.app, &outcome);
        Ok(Response::new(api::SignInWithOidcResponse { tokens, session, created }))
    }

    async fn refresh(
        &self,
        request: Request<api::RefreshRequest>,
    ) -> Result<Response<api::RefreshResponse>, Status> {
        let outcome = self.app.auth.refresh(&request.get_ref().refresh_token).await;
        let outcome = outcome.map_err(Problem::from).map_err(status)?;
        let (tokens, session) = signed_in(&self.app, &outcome);
        Ok(Response::new(api::RefreshResponse { tokens, session }))
    }

    async fn sign_out(
        &self,
        request: Request<api::SignOutRequest>,
    ) -> Result<Response<api::SignOutResponse>, Status> {
        let caller = principal(&request).map_err(status)?;
        let ended = self.app.auth.sign_out(&caller.session_id).await;
        ended.map_err(Problem::from).map_err(status)?;
        Ok(Response::new(api::SignOutResponse {}))
    }

    async fn get_session(
        &self,
        request: Request<api::GetSessionRequest>,
    ) -> Result<Response<api::GetSessionResponse>, Status> {
        let caller = principal(&request).map_err(status)?;
        let session = Some(session(&self.app, &caller).await.map_err(status)?);
        Ok(Response::new(api::GetSessionResponse { session }))
    }

    async fn claim_installation(
        &self,
        request: Request<api::ClaimInstallationRequest>,
    ) -> Result<Response<api::ClaimInstallationResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let request = request.into_inner();
        let outcome =
            claim_installation(&self.app, &caller, &request.claim_token, request.realm_name)
                .await
                .map_err(status)?;
        let (tokens, session) = signed_in(&self.app, &outcome);
        Ok(Response::new(api::ClaimInstallationResponse { tokens, session }))
    }
}
