//! Sign-in by a device key, and sessions.

use erynoa_access::{Principal, Roles};
use erynoa_kernel::{IdentityId, Problem, PublicKey, Signature};
use erynoa_local_auth::{SignIn, SignedIn};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::session_service_server::SessionService;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};

use super::Api;
use crate::app::{App, identity_id, invalid, principal, public_key};
use crate::claim_installation::claim_installation;
use crate::doors::problems::status;

/// Who is signed in, in the words of the API.
pub(crate) fn session(app: &App, principal: &Principal) -> api::Session {
    describe(
        app,
        principal.session_id.to_string(),
        &principal.identity,
        principal.roles,
        &principal.public_key,
    )
}

fn describe(
    app: &App,
    id: String,
    identity: &IdentityId,
    roles: Roles,
    public_key: &PublicKey,
) -> api::Session {
    let models = app.ledger.read();
    api::Session {
        id,
        identity: models.directory.did_text(identity),
        display_name: models.directory.name_of(identity).to_owned(),
        roles: roles.iter().map(|role| role.name().to_owned()).collect(),
        public_key: public_key.as_bytes().to_vec(),
    }
}

fn signed_in(app: &App, signed_in: &SignedIn) -> (Option<api::Tokens>, Option<api::Session>) {
    let tokens = &signed_in.tokens;
    let session = &signed_in.session;
    let described = describe(
        app,
        session.id.to_string(),
        &session.identity,
        signed_in.roles,
        &session.public_key,
    );
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
fn origin(app: &App, metadata: &MetadataMap) -> String {
    let origins = app.origins();
    let calling = metadata.get("origin").and_then(|value| value.to_str().ok());
    match calling {
        Some(calling) if origins.iter().any(|origin| origin == calling) => calling.to_owned(),
        _ => app.config.application.public_url.clone(),
    }
}

async fn sign_in(
    app: &App,
    request: api::SignInRequest,
    origin: &str,
) -> Result<SignedIn, Problem> {
    let identity = identity_id(&request.identity, "identity")?;
    let challenge = request
        .challenge
        .as_slice()
        .try_into()
        .map_err(|_| invalid("challenge", "a challenge is 32 bytes".to_owned()))?;
    let signature = Signature::try_from(request.signature.as_slice())
        .map_err(|_| invalid("signature", "a signature is 64 bytes".to_owned()))?;
    let public_key = public_key(&request.public_key, "public_key")?;
    let answer = SignIn { identity, challenge, public_key, signature, origin };
    Ok(app.auth.sign_in(answer).await?)
}

#[tonic::async_trait]
impl SessionService for Api {
    async fn create_challenge(
        &self,
        request: Request<api::CreateChallengeRequest>,
    ) -> Result<Response<api::CreateChallengeResponse>, Status> {
        let origin = origin(&self.app, request.metadata());
        let identity = identity_id(&request.get_ref().identity, "identity").map_err(status)?;
        let challenge = self.app.auth.create_challenge(identity, &origin);
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
        let outcome = sign_in(&self.app, request.into_inner(), &origin).await.map_err(status)?;
        let (tokens, session) = signed_in(&self.app, &outcome);
        Ok(Response::new(api::SignInResponse { tokens, session }))
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
        let session = Some(session(&self.app, &caller));
        Ok(Response::new(api::GetSessionResponse { session }))
    }

    async fn claim_installation(
        &self,
        request: Request<api::ClaimInstallationRequest>,
    ) -> Result<Response<api::ClaimInstallationResponse>, Status> {
        let caller = principal(&request).map_err(status)?;
        let request = request.into_inner();
        let outcome =
            claim_installation(&self.app, &caller, &request.claim_token, request.realm_name)
                .await
                .map_err(status)?;
        let (tokens, session) = signed_in(&self.app, &outcome);
        Ok(Response::new(api::ClaimInstallationResponse { tokens, session }))
    }
}
