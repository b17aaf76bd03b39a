//! The server, as the commands see it.

use std::time::Duration;

use bytes::Bytes;
use erynoa_events::{Body, Event, SigningKey, VerifiedEvent, sign_event, sign_in_message};
use erynoa_kernel::{Coordinate, Did, EventId, IdentityId, RealmId};
use erynoa_proto::api::v1::audit_service_client::AuditServiceClient;
use erynoa_proto::api::v1::document_service_client::DocumentServiceClient;
use erynoa_proto::api::v1::event_service_client::EventServiceClient;
use erynoa_proto::api::v1::governance_service_client::GovernanceServiceClient;
use erynoa_proto::api::v1::health_service_client::HealthServiceClient;
use erynoa_proto::api::v1::home_service_client::HomeServiceClient;
use erynoa_proto::api::v1::identity_service_client::IdentityServiceClient;
use erynoa_proto::api::v1::info_service_client::InfoServiceClient;
use erynoa_proto::api::v1::log_service_client::LogServiceClient;
use erynoa_proto::api::v1::notification_service_client::NotificationServiceClient;
use erynoa_proto::api::v1::peer_service_client::PeerServiceClient;
use erynoa_proto::api::v1::protection_service_client::ProtectionServiceClient;
use erynoa_proto::api::v1::realm_service_client::RealmServiceClient;
use erynoa_proto::api::v1::session_service_client::SessionServiceClient;
use erynoa_proto::api::v1::trust_service_client::TrustServiceClient;
use erynoa_proto::api::v1::user_service_client::UserServiceClient;
use erynoa_proto::api::v1::workflow_service_client::WorkflowServiceClient;
use erynoa_proto::api::v1::{
    self as api, GetInfoResponse, GetKeyResponse, LogInfo, SubmitBatchRequest, SubmitResult,
};
use erynoa_proto::protocol::v1::SignedEvent;
use http_body_util::{BodyExt, Full};
use prost::Message;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status};
use tower_service::Service;

use crate::error::CliError;
use crate::time_text::parse_moment;

/// Longest wait for a connection, and for an answer that is no stream.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What somebody says.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) realm: RealmId,
    pub(crate) body: Body,
    /// An event that it presupposes.
    pub(crate) cause: Option<(EventId, Coordinate)>,
    /// When it is said, if not now: `--at`.
    pub(crate) at: Option<String>,
}

/// The time that `--at` asks for, else the log's own.
pub(crate) fn moment(at: Option<&str>, now_us: u64) -> Result<u64, CliError> {
    at.map_or(Ok(now_us), |text| {
        parse_moment(text, now_us).ok_or_else(|| {
            CliError::Usage(format!(
                "--at {text}: a date such as 2016-01-31, or a span such as 3d or 12h"
            ))
        })
    })
}

/// A connection to one server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    server: String,
    channel: Channel,
}

