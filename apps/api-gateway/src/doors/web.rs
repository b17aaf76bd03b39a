//! The built web apps, and the headers that every page gets.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use erynoa_cache::RateLimiter;
use erynoa_kernel::{Kind, Problem};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

use super::guard::{Gate, Limiter, X_REQUEST_ID, client_address, is_grpc, refuse, request_id};
use super::problems::REQUEST_ID;
use crate::app::App;

#[derive(RustEmbed)]
#[folder = "../../web/apps/platform/build"]
#[allow_missing = true]
struct Platform;

#[derive(RustEmbed)]
#[folder = "../../web/apps/console/build"]
#[allow_missing = true]
struct Console;

#[derive(RustEmbed)]
#[folder = "../../web/apps/docs/build"]
#[allow_missing = true]
struct Docs;

/// Scripts beside the pages that compute, and need WebAssembly for it. The pages
/// themselves may not.
const WORKERS: &str = "_app/immutable/workers/";
const WORKER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";

type Find = fn(&str) -> Option<EmbeddedFile>;

const APPS: [(&str, Find); 3] =
    [("platform", Platform::get), ("console", Console::get), ("docs", Docs::get)];

/// Pages load dozens of small files at once, so they have a wider limit than
/// calls.
const FILES_PER_CALL: u32 = 10;

/// What serves the apps.
pub(crate) struct Web {
    gate: Arc<Gate>,
    limiter: Limiter,
    /// Content security policy of each app's page.
    policies: HashMap<&'static str, HeaderValue>,
}

impl Web {
    pub(crate) fn new(app: &App, gate: Arc<Gate>, counts: Arc<dyn RateLimiter>) -> Self {
        let limits = &app.config.limits;
        let elsewhere = elsewhere(app);
        let files = app.config.storage.foreign_origin();
        let policies = APPS
            .iter()
            .filter_map(|(name, find)| {
                let page = find("index.html")?;
                let page = String::from_utf8_lossy(&page.data);
                Some((*name, content_security_policy(&page, &elsewhere, files.as_deref())))
            })
            .collect();
        Self {
            gate,
            limiter: Limiter::new(
                counts,
                "file",
                limits.requests_per_second.saturating_mul(FILES_PER_CALL),
                limits.burst.saturating_mul(FILES_PER_CALL),
            ),
            policies,
        }
    }
}

/// Origins beside our own that the apps' scripts talk to: where the identity
/// provider trades codes for tokens.
fn elsewhere(app: &App) -> Vec<String> {
    let auth = &app.config.auth;
    let issuer = auth.is_oidc().then(|| auth.issuer.parse::<Uri>().ok()).flatten();
    issuer.as_ref().and_then(origin_of).into_iter().collect()
}

fn origin_of(address: &Uri) -> Option<String> {
    Some(format!("{}://{}", address.scheme_str()?, address.authority()?))
}

