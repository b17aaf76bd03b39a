//! `trust show|explain|rank|history|chain`.

use erynoa_proto::api::v1::{
    ExplainTrustRequest, Explanation, GetTrustChainRequest, GetTrustHistoryRequest,
    GetTrustRequest, ListTrustRequest,
};
use serde_json::{Value, json};

use crate::arguments::TrustCommand;
use crate::client::Client;
use crate::commands::{Context, PAGE, check_identity};
use crate::error::CliError;
use crate::trust_view;

pub(crate) async fn run(context: &Context, command: TrustCommand) -> Result<(), CliError> {
    match command {
        TrustCommand::Show { subject, context: weights } => {
            let subject = context.subject(subject)?;
            let client = context.connect().await?;
            let realm = context.realm_filter(&client).await?;
            let request = GetTrustRequest { subject, realm, context: weights.number() };
            let answer = client.trust().get_trust(request).await.map_err(client.failed())?;
            let trust =
                answer.into_inner().trust.ok_or_else(|| client.odd("GetTrust without trust"))?;
            context.output.result(&trust_view::document(&trust), &trust_view::text(&trust));
            Ok(())
        }
        TrustCommand::Explain { subject, dimension, domain, order, limit } => {
            let request = ExplainTrustRequest {
                subject: context.subject(subject)?,
                dimension: dimension.map_or(0, |dimension| dimension.number()),
                domain,
                order: order.number(),
                ..ExplainTrustRequest::default()
            };
            explain(context, request, limit).await
        }
        TrustCommand::Rank { dimension, ascending, context: weights, min_confidence, limit } => {
            let request = ListTrustRequest {
                context: weights.number(),
                dimension: dimension.map_or(0, |dimension| dimension.number()),
                ascending,
                min_confidence_ppm: min_confidence,
                ..ListTrustRequest::default()
            };
            let client = context.connect().await?;
            let request =
                ListTrustRequest { realm: context.realm_filter(&client).await?, ..request };
            let (entries, total) = rank(&client, request, limit).await?;
            context.output.result(&entries.0, &format!("{}{total} in all", entries.1));
            Ok(())
        }
        TrustCommand::History { subject, limit } => {
            let request = GetTrustHistoryRequest {
                subject: context.subject(subject)?,
                limit,
                ..GetTrustHistoryRequest::default()
            };
            history(context, request).await
        }
        TrustCommand::Chain { to, from } => {
            check_identity(&to)?;
            chain(context, context.subject(from)?, to).await
        }
    }
}

async fn explain(
    context: &Context,
    mut request: ExplainTrustRequest,
    limit: u32,
) -> Result<(), CliError> {
    let client = context.connect().await?;
    request.realm = context.realm_filter(&client).await?;
    let (mut explanation, mut parts) = (Explanation::default(), Vec::new());
    let total = loop {
        let have = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        request.page_size = if limit == 0 { PAGE } else { (limit - have).min(PAGE) };
        let page = client.trust().explain_trust(request.clone()).await.map_err(client.failed())?;
        let page = page.into_inner();
        explanation = page.explanation.unwrap_or(explanation);
        parts.extend(page.parts);
        request.page_token = page.next_page_token;
        let full = limit != 0 && parts.len() >= limit as usize;
        if request.page_token.is_empty() || full {
            break page.total_parts;
        }
    };
    context.output.result(
        &trust_view::explanation_document(&explanation, &parts, total),
        &trust_view::explanation_text(&explanation, &parts, total),
    );
    Ok(())
}

/// A ranking in both forms, and the number of all that are ranked.
pub(crate) async fn rank(
    client: &Client,
    mut request: ListTrustRequest,
    limit: u32,
) -> Result<((Value, String), u64), CliError> {
    let mut entries = Vec::new();
    let total = loop {
        let have = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        request.page_size = if limit == 0 { PAGE } else { (limit - have).min(PAGE) };
        let page = client.trust().list_trust(request.clone()).await.map_err(client.failed())?;
        let page = page.into_inner();
        entries.extend(page.entries);
        request.page_token = page.next_page_token;
        let full = limit != 0 && entries.len() >= limit as usize;
        if request.page_token.is_empty() || full {
            break page.total;
        }
    };
    let document = json!({
        "entries": entries.iter().map(trust_view::rank_document).collect::<Vec<_>>(),
        "total": total,
    });
    Ok(((document, trust_view::rank_text(&entries)), total))
}

async fn history(context: &Context, mut request: GetTrustHistoryRequest) -> Result<(), CliError> {
    let client = context.connect().await?;
    request.realm = context.realm_filter(&client).await?;
    let answer = client.trust().get_trust_history(request).await.map_err(client.failed())?;
    let answer = answer.into_inner();
    let document = json!({
        "points": answer.points.iter().map(trust_view::point_document).collect::<Vec<_>>(),
        "omitted": answer.omitted,
    });
    let mut text = trust_view::history_text(&answer.points);
    if answer.omitted > 0 {
        text.push_str(&format!("{} older points left out (--limit)\n", answer.omitted));
    }
    context.output.result(&document, &text);
    Ok(())
}

async fn chain(context: &Context, from: String, to: String) -> Result<(), CliError> {
    let client = context.connect().await?;
    let realm = context.realm_filter(&client).await?;
    let request = GetTrustChainRequest { from, to, realm };
    let answer = client.trust().get_trust_chain(request).await.map_err(client.failed())?;
    let answer = answer.into_inner();
    let document = trust_view::chain_document(&answer.hops, answer.trust_ppm);
    if answer.hops.is_empty() {
        if context.output.is_json() {
            context.output.result(&document, "");
        }
        return Err(CliError::Negative(
            "no chain of at most five positive attestations leads there".to_owned(),
        ));
    }
    context.output.result(&document, &trust_view::chain_text(&answer.hops, answer.trust_ppm));
    Ok(())
}
