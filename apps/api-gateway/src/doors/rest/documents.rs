//! Certificates by REST.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use erynoa_proto::api::v1 as api;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Answer, Rest, bad_body};
use crate::doors::problems::ErrorBody;
use crate::services::check_document;

/// One link of the chain.
#[derive(Serialize, ToSchema)]
pub(super) struct StepShape {
    /// document, seal, signature, issuer, checkpoint, cosignatures, events,
    /// inclusion, epoch, evidence, fold, log, current.
    name: String,
    /// passed, failed or not_possible.
    outcome: &'static str,
    /// Stable code unless passed.
    code: String,
    /// What is wrong, or what would help.
    message: String,
}

/// What the check of a document has found.
#[derive(Serialize, ToSchema)]
pub(super) struct VerificationShape {
    /// genuine, outdated or refused.
    verdict: &'static str,
    /// In the order in which they are taken.
    steps: Vec<StepShape>,
    /// What is printed on it; empty when it could not be read.
    verification_hash: String,
    /// DID of whom it is about.
    subject: String,
    /// Epoch at whose end it holds.
    epoch: u64,
    /// Ids of evidence in it that does not count any more.
    gone: Vec<String>,
}

impl From<api::VerificationStep> for StepShape {
    fn from(step: api::VerificationStep) -> Self {
        let outcome = match step.outcome() {
            api::VerificationOutcome::Passed => "passed",
            api::VerificationOutcome::Failed => "failed",
            api::VerificationOutcome::NotPossible | api::VerificationOutcome::Unspecified => {
                "not_possible"
            }
        };
        Self { name: step.name, outcome, code: step.code, message: step.message }
    }
}

impl From<api::VerifyDocumentResponse> for VerificationShape {
    fn from(found: api::VerifyDocumentResponse) -> Self {
        let verdict = match found.verdict() {
            api::VerificationVerdict::Genuine => "genuine",
            api::VerificationVerdict::Outdated => "outdated",
            api::VerificationVerdict::Refused | api::VerificationVerdict::Unspecified => "refused",
        };
        Self {
            verdict,
            steps: found.steps.into_iter().map(StepShape::from).collect(),
            verification_hash: found.verification_hash,
            subject: found.subject,
            epoch: found.epoch,
            gone: found.gone,
        }
    }
}

/// Checks a certificate against the log as it is now: a PDF or its JSON, at
/// most 1 MiB. Nothing is stored.
#[utoipa::path(post, path = "/api/v1/verify", tag = "documents",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = VerificationShape), (status = 413, body = ErrorBody)))]
pub(super) async fn verify(
    State(rest): State<Rest>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<VerificationShape> {
    let document = body.map_err(|rejection| bad_body(&rejection))?;
    Ok(Json(check_document(&rest.app, &document)?.into()))
}
