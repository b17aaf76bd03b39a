//! Administration of people, on a stand-in for ZITADEL that is as strict as its
//! protobuf files (proto/zitadel/{user,session,authorization}/v2): it refuses
//! every path, method and field that is not in them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use erynoa_access::{NewProviderUser, ProviderError, ProviderUsers as _, Role, Roles};
use erynoa_kernel::Secret;
use erynoa_zitadel::{TimeOuts, ZitadelUsers, ZitadelUsersConfig};
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::web::{Web, json as answer};

const ORGANIZATION: &str = "200000000000000001";
const PROJECT: &str = "300000000000000001";

#[derive(Default)]
struct Person {
    request: Value,
    inactive: bool,
    invited: bool,
}

struct Grant {
    user: String,
    roles: Vec<String>,
    active: bool,
}

#[derive(Default)]
struct Instance {
    people: BTreeMap<String, Person>,
    grants: BTreeMap<String, Grant>,
    /// Session to person.
    sessions: BTreeMap<String, String>,
    /// Answers this status to what the path contains.
    failing: Option<(&'static str, u16)>,
    calls: Vec<String>,
}

type Answer = Result<Value, (u16, u64, String)>;

fn refused(status: u16, code: u64, message: impl Into<String>) -> Answer {
    Err((status, code, message.into()))
}

/// Fields of a message by name, each with what it must be. Unknown fields are
/// refused, as protojson does.
fn fields(body: &Value, known: &[&str]) -> Result<(), (u16, u64, String)> {
    let object = body.as_object().ok_or((400, 3, "not an object".to_owned()))?;
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err((400, 3, format!("unknown field {name:?}"))),
    }
}

fn text(body: &Value, name: &str) -> Result<String, (u16, u64, String)> {
    match body[name].as_str() {
        Some(text) if (1..=200).contains(&text.chars().count()) => Ok(text.to_owned()),
        _ => Err((400, 3, format!("{name}: value length must be between 1 and 200 runes"))),
    }
}

impl Instance {
    fn add_human(&mut self, body: &Value) -> Answer {
        fields(
            body,
            &[
                "userId",
                "username",
                "organization",
                "profile",
                "email",
                "phone",
                "metadata",
                "password",
                "hashedPassword",
                "idpLinks",
                "totpSecret",
            ],
        )?;
        fields(&body["organization"], &["orgId", "orgDomain"])?;
        if body["organization"]["orgId"] != ORGANIZATION {
            return refused(403, 7, "No matching permissions found");
        }
        let profile = &body["profile"];
        fields(
            profile,
            &["givenName", "familyName", "nickName", "displayName", "preferredLanguage", "gender"],
        )?;
        text(profile, "givenName")?;
        text(profile, "familyName")?;
        if profile["preferredLanguage"].as_str().is_some_and(|tag| tag.len() > 10) {
            return refused(400, 3, "preferredLanguage: at most 10 runes");
        }
        fields(&body["email"], &["email", "sendCode", "returnCode", "isVerified"])?;
        let email = text(&body["email"], "email")?;
        let username = text(body, "username")?;
        if self.people.values().any(|person| person.request["username"] == username.as_str()) {
            return refused(409, 6, "User already exists");
        }
        let id = format!("10000000000000{:04}", self.people.len() + 1);
        self.people.insert(id.clone(), Person { request: body.clone(), ..Person::default() });
        Ok(
            json!({ "userId": id, "details": { "sequence": "2" }, "emailCode": email.len().to_string() }),
        )
    }

    fn person(&mut self, id: &str) -> Result<&mut Person, (u16, u64, String)> {
        self.people.get_mut(id).ok_or((404, 5, "User could not be found".to_owned()))
    }

