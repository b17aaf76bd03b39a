//! Trust as folded from the log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use erynoa_events::{Body, Dimension, Polarity, from_own_log};
use erynoa_kernel::{EventId, IdentityId, Problem, RealmId};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::trust_service_server::TrustService;
use erynoa_proto::protocol::v1 as protocol;
use erynoa_trust::{
    Class, Context, HistoryPoint, Order, OrderBy, Part, PartOrder, PartState, Proposal, Ranked,
    Target, TrustValue, TrustVector, Verdict, chain_estimate, classify, norm,
};
use tonic::{Request, Response, Status};

use super::{Api, ranking, statements};
use crate::app::{identity_id, invalid, known, realm_id};
use crate::cursor::{Cursor, page_size};
use crate::doors::problems::status;
use crate::ledger::{Ledger, Models};

/// Most hops of a chain (protocol §5).
const MAX_HOPS: usize = 5;
/// Most points of a history, and how many unless asked.
const MAX_POINTS: u32 = 1000;
const POINTS: u32 = 200;

/// Rankings of the present epoch, so that turning pages does not rank anew.
#[derive(Default)]
pub(crate) struct Rankings {
    kept: Mutex<(u64, RankingsByOrder)>,
}

type RankingsByOrder = HashMap<(RealmId, Order), Arc<Vec<Ranked>>>;

/// Orders that are kept at once.
const MOST_RANKINGS: usize = 64;

impl Rankings {
    fn get(&self, models: &Models, realm: RealmId, order: Order) -> Arc<Vec<Ranked>> {
        let epoch = models.trust.epoch();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != epoch || kept.1.len() >= MOST_RANKINGS {
            *kept = (epoch, HashMap::new());
        }
        let rank = || Arc::new(models.trust.rank(&realm, order));
        Arc::clone(kept.1.entry((realm, order)).or_insert_with(rank))
    }
}

pub(super) fn context(number: i32) -> Result<Context, Problem> {
    Ok(match api::TrustContext::try_from(number) {
        Ok(api::TrustContext::Unspecified | api::TrustContext::Default) => Context::Default,
        Ok(api::TrustContext::Finance) => Context::Finance,
        Ok(api::TrustContext::Social) => Context::Social,
        Ok(api::TrustContext::Governance) => Context::Governance,
        Ok(api::TrustContext::Technical) => Context::Technical,
        Ok(api::TrustContext::Creative) => Context::Creative,
        Ok(api::TrustContext::Knowledge) => Context::Knowledge,
        Err(_) => return Err(invalid("context", format!("there is no context {number}"))),
    })
}

/// `None` for unspecified.
fn dimension(number: i32) -> Result<Option<Dimension>, Problem> {
    if number == 0 {
        return Ok(None);
    }
    let found = Dimension::ALL.into_iter().find(|d| i32::from(*d as u8) == number);
    found.map(Some).ok_or_else(|| invalid("dimension", format!("there is no dimension {number}")))
}

fn value(dimension: Option<Dimension>, domain: &str, value: &TrustValue) -> api::TrustValue {
    api::TrustValue {
        dimension: dimension.map_or(0, |dimension| i32::from(dimension as u8)),
        domain: domain.to_owned(),
        trust_ppm: value.trust_ppm,
        confidence_ppm: value.confidence_ppm,
        positive: value.sums.positive,
        negative: value.sums.negative,
        unvoiced: value.sums.unvoiced,
    }
}

pub(super) const fn class(class: Class) -> api::TrustClass {
    match class {
        Class::Newcomer => api::TrustClass::Newcomer,
        Class::Established => api::TrustClass::Established,
        Class::Trusted => api::TrustClass::Trusted,
        Class::Veteran => api::TrustClass::Veteran,
    }
}

