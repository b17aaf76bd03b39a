//! The audit log, for operators.

use erynoa_access::{AuditEntry, AuditFilter, verify_audit_log};
use erynoa_kernel::Problem;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::audit_service_server::AuditService;
use tonic::{Request, Response, Status};

use super::Api;
use crate::app::App;
use crate::cursor::{Cursor, page_size};
use crate::doors::problems::status;
use crate::users::user_id;

fn encode(entry: AuditEntry) -> api::AuditEntry {
    let record = entry.record;
    api::AuditEntry {
        sequence: entry.sequence,
        at_us: record.at_us,
        actor_id: record.actor.map(|actor| actor.to_string()).unwrap_or_default(),
        actor_name: record.actor_name,
        action: record.action,
        target: record.target,
        details: record.details,
        request_id: record.request_id,
        address: record.address,
        previous_hash: entry.previous.to_vec(),
        hash: entry.hash.to_vec(),
    }
}

async fn list(
    app: &App,
    request: api::ListAuditEntriesRequest,
) -> Result<api::ListAuditEntriesResponse, Problem> {
    let size = page_size(request.page_size)?;
    let actor = match request.actor_id.as_str() {
        "" => None,
        id => Some(user_id(id, "actor_id")?),
    };
    let cursor = Cursor::of(&[
        b"audit",
        request.action.as_bytes(),
        request.actor_id.as_bytes(),
        request.target.as_bytes(),
        &request.since_us.to_be_bytes(),
        &request.until_us.to_be_bytes(),
    ]);
    let before = cursor.decode(&request.page_token)?;
    let filter = AuditFilter {
        action: request.action,
        actor,
        target: request.target,
        since_us: request.since_us,
        until_us: request.until_us,
    };
    let mut entries = app.audit.list(&filter, before, size + 1).await?;
    let more = entries.len() > size;
    entries.truncate(size);
    let next = entries.last().filter(|_| more).map(|last| cursor.encode(last.sequence));
    Ok(api::ListAuditEntriesResponse {
        entries: entries.into_iter().map(encode).collect(),
        next_page_token: next.unwrap_or_default(),
    })
}

#[tonic::async_trait]
impl AuditService for Api {
    async fn list_audit_entries(
        &self,
        request: Request<api::ListAuditEntriesRequest>,
    ) -> Result<Response<api::ListAuditEntriesResponse>, Status> {
        list(&self.app, request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn verify_audit_log(
        &self,
        _: Request<api::VerifyAuditLogRequest>,
    ) -> Result<Response<api::VerifyAuditLogResponse>, Status> {
        let verified = verify_audit_log(self.app.audit.as_ref()).await;
        let (chain, fault) = verified.map_err(Problem::from).map_err(status)?;
        Ok(Response::new(api::VerifyAuditLogResponse {
            intact: fault.is_none(),
            entries: chain.entries,
            head: chain.head.to_vec(),
            broken_at: fault.as_ref().map(|fault| fault.sequence).unwrap_or_default(),
            reason: fault.map(|fault| fault.reason).unwrap_or_default(),
        }))
    }
}
