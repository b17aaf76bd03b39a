//! Sign-in at an identity provider, whose tokens here are tickets that it
//! remembers.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use erynoa_access::{
    IdentityProvider, NewProviderUser, ProviderClaims, ProviderError, ProviderLogout,
    ProviderMetadata, ProviderUsers, Role, Roles,
};
use erynoa_api_gateway::config::{AuthMode, Config};
use erynoa_api_gateway::wiring::Providers;
use erynoa_events::link_message;
use erynoa_proto::api::v1 as api;
use tonic::Status;

use crate::rest::send;
use crate::seat::{Person, Seat, code_of, config, with};

const ISSUER: &str = "http://id.example";

/// Gives out tickets and knows whose they are.
#[derive(Default)]
pub(crate) struct TicketOffice {
    tickets: Mutex<HashMap<(String, String), ProviderClaims>>,
    /// What was asked of it, in words.
    asked: Mutex<Vec<String>>,
}

pub(crate) fn claims(subject: &str, roles: &[Role]) -> ProviderClaims {
    ProviderClaims {
        issuer: ISSUER.into(),
        subject: subject.into(),
        email: format!("{subject}@example.org"),
        name: subject.into(),
        roles: roles.iter().copied().collect(),
        language: "en".into(),
        session: Some(format!("sid-{subject}")),
        nonce: None,
        issued_at_us: 0,
        expires_at_us: u64::MAX,
    }
}

impl TicketOffice {
    pub(crate) fn issue(&self, kind: &str, claims: ProviderClaims) -> String {
        let mut tickets = self.tickets.lock().unwrap();
        let ticket = format!("ticket-{}", tickets.len());
        tickets.insert((kind.to_owned(), ticket.clone()), claims);
        ticket
    }

    fn find(&self, kind: &str, ticket: &str) -> Result<ProviderClaims, ProviderError> {
        let key = (kind.to_owned(), ticket.to_owned());
        let found = self.tickets.lock().unwrap().get(&key).cloned();
        found.ok_or(ProviderError::TokenInvalid("no such ticket"))
    }

    fn note(&self, what: String) -> Result<(), ProviderError> {
        self.asked.lock().unwrap().push(what);
        Ok(())
    }
}

#[async_trait]
impl IdentityProvider for TicketOffice {
    async fn metadata(&self) -> Result<ProviderMetadata, ProviderError> {
        Ok(ProviderMetadata {
            issuer: ISSUER.into(),
            authorization_endpoint: format!("{ISSUER}/authorize"),
            token_endpoint: format!("{ISSUER}/token"),
            end_session_endpoint: None,
        })
    }

    async fn check(&self) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn verify_id_token(
        &self,
        token: &str,
        client_id: &str,
    ) -> Result<ProviderClaims, ProviderError> {
        self.find(client_id, token)
    }

    async fn verify_access_token(&self, token: &str) -> Result<ProviderClaims, ProviderError> {
        self.find("access", token)
    }

    async fn verify_logout_token(&self, token: &str) -> Result<ProviderLogout, ProviderError> {
        let claims = self.find("logout", token)?;
        let subject = Some(claims.subject);
        Ok(ProviderLogout { issuer: claims.issuer, subject, session: claims.session })
    }
}

#[async_trait]
impl ProviderUsers for TicketOffice {
    async fn create(&self, user: NewProviderUser) -> Result<String, ProviderError> {
        self.note(format!("create {}", user.email))?;
        Ok("created".into())
    }

    async fn set_disabled(&self, subject: &str, disabled: bool) -> Result<(), ProviderError> {
        self.note(format!("disabled {subject} {disabled}"))
    }

    async fn set_roles(&self, subject: &str, roles: Roles) -> Result<(), ProviderError> {
        let roles: Vec<_> = roles.iter().map(Role::name).collect();
        self.note(format!("roles {subject} {}", roles.join("+")))
    }

    async fn end_sessions(&self, subject: &str) -> Result<(), ProviderError> {
        self.note(format!("end {subject}"))
    }

    async fn delete(&self, subject: &str) -> Result<(), ProviderError> {
        self.note(format!("delete {subject}"))
    }
}

pub(crate) fn oidc_config(folder: &Path) -> Config {
    let mut config = config(folder);
    config.auth.mode = AuthMode::Oidc;
    config.auth.issuer = ISSUER.into();
    config.auth.client_id = "apps".into();
    config.auth.console_client_id = "console-app".into();
    config
}

