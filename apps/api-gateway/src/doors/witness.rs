//! This node as a witness of other logs, as C2SP `tlog-witness` has it.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use erynoa_events::verifier_key;

use super::problems::RestProblem;
use super::rest::bad_body;
use crate::app::{App, invalid};
use crate::cosign_checkpoint::Cosigned;

/// Most bytes of a question.
const BODY_MOST: usize = 64 << 10;
/// Media type of the size that a witness has cosigned last.
const SIZE: &str = "text/x.tlog.size";

pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/log/add-checkpoint", post(add_checkpoint))
        .layer(DefaultBodyLimit::max(BODY_MOST))
        .route("/log/keys", get(keys))
        .with_state(app)
}

/// Verifier keys of this log and of this node as a witness, a line each.
async fn keys(State(app): State<Arc<App>>) -> String {
    let log = verifier_key(&app.config.log.origin, &app.log_key);
    format!("{log}\n{}\n", app.witness.verifier_key())
}

async fn add_checkpoint(
    State(app): State<Arc<App>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, RestProblem> {
    let body = body.map_err(|rejection| bad_body(&rejection))?;
    let text = str::from_utf8(&body).map_err(|_| invalid("body", "is not UTF-8".to_owned()))?;
    Ok(match app.witness.answer(text).await? {
        Cosigned::Line(line) => line.into_response(),
        Cosigned::Elsewhere(size) => {
            let mut answer = (StatusCode::CONFLICT, format!("{size}\n")).into_response();
            answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(SIZE));
            answer
        }
    })
}
