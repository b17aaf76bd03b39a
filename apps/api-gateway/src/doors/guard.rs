//! What every call passes on its way in: request id, rate limit, size,
//! policy, token, deadline; and on its way out: one log line and one count.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use erynoa_access::{Access, Principal, TokenVerifier, authorise};
use erynoa_cache::{Admission, Rate, RateLimiter};
use erynoa_kernel::{Clock, Entropy, Kind, Problem};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::policy::{access_of, carries_files};
use super::problems::{REQUEST_ID, RequestId, RestProblem, status};
use crate::ledger::Ledger;
use crate::traffic::Traffic;

/// Longest that a call may take until its answer begins.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
/// The same for calls that carry files. Whoever sends nothing for a while is cut
/// off much sooner.
const FILE_DEADLINE: Duration = Duration::from_secs(6 * 3600);

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the guard needs.
pub(crate) struct Gate {
    pub(crate) verifier: Arc<dyn TokenVerifier>,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) limiter: Limiter,
    pub(crate) body_bytes: u64,
    pub(crate) ledger: Ledger,
    /// The same for calls that carry files.
    pub(crate) file_bytes: u64,
}

/// A rate limit for each client address at one door.
pub(crate) struct Limiter {
    counts: Arc<dyn RateLimiter>,
    rate: Rate,
    door: &'static str,
}

impl Limiter {
    /// `per_second` in the long run, `burst` at once.
    pub(crate) fn new(
        counts: Arc<dyn RateLimiter>,
        door: &'static str,
        per_second: u32,
        burst: u32,
    ) -> Self {
        Self { counts, rate: Rate::new(per_second, burst), door }
    }

    /// # Errors
    /// `RATE_LIMITED` with the delay after which a call would pass.
    pub(crate) async fn check(&self, address: IpAddr, now_us: u64) -> Result<(), Problem> {
        let key = format!("{} {address}", self.door);
        match self.counts.check(&key, self.rate, now_us).await? {
            Admission::Passed => Ok(()),
            Admission::Refused { retry_after_ms } => Err(Problem::new(
                Kind::RateLimited,
                "RATE_LIMITED",
                "too many requests from this address; try again after the delay",
            )
            .retry_after_ms(retry_after_ms.max(1))),
        }
    }
}

/// Address of the client, for handlers that bound what one client holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub(crate) IpAddr);

/// Address of the client, as far as limits tell clients apart: of IPv6 the
/// network (/64), since one client has all of it. A proxy on this machine may
/// name the client.
pub(crate) fn client_address(request: &Request) -> IpAddr {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::from([127, 0, 0, 1]), |info| info.0.ip())
        .to_canonical();
    let client = match forwarded_for(request.headers()) {
        Some(named) if peer.is_loopback() => named.to_canonical(),
        _ => peer,
    };
    match client {
        IpAddr::V6(address) if !address.is_loopback() => {
            let network = address.to_bits() >> 64 << 64;
            IpAddr::from(Ipv6Addr::from_bits(network))
        }
        other => other,
    }
}

/// What the proxy next to us says; it appends, so the last entry is its own.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next()?.trim().parse().ok()
}

/// Whether the call comes from this machine itself and not through a proxy.
pub(crate) fn is_local(request: &Request) -> bool {
    let proxied = ["x-forwarded-for", "x-real-ip", "forwarded", "via"];
    client_address(request).is_loopback()
        && !proxied.iter().any(|name| request.headers().contains_key(*name))
}

pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/grpc"))
}

/// The caller's request id when it is one (1 to 64 visible ASCII characters),
/// else a new one.
pub(crate) fn request_id(headers: &HeaderMap, entropy: &dyn Entropy) -> RequestId {
    let given = headers.get(&X_REQUEST_ID).filter(|value| {
        (1..=64).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_graphic)
    });
    RequestId(given.cloned().unwrap_or_else(|| {
        HeaderValue::from_str(&hex::encode(&entropy.bytes32()[..16]))
            .expect("hexadecimal digits are a header value")
    }))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The deadline that a gRPC client asks for, such as `250m`.
fn grpc_timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// The middleware of all RPC and REST calls.
pub(crate) async fn guard(
    State(gate): State<Arc<Gate>>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let grpc = is_grpc(request.headers());
    let id = request_id(request.headers(), gate.entropy.as_ref());
    let name = match request.extensions().get::<MatchedPath>() {
        Some(matched) if !grpc => matched.as_str().to_owned(),
        _ => request.uri().path().to_owned(),
    };
    let known = access_of(&name);
    let (body_bytes, deadline) = if carries_files(&name) {
        (gate.file_bytes, FILE_DEADLINE)
    } else {
        (gate.body_bytes, DEADLINE)
    };
    let client = client_address(&request);
    let span = tracing::error_span!("request", id = id.0.to_str().unwrap_or_default());
    let mut answer = REQUEST_ID
        .scope(id.clone(), async {
            let admitted = match readable(&gate, &name).await {
                Ok(()) => admit(&gate, &mut request, known, client, body_bytes).await,
                refused => refused,
            };
            match admitted {
                Ok(()) => {
                    let asked = grpc_timeout(request.headers()).unwrap_or(deadline);
                    let run = tokio::time::timeout(asked.min(deadline), next.run(request));
                    run.await.unwrap_or_else(|_| refuse(deadline_exceeded(), grpc))
                }
                Err(problem) => refuse(problem, grpc),
            }
        })
        .instrument(span)
        .await;
    if grpc && let Some(problem) = foreign(&answer) {
        answer = refuse(problem, true);
    }
    answer.headers_mut().insert(X_REQUEST_ID, id.0.clone());
    let failed = failed(&answer);
    let took = begun.elapsed();
    // Names that are not in the policy come from outside and are not kept.
    let method = if known.is_some() { name.as_str() } else { "unknown" };
    gate.traffic.record(gate.clock.now_us(), method, failed, took);
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let request_id = id.0.to_str().unwrap_or_default();
    tracing::debug!(method, failed, took_us, request_id, %client, "call");
    answer
}

