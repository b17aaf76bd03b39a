//! The API by REST, with OpenAPI generated from these handlers.

mod documents;
mod files;
mod shapes;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FormRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Extension, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Form, Json};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use erynoa_access::{Access, AccessError, Principal, authorise};
use erynoa_kernel::{Kind, Problem};
use erynoa_proto::api::v1 as api;
use erynoa_proto::protocol::v1::SignedEvent;
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::shapes::{
    EventPage, EventShape, HealthShape, InfoShape, LogoutForm, MeShape, PartShape, ReadyShape,
    ReceiptShape, SubmissionShape, TrustShape, UserPage, UserShape,
};
use super::guard::is_local;
use super::problems::{ErrorBody, RestProblem};
use crate::app::{App, invalid};
use crate::end_provider_sessions::end_provider_sessions;
use crate::services::{self, Parts};
use crate::submit_events::submit_event;

type Answer<T> = Result<Json<T>, RestProblem>;

/// Everything that the handlers need.
#[derive(Clone)]
struct Rest {
    app: Arc<App>,
    parts: Arc<Parts>,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Erynoa",
        description = "Trust between people, organisations and agents. Everything that the log \
                       holds is public; all times are microseconds since the Unix epoch, all \
                       ratios parts per million.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ErrorBody))
)]
struct Description;

fn described() -> OpenApiRouter<Rest> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(health))
        .routes(routes!(ready))
        .routes(routes!(info))
        .routes(routes!(me))
        .routes(routes!(list_users))
        .routes(routes!(user))
        .routes(routes!(oidc_logout))
        .routes(routes!(identity))
        .routes(routes!(trust))
        .routes(routes!(list_events, post_event))
        .routes(routes!(event))
        .routes(routes!(documents::verify))
        .routes(routes!(files::file, files::delete_file))
        .routes(routes!(files::content))
        .routes(routes!(files::presign))
        .merge(
            // Bounded by the guard: files are larger than other bodies.
            OpenApiRouter::new()
                .routes(routes!(files::list_files, files::upload_file))
                .layer(DefaultBodyLimit::disable()),
        )
}

/// The OpenAPI description of the REST routes.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().into_openapi()
}

pub(crate) fn router(app: Arc<App>, parts: Arc<Parts>) -> axum::Router {
    let metrics = app.config.telemetry.metrics;
    let state = Rest { app, parts };
    let (router, description) = described().split_for_parts();
    let description = Arc::new(description);
    let mut router = router.route(
        "/api/v1/openapi.json",
        get(move || {
            let description = Arc::clone(&description);
            async move { Json(description.as_ref().clone()) }
        }),
    );
    if metrics {
        router = router.route("/metrics", get(prometheus));
    }
    router.with_state(state)
}

/// Whether the process lives.
#[utoipa::path(get, path = "/api/v1/health", tag = "health",
    responses((status = 200, body = HealthShape)))]
async fn health(State(rest): State<Rest>) -> Json<HealthShape> {
    Json(HealthShape { uptime_s: rest.app.uptime_s() })
}

/// Whether every part works.
#[utoipa::path(get, path = "/api/v1/ready", tag = "health",
    responses((status = 200, body = ReadyShape), (status = 503, body = ReadyShape)))]
async fn ready(State(rest): State<Rest>) -> Response {
    let parts: Vec<PartShape> = rest.parts.ask().await.into_iter().map(PartShape::from).collect();
    let ready = parts.iter().all(|part| part.healthy);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(ReadyShape { ready, parts })).into_response()
}

/// What a client needs to know before it signs in.
#[utoipa::path(get, path = "/api/v1/info", tag = "info",
    responses((status = 200, body = InfoShape)))]
async fn info(State(rest): State<Rest>) -> Json<InfoShape> {
    Json(services::info(&rest.app).into())
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/me", tag = "session",
    responses((status = 200, body = MeShape), (status = 401, body = ErrorBody)))]
