//! Use case: the first operator takes the installation over.

use erynoa_access::Principal;
use erynoa_kernel::Problem;
use erynoa_local_auth::SignedIn;

use crate::app::{App, invalid};

/// Makes the caller the operator and the founder of the root realm.
///
/// A crash between the steps loses nothing: the link works until there is an
/// operator, and a realm that the same person has founded is taken as it is.
///
/// # Errors
/// `CLAIM_TOKEN_INVALID`, `ALREADY_CLAIMED`, `VALIDATION_ERROR` for the name.
pub async fn claim_installation(
    app: &App,
    caller: &Principal,
    claim_token: &str,
    realm_name: String,
) -> Result<SignedIn, Problem> {
    app.claim.check(claim_token)?;
    let good = (1..=128).contains(&realm_name.len()) && !realm_name.chars().any(char::is_control);
    if !good {
        let message = "a realm's name is 1 to 128 bytes without control characters";
        return Err(invalid("realm_name", message.to_owned()));
    }
    if let Err(problem) = app.ledger.found(caller.identity, realm_name).await {
        let founded_before = {
            let models = app.ledger.read();
            let realm = models.realms.root();
            realm.is_some_and(|realm| realm.founders.contains(&caller.identity))
        };
        if !founded_before {
            return Err(problem);
        }
    }
    app.accounts.grant_first_operator(&caller.identity).await?;
    app.claim.end();
    Ok(app.auth.sign_in_again(caller).await?)
}
