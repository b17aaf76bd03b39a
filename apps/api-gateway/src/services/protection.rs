//! What the detector finds, what people report, and the breakers.

use erynoa_events::{AnomalyClass, Body, EventKind, Severity, from_own_log};
use erynoa_kernel::{Problem, RealmId};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::protection_service_server::ProtectionService;
use erynoa_world::{BreakerState, Finding};
use tonic::{Request, Response, Status};

use super::Api;
use crate::app::{App, identity_id, known, realm_id};
use crate::cursor::{Cursor, page_size};
use crate::doors::problems::status;
use crate::ledger::{Ledger, Matter, Models};
use crate::submit_events::log_now_us;

pub(crate) const fn breaker_state(state: BreakerState) -> api::BreakerState {
    match state {
        BreakerState::Normal => api::BreakerState::Normal,
        BreakerState::Degraded => api::BreakerState::Degraded,
        BreakerState::ReadOnly => api::BreakerState::ReadOnly,
    }
}

/// The realm that is asked for; `None` for all.
fn asked(models: &Models, text: &str) -> Result<Option<RealmId>, Problem> {
    if text.is_empty() { Ok(None) } else { realm_id(models, text).map(Some) }
}

fn finding(models: &Models, finding: &Finding) -> api::AnomalyFinding {
    let did = |id| models.directory.did_text(id);
    let name = |id| models.directory.name_of(id).to_owned();
    api::AnomalyFinding {
        id: finding.id.to_string(),
        realm: finding.realm.to_string(),
        class: class(finding.class),
        severity: severity(finding.severity),
        subjects: finding.subjects.iter().map(did).collect(),
        subject_names: finding.subjects.iter().map(name).collect(),
        evidence: finding.evidence.iter().map(ToString::to_string).collect(),
        first_us: finding.first_us,
        last_us: finding.last_us,
        measured_milli: finding.measured_milli,
        expected_milli: finding.expected_milli,
    }
}

const fn class(class: AnomalyClass) -> i32 {
    class as i32 + 1
}

const fn severity(severity: Severity) -> i32 {
    severity as i32 + 1
}

fn findings(
    models: &Models,
    request: &api::ListFindingsRequest,
) -> Result<api::ListFindingsResponse, Problem> {
    let realm = asked(models, &request.realm)?;
    let size = page_size(request.page_size)?;
    let cursor = Cursor::of(&[b"findings", request.realm.as_bytes()]);
    let before = cursor.decode(&request.page_token)?.unwrap_or(u64::MAX);
    let mut found: Vec<&Finding> = models
        .world
        .detector()
        .findings()
        .filter(|finding| finding.id < before && realm.is_none_or(|realm| finding.realm == realm))
        .take(size + 1)
        .collect();
    let more = found.len() > size;
    found.truncate(size);
    let next_page_token = match found.last() {
        Some(last) if more => cursor.encode(last.id),
        _ => String::new(),
    };
    let findings = found.into_iter().map(|found| finding(models, found)).collect();
    Ok(api::ListFindingsResponse { findings, next_page_token })
}

