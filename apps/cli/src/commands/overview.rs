//! `ranking`, `norms`, `metrics` and `mana`.

use erynoa_proto::api::v1::{
    ContextNorm, GetContextNormsRequest, GetManaRequest, GetTrustMetricsRequest,
    ListRankingRequest, MetricsPoint, RankingEntry,
};
use serde_json::{Value, json};

use crate::commands::{Context, check_identity, collect};
use crate::error::CliError;
use crate::event_view::who;
use crate::names;
use crate::output::{ratio, table};
use crate::time_text::date;

fn ranking_document(entry: &RankingEntry) -> Value {
    json!({
        "rank": entry.rank,
        "subject": entry.subject,
        "subject_name": entry.subject_name,
        "term": entry.term,
        "activity": entry.activity,
        "sigma": entry.sigma,
        "x": entry.x,
        "human_factor": entry.human_factor,
        "recency": entry.recency,
        "norm_ppm": entry.norm_ppm,
        "own_events": entry.own_events,
        "surprisal_bits": entry.surprisal_bits,
        "witnessed": entry.witnessed,
        "diversity_bits": entry.diversity_bits,
    })
}

/// Identities by their term of the world formula, with all factors.
pub(crate) async fn ranking(
    context: &Context,
    subject: Option<String>,
    limit: u32,
) -> Result<(), CliError> {
    if let Some(subject) = &subject {
        check_identity(subject)?;
    }
    let client = context.connect().await?;
    let request = ListRankingRequest {
        realm: context.realm_filter(&client).await?,
        subject: subject.unwrap_or_default(),
        ..ListRankingRequest::default()
    };
    let (mut total, mut world, mut world_below) = (0, 0.0, 0.0);
    let found = collect(limit, async |page_size, page_token| {
        let request = ListRankingRequest { page_size, page_token, ..request.clone() };
        let page = client.trust().list_ranking(request).await.map_err(client.failed())?;
        let page = page.into_inner();
        (total, world, world_below) = (page.total, page.world, page.world_below);
        Ok((page.entries, page.next_page_token))
    })
    .await?;
    let rows: Vec<_> = found
        .iter()
        .map(|entry| {
            vec![
                entry.rank.to_string(),
                who(&entry.subject_name, &entry.subject),
                format!("{:.6}", entry.term),
                format!("{:.4}", entry.activity),
                format!("{:.6}", entry.sigma),
                format!("{:.2}", entry.human_factor),
                format!("{:.4}", entry.recency),
                ratio(entry.norm_ppm),
                format!("{:.2}", entry.diversity_bits),
                entry.subject.clone(),
            ]
        })
        .collect();
    let headings = [">rank", "name", ">term", ">A", ">σ", ">Ĥ", ">w", ">norm", ">diversity", "did"];
    let document = json!({
        "entries": found.iter().map(ranking_document).collect::<Vec<_>>(),
        "total": total,
        "world": world,
        "world_below": world_below,
    });
    let text = format!(
        "{}{total} in all; 𝔼 = {world:.6}, with all realms below {world_below:.6}",
        table(&headings, &rows)
    );
    context.output.result(&document, &text);
    Ok(())
}

fn norm_document(norm: &ContextNorm) -> Value {
    json!({
        "context": names::context(norm.context),
        "weights": norm.weights,
        "norm_ppm": norm.norm_ppm,
        "class": names::class(norm.class),
        "passes_gate": norm.passes_gate,
    })
}

/// The norm of an identity in every context.
pub(crate) async fn norms(context: &Context, subject: Option<String>) -> Result<(), CliError> {
    let subject = context.subject(subject)?;
    let client = context.connect().await?;
    let request = GetContextNormsRequest { subject, realm: context.realm_filter(&client).await? };
    let answer = client.trust().get_context_norms(request).await.map_err(client.failed())?;
    let norms = answer.into_inner().norms;
    let rows: Vec<_> = norms
        .iter()
        .map(|norm| {
            let weights: Vec<_> = norm.weights.iter().map(ToString::to_string).collect();
            vec![
                names::context(norm.context),
                ratio(norm.norm_ppm),
                names::class(norm.class),
                if norm.passes_gate { "yes" } else { "no" }.to_owned(),
                weights.join(" "),
            ]
        })
        .collect();
    let headings = ["context", ">norm", "class", "gate", "weights R I C P V Ω"];
    let documents: Vec<_> = norms.iter().map(norm_document).collect();
    context.output.result(&json!({ "norms": documents }), &table(&headings, &rows));
    Ok(())
}

fn metrics_document(point: &MetricsPoint) -> Value {
    json!({
        "epoch": point.epoch,
        "closed_at_us": point.closed_at_us,
        "gini_ppm": point.gini_ppm,
        "power_gini_ppm": point.power_gini_ppm,
        "power_cap_ppm": point.power_cap_ppm,
        "capped_roots": point.capped_roots,
        "cap_exponent_ppm": point.cap_exponent_ppm,
        "subjects": point.subjects,
        "voices": point.voices,
        "median_diversity_millibits": point.median_diversity_millibits,
        "mean_norm_ppm": point.mean_norm_ppm,
    })
}

/// How trust and power are spread, epoch by epoch.
pub(crate) async fn metrics(context: &Context, limit: u32) -> Result<(), CliError> {
    let client = context.connect().await?;
    let request = GetTrustMetricsRequest { realm: context.realm_filter(&client).await?, limit };
    let answer = client.trust().get_trust_metrics(request).await.map_err(client.failed())?;
    let answer = answer.into_inner();
    let rows: Vec<_> = answer
        .points
        .iter()
        .map(|point| {
            vec![
                point.epoch.to_string(),
                date(point.closed_at_us),
                ratio(point.gini_ppm),
                ratio(point.power_gini_ppm),
                ratio(point.power_cap_ppm),
                point.capped_roots.to_string(),
                ratio(point.cap_exponent_ppm),
                point.subjects.to_string(),
                point.voices.to_string(),
                ratio(point.median_diversity_millibits.saturating_mul(1000)),
                ratio(point.mean_norm_ppm),
            ]
        })
        .collect();
    let headings = [
        ">epoch",
        "date",
        ">Gini",
        ">of power",
        ">cap",
        ">capped",
        ">exponent",
        ">subjects",
        ">voices",
        ">diversity",
        ">norm",
    ];
    let mut text = table(&headings, &rows);
    if answer.omitted > 0 {
        text.push_str(&format!("{} older points left out (--limit)\n", answer.omitted));
    }
    let points: Vec<_> = answer.points.iter().map(metrics_document).collect();
    context.output.result(&json!({ "points": points, "omitted": answer.omitted }), &text);
    Ok(())
}

/// How much an identity may still submit.
pub(crate) async fn mana(context: &Context, subject: Option<String>) -> Result<(), CliError> {
    let identity = context.subject(subject)?;
    let client = context.connect().await?;
    let request = GetManaRequest { identity };
    let answer = client.events().get_mana(request).await.map_err(client.failed())?.into_inner();
    let document = json!({
        "left": answer.left,
        "max": answer.max,
        "refill_per_second": answer.refill_per_second,
        "shared": answer.shared,
        "enforced": answer.enforced,
        "event_price": answer.event_price,
    });
    let mut text = format!(
        "{} of {} left, {} more every second; an event costs {}",
        answer.left, answer.max, answer.refill_per_second, answer.event_price,
    );
    if answer.shared {
        text.push_str("\nshared with all newcomers of the installation");
    }
    if !answer.enforced {
        text.push_str("\nthis server takes none");
    }
    context.output.result(&document, &text);
    Ok(())
}