async fn me(State(rest): State<Rest>, principal: Option<Extension<Principal>>) -> Answer<MeShape> {
    let Extension(principal) = principal.ok_or(AccessError::Unauthorized)?;
    let session = services::session(&rest.app, &principal).await?;
    let user = services::get_user(&rest.app, &principal.account.to_string()).await?;
    Ok(Json(MeShape { session: session.into(), user: user.into() }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct UserQuery {
    /// Part of name, e-mail address or DID.
    query: Option<String>,
    /// member, operator or admin.
    role: Option<String>,
    /// 1 to 100, 20 when left out.
    page_size: Option<u32>,
    /// From the page before.
    page_token: Option<String>,
}

/// Accounts, newest first. For operators.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(UserQuery),
    responses((status = 200, body = UserPage), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
async fn list_users(
    State(rest): State<Rest>,
    query: Result<Query<UserQuery>, QueryRejection>,
) -> Answer<UserPage> {
    let Query(query) = query.map_err(|rejection| bad_query(&rejection))?;
    let request = api::ListUsersRequest {
        query: query.query.unwrap_or_default(),
        role: query.role.unwrap_or_default(),
        status: 0,
        page_size: query.page_size.unwrap_or_default(),
        page_token: query.page_token.unwrap_or_default(),
    };
    Ok(Json(services::list_users(&rest.app, request).await?.into()))
}

/// One account. For operators.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users",
    params(("id" = String, Path, description = "32 hex digits")),
    responses((status = 200, body = UserShape), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
async fn user(State(rest): State<Rest>, Path(id): Path<String>) -> Answer<UserShape> {
    Ok(Json(services::get_user(&rest.app, &id).await?.into()))
}

/// Back-channel logout of OpenID Connect: the identity provider says that
/// somebody has signed out there.
#[utoipa::path(post, path = "/api/v1/oidc/logout", tag = "session",
    request_body(content = LogoutForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The sessions have ended"),
        (status = 400, body = ErrorBody), (status = 503, body = ErrorBody)))]
async fn oidc_logout(
    State(rest): State<Rest>,
    form: Result<Form<LogoutForm>, FormRejection>,
) -> Result<Response, RestProblem> {
    let Form(form) = form.map_err(|rejection| invalid("logout_token", rejection.body_text()))?;
    end_provider_sessions(&rest.app, &form.logout_token).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], StatusCode::OK).into_response())
}

