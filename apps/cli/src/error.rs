//! Failures, and the exit codes that scripts can rely on.

use std::path::Path;

use erynoa_events::EventError;
use erynoa_proto::api::v1::Violation;
use prost::Message;
use serde_json::{Value, json};
use tonic::Status;
use tonic_types::StatusExt;

use crate::violation;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// Something was checked and does not hold, or the answer is no.
    #[error("{0}")]
    Negative(String),
    /// A value on the command line is wrong.
    #[error("{0}")]
    Usage(String),
    /// The server said no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// No answer.
    #[error("{server} cannot be reached: {reason}. Is the server running there? (--server URL)")]
    Unreachable { server: String, reason: String },
    /// A file or folder on this machine.
    #[error("{0}")]
    Local(String),
}

/// What the server says when it refuses.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    /// Stable code, such as `EVENT_PREV_STALE`.
    pub(crate) code: String,
    /// Field that is wrong, or empty.
    pub(crate) field: String,
    pub(crate) message: String,
    pub(crate) retry_after_ms: Option<u64>,
    /// Every rule that does not hold, where there is more than the code says.
    pub(crate) violations: Vec<Violation>,
    /// Page about the code; empty when the code is not one of ours.
    pub(crate) docs_url: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "refused: {}", self.code)?;
        // Where every reason has a line of its own, the message only repeats them.
        if self.violations.is_empty() {
            write!(f, ": {}", self.message)?;
            if !self.field.is_empty() {
                write!(f, "\n  field: {}", self.field)?;
            }
        }
        for each in &self.violations {
            write!(f, "\n  - {}", violation::line(each))?;
        }
        if let Some(delay) = self.retry_after_ms {
            write!(f, "\n  try again after {delay} ms")?;
        }
        if self.docs_url.is_empty() {
            return write!(f, "\n  the answer is not of Erynoa's API: is the server one?");
        }
        write!(f, "\n  help:  {}", self.docs_url)
    }
}

/// Page about an error code in the docs that the server carries.
pub(crate) fn docs_url(server: &str, code: &str) -> String {
    format!("{}/docs/errors/{code}", server.trim_end_matches('/'))
}

impl CliError {
    /// The failure behind a gRPC status of `server`.
    #[expect(clippy::needless_pass_by_value, reason = "used as map_err(|s| …)")]
    pub(crate) fn from_status(server: &str, status: Status) -> Self {
        let info = status.get_details_error_info();
        let broken = std::error::Error::source(&status).is_some();
        if info.is_none() && (broken || status.code() == tonic::Code::Unavailable) {
            let reason = std::error::Error::source(&status)
                .map_or_else(|| status.message().to_owned(), innermost);
            return Self::Unreachable { server: server.to_owned(), reason };
        }
        let (code, docs_url) = match info {
            Some(info) => {
                let url = docs_url(server, &info.reason);
                (info.reason, url)
            }
            None => (format!("{:?}", status.code()).to_uppercase(), String::new()),
        };
        let field = status
            .get_details_bad_request()
            .and_then(|bad| bad.field_violations.into_iter().next())
            .map(|violation| violation.field)
            .unwrap_or_default();
        let violations = violations_of(&status);
        let retry_after_ms = status
            .get_details_retry_info()
            .and_then(|info| info.retry_delay)
            .and_then(|delay| u64::try_from(delay.as_millis()).ok());
        Self::Refused(Box::new(Refusal {
            code,
            field,
            message: status.message().to_owned(),
            retry_after_ms,
            violations,
            docs_url,
        }))
    }

