//! An account gets the identity that speaks in the log.

use erynoa_access::{AccessError, Account};
use erynoa_kernel::Problem;
use erynoa_local_auth::{KeyProof, Purpose};
use serde_json::json;

use crate::app::{App, Caller};

/// Ties the caller's account to the identity that has signed the challenge.
///
/// # Errors
/// `SIGN_IN_CHALLENGE_UNKNOWN`, `SIGN_IN_SIGNATURE_INVALID`,
/// `SIGN_IN_KEY_NOT_ALLOWED`, `IDENTITY_LINKED`.
pub(crate) async fn link_identity(
    app: &App,
    caller: &Caller,
    proof: &KeyProof<'_>,
) -> Result<Account, Problem> {
    app.auth.prove(Purpose::Link, proof).await?;
    let before = app.account(&caller.principal.account).await?;
    if before.identity.is_some() {
        return Err(AccessError::IdentityLinked.into());
    }
    let version = before.version;
    let account = Account { identity: Some(proof.identity), ..before };
    let account = app.replace(account, version).await?;
    let details = json!({ "identity": proof.identity.to_string() });
    app.audit(caller, "user.link_identity", account.id.to_string(), details).await?;
    Ok(account)
}
