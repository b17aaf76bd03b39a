//! Everything about somebody that can be erased, erased.

use erynoa_access::{Account, AccountId, AccountKey, AccountStatus, SessionSet};
use erynoa_kernel::Problem;
use erynoa_storage::StorageError;
use erynoa_workflows::{Call, Definition, Next, Past};
use serde_json::Value;

use super::owner;
use crate::app::App;
use crate::notifications::reader_of;
use crate::users::export_account::files_of;
use crate::users::user_id;

/// Its name.
pub(crate) const NAME: &str = "erasure";
/// Files and uploads that are read at once.
const PAGE: usize = 100;

/// Closes the account, so that nobody makes anything new, then deletes the files,
/// then the account.
pub(crate) struct Erasure;

impl Definition for Erasure {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn next(&self, _: &Value, past: &[Past]) -> Next {
        match past {
            [] => Next::Do { step: "close", arguments: Value::Null, undo: true },
            [.., Past::Refused { reason, .. }] => Next::Fail(reason.clone()),
            [_] => Next::Do { step: "files", arguments: Value::Null, undo: false },
            [_, _] => Next::Do { step: "account", arguments: Value::Null, undo: false },
            _ => Next::Done(Value::Null),
        }
    }
}

/// Something that is kept about somebody, and what becomes of it.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    /// Stable name.
    pub(crate) what: &'static str,
    /// How many, where that is known.
    pub(crate) count: Option<u64>,
    /// Whether it is erased.
    pub(crate) is_erased: bool,
    /// What becomes of it, and why.
    pub(crate) why: &'static str,
}

/// The text that whoever erases an account has to type.
pub(crate) fn confirmation(app: &App, account: &Account) -> String {
    let texts = [account.email.clone(), app.did_of(account), account.id.to_string()];
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
}

/// All that is kept about somebody: first what is erased, then what cannot be.
///
/// # Errors
/// `SERVICE_UNAVAILABLE`.
pub(crate) async fn items(app: &App, account: &Account) -> Result<Vec<Item>, Problem> {
    let files = files_of(app, account.id, usize::MAX).await?.0.len() as u64;
    let events = account.identity.map(|identity| app.ledger.read().log.events_of(&identity));
    let erased = |what, count, why| Item { what, count, is_erased: true, why };
    let stays = |what, count, why| Item { what, count, is_erased: false, why };
    let mut items = vec![
        erased("account", Some(1), "name, address, language and roles"),
        erased("sessions", None, "every sign-in, with its device and address"),
        erased("notifications", None, "what you were told, and how you wanted to hear of it"),
        erased(
            "files",
            Some(files),
            "everything you own, in realms and in the bin too, with its links",
        ),
    ];
    if app.provider_users.is_some() && account.subject.is_some() {
        items.push(erased("provider", Some(1), "your account at the identity provider"));
    }
    items.extend([
        stays(
            "events",
            events,
            "what you have signed is public, part of a tree of hashes, and copied by others; a name \
             and words in it stay, and whoever holds a key of the identity can go on signing",
        ),
        stays("statements", None, "what others have signed about you is theirs"),
        stays(
            "audit",
            None,
            "each entry proves the ones before it, so none can be taken out: what was done with \
             special rights, and which documents were issued, stays with the name and address of \
             then",
        ),
        stays("certificates", None, "those that you have handed out, and those that others have asked for"),
        stays("workflows", None, "runs that have ended keep the ids of whom and what they were about, what a mail server has \
             answered, and the words of an invitation"),
        stays("mail", None, "mail that has been sent: the last messages in the server's queue, and what the mail server \
             and its receivers keep"),
        stays("backups", None, "backups of before, until their operator deletes them"),
    ]);
    Ok(items)
}

pub(super) async fn run(app: &App, call: &Call) -> Option<Result<Value, Problem>> {
    let account = match user_id(&call.owner, "owner") {
        Ok(account) => account,
        Err(problem) => return Some(Err(problem)),
    };
    let done = match call.step.as_str() {
        "close" => set_status(app, account, AccountStatus::Disabled).await,
        "files" => delete_files(app, account).await,
        "account" => delete_account(app, account).await,
        _ => return None,
    };
    Some(done.map(|()| Value::Null))
}

pub(super) async fn undo(app: &App, call: &Call) -> Option<Result<Value, Problem>> {
    let opened = async {
        let account = user_id(&call.owner, "owner")?;
        set_status(app, account, AccountStatus::Active).await?;
        Ok(Value::Null)
    };
    match call.step.as_str() {
        "close" => Some(opened.await),
        _ => None,
    }
}

async fn find(app: &App, id: AccountId) -> Result<Option<Account>, Problem> {
    Ok(app.accounts.find(&AccountKey::Id(id)).await?)
}

async fn set_status(app: &App, id: AccountId, status: AccountStatus) -> Result<(), Problem> {
    if let Some(account) = find(app, id).await?
        && account.status != status
    {
        let version = account.version;
        app.replace(Account { status, ..account }, version).await?;
    }
    if status == AccountStatus::Disabled {
        app.sessions.delete(&SessionSet::OfAccount(id)).await?;
    }
    Ok(())
}

async fn delete_files(app: &App, id: AccountId) -> Result<(), Problem> {
    let storage = &app.files.storage;
    let caller = owner(&id);
    let mut last = None;
    loop {
        let uploads = storage.list_uploads(last, PAGE, &caller).await?;
        let Some(upload) = uploads.last() else { break };
        last = Some(upload.id);
        for upload in uploads {
            match storage.abort_upload(&upload.id, &caller).await {
                // Its time is over: the sweep clears it away.
                Err(StorageError::UploadUnknown) => {}
                other => other?,
            }
        }
    }
    loop {
        let (files, _) = files_of(app, id, PAGE).await?;
        if files.is_empty() {
            return Ok(());
        }
        for file in files {
            match storage.delete_file(&file.id, file.version, true, &caller).await {
                Err(StorageError::NotFound(_)) => {}
                other => drop(other?),
            }
        }
    }
}

async fn delete_account(app: &App, id: AccountId) -> Result<(), Problem> {
    let Some(account) = find(app, id).await? else { return Ok(()) };
    // There first: without this account nobody would know whom to delete.
    if let (Some(users), Some(subject)) = (&app.provider_users, &account.subject) {
        users.delete(&subject.subject).await?;
    }
    // The account goes last: as long as it is there, a crash has the rest go on.
    app.sessions.delete(&SessionSet::OfAccount(id)).await?;
    app.notices.store.forget(reader_of(&id)).await?;
    Ok(app.accounts.delete(&id, account.version).await?.done()?)
}
