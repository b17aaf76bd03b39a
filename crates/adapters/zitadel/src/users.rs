//! People at ZITADEL, by its API v2 with the personal access token of a service
//! user (roles: org owner of the organisation, or user manager and session
//! permissions).

use async_trait::async_trait;
use erynoa_access::{NewProviderUser, ProviderError, ProviderUsers, Role, Roles};
use erynoa_kernel::Secret;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::config::{ConfigError, TimeOuts};
use crate::http_client::HttpClient;

/// Sessions asked for at once; ZITADEL's own limit is 1 000.
const SESSIONS_PAGE: usize = 100;

/// Pages of sessions that are ended in one call: more than anybody has.
const SESSIONS_PAGES: usize = 100;

/// Longest name and address, by the protobuf files.
const TEXT_MOST_CHARS: usize = 200;

const AUTHORIZATIONS: &str = "/zitadel.authorization.v2.AuthorizationService";

/// Where people live in ZITADEL.
#[derive(Clone, Debug)]
pub struct ZitadelUsersConfig {
    /// Address of the instance, which is also the issuer.
    pub issuer: String,
    /// See [`OidcConfig::internal_issuer`](crate::OidcConfig::internal_issuer).
    pub internal_issuer: Option<String>,
    /// Organisation in which people are created.
    pub organization_id: String,
    /// Project that has the roles.
    pub project_id: String,
    /// Personal access token of the service user.
    pub token: Secret<String>,
    /// Patience.
    pub time_outs: TimeOuts,
}

/// Administers people at ZITADEL.
pub struct ZitadelUsers {
    http: HttpClient,
    base: String,
    organization_id: String,
    project_id: String,
    token: Secret<String>,
}

/// A status that is no success, with ZITADEL's code (google.rpc.Code) and text.
struct Refusal {
    status: StatusCode,
    code: u64,
    message: String,
}

impl From<Refusal> for ProviderError {
    fn from(refusal: Refusal) -> Self {
        let Refusal { status, code, message } = refusal;
        let text = format!("status {status}, code {code}: {message}");
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            Self::Unavailable(text)
        } else {
            Self::Refused(text)
        }
    }
}

/// An id that can stand in a path.
fn id(subject: &str) -> Result<&str, ProviderError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (1..=TEXT_MOST_CHARS).contains(&subject.len()) && subject.bytes().all(plain) {
        Ok(subject)
    } else {
        Err(ProviderError::Refused("the subject is not an id of ZITADEL".to_owned()))
    }
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_MOST_CHARS).collect()
}

fn nonsense(path: &str) -> ProviderError {
    ProviderError::Unavailable(format!("{path}: the answer is not what the API promises"))
}