    fn list_authorizations(&self, body: &Value) -> Answer {
        fields(body, &["pagination", "sortingColumn", "filters"])?;
        let mut wanted = BTreeMap::new();
        for filter in body["filters"].as_array().cloned().unwrap_or_default() {
            fields(
                &filter,
                &[
                    "authorizationIds",
                    "organizationId",
                    "state",
                    "userId",
                    "userOrganizationId",
                    "projectId",
                    "projectName",
                    "roleKey",
                    "projectGrantId",
                ],
            )?;
            for (name, value) in filter.as_object().into_iter().flatten() {
                fields(value, &["id"])?;
                wanted.insert(name.clone(), text(value, "id")?);
            }
        }
        assert_eq!(wanted["projectId"], PROJECT);
        assert_eq!(wanted["organizationId"], ORGANIZATION);
        let found: Vec<Value> = self
            .grants
            .iter()
            .filter(|(_, grant)| grant.user == wanted["userId"])
            .map(|(id, grant)| {
                let roles: Vec<Value> =
                    grant.roles.iter().map(|key| json!({ "key": key })).collect();
                let state = if grant.active { "STATE_ACTIVE" } else { "STATE_INACTIVE" };
                json!({ "id": id, "user": { "id": grant.user }, "state": state, "roles": roles })
            })
            .collect();
        // protojson leaves out what is empty.
        let total = found.len().to_string();
        Ok(if found.is_empty() {
            json!({ "pagination": { "appliedLimit": "100" } })
        } else {
            json!({ "pagination": { "totalResult": total }, "authorizations": found })
        })
    }

    fn authorization(&mut self, method: &str, body: &Value) -> Answer {
        let roles = |body: &Value| -> Vec<String> {
            let keys = body["roleKeys"].as_array().cloned().unwrap_or_default();
            keys.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        match method {
            "ListAuthorizations" => self.list_authorizations(body),
            "CreateAuthorization" => {
                fields(body, &["userId", "projectId", "organizationId", "roleKeys"])?;
                let user = text(body, "userId")?;
                self.person(&user)?;
                if text(body, "projectId")? != PROJECT
                    || text(body, "organizationId")? != ORGANIZATION
                {
                    return refused(404, 5, "Project not found");
                }
                let id = format!("grant-{}", self.grants.len() + 1);
                self.grants.insert(id.clone(), Grant { user, roles: roles(body), active: true });
                Ok(json!({ "id": id, "creationDate": "2025-01-23T10:34:18.051Z" }))
            }
            "UpdateAuthorization" | "ActivateAuthorization" | "DeleteAuthorization" => {
                let known: &[&str] =
                    if method.starts_with('U') { &["id", "roleKeys"] } else { &["id"] };
                fields(body, known)?;
                let id = text(body, "id")?;
                if method.starts_with('D') {
                    self.grants.remove(&id);
                    return Ok(json!({}));
                }
                let grant = self.grants.get_mut(&id).ok_or((404, 5, "not found".to_owned()))?;
                if method.starts_with('U') {
                    grant.roles = roles(body);
                } else {
                    grant.active = true;
                }
                Ok(json!({ "changeDate": "2025-01-23T10:34:18.051Z" }))
            }
            _ => refused(404, 12, format!("no method {method}")),
        }
    }

    fn search_sessions(&self, body: &Value) -> Answer {
        fields(body, &["query", "queries", "sortingColumn"])?;
        fields(&body["query"], &["offset", "limit", "asc"])?;
        let limit = usize::try_from(body["query"]["limit"].as_u64().unwrap_or(0)).unwrap_or(0);
        let queries = body["queries"].as_array().cloned().unwrap_or_default();
        assert_eq!(queries.len(), 1, "without it, sessions of everybody would be found");
        fields(
            &queries[0],
            &[
                "idsQuery",
                "userIdQuery",
                "creationDateQuery",
                "creatorQuery",
                "userAgentQuery",
                "expirationDateQuery",
            ],
        )?;
        fields(&queries[0]["userIdQuery"], &["id"])?;
        let user = text(&queries[0]["userIdQuery"], "id")?;
        let found = self.sessions.iter().filter(|(_, owner)| **owner == user).take(limit);
        let found: Vec<Value> = found.map(|(id, _)| json!({ "id": id })).collect();
        Ok(if found.is_empty() { json!({ "details": {} }) } else { json!({ "sessions": found }) })
    }

    fn route(&mut self, method: &Method, path: &str, body: &Value) -> Answer {
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (method.as_str(), &segments[..]) {
            ("POST", ["v2", "users", "human"]) => self.add_human(body),
            ("POST", ["v2", "users", id, "invite_code"]) => {
                fields(body, &["sendCode", "returnCode"])?;
                fields(&body["sendCode"], &["urlTemplate", "applicationName"])?;
                self.person(id)?.invited = true;
                Ok(json!({ "details": {} }))
            }
            ("GET", ["v2", "users", id]) => {
                let inactive = self.person(id)?.inactive;
                let state = if inactive { "USER_STATE_INACTIVE" } else { "USER_STATE_ACTIVE" };
                Ok(json!({ "details": {}, "user": { "userId": id, "state": state } }))
            }
            ("POST", ["v2", "users", id, verb @ ("deactivate" | "reactivate")]) => {
                fields(body, &[])?;
                let person = self.person(id)?;
                let inactive = *verb == "deactivate";
                if person.inactive == inactive {
                    return refused(400, 9, format!("User can not be {verb}d"));
                }
                person.inactive = inactive;
                Ok(json!({ "details": {} }))
            }
            ("DELETE", ["v2", "users", id]) => {
                self.person(id)?;
                self.people.remove(*id);
                Ok(json!({ "details": {} }))
            }
            ("POST", ["v2", "sessions", "search"]) => self.search_sessions(body),
            ("DELETE", ["v2", "sessions", id]) => {
                fields(body, &["sessionToken"])?;
                match self.sessions.remove(*id) {
                    Some(_) => Ok(json!({ "details": {} })),
                    None => refused(404, 5, "Session does not exist"),
                }
            }
            ("POST", ["zitadel.authorization.v2.AuthorizationService", name]) => {
                self.authorization(name, body)
            }
            _ => refused(404, 5, "Not Found"),
        }
    }

    fn answer(&mut self, request: &Request<Vec<u8>>) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        self.calls.push(format!("{} {path}", request.method()));
        let header = |name: &str| {
            request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
        };
        if header("authorization") != "Bearer a-personal-access-token" {
            return answer(401, &json!({ "code": 16, "message": "auth header missing" }));
        }
        if let Some((part, status)) = self.failing
            && path.contains(part)
        {
            return answer(status, &json!({ "code": 14, "message": "not now" }));
        }
        let body = if request.body().is_empty() {
            Value::Null
        } else {
            assert_eq!(header("content-type"), "application/json");
            serde_json::from_slice(request.body()).expect("JSON")
        };
        match self.route(request.method(), path, &body) {
            Ok(body) => answer(200, &body),
            Err((status, code, message)) => {
                answer(status, &json!({ "code": code, "message": message, "details": [] }))
            }
        }
    }
}

