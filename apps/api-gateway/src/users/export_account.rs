//! Everything that the installation keeps about somebody.

use erynoa_access::{Account, AccountId, AuditEntry, AuditFilter, Session};
use erynoa_kernel::Problem;
use erynoa_notifications::{Inbox, Item, Kind, Setting};
use erynoa_storage::{Bin, File, FileQuery, Order, Scope, Sight};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::role_names;
use crate::app::App;
use crate::files::owner_of;

/// Most sessions, files, and audit entries of each kind, in one answer: some of
/// 4 MiB of JSON. A data export has all of them.
pub(crate) const ANSWER_MOST: usize = 1000;
/// How many are read at once.
const PAGE: usize = 500;

/// Reads page by page, up to `most`; whether there are more.
async fn all<'a, T: Clone + Send>(
    most: usize,
    page: impl Fn(Option<T>, usize) -> BoxFuture<'a, Result<Vec<T>, Problem>> + Send,
) -> Result<(Vec<T>, bool), Problem> {
    let mut found: Vec<T> = Vec::new();
    loop {
        let limit = PAGE.min(most.saturating_add(1) - found.len());
        let next = page(found.last().cloned(), limit).await?;
        let over = next.len() < limit;
        found.extend(next);
        if over || found.len() > most {
            break;
        }
    }
    let more = found.len() > most;
    found.truncate(most);
    Ok((found, more))
}

/// Files that somebody owns, those in realms and in the bin too, newest first;
/// whether there are more than `most`.
///
/// # Errors
/// `SERVICE_UNAVAILABLE`.
pub(crate) async fn files_of(
    app: &App,
    id: AccountId,
    most: usize,
) -> Result<(Vec<File>, bool), Problem> {
    let page = |last: Option<File>, limit| -> BoxFuture<'_, _> {
        let query = FileQuery {
            scope: Scope::All,
            bin: Bin::Either,
            sight: Sight { least: None, owner: Some(owner_of(&id)) },
            folder: None,
            name_part: String::new(),
            media: None,
            order: Order::Newest,
            after: last.map(|last| Order::Newest.position(&last)),
            limit,
        };
        Box::pin(async move { Ok(app.files.storage.index.list_files(&query).await?.files) })
    };
    all(most, page).await
}

async fn audit_of(
    app: &App,
    filter: &AuditFilter,
    most: usize,
) -> Result<(Vec<AuditEntry>, bool), Problem> {
    let page = |last: Option<AuditEntry>, limit| -> BoxFuture<'_, _> {
        Box::pin(async move {
            let before = last.map(|last| last.sequence);
            Ok(app.audit.list(filter, before, limit).await?)
        })
    };
    all(most, page).await
}

/// One JSON object: account, sessions, files without their bytes, audit entries
/// by and about the account; at most `most` of each, and under `incomplete` of
/// what there are more.
///
/// # Errors
/// `NOT_FOUND` when there is no such account, `SERVICE_UNAVAILABLE`.
pub(crate) async fn export_account(
    app: &App,
    id: AccountId,
    most: usize,
) -> Result<Value, Problem> {
    let account = app.account(&id).await?;
    let page = |last: Option<Session>, limit| -> BoxFuture<'_, _> {
        Box::pin(async move {
            let before = last.map(|last| last.position());
            Ok(app.sessions.list(Some(id), before, limit).await?)
        })
    };
    let (sessions, more_sessions) = all(most, page).await?;
    let by = AuditFilter { actor: Some(id), ..AuditFilter::default() };
    let about = AuditFilter { target: id.to_string(), ..AuditFilter::default() };
    let (mut entries, more_by) = audit_of(app, &by, most).await?;
    let (others, more_about) = audit_of(app, &about, most).await?;
    entries.extend(others);
    entries.sort_by_key(|entry| entry.sequence);
    entries.dedup_by_key(|entry| entry.sequence);
    let (files, more_files) = files_of(app, id, most).await?;
    let incomplete =
        [("sessions", more_sessions), ("files", more_files), ("audit", more_by || more_about)];
    let incomplete = incomplete.into_iter().filter(|(_, more)| *more).map(|(name, _)| name);
    let inbox = app.notices.inbox(&id).await?;
    Ok(json!({
        "account": of_account(app, &account),
        "sessions": sessions.iter().map(of_session).collect::<Vec<_>>(),
        "files": files.iter().map(of_file).collect::<Vec<_>>(),
        "audit": entries.iter().map(of_entry).collect::<Vec<_>>(),
        "notifications": inbox.shown().map(of_item).collect::<Vec<_>>(),
        "notification_settings": Kind::ALL.map(|kind| of_setting(&inbox, kind)),
        "incomplete": incomplete.collect::<Vec<_>>(),
    }))
}

fn of_account(app: &App, account: &Account) -> Value {
    let subject = account.subject.as_ref();
    json!({
        "id": account.id.to_string(),
        "did": app.did_of(account),
        "issuer": subject.map(|subject| &subject.issuer),
        "subject": subject.map(|subject| &subject.subject),
        "email": account.email,
        "name": app.name_of(account),
        "language": account.language,
        "roles": role_names(account.roles),
        "status": account.status.name(),
        "created_at_us": account.created_at_us,
        "updated_at_us": account.updated_at_us,
        "last_seen_at_us": account.last_seen_at_us,
    })
}

fn of_session(session: &Session) -> Value {
    json!({
        "id": session.id.to_string(),
        "method": session.method.name(),
        "public_key": session.method.public_key().map(|key| key.to_string()),
        "user_agent": session.user_agent,
        "address": session.address,
        "created_at_us": session.created_at_us,
        "refreshed_at_us": session.refreshed_at_us,
        "expires_at_us": session.expires_at_us,
    })
}

fn of_file(file: &File) -> Value {
    json!({
        "id": file.id.to_string(),
        "realm": file.realm.map(|realm| realm.to_string()),
        "access": file.access.name(),
        "folder": file.folder.as_str(),
        "name": file.name.as_str(),
        "media_type": file.media_type.as_str(),
        "size": file.size,
        "blake3": hex::encode(file.hash),
        "created_at_us": file.created_at_us,
        "updated_at_us": file.updated_at_us,
        "binned_at_us": file.binned_at_us,
    })
}

fn of_item(item: &Item) -> Value {
    json!({
        "id": item.id,
        "kind": item.kind.name(),
        "at_us": item.at_us,
        "words": item.words,
        "link": item.link,
        "read": item.read,
    })
}

fn of_setting(inbox: &Inbox, kind: Kind) -> Value {
    let Setting { shown, mail } = inbox.settings.of(kind);
    json!({ "kind": kind.name(), "shown": shown, "mail": mail.name() })
}

fn of_entry(entry: &AuditEntry) -> Value {
    let record = &entry.record;
    json!({
        "sequence": entry.sequence,
        "at_us": record.at_us,
        "actor_id": record.actor.map(|actor| actor.to_string()),
        "actor_name": record.actor_name,
        "action": record.action,
        "target": record.target,
        "details": serde_json::from_str::<Value>(&record.details).unwrap_or_default(),
        "request_id": record.request_id,
        "address": record.address,
    })
}