/// While the log's store is away nothing is known, but how the parts are.
async fn readable(gate: &Gate, name: &str) -> Result<(), Problem> {
    let about_parts = ["/erynoa.api.v1.HealthService/", "/grpc.health.v1.Health/"];
    let is_about_parts = about_parts.iter().any(|service| name.starts_with(service))
        || ["/api/v1/health", "/api/v1/ready", "/metrics"].contains(&name);
    if is_about_parts { Ok(()) } else { gate.ledger.readable().await }
}

async fn admit(
    gate: &Gate,
    request: &mut Request,
    access: Option<Access>,
    client: IpAddr,
    body_bytes: u64,
) -> Result<(), Problem> {
    gate.limiter.check(client, gate.clock.now_us()).await?;
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    if length.is_some_and(|length| length > body_bytes) {
        return Err(Problem::new(
            Kind::TooLarge,
            "PAYLOAD_TOO_LARGE",
            format!("a request is at most {body_bytes} bytes"),
        ));
    }
    let access = access.ok_or_else(|| {
        Problem::new(Kind::NotFound, "METHOD_UNKNOWN", "there is no such call here")
    })?;
    let principal = match bearer(request.headers()) {
        Some(token) => Some(gate.verifier.verify(token).await?),
        None => None,
    };
    authorise(principal.as_ref(), access)?;
    request.extensions_mut().insert(Client(client));
    if let Some(principal) = principal {
        request.extensions_mut().insert::<Principal>(principal);
    }
    Ok(())
}

fn deadline_exceeded() -> Problem {
    Problem::new(Kind::Unavailable, "DEADLINE_EXCEEDED", "the call took longer than its deadline")
        .retry_after_ms(1000)
}

pub(crate) fn refuse(problem: Problem, grpc: bool) -> Response {
    if !grpc {
        return RestProblem(problem).into_response();
    }
    let code = problem.code;
    let mut refused = status(problem);
    // The two that gRPC has codes of its own for.
    if code == "METHOD_UNKNOWN" || code == "DEADLINE_EXCEEDED" {
        let grpc_code = if code == "METHOD_UNKNOWN" {
            tonic::Code::Unimplemented
        } else {
            tonic::Code::DeadlineExceeded
        };
        let details = bytes::Bytes::copy_from_slice(refused.details());
        refused = tonic::Status::with_details(grpc_code, refused.message(), details);
    }
    refused.into_http::<axum::body::Body>()
}

/// The problem that the transport has found before a handler saw the request;
/// ours carry details.
fn foreign(answer: &Response) -> Option<Problem> {
    let headers = answer.headers();
    if headers.contains_key("grpc-status-details-bin") {
        return None;
    }
    match headers.get("grpc-status")?.as_bytes() {
        b"11" => Some(Problem::new(
            Kind::TooLarge,
            "PAYLOAD_TOO_LARGE",
            "the request is larger than the limit",
        )),
        b"13" => Some(Problem::new(
            Kind::Invalid,
            "VALIDATION_ERROR",
            "the request is not the message of this call",
        )),
        _ => None,
    }
}

fn failed(answer: &Response) -> bool {
    let grpc_failed = answer.headers().get("grpc-status").is_some_and(|value| value != "0");
    grpc_failed || answer.status().is_client_error() || answer.status().is_server_error()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_burst_passes_and_one_more_is_refused_with_a_delay() {
        let limiter = Limiter::new(Arc::new(erynoa_cache::MemoryLimiter::default()), "call", 1, 5);
        let address = IpAddr::from([127, 0, 0, 1]);
        for _ in 0..5 {
            limiter.check(address, 1_000_000).await.unwrap();
        }
        let refused = limiter.check(address, 1_000_000).await.unwrap_err();
        assert_eq!(refused.code, "RATE_LIMITED");
        assert!(refused.retry_after_ms.is_some_and(|delay| delay > 0 && delay <= 1000));
        let other = limiter.check(IpAddr::from([127, 0, 0, 2]), 1_000_000).await;
        other.expect("others go on being served");
    }

    #[test]
    fn timeouts_of_clients_are_read_in_every_unit() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", HeaderValue::from_str(text).unwrap());
            grpc_timeout(&headers)
        };
        assert_eq!(read("2S"), Some(Duration::from_secs(2)));
        assert_eq!(read("250m"), Some(Duration::from_millis(250)));
        for wrong in ["", "S", "2x", "-1S", "123456789S", "ü"] {
            assert_eq!(
                HeaderValue::from_str(wrong).ok().and_then(|_| read(wrong)),
                None,
                "{wrong}"
            );
        }
    }
}