impl ZitadelUsers {
    /// An instance that is not asked before it is needed.
    ///
    /// # Errors
    /// What in the configuration cannot work.
    pub fn new(config: ZitadelUsersConfig) -> Result<Self, ConfigError> {
        let http =
            HttpClient::new(&config.issuer, config.internal_issuer.as_deref(), config.time_outs)?;
        for (key, value) in [
            ("auth.organization_id", &config.organization_id),
            ("auth.project_id", &config.project_id),
        ] {
            id(value).map_err(|_| ConfigError::new(key, "must be an id of ZITADEL"))?;
        }
        if config.token.expose().is_empty() {
            return Err(ConfigError::new("auth.service_token", "must not be empty"));
        }
        Ok(Self {
            http,
            base: config.issuer.trim_end_matches('/').to_owned(),
            organization_id: config.organization_id,
            project_id: config.project_id,
            token: config.token,
        })
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Result<Value, Refusal>, ProviderError> {
        let bytes = body.map(Value::to_string).unwrap_or_default().into_bytes();
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(AUTHORIZATION, format!("Bearer {}", self.token.expose()))
            .header(ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request =
            request.body(bytes).map_err(|error| ProviderError::Unavailable(error.to_string()))?;
        let answer = self.http.send(request).await?;
        let status = answer.status();
        let json = serde_json::from_slice::<Value>(answer.body());
        if status.is_success() {
            return json.map(Ok).map_err(|_| nonsense(path));
        }
        let json = json.unwrap_or_default();
        // Connect says the code in words, the gateway in numbers.
        Ok(Err(Refusal {
            status,
            code: json["code"].as_u64().unwrap_or(0),
            message: json["message"].as_str().unwrap_or("").to_owned(),
        }))
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, ProviderError> {
        Ok(self.call(Method::POST, path, Some(body)).await??)
    }

    /// The state of a person, `USER_STATE_…`.
    async fn state(&self, subject: &str) -> Result<String, ProviderError> {
        let path = format!("/v2/users/{subject}");
        let found = self.call(Method::GET, &path, None).await??;
        found["user"]["state"].as_str().map(str::to_owned).ok_or_else(|| nonsense(&path))
    }

    /// The grant of our project to a person in our organisation: its id, and
    /// whether it is active.
    async fn grant(&self, subject: &str) -> Result<Option<(String, bool)>, ProviderError> {
        let path = format!("{AUTHORIZATIONS}/ListAuthorizations");
        let filters = json!([
            { "userId": { "id": subject } },
            { "projectId": { "id": self.project_id } },
            { "organizationId": { "id": self.organization_id } },
        ]);
        let found = self.post(&path, &json!({ "filters": filters })).await?;
        // An empty list may be left out.
        let Some(first) = found["authorizations"].get(0) else { return Ok(None) };
        let id = first["id"].as_str().ok_or_else(|| nonsense(&path))?;
        Ok(Some((id.to_owned(), first["state"] == "STATE_ACTIVE")))
    }
}

#[async_trait]
impl ProviderUsers for ZitadelUsers {
    async fn create(&self, user: NewProviderUser) -> Result<String, ProviderError> {
        let name = match user.name.trim() {
            "" => user.email.split('@').next().unwrap_or_default(),
            name => name,
        };
        // ZITADEL wants two names; who has one keeps it as the name that shows.
        let (given, family) = name.split_once(' ').unwrap_or((name, "-"));
        let body = json!({
            "username": user.email,
            "organization": { "orgId": self.organization_id },
            "profile": {
                "givenName": cut(given),
                "familyName": cut(family.trim()),
                "displayName": cut(name),
                "preferredLanguage": user.language,
            },
            // The invitation below verifies the address: no second mail.
            "email": { "email": user.email, "returnCode": {} },
        });
        let created = self.post("/v2/users/human", &body).await?;
        let subject = created["userId"].as_str().ok_or_else(|| nonsense("/v2/users/human"))?;
        let invite = format!("/v2/users/{}/invite_code", id(subject)?);
        if let Err(error) = self.post(&invite, &json!({ "sendCode": {} })).await {
            // Nobody could ever sign in as this person; the caller tries again.
            self.delete(subject).await?;
            return Err(error);
        }
        Ok(subject.to_owned())
    }

    async fn set_disabled(&self, subject: &str, disabled: bool) -> Result<(), ProviderError> {
        let subject = id(subject)?;
        let verb = if disabled { "deactivate" } else { "reactivate" };
        let path = format!("/v2/users/{subject}/{verb}");
        let Err(refusal) = self.call(Method::POST, &path, Some(&json!({}))).await? else {
            return Ok(());
        };
        // ZITADEL refuses what is so already.
        if refusal.status.is_client_error()
            && let Ok(state) = self.state(subject).await
            && (state == "USER_STATE_INACTIVE") == disabled
        {
            return Ok(());
        }
        Err(refusal.into())
    }

    async fn set_roles(&self, subject: &str, roles: Roles) -> Result<(), ProviderError> {
        let subject = id(subject)?;
        let keys: Vec<&str> = roles.iter().map(Role::name).collect();
        match self.grant(subject).await? {
            None if keys.is_empty() => {}
            None => {
                let body = json!({
                    "userId": subject,
                    "projectId": self.project_id,
                    "organizationId": self.organization_id,
                    "roleKeys": keys,
                });
                self.post(&format!("{AUTHORIZATIONS}/CreateAuthorization"), &body).await?;
            }
            Some((id, _)) if keys.is_empty() => {
                let path = format!("{AUTHORIZATIONS}/DeleteAuthorization");
                self.post(&path, &json!({ "id": id })).await?;
            }
            Some((id, active)) => {
                let path = format!("{AUTHORIZATIONS}/UpdateAuthorization");
                self.post(&path, &json!({ "id": id, "roleKeys": keys })).await?;
                if !active {
                    let path = format!("{AUTHORIZATIONS}/ActivateAuthorization");
                    self.post(&path, &json!({ "id": id })).await?;
                }
            }
        }
        Ok(())
    }

    async fn end_sessions(&self, subject: &str) -> Result<(), ProviderError> {
        let path = "/v2/sessions/search";
        let body = json!({
            "query": { "limit": SESSIONS_PAGE },
            "queries": [{ "userIdQuery": { "id": id(subject)? } }],
        });
        for _ in 0..SESSIONS_PAGES {
            let found = self.post(path, &body).await?;
            let sessions = found["sessions"].as_array().map_or(&[][..], Vec::as_slice);
            if sessions.is_empty() {
                return Ok(());
            }
            for session in sessions {
                let session = id(session["id"].as_str().ok_or_else(|| nonsense(path))?)?;
                let ended = self
                    .call(Method::DELETE, &format!("/v2/sessions/{session}"), Some(&json!({})))
                    .await?;
                if let Err(refusal) = ended
                    && refusal.status != StatusCode::NOT_FOUND
                {
                    return Err(refusal.into());
                }
            }
        }
        Err(ProviderError::Unavailable("there are always more sessions".to_owned()))
    }

    async fn delete(&self, subject: &str) -> Result<(), ProviderError> {
        let path = format!("/v2/users/{}", id(subject)?);
        match self.call(Method::DELETE, &path, None).await? {
            Err(refusal) if refusal.status != StatusCode::NOT_FOUND => Err(refusal.into()),
            _ => Ok(()),
        }
    }
}