struct House {
    seat: Seat,
    office: Arc<TicketOffice>,
    _folder: tempfile::TempDir,
}

impl House {
    async fn with(manages_users: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let office = Arc::new(TicketOffice::default());
        let users = manages_users.then(|| Arc::clone(&office) as Arc<dyn ProviderUsers>);
        let providers = Providers { identity: Some(Arc::clone(&office) as _), users };
        let seat = Seat::take_with(oidc_config(folder.path()), providers).await;
        Self { seat, office, _folder: folder }
    }

    async fn nonce(&self, app: &str) -> api::CreateOidcSignInResponse {
        let request = api::CreateOidcSignInRequest { app: app.into() };
        self.seat.sessions().create_oidc_sign_in(request).await.unwrap().into_inner()
    }

    async fn sign_in(&self, claims: ProviderClaims) -> Result<api::SignInWithOidcResponse, Status> {
        let opened = self.nonce("platform").await;
        let claims = ProviderClaims { nonce: Some(opened.nonce), ..claims };
        let id_token = self.office.issue("apps", claims);
        let request = api::SignInWithOidcRequest { app: "platform".into(), id_token };
        let answer = self.seat.sessions().sign_in_with_oidc(request).await?;
        Ok(answer.into_inner())
    }

    async fn token(&self, claims: ProviderClaims) -> String {
        self.sign_in(claims).await.unwrap().tokens.unwrap().access_token
    }

    async fn answer(&self, token: &str) -> String {
        let request = with(token, api::GetCurrentUserRequest {});
        let answer = self.seat.users().get_current_user(request).await;
        answer.map_or_else(|status| code_of(&status), |_| "ok".to_owned())
    }

    async fn log_out(&self, token: &str) -> String {
        let body = format!("logout_token={token}");
        let headers = format!(
            "content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
            body.len()
        );
        send(&self.seat, "POST /api/v1/oidc/logout", &headers, &body).await.0
    }
}

#[tokio::test]
async fn a_sign_in_at_the_provider_ends_in_the_same_kind_of_session() {
    let house = House::with(false).await;
    let opened = house.nonce("console").await;
    assert_eq!(opened.client_id, "console-app");
    assert_eq!(opened.redirect_uri, format!("{}/console/callback", house.seat.url));
    assert_eq!(opened.scopes, ["openid", "profile", "email", "offline_access"]);
    assert_eq!(opened.authorization_endpoint, format!("{ISSUER}/authorize"));

    let first = house.sign_in(claims("ada", &[Role::Admin])).await.unwrap();
    assert!(first.created);
    let session = first.session.unwrap();
    assert_eq!((session.method.as_str(), session.display_name.as_str()), ("oidc", "ada"));
    assert_eq!(session.roles, ["member", "operator", "admin"]);
    assert!(session.identity.is_empty() && session.public_key.is_empty());
    let tokens = first.tokens.unwrap();
    assert_eq!(house.answer(&tokens.access_token).await, "ok");
    let request = api::RefreshRequest { refresh_token: tokens.refresh_token };
    let renewed = house.seat.sessions().refresh(request).await.unwrap().into_inner();
    assert_eq!(house.answer(&renewed.tokens.unwrap().access_token).await, "ok");
    assert!(!house.sign_in(claims("ada", &[Role::Admin])).await.unwrap().created);
    let info = erynoa_proto::api::v1::info_service_client::InfoServiceClient::new(
        house.seat.channel.clone(),
    );
    let info = { info }.get_info(api::GetInfoRequest {}).await.unwrap().into_inner();
    let auth = info.auth.unwrap();
    assert_eq!((auth.mode.as_str(), auth.issuer.as_str()), ("oidc", ISSUER));
    assert_eq!(auth.provider_name, "id.example");
    house.seat.leave().await;
}

