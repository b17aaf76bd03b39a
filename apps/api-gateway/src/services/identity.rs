//! Identities in the log.

use erynoa_events::Dimension;
use erynoa_identity::{
    AgentLimit, Capability, CapabilityParseError, DelegationState, Search, delegated_values,
    did_document,
};
use erynoa_kernel::{Did, IdentityId, Namespace, Problem, RealmId};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::identity_service_server::IdentityService;
use erynoa_trust::{Context, classify, norm};
use tonic::{Request, Response, Status};

use super::Api;
use super::trust::class;
use crate::app::{App, identity_id, invalid, known, public_key, realm_id};
use crate::config::LogClock;
use crate::cursor::{Cursor, page_size};
use crate::doors::problems::{status, violation};
use crate::encode;
use crate::ledger::Models;
use crate::submit_events::log_now_us;

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

fn controlled(
    models: &Models,
    request: &api::ListControlledRequest,
) -> Result<api::ListControlledResponse, Problem> {
    let controller = identity_id(&request.controller, "controller")?;
    known(models, &controller, "controller")?;
    let size = page_size(request.page_size)?;
    let cursor = Cursor::of(&[b"controlled", controller.as_bytes()]);
    let before = cursor.decode(&request.page_token)?;
    let before = before.map(|position| usize::try_from(position).unwrap_or(usize::MAX));
    let mut found = models.directory.controlled_by(&controller, before, size + 1);
    let more = found.len() > size;
    found.truncate(size);
    let next_page_token = match found.last() {
        Some((position, _)) if more => cursor.encode(*position as u64),
        _ => String::new(),
    };
    Ok(api::ListControlledResponse {
        identities: found.iter().map(|(_, found)| encode::identity(models, found)).collect(),
        next_page_token,
    })
}

fn delegations(
    models: &Models,
    request: &api::ListDelegationsRequest,
) -> Result<api::ListDelegationsResponse, Problem> {
    let party = |text: &str, field| match text {
        "" => Ok(None),
        text => identity_id(text, field).map(Some),
    };
    let delegator = party(&request.delegator, "delegator")?;
    let delegate = party(&request.delegate, "delegate")?;
    if delegator.is_none() && delegate.is_none() {
        return Err(invalid("delegator", "name the delegator, the delegate or both".to_owned()));
    }
    let size = page_size(request.page_size)?;
    let cursor = Cursor::of(&[
        b"delegations",
        request.delegator.as_bytes(),
        request.delegate.as_bytes(),
        &[u8::from(request.include_ended)],
    ]);
    let before = cursor.decode(&request.page_token)?;
    let before = before.map(|position| usize::try_from(position).unwrap_or(usize::MAX));
    let mut found: Vec<_> = models
        .directory
        .delegations()
        .list(delegator, delegate, before)
        .filter(|(_, found)| {
            use DelegationState::{Future, Live};
            request.include_ended
                || matches!(encode::delegation_state(models, found), Live | Future)
        })
        .take(size + 1)
        .collect();
    let more = found.len() > size;
    found.truncate(size);
    let next_page_token = match found.last() {
        Some((position, _)) if more => cursor.encode(*position as u64),
        _ => String::new(),
    };
    let delegations = found.iter().map(|(_, found)| encode::delegation(models, found)).collect();
    Ok(api::ListDelegationsResponse { delegations, next_page_token })
}

fn check_delegation(
    app: &App,
    request: &api::CheckDelegationRequest,
) -> Result<api::CheckDelegationResponse, Problem> {
    let models = &app.ledger.read();
    let delegate = identity_id(&request.delegate, "delegate")?;
    let identity = known(models, &delegate, "delegate")?;
    let realm = realm_id(models, &request.realm)?;
    let capability: Capability = request
        .capability
        .parse()
        .map_err(|error: CapabilityParseError| invalid("capability", error.to_string()))?;
    let within = |inner: &RealmId, outer: &RealmId| models.realms.is_within(inner, outer);
    let now_us = log_now_us(app, models).max(models.log.greatest_wall_us());
    match models.directory.authorise(&delegate, &capability, &realm, now_us, within) {
        Err(violations) => Ok(api::CheckDelegationResponse {
            violations: violations.iter().map(violation).collect(),
            ..Default::default()
        }),
        Ok(chain) => {
            let factors: Vec<u32> = chain.iter().map(|link| link.factor_ppm).collect();
            let values = |who: &IdentityId| models.trust.glance(&realm, who).values_ppm;
            let beginning = chain.first().map_or(delegate, |link| link.delegator);
            let limit = identity.controller.filter(|_| identity.did.namespace == Namespace::Spirit);
            let limit = limit.map(|controller| AgentLimit {
                own: values(&delegate),
                controller_fidelity_ppm: values(&controller)[Dimension::Fidelity.index()],
            });
            let values_ppm = delegated_values(&factors, values(&beginning), limit);
            let norm_ppm = norm(&values_ppm, Context::Default);
            Ok(api::CheckDelegationResponse {
                allowed: true,
                chain: chain.into_iter().map(|link| encode::delegation(models, link)).collect(),
                values_ppm: values_ppm.to_vec(),
                class: class(classify(norm_ppm)).into(),
                violations: Vec::new(),
            })
        }
    }
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
        let models = self.app.ledger.read();
        let did = &request.get_ref().did;
        let document = resolve(&models, did).map_err(status)?;
        let result = erynoa_identity::resolve(&models.directory, did).to_json();
        Ok(Response::new(api::ResolveDidResponse {
            document_json: document.to_string(),
            result_json: result.to_string(),
        }))
    }

    async fn list_controlled(
        &self,
        request: Request<api::ListControlledRequest>,
    ) -> Result<Response<api::ListControlledResponse>, Status> {
        let models = self.app.ledger.read();
        controlled(&models, request.get_ref()).map(Response::new).map_err(status)
    }

    async fn list_delegations(
        &self,
        request: Request<api::ListDelegationsRequest>,
    ) -> Result<Response<api::ListDelegationsResponse>, Status> {
        let models = self.app.ledger.read();
        delegations(&models, request.get_ref()).map(Response::new).map_err(status)
    }

    async fn check_delegation(
        &self,
        request: Request<api::CheckDelegationRequest>,
    ) -> Result<Response<api::CheckDelegationResponse>, Status> {
        check_delegation(&self.app, request.get_ref()).map(Response::new).map_err(status)
    }
}