/// A trust vector in the words of the API.
fn vector(models: &Models, realm: RealmId, subject: &IdentityId, context: Context) -> api::Trust {
    let vector: TrustVector = models.trust.trust(&realm, subject);
    let norm_ppm = vector.norm_ppm(context);
    let values = Dimension::ALL.iter().zip(&vector.values);
    api::Trust {
        subject: models.directory.did_text(subject),
        subject_name: models.directory.name_of(subject).to_owned(),
        realm: realm.to_string(),
        values: values.map(|(&d, v)| value(Some(d), "", v)).collect(),
        domains: vector
            .domains
            .iter()
            .map(|(label, v)| value(Some(Dimension::Competence), label, v))
            .collect(),
        norm_ppm,
        class: class(classify(norm_ppm)).into(),
        standing_ppm: vector.standing_ppm,
        has_voice: vector.has_voice,
        voice: vector.voice_micro,
        founder: vector.founder,
        epoch: models.trust.epoch(),
        closed_at_us: models.trust.closed_at_us(),
        as_of: models.log.size(),
    }
}

/// Trust of a known subject.
///
/// # Errors
/// When the subject, realm or context is none.
pub(crate) fn trust_of(
    models: &Models,
    request: &api::GetTrustRequest,
) -> Result<api::Trust, Problem> {
    let subject = identity_id(&request.subject, "subject")?;
    known(models, &subject, "subject")?;
    let realm = realm_id(models, &request.realm)?;
    Ok(vector(models, realm, &subject, context(request.context)?))
}

const fn part_state(state: PartState) -> api::PartState {
    match state {
        PartState::Live => api::PartState::Live,
        PartState::Replaced => api::PartState::Replaced,
        PartState::Revoked => api::PartState::Revoked,
        PartState::Expired => api::PartState::Expired,
        PartState::NoVoice => api::PartState::NoVoice,
        PartState::SameRoot => api::PartState::SameRoot,
        PartState::Pending => api::PartState::Pending,
    }
}

fn part(models: &Models, part: &Part, comment: String) -> api::TrustPart {
    let polarity = match part.polarity {
        Polarity::Positive => protocol::Polarity::Positive,
        Polarity::Negative => protocol::Polarity::Negative,
    };
    api::TrustPart {
        event: part.event.to_string(),
        sequence: part.sequence,
        source: models.directory.did_text(&part.source),
        source_name: models.directory.name_of(&part.source).to_owned(),
        kind: part.kind.name().to_owned(),
        state: part_state(part.state).into(),
        polarity: polarity.into(),
        unvoiced: part.unvoiced,
        domain: part.domain.clone(),
        comment,
        wall_us: part.wall_us,
        epoch: part.epoch,
        day: part.day,
        age_days: part.age_days,
        weight: part.weight,
        decayed: part.decayed,
        effect_ppm: part.effect_ppm,
        without_ppm: part.without_ppm,
        expires_at_us: part.expires_at_us.unwrap_or_default(),
    }
}

/// What people wrote about it, from the log entry.
fn comment(entry: bytes::Bytes) -> Result<String, Problem> {
    let event = from_own_log(entry)?;
    Ok(match &event.event().body {
        Body::Attestation(attestation) => attestation.comment.clone(),
        Body::Receipt(receipt) => receipt.description.clone(),
        _ => String::new(),
    })
}

fn target(request: &api::ExplainTrustRequest) -> Result<Target, Problem> {
    match dimension(request.dimension)? {
        _ if request.domain.is_empty() => {}
        Some(Dimension::Competence) => return Ok(Target::Domain(request.domain.clone())),
        _ => return Err(invalid("domain", "only competence has domains".to_owned())),
    }
    Ok(dimension(request.dimension)?.map_or(Target::Standing, Target::Dimension))
}