struct Zitadel {
    users: ZitadelUsers,
    instance: Arc<Mutex<Instance>>,
    config: ZitadelUsersConfig,
}

impl Zitadel {
    async fn start() -> Self {
        let instance = Arc::new(Mutex::new(Instance::default()));
        let shared = instance.clone();
        let web = Web::start(move |request| {
            let answer = shared.lock().expect("not poisoned").answer(&request);
            async move { answer }
        })
        .await;
        let config = ZitadelUsersConfig {
            issuer: format!("{}/", web.address),
            internal_issuer: None,
            organization_id: ORGANIZATION.into(),
            project_id: PROJECT.into(),
            token: Secret::new("a-personal-access-token".into()),
            time_outs: TimeOuts {
                connect: Duration::from_secs(2),
                request: Duration::from_secs(5),
            },
        };
        let users = ZitadelUsers::new(config.clone()).expect("a good configuration");
        Self { users, instance, config }
    }

    fn instance(&self) -> MutexGuard<'_, Instance> {
        self.instance.lock().expect("not poisoned")
    }

    async fn mia(&self) -> String {
        self.users.create(new_user("Mia Müller Maier")).await.expect("created")
    }
}

fn new_user(name: &str) -> NewProviderUser {
    NewProviderUser { email: "mia@erynoa.example".into(), name: name.into(), language: "de".into() }
}

