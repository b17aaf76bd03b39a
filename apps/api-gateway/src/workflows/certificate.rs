//! A trust certificate: what it says is frozen first, so that whatever happens
//! afterwards, one certificate comes of one request.

use bytes::Bytes;
use erynoa_access::{AccountId, AuditFilter};
use erynoa_documents::{CertificatePage, Credential, Language, Topic, verification_hash};
use erynoa_kernel::{Kind, Problem};
use erynoa_mail::Mail;
use erynoa_notifications::Kind as Told;
use erynoa_storage::{FileAccess, FileChanges, FileId, FileName, Folder, NewFile, StorageError};
use erynoa_trust::Context;
use erynoa_workflows::{Call, Definition, Next, Past, Run, Start, StepState};
use serde_json::{Value, json};

use super::{acting, file_of, find, letter, owner, remove, unless_erased};
use crate::app::App;
use crate::documents::{ISSUED, bytes_of, file_name, folder};
use crate::users::user_id;

/// Its name.
pub(crate) const NAME: &str = "certificate";
/// Where what is not finished lies among somebody's files.
const UNFINISHED: &str = "/Certificates/Unfinished";
/// The step after which the certificate is there.
const STORE: &str = "store";

/// Freezes what the log says, sets the pages, puts them among the files of
/// whoever asked, and tells them.
pub(crate) struct Certificate;

impl Definition for Certificate {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn next(&self, _: &Value, past: &[Past]) -> Next {
        match past {
            [] => Next::Do { step: "freeze", arguments: Value::Null, undo: true },
            [.., Past::Refused { reason, .. }] if past.len() < 4 => Next::Fail(reason.clone()),
            [_] => Next::Do { step: "render", arguments: Value::Null, undo: true },
            [_, _] => Next::Do { step: STORE, arguments: Value::Null, undo: true },
            [_, _, _] => Next::Do { step: "mail", arguments: Value::Null, undo: false },
            // It is there, whether or not the mail was taken.
            [_, _, Past::Done { output, .. }, ..] => Next::Done(output.clone()),
            _ => Next::Fail("the certificate was not stored".to_owned()),
        }
    }
}

/// Asks for a certificate.
pub(crate) fn start(key: String, account: &AccountId, topic: &Topic, language: Language) -> Start {
    Start {
        key,
        workflow: NAME.to_owned(),
        owner: account.to_string(),
        input: json!({
            "subject": topic.subject.to_string(),
            "realm": topic.realm.to_string(),
            "context": topic.context.name(),
            "language": language.tag(),
        }),
    }
}

/// The certificate of a run, once it is there.
pub(crate) fn stored(run: &Run) -> Option<FileId> {
    let is_there = run.steps.iter().any(|step| step.name == STORE && step.state == StepState::Done);
    is_there.then(|| pages(&run.key))
}

fn proof(run: &str) -> FileId {
    file_of(run, "proof of")
}

fn pages(run: &str) -> FileId {
    file_of(run, "pages of")
}

pub(super) async fn run(app: &App, call: &Call) -> Option<Result<Value, Problem>> {
    Some(match call.step.as_str() {
        "freeze" => freeze(app, call).await,
        "render" => render(app, call).await,
        STORE => store(app, call).await,
        "mail" => mail(app, call).await,
        _ => return None,
    })
}

pub(super) async fn undo(app: &App, call: &Call) -> Option<Result<Value, Problem>> {
    let made = match call.step.as_str() {
        "freeze" => proof(&call.key.run),
        "render" | STORE => pages(&call.key.run),
        _ => return None,
    };
    let undone = async {
        remove(app, &user_id(&call.owner, "owner")?, &made).await?;
        Ok(Value::Null)
    };
    Some(undone.await)
}

fn unreadable(what: &str) -> Problem {
    Problem::new(Kind::Invalid, "VALIDATION_ERROR", format!("this run has no {what}"))
        .field(what.to_owned())
}

fn topic(input: &Value) -> Result<Topic, Problem> {
    let text = |field: &str| input[field].as_str().unwrap_or_default();
    let context = Context::ALL.into_iter().find(|context| context.name() == text("context"));
    Ok(Topic {
        subject: text("subject").parse().map_err(|_| unreadable("subject"))?,
        realm: text("realm").parse().map_err(|_| unreadable("realm"))?,
        context: context.ok_or_else(|| unreadable("context"))?,
    })
}

/// A file that is not for anybody's eyes yet.
fn unfinished(run: &str, ending: &str) -> Result<NewFile, Problem> {
    let name = format!("{}.{ending}", pages(run));
    Ok(NewFile {
        name: FileName::new(&name).map_err(StorageError::from)?,
        folder: Folder::new(UNFINISHED).map_err(StorageError::from)?,
        media_type: None,
        realm: None,
        access: FileAccess::Private,
        hash: None,
    })
}