#[tokio::test]
async fn an_id_token_counts_once_and_only_for_its_app_and_client() {
    let house = House::with(false).await;
    let try_with = async |app: &str, id_token: &str| {
        let request = api::SignInWithOidcRequest { app: app.into(), id_token: id_token.into() };
        let answer = house.seat.sessions().sign_in_with_oidc(request).await;
        answer.map_or_else(|status| code_of(&status), |_| "ok".to_owned())
    };
    let nonce = Some(house.nonce("platform").await.nonce);
    let ticket = house.office.issue("apps", ProviderClaims { nonce, ..claims("ada", &[]) });
    assert_eq!(try_with("console", &ticket).await, "INVALID_TOKEN", "another client's");
    assert_eq!(try_with("king", &ticket).await, "VALIDATION_ERROR");
    assert_eq!(try_with("platform", "forged").await, "INVALID_TOKEN");
    assert_eq!(try_with("platform", &ticket).await, "ok");
    assert_eq!(try_with("platform", &ticket).await, "NONCE_INVALID", "replayed");
    let nonce = Some(house.nonce("docs").await.nonce);
    let ticket = house.office.issue("apps", ProviderClaims { nonce, ..claims("ada", &[]) });
    assert_eq!(try_with("platform", &ticket).await, "NONCE_INVALID", "of another app");
    let foreign = house.office.issue("apps", claims("ada", &[]));
    assert_eq!(try_with("platform", &foreign).await, "NONCE_INVALID", "without a nonce");
    house.seat.leave().await;
}

#[tokio::test]
async fn without_a_provider_its_calls_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let request = api::CreateOidcSignInRequest { app: "platform".into() };
    let refused = seat.sessions().create_oidc_sign_in(request).await.unwrap_err();
    assert_eq!(code_of(&refused), "AUTH_MODE");
    let request = api::SignInWithOidcRequest { app: "platform".into(), id_token: "x".into() };
    let refused = seat.sessions().sign_in_with_oidc(request).await.unwrap_err();
    assert_eq!(code_of(&refused), "AUTH_MODE");
    seat.leave().await;
}

#[tokio::test]
async fn a_key_signs_in_once_its_identity_is_linked() {
    let house = House::with(false).await;
    let mut ada = Person::new(7);
    house.seat.submit(&ada.is_born("Ada")).await.unwrap();
    let refused = ada.signs_in(&house.seat).await.unwrap_err();
    assert_eq!(code_of(&refused), "ACCOUNT_REQUIRED");
    let link = async |token: &str| {
        let request = api::CreateChallengeRequest { identity: ada.did() };
        let given = house.seat.sessions().create_challenge(request).await.unwrap().into_inner();
        let challenge = given.challenge.as_slice().try_into().unwrap();
        let message = link_message(&challenge, &ada.id, &given.origin);
        let request = api::LinkIdentityRequest {
            identity: ada.did(),
            challenge: given.challenge,
            public_key: ada.key.public_key().as_bytes().to_vec(),
            signature: ada.key.sign(&message).as_bytes().to_vec(),
        };
        let answer = house.seat.users().link_identity(with(token, request)).await;
        answer.map(|answer| answer.into_inner().user.unwrap()).map_err(|status| code_of(&status))
    };
    let token = house.token(claims("ada", &[Role::Operator])).await;
    let user = link(&token).await.unwrap();
    assert_eq!(user.did, ada.did());
    let other = house.token(claims("eve", &[])).await;
    assert_eq!(link(&other).await.unwrap_err(), "IDENTITY_LINKED");
    let by_key = ada.signs_in(&house.seat).await.unwrap().access_token;
    assert_eq!(house.seat.user(&by_key).await.id, user.id);

    let claim = |realm_name: &str| api::ClaimInstallationRequest {
        claim_token: house.seat.claim_token.clone().unwrap(),
        realm_name: realm_name.into(),
    };
    let mut sessions = house.seat.sessions();
    let refused = sessions.claim_installation(with(&other, claim("R"))).await.unwrap_err();
    assert_eq!(code_of(&refused), "IDENTITY_REQUIRED");
    sessions.claim_installation(with(&token, claim("R"))).await.unwrap();
    house.seat.leave().await;
}

#[tokio::test]
async fn a_logout_at_the_provider_ends_the_sessions_here() {
    let house = House::with(false).await;
    let ada = house.token(claims("ada", &[])).await;
    let elsewhere = ProviderClaims { session: Some("other".into()), ..claims("ada", &[]) };
    let second = house.token(elsewhere).await;
    let eve = house.token(claims("eve", &[])).await;
    let forged = house.log_out("forged").await;
    assert!(forged.starts_with("http/1.1 400"), "{forged}");
    let one = house.office.issue("logout", claims("ada", &[]));
    let answer = house.log_out(&one).await;
    assert!(answer.starts_with("http/1.1 200") && answer.contains("no-store"), "{answer}");
    assert_eq!(house.answer(&ada).await, "INVALID_TOKEN");
    assert_eq!(house.answer(&second).await, "ok", "another session of the same person");
    let all = ProviderClaims { session: None, ..claims("ada", &[]) };
    house.log_out(&house.office.issue("logout", all)).await;
    assert_eq!(house.answer(&second).await, "INVALID_TOKEN");
    assert_eq!(house.answer(&eve).await, "ok");
    house.seat.leave().await;
}