async fn explain(
    ledger: &Ledger,
    request: &api::ExplainTrustRequest,
) -> Result<api::ExplainTrustResponse, Problem> {
    let subject = identity_id(&request.subject, "subject")?;
    let target = target(request)?;
    let size = page_size(request.page_size)?;
    let order = match request.order() {
        api::ExplainOrder::Newest => PartOrder::Newest,
        api::ExplainOrder::Weight => PartOrder::Weight,
        _ => PartOrder::Effect,
    };
    let query = format!("{subject} {} {target:?} {order:?}", request.realm);
    let cursor = Cursor::of(&[b"explain", query.as_bytes()]);
    let start = cursor.decode(&request.page_token)?.unwrap_or_default();
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let mut explanation = {
        let models = ledger.read();
        known(&models, &subject, "subject")?;
        let realm = realm_id(&models, &request.realm)?;
        models.trust.explain(&realm, &subject, &target)
    };
    explanation.sort(order);
    let all = explanation.parts.len();
    let page = &explanation.parts[start.min(all)..start.saturating_add(size).min(all)];
    let sequences: Vec<u64> = page.iter().map(|part| part.sequence).collect();
    let entries = ledger.entries(&sequences).await?;
    let comments = entries.into_iter().map(comment).collect::<Result<Vec<_>, _>>()?;
    let models = ledger.read();
    let (of, domain) = match &target {
        Target::Standing => (None, ""),
        Target::Dimension(dimension) => (Some(*dimension), ""),
        Target::Domain(label) => (Some(Dimension::Competence), label.as_str()),
    };
    let end = start + page.len();
    Ok(api::ExplainTrustResponse {
        explanation: Some(api::Explanation {
            value: Some(value(of, domain, &explanation.value)),
            prior_ppm: explanation.prior_ppm,
            floor_effect_ppm: explanation.floor_effect_ppm,
            alpha: explanation.prior.alpha,
            beta: explanation.prior.beta,
            lambda: explanation.lambda,
            day: explanation.day,
            epoch: explanation.epoch,
        }),
        parts: page.iter().zip(comments).map(|(p, text)| part(&models, p, text)).collect(),
        next_page_token: if end < all { cursor.encode(end as u64) } else { String::new() },
        total_parts: all as u64,
    })
}

fn list(
    rankings: &Rankings,
    models: &Models,
    request: &api::ListTrustRequest,
) -> Result<api::ListTrustResponse, Problem> {
    let size = page_size(request.page_size)?;
    if request.min_confidence_ppm > 1_000_000 {
        return Err(invalid("min_confidence_ppm", "is 0 to 1 000 000".to_owned()));
    }
    let realm = realm_id(models, &request.realm)?;
    let context = context(request.context)?;
    let by = dimension(request.dimension)?.map_or(OrderBy::Norm(context), OrderBy::Dimension);
    let order =
        Order { by, ascending: request.ascending, min_confidence_ppm: request.min_confidence_ppm };
    let query = format!("{realm} {order:?}");
    let cursor = Cursor::of(&[b"ranking", query.as_bytes()]);
    let start = cursor.decode(&request.page_token)?.unwrap_or_default();
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    // One ranking serves every least confidence.
    let everybody = Order { min_confidence_ppm: 0, ..order };
    let kept = rankings.get(models, realm, everybody);
    let ranking: Vec<&Ranked> =
        kept.iter().filter(|ranked| ranked.confidence_ppm >= order.min_confidence_ppm).collect();
    let page = ranking.iter().enumerate().skip(start).take(size);
    let entries: Vec<_> = page
        .map(|(index, ranked)| api::RankedTrust {
            rank: index as u64 + 1,
            trust: Some(vector(models, realm, &ranked.subject, context)),
        })
        .collect();
    let end = start.saturating_add(entries.len());
    Ok(api::ListTrustResponse {
        next_page_token: match ranking.len() {
            all if end < all => cursor.encode(end as u64),
            _ => String::new(),
        },
        entries,
        total: ranking.len() as u64,
    })
}

fn history(
    models: &Models,
    request: &api::GetTrustHistoryRequest,
) -> Result<api::GetTrustHistoryResponse, Problem> {
    let subject = identity_id(&request.subject, "subject")?;
    known(models, &subject, "subject")?;
    let realm = realm_id(models, &request.realm)?;
    let context = context(request.context)?;
    let limit = match request.limit {
        0 => POINTS,
        limit if limit <= MAX_POINTS => limit,
        _ => {
            return Err(invalid("limit", format!("is 1 to {MAX_POINTS}, or 0 for {POINTS}")));
        }
    };
    let points = models.trust.history(&realm, &subject);
    let omitted = points.len().saturating_sub(limit as usize);
    let point = |point: &HistoryPoint| api::TrustPoint {
        epoch: point.epoch,
        closed_at_us: point.closed_at_us,
        values_ppm: point.values_ppm.to_vec(),
        norm_ppm: norm(&point.values_ppm, context),
    };
    Ok(api::GetTrustHistoryResponse {
        points: points[omitted..].iter().map(point).collect(),
        omitted: omitted as u64,
    })
}

