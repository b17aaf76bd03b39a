//! A provider that does as it is told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use erynoa_access::{IdentityProvider as _, ProviderClaims, ProviderError};
use erynoa_kernel::{FixedClock, Secret};
use erynoa_zitadel::{Introspection, OidcConfig, OidcProvider, TimeOuts};
use http::Request;
use serde_json::{Value, json};

use super::forge::{Key, NOW_US};
use super::web::{Web, json as answer};

/// How the provider behaves.
pub struct Behaviour {
    /// What `issuer` says; the address of the provider unless a test differs.
    pub issuer: String,
    pub keys: Vec<Value>,
    pub algorithms: Vec<String>,
    /// Answers 503.
    pub broken: bool,
    /// Takes so long for each answer.
    pub delay: Duration,
    /// Requests that are being answered, now and at most.
    pub at_once: (u32, u32),
    /// How often the keys were asked for.
    pub asked: u32,
    /// `Host` of each request.
    pub hosts: Vec<String>,
    /// What introspection says about tokens.
    pub opaque: HashMap<String, Value>,
    /// How often introspection was asked, and by whom.
    pub introspected: Vec<String>,
}

/// The provider, a verifier of its tokens, and the time.
pub struct House {
    pub address: String,
    pub issuer: String,
    pub clock: Arc<FixedClock>,
    pub provider: Arc<OidcProvider>,
    behaviour: Arc<Mutex<Behaviour>>,
}

async fn respond(
    behaviour: Arc<Mutex<Behaviour>>,
    request: Request<Vec<u8>>,
) -> http::Response<http_body_util::Full<hyper::body::Bytes>> {
    let delay = {
        let mut behaviour = behaviour.lock().expect("not poisoned");
        behaviour.at_once.0 += 1;
        behaviour.at_once.1 = behaviour.at_once.1.max(behaviour.at_once.0);
        behaviour.delay
    };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let mut behaviour = behaviour.lock().expect("not poisoned");
    behaviour.at_once.0 -= 1;
    let header = |name: &str| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned()
    };
    behaviour.hosts.push(header("host"));
    if request.uri().path() == "/jwks" {
        behaviour.asked += 1;
    }
    if behaviour.broken {
        return answer(503, &json!({}));
    }
    let issuer = behaviour.issuer.clone();
    match request.uri().path() {
        "/.well-known/openid-configuration" => answer(
            200,
            &json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"),
                "end_session_endpoint": format!("{issuer}/end"),
                "introspection_endpoint": format!("{issuer}/introspect"),
                "jwks_uri": format!("{issuer}/jwks"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": behaviour.algorithms,
            }),
        ),
        "/jwks" => answer(200, &json!({ "keys": behaviour.keys })),
        "/introspect" => {
            behaviour.introspected.push(header("authorization"));
            let form: HashMap<String, String> =
                url::form_urlencoded::parse(&request.into_body()).into_owned().collect();
            let told = behaviour.opaque.get(&form["token"]);
            answer(200, told.unwrap_or(&json!({ "active": false })))
        }
        path => answer(404, &json!({ "path": path })),
    }
}

impl House {
    /// A provider with these keys, seen through `configure`d eyes.
    pub async fn with(keys: &[&Key], configure: impl FnOnce(&mut OidcConfig)) -> Self {
        let behaviour = Arc::new(Mutex::new(Behaviour {
            issuer: String::new(),
            keys: keys.iter().map(|key| key.jwk()).collect(),
            algorithms: ["RS256", "ES256", "EdDSA"].map(str::to_owned).to_vec(),
            broken: false,
            delay: Duration::ZERO,
            at_once: (0, 0),
            asked: 0,
            hosts: Vec::new(),
            opaque: HashMap::new(),
            introspected: Vec::new(),
        }));
        let shared = behaviour.clone();
        let web = Web::start(move |request| respond(shared.clone(), request)).await;
        let mut config = OidcConfig {
            audiences: vec!["erynoa".into()],
            introspection: Some(Introspection {
                client_id: "a:pi".into(),
                client_secret: Secret::new("s%cret".into()),
            }),
            time_outs: TimeOuts {
                connect: Duration::from_secs(2),
                request: Duration::from_secs(5),
            },
            ..OidcConfig::new(&web.address, vec!["platform".into(), "console".into()])
        };
        configure(&mut config);
        if config.issuer != web.address {
            config.internal_issuer = Some(web.address.clone());
        }
        behaviour.lock().expect("not poisoned").issuer = config.issuer.clone();
        let clock = Arc::new(FixedClock::at(NOW_US));
        Self {
            address: web.address,
            issuer: config.issuer.clone(),
            provider: Arc::new(
                OidcProvider::new(config, clock.clone()).expect("a good configuration"),
            ),
            clock,
            behaviour,
        }
    }

    pub async fn new(keys: &[&Key]) -> Self {
        Self::with(keys, |_| {}).await
    }

    pub fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour.lock().expect("not poisoned")
    }

    pub async fn access(&self, token: &str) -> Result<ProviderClaims, ProviderError> {
        self.provider.verify_access_token(token).await
    }

    pub async fn id(&self, token: &str) -> Result<ProviderClaims, ProviderError> {
        self.provider.verify_id_token(token, "platform").await
    }
}

/// The reason of a refusal.
pub fn reason<T: std::fmt::Debug>(outcome: Result<T, ProviderError>) -> &'static str {
    match outcome {
        Err(ProviderError::TokenInvalid(reason)) => reason,
        other => panic!("not refused as a token: {other:?}"),
    }
}
