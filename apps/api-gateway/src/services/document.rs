//! Certificates.

use erynoa_access::Principal;
use erynoa_documents::{
    DOCUMENT_MOST_BYTES, Language, Outcome, Topic, Verdict, code, verification_hash,
};
use erynoa_kernel::{Kind, Problem};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::document_service_server::DocumentService;
use tokio::time::{Duration, Instant};
use tonic::{Request, Response, Status};

use super::Api;
use super::storage::{file_id, place_of, position_in};
use super::trust::context;
use crate::app::{App, Caller, caller, event_id, identity_id, invalid, known, principal, realm_id};
use crate::cursor::{Cursor, page_size};
use crate::documents::Kept;
use crate::doors::problems::status;
use crate::reports::Issued;
use crate::workflows::{certificate, key_of};

/// How long whoever asks for a certificate waits for it; then it goes on
/// without them.
const SOON: Duration = Duration::from_secs(2);
/// How often it is looked for meanwhile.
const LOOK: Duration = Duration::from_millis(25);

fn language(number: i32) -> Result<Language, Problem> {
    match api::DocumentLanguage::try_from(number) {
        Ok(api::DocumentLanguage::Unspecified | api::DocumentLanguage::En) => Ok(Language::En),
        Ok(api::DocumentLanguage::De) => Ok(Language::De),
        Err(_) => Err(invalid("language", "documents are in English or German".to_owned())),
    }
}

fn encode(kept: &Kept) -> api::Document {
    let said = &kept.read.credential.credential_subject;
    api::Document {
        id: kept.file.id.to_string(),
        name: kept.file.name.as_str().to_owned(),
        size: kept.file.size,
        created_at_us: kept.file.created_at_us,
        subject: said.id.clone(),
        subject_name: said.name.clone(),
        realm: said.realm.clone(),
        realm_name: said.realm_name.clone(),
        context: said.context.clone(),
        norm_ppm: said.norm_ppm,
        epoch: said.epoch,
        closed_at_us: said.closed_at_us,
        verification_hash: verification_hash(&kept.read.canonical),
        version: kept.file.version,
    }
}

fn encode_report(issued: &Issued) -> api::Report {
    api::Report {
        id: issued.file.id.to_string(),
        name: issued.file.name.as_str().to_owned(),
        size: issued.file.size,
        created_at_us: issued.file.created_at_us,
        kind: issued.report.kind().to_owned(),
        verification_hash: verification_hash(&issued.signed),
    }
}

/// The certificate as JSON.
fn json_of(kept: &Kept) -> Result<String, Problem> {
    String::from_utf8(kept.read.canonical.clone()).map_err(Problem::internal)
}

/// Checks a document; what was found, in the words of the API.
///
/// # Errors
/// `PAYLOAD_TOO_LARGE`.
pub(crate) fn check(app: &App, document: &[u8]) -> Result<api::VerifyDocumentResponse, Problem> {
    if document.len() > DOCUMENT_MOST_BYTES {
        let message = format!("a certificate has at most {DOCUMENT_MOST_BYTES} bytes");
        return Err(Problem::new(Kind::TooLarge, "PAYLOAD_TOO_LARGE", message).field("document"));
    }
    let (found, now) = app.check_document(document);
    let verdict = match found.verdict() {
        Verdict::Genuine => api::VerificationVerdict::Genuine,
        Verdict::Outdated => api::VerificationVerdict::Outdated,
        // The server knows which log it trusts: its own.
        Verdict::Refused | Verdict::Unattributed => api::VerificationVerdict::Refused,
    };
    let steps = found.steps.into_iter().map(|(step, outcome)| {
        let (outcome, code, message) = match outcome {
            Outcome::Passed => (api::VerificationOutcome::Passed, "", String::new()),
            Outcome::Failed { code, message } => (api::VerificationOutcome::Failed, code, message),
            Outcome::NotPossible { code, message } => {
                (api::VerificationOutcome::NotPossible, code, message)
            }
        };
        api::VerificationStep {
            name: step.name().to_owned(),
            outcome: outcome.into(),
            code: code.to_owned(),
            message,
        }
    });
    let steps = steps.collect();
    let report_kind = found.report.map(|report| report.kind().to_owned()).unwrap_or_default();
    let (subject, epoch) = found.certificate.map(|said| (said.id, said.epoch)).unwrap_or_default();
    let answer = api::VerifyDocumentResponse {
        verdict: verdict.into(),
        steps,
        verification_hash: found.verification_hash,
        subject,
        epoch,
        gone: now.map(|now| now.gone).unwrap_or_default(),
        report_kind,
    };
    app.documents.verifications.note(&answer, app.clock.now_us());
    Ok(answer)
}

