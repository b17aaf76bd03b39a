//! Realms: the tree, rules with their origin, members, the guard as a dry run.

mod members;

use erynoa_events::rule_message;
use erynoa_kernel::{IdentityId, Kind, Problem, RealmId};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::realm_service_server::RealmService;
use erynoa_realms::{Endorsers, MemberState, QuotaView, Realm, RuleView, templates};
use tonic::{Request, Response, Status};

use super::Api;
use super::protection::breaker_state;
use crate::app::{App, identity_id, invalid, known, realm_id};
use crate::cursor::{Cursor, page_size};
use crate::doors::problems::{status, violation};
use crate::ledger::Models;
use crate::submit_events::log_now_us;

/// Most bytes of a search.
const MAX_QUERY: usize = 128;
/// Most endorsers of a dry run, as in the event.
const MAX_ENDORSERS: usize = 8;

const fn member_state(state: MemberState) -> api::MemberState {
    match state {
        MemberState::None => api::MemberState::None,
        MemberState::Member => api::MemberState::Member,
        MemberState::Founder => api::MemberState::Founder,
        MemberState::Left => api::MemberState::Left,
        MemberState::Banned => api::MemberState::Banned,
    }
}

/// The realm in 64 hexadecimal digits, the root when empty; it must exist.
fn existing<'a>(models: &'a Models, text: &str) -> Result<&'a Realm, Problem> {
    let id = realm_id(models, text)?;
    models.realms.find(&id).ok_or_else(|| {
        Problem::new(
            Kind::NotFound,
            "NOT_FOUND",
            "the installation has no root realm yet; its operator claims it first",
        )
        .field("realm")
    })
}

fn party(models: &Models, text: &str, field: &'static str) -> Result<Option<IdentityId>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let id = identity_id(text, field)?;
    known(models, &id, field)?;
    Ok(Some(id))
}

/// Everybody with an identity is a member of the root, unless excluded.
pub(crate) fn member_count(models: &Models, realm: &Realm) -> u32 {
    match realm.depth() {
        0 => {
            let identities = u32::try_from(models.directory.len()).unwrap_or(u32::MAX);
            identities.saturating_sub(realm.members.banned())
        }
        _ => realm.members.active(),
    }
}

fn realm(app: &App, models: &Models, realm: &Realm, viewer: Option<IdentityId>) -> api::Realm {
    let rules = &realm.effective;
    let parent = models.realms.ancestors(&realm.id).last().map(|parent| parent.id.to_string());
    let breaker = models.world.breaker(&realm.id, log_now_us(app, models));
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    api::Realm {
        id: realm.id.to_string(),
        name: realm.name.clone(),
        description: realm.description.clone(),
        parent: parent.unwrap_or_default(),
        depth: count(realm.depth()),
        partition: realm.partition,
        founders: realm.founders.iter().map(|id| models.directory.did_text(id)).collect(),
        founder_names: realm
            .founders
            .iter()
            .map(|id| models.directory.name_of(id).to_owned())
            .collect(),
        members: member_count(models, realm),
        children: count(models.realms.children(&realm.id).count()),
        created_at_us: realm.created.1,
        created_by: realm.created.0.to_string(),
        isolation: rules.isolation.value as i32 + 1,
        join_policy: rules.join.value as i32 + 1,
        min_trust_ppm: rules.min_trust.value,
        open_proposals: count(models.realms.open_proposals(&realm.id)),
        breaker: breaker_state(breaker.state).into(),
        viewer_state: viewer.map_or(0, |viewer| {
            member_state(models.realms.member_state(&realm.id, &viewer)).into()
        }),
    }
}

fn list(app: &App, request: &api::ListRealmsRequest) -> Result<api::ListRealmsResponse, Problem> {
    let models = &app.ledger.read();
    if request.query.len() > MAX_QUERY {
        return Err(invalid("query", format!("a search is at most {MAX_QUERY} bytes")));
    }
    let size = page_size(request.page_size)?;
    let viewer = party(models, &request.viewer, "viewer")?;
    let member = party(models, &request.member, "member")?;
    let parent = match request.parent.as_str() {
        "" => None,
        text => Some(existing(models, text)?.id),
    };
    let query = request.query.to_lowercase();
    let fits = |realm: &&Realm| {
        let is_child = |parent: RealmId| {
            models.realms.ancestors(&realm.id).last().is_some_and(|above| above.id == parent)
        };
        let belongs = |who: IdentityId| {
            matches!(
                models.realms.member_state(&realm.id, &who),
                MemberState::Member | MemberState::Founder
            )
        };
        (query.is_empty() || realm.name.to_lowercase().contains(&query))
            && parent.is_none_or(is_child)
            && member.is_none_or(belongs)
    };
    let cursor = Cursor::of(&[
        b"realms",
        request.query.as_bytes(),
        request.parent.as_bytes(),
        request.member.as_bytes(),
    ]);
    let skip = cursor.decode(&request.page_token)?.unwrap_or_default();
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let tree = in_tree_order(models);
    let found: Vec<&Realm> = tree.into_iter().filter(fits).collect();
    let page = found.iter().skip(skip).take(size);
    let realms: Vec<_> = page.map(|one| realm(app, models, one, viewer)).collect();
    let end = skip.saturating_add(realms.len());
    let more = end < found.len() && !realms.is_empty();
    Ok(api::ListRealmsResponse {
        realms,
        next_page_token: if more { cursor.encode(end as u64) } else { String::new() },
        total: found.len() as u64,
    })
}

