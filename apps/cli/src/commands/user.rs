//! `user`, `session` and `audit`: accounts of an installation.

use erynoa_proto::api::v1::{
    self as api, AuditEntry, ListAuditEntriesRequest, ListSessionsRequest, ListUsersRequest, User,
    UserSession, VerifyAuditLogRequest,
};
use serde_json::{Value, json};

use crate::client::token_of;
use crate::commands::signed::Signed;
use crate::commands::{Context, PAGE, collect};
use crate::error::CliError;
use crate::event_view::fields;
use crate::output::{safe, table};
use crate::time_text::date_time;
use crate::user_arguments::{
    AuditCommand, InviteArguments, RoleArgument, SessionCommand, UserCommand,
};

/// The account with this id; else the only one of that name, address or DID;
/// else the only one that the text finds.
async fn find(signed: &Signed, text: &str) -> Result<User, CliError> {
    let mut users = signed.client.users();
    if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let request = signed.with(api::GetUserRequest { id: text.to_owned() })?;
        return signed.some(signed.read(users.get_user(request).await)?.user);
    }
    let request =
        ListUsersRequest { query: text.to_owned(), page_size: PAGE, ..ListUsersRequest::default() };
    let mut found = signed.read(users.list_users(signed.with(request)?).await)?.users;
    let exact = |user: &User| [&user.name, &user.email, &user.did].iter().any(|own| *own == text);
    if found.iter().filter(|user| exact(user)).count() == 1 {
        found.retain(exact);
    }
    match <[User; 1]>::try_from(found) {
        Ok([user]) => Ok(user),
        Err(none) if none.is_empty() => Err(CliError::Negative(format!(
            "no account is found by {text:?}; `erynoa user list` shows them"
        ))),
        Err(_) => Err(CliError::Usage(format!(
            "{text:?} finds several accounts; take the id of one from `erynoa user list`"
        ))),
    }
}

fn status(user: &User) -> &'static str {
    match user.status() {
        api::UserStatus::Unspecified => "",
        api::UserStatus::Active => "active",
        api::UserStatus::Invited => "invited",
        api::UserStatus::Disabled => "disabled",
    }
}

fn document(user: &User) -> Value {
    json!({
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "did": user.did,
        "roles": user.roles,
        "status": status(user),
        "language": user.language,
        "issuer": user.issuer,
        "subject": user.subject,
        "created_at_us": user.created_at_us,
        "updated_at_us": user.updated_at_us,
        "last_seen_at_us": user.last_seen_at_us,
        "version": user.version,
    })
}

fn show(context: &Context, user: &User) {
    context.output.result(&document(user), &fields(&document(user)));
}

fn names(roles: &[RoleArgument]) -> Vec<String> {
    roles.iter().map(|role| role.name().to_owned()).collect()
}

pub(crate) async fn run(context: &Context, command: UserCommand) -> Result<(), CliError> {
    let signed = Signed::open(context).await?;
    let mut users = signed.client.users();
    match command {
        UserCommand::List { query, role, limit } => {
            return list(context, &signed, query.unwrap_or_default(), role, limit).await;
        }
        UserCommand::Show { user: Some(text) } => show(context, &find(&signed, &text).await?),
        UserCommand::Show { user: None } => {
            let request = signed.with(api::GetCurrentUserRequest {})?;
            let answer = signed.read(users.get_current_user(request).await)?;
            show(context, &signed.some(answer.user)?);
        }
        UserCommand::Invite(arguments) => return invite(context, &signed, arguments).await,
        UserCommand::Accept { link } => {
            let request = api::AcceptInvitationRequest { token: token_of(&link).to_owned() };
            let answer = signed.read(users.accept_invitation(signed.with(request)?).await)?;
            show(context, &signed.some(answer.user)?);
        }
        UserCommand::Roles { user, roles } => {
            let user = find(&signed, &user).await?;
            let roles = names(&roles);
            let request = api::SetUserRolesRequest { id: user.id, version: user.version, roles };
            let answer = signed.read(users.set_user_roles(signed.with(request)?).await)?;
            show(context, &signed.some(answer.user)?);
        }
        UserCommand::Disable { user } => set_disabled(context, &signed, &user, true).await?,
        UserCommand::Enable { user } => set_disabled(context, &signed, &user, false).await?,
        UserCommand::Delete { user, forever: _ } => {
            let user = find(&signed, &user).await?;
            let request = api::DeleteUserRequest { id: user.id.clone(), version: user.version };
            signed.read(users.delete_user(signed.with(request)?).await)?;
            let text = format!("{} is deleted", user.id);
            context.output.result(&json!({ "deleted": user.id }), &text);
        }
        UserCommand::Export => {
            let request = signed.with(api::ExportAccountRequest {})?;
            let export = signed.read(users.export_account(request).await)?;
            context.output.raw(&export.json);
        }
    }
    Ok(())
}