#[tokio::test]
async fn an_access_token_of_the_provider_is_let_in_until_the_account_is_disabled() {
    let house = House::with(true).await;
    let admin = house.token(claims("ada", &[Role::Admin])).await;
    let robot = house.office.issue("access", claims("robot", &[Role::Operator]));
    let user = house.seat.user(&robot).await;
    assert_eq!((user.subject.as_str(), user.issuer.as_str()), ("robot", ISSUER));
    let all = api::ListSessionsRequest { all: true, ..Default::default() };
    house.seat.users().list_sessions(with(&robot, all)).await.expect("it is an operator");
    assert_eq!(house.answer("no-ticket").await, "INVALID_TOKEN");
    let request =
        api::SetUserDisabledRequest { id: user.id, version: user.version, disabled: true };
    house.seat.users().set_user_disabled(with(&admin, request)).await.unwrap();
    assert_eq!(house.answer(&robot).await, "ACCOUNT_DISABLED");
    let refused = house.sign_in(claims("robot", &[])).await.unwrap_err();
    assert_eq!(code_of(&refused), "ACCOUNT_DISABLED");
    assert_eq!(
        *house.office.asked.lock().unwrap(),
        ["roles ada member+operator+admin", "disabled robot true", "end robot"]
    );
    house.seat.leave().await;
}

#[tokio::test]
async fn people_are_administered_at_the_provider_where_it_can() {
    let house = House::with(true).await;
    let admin = house.token(claims("ada", &[Role::Admin])).await;
    let mut users = house.seat.users();
    let create = api::CreateUserRequest {
        email: "new@example.org".into(),
        name: "New".into(),
        roles: vec!["operator".into()],
        idempotency_key: "k".into(),
    };
    for _ in 0..2 {
        users.create_user(with(&admin, create.clone())).await.unwrap();
    }
    let list = api::ListUsersRequest { query: "new@".into(), ..Default::default() };
    let page = users.list_users(with(&admin, list)).await.unwrap().into_inner();
    assert!(page.provider_manages_users);
    let user = page.users[0].clone();
    assert_eq!((user.subject.as_str(), user.status), ("created", api::UserStatus::Active.into()));
    let roles = api::SetUserRolesRequest {
        id: user.id.clone(),
        version: user.version,
        roles: vec!["member".into()],
    };
    let user = users.set_user_roles(with(&admin, roles)).await.unwrap().into_inner().user.unwrap();
    let delete = api::DeleteUserRequest { id: user.id, version: user.version };
    users.delete_user(with(&admin, delete)).await.unwrap();
    assert_eq!(
        *house.office.asked.lock().unwrap(),
        [
            "roles ada member+operator+admin",
            "create new@example.org",
            "roles created member+operator",
            "roles created member",
            "delete created"
        ]
    );
    house.seat.leave().await;
}

#[tokio::test]
async fn roles_that_the_provider_tells_are_changed_there() {
    let house = House::with(false).await;
    let admin = house.token(claims("ada", &[Role::Admin])).await;
    let eve = house.token(claims("eve", &[Role::Operator])).await;
    let user = house.seat.user(&eve).await;
    let roles = api::SetUserRolesRequest {
        id: user.id.clone(),
        version: user.version,
        roles: vec!["member".into()],
    };
    let refused = house.seat.users().set_user_roles(with(&admin, roles)).await.unwrap_err();
    assert_eq!(code_of(&refused), "ROLES_AT_PROVIDER");
    house.sign_in(claims("eve", &[])).await.unwrap();
    assert_eq!(house.seat.user(&eve).await.roles, ["member"], "also in the older session");
    let list = api::ListAuditEntriesRequest { target: user.id, ..Default::default() };
    let page = house.seat.audit().list_audit_entries(with(&admin, list)).await.unwrap();
    let [entry] = &page.into_inner().entries[..] else { panic!("one entry") };
    assert_eq!((entry.action.as_str(), entry.actor_id.as_str()), ("user.roles", ""));
    house.seat.leave().await;
}