#[tokio::test]
async fn who_is_created_is_invited_to_choose_a_way_to_sign_in() {
    let zitadel = Zitadel::start().await;
    let subject = zitadel.mia().await;
    let instance = zitadel.instance();
    let person = &instance.people[&subject];
    assert!(person.invited);
    assert_eq!(
        person.request["profile"],
        json!({
            "givenName": "Mia",
            "familyName": "Müller Maier",
            "displayName": "Mia Müller Maier",
            "preferredLanguage": "de",
        }),
    );
    let email = json!({ "email": "mia@erynoa.example", "returnCode": {} });
    assert_eq!(person.request["email"], email);
}

#[tokio::test]
async fn every_name_finds_its_place() {
    let zitadel = Zitadel::start().await;
    let long = "ü".repeat(300);
    for (name, display) in [("Cher", "Cher"), ("  ", "mia"), (&*long, &long[..400])] {
        let subject = zitadel.users.create(new_user(name)).await.expect("created");
        let shown = zitadel.instance().people[&subject].request["profile"]["displayName"].clone();
        assert_eq!(shown, display);
        zitadel.users.delete(&subject).await.expect("deleted");
    }
}

#[tokio::test]
async fn who_cannot_be_invited_is_not_created() {
    let zitadel = Zitadel::start().await;
    zitadel.instance().failing = Some(("invite_code", 503));
    let error = zitadel.users.create(new_user("Mia")).await.expect_err("no invitation");
    assert!(matches!(error, ProviderError::Unavailable(_)), "{error}");
    assert!(zitadel.instance().people.is_empty());
    zitadel.instance().failing = None;
    zitadel.mia().await;
    let error = zitadel.users.create(new_user("Mia")).await.expect_err("exists already");
    assert!(matches!(error, ProviderError::Refused(_)), "{error}");
    assert!(error.to_string().contains("already exists"), "{error}");
}

#[tokio::test]
async fn locking_out_twice_is_locking_out_once() {
    let zitadel = Zitadel::start().await;
    let subject = zitadel.mia().await;
    for disabled in [true, true, false, false] {
        zitadel.users.set_disabled(&subject, disabled).await.expect("done");
        assert_eq!(zitadel.instance().people[&subject].inactive, disabled);
    }
    let error = zitadel.users.set_disabled("1", true).await.expect_err("nobody");
    assert!(matches!(error, ProviderError::Refused(_)), "{error}");
}

#[tokio::test]
async fn roles_are_exactly_those_that_were_set_last() {
    let zitadel = Zitadel::start().await;
    let subject = zitadel.mia().await;
    let other = "100000000000009999".to_owned();
    zitadel.instance().grants.insert(
        "grant-other".into(),
        Grant { user: other, roles: vec!["member".into()], active: true },
    );
    let (member, operator) = (Roles::NONE.with(Role::Member), Roles::NONE.with(Role::Operator));
    let both = member.with(Role::Operator);
    for roles in [Roles::NONE, member, both, operator, Roles::NONE, Roles::NONE, member] {
        zitadel.users.set_roles(&subject, roles).await.expect("done");
        let instance = zitadel.instance();
        let granted: Vec<&Grant> =
            instance.grants.values().filter(|grant| grant.user == subject).collect();
        assert!(granted.len() <= 1 && granted.iter().all(|grant| grant.active));
        let names: Vec<&str> =
            granted.iter().flat_map(|grant| &grant.roles).map(String::as_str).collect();
        assert_eq!(names, roles.iter().map(Role::name).collect::<Vec<_>>());
        assert_eq!(instance.grants["grant-other"].roles, ["member"]);
    }
    // One that somebody has put to rest is woken: it grants again.
    zitadel.instance().grants.values_mut().for_each(|grant| grant.active = false);
    zitadel.users.set_roles(&subject, both).await.expect("done");
    let instance = zitadel.instance();
    let grant = instance.grants.values().find(|grant| grant.user == subject).expect("granted");
    assert!(grant.active);
}