async fn list(
    context: &Context,
    signed: &Signed,
    query: String,
    role: Option<RoleArgument>,
    limit: u32,
) -> Result<(), CliError> {
    let role = role.map(RoleArgument::name).unwrap_or_default().to_owned();
    let found = collect(limit, async |page_size, page_token| {
        let (query, role) = (query.clone(), role.clone());
        let request = ListUsersRequest { query, role, status: 0, page_size, page_token };
        let page = signed.client.users().list_users(signed.with(request)?).await;
        let page = signed.read(page)?;
        Ok((page.users, page.next_page_token))
    })
    .await?;
    let rows: Vec<_> = found
        .iter()
        .map(|user| {
            vec![
                safe(&user.name),
                safe(&user.email),
                user.roles.last().cloned().unwrap_or_default(),
                status(user).to_owned(),
                seen(user.last_seen_at_us),
                user.id.clone(),
            ]
        })
        .collect();
    let document = json!({ "users": found.iter().map(document).collect::<Vec<_>>() });
    let headings = ["name", "e-mail", "role", "status", "last seen", "id"];
    context.output.result(&document, &table(&headings, &rows));
    Ok(())
}

fn seen(at_us: u64) -> String {
    if at_us == 0 { "never".to_owned() } else { date_time(at_us) }
}

async fn invite(
    context: &Context,
    signed: &Signed,
    arguments: InviteArguments,
) -> Result<(), CliError> {
    let InviteArguments { email, name, roles, language, message } = arguments;
    let roles = names(&roles);
    let request = api::InviteUserRequest { email, name, roles, language, message };
    let answer = signed.client.users().invite_user(signed.with(request)?).await;
    let invited = signed.read(answer)?;
    let user = signed.some(invited.user)?;
    let mut printed = document(&user);
    printed["link"] = json!(invited.link);
    printed["expires_at_us"] = json!(invited.expires_at_us);
    printed["mail_sent"] = json!(invited.mail_sent);
    let text = format!(
        "{}\ngood until {}; {}\n",
        invited.link,
        date_time(invited.expires_at_us),
        if invited.mail_sent { "sent by mail" } else { "hand it over yourself" },
    );
    context.output.result(&printed, &text);
    Ok(())
}

async fn set_disabled(
    context: &Context,
    signed: &Signed,
    user: &str,
    disabled: bool,
) -> Result<(), CliError> {
    let user = find(signed, user).await?;
    let request = api::SetUserDisabledRequest { id: user.id, version: user.version, disabled };
    let answer = signed.client.users().set_user_disabled(signed.with(request)?).await;
    show(context, &signed.some(signed.read(answer)?.user)?);
    Ok(())
}

fn session_document(session: &UserSession) -> Value {
    json!({
        "id": session.id,
        "user_id": session.user_id,
        "user_name": session.user_name,
        "did": session.did,
        "method": session.method,
        "public_key": hex::encode(&session.public_key),
        "user_agent": session.user_agent,
        "address": session.address,
        "created_at_us": session.created_at_us,
        "refreshed_at_us": session.refreshed_at_us,
        "expires_at_us": session.expires_at_us,
        "current": session.current,
    })
}