/// Keeps the signed certificate with its proofs, as of the last closed epoch.
async fn freeze(app: &App, call: &Call) -> Result<Value, Problem> {
    let account = acting(app, call).await?.id;
    let (id, run) = (proof(&call.key.run), &call.key.run);
    let signed = match find(app, &id).await? {
        Some(file) => bytes_of(app, &file).await?,
        None => {
            let signed = Bytes::from(app.freeze(topic(&call.input)?).await?);
            let new = unfinished(run, "json")?;
            app.files.storage.upload_once(id, new, signed.clone(), &owner(&account)).await?;
            signed
        }
    };
    let said = Credential::read(&signed).map_err(Problem::internal)?.credential.credential_subject;
    Ok(json!({ "epoch": said.epoch, "evidence": said.top_evidence.len() }))
}

/// What was frozen.
async fn frozen(app: &App, run: &str, language: Language) -> Result<CertificatePage, Problem> {
    let gone = || {
        let message = "the proof of this certificate was deleted before its pages were set";
        Problem::new(Kind::NotFound, "NOT_FOUND", message)
    };
    let file = find(app, &proof(run)).await?.ok_or_else(gone)?;
    let read = Credential::read(&bytes_of(app, &file).await?).map_err(Problem::internal)?;
    let verify_url = format!("{}/verify", app.config.application.platform_url);
    Ok(CertificatePage {
        credential: read.credential,
        signed: read.canonical,
        verify_url,
        language,
    })
}

/// Sets the pages.
async fn render(app: &App, call: &Call) -> Result<Value, Problem> {
    let account = acting(app, call).await?.id;
    let (id, run) = (pages(&call.key.run), &call.key.run);
    if find(app, &id).await?.is_none() {
        let language = call.input["language"].as_str().and_then(Language::from_tag);
        let language = language.ok_or_else(|| unreadable("language"))?;
        let page = frozen(app, run, language).await?;
        // Its name is that of the finished file.
        let new = NewFile { name: file_name(&page), ..unfinished(run, "pdf")? };
        let pdf = app.set_pages(page).await?;
        app.files.storage.upload_once(id, new, pdf, &owner(&account)).await?;
        unless_erased(app, call, &id).await?;
    }
    Ok(Value::Null)
}

/// Puts the pages where their reader looks for them. They carry the proof, so
/// that it need not lie beside them.
async fn store(app: &App, call: &Call) -> Result<Value, Problem> {
    let account = acting(app, call).await?.id;
    let id = pages(&call.key.run);
    let gone = || Problem::new(Kind::NotFound, "NOT_FOUND", "the pages were deleted");
    let file = find(app, &id).await?.ok_or_else(gone)?;
    let is_first_try = file.folder.as_str() == UNFINISHED;
    if is_first_try {
        let changes = FileChanges { folder: Some(folder()), ..FileChanges::default() };
        let caller = owner(&account);
        app.files.storage.update_file(&id, file.version, changes, &caller).await?;
    }
    // It goes last: as long as it is there, the audit log may not know yet.
    if let Some(proof) = find(app, &proof(&call.key.run)).await? {
        let signed = bytes_of(app, &proof).await?;
        note_issued(app, account, &id, &signed, is_first_try).await?;
        remove(app, &account, &proof.id).await?;
    }
    Ok(json!({ "file_id": id.to_string() }))
}

/// Writes down once that a certificate was issued.
async fn note_issued(
    app: &App,
    account: AccountId,
    file: &FileId,
    signed: &[u8],
    is_first_try: bool,
) -> Result<(), Problem> {
    let hash = verification_hash(signed);
    let (action, target) = (ISSUED.to_owned(), hash.clone());
    let same = AuditFilter { action, target, actor: Some(account), ..AuditFilter::default() };
    if !is_first_try && !app.audit.list(&same, None, 1).await?.is_empty() {
        return Ok(());
    }
    let said = Credential::read(signed).map_err(Problem::internal)?.credential.credential_subject;
    let details = json!({
        "kind": NAME,
        "subject": said.id,
        "realm": said.realm,
        "epoch": said.epoch,
        "file": file.to_string(),
    });
    app.audit_for(account, ISSUED, hash, details).await
}

async fn mail(app: &App, call: &Call) -> Result<Value, Problem> {
    let account = acting(app, call).await?;
    letter::send(
        app,
        call,
        &account,
        &Mail::CertificateReady,
        Told::CertificateReady,
        "/certificates",
    )
    .await
}
