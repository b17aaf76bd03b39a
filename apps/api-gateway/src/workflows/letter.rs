//! Mail that a run sends to whom it belongs.

use erynoa_access::Account;
use erynoa_kernel::Problem;
use erynoa_mail::{Language, Mail, write};
use erynoa_notifications::Kind;
use erynoa_workflows::Call;
use serde_json::{Value, json};

use crate::app::App;
use crate::users::invite_user::envelope;

/// Id of the mail that a step sends: the same step always sends the same.
pub(super) fn id(call: &Call) -> String {
    let hash = blake3::hash(call.key.to_string().as_bytes()).to_hex();
    format!("{}-{}", call.workflow, &hash[..32])
}

/// Shows it in the app and sends one mail a run, however often it is asked;
/// nothing to who has given no address or wants none.
///
/// # Errors
/// `MAIL_REFUSED`, `MAIL_UNAVAILABLE`.
pub(super) async fn send(
    app: &App,
    call: &Call,
    account: &Account,
    mail: &Mail<'_>,
    kind: Kind,
    path: &str,
) -> Result<Value, Problem> {
    let unsubscribe = app.show(&account.id, id(call), kind, path).await?;
    if account.email.is_empty() || unsubscribe.is_none() {
        return Ok(json!({ "mailed": false }));
    }
    let link = format!("{}{path}", app.config.application.platform_url);
    let envelope = envelope(app, id(call), &app.name_of(account), &account.email)?;
    let language = Language::from_tag(&account.language).unwrap_or_default();
    app.mailer.post(&write(envelope, language, mail, &link, unsubscribe.as_deref())?).await?;
    Ok(json!({ "mailed": true }))
}