impl Api {
    async fn issue(
        &self,
        by: &Principal,
        request: &api::RequestDocumentRequest,
    ) -> Result<api::RequestDocumentResponse, Problem> {
        let topic = {
            let models = self.app.ledger.read();
            let subject = identity_id(&request.subject, "subject")?;
            known(&models, &subject, "subject")?;
            Topic {
                subject,
                realm: realm_id(&models, &request.realm)?,
                context: context(request.context)?,
            }
        };
        let language = language(request.language)?;
        let (account, entropy) = (&by.account, &*self.app.entropy);
        let key = key_of(certificate::NAME, account, &request.idempotency_key, entropy)?;
        self.app.may_issue(by, topic).await?;
        let start = certificate::start(key.clone(), account, &topic, language);
        let document = match self.workflows.start(start).await? {
            Some(_) => self.soon(by, &key).await?,
            None => None,
        };
        Ok(api::RequestDocumentResponse { key, document })
    }

    /// The certificate of a run, when it is there soon.
    ///
    /// # Errors
    /// `DOCUMENT_NOT_MADE`.
    async fn soon(&self, by: &Principal, key: &str) -> Result<Option<api::Document>, Problem> {
        let end = Instant::now() + SOON;
        loop {
            let run = self.workflows.engine.get(key).await?;
            if let Some(id) = certificate::stored(&run) {
                let kept = self.app.certificate(&self.app.visitor(Some(by)), &id).await?;
                return Ok(Some(encode(&kept)));
            }
            if run.status.is_over() {
                let message = format!("the certificate was not made: {}", run.reason);
                return Err(Problem::new(
                    Kind::FailedPrecondition,
                    code::DOCUMENT_NOT_MADE,
                    message,
                ));
            }
            if Instant::now() > end {
                return Ok(None);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn report(
        &self,
        caller: &Caller,
        request: &api::RequestReportRequest,
    ) -> Result<api::Report, Problem> {
        use api::request_report_request::Of;
        let language = language(request.language)?;
        self.app.may_ask(&caller.principal).await?;
        let report = match &request.of {
            Some(Of::Realm(text)) => {
                let id = realm_id(&self.app.ledger.read(), text)?;
                self.app.realm_report(&id)?
            }
            Some(Of::Proposal(text)) => self.app.minutes(&event_id(text, "proposal")?).await?,
            None => return Err(invalid("of", "name a realm or a proposal".to_owned())),
        };
        self.app.issue_report(caller, report, language).await.map(|issued| encode_report(&issued))
    }

    async fn audit_report(
        &self,
        caller: &Caller,
        request: &api::RequestAuditReportRequest,
    ) -> Result<api::Report, Problem> {
        let language = language(request.language)?;
        let until_us = match request.until_us {
            0 => self.app.clock.now_us(),
            until_us => until_us.min(self.app.clock.now_us()),
        };
        if request.since_us > until_us {
            return Err(invalid("since_us", "the time begins before it ends".to_owned()));
        }
        self.app.may_ask(&caller.principal).await?;
        let report = self.app.audit_report(request.since_us, until_us).await?;
        self.app.issue_report(caller, report, language).await.map(|issued| encode_report(&issued))
    }

    async fn one(&self, by: &Principal, id: &str) -> Result<Kept, Problem> {
        let id = file_id(id, "id")?;
        self.app.certificate(&self.app.visitor(Some(by)), &id).await
    }

    async fn list(
        &self,
        by: &Principal,
        request: &api::ListDocumentsRequest,
    ) -> Result<api::ListDocumentsResponse, Problem> {
        let size = page_size(request.page_size)?;
        let visitor = self.app.visitor(Some(by));
        let cursor = Cursor::of(&[b"documents", by.account.as_bytes()]);
        let after =
            cursor.decode_any(&request.page_token)?.map(|bytes| position_in(&bytes)).transpose()?;
        let (files, next) = self.app.certificate_files(&visitor, after, size).await?;
        let mut documents = Vec::with_capacity(files.len());
        for file in files {
            documents.extend(self.app.certificate_in(file).await?.as_ref().map(encode));
        }
        Ok(api::ListDocumentsResponse {
            documents,
            next_page_token: next
                .map(|next| cursor.encode_any(&place_of(&next)))
                .unwrap_or_default(),
        })
    }

    async fn download(
        &self,
        by: &Principal,
        request: &api::DownloadDocumentRequest,
    ) -> Result<api::DownloadDocumentResponse, Problem> {
        let kept = self.one(by, &request.id).await?;
        let name = kept.file.name.as_str();
        match api::DocumentFormat::try_from(request.format) {
            Ok(api::DocumentFormat::Unspecified | api::DocumentFormat::Pdf) => {
                Ok(api::DownloadDocumentResponse {
                    file_name: name.to_owned(),
                    media_type: "application/pdf".to_owned(),
                    data: kept.pdf.to_vec(),
                })
            }
            Ok(api::DocumentFormat::Json) => Ok(api::DownloadDocumentResponse {
                file_name: format!("{}.json", name.trim_end_matches(".pdf")),
                media_type: "application/vc".to_owned(),
                data: kept.read.canonical,
            }),
            Err(_) => Err(invalid("format", "a document is had as PDF or as JSON".to_owned())),
        }
    }
}

#[tonic::async_trait]
impl DocumentService for Api {
    async fn request_document(
        &self,
        request: Request<api::RequestDocumentRequest>,
    ) -> Result<Response<api::RequestDocumentResponse>, Status> {
        let by = principal(&request).map_err(status)?;
        self.issue(&by, request.get_ref()).await.map(Response::new).map_err(status)
    }

    async fn get_document(
        &self,
        request: Request<api::GetDocumentRequest>,
    ) -> Result<Response<api::GetDocumentResponse>, Status> {
        let by = principal(&request).map_err(status)?;
        let kept = self.one(&by, &request.get_ref().id).await.map_err(status)?;
        Ok(Response::new(api::GetDocumentResponse {
            document: Some(encode(&kept)),
            certificate: json_of(&kept).map_err(status)?,
        }))
    }

    async fn list_documents(
        &self,
        request: Request<api::ListDocumentsRequest>,
    ) -> Result<Response<api::ListDocumentsResponse>, Status> {
        let by = principal(&request).map_err(status)?;
        self.list(&by, request.get_ref()).await.map(Response::new).map_err(status)
    }

    async fn download_document(
        &self,
        request: Request<api::DownloadDocumentRequest>,
    ) -> Result<Response<api::DownloadDocumentResponse>, Status> {
        let by = principal(&request).map_err(status)?;
        self.download(&by, request.get_ref()).await.map(Response::new).map_err(status)
    }

    async fn request_report(
        &self,
        request: Request<api::RequestReportRequest>,
    ) -> Result<Response<api::RequestReportResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let report = self.report(&caller, request.get_ref()).await.map_err(status)?;
        Ok(Response::new(api::RequestReportResponse { report: Some(report) }))
    }

    async fn request_audit_report(
        &self,
        request: Request<api::RequestAuditReportRequest>,
    ) -> Result<Response<api::RequestAuditReportResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let report = self.audit_report(&caller, request.get_ref()).await.map_err(status)?;
        Ok(Response::new(api::RequestAuditReportResponse { report: Some(report) }))
    }

    async fn verify_document(
        &self,
        request: Request<api::VerifyDocumentRequest>,
    ) -> Result<Response<api::VerifyDocumentResponse>, Status> {
        check(&self.app, &request.get_ref().document).map(Response::new).map_err(status)
    }

    async fn list_verifications(
        &self,
        _: Request<api::ListVerificationsRequest>,
    ) -> Result<Response<api::ListVerificationsResponse>, Status> {
        Ok(Response::new(self.app.documents.verifications.list()))
    }
}
