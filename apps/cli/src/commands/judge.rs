//! `judge claim|spam|breach|fault|list`.

use erynoa_events::{Body, Finding, Judgement};
use erynoa_proto::api::v1::{JudgementRecord, ListJudgementsRequest};
use serde_json::{Value, json};

use crate::commands::{Context, check_identity, collect};
use crate::error::CliError;
use crate::event_view::who;
use crate::names;
use crate::output::{ratio, safe, table};
use crate::speaker::{Speaker, event_id, event_of};
use crate::statement_arguments::JudgeCommand;
use crate::time_text::date;

pub(crate) async fn run(context: &Context, command: JudgeCommand) -> Result<(), CliError> {
    let (event, finding, severity_ppm, reason) = match command {
        JudgeCommand::Claim { event, verdict, reason } => (event, verdict.finding(), 0, reason),
        JudgeCommand::Spam { event, reason } => (event, Finding::ProposalSpam, 0, reason),
        JudgeCommand::Breach { event, of, reason } => (event, of.finding(), 0, reason),
        JudgeCommand::Fault { event, severity, reason } => {
            (event, Finding::MemberAtFault, severity, reason)
        }
        JudgeCommand::List { subject, target, limit } => {
            return list(context, subject, target, limit).await;
        }
    };
    let target = event_id(&event)?;
    let speaker = Speaker::open(context).await?;
    // It is about whoever said it, in the realm in which it was said.
    let judged = event_of(&speaker.client, &target).await?;
    let body = Judgement { subject: judged.author, finding, target, severity_ppm, reason };
    speaker.say_and_print(judged.realm, Body::Judgement(body)).await
}

fn document(judgement: &JudgementRecord) -> Value {
    json!({
        "id": judgement.id,
        "judge": judgement.judge,
        "judge_name": judgement.judge_name,
        "subject": judgement.subject,
        "subject_name": judgement.subject_name,
        "finding": names::finding(judgement.finding),
        "target": judgement.target,
        "severity_ppm": judgement.severity_ppm,
        "reason": judgement.reason,
        "wall_us": judgement.wall_us,
    })
}

async fn list(
    context: &Context,
    subject: Option<String>,
    target: String,
    limit: u32,
) -> Result<(), CliError> {
    if let Some(subject) = &subject {
        check_identity(subject)?;
    }
    let client = context.connect().await?;
    let request = ListJudgementsRequest {
        realm: context.realm_filter(&client).await?,
        subject: subject.unwrap_or_default(),
        target,
        ..ListJudgementsRequest::default()
    };
    let found = collect(limit, async |page_size, page_token| {
        let request = ListJudgementsRequest { page_size, page_token, ..request.clone() };
        let page = client.trust().list_judgements(request).await.map_err(client.failed())?;
        let page = page.into_inner();
        Ok((page.judgements, page.next_page_token))
    })
    .await?;
    let rows: Vec<_> = found
        .iter()
        .map(|judgement| {
            vec![
                names::finding(judgement.finding),
                match judgement.severity_ppm {
                    0 => String::new(),
                    severity => ratio(severity),
                },
                who(&judgement.subject_name, &judgement.subject),
                who(&judgement.judge_name, &judgement.judge),
                date(judgement.wall_us),
                safe(&judgement.reason),
                judgement.target.clone(),
            ]
        })
        .collect();
    let headings = ["finding", ">severity", "about", "by", "on", "reason", "event"];
    let documents: Vec<_> = found.iter().map(document).collect();
    context.output.result(&json!({ "judgements": documents }), &table(&headings, &rows));
    Ok(())
}
