//! Mail that a run sends to whom it belongs.

use erynoa_access::Account;
use erynoa_kernel::Problem;
use erynoa_mail::{Language, Mail, write};
use erynoa_workflows::Call;
use serde_json::{Value, json};

use crate::app::App;
use crate::users::invite_user::envelope;

/// Id of the mail that a step sends: the same step always sends the same.
pub(super) fn id(call: &Call) -> String {
    let hash = blake3::hash(call.key.to_string().as_bytes()).to_hex();
    format!("{}-{}", call.workflow, &hash[..32])
}

/// Sends one mail a run, however often it is asked; nothing to who has given no
/// address.
///
/// # Errors
/// `MAIL_REFUSED`, `MAIL_UNAVAILABLE`.
pub(super) async fn send(
    app: &App,
    call: &Call,
    account: &Account,
    mail: &Mail<'_>,
    link: &str,
) -> Result<Value, Problem> {
    if account.email.is_empty() {
        return Ok(json!({ "mailed": false }));
    }
    let envelope = envelope(app, id(call), &app.name_of(account), &account.email)?;
    let language = Language::from_tag(&account.language);
    app.mailer.post(&write(envelope, language, mail, link, None)?).await?;
    Ok(json!({ "mailed": true }))
}