async fn reports(
    ledger: &Ledger,
    request: &api::ListReportsRequest,
) -> Result<api::ListReportsResponse, Problem> {
    let (found, next_page_token, decided) = {
        let models = ledger.read();
        let realm = asked(&models, &request.realm)?;
        let subject = match request.subject.as_str() {
            "" => None,
            text => Some(identity_id(text, "subject")?),
        };
        if let Some(subject) = &subject {
            known(&models, subject, "subject")?;
        }
        let size = page_size(request.page_size)?;
        let open_only = [u8::from(request.open_only)];
        let (of, about) = (request.realm.as_bytes(), request.subject.as_bytes());
        let cursor = Cursor::of(&[b"reports", of, about, &open_only]);
        let before = cursor.decode(&request.page_token)?.unwrap_or(u64::MAX);
        let matter = if request.open_only { Matter::OpenReport } else { Matter::Report };
        let mut found =
            models.docket.newest(&models.log, (matter, realm, subject), before, size + 1);
        let is_decision = |at: &&u64| {
            models.log.at(**at).is_some_and(|event| event.kind == EventKind::AnomalyJudged)
        };
        let decision = |sequence: u64| {
            let report = models.log.at(sequence)?.id;
            models.decisions.get(&report)?.iter().rev().find(is_decision).copied()
        };
        let more = found.len() > size;
        found.truncate(size);
        let token = match found.last() {
            Some(&last) if more => cursor.encode(last),
            _ => String::new(),
        };
        let decided: Vec<Option<u64>> = found.iter().map(|&at| decision(at)).collect();
        (found, token, decided)
    };
    let entries = ledger.entries(&found).await?;
    let judged: Vec<u64> = decided.iter().flatten().copied().collect();
    let mut verdicts = ledger.entries(&judged).await?.into_iter();
    let models = ledger.read();
    let mut reports = Vec::with_capacity(entries.len());
    for (entry, decided) in entries.into_iter().zip(decided) {
        let event = from_own_log(entry).map_err(Problem::internal)?;
        let Body::AnomalyReported(body) = &event.event().body else { continue };
        let did = |id| models.directory.did_text(id);
        let name = |id| models.directory.name_of(id).to_owned();
        let mut report = api::AnomalyReport {
            id: event.id().to_string(),
            realm: event.event().realm.to_string(),
            reporter: did(&event.event().author),
            reporter_name: name(&event.event().author),
            subjects: body.subjects.iter().map(did).collect(),
            subject_names: body.subjects.iter().map(name).collect(),
            class: class(body.class),
            severity: severity(body.severity),
            evidence: body.evidence.iter().map(ToString::to_string).collect(),
            comment: body.comment.clone(),
            wall_us: event.event().coordinate.wall_us,
            ..Default::default()
        };
        if let Some(verdict) = decided.and_then(|_| verdicts.next()) {
            let verdict = from_own_log(verdict).map_err(Problem::internal)?;
            if let Body::AnomalyJudged(judged) = &verdict.event().body {
                report.judged_by = verdict.id().to_string();
                report.judge = did(&verdict.event().author);
                report.judge_name = name(&verdict.event().author);
                report.confirmed = judged.confirmed.is_some();
                report.severity_found = judged.confirmed.map_or(0, severity);
                report.reason.clone_from(&judged.reason);
            }
        }
        reports.push(report);
    }
    Ok(api::ListReportsResponse { reports, next_page_token })
}

fn breaker(
    app: &App,
    request: &api::GetBreakerRequest,
) -> Result<api::GetBreakerResponse, Problem> {
    let models = app.ledger.read();
    let realm = realm_id(&models, &request.realm)?;
    let view = models.world.breaker(&realm, log_now_us(app, &models));
    Ok(api::GetBreakerResponse {
        state: breaker_state(view.state).into(),
        critical_reports: view.reports,
        since_us: view.since_us,
        quiet_until_us: view.quiet_until_us,
    })
}

#[tonic::async_trait]
impl ProtectionService for Api {
    async fn list_findings(
        &self,
        request: Request<api::ListFindingsRequest>,
    ) -> Result<Response<api::ListFindingsResponse>, Status> {
        let models = self.app.ledger.read();
        findings(&models, request.get_ref()).map(Response::new).map_err(status)
    }

    async fn list_reports(
        &self,
        request: Request<api::ListReportsRequest>,
    ) -> Result<Response<api::ListReportsResponse>, Status> {
        reports(&self.app.ledger, request.get_ref()).await.map(Response::new).map_err(status)
    }

    async fn get_breaker(
        &self,
        request: Request<api::GetBreakerRequest>,
    ) -> Result<Response<api::GetBreakerResponse>, Status> {
        breaker(&self.app, request.get_ref()).map(Response::new).map_err(status)
    }
}
