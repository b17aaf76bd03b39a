//! Changing and deleting accounts.

use erynoa_access::{
    Access, AccessError, Account, AccountStatus, SessionSet, authorise, check_email,
    check_language, check_name,
};
use erynoa_kernel::Problem;
use erynoa_proto::api::v1 as api;
use serde_json::json;

use super::{role_names, roles_of, user_id};
use crate::app::{App, Caller};
use crate::notifications::reader_of;

/// Changes name, e-mail address and language.
///
/// # Errors
/// `FORBIDDEN` when it is another's account and the caller no admin;
/// `VALIDATION_ERROR`, `NOT_FOUND`, `CONFLICT`.
pub(crate) async fn update_user(
    app: &App,
    caller: &Caller,
    request: api::UpdateUserRequest,
) -> Result<Account, Problem> {
    let id = user_id(&request.id, "id")?;
    let own = id == caller.principal.account;
    if !own {
        authorise(Some(&caller.principal), Access::Admin)?;
    }
    let mut account = app.account(&id).await?;
    let mut changed = Vec::new();
    if let Some(name) = request.name {
        check_name(&name)?;
        account.name = name;
        changed.push("name");
    }
    if let Some(email) = request.email {
        if !email.is_empty() {
            check_email(&email)?;
        }
        account.email = email;
        changed.push("email");
    }
    if let Some(language) = request.language {
        check_language(&language)?;
        account.language = language;
        changed.push("language");
    }
    let account = app.replace(account, request.version).await?;
    app.welcome(&account).await;
    if !own {
        app.audit(caller, "user.update", request.id, json!({ "fields": changed })).await?;
    }
    Ok(account)
}

/// Gives exactly these roles, here and at the identity provider.
///
/// # Errors
/// `VALIDATION_ERROR`, `NOT_FOUND`, `CONFLICT`, `LAST_ADMIN`,
/// `ROLES_AT_PROVIDER`, `PROVIDER_UNAVAILABLE`, `PROVIDER_REFUSED`.
pub(crate) async fn set_roles(
    app: &App,
    caller: &Caller,
    request: api::SetUserRolesRequest,
) -> Result<Account, Problem> {
    let roles = roles_of(&request.roles)?;
    let before = app.account(&user_id(&request.id, "id")?).await?;
    let after = Account { roles, ..before.clone() };
    app.may_replace(&before, request.version, after.is_acting_admin()).await?;
    if let Some(subject) = &before.subject {
        match &app.provider_users {
            Some(users) => users.set_roles(&subject.subject, roles).await?,
            None if app.config.auth.roles_follow_provider() => {
                return Err(AccessError::RolesAtProvider.into());
            }
            None => {}
        }
    }
    let account = app.replace(after, request.version).await?;
    let details = json!({ "before": role_names(before.roles), "after": role_names(account.roles) });
    app.audit(caller, "user.roles", request.id, details).await?;
    Ok(account)
}

/// Disables an account, which ends its sessions, or enables it again.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT`, `LAST_ADMIN`, `PROVIDER_UNAVAILABLE`,
/// `PROVIDER_REFUSED`.
pub(crate) async fn set_disabled(
    app: &App,
    caller: &Caller,
    request: api::SetUserDisabledRequest,
) -> Result<Account, Problem> {
    let before = app.account(&user_id(&request.id, "id")?).await?;
    let status = if request.disabled {
        AccountStatus::Disabled
    } else if before.identity.is_none() && before.subject.is_none() {
        // Nobody has ever signed in to it.
        AccountStatus::Invited
    } else {
        AccountStatus::Active
    };
    let after = Account { status, ..before.clone() };
    app.may_replace(&before, request.version, after.is_acting_admin()).await?;
    if let (Some(users), Some(subject)) = (&app.provider_users, &before.subject) {
        users.set_disabled(&subject.subject, request.disabled).await?;
    }
    let account = app.replace(after, request.version).await?;
    let mut ended = 0;
    if request.disabled {
        ended = app.sessions.delete(&SessionSet::OfAccount(account.id)).await?;
        if let (Some(users), Some(subject)) = (&app.provider_users, &before.subject) {
            users.end_sessions(&subject.subject).await?;
        }
    }
    let action = if request.disabled { "user.disable" } else { "user.enable" };
    app.audit(caller, action, request.id, json!({ "sessions_ended": ended })).await?;
    Ok(account)
}

/// Deletes an account and its sessions.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT`, `LAST_ADMIN`, `PROVIDER_UNAVAILABLE`,
/// `PROVIDER_REFUSED`.
pub(crate) async fn delete_user(
    app: &App,
    caller: &Caller,
    request: api::DeleteUserRequest,
) -> Result<(), Problem> {
    let account = app.account(&user_id(&request.id, "id")?).await?;
    app.may_replace(&account, request.version, false).await?;
    // There first: without this account nobody could try again from here.
    if let (Some(users), Some(subject)) = (&app.provider_users, &account.subject) {
        users.delete(&subject.subject).await?;
    }
    // The account goes last, so that nothing of it is left behind by a crash.
    let ended = app.sessions.delete(&SessionSet::OfAccount(account.id)).await?;
    app.notices.store.forget(reader_of(&account.id)).await?;
    app.accounts.delete(&account.id, request.version).await?.done()?;
    let details = json!({ "did": app.did_of(&account), "sessions_ended": ended });
    app.audit(caller, "user.delete", request.id, details).await
}
