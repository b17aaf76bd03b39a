//! Sign-in by device key, and the sessions in which every sign-in ends.
//!
//! A challenge signed by a live key, or an ID token of an identity provider
//! that somebody else has verified, gives a short-lived access token and a
//! refresh token that is traded for a new one at each use. No handler knows
//! which of the two ways it was.

mod auth;
mod error;
mod jwt;
mod key_file;
mod one_time;
mod provider_sign_in;
mod sessions;

pub use auth::{Challenge, KeyProof, LocalAuth, LocalAuthConfig, LocalAuthPorts, Purpose};
pub use error::{CODES, SignInError};
pub use key_file::{KeyFileError, load_or_create_key, load_or_create_secret};
pub use provider_sign_in::{Admitted, Nonce};
pub use sessions::{SeenFrom, SignedIn, Tokens};