fn chain(
    models: &Models,
    request: &api::GetTrustChainRequest,
) -> Result<api::GetTrustChainResponse, Problem> {
    let from = identity_id(&request.from, "from")?;
    let to = identity_id(&request.to, "to")?;
    known(models, &from, "from")?;
    known(models, &to, "to")?;
    let realm = realm_id(models, &request.realm)?;
    let hops = models.trust.strongest_chain(&realm, &from, &to, MAX_HOPS).unwrap_or_default();
    let links: Vec<u32> = hops.iter().map(|hop| hop.trust_ppm).collect();
    let trust_ppm = if links.is_empty() { 0 } else { chain_estimate(&links) };
    let name = |id: &IdentityId| models.directory.name_of(id).to_owned();
    let did = |id: &IdentityId| models.directory.did_text(id);
    let hops = hops.iter().map(|hop| api::ChainHop {
        from: did(&hop.from),
        from_name: name(&hop.from),
        to: did(&hop.to),
        to_name: name(&hop.to),
        event: hop.event.to_string(),
        trust_ppm: hop.trust_ppm,
    });
    Ok(api::GetTrustChainResponse { hops: hops.collect(), trust_ppm })
}

fn preview(
    models: &Models,
    request: &api::PreviewAttestationRequest,
) -> Result<api::PreviewAttestationResponse, Problem> {
    let attester = identity_id(&request.attester, "attester")?;
    let subject = identity_id(&request.subject, "subject")?;
    known(models, &attester, "attester")?;
    known(models, &subject, "subject")?;
    let realm = realm_id(models, &request.realm)?;
    let dimension =
        dimension(request.dimension)?.filter(|d| d.is_attestable()).ok_or_else(|| {
            let which = "people attest reliability, integrity, competence or prestige";
            invalid("dimension", which.to_owned())
        })?;
    let polarity = match request.polarity() {
        protocol::Polarity::Positive => Polarity::Positive,
        protocol::Polarity::Negative => Polarity::Negative,
        protocol::Polarity::Unspecified => {
            return Err(invalid("polarity", "is positive or negative".to_owned()));
        }
    };
    if !request.domain.is_empty() && dimension != Dimension::Competence {
        return Err(invalid("domain", "only competence has domains".to_owned()));
    }
    let proposal = Proposal {
        attester: &attester,
        subject: &subject,
        dimension,
        polarity,
        domain: &request.domain,
    };
    let preview = models.trust.preview(&realm, proposal, &models.directory);
    let verdict = match preview.verdict {
        Verdict::Counts => api::PreviewVerdict::Counts,
        Verdict::NoVoice => api::PreviewVerdict::NoVoice,
        Verdict::SameRoot => api::PreviewVerdict::SameRoot,
        Verdict::Capped => api::PreviewVerdict::Capped,
    };
    Ok(api::PreviewAttestationResponse {
        verdict: verdict.into(),
        before_ppm: preview.before_ppm,
        after_ppm: preview.after_ppm,
        weight: preview.weight,
        attester_standing_ppm: preview.attester_standing_ppm,
        voice_threshold_ppm: preview.voice_threshold_ppm,
        replaces: preview.replaces.map(|id: EventId| id.to_string()).unwrap_or_default(),
        budget_used: preview.budget_used,
        budget: preview.budget,
    })
}

fn distribution(
    models: &Models,
    request: &api::GetTrustDistributionRequest,
) -> Result<api::GetTrustDistributionResponse, Problem> {
    let realm = realm_id(models, &request.realm)?;
    let distribution = models.trust.distribution(&realm, context(request.context)?);
    // The norm comes first, then the dimensions by number.
    let series =
        distribution.series.iter().zip(0..).map(|(series, dimension)| api::DistributionSeries {
            dimension,
            buckets: series.buckets.to_vec(),
            median_ppm: series.median_ppm,
            mean_ppm: series.mean_ppm,
        });
    Ok(api::GetTrustDistributionResponse {
        series: series.collect(),
        subjects: distribution.subjects,
        voices: distribution.voices,
        classes: distribution.classes.to_vec(),
    })
}