/// The W3C DID document of an identity.
#[utoipa::path(get, path = "/api/v1/identities/{did}", tag = "identity",
    params(("did" = String, Path, description = "did:erynoa:<namespace>:<64 hex digits>")),
    responses(
        (status = 200, content_type = "application/did+json", description = "DID document"),
        (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn identity(
    State(rest): State<Rest>,
    Path(did): Path<String>,
) -> Result<Response, RestProblem> {
    let document = services::resolve(&rest.app.ledger.read(), &did)?;
    Ok(([(header::CONTENT_TYPE, "application/did+json")], document.to_string()).into_response())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TrustQuery {
    /// 64 hex digits; the root realm when left out.
    realm: Option<String>,
}

/// Trust of an identity.
#[utoipa::path(get, path = "/api/v1/trust/{did}", tag = "trust",
    params(("did" = String, Path, description = "DID or 64 hex digits"), TrustQuery),
    responses((status = 200, body = TrustShape),
        (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn trust(
    State(rest): State<Rest>,
    Path(subject): Path<String>,
    query: Result<Query<TrustQuery>, QueryRejection>,
) -> Answer<TrustShape> {
    let Query(query) = query.map_err(|rejection| bad_query(&rejection))?;
    let realm = query.realm.unwrap_or_default();
    let request = api::GetTrustRequest { subject, realm, context: 0 };
    Ok(Json(services::trust_of(&rest.app.ledger.read(), &request)?.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct EventQuery {
    /// DID or 64 hex digits.
    author: Option<String>,
    /// DID or 64 hex digits.
    subject: Option<String>,
    /// Author or subject.
    participant: Option<String>,
    /// Oldest first instead of newest first.
    oldest_first: Option<bool>,
    /// 1 to 100, 20 when left out.
    page_size: Option<u32>,
    /// From the page before.
    page_token: Option<String>,
}

fn bad_query(rejection: &QueryRejection) -> Problem {
    invalid("query", rejection.body_text())
}

pub(super) fn bad_body(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            Kind::TooLarge,
            "PAYLOAD_TOO_LARGE",
            "the body is larger than the limit",
        );
    }
    invalid("body", rejection.body_text())
}

/// Events in the log.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(EventQuery),
    responses((status = 200, body = EventPage), (status = 400, body = ErrorBody)))]
async fn list_events(
    State(rest): State<Rest>,
    query: Result<Query<EventQuery>, QueryRejection>,
) -> Answer<EventPage> {
    let Query(query) = query.map_err(|rejection| bad_query(&rejection))?;
    let order = if query.oldest_first.unwrap_or(false) {
        api::EventOrder::OldestFirst
    } else {
        api::EventOrder::NewestFirst
    };
    let request = api::ListRequest {
        filter: Some(api::EventFilter {
            author: query.author.unwrap_or_default(),
            subject: query.subject.unwrap_or_default(),
            participant: query.participant.unwrap_or_default(),
            ..api::EventFilter::default()
        }),
        order: order.into(),
        page_size: query.page_size.unwrap_or_default(),
        page_token: query.page_token.unwrap_or_default(),
    };
    Ok(Json(services::list_events(&rest.app.ledger, request).await?.into()))
}

/// One event.
#[utoipa::path(get, path = "/api/v1/events/{id}", tag = "events",
    params(("id" = String, Path, description = "64 hex digits")),
    responses((status = 200, body = EventShape),
        (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn event(State(rest): State<Rest>, Path(id): Path<String>) -> Answer<EventShape> {
    Ok(Json(services::get_event(&rest.app.ledger, &id).await?.into()))
}

/// Appends a signed event. The answer means that it is on disk.
#[utoipa::path(post, path = "/api/v1/events", tag = "events", request_body = SubmissionShape,
    responses((status = 200, body = ReceiptShape), (status = 400, body = ErrorBody),
        (status = 409, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn post_event(
    State(rest): State<Rest>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<ReceiptShape> {
    let body = body.map_err(|rejection| bad_body(&rejection))?;
    let signed: SubmissionShape =
        serde_json::from_slice(&body).map_err(|error| invalid("body", error.to_string()))?;
    let decode = |field: &'static str, text: &str| {
        BASE64_STANDARD.decode(text).map_err(|_| invalid(field, "is not base64".to_owned()))
    };
    let event = SignedEvent {
        event: decode("event", &signed.event)?.into(),
        public_key: decode("public_key", &signed.public_key)?.into(),
        signature: decode("signature", &signed.signature)?.into(),
    };
    let accepted = submit_event(&rest.app, event, &signed.invitation).await?;
    Ok(Json(ReceiptShape {
        id: accepted.id.to_string(),
        sequence: accepted.sequence,
        duplicate: accepted.duplicate,
    }))
}

/// The counters, for a scraper on this machine or an operator.
async fn prometheus(State(rest): State<Rest>, request: Request) -> Result<Response, RestProblem> {
    if !is_local(&request) {
        authorise(request.extensions().get::<Principal>(), Access::Operator)?;
    }
    let mut text = rest.app.traffic.prometheus();
    let (size, identities, epochs, witnessed) = {
        let models = rest.app.ledger.read();
        let witnessed = models.witnessed_size(&models.root_realm(), models.log.size());
        (models.log.size(), models.directory.len(), models.log.epochs().len(), witnessed)
    };
    if let Some(peers) = &rest.app.peers {
        text.push_str(&peers.counters().prometheus(&peers.view().await?, size));
    }
    text.push_str(&format!(
        "# TYPE erynoa_log_entries gauge\nerynoa_log_entries {size}\n\
         # TYPE erynoa_identities gauge\nerynoa_identities {identities}\n\
         # TYPE erynoa_epochs gauge\nerynoa_epochs {epochs}\n\
         # TYPE erynoa_witnessed_size gauge\nerynoa_witnessed_size {witnessed}\n\
         # TYPE erynoa_watchers gauge\nerynoa_watchers {}\n\
         # TYPE erynoa_witness_cosigned_entries gauge\n\
         # TYPE erynoa_witness_failures_total counter\n",
        rest.app.ledger.watchers(),
    ));
    for witness in &rest.app.asked_witnesses {
        let name = witness.key.name.replace('\\', "\\\\").replace('"', "\\\"");
        let size = rest.app.cosignatures.size_of(&witness.key);
        text.push_str(&format!(
            "erynoa_witness_cosigned_entries{{witness=\"{name}\"}} {size}\n\
             erynoa_witness_failures_total{{witness=\"{name}\"}} {}\n",
            witness.failures(),
        ));
    }
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