impl Client {
    /// Connects to `server`, an `http` or `https` URL.
    pub(crate) async fn connect(server: &str) -> Result<Self, CliError> {
        let server = server.trim_end_matches('/');
        let wrong = |reason: String| CliError::Usage(format!("--server {server}: {reason}"));
        let uri: http::Uri = server.parse().map_err(|error| wrong(format!("{error}")))?;
        let mut endpoint = Endpoint::from(uri.clone())
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .http2_adaptive_window(true)
            .user_agent(concat!("erynoa-cli/", env!("CARGO_PKG_VERSION")))
            .map_err(|error| wrong(error.to_string()))?;
        match uri.scheme_str() {
            Some("https") => {
                endpoint = endpoint
                    .tls_config(ClientTlsConfig::new().with_webpki_roots())
                    .map_err(|error| wrong(error.to_string()))?;
            }
            Some("http") => {}
            _ => {
                return Err(wrong("an address begins with http:// or https://".to_owned()));
            }
        }
        let channel =
            endpoint.connect().await.map_err(|error| CliError::unreachable(server, &error))?;
        Ok(Self { server: server.to_owned(), channel })
    }

    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Turns a status into the error that the command ends with.
    pub(crate) fn failed(&self) -> impl Fn(Status) -> CliError + '_ {
        |status| CliError::from_status(&self.server, status)
    }

    pub(crate) fn events(&self) -> EventServiceClient<Channel> {
        EventServiceClient::new(self.channel())
    }

    pub(crate) fn identities(&self) -> IdentityServiceClient<Channel> {
        IdentityServiceClient::new(self.channel())
    }

    pub(crate) fn trust(&self) -> TrustServiceClient<Channel> {
        TrustServiceClient::new(self.channel())
    }

    pub(crate) fn realms(&self) -> RealmServiceClient<Channel> {
        RealmServiceClient::new(self.channel())
    }

    pub(crate) fn government(&self) -> GovernanceServiceClient<Channel> {
        GovernanceServiceClient::new(self.channel())
    }

    pub(crate) fn protection(&self) -> ProtectionServiceClient<Channel> {
        ProtectionServiceClient::new(self.channel())
    }

    pub(crate) fn users(&self) -> UserServiceClient<Channel> {
        UserServiceClient::new(self.channel())
    }

    pub(crate) fn documents(&self) -> DocumentServiceClient<Channel> {
        DocumentServiceClient::new(self.channel())
    }

    pub(crate) fn audit(&self) -> AuditServiceClient<Channel> {
        AuditServiceClient::new(self.channel())
    }

    pub(crate) fn notifications(&self) -> NotificationServiceClient<Channel> {
        NotificationServiceClient::new(self.channel())
    }

    pub(crate) fn workflows(&self) -> WorkflowServiceClient<Channel> {
        WorkflowServiceClient::new(self.channel())
    }

    pub(crate) fn peers(&self) -> PeerServiceClient<Channel> {
        PeerServiceClient::new(self.channel())
    }

    pub(crate) fn home(&self) -> HomeServiceClient<Channel> {
        HomeServiceClient::new(self.channel())
    }

    pub(crate) fn log(&self) -> LogServiceClient<Channel> {
        LogServiceClient::new(self.channel())
    }

    pub(crate) fn health(&self) -> HealthServiceClient<Channel> {
        HealthServiceClient::new(self.channel())
    }

    /// What the server says about itself.
    pub(crate) async fn info(&self) -> Result<GetInfoResponse, CliError> {
        let answer = InfoServiceClient::new(self.channel()).get_info(api::GetInfoRequest {}).await;
        Ok(answer.map_err(self.failed())?.into_inner())
    }

    /// What the server says about its log.
    pub(crate) async fn log_info(&self) -> Result<LogInfo, CliError> {
        self.info().await?.log.ok_or_else(|| self.odd("GetInfo carries no log"))
    }

    /// An answer that breaks the API's contract.
    pub(crate) fn odd(&self, what: &str) -> CliError {
        CliError::Negative(format!("{} answered against its own API: {what}", self.server))
    }

    /// Owner and head of a key, and the log's time.
    pub(crate) async fn key(&self, key: &SigningKey) -> Result<GetKeyResponse, CliError> {
        let public_key = key.public_key().as_bytes().to_vec();
        let answer = self.identities().get_key(api::GetKeyRequest { public_key }).await;
        Ok(answer.map_err(self.failed())?.into_inner())
    }

    /// Submits one event; the answer means that it is on the server's disk.
    pub(crate) async fn submit(
        &self,
        event: &VerifiedEvent,
    ) -> Result<api::SubmitReceipt, CliError> {
        self.submit_invited(event, None).await
    }

    /// Submits an event with an invitation: its link, or the token at its end.
    pub(crate) async fn submit_invited(
        &self,
        event: &VerifiedEvent,
        link: Option<&str>,
    ) -> Result<api::SubmitReceipt, CliError> {
        let invitation = link.map(token_of).unwrap_or_default().to_owned();
        let request = api::SubmitRequest { event: Some(signed(event)?), invitation };
        let answer = self.events().submit(request).await.map_err(self.failed())?;
        answer.into_inner().receipt.ok_or_else(|| self.odd("Submit without a receipt"))
    }

    /// Signs the next event of the key's chain and submits it. When another
    /// program of the same key was faster, tries again on the new head.
    pub(crate) async fn say(
        &self,
        author: IdentityId,
        key: &SigningKey,
        statement: &Statement,
    ) -> Result<(VerifiedEvent, api::SubmitReceipt), CliError> {
        let mut attempts = 3;
        loop {
            let known = self.key(key).await?;
            let (prev, head) = self.head(&known)?;
            let now_us = moment(statement.at.as_deref(), known.now_us)?;
            let before = statement.cause.map(|(_, at)| at);
            let event = Event {
                author,
                realm: statement.realm,
                coordinate: Coordinate::next(now_us, head.into_iter().chain(before)),
                prev,
                parents: statement.cause.iter().map(|(cause, _)| *cause).collect(),
                body: statement.body.clone(),
            };
            let event = sign_event(&event, key).map_err(|error| CliError::own_event(&error))?;
            attempts -= 1;
            match self.submit(&event).await {
                Err(error)
                    if attempts > 0
                        && error.refusal().is_some_and(|r| r.code == "EVENT_PREV_STALE") => {}
                Err(error) => return Err(error),
                Ok(receipt) => return Ok((event, receipt)),
            }
        }
    }

    /// End of a key's chain.
    pub(crate) fn head(
        &self,
        known: &GetKeyResponse,
    ) -> Result<(Option<EventId>, Option<Coordinate>), CliError> {
        if known.head.is_empty() {
            return Ok((None, None));
        }
        let head = known.head.parse().map_err(|_| self.odd("the head is no event id"))?;
        let coordinate = Coordinate { wall_us: known.head_wall_us, counter: known.head_counter };
        Ok((Some(head), Some(coordinate)))
    }

    /// Answers a sign-in challenge.
    pub(crate) async fn sign_in(&self, did: &Did, key: &SigningKey) -> Result<String, CliError> {
        let mut sessions = SessionServiceClient::new(self.channel());
        let identity = did.to_string();
        let challenge = sessions
            .create_challenge(api::CreateChallengeRequest { identity: identity.clone() })
            .await
            .map_err(self.failed())?
            .into_inner();
        if !same_origin(&challenge.origin, &self.server) {
            return Err(CliError::Negative(format!(
                "{} asked to sign in at {}: signing that could hand the session to somebody \
                 else. If both are the same server, use --server {}",
                self.server, challenge.origin, challenge.origin
            )));
        }
        let bytes: [u8; 32] = challenge
            .challenge
            .as_slice()
            .try_into()
            .map_err(|_| self.odd("a challenge is 32 bytes"))?;
        let signature = key.sign(&sign_in_message(&bytes, &did.identity, &challenge.origin));
        let answer = sessions
            .sign_in(api::SignInRequest {
                identity,
                challenge: challenge.challenge,
                public_key: key.public_key().as_bytes().to_vec(),
                signature: signature.as_bytes().to_vec(),
            })
            .await
            .map_err(self.failed())?
            .into_inner();
        answer
            .tokens
            .map(|tokens| tokens.access_token)
            .ok_or_else(|| self.odd("SignIn without tokens"))
    }

    /// Makes the identity the operator of a fresh installation. `link` is the
    /// one-time link or the token at its end.
    pub(crate) async fn claim(
        &self,
        did: &Did,
        key: &SigningKey,
        link: &str,
        realm_name: &str,
    ) -> Result<(), CliError> {
        let token = self.sign_in(did, key).await?;
        let request = api::ClaimInstallationRequest {
            claim_token: token_of(link).to_owned(),
            realm_name: realm_name.to_owned(),
        };
        let request = self.authorized(request, &token)?;
        SessionServiceClient::new(self.channel())
            .claim_installation(request)
            .await
            .map_err(self.failed())?;
        Ok(())
    }

    /// A request with the access token of a session.
    pub(crate) fn authorized<T>(&self, message: T, token: &str) -> Result<Request<T>, CliError> {
        let mut request = Request::new(message);
        let bearer = MetadataValue::try_from(format!("Bearer {token}"))
            .map_err(|_| self.odd("an access token that is no header value"))?;
        request.metadata_mut().insert("authorization", bearer);
        Ok(request)
    }

    /// Body of a GET, or `None` for 404. Waits when the server asks for it.
    pub(crate) async fn get(&self, path: &str) -> Result<Option<Bytes>, CliError> {
        loop {
            let request = http::Request::get(path)
                .body(tonic::body::Body::empty())
                .map_err(|error| CliError::Usage(error.to_string()))?;
            let answer = self.call(request).await?;
            match answer.status().as_u16() {
                200 => return Ok(Some(answer.into_body())),
                404 => return Ok(None),
                429 => tokio::time::sleep(retry_after(answer.headers())).await,
                code => {
                    return Err(CliError::Negative(format!(
                        "{}{path} answered {code}",
                        self.server
                    )));
                }
            }
        }
    }

    /// Sends a plain HTTP request over the same connection.
    pub(crate) async fn call(
        &self,
        request: http::Request<tonic::body::Body>,
    ) -> Result<http::Response<Bytes>, CliError> {
        let mut channel = self.channel();
        let lost = |error: tonic::transport::Error| CliError::unreachable(&self.server, &error);
        std::future::poll_fn(|context| channel.poll_ready(context)).await.map_err(lost)?;
        let (head, body) = channel.call(request).await.map_err(lost)?.into_parts();
        let body = body.collect().await.map_err(self.failed())?.to_bytes();
        Ok(http::Response::from_parts(head, body))
    }

    /// Sends up to 1 000 events and gives one result for each, in order. Waits
    /// when the server asks for it: sending again changes nothing.
    pub(crate) async fn submit_batch(
        &self,
        events: Vec<SignedEvent>,
    ) -> Result<Vec<SubmitResult>, CliError> {
        let sent = events.len();
        let request = SubmitBatchRequest { events };
        loop {
            let answer = self.events().submit_batch(request.clone()).await;
            match answer.map_err(self.failed()) {
                Ok(answer) => {
                    let results = answer.into_inner().results;
                    if results.len() != sent {
                        return Err(self.odd("SubmitBatch did not answer for every event"));
                    }
                    return Ok(results);
                }
                Err(error) => match error.refusal().filter(|r| r.code == "RATE_LIMITED") {
                    Some(refusal) => {
                        let delay_ms = refusal.retry_after_ms.unwrap_or(1000);
                        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
                    }
                    None => return Err(error),
                },
            }
        }
    }
}