/// Parents before their children, children by creation.
fn in_tree_order(models: &Models) -> Vec<&Realm> {
    let mut order = Vec::new();
    let mut todo: Vec<&Realm> = models.realms.root().into_iter().collect();
    while let Some(realm) = todo.pop() {
        order.push(realm);
        let children: Vec<&Realm> = models.realms.children(&realm.id).collect();
        todo.extend(children.into_iter().rev());
    }
    order
}

fn quota(view: QuotaView) -> api::QuotaUse {
    let [events, bytes, gas, crossings] = view.used;
    let [events_limit, bytes_limit, gas_limit, crossings_limit] = view.limits;
    api::QuotaUse {
        events,
        events_limit,
        bytes,
        bytes_limit,
        gas,
        gas_limit,
        crossings,
        crossings_limit,
        throttled: view.throttled,
    }
}

fn get(app: &App, request: &api::GetRealmRequest) -> Result<api::GetRealmResponse, Problem> {
    let models = &app.ledger.read();
    let found = existing(models, &request.realm)?;
    let viewer = party(models, &request.viewer, "viewer")?;
    let ancestors = models.realms.ancestors(&found.id);
    Ok(api::GetRealmResponse {
        realm: Some(realm(app, models, found, viewer)),
        ancestors: ancestors.map(|above| realm(app, models, above, viewer)).collect(),
        quota: models.realms.quota(&found.id).map(quota),
    })
}

fn rule(models: &Models, view: &RuleView) -> api::EffectiveRule {
    let name = models.realms.find(&view.origin).map(|realm| realm.name.clone());
    let (realm, rule) = match &view.overruled_by {
        Some(source) => (source.realm.to_string(), source.rule.clone()),
        None => (String::new(), String::new()),
    };
    api::EffectiveRule {
        rule: Some(rule_message(&view.rule)),
        origin: view.origin.to_string(),
        origin_name: name.unwrap_or_default(),
        inherited: view.inherited,
        future: view.future,
        overruled_by_realm: realm,
        overruled_by_rule: rule,
        set_by: view.set_by.to_string(),
    }
}

fn rules(
    models: &Models,
    request: &api::ListRulesRequest,
) -> Result<api::ListRulesResponse, Problem> {
    let found = existing(models, &request.realm)?;
    let rules = models.realms.rules(&found.id);
    Ok(api::ListRulesResponse { rules: rules.iter().map(|view| rule(models, view)).collect() })
}

fn crossing(
    app: &App,
    request: &api::CheckCrossingRequest,
) -> Result<api::CheckCrossingResponse, Problem> {
    let models = &app.ledger.read();
    let subject = identity_id(&request.subject, "subject")?;
    known(models, &subject, "subject")?;
    let to = existing(models, &request.to)?.id;
    let from = match request.from.as_str() {
        "" => None,
        text => Some(existing(models, text)?.id),
    };
    if request.endorsers.len() > MAX_ENDORSERS {
        return Err(invalid("endorsers", format!("at most {MAX_ENDORSERS} of them")));
    }
    let endorsers = request
        .endorsers
        .iter()
        .map(|text| {
            let id = identity_id(text, "endorsers")?;
            known(models, &id, "endorsers").map(|_| id)
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    let checked = models
        .realms
        .check_crossing(
            &subject,
            from,
            &to,
            Endorsers::Named(&endorsers),
            &models.trust,
            &models.directory,
        )
        .ok_or_else(|| {
            invalid("to", "nobody has to enter the root realm; name one below it".to_owned())
        })?;
    let (violations, valid_until_us) = match &checked.outcome {
        Ok(token) => (Vec::new(), token.expires_at_us),
        Err(violations) => (violations.iter().map(violation).collect(), 0),
    };
    Ok(api::CheckCrossingResponse {
        allowed: checked.outcome.is_ok(),
        violations,
        crossed_ppm: checked.view_ppm.to_vec(),
        crossed_norm_ppm: checked.norm_ppm,
        gamma_ppm: checked.gamma_ppm,
        valid_until_us,
    })
}

#[tonic::async_trait]
impl RealmService for Api {
    async fn list_realms(
        &self,
        request: Request<api::ListRealmsRequest>,
    ) -> Result<Response<api::ListRealmsResponse>, Status> {
        list(&self.app, request.get_ref()).map(Response::new).map_err(status)
    }

    async fn get_realm(
        &self,
        request: Request<api::GetRealmRequest>,
    ) -> Result<Response<api::GetRealmResponse>, Status> {
        get(&self.app, request.get_ref()).map(Response::new).map_err(status)
    }

    async fn list_rules(
        &self,
        request: Request<api::ListRulesRequest>,
    ) -> Result<Response<api::ListRulesResponse>, Status> {
        let models = self.app.ledger.read();
        rules(&models, request.get_ref()).map(Response::new).map_err(status)
    }

    async fn list_members(
        &self,
        request: Request<api::ListMembersRequest>,
    ) -> Result<Response<api::ListMembersResponse>, Status> {
        members::list(&self.app.ledger, request.get_ref()).await.map(Response::new).map_err(status)
    }

    async fn check_crossing(
        &self,
        request: Request<api::CheckCrossingRequest>,
    ) -> Result<Response<api::CheckCrossingResponse>, Status> {
        crossing(&self.app, request.get_ref()).map(Response::new).map_err(status)
    }

    async fn list_templates(
        &self,
        _: Request<api::ListTemplatesRequest>,
    ) -> Result<Response<api::ListTemplatesResponse>, Status> {
        let templates = templates().into_iter().map(|template| api::RealmTemplate {
            id: template.id.to_owned(),
            rules: template.rules.iter().map(rule_message).collect(),
        });
        Ok(Response::new(api::ListTemplatesResponse { templates: templates.collect() }))
    }
}
