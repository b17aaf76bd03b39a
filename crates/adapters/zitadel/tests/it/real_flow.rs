//! Signing in as a browser does, at the real provider
//! (npm oidc-provider, deploy/services/oidc).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use erynoa_kernel::{Clock, Secret};
use erynoa_zitadel::{Introspection, OidcConfig, OidcProvider};
use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::forge::encode;

pub const REDIRECT: &str = "http://localhost:3000/platform/callback";

/// A variable that `make services` sets.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: start the servers with `make services` and export what it prints"
        )
    })
}

pub fn issuer() -> String {
    variable("ERYNOA_TEST_OIDC_ISSUER")
}

/// The time of the machine, which a test may put forward.
#[derive(Default)]
pub struct WallClock(AtomicU64);

impl WallClock {
    pub fn forward(&self, by_us: u64) {
        self.0.fetch_add(by_us, Ordering::Relaxed);
    }
}

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now_us(&self) -> u64 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = now.ok().and_then(|now| u64::try_from(now.as_micros()).ok()).expect("after 1970");
        now + self.0.load(Ordering::Relaxed)
    }
}

/// Verifies what the real provider issues.
pub fn verifier(clock: Arc<WallClock>) -> OidcProvider {
    let clients = ["platform", "console", "docs"].map(str::to_owned).to_vec();
    let config = OidcConfig {
        audiences: vec!["erynoa".into()],
        introspection: Some(Introspection {
            client_id: "api".into(),
            client_secret: Secret::new("development-only".into()),
        }),
        ..OidcConfig::new(issuer(), clients)
    };
    OidcProvider::new(config, clock).expect("a good configuration")
}

fn form(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

async fn body(response: Response) -> Value {
    let bytes = response.bytes().await.expect("a body");
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{error}: {bytes:?}"))
}

/// Tells the provider's second port what to do.
pub async fn command(command: &str) -> Value {
    let url = format!("{}/{command}", variable("ERYNOA_TEST_OIDC_ADMIN"));
    let response = reqwest::Client::new().post(&url).send().await;
    let response = response.unwrap_or_else(|error| {
        panic!("{url} does not answer ({error}): start the servers with `make services`")
    });
    body(response).await
}

/// Asks an endpoint of the provider.
pub async fn ask(endpoint: &str, pairs: &[(&str, &str)]) -> Value {
    let request = reqwest::Client::new()
        .post(endpoint)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form(pairs));
    body(request.send().await.expect("the provider answers")).await
}

/// A browser with its cookies.
struct Browser {
    client: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    async fn open(&mut self, url: &Url, post: Option<String>) -> Response {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = match post {
            None => self.client.get(url.clone()),
            Some(form) => self
                .client
                .post(url.clone())
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form),
        };
        request = request.header(COOKIE, cookies.join("; "));
        let response = request.send().await.unwrap_or_else(|error| {
            panic!("{url} does not answer ({error}): start the servers with `make services`")
        });
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("ASCII");
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("name and value");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }

    async fn goes_to(&mut self, url: &Url, post: Option<String>) -> Url {
        let response = self.open(url, post).await;
        let location = response.headers().get(LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        let status = response.status();
        let location = location.unwrap_or_else(|| panic!("{url}: {status} leads nowhere"));
        url.join(location).expect("a URL")
    }
}

/// What signing in gives: the token endpoint's answer.
pub struct Tokens(pub Value);

impl Tokens {
    pub fn get(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.0))
    }
}

/// Signs a user of users.json in, with PKCE, by the page that people see.
pub async fn sign_in(
    authorization_endpoint: &str,
    token_endpoint: &str,
    user: &str,
    resource: Option<&str>,
) -> Tokens {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let mut browser = Browser { client, cookies: BTreeMap::new() };
    let verifier = encode([7; 32]);
    let challenge = encode(Sha256::digest(verifier.as_bytes()));
    let mut url = Url::parse(authorization_endpoint).expect("a URL");
    url.query_pairs_mut()
        .append_pair("client_id", "platform")
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("scope", "openid profile email offline_access")
        .append_pair("nonce", "nonce-of-the-app")
        .append_pair("state", "state-of-the-app")
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    if let Some(resource) = resource {
        url.query_pairs_mut().append_pair("resource", resource);
    }
    let page = browser.goes_to(&url, None).await;
    let shown = browser.open(&page, None).await.text().await.expect("a page");
    assert!(shown.contains(&format!("name=\"user\" value=\"{user}\"")), "{shown}");
    let next = browser.goes_to(&page, Some(form(&[("user", user)]))).await;
    let back = browser.goes_to(&next, None).await;
    assert!(back.as_str().starts_with(REDIRECT), "{back}");
    let found: BTreeMap<_, _> = back.query_pairs().into_owned().collect();
    assert_eq!(found["state"], "state-of-the-app");
    Tokens(
        ask(
            token_endpoint,
            &[
                ("grant_type", "authorization_code"),
                ("client_id", "platform"),
                ("redirect_uri", REDIRECT),
                ("code", &found["code"]),
                ("code_verifier", &verifier),
            ],
        )
        .await,
    )
}
