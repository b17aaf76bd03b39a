//! Problems on the wire: the one place that maps kinds to gRPC and HTTP.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use erynoa_kernel::{Kind, Problem, Violation};
use erynoa_proto::api::v1 as api;
use prost::Message;
use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use utoipa::ToSchema;

/// `domain` of every `ErrorInfo`.
const DOMAIN: &str = "erynoa";

const fn grpc_code(kind: Kind) -> Code {
    match kind {
        Kind::Invalid => Code::InvalidArgument,
        Kind::Unauthenticated => Code::Unauthenticated,
        Kind::Forbidden => Code::PermissionDenied,
        Kind::NotFound => Code::NotFound,
        Kind::Conflict => Code::Aborted,
        Kind::AlreadyExists => Code::AlreadyExists,
        Kind::FailedPrecondition => Code::FailedPrecondition,
        Kind::TooLarge => Code::OutOfRange,
        Kind::RateLimited => Code::ResourceExhausted,
        Kind::Unavailable => Code::Unavailable,
        Kind::Internal => Code::Internal,
    }
}

const fn http_status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict | Kind::AlreadyExists => StatusCode::CONFLICT,
        Kind::FailedPrecondition => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn log(problem: &Problem) {
    let Some(internal) = &problem.internal else {
        return;
    };
    if matches!(problem.kind, Kind::Internal | Kind::Unavailable) {
        tracing::error!(code = problem.code, error = %internal, "a request failed");
    } else {
        tracing::debug!(code = problem.code, error = %internal, "a request was refused");
    }
}

/// The gRPC status of a problem, with `ErrorInfo`, `BadRequest` and `RetryInfo`.
// A plain function: neither `Status` nor `Problem` is ours to implement on.
pub(crate) fn status(problem: Problem) -> Status {
    log(&problem);
    let mut details = ErrorDetails::new();
    details.set_error_info(problem.code, DOMAIN, []);
    if !problem.field.is_empty() {
        details.add_bad_request_violation(problem.field.as_ref(), problem.message.as_ref());
    }
    if let Some(delay_ms) = problem.retry_after_ms {
        details.set_retry_info(Some(Duration::from_millis(delay_ms)));
    }
    let shown = problem.violations.iter().take(MOST_VIOLATIONS);
    let violations: Vec<_> = shown.map(violation).map(short).collect();
    let status = Status::with_error_details(grpc_code(problem.kind), problem.message, details);
    with_violations(status, &violations)
}

/// A rule that does not hold, in the words of the API.
pub(crate) fn violation(violation: &Violation) -> api::Violation {
    let (realm, rule) = match &violation.rule {
        Some((realm, rule)) => (realm.to_string(), rule.clone()),
        None => (String::new(), String::new()),
    };
    let (actual_ppm, required_ppm) = violation.numbers_ppm.unwrap_or_default();
    api::Violation {
        code: violation.code.to_owned(),
        field: violation.field.to_string(),
        message: violation.message.to_string(),
        rule,
        realm,
        actual_ppm,
        required_ppm,
    }
}

/// Reasons that a gRPC status names, and bytes of each: headers are bounded.
const MOST_VIOLATIONS: usize = 24;
const MOST_REASON_BYTES: usize = 240;

fn short(mut violation: api::Violation) -> api::Violation {
    let end = (0..=MOST_REASON_BYTES.min(violation.message.len()))
        .rev()
        .find(|&at| violation.message.is_char_boundary(at));
    violation.message.truncate(end.unwrap_or_default());
    violation
}

/// The status with one more detail for each rule that does not hold.
fn with_violations(status: Status, violations: &[api::Violation]) -> Status {
    if violations.is_empty() {
        return status;
    }
    let mut rich = tonic_types::pb::Status::decode(status.details())
        .expect("the details that were encoded a line ago");
    rich.details.extend(violations.iter().map(|violation| prost_types::Any {
        type_url: "type.googleapis.com/erynoa.api.v1.Violation".to_owned(),
        value: violation.encode_to_vec(),
    }));
    let details = rich.encode_to_vec().into();
    Status::with_details(status.code(), status.message(), details)
}

/// Body of every REST error.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    error: ErrorContent,
}

/// What went wrong.
#[derive(Serialize, ToSchema)]
struct ErrorContent {
    /// Stable code, with a page in the docs.
    #[schema(example = "NOT_FOUND")]
    code: String,
    /// What is wrong and what would be right.
    message: String,
    /// Fields that are wrong.
    details: Vec<FieldViolation>,
    /// The same as the header `x-request-id`.
    request_id: String,
    /// The page about the code.
    docs_url: String,
}

/// One field or rule that is wrong.
#[derive(Serialize, ToSchema)]
struct FieldViolation {
    /// Name of the field or of the rule.
    field: String,
    /// What is wrong with it.
    reason: String,
    /// Code of this reason, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

/// A problem on its way out of a REST handler; the request's middleware adds
/// the request id.
#[derive(Debug)]
pub(crate) struct RestProblem(pub(crate) Problem);

impl<E: Into<Problem>> From<E> for RestProblem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Of the request, for the envelope of its errors.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) HeaderValue);

tokio::task_local! {
    /// Id of the request that this task serves.
    pub(crate) static REQUEST_ID: RequestId;
}

impl IntoResponse for RestProblem {
    fn into_response(self) -> Response {
        let problem = self.0;
        log(&problem);
        let request_id = crate::app::request_id();
        let details = if !problem.violations.is_empty() {
            let details = problem.violations.into_iter().map(|violation| FieldViolation {
                field: violation.field.into_owned(),
                reason: violation.message.into_owned(),
                code: Some(violation.code.to_owned()),
            });
            details.collect()
        } else if problem.field.is_empty() {
            Vec::new()
        } else {
            vec![FieldViolation {
                field: problem.field.into_owned(),
                reason: problem.message.to_string(),
                code: None,
            }]
        };
        let body = ErrorBody {
            error: ErrorContent {
                docs_url: format!("/docs/errors/{}", problem.code),
                code: problem.code.to_owned(),
                message: problem.message.into_owned(),
                details,
                request_id,
            },
        };
        let mut response = (http_status(problem.kind), Json(body)).into_response();
        if let Some(delay_ms) = problem.retry_after_ms {
            let seconds = delay_ms.div_ceil(1000).max(1);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
