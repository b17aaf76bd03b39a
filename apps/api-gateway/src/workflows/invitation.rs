//! An invitation: mailed, once more after three days, gone after fourteen.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use erynoa_access::{
    Account, AccountFilter, AccountId, AccountKey, AccountStatus, Change, Invitation as Open,
};
use erynoa_kernel::{DAY_US, Problem};
use erynoa_mail::{Language, Mail, Message, invitation, write};
use erynoa_workflows::{Call, Definition, Next, Past, Start};
use serde_json::{Value, json};

use super::{Workflows, letter};
use crate::app::App;
use crate::users::invite_user::envelope;
use crate::users::user_id;

/// Its name.
pub(crate) const NAME: &str = "invitation";
/// How long an invitation is open (platform §5).
pub(crate) const OPEN_US: u64 = 14 * DAY_US;
/// When somebody who has not come is reminded (platform §5).
const REMIND_US: u64 = 3 * DAY_US;
/// Invitations that are looked at at once.
const PAGE: usize = 100;

/// Mails, waits, reminds, waits, and ends the invitation; stops where somebody
/// has come or another invitation has taken its place.
pub(crate) struct Invitation;

fn is_open(past: &Past) -> bool {
    // A mail that is refused leaves the link, which can go another way.
    matches!(past, Past::Refused { .. })
        || matches!(past, Past::Done { output, .. } if output["open"] != json!(false))
}

impl Definition for Invitation {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn next(&self, _: &Value, past: &[Past]) -> Next {
        let act = |step| Next::Do { step, arguments: Value::Null, undo: false };
        if past.last().is_some_and(|last| !is_open(last)) {
            return Next::Done(Value::Null);
        }
        match past.len() {
            0 => act("mail"),
            1 => Next::Wait { step: "wait", for_us: REMIND_US },
            2 => act("remind"),
            3 => Next::Wait { step: "wait", for_us: OPEN_US - REMIND_US },
            4 => act("end"),
            _ => Next::Done(Value::Null),
        }
    }
}

/// The token of an invitation. It is stored nowhere: whoever has the server's
/// secret makes it again, for as long as the invitation is open.
pub(crate) fn token(app: &App, account: &AccountId, expires_at_us: u64) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(app.invitation_secret.expose());
    hasher.update(b"ERYNOA-INVITATION-V1").update(account.as_bytes());
    hasher.update(&expires_at_us.to_be_bytes());
    *hasher.finalize().as_bytes()
}

/// Where somebody accepts.
pub(crate) fn link(app: &App, token: &[u8; 32]) -> String {
    let token = BASE64_URL_SAFE_NO_PAD.encode(token);
    format!("{}/invitation#{token}", app.config.application.platform_url)
}

/// Begins the run of an account's invitation.
pub(crate) fn start(account: &AccountId, open: &Open, inviter: &str, note: &str) -> Start {
    Start {
        key: format!("{NAME}:{account}:{}", open.expires_at_us),
        workflow: NAME.to_owned(),
        owner: String::new(),
        input: json!({
            "account": account.to_string(),
            "expires_at_us": open.expires_at_us,
            "inviter": inviter,
            "note": note,
        }),
    }
}

/// Starts what a crash has kept from being started: the account with its
/// invitation is the start. A run that is there already stays as it is.
///
/// # Errors
/// `SERVICE_UNAVAILABLE`.
pub(crate) async fn start_forgotten(app: &App, workflows: &Workflows) -> Result<(), Problem> {
    let filter = AccountFilter { status: Some(AccountStatus::Invited), ..AccountFilter::default() };
    let mut before = None;
    loop {
        let accounts = app.accounts.list(&filter, before, PAGE).await?;
        let Some(last) = accounts.last() else { return Ok(()) };
        before = Some(last.position());
        for account in &accounts {
            let Some(open) = &account.invitation else { continue };
            let start = start(&account.id, open, &app.config.log.origin, "");
            match workflows.engine.get(&start.key).await {
                Err(erynoa_workflows::WorkflowError::NotFound(_)) => {
                    workflows.start(start).await?;
                }
                other => drop(other?),
            }
        }
    }
}

pub(super) async fn run(app: &App, call: &Call) -> Option<Result<Value, Problem>> {
    let act = async {
        let account = user_id(call.input["account"].as_str().unwrap_or_default(), "account")?;
        let expires_at_us = call.input["expires_at_us"].as_u64().unwrap_or_default();
        let token = token(app, &account, expires_at_us);
        let hash = *blake3::hash(&token).as_bytes();
        let found = app.accounts.find(&AccountKey::Invitation(hash)).await?;
        let waits = |one: &Account| one.id == account && one.status == AccountStatus::Invited;
        let Some(account) = found.filter(waits) else { return Ok(json!({ "open": false })) };
        if call.step != "end" && expires_at_us <= app.clock.now_us() {
            // Too late for a link that would lead nowhere.
            return Ok(json!({ "open": false }));
        }
        match call.step.as_str() {
            "end" => end(app, &account).await?,
            step => {
                let words = words(app, call, &account, &link(app, &token), step == "remind")?;
                app.mailer.post(&words).await?;
            }
        }
        Ok::<_, Problem>(json!({ "open": true }))
    };
    match call.step.as_str() {
        "mail" | "remind" | "end" => Some(act.await),
        _ => None,
    }
}

fn words(
    app: &App,
    call: &Call,
    account: &Account,
    link: &str,
    again: bool,
) -> Result<Message, Problem> {
    let envelope = envelope(app, letter::id(call), &account.name, &account.email)?;
    let language = Language::from_tag(&account.language).unwrap_or_default();
    let text = |field: &str| call.input[field].as_str().unwrap_or_default();
    let expires_at_us = call.input["expires_at_us"].as_u64().unwrap_or_default();
    let inviter = text("inviter");
    Ok(if again {
        write(envelope, language, &Mail::Reminder { inviter, expires_at_us }, link, None)?
    } else {
        let note = text("note");
        let words = erynoa_mail::Invitation { language, inviter, link, expires_at_us, note };
        invitation(envelope, words)?
    })
}

/// What was kept about somebody who has not come is kept no longer.
async fn end(app: &App, account: &Account) -> Result<(), Problem> {
    match app.accounts.delete(&account.id, account.version).await? {
        Change::Missing => Ok(()),
        other => Ok(other.done()?),
    }
}
