//! `report file|list|judge|findings` and `breaker`.

use erynoa_events::{AnomalyJudged, AnomalyReported, Body};
use erynoa_proto::api::v1::{
    AnomalyFinding, AnomalyReport, GetBreakerRequest, ListFindingsRequest, ListReportsRequest,
};
use serde_json::{Value, json};

use crate::commands::{Context, check_identity, collect};
use crate::error::CliError;
use crate::event_view::who;
use crate::names;
use crate::output::{safe, table};
use crate::speaker::{Speaker, event_id, event_of, identities};
use crate::statement_arguments::ReportCommand;
use crate::time_text::{date, date_time};

pub(crate) async fn run(context: &Context, command: ReportCommand) -> Result<(), CliError> {
    match command {
        ReportCommand::File { subjects, class, severity, evidence, comment } => {
            let mut evidence =
                evidence.iter().map(|text| event_id(text)).collect::<Result<Vec<_>, _>>()?;
            evidence.sort_unstable();
            evidence.dedup();
            let body = Body::AnomalyReported(AnomalyReported {
                subjects: identities(&subjects)?,
                class: class.domain(),
                severity: severity.domain(),
                evidence,
                comment,
            });
            let speaker = Speaker::open(context).await?;
            let realm = context.realm(&speaker.client).await?;
            speaker.say_and_print(realm, body).await
        }
        ReportCommand::List { open, subject, limit } => list(context, open, subject, limit).await,
        // The command line asks for exactly one of `--confirmed` and `--unfounded`.
        ReportCommand::Judge { report, confirmed, unfounded: _, reason } => {
            let id = event_id(&report)?;
            let speaker = Speaker::open(context).await?;
            let reported = event_of(&speaker.client, &id).await?;
            let body = Body::AnomalyJudged(AnomalyJudged {
                report: id,
                reporter: reported.author,
                confirmed: confirmed.map(|severity| severity.domain()),
                reason,
            });
            speaker.say_and_print(reported.realm, body).await
        }
        ReportCommand::Findings { limit } => findings(context, limit).await,
    }
}

fn people(names: &[String], dids: &[String]) -> String {
    let both = names.iter().zip(dids);
    both.map(|(name, did)| who(name, did)).collect::<Vec<_>>().join(", ")
}

fn document(report: &AnomalyReport) -> Value {
    json!({
        "id": report.id,
        "realm": report.realm,
        "reporter": report.reporter,
        "reporter_name": report.reporter_name,
        "subjects": report.subjects,
        "subject_names": report.subject_names,
        "class": names::anomaly_class(report.class),
        "severity": names::severity(report.severity),
        "evidence": report.evidence,
        "comment": report.comment,
        "wall_us": report.wall_us,
        "judged_by": report.judged_by,
        "judge": report.judge,
        "judge_name": report.judge_name,
        "confirmed": report.confirmed,
        "severity_found": names::severity(report.severity_found),
        "reason": report.reason,
    })
}

fn decision(report: &AnomalyReport) -> String {
    if report.judged_by.is_empty() {
        return "open".to_owned();
    }
    if report.confirmed {
        return format!("confirmed, {}", names::severity(report.severity_found));
    }
    "unfounded".to_owned()
}

async fn list(
    context: &Context,
    open_only: bool,
    subject: Option<String>,
    limit: u32,
) -> Result<(), CliError> {
    if let Some(subject) = &subject {
        check_identity(subject)?;
    }
    let subject = subject.unwrap_or_default();
    let client = context.connect().await?;
    let realm = context.realm_filter(&client).await?;
    let found = collect(limit, async |page_size, page_token| {
        let request = ListReportsRequest {
            realm: realm.clone(),
            open_only,
            page_size,
            page_token,
            subject: subject.clone(),
        };
        let page = client.protection().list_reports(request).await.map_err(client.failed())?;
        let page = page.into_inner();
        Ok((page.reports, page.next_page_token))
    })
    .await?;
    let rows: Vec<_> = found
        .iter()
        .map(|report| {
            vec![
                names::anomaly_class(report.class),
                names::severity(report.severity),
                decision(report),
                people(&report.subject_names, &report.subjects),
                who(&report.reporter_name, &report.reporter),
                date(report.wall_us),
                safe(&report.comment),
                report.id.clone(),
            ]
        })
        .collect();
    let headings = ["class", "severity", "decision", "about", "by", "on", "comment", "report"];
    let documents: Vec<_> = found.iter().map(document).collect();
    context.output.result(&json!({ "reports": documents }), &table(&headings, &rows));
    Ok(())
}

fn finding_document(finding: &AnomalyFinding) -> Value {
    json!({
        "id": finding.id,
        "realm": finding.realm,
        "class": names::anomaly_class(finding.class),
        "severity": names::severity(finding.severity),
        "subjects": finding.subjects,
        "subject_names": finding.subject_names,
        "evidence": finding.evidence,
        "first_us": finding.first_us,
        "last_us": finding.last_us,
        "measured_milli": finding.measured_milli,
        "expected_milli": finding.expected_milli,
    })
}

/// What the detector has found. The server asks for an operator's session.
async fn findings(context: &Context, limit: u32) -> Result<(), CliError> {
    let speaker = Speaker::open(context).await?;
    let client = &speaker.client;
    let realm = context.realm_filter(client).await?;
    let token = client.sign_in(&speaker.file.did, &speaker.file.key).await?;
    let found = collect(limit, async |page_size, page_token| {
        let request = ListFindingsRequest { realm: realm.clone(), page_size, page_token };
        let request = client.authorized(request, &token)?;
        let page = client.protection().list_findings(request).await.map_err(client.failed())?;
        let page = page.into_inner();
        Ok((page.findings, page.next_page_token))
    })
    .await?;
    let thousandths = |value: u64| format!("{}.{:03}", value / 1000, value % 1000);
    let rows: Vec<_> = found
        .iter()
        .map(|finding| {
            vec![
                names::anomaly_class(finding.class),
                names::severity(finding.severity),
                thousandths(finding.measured_milli),
                thousandths(finding.expected_milli),
                people(&finding.subject_names, &finding.subjects),
                date_time(finding.last_us),
            ]
        })
        .collect();
    let headings = ["class", "severity", ">measured", ">usual", "about", "last"];
    let documents: Vec<_> = found.iter().map(finding_document).collect();
    context.output.result(&json!({ "findings": documents }), &table(&headings, &rows));
    Ok(())
}

/// Whether a realm protects itself.
pub(crate) async fn breaker(context: &Context) -> Result<(), CliError> {
    let client = context.connect().await?;
    let request = GetBreakerRequest { realm: context.realm_filter(&client).await? };
    let answer = client.protection().get_breaker(request).await.map_err(client.failed())?;
    let answer = answer.into_inner();
    let state = names::breaker(answer.state);
    let document = json!({
        "state": state,
        "critical_reports": answer.critical_reports,
        "since_us": answer.since_us,
        "quiet_until_us": answer.quiet_until_us,
    });
    let mut text =
        format!("{state}; {} critical reports in the last minute", answer.critical_reports);
    if answer.since_us > 0 {
        text.push_str(&format!("\nsince {}", date_time(answer.since_us)));
    }
    if answer.quiet_until_us > 0 {
        text.push_str(&format!("\nback at {} at the earliest", date_time(answer.quiet_until_us)));
    }
    context.output.result(&document, &text);
    Ok(())
}
