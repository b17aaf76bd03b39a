//! What was done with special rights is written down.

use erynoa_access::{AccountId, AccountKey, AuditRecord, MAX_AUDIT_DETAILS_BYTES};
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
        let (request_id, address) = (caller.request_id.clone(), caller.address.clone());
        let record = self.record(Some(caller.principal.account), action, target.into(), &details);
        self.write_down(AuditRecord { request_id, address, ..record.await? }).await
    }

    /// Writes down what a run has done for the account that it belongs to.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when it cannot be written.
    pub(crate) async fn audit_for(
        &self,
        account: AccountId,
        action: &'static str,
        target: impl Into<String> + Send,
        details: Value,
    ) -> Result<(), Problem> {
        let record = self.record(Some(account), action, target.into(), &details).await?;
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
        let record = self.record(None, action, target.into(), &details).await?;
        self.write_down(record).await
    }

    async fn record(
        &self,
        actor: Option<AccountId>,
        action: &'static str,
        target: String,
        details: &Value,
    ) -> Result<AuditRecord, Problem> {
        let account = match actor {
            Some(id) => self.accounts.find(&AccountKey::Id(id)).await?,
            None => None,
        };
        Ok(AuditRecord {
            at_us: self.clock.now_us(),
            actor,
            actor_name: account.map(|account| self.name_of(&account)).unwrap_or_default(),
            action: action.to_owned(),
            target,
            details: bounded(details),
            request_id: crate::app::request_id(),
            address: String::new(),
        })
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
