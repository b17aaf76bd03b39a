//! Sign-in by OpenID Connect, and ZITADEL's administration of users.
//!
//! [`OidcProvider`] verifies tokens of any OpenID Connect provider: it finds
//! the endpoints and keys by discovery, checks signature, issuer, audience and
//! times, and remembers what it has verified. ZITADEL is one such provider, and
//! where roles and audiences have a shape of their own, it is ZITADEL's.
//!
//! [`ZitadelUsers`] administers people through ZITADEL's API v2 (ZITADEL ≥ 4)
//! with the personal access token of a service user.
//!
//! # What was tested against what
//!
//! - Tokens: npm `oidc-provider` with ZITADEL's claims (`deploy/services/oidc`),
//!   and a provider of our own that forges them.
//! - Users: ZITADEL itself comes only as a container image, so the tests run
//!   against a stand-in that is written after the published protobuf files
//!   (`proto/zitadel/{user,session,authorization}/v2`) and refuses every path,
//!   method and field that is not in them.

mod cache;
mod claims;
mod config;
mod directory;
mod http_client;
mod jws;
mod keys;
mod provider;
mod users;

pub use config::{ConfigError, Introspection, OidcConfig, TimeOuts, ZITADEL_ROLES_CLAIM};
pub use jws::TOKEN_MOST_BYTES;
pub use provider::OidcProvider;
pub use users::{ZitadelUsers, ZitadelUsersConfig};
