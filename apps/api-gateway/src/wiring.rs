//! The composition root: the only file that names a store.

use std::path::Path;
use std::sync::Arc;

use erynoa_access::{
    AccountStore, AuditLog, IdentityProvider, ProviderUsers, SessionStore, SignInKeys,
};
use erynoa_events::{EventLog, SigningKey};
use erynoa_fjall::FjallStore;
use erynoa_kernel::{Clock, Entropy, StoreError};
use erynoa_local_auth::{
    KeyFileError, LocalAuth, LocalAuthConfig, LocalAuthPorts, load_or_create_key,
};

use crate::config::Config;

/// Everything that stores something.
pub struct Stores {
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// Accounts and roles.
    pub accounts: Arc<dyn AccountStore>,
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Who did what with special rights.
    pub audit: Arc<dyn AuditLog>,
}

/// The identity provider, where there is one.
#[derive(Clone, Default)]
pub struct Providers {
    /// Signs people in.
    pub identity: Option<Arc<dyn IdentityProvider>>,
    /// Administers them, where it can.
    pub users: Option<Arc<dyn ProviderUsers>>,
}

/// Keys that belong to the installation.
pub struct Keys {
    /// Signs checkpoints and the log's own events.
    pub log: SigningKey,
    /// Signs access tokens.
    pub tokens: SigningKey,
}

/// Opens the stores of a data folder.
///
/// # Errors
/// When the folder is in use, cannot be read, or is damaged.
pub fn open_stores(data_dir: &Path) -> Result<Stores, StoreError> {
    let store = FjallStore::open(&data_dir.join("store"))?;
    Ok(Stores {
        log: Arc::new(store.event_log()),
        accounts: Arc::new(store.accounts()),
        sessions: Arc::new(store.sessions()),
        audit: Arc::new(store.audit()),
    })
}

/// Loads the installation's keys, making them at the first start.
///
/// # Errors
/// When a key file cannot be read or written, or others can read it.
pub fn load_keys(data_dir: &Path, entropy: &dyn Entropy) -> Result<Keys, KeyFileError> {
    let folder = data_dir.join("keys");
    Ok(Keys {
        log: load_or_create_key(&folder.join("log.key"), entropy)?,
        tokens: load_or_create_key(&folder.join("tokens.key"), entropy)?,
    })
}

/// Sign-in as the configuration asks for it.
pub(crate) fn sign_in(
    config: &Config,
    key: SigningKey,
    stores: &Stores,
    keys: Arc<dyn SignInKeys>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Arc<LocalAuth> {
    Arc::new(LocalAuth::new(
        LocalAuthConfig {
            issuer: config.application.public_url.clone(),
            audience: config.application.public_url.clone(),
            access_token_ttl_s: config.auth.access_token_ttl_s,
            refresh_token_ttl_s: config.auth.refresh_token_ttl_s,
            identities_make_accounts: !config.auth.is_oidc(),
            roles_follow_provider: config.auth.roles_follow_provider(),
        },
        key,
        LocalAuthPorts {
            accounts: Arc::clone(&stores.accounts),
            sessions: Arc::clone(&stores.sessions),
            keys,
            clock,
            entropy,
        },
    ))
}