/// Scripts come from our own files, or are the page's own inline ones, by hash;
/// they talk to this server and to `elsewhere`, and files come from this server
/// and from the origin `files`.
fn content_security_policy(page: &str, elsewhere: &[String], files: Option<&str>) -> HeaderValue {
    let mut scripts = String::from("'self'");
    for script in inline_scripts(page) {
        let hash = BASE64_STANDARD.encode(Sha256::digest(script.as_bytes()));
        // Writing to a String does not fail.
        let _ = write!(scripts, " 'sha256-{hash}'");
    }
    let files = files.map(|origin| format!(" {origin}")).unwrap_or_default();
    let connect =
        elsewhere.iter().fold(format!("'self'{files}"), |all, each| format!("{all} {each}"));
    let policy = format!(
        "default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:{files}; media-src 'self' blob:{files}; font-src 'self'; \
         connect-src {connect}; worker-src 'self'; \
         object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("the policy is ASCII")
}

/// Bodies of the script elements without a source.
fn inline_scripts(page: &str) -> Vec<&str> {
    let mut scripts = Vec::new();
    let mut rest = page;
    while let Some((_, from)) = rest.split_once("<script") {
        let Some((attributes, body)) = from.split_once('>') else {
            break;
        };
        let Some((script, after)) = body.split_once("</script>") else {
            break;
        };
        if !attributes.contains("src=") {
            scripts.push(script);
        }
        rest = after;
    }
    scripts
}

/// Everything that is neither an RPC nor a REST route.
pub(crate) async fn serve(State(web): State<Arc<Web>>, request: Request) -> Response {
    let id = request_id(request.headers(), web.gate.entropy.as_ref());
    let grpc = is_grpc(request.headers());
    let client = client_address(&request, &web.gate.proxies);
    let passed = web.limiter.check(client, web.gate.clock.now_us()).await;
    let mut response = REQUEST_ID.sync_scope(id.clone(), || {
        passed.and_then(|()| answer(&web, &request)).unwrap_or_else(|problem| refuse(problem, grpc))
    });
    response.headers_mut().insert(X_REQUEST_ID, id.0);
    response
}

fn unknown() -> Problem {
    Problem::new(Kind::NotFound, "METHOD_UNKNOWN", "there is no such call here")
}

fn answer(web: &Web, request: &Request) -> Result<Response, Problem> {
    let path = request.uri().path();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads
        || is_grpc(request.headers())
        || path.starts_with("/api/")
        || path.starts_with("/log/")
    {
        return Err(unknown());
    }
    Ok(page(web, request))
}

fn page(web: &Web, request: &Request) -> Response {
    let path = request.uri().path();
    if path == "/" {
        return Redirect::temporary("/platform").into_response();
    }
    let mut parts = path[1..].splitn(2, '/');
    let name = parts.next().unwrap_or_default();
    let file = parts.next().unwrap_or_default();
    let Some((name, find)) = APPS.iter().find(|(known, _)| *known == name) else {
        return plain(
            StatusCode::NOT_FOUND,
            "There is nothing here. The apps: /platform /console /docs\n",
        );
    };
    match find(file).filter(|_| !file.is_empty()) {
        Some(found) => file_response(web, name, file, found, request),
        // A file that is missing is missing; any other path is the app's to route.
        None if file.starts_with("_app/") => {
            plain(StatusCode::NOT_FOUND, "There is no such file.\n")
        }
        None => match find(&format!("{file}.html")).or_else(|| find("index.html")) {
            Some(found) => file_response(web, name, "index.html", found, request),
            None => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "This server was built without its web apps; build it with `make run`.\n",
            ),
        },
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, text).into_response()
}

fn file_response(
    web: &Web,
    app: &str,
    path: &str,
    file: EmbeddedFile,
    request: &Request,
) -> Response {
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let etag = HeaderValue::from_str(&etag).expect("hexadecimal digits are a header value");
    let known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|value| *value == etag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(file.data.into_owned()))
    };
    let kind = HeaderValue::from_str(file.metadata.mimetype())
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let cache = if path.starts_with("_app/immutable/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::ETAG, etag);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if path.starts_with(WORKERS) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(WORKER_POLICY));
    } else if let Some(policy) = web.policies.get(app) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    }
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_allowed_by_hash_and_no_other_way() {
        let page = "<script src=\"/a.js\"></script><script>one()</script><script type=\"module\">two()</script>";
        assert_eq!(inline_scripts(page), ["one()", "two()"]);
        let policy = content_security_policy(page, &[], None);
        let policy = policy.to_str().unwrap();
        let scripts = policy.split("; ").find(|part| part.starts_with("script-src")).unwrap();
        assert_eq!(scripts.matches("sha256-").count(), 2);
        assert!(!scripts.contains("unsafe"));
    }

    #[test]
    fn scripts_talk_to_this_server_and_to_the_identity_provider_alone() {
        let connect = |elsewhere: &[String]| {
            let policy = content_security_policy("", elsewhere, None);
            let policy = policy.to_str().unwrap().to_owned();
            policy.split("; ").find(|part| part.starts_with("connect-src")).unwrap().to_owned()
        };
        assert_eq!(connect(&[]), "connect-src 'self'");
        let issuer = Uri::from_static("https://id.example:8443/realms/one");
        let origin = origin_of(&issuer).unwrap();
        assert_eq!(connect(&[origin]), "connect-src 'self' https://id.example:8443");
    }

    #[test]
    fn files_come_from_this_server_and_from_the_object_store_alone() {
        for (files, more) in [(None, ""), (Some("https://s3.example"), " https://s3.example")] {
            let policy = content_security_policy("", &[], files);
            let policy = policy.to_str().unwrap();
            for kind in
                ["connect-src 'self'", "img-src 'self' data: blob:", "media-src 'self' blob:"]
            {
                assert!(policy.split("; ").any(|part| part == format!("{kind}{more}")), "{policy}");
            }
        }
    }
}