#[tokio::test]
async fn all_sessions_of_one_person_end_and_no_others() {
    let zitadel = Zitadel::start().await;
    let subject = zitadel.mia().await;
    for number in 0..250 {
        zitadel.instance().sessions.insert(format!("V1_{number}"), subject.clone());
    }
    zitadel.instance().sessions.insert("V1_other".into(), "100000000000009999".into());
    zitadel.users.end_sessions(&subject).await.expect("done");
    assert_eq!(zitadel.instance().sessions.keys().collect::<Vec<_>>(), ["V1_other"]);
    zitadel.users.end_sessions(&subject).await.expect("none is left");
}

#[tokio::test]
async fn deleting_who_is_gone_is_no_error() {
    let zitadel = Zitadel::start().await;
    let subject = zitadel.mia().await;
    for _ in 0..2 {
        zitadel.users.delete(&subject).await.expect("done");
        assert!(zitadel.instance().people.is_empty());
    }
}

#[tokio::test]
async fn a_provider_that_fails_is_unavailable_and_one_that_says_no_refuses() {
    let zitadel = Zitadel::start().await;
    let subject = zitadel.mia().await;
    for (status, unavailable) in [(500, true), (503, true), (429, true), (403, false), (400, false)]
    {
        zitadel.instance().failing = Some(("", status));
        let errors = [
            zitadel.users.create(new_user("Ada")).await.map(|_| ()),
            zitadel.users.set_disabled(&subject, true).await,
            zitadel.users.set_roles(&subject, Roles::NONE).await,
            zitadel.users.end_sessions(&subject).await,
            zitadel.users.delete(&subject).await,
        ];
        for error in errors {
            let error = error.expect_err("the instance fails");
            assert_eq!(matches!(error, ProviderError::Unavailable(_)), unavailable, "{error}");
        }
    }
    zitadel.instance().failing = None;
    let stranger =
        ZitadelUsersConfig { token: Secret::new("another".into()), ..zitadel.config.clone() };
    let stranger = ZitadelUsers::new(stranger).expect("a good configuration");
    let error = stranger.delete(&subject).await.expect_err("not our service user");
    assert!(matches!(error, ProviderError::Refused(_)), "{error}");
    assert_eq!(error.code(), "PROVIDER_REFUSED");
    assert!(!format!("{:?}", zitadel.config).contains("a-personal-access-token"));
}

#[tokio::test]
async fn a_subject_cannot_lead_to_another_path() {
    let zitadel = Zitadel::start().await;
    for subject in ["", "../sessions", "1/deactivate", "1?x=1", "1%2f2", "ü", &"1".repeat(201)] {
        for error in [
            zitadel.users.set_disabled(subject, true).await,
            zitadel.users.set_roles(subject, Roles::NONE).await,
            zitadel.users.end_sessions(subject).await,
            zitadel.users.delete(subject).await,
        ] {
            assert!(matches!(error, Err(ProviderError::Refused(_))), "{subject}");
        }
    }
    assert!(zitadel.instance().calls.is_empty());
}

#[test]
fn a_configuration_that_cannot_work_is_found_at_start() {
    let good = || ZitadelUsersConfig {
        issuer: "https://id.erynoa.example".into(),
        internal_issuer: None,
        organization_id: ORGANIZATION.into(),
        project_id: PROJECT.into(),
        token: Secret::new("x".into()),
        time_outs: TimeOuts::default(),
    };
    let key = |change: fn(&mut ZitadelUsersConfig)| {
        let mut config = good();
        change(&mut config);
        ZitadelUsers::new(config).map_or_else(|error| error.key, |_| "")
    };
    assert_eq!(key(|_| {}), "");
    assert_eq!(key(|config| config.issuer = "zitadel".into()), "auth.issuer");
    assert_eq!(key(|config| config.organization_id.clear()), "auth.organization_id");
    assert_eq!(key(|config| config.project_id = "a/b".into()), "auth.project_id");
    assert_eq!(key(|config| config.token = Secret::new(String::new())), "auth.service_token");
}