#[tonic::async_trait]
impl TrustService for Api {
    async fn get_trust(
        &self,
        request: Request<api::GetTrustRequest>,
    ) -> Result<Response<api::GetTrustResponse>, Status> {
        let trust = trust_of(&self.app.ledger.read(), request.get_ref()).map_err(status)?;
        Ok(Response::new(api::GetTrustResponse { trust: Some(trust) }))
    }

    async fn explain_trust(
        &self,
        request: Request<api::ExplainTrustRequest>,
    ) -> Result<Response<api::ExplainTrustResponse>, Status> {
        explain(&self.app.ledger, request.get_ref()).await.map(Response::new).map_err(status)
    }

    async fn list_trust(
        &self,
        request: Request<api::ListTrustRequest>,
    ) -> Result<Response<api::ListTrustResponse>, Status> {
        let models = self.app.ledger.read();
        list(&self.rankings, &models, request.get_ref()).map(Response::new).map_err(status)
    }

    async fn get_trust_history(
        &self,
        request: Request<api::GetTrustHistoryRequest>,
    ) -> Result<Response<api::GetTrustHistoryResponse>, Status> {
        history(&self.app.ledger.read(), request.get_ref()).map(Response::new).map_err(status)
    }

    async fn get_trust_chain(
        &self,
        request: Request<api::GetTrustChainRequest>,
    ) -> Result<Response<api::GetTrustChainResponse>, Status> {
        chain(&self.app.ledger.read(), request.get_ref()).map(Response::new).map_err(status)
    }

    async fn preview_attestation(
        &self,
        request: Request<api::PreviewAttestationRequest>,
    ) -> Result<Response<api::PreviewAttestationResponse>, Status> {
        preview(&self.app.ledger.read(), request.get_ref()).map(Response::new).map_err(status)
    }

    async fn get_trust_distribution(
        &self,
        request: Request<api::GetTrustDistributionRequest>,
    ) -> Result<Response<api::GetTrustDistributionResponse>, Status> {
        distribution(&self.app.ledger.read(), request.get_ref()).map(Response::new).map_err(status)
    }

    async fn get_context_norms(
        &self,
        request: Request<api::GetContextNormsRequest>,
    ) -> Result<Response<api::GetContextNormsResponse>, Status> {
        let models = self.app.ledger.read();
        ranking::norms(&models, request.get_ref()).map(Response::new).map_err(status)
    }

    async fn list_ranking(
        &self,
        request: Request<api::ListRankingRequest>,
    ) -> Result<Response<api::ListRankingResponse>, Status> {
        let models = self.app.ledger.read();
        ranking::list(&models, request.get_ref()).map(Response::new).map_err(status)
    }

    async fn get_trust_metrics(
        &self,
        request: Request<api::GetTrustMetricsRequest>,
    ) -> Result<Response<api::GetTrustMetricsResponse>, Status> {
        let models = self.app.ledger.read();
        ranking::metrics(&models, request.get_ref()).map(Response::new).map_err(status)
    }

    async fn list_vouches(
        &self,
        request: Request<api::ListVouchesRequest>,
    ) -> Result<Response<api::ListVouchesResponse>, Status> {
        let ledger = &self.app.ledger;
        statements::vouches(ledger, request.get_ref()).await.map(Response::new).map_err(status)
    }

    async fn list_credentials(
        &self,
        request: Request<api::ListCredentialsRequest>,
    ) -> Result<Response<api::ListCredentialsResponse>, Status> {
        let ledger = &self.app.ledger;
        statements::credentials(ledger, request.get_ref()).await.map(Response::new).map_err(status)
    }

    async fn list_judgements(
        &self,
        request: Request<api::ListJudgementsRequest>,
    ) -> Result<Response<api::ListJudgementsResponse>, Status> {
        let ledger = &self.app.ledger;
        statements::judgements(ledger, request.get_ref()).await.map(Response::new).map_err(status)
    }
}
