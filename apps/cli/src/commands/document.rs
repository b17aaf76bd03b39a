//! `document realm|minutes|audit`.

use erynoa_kernel::{Clock as _, DAY_US};
use erynoa_proto::api::v1::{
    Report, RequestAuditReportRequest, RequestReportRequest, request_report_request::Of,
};

use crate::commands::signed::Signed;
use crate::commands::{Context, file};
use crate::document_arguments::{DocumentCommand, ReportOutput};
use crate::error::CliError;
use crate::file_arguments::FileCommand;

pub(crate) async fn run(context: &Context, command: DocumentCommand) -> Result<(), CliError> {
    let signed = Signed::open(context).await?;
    match command {
        DocumentCommand::Realm { output } => {
            let realm = context.realm_filter(&signed.client).await?;
            let report = of(&signed, Of::Realm(realm), &output).await?;
            save(context, report, output).await
        }
        DocumentCommand::Minutes { proposal, output } => {
            let report = of(&signed, Of::Proposal(proposal), &output).await?;
            save(context, report, output).await
        }
        DocumentCommand::Audit { days, output } => {
            let since_us = match days {
                0 => 0,
                days => context.clock.now_us().saturating_sub(days.saturating_mul(DAY_US)),
            };
            let language = output.language.number();
            let request = RequestAuditReportRequest { since_us, until_us: 0, language };
            let answer =
                signed.client.documents().request_audit_report(signed.with(request)?).await;
            let report = signed.some(signed.read(answer)?.report)?;
            save(context, report, output).await
        }
    }
}

async fn of(signed: &Signed, of: Of, output: &ReportOutput) -> Result<Report, CliError> {
    let request = RequestReportRequest { of: Some(of), language: output.language.number() };
    let answer = signed.client.documents().request_report(signed.with(request)?).await;
    signed.some(signed.read(answer)?.report)
}

/// It lies among the files: from there it comes here.
async fn save(context: &Context, report: Report, output: ReportOutput) -> Result<(), CliError> {
    let ReportOutput { out, force, .. } = output;
    file::run(context, FileCommand::Get { file: report.id, out, force }).await
}
