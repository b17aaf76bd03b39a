//! Sign-in by device key, for installations without an identity provider.
//!
//! A challenge signed by a live key gives a short-lived access token and a
//! refresh token that is traded for a new one at each use. The access token is
//! verified behind the same port, [`TokenVerifier`](erynoa_access::TokenVerifier),
//! that OIDC answers; no handler knows which of the two it is.

mod auth;
mod challenges;
mod error;
mod jwt;
mod key_file;

pub use auth::{Challenge, LocalAuth, LocalAuthConfig, LocalAuthPorts, SignIn, SignedIn, Tokens};
pub use error::{CODES, SignInError};
pub use key_file::{KeyFileError, load_or_create_key};
