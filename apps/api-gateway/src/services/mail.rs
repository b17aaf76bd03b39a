//! Mail that leaves the installation, for those who run it.

use erynoa_kernel::{Kind, Problem};
use erynoa_mail::{Language, MailKind, MailState, OutboxEntry, sample};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::mail_service_server::MailService;
use serde_json::json;
use tonic::{Request, Response, Status};

use super::Api;
use crate::app::{App, Caller, caller, invalid};
use crate::config::MailBackend;
use crate::cursor::{Cursor, page_size, token_invalid};
use crate::doors::problems::status;

const fn encode_state(state: MailState) -> api::MailState {
    match state {
        MailState::Waiting => api::MailState::Waiting,
        MailState::Sent => api::MailState::Sent,
        MailState::Failed => api::MailState::Failed,
        MailState::Kept => api::MailState::Kept,
    }
}

fn encode(entry: OutboxEntry) -> api::Mail {
    api::Mail {
        name: entry.name,
        state: encode_state(entry.state).into(),
        to: entry.to,
        subject: entry.subject,
        queued_at_us: entry.queued_at_us,
        changed_at_us: entry.changed_at_us,
        tries: entry.tries,
        why: entry.why,
    }
}

async fn list(app: &App, request: &api::ListMailRequest) -> Result<api::ListMailResponse, Problem> {
    let size = page_size(request.page_size)?;
    let state = match request.state {
        0 => None,
        number => {
            let known =
                MailState::ALL.into_iter().find(|state| encode_state(*state) as i32 == number);
            let unknown = || invalid("state", "is none of those of the API".to_owned());
            Some(known.ok_or_else(unknown)?)
        }
    };
    let cursor = Cursor::of(&[b"mail", &request.state.to_be_bytes()]);
    let before = match cursor.decode_any(&request.page_token)? {
        Some(name) => Some(String::from_utf8(name).map_err(|_| token_invalid())?),
        None => None,
    };
    let mut mails = app.outbox.list(state, before.as_deref(), size + 1).await?;
    let more = mails.len() > size;
    mails.truncate(size);
    let next = mails.last().filter(|_| more).map(|last| cursor.encode_any(last.name.as_bytes()));
    Ok(api::ListMailResponse {
        mails: mails.into_iter().map(encode).collect(),
        next_page_token: next.unwrap_or_default(),
        has_server: app.config.mail.backend == MailBackend::Smtp,
    })
}

async fn retry(app: &App, caller: &Caller, name: &str) -> Result<(), Problem> {
    if !app.outbox.retry(name).await? {
        let message = "no message of this name waits or has failed";
        return Err(Problem::new(Kind::NotFound, "NOT_FOUND", message).field("name"));
    }
    app.audit(caller, "mail.retry", name.to_owned(), json!({})).await
}

fn render(
    app: &App,
    request: &api::RenderMailTemplateRequest,
) -> Result<api::RenderMailTemplateResponse, Problem> {
    let kind = MailKind::ALL.into_iter().find(|kind| kind.name() == request.kind);
    let kind = kind.ok_or_else(|| {
        let names = MailKind::ALL.map(MailKind::name).join(", ");
        invalid("kind", format!("a kind is one of {names}"))
    })?;
    let language = match request.language.as_str() {
        "en" => Language::En,
        "de" => Language::De,
        _ => return Err(invalid("language", "a language is en or de".to_owned())),
    };
    let message = sample(kind, language, &app.config.application.platform_url)?;
    Ok(api::RenderMailTemplateResponse {
        subject: message.subject.clone(),
        text: message.text.clone(),
        html: message.html.clone().unwrap_or_default(),
    })
}

#[tonic::async_trait]
impl MailService for Api {
    async fn list_mail(
        &self,
        request: Request<api::ListMailRequest>,
    ) -> Result<Response<api::ListMailResponse>, Status> {
        list(&self.app, request.get_ref()).await.map(Response::new).map_err(status)
    }

    async fn retry_mail(
        &self,
        request: Request<api::RetryMailRequest>,
    ) -> Result<Response<api::RetryMailResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        retry(&self.app, &caller, &request.get_ref().name).await.map_err(status)?;
        Ok(Response::new(api::RetryMailResponse {}))
    }

    async fn list_mail_templates(
        &self,
        _: Request<api::ListMailTemplatesRequest>,
    ) -> Result<Response<api::ListMailTemplatesResponse>, Status> {
        let template = |kind: MailKind| api::MailTemplate {
            kind: kind.name().to_owned(),
            essential: kind.is_essential(),
        };
        let templates = MailKind::ALL.into_iter().map(template).collect();
        Ok(Response::new(api::ListMailTemplatesResponse { templates }))
    }

    async fn render_mail_template(
        &self,
        request: Request<api::RenderMailTemplateRequest>,
    ) -> Result<Response<api::RenderMailTemplateResponse>, Status> {
        render(&self.app, request.get_ref()).map(Response::new).map_err(status)
    }
}
