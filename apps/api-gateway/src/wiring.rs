//! The composition root: the only file that names a store.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use erynoa_access::{
    AccountStore, AuditLog, IdentityProvider, ProviderUsers, SessionStore, SignInKeys,
};
use erynoa_cache::{Cache, MemoryLimiter, RateLimiter};
use erynoa_events::{EventLog, SigningKey};
use erynoa_fjall::FjallStore;
use erynoa_kernel::{Clock, Entropy, Secret, StoreError, StoreErrorKind};
use erynoa_local_auth::{
    KeyFileError, LocalAuth, LocalAuthConfig, LocalAuthPorts, load_or_create_key,
    load_or_create_secret,
};
use erynoa_local_fs::{LocalObjects, Signer};
use erynoa_mail::Mailer;
use erynoa_postgres::{PgConfig, PgStore};
use erynoa_redis::fallback::Steady;
use erynoa_redis::{RedisCache, RedisLimiter, RedisServer};
use erynoa_s3::{S3Config, S3ObjectStore};
use erynoa_smtp::{FileOutbox, MailQueue, SmtpConfig, SmtpMailer};
use erynoa_storage::{BucketName, Buckets, FileIndex, ObjectStore, Rules, SignedUrls, Storage};
use erynoa_zitadel::{Introspection, OidcConfig, OidcProvider, ZitadelUsers, ZitadelUsersConfig};

use crate::config::{
    AppName, Auth, CacheBackend, Config, Database, DatabaseBackend, MailBackend, Mistake,
    StorageBackend,
};
use crate::files::Files;
use crate::serve::StartError;

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
    /// What is known about files.
    pub files: Arc<dyn FileIndex>,
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

/// Opens the stores that the configuration names.
///
/// # Errors
/// When the folder is in use or cannot be read, the database does not answer,
/// or what is stored is damaged.
pub async fn open_stores(config: &Config) -> Result<Stores, StoreError> {
    match config.database.backend {
        DatabaseBackend::Fjall => {
            let store = FjallStore::open(&config.application.data_dir.join("store"))?;
            Ok(Stores {
                log: Arc::new(store.event_log()),
                accounts: Arc::new(store.accounts()),
                sessions: Arc::new(store.sessions()),
                audit: Arc::new(store.audit()),
                files: Arc::new(store.files()),
            })
        }
        DatabaseBackend::Postgres => {
            let store = PgStore::open(&postgres(&config.database)).await?;
            Ok(Stores {
                log: Arc::new(store.event_log()),
                accounts: Arc::new(store.accounts()),
                sessions: Arc::new(store.sessions()),
                audit: Arc::new(store.audit()),
                files: Arc::new(store.files()),
            })
        }
    }
}

fn postgres(database: &Database) -> PgConfig {
    PgConfig {
        url: Secret::new(database.address()),
        max_connections: database.max_connections,
        min_connections: database.min_connections,
        connect_timeout: Duration::from_secs(database.connect_timeout_s),
        idle_timeout: Duration::from_secs(database.idle_timeout_s),
    }
}

/// Loads the installation's keys, making them at the first start.
///
/// # Errors
/// When a key file cannot be read or written, or others can read it.
pub fn load_keys(folder: &Path, entropy: &dyn Entropy) -> Result<Keys, KeyFileError> {
    Ok(Keys {
        log: load_or_create_key(&folder.join("log.key"), entropy)?,
        tokens: load_or_create_key(&folder.join("tokens.key"), entropy)?,
    })
}

/// The identity provider that the configuration names. It is not asked before
/// somebody signs in.
///
/// # Errors
/// What in the configuration cannot work.
pub fn providers(auth: &Auth, clock: Arc<dyn Clock>) -> Result<Providers, Mistake> {
    if !auth.is_oidc() {
        return Ok(Providers::default());
    }
    let wrong = |error: erynoa_zitadel::ConfigError| Mistake::new(error.key, error.reason);
    let internal_issuer = Some(auth.internal_issuer.clone()).filter(|url| !url.is_empty());
    let mut config = OidcConfig::new(
        auth.issuer.clone(),
        AppName::ALL.map(|app| auth.client_of(app).to_owned()).to_vec(),
    );
    config.internal_issuer.clone_from(&internal_issuer);
    config.audiences.clone_from(&auth.audiences);
    config.roles_claim.clone_from(&auth.roles_claim);
    config.jwks_cache_s = auth.jwks_cache_s;
    if !auth.introspection_client_id.is_empty() {
        config.introspection = Some(Introspection {
            client_id: auth.introspection_client_id.clone(),
            client_secret: Secret::new(auth.introspection_client_secret.expose().to_owned()),
        });
    }
    let time_outs = config.time_outs;
    let provider = OidcProvider::new(config, clock).map_err(wrong)?;
    let mut providers = Providers { identity: Some(Arc::new(provider)), users: None };
    if !auth.service_token.is_empty() {
        let users = ZitadelUsers::new(ZitadelUsersConfig {
            issuer: auth.issuer.clone(),
            internal_issuer,
            organization_id: auth.organization_id.clone(),
            project_id: auth.project_id.clone(),
            token: Secret::new(auth.service_token.expose().to_owned()),
            time_outs,
        });
        providers.users = Some(Arc::new(users.map_err(wrong)?));
    }
    Ok(providers)
}

