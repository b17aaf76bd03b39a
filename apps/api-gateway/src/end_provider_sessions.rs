//! The identity provider says that somebody has signed out there
//! (OpenID Connect Back-Channel Logout 1.0).

use erynoa_access::{AccountKey, ProviderError, ProviderSubject, SessionSet};
use erynoa_kernel::{Kind, Problem};

use crate::app::App;
use crate::services::provider;

/// Ends the sessions that a logout token names; returns how many.
///
/// # Errors
/// `AUTH_MODE`, `LOGOUT_TOKEN_INVALID`, `PROVIDER_UNAVAILABLE`.
pub(crate) async fn end_provider_sessions(app: &App, logout_token: &str) -> Result<u64, Problem> {
    let verified = provider(app)?.verify_logout_token(logout_token).await;
    let logout = verified.map_err(|error| match error {
        // The specification asks for 400, where other tokens get 401.
        ProviderError::TokenInvalid(_) => {
            let message = "this is no valid logout token of the identity provider";
            let mut problem = Problem::new(Kind::Invalid, "LOGOUT_TOKEN_INVALID", message);
            problem.internal = Some(Box::new(error));
            problem.field("logout_token")
        }
        other => other.into(),
    })?;
    let which = match (logout.session, logout.subject) {
        (Some(session), _) => SessionSet::OfProvider(session),
        (None, Some(subject)) => {
            let subject = ProviderSubject { issuer: logout.issuer, subject };
            match app.accounts.find(&AccountKey::Subject(subject)).await? {
                Some(account) => SessionSet::OfAccount(account.id),
                None => return Ok(0),
            }
        }
        (None, None) => return Ok(0),
    };
    let ended = app.sessions.delete(&which).await?;
    tracing::info!(ended, "sessions ended by the identity provider");
    Ok(ended)
}
