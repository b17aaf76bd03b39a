//! Identities in the log.

use erynoa_identity::{Search, did_document};
use erynoa_kernel::{Did, Problem};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::identity_service_server::IdentityService;
use tonic::{Request, Response, Status};

use super::Api;
use crate::app::{identity_id, invalid, known, public_key};
use crate::config::LogClock;
use crate::cursor::{Cursor, page_size};
use crate::doors::problems::status;
use crate::encode;
use crate::ledger::Models;

/// Most bytes of a search.
const MAX_QUERY: usize = 128;

fn list(
    models: &Models,
    request: &api::ListIdentitiesRequest,
) -> Result<api::ListIdentitiesResponse, Problem> {
    if request.query.len() > MAX_QUERY {
        return Err(invalid("query", format!("a search is at most {MAX_QUERY} bytes")));
    }
    let size = page_size(request.page_size)?;
    let cursor = Cursor::of(&[b"identities", request.query.as_bytes()]);
    let before = cursor.decode(&request.page_token)?;
    let before = before.map(|position| usize::try_from(position).unwrap_or(usize::MAX));
    let mut found = Search::new(&request.query).page(&models.directory, before, size + 1);
    let more = found.len() > size;
    found.truncate(size);
    let next_page_token = match found.last() {
        Some((position, _)) if more => cursor.encode(*position as u64),
        _ => String::new(),
    };
    Ok(api::ListIdentitiesResponse {
        identities: found.iter().map(|(_, found)| encode::identity(models, found)).collect(),
        next_page_token,
        total: models.directory.len() as u64,
    })
}

/// The DID document of a DID in its exact text form.
pub(crate) fn resolve(models: &Models, did: &str) -> Result<serde_json::Value, Problem> {
    let parsed: Did =
        did.parse().map_err(|e: erynoa_kernel::DidParseError| invalid("did", e.to_string()))?;
    let identity = known(models, &parsed.identity, "did")?;
    if identity.did != parsed {
        return Err(invalid("did", format!("the identity's DID is {}", identity.did)));
    }
    Ok(did_document(&models.directory, identity))
}

#[tonic::async_trait]
impl IdentityService for Api {
    async fn get_identity(
        &self,
        request: Request<api::GetIdentityRequest>,
    ) -> Result<Response<api::GetIdentityResponse>, Status> {
        let id = identity_id(&request.get_ref().identity, "identity").map_err(status)?;
        let models = self.app.ledger.read();
        let found = known(&models, &id, "identity").map_err(status)?;
        let identity = Some(encode::identity(&models, found));
        Ok(Response::new(api::GetIdentityResponse { identity }))
    }

    async fn list_identities(
        &self,
        request: Request<api::ListIdentitiesRequest>,
    ) -> Result<Response<api::ListIdentitiesResponse>, Status> {
        let models = self.app.ledger.read();
        list(&models, request.get_ref()).map(Response::new).map_err(status)
    }

    async fn get_key(
        &self,
        request: Request<api::GetKeyRequest>,
    ) -> Result<Response<api::GetKeyResponse>, Status> {
        let key = public_key(&request.get_ref().public_key, "public_key").map_err(status)?;
        let models = self.app.ledger.read();
        let now_us = match self.app.config.log.clock {
            // Before its first event the log has no time of its own.
            LogClock::Events if models.log.size() > 0 => models.log.greatest_wall_us(),
            LogClock::System | LogClock::Events => self.app.clock.now_us(),
        };
        let owner = models.directory.find_by_key(&key);
        let live = owner.and_then(|o| o.key(&key)).is_some_and(|k| k.revoked.is_none());
        let head = models.log.head(&key);
        Ok(Response::new(api::GetKeyResponse {
            identity: owner.map(|owner| encode::identity(&models, owner)),
            live,
            head: head.map(|(id, _)| id.to_string()).unwrap_or_default(),
            head_wall_us: head.map(|(_, at)| at.wall_us).unwrap_or_default(),
            head_counter: head.map(|(_, at)| at.counter).unwrap_or_default(),
            now_us,
        }))
    }

    async fn resolve_did(
        &self,
        request: Request<api::ResolveDidRequest>,
    ) -> Result<Response<api::ResolveDidResponse>, Status> {
        let document = resolve(&self.app.ledger.read(), &request.get_ref().did).map_err(status)?;
        Ok(Response::new(api::ResolveDidResponse { document_json: document.to_string() }))
    }
}
