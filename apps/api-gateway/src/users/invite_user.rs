//! Accounts for people who have not signed in yet.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use erynoa_access::{
    AccessError, Account, AccountFilter, AccountId, AccountKey, AccountStatus, Change, Invitation,
    NewProviderUser, ProviderSubject, Role, Roles, check_email, check_language, check_name,
};
use erynoa_kernel::{DAY_US, Kind, Problem, StoreErrorKind};
use erynoa_mail::{Address, Envelope, MailInvalid};
use erynoa_proto::api::v1 as api;
use erynoa_workflows::{Run, StepState};
use serde_json::json;

use super::{role_names, roles_of};
use crate::app::{App, Caller, invalid};
use crate::workflows::{Workflows, invitation};

/// How often, and how many times, the mail of an invitation is looked for.
const LOOK: Duration = Duration::from_millis(25);
const LOOKS: usize = 80;
/// How long an idempotency key counts.
const SAME_KEY_US: u64 = DAY_US;
const MAX_KEY_BYTES: usize = 64;
const MAX_MESSAGE_BYTES: usize = 1000;
/// Attempts to change an account that others change at the same time.
const ATTEMPTS: usize = 5;

/// An invitation that was made.
pub(crate) struct Invited {
    pub(crate) account: Account,
    /// Shown once.
    pub(crate) link: String,
    pub(crate) expires_at_us: u64,
    /// Whether the mail is on its way, or will be.
    pub(crate) mail_sent: bool,
}

/// Nobody gives away what they do not have.
fn may_give(caller: &Caller, roles: Roles) -> Result<(), Problem> {
    match roles.iter().find(|role| !caller.principal.roles.allow(*role)) {
        Some(role) => Err(AccessError::Forbidden(role).into()),
        None => Ok(()),
    }
}

/// Makes an account, at the identity provider too where that allows it.
///
/// # Errors
/// `VALIDATION_ERROR`, `CONFLICT` when the idempotency key was used for
/// somebody else, `PROVIDER_UNAVAILABLE`, `PROVIDER_REFUSED`.
pub(crate) async fn create_user(
    app: &App,
    caller: &Caller,
    request: api::CreateUserRequest,
) -> Result<Account, Problem> {
    check_email(&request.email)?;
    check_name(&request.name)?;
    let roles = roles_of(&request.roles)?;
    if request.idempotency_key.len() > MAX_KEY_BYTES {
        let message = "an idempotency key is at most 64 bytes".to_owned();
        return Err(invalid("idempotency_key", message));
    }
    let now_us = app.clock.now_us();
    let id = match request.idempotency_key.as_str() {
        "" => AccountId::from_random(&app.entropy.bytes32()),
        // The same key leads to the same account, also after a restart.
        key => {
            let mut hasher = blake3::Hasher::new();
            hasher.update(b"ERYNOA-IDEMPOTENT-ACCOUNT-V1");
            hasher.update(caller.principal.account.as_bytes()).update(key.as_bytes());
            AccountId::from_random(hasher.finalize().as_bytes())
        }
    };
    if let Some(known) = app.accounts.find(&AccountKey::Id(id)).await? {
        return same_request(known, &request.email, now_us);
    }
    let subject = at_provider(app, &request, roles).await?;
    let account = Account {
        email: request.email.clone(),
        name: request.name,
        status: if subject.is_some() { AccountStatus::Active } else { AccountStatus::Invited },
        subject,
        ..Account::new(id, roles, now_us)
    };
    match app.accounts.insert(account.clone()).await {
        Ok(()) => {}
        Err(error) if error.kind == StoreErrorKind::Conflict => {
            // The same request, twice at once.
            return same_request(app.account(&id).await?, &request.email, now_us);
        }
        Err(error) => return Err(error.into()),
    }
    let details = json!({ "email": account.email, "roles": role_names(roles) });
    app.audit(caller, "user.create", id.to_string(), details).await?;
    Ok(account)
}

