//! Rules that do not hold, for people and programs.

use erynoa_proto::api::v1::Violation;
use serde_json::{Value, json};

use crate::output::{ratio, safe};

/// One rule in one line: its code, what would be right, who says so.
pub(crate) fn line(violation: &Violation) -> String {
    let mut text = violation.code.clone();
    if !violation.message.is_empty() {
        text.push_str(&format!(": {}", safe(&violation.message)));
    }
    if violation.required_ppm > 0 {
        text.push_str(&format!(
            " [{} of {}]",
            ratio(violation.actual_ppm),
            ratio(violation.required_ppm)
        ));
    }
    if !violation.rule.is_empty() {
        let realm: String = violation.realm.chars().skip(8).take(8).collect();
        text.push_str(&format!(" (rule {} of realm {realm}…)", safe(&violation.rule)));
    } else if !violation.field.is_empty() {
        text.push_str(&format!(" ({})", safe(&violation.field)));
    }
    text
}

/// All of them as documents.
pub(crate) fn documents(violations: &[Violation]) -> Vec<Value> {
    violations
        .iter()
        .map(|violation| {
            json!({
                "code": violation.code,
                "field": violation.field,
                "message": violation.message,
                "rule": violation.rule,
                "realm": violation.realm,
                "actual_ppm": violation.actual_ppm,
                "required_ppm": violation.required_ppm,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_does_not_hold_names_numbers_and_origin() {
        let violation = Violation {
            code: "TRUST_TOO_LOW".to_owned(),
            field: "realm_joined".to_owned(),
            message: "more trust is asked".to_owned(),
            rule: "least-trust".to_owned(),
            realm: format!("00030001{}", "ab".repeat(28)),
            actual_ppm: 100_000,
            required_ppm: 300_000,
        };
        assert_eq!(
            line(&violation),
            "TRUST_TOO_LOW: more trust is asked [0.1000 of 0.3000] \
             (rule least-trust of realm abababab…)"
        );
        let bare =
            Violation { code: "X".to_owned(), field: "f".to_owned(), ..Violation::default() };
        assert_eq!(line(&bare), "X (f)");
    }
}