    /// The failure of a connection to `server`.
    pub(crate) fn unreachable(server: &str, error: &(dyn std::error::Error + 'static)) -> Self {
        Self::Unreachable { server: server.to_owned(), reason: innermost(error) }
    }

    /// A failure of the file system.
    pub(crate) fn file(path: &Path, error: impl std::fmt::Display) -> Self {
        Self::Local(format!("{}: {error}", path.display()))
    }

    /// An event of ours that breaks a rule before it ever reaches a server.
    pub(crate) fn own_event(error: &EventError) -> Self {
        Self::Usage(match error.field {
            "" => format!("{}: {}", error.code, error.message),
            field => format!("{}: {} ({field})", error.code, error.message),
        })
    }

    /// A dry run that says no.
    pub(crate) fn not_allowed(violations: &[Violation]) -> Self {
        let lines: Vec<_> =
            violations.iter().map(|v| format!("\n  - {}", violation::line(v))).collect();
        Self::Negative(format!("not allowed:{}", lines.concat()))
    }

    /// The refusal, if it is one.
    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Exit code of the process.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Negative(_) => 1,
            Self::Usage(_) => 2,
            Self::Refused(_) => 3,
            Self::Unreachable { .. } => 4,
            Self::Local(_) => 5,
        }
    }

    /// The error as `--json` prints it.
    pub(crate) fn to_json(&self) -> Value {
        let own =
            |code: &str, message: &str| json!({ "error": { "code": code, "message": message } });
        match self {
            Self::Negative(message) => own("NEGATIVE", message),
            Self::Usage(message) => own("USAGE", message),
            Self::Local(message) => own("LOCAL", message),
            Self::Unreachable { .. } => own("UNREACHABLE", &self.to_string()),
            Self::Refused(refusal) => json!({ "error": {
                "code": refusal.code,
                "message": refusal.message,
                "field": refusal.field,
                "retry_after_ms": refusal.retry_after_ms,
                "violations": violation::documents(&refusal.violations),
                "docs_url": refusal.docs_url,
            } }),
        }
    }
}

/// The rules that a status names one by one, beside its own code.
fn violations_of(status: &Status) -> Vec<Violation> {
    let Ok(rich) = tonic_types::pb::Status::decode(status.details()) else {
        return Vec::new();
    };
    rich.details
        .iter()
        .filter(|detail| detail.type_url.ends_with("/erynoa.api.v1.Violation"))
        .filter_map(|detail| Violation::decode(detail.value.as_slice()).ok())
        .collect()
}

/// The cause that the layers above it only wrap.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::ErrorDetails;

    #[test]
    fn a_refusal_keeps_code_field_reason_delay_and_link() {
        let mut details = ErrorDetails::new();
        details.set_error_info("EVENT_FIELD_INVALID", "erynoa", std::collections::HashMap::new());
        details.add_bad_request_violation("attestation.domain", "too long");
        details.set_retry_info(Some(std::time::Duration::from_millis(250)));
        let status =
            Status::with_error_details(tonic::Code::InvalidArgument, "domain is too long", details);
        let error = CliError::from_status("http://x:3000/", status);
        assert_eq!(error.exit_code(), 3);
        let refusal = error.refusal().unwrap();
        assert_eq!(refusal.code, "EVENT_FIELD_INVALID");
        assert_eq!(refusal.field, "attestation.domain");
        assert_eq!(refusal.retry_after_ms, Some(250));
        assert_eq!(refusal.docs_url, "http://x:3000/docs/errors/EVENT_FIELD_INVALID");
        assert_eq!(error.to_json()["error"]["message"], "domain is too long");
    }

    #[test]
    fn every_rule_that_does_not_hold_has_a_line_with_its_code() {
        let mut details = ErrorDetails::new();
        details.set_error_info("REALM_RULES_VIOLATED", "erynoa", std::collections::HashMap::new());
        let status = Status::with_error_details(tonic::Code::FailedPrecondition, "two", details);
        let mut rich = tonic_types::pb::Status::decode(status.details()).unwrap();
        for code in ["TRUST_TOO_LOW", "CREDENTIAL_MISSING"] {
            let violation = Violation { code: code.to_owned(), ..Violation::default() };
            let mut detail = rich.details[0].clone();
            detail.type_url = "type.googleapis.com/erynoa.api.v1.Violation".to_owned();
            detail.value = violation.encode_to_vec();
            rich.details.push(detail);
        }
        let status = Status::with_details(status.code(), "two", rich.encode_to_vec().into());
        let error = CliError::from_status("http://x", status);
        let text = error.to_string();
        assert!(text.starts_with("refused: REALM_RULES_VIOLATED\n"), "{text}");
        assert!(text.contains("\n  - TRUST_TOO_LOW"), "{text}");
        assert!(text.contains("\n  - CREDENTIAL_MISSING"), "{text}");
        assert_eq!(error.to_json()["error"]["violations"][1]["code"], "CREDENTIAL_MISSING");
    }

    #[test]
    fn an_answer_of_something_else_names_no_page_of_ours() {
        let error = CliError::from_status("http://x", Status::unimplemented("404"));
        assert_eq!(error.exit_code(), 3);
        assert!(error.to_string().contains("is the server one?"), "{error}");
    }

    #[test]
    fn a_status_without_our_details_from_a_dead_connection_is_unreachable() {
        let error = CliError::from_status("http://x", Status::unavailable("connection refused"));
        assert_eq!(error.exit_code(), 4);
    }
}