fn same_request(known: Account, email: &str, now_us: u64) -> Result<Account, Problem> {
    if known.email == email && now_us.saturating_sub(known.created_at_us) < SAME_KEY_US {
        return Ok(known);
    }
    let message = "this idempotency key was used for another account; choose a new one";
    Err(Problem::new(Kind::Conflict, "CONFLICT", message).field("idempotency_key"))
}

async fn at_provider(
    app: &App,
    request: &api::CreateUserRequest,
    roles: Roles,
) -> Result<Option<ProviderSubject>, Problem> {
    let Some(users) = &app.provider_users else {
        return Ok(None);
    };
    let user = NewProviderUser {
        email: request.email.clone(),
        name: request.name.clone(),
        language: "en".to_owned(),
    };
    let subject = users.create(user).await?;
    users.set_roles(&subject, roles).await?;
    Ok(Some(ProviderSubject { issuer: app.config.auth.issuer.clone(), subject }))
}

/// Invites somebody; an invitation of the same address that is open is renewed.
///
/// # Errors
/// `VALIDATION_ERROR`; `FORBIDDEN` for roles above the caller's own.
pub(crate) async fn invite_user(
    app: &App,
    workflows: &Workflows,
    caller: &Caller,
    request: api::InviteUserRequest,
) -> Result<Invited, Problem> {
    check_email(&request.email)?;
    check_name(&request.name)?;
    check_language(&request.language)?;
    if request.message.len() > MAX_MESSAGE_BYTES {
        return Err(invalid("message", "a message is at most 1 000 bytes".to_owned()));
    }
    let roles = roles_of(&request.roles)?;
    may_give(caller, roles)?;
    let now_us = app.clock.now_us();
    let expires_at_us = now_us + invitation::OPEN_US;
    let same = AccountFilter {
        email: Some(request.email.clone()),
        status: Some(AccountStatus::Invited),
        ..AccountFilter::default()
    };
    let note = request.message;
    let known = app.accounts.list(&same, None, 1).await?.pop();
    if let Some(known) = &known {
        may_give(caller, known.roles)?;
    }
    let id = AccountId::from_random(&app.entropy.bytes32());
    let token =
        invitation::token(app, known.as_ref().map_or(&id, |known| &known.id), expires_at_us);
    let open = Invitation { token_hash: *blake3::hash(&token).as_bytes(), expires_at_us };
    let account = Account {
        status: AccountStatus::Invited,
        email: request.email,
        name: request.name,
        language: request.language,
        roles,
        invitation: Some(open.clone()),
        ..known.clone().unwrap_or_else(|| Account::new(id, roles, now_us))
    };
    let account = match known {
        Some(known) => app.replace(account, known.version).await?,
        None => {
            app.accounts.insert(account.clone()).await?;
            account
        }
    };
    let details = json!({ "email": account.email, "roles": role_names(roles) });
    app.audit(caller, "user.invite", account.id.to_string(), details).await?;
    let link = invitation::link(app, &token);
    let inviter = app.name_of(&app.account(&caller.principal.account).await?);
    let inviter = if inviter.is_empty() { &app.config.log.origin } else { &inviter };
    // What a crash keeps from here the next start of the server finds.
    let run = workflows.start(invitation::start(&account.id, &open, inviter, &note)).await;
    let mail_sent = match run {
        Ok(Some(run)) => soon_mailed(workflows, run).await?,
        // It is sent as soon as the engine is back; or another gateway, which has
        // started in this very moment, has found it.
        Ok(None) => true,
        Err(problem) if problem.code == "WORKFLOW_KEY_TAKEN" => true,
        Err(problem) => return Err(problem),
    };
    Ok(Invited { account, link, expires_at_us, mail_sent })
}

/// Whether the mail of a run is with the mailer, or will be.
async fn soon_mailed(workflows: &Workflows, mut run: Run) -> Result<bool, Problem> {
    for _ in 0..LOOKS {
        match run.steps.first().map(|step| step.state) {
            Some(StepState::Refused) => return Ok(false),
            Some(StepState::Done) => return Ok(true),
            _ => tokio::time::sleep(LOOK).await,
        }
        run = workflows.engine.get(&run.key).await?;
    }
    Ok(true)
}