/// What several gateways share for speed.
pub(crate) struct Shared {
    /// Counts of the rate limits.
    pub(crate) counts: Arc<dyn RateLimiter>,
    /// `None` when nothing is shared.
    pub(crate) cache: Option<Arc<dyn Cache>>,
}

/// Where the rate limits count. While a shared server is away, each gateway
/// counts by itself.
///
/// # Errors
/// What in the configuration cannot work.
pub(crate) fn shared(config: &Config) -> Result<Shared, Mistake> {
    let own: Arc<dyn RateLimiter> = Arc::new(MemoryLimiter::default());
    if config.cache.backend == CacheBackend::Memory {
        return Ok(Shared { counts: own, cache: None });
    }
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let installation = config.log.origin.replace(|letter| !plain(letter), "_");
    let connections = usize::try_from(config.cache.pool_size).unwrap_or(usize::MAX);
    let server = RedisServer::new(config.cache.url.expose(), &installation, connections)
        .map_err(|error| Mistake::new("cache.url", error.to_string()))?;
    let counts: Arc<dyn RateLimiter> = Arc::new(RedisLimiter::new(server.clone()));
    Ok(Shared {
        counts: Arc::new(Steady::new(counts, own)),
        cache: Some(Arc::new(RedisCache::new(server))),
    })
}

/// How messages leave.
///
/// # Errors
/// What in the configuration cannot work, or the folder of the outbox.
pub(crate) fn mailer(config: &Config, clock: Arc<dyn Clock>) -> Result<Arc<dyn Mailer>, Mistake> {
    Ok(match config.mail.backend {
        MailBackend::Outbox => {
            let folder = config.application.data_dir.join("outbox");
            let outbox = FileOutbox::open(folder, clock)
                .map_err(|error| Mistake::new("application.data_dir", error.to_string()))?;
            Arc::new(outbox)
        }
        MailBackend::Smtp => {
            let smtp = SmtpConfig::new(config.mail.url.expose());
            let mailer = SmtpMailer::new(&smtp, Arc::clone(&clock))
                .map_err(|error| Mistake::new(error.key, error.reason))?;
            let folder = config.application.data_dir.join("mail-queue");
            MailQueue::open(mailer, folder, clock)
                .map_err(|error| Mistake::new("application.data_dir", error.to_string()))?
        }
    })
}

/// Objects, their buckets, and who checks signed addresses where we do so.
type ObjectParts = (Arc<dyn ObjectStore>, Arc<dyn Buckets>, Option<Arc<dyn SignedUrls>>);

/// Files as the configuration asks for them.
///
/// # Errors
/// When the folder of files, or the key that signs their addresses, cannot be
/// read or made.
pub(crate) fn files(
    config: &Config,
    index: Arc<dyn FileIndex>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Files, StartError> {
    let storage = &config.storage;
    let data_dir = &config.application.data_dir;
    let (objects, buckets, signed): ObjectParts = match storage.backend {
        StorageBackend::Local => {
            let key = config.application.keys_folder().join("files.key");
            let secret = load_or_create_secret(&key, entropy.as_ref())?;
            let signer = Signer::new(&config.application.public_url, &secret);
            let store =
                LocalObjects::open(&data_dir.join("files"), signer.clone(), Arc::clone(&clock))?;
            (Arc::new(store.clone()), Arc::new(store), Some(Arc::new(signer)))
        }
        StorageBackend::S3 => {
            let store = S3ObjectStore::new(S3Config {
                endpoint: storage.endpoint.clone(),
                public_endpoint: storage.public_url().to_owned(),
                region: storage.region.clone(),
                access_key_id: storage.access_key_id.clone(),
                secret_access_key: Secret::new(storage.secret_access_key.expose().to_owned()),
            })?;
            (Arc::new(store.clone()), Arc::new(store), None)
        }
    };
    let bucket = BucketName::new(&storage.default_bucket).map_err(|error| {
        StoreError::new(StoreErrorKind::Unavailable, format!("storage.default_bucket: {error}"))
    })?;
    let rules = Rules {
        bucket,
        most_bytes: storage.max_upload_size,
        quota_bytes: storage.quota_bytes,
        realm_quota_bytes: storage.realm_quota_bytes,
    };
    let storage = Storage { objects, buckets, index, clock, entropy, rules };
    Ok(Files::new(storage, signed))
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
