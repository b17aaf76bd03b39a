//! What was done with special rights is written down.

use erynoa_access::{AccountKey, AuditRecord, MAX_AUDIT_DETAILS_BYTES};
use erynoa_kernel::Problem;
use serde_json::{Value, json};

use crate::app::{App, Caller};

impl App {
    /// Writes down what `caller` has done to `target`: a dotted verb, and one
    /// JSON object of details, never a secret.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when it cannot be written.
    pub(crate) async fn audit(
        &self,
        caller: &Caller,
        action: &'static str,
        target: impl Into<String> + Send,
        details: Value,
    ) -> Result<(), Problem> {
        let actor = caller.principal.account;
        let account = self.accounts.find(&AccountKey::Id(actor)).await?;
        let record = AuditRecord {
            at_us: self.clock.now_us(),
            actor: Some(actor),
            actor_name: account.map(|account| self.name_of(&account)).unwrap_or_default(),
            action: action.to_owned(),
            target: target.into(),
            details: bounded(&details),
            request_id: caller.request_id.clone(),
            address: caller.address.clone(),
        };
        self.write_down(record).await
    }

    /// Writes down what the server itself has done.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when it cannot be written.
    pub(crate) async fn audit_own(
        &self,
        action: &'static str,
        target: impl Into<String> + Send,
        details: Value,
    ) -> Result<(), Problem> {
        let record = AuditRecord {
            at_us: self.clock.now_us(),
            actor: None,
            actor_name: String::new(),
            action: action.to_owned(),
            target: target.into(),
            details: bounded(&details),
            request_id: crate::app::request_id(),
            address: String::new(),
        };
        self.write_down(record).await
    }

    async fn write_down(&self, record: AuditRecord) -> Result<(), Problem> {
        let action = record.action.clone();
        let entry = self.audit.append(record).await?;
        tracing::info!(action, sequence = entry.sequence, "audit");
        Ok(())
    }
}

fn bounded(details: &Value) -> String {
    let text = details.to_string();
    if text.len() <= MAX_AUDIT_DETAILS_BYTES {
        return text;
    }
    json!({ "omitted_bytes": text.len() }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_an_object_of_at_most_4096_bytes() {
        let of = |length: usize| json!({ "x": "y".repeat(length - r#"{"x":""}"#.len()) });
        assert_eq!(bounded(&of(4096)).len(), 4096);
        assert_eq!(bounded(&of(4097)), r#"{"omitted_bytes":4097}"#);
    }
}