/// Delay that a 429 asks for.
fn retry_after(headers: &http::HeaderMap) -> Duration {
    let seconds = headers
        .get(http::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or(1);
    Duration::from_secs(seconds)
}

/// A body of known bytes for [`Client::call`].
pub(crate) fn full_body(bytes: Bytes) -> tonic::body::Body {
    tonic::body::Body::new(Full::new(bytes).map_err(|never| match never {}))
}

/// An event as the API carries it.
pub(crate) fn signed(event: &VerifiedEvent) -> Result<SignedEvent, CliError> {
    SignedEvent::decode(event.entry().clone())
        .map_err(|error| CliError::Local(format!("an event of our own: {error}")))
}

/// The token of a one-time link `…/claim#TOKEN`, or the token itself.
pub(crate) fn token_of(link: &str) -> &str {
    link.trim().rsplit('#').next().unwrap_or_default()
}

/// Whether two URLs have the same origin. The names of this very machine are
/// one name: a server cannot be somebody else there.
fn same_origin(a: &str, b: &str) -> bool {
    let origin = |text: &str| -> Option<(String, String, u16)> {
        let uri: http::Uri = text.parse().ok()?;
        let scheme = uri.scheme_str()?.to_owned();
        let host = match uri.host()? {
            "localhost" | "127.0.0.1" | "[::1]" => "localhost".to_owned(),
            host => host.to_ascii_lowercase(),
        };
        let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        Some((scheme, host, port))
    };
    matches!((origin(a), origin(b)), (Some(a), Some(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert!(same_origin("http://localhost:3000", "http://127.0.0.1:3000/"));
        assert!(same_origin("https://Example.org", "https://example.org:443/platform"));
        assert!(!same_origin("http://example.org", "https://example.org"));
        assert!(!same_origin("http://localhost:3000", "http://localhost:3001"));
        assert!(!same_origin("http://evil.example", "http://localhost"));
        assert!(!same_origin("", ""));
    }

    #[test]
    fn a_claim_link_and_its_token_are_the_same() {
        assert_eq!(token_of("http://localhost:3000/platform/claim#abc\n"), "abc");
        assert_eq!(token_of("abc"), "abc");
    }
}
