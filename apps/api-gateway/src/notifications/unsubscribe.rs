//! The page behind the link that stops a kind of mail: nobody needs to sign in,
//! and looking at it changes nothing.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use erynoa_access::{AccountId, AccountKey};
use erynoa_kernel::Problem;
use erynoa_mail::{Language, MailKind, UnsubscribeStep, unsubscribe_page};
use erynoa_notifications::{Kind, MailMode, Reader};
use serde::Deserialize;

use crate::app::App;
use crate::doors::problems::RestProblem;

/// No script, nothing from elsewhere; the button sends to us alone.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    token: String,
}

pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new().route("/unsubscribe", get(ask).post(stop)).with_state(app)
}

const fn mail_kind(kind: Kind) -> MailKind {
    match kind {
        Kind::Welcome => MailKind::Welcome,
        Kind::Attestation => MailKind::Attestations,
        Kind::DeviceAdded => MailKind::DeviceAdded,
        Kind::RecoveryStarted => MailKind::RecoveryStarted,
        Kind::ProposalOpened => MailKind::ProposalOpened,
        Kind::ProposalClosed => MailKind::ProposalClosed,
        Kind::CertificateReady => MailKind::CertificateReady,
        Kind::ExportReady => MailKind::ExportReady,
    }
}

fn page(language: Language, kind: Option<Kind>, step: UnsubscribeStep) -> Response {
    let status = if kind.is_some() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let page = unsubscribe_page(language, kind.map(mail_kind), step);
    let headers = [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, Html(page)).into_response()
}

async fn language_of(app: &App, reader: Reader) -> Result<Language, Problem> {
    let id = AccountId::from_bytes(*reader.as_bytes());
    let account = app.accounts.find(&AccountKey::Id(id)).await?;
    Ok(account.and_then(|account| Language::from_tag(&account.language)).unwrap_or_default())
}

async fn ask(
    State(app): State<Arc<App>>,
    Query(link): Query<Link>,
) -> Result<Response, RestProblem> {
    let Ok((reader, kind)) = app.notices.unsubscribe.read(&link.token) else {
        return Ok(page(Language::En, None, UnsubscribeStep::Ask));
    };
    let language = language_of(&app, reader).await?;
    let id = AccountId::from_bytes(*reader.as_bytes());
    let stopped = app.notices.inbox(&id).await?.settings.of(kind).mail == MailMode::Never;
    let step = if stopped { UnsubscribeStep::Done } else { UnsubscribeStep::Ask };
    Ok(page(language, Some(kind), step))
}

/// By the button, or by the mail program itself (RFC 8058).
async fn stop(
    State(app): State<Arc<App>>,
    Query(link): Query<Link>,
) -> Result<Response, RestProblem> {
    let Ok((reader, kind)) = app.notices.unsubscribe.read(&link.token) else {
        return Ok(page(Language::En, None, UnsubscribeStep::Ask));
    };
    let language = language_of(&app, reader).await?;
    // Of an account that is gone nothing is mailed anyway.
    let id = AccountId::from_bytes(*reader.as_bytes());
    if app.accounts.find(&AccountKey::Id(id)).await.map_err(Problem::from)?.is_some() {
        app.notices.stop_mail(reader, kind).await?;
    }
    Ok(page(language, Some(kind), UnsubscribeStep::Done))
}