pub(crate) async fn sessions(context: &Context, command: SessionCommand) -> Result<(), CliError> {
    let signed = Signed::open(context).await?;
    let (user, all, limit) = match command {
        SessionCommand::List { user, all, limit } => (user, all, limit),
        SessionCommand::Revoke { id } => {
            let request = signed.with(api::RevokeSessionRequest { id: id.clone() })?;
            signed.read(signed.client.users().revoke_session(request).await)?;
            context.output.result(&json!({ "revoked": id }), &format!("{id} is ended"));
            return Ok(());
        }
    };
    let user_id = match user {
        Some(user) => find(&signed, &user).await?.id,
        None => String::new(),
    };
    let found = collect(limit, async |page_size, page_token| {
        let user_id = user_id.clone();
        let request = ListSessionsRequest { user_id, all, page_size, page_token };
        let page = signed.client.users().list_sessions(signed.with(request)?).await;
        let page = signed.read(page)?;
        Ok((page.sessions, page.next_page_token))
    })
    .await?;
    let rows: Vec<_> = found
        .iter()
        .map(|session| {
            vec![
                safe(&session.user_name),
                session.method.clone(),
                safe(&session.address),
                safe(&session.user_agent),
                date_time(session.refreshed_at_us),
                if session.current { "this one" } else { "" }.to_owned(),
                session.id.clone(),
            ]
        })
        .collect();
    let sessions: Vec<_> = found.iter().map(session_document).collect();
    let headings = ["name", "method", "address", "program", "refreshed", "", "id"];
    context.output.result(&json!({ "sessions": sessions }), &table(&headings, &rows));
    Ok(())
}

fn entry_document(entry: &AuditEntry) -> Value {
    json!({
        "sequence": entry.sequence,
        "at_us": entry.at_us,
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "action": entry.action,
        "target": entry.target,
        "details": serde_json::from_str::<Value>(&entry.details).unwrap_or_default(),
        "request_id": entry.request_id,
        "address": entry.address,
        "previous_hash": hex::encode(&entry.previous_hash),
        "hash": hex::encode(&entry.hash),
    })
}

pub(crate) async fn audit(context: &Context, command: AuditCommand) -> Result<(), CliError> {
    let signed = Signed::open(context).await?;
    let (action, target, limit) = match command {
        AuditCommand::List { action, target, limit } => (action, target, limit),
        AuditCommand::Verify => return verify(context, &signed).await,
    };
    let found = collect(limit, async |page_size, page_token| {
        let (action, target) = (action.clone(), target.clone());
        let request = ListAuditEntriesRequest {
            action,
            target,
            page_size,
            page_token,
            ..ListAuditEntriesRequest::default()
        };
        let page = signed.client.audit().list_audit_entries(signed.with(request)?).await;
        let page = signed.read(page)?;
        Ok((page.entries, page.next_page_token))
    })
    .await?;
    let rows: Vec<_> = found
        .iter()
        .map(|entry| {
            let server = entry.actor_id.is_empty();
            vec![
                entry.sequence.to_string(),
                date_time(entry.at_us),
                if server { "(server)".to_owned() } else { safe(&entry.actor_name) },
                safe(&entry.action),
                safe(&entry.target),
                safe(&entry.details),
            ]
        })
        .collect();
    let entries: Vec<_> = found.iter().map(entry_document).collect();
    let headings = [">no", "time", "who", "action", "target", "details"];
    context.output.result(&json!({ "entries": entries }), &table(&headings, &rows));
    Ok(())
}

async fn verify(context: &Context, signed: &Signed) -> Result<(), CliError> {
    let request = signed.with(VerifyAuditLogRequest {})?;
    let verified = signed.read(signed.client.audit().verify_audit_log(request).await)?;
    if !verified.intact {
        return Err(CliError::Negative(format!(
            "audit entry {}: {}",
            verified.broken_at, verified.reason
        )));
    }
    let head = hex::encode(&verified.head);
    let document = json!({ "entries": verified.entries, "head": head, "intact": true });
    let text = format!("{} entries hold together; the newest is {head}", verified.entries);
    context.output.result(&document, &text);
    Ok(())
}
