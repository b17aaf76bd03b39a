//! The world formula, its metrics, and the norms of one subject.

use erynoa_kernel::{Problem, RealmId};
use erynoa_proto::api::v1 as api;
use erynoa_trust::{Context, classify, norm, passes_gate};
use erynoa_world::{Metrics, Standing};

use super::trust::class;
use crate::app::{identity_id, invalid, known, realm_id};
use crate::cursor::{Cursor, page_size};
use crate::ledger::Models;

/// Most points of a series, and how many unless asked.
const MAX_POINTS: u32 = 1000;
const POINTS: u32 = 200;

const CONTEXTS: [(Context, api::TrustContext); 7] = [
    (Context::Default, api::TrustContext::Default),
    (Context::Finance, api::TrustContext::Finance),
    (Context::Social, api::TrustContext::Social),
    (Context::Governance, api::TrustContext::Governance),
    (Context::Technical, api::TrustContext::Technical),
    (Context::Creative, api::TrustContext::Creative),
    (Context::Knowledge, api::TrustContext::Knowledge),
];

pub(super) fn norms(
    models: &Models,
    request: &api::GetContextNormsRequest,
) -> Result<api::GetContextNormsResponse, Problem> {
    let subject = identity_id(&request.subject, "subject")?;
    known(models, &subject, "subject")?;
    let realm = realm_id(models, &request.realm)?;
    let values_ppm = models.trust.glance(&realm, &subject).values_ppm;
    let norms = CONTEXTS.map(|(context, number)| {
        let norm_ppm = norm(&values_ppm, context);
        api::ContextNorm {
            context: number.into(),
            weights: context.weights().map(u32::from).to_vec(),
            norm_ppm,
            class: class(classify(norm_ppm)).into(),
            passes_gate: passes_gate(&values_ppm, context, 0),
        }
    });
    Ok(api::GetContextNormsResponse { norms: norms.to_vec() })
}

pub(super) fn list(
    models: &Models,
    request: &api::ListRankingRequest,
) -> Result<api::ListRankingResponse, Problem> {
    let realm = realm_id(models, &request.realm)?;
    let size = page_size(request.page_size)?;
    let cursor = Cursor::of(&[b"world", realm.as_bytes(), request.subject.as_bytes()]);
    let skip = cursor.decode(&request.page_token)?.unwrap_or_default();
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let total = models.world.ranked(&realm);
    let entries: Vec<Standing> = if request.subject.is_empty() {
        models.world.page(&realm, skip, size)
    } else {
        let subject = identity_id(&request.subject, "subject")?;
        known(models, &subject, "subject")?;
        models.world.find(&realm, &subject).into_iter().collect()
    };
    let end = skip.saturating_add(entries.len());
    let more = request.subject.is_empty() && end < total && !entries.is_empty();
    let parent = |id: &RealmId| models.realms.ancestors(id).last().map(|above| above.id);
    Ok(api::ListRankingResponse {
        entries: entries.iter().map(|standing| entry(models, standing)).collect(),
        next_page_token: if more { cursor.encode(end as u64) } else { String::new() },
        total: total as u64,
        world: models.world.own_world(&realm),
        world_below: models.world.world(&realm, parent),
    })
}

fn entry(models: &Models, standing: &Standing) -> api::RankingEntry {
    let terms = standing.terms;
    api::RankingEntry {
        rank: standing.rank.unwrap_or_default(),
        subject: models.directory.did_text(&standing.subject),
        subject_name: models.directory.name_of(&standing.subject).to_owned(),
        term: terms.term,
        activity: terms.activity,
        sigma: terms.sigma,
        x: terms.x,
        human_factor: terms.human_factor,
        recency: terms.recency,
        norm_ppm: terms.factors.norm_ppm,
        own_events: terms.factors.own_events,
        surprisal_bits: terms.factors.surprisal_bits,
        witnessed: u64::from(terms.factors.witnessed),
        diversity_bits: standing.diversity_bits,
    }
}

pub(super) fn metrics(
    models: &Models,
    request: &api::GetTrustMetricsRequest,
) -> Result<api::GetTrustMetricsResponse, Problem> {
    let realm = realm_id(models, &request.realm)?;
    let limit = match request.limit {
        0 => POINTS,
        limit if limit <= MAX_POINTS => limit,
        _ => return Err(invalid("limit", format!("is 1 to {MAX_POINTS}, or 0 for {POINTS}"))),
    };
    let (points, omitted) = models.world.metrics(&realm, limit as usize);
    Ok(api::GetTrustMetricsResponse { points: points.iter().map(point).collect(), omitted })
}

fn point(metrics: &Metrics) -> api::MetricsPoint {
    api::MetricsPoint {
        epoch: metrics.epoch,
        closed_at_us: metrics.closed_at_us,
        gini_ppm: metrics.norm_gini_ppm,
        power_cap_ppm: metrics.greatest_share_ppm,
        capped_roots: metrics.capped_roots,
        cap_exponent_ppm: metrics.cap_exponent_ppm,
        subjects: u64::from(metrics.subjects),
        voices: u64::from(metrics.voices),
        median_diversity_millibits: metrics.median_diversity_millibits,
        mean_norm_ppm: metrics.mean_norm_ppm,
        power_gini_ppm: metrics.power_gini_ppm,
    }
}