/// From the house to somebody.
///
/// # Errors
/// `MAIL_INVALID`.
pub(crate) fn envelope(
    app: &App,
    id: String,
    name: &str,
    email: &str,
) -> Result<Envelope, MailInvalid> {
    let mail = &app.config.mail;
    let reply_to = Some(&mail.reply_to).filter(|address| !address.is_empty());
    Ok(Envelope {
        id,
        from: mailbox("mail.from", &mail.from)?,
        // A name that no mail can carry keeps nobody from their mail.
        to: Address::new("email", name, email).or_else(|_| Address::new("email", "", email))?,
        reply_to: reply_to.map(|text| mailbox("mail.reply_to", text)).transpose()?,
    })
}

/// `Name <address>`, or an address alone.
fn mailbox(field: &'static str, text: &str) -> Result<Address, MailInvalid> {
    match text.trim_end_matches('>').rsplit_once('<') {
        Some((name, email)) => Address::new(field, name.trim().trim_matches('"'), email),
        None => Address::new(field, "", text),
    }
}

/// Turns an open invitation into the caller's account.
///
/// # Errors
/// `INVITATION_INVALID`, `INVITATION_EXPIRED`.
pub(crate) async fn accept_invitation(
    app: &App,
    caller: &Caller,
    token: &str,
) -> Result<Account, Problem> {
    let invited = open_invitation(app, token).await?;
    // Gone first: of two who use the link at once, one gets what it gives.
    if app.accounts.delete(&invited.id, invited.version).await? != Change::Done {
        return Err(AccessError::InvitationInvalid.into());
    }
    let account = take_over(app, &caller.principal.account, &invited).await?;
    if let (Some(users), Some(subject)) = (&app.provider_users, &account.subject) {
        users.set_roles(&subject.subject, account.roles).await?;
    }
    app.welcome(&account).await;
    let details =
        json!({ "invitation": invited.id.to_string(), "roles": role_names(invited.roles) });
    app.audit(caller, "user.accept_invitation", account.id.to_string(), details).await?;
    Ok(account)
}

/// The account that waits for whoever has this token.
///
/// # Errors
/// `INVITATION_INVALID`, `INVITATION_EXPIRED`.
pub(crate) async fn open_invitation(app: &App, token: &str) -> Result<Account, Problem> {
    let mut bytes = [0; 32];
    let read = BASE64_URL_SAFE_NO_PAD.decode_slice(token, &mut bytes);
    if read != Ok(32) {
        return Err(AccessError::InvitationInvalid.into());
    }
    let key = AccountKey::Invitation(*blake3::hash(&bytes).as_bytes());
    let found = app.accounts.find(&key).await?;
    let waits = |account: &Account| account.status == AccountStatus::Invited;
    let invited = found.filter(waits).ok_or(AccessError::InvitationInvalid)?;
    let ends = invited.invitation.as_ref().map_or(0, |invitation| invitation.expires_at_us);
    if ends <= app.clock.now_us() {
        return Err(AccessError::InvitationExpired.into());
    }
    Ok(invited)
}

/// Gives the account what the invitation says.
async fn take_over(app: &App, id: &AccountId, invited: &Account) -> Result<Account, Problem> {
    let or = |own: String, other: &String| if own.is_empty() { other.clone() } else { own };
    for _ in 0..ATTEMPTS {
        let own = app.account(id).await?;
        let version = own.version;
        let account = Account {
            email: or(own.email.clone(), &invited.email),
            name: or(own.name.clone(), &invited.name),
            language: or(own.language.clone(), &invited.language),
            roles: own.roles.and(invited.roles).with(Role::Member),
            ..own
        };
        match app.replace(account, version).await {
            Err(problem) if problem.kind == Kind::Conflict => {}
            other => return other,
        }
    }
    Err(AccessError::Stale.into())
}
