//! The composition root: the only file that names a store.

mod network;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use erynoa_access::{
    AccountStore, AuditLog, IdentityProvider, ProviderUsers, SessionStore, SignInKeys,
};
use erynoa_cache::{Cache, MemoryCache, MemoryLimiter, RateLimiter};
use erynoa_events::{EventLog, SigningKey};
use erynoa_execution::{ManaAccounts, MemoryMana};
use erynoa_fjall::{FjallStore, HostedWorkflows};
use erynoa_kernel::{Clock, Entropy, Secret, StoreError, StoreErrorKind};
use erynoa_local_auth::{
    KeyFileError, LocalAuth, LocalAuthConfig, LocalAuthPorts, load_or_create_key,
    load_or_create_secret,
};
use erynoa_local_fs::{LocalObjects, Signer};
use erynoa_mail::{MailOutbox, Postbox};
use erynoa_moving::{CopyError, Installation, Objects, Side};
use erynoa_notifications::{Notifications, UnsubscribeKey};
use erynoa_postgres::{PgConfig, PgStore};
use erynoa_redis::{RedisCache, RedisLimiter, RedisMana, RedisServer, Steady};
use erynoa_restate::{Endpoint, RestateConfig, RestateWorkflows};
use erynoa_s3::{S3Config, S3ObjectStore};
use erynoa_smtp::{FileOutbox, MailQueue, SmtpConfig, SmtpMailer};
use erynoa_storage::{BucketName, Buckets, FileIndex, ObjectStore, Rules, SignedUrls, Storage};
use erynoa_sync::WitnessBook;
use erynoa_typst::TypstRenderer;
use erynoa_workflows::{Definitions, Effects, Outbox, Runs, WorkflowEngine};
use erynoa_zitadel::{Introspection, OidcConfig, OidcProvider, ZitadelUsers, ZitadelUsersConfig};

pub(crate) use network::network;

use crate::config::{
    AppName, Auth, CacheBackend, Config, Database, DatabaseBackend, MailBackend, Mistake,
    StorageBackend, WorkflowBackend,
};
use crate::documents::Documents;
use crate::files::Files;
use crate::serve::StartError;
use crate::verifications::Verifications;

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
    /// Runs of workflows, where we run them ourselves.
    pub runs: Arc<dyn Runs>,
    /// Starts of workflows that their engine does not have yet.
    pub outbox: Arc<dyn Outbox>,
    /// What people are told.
    pub notifications: Arc<dyn Notifications>,
    /// What a witness must not forget.
    pub book: Arc<dyn WitnessBook>,
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
    /// Names the node to its peers; cosigns checkpoints.
    pub node: SigningKey,
    /// Signs access tokens.
    pub tokens: SigningKey,
    /// Makes the tokens of invitations.
    pub invitations: Secret<[u8; 32]>,
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
                runs: Arc::new(store.runs()),
                outbox: Arc::new(store.runs()),
                notifications: Arc::new(store.notifications()),
                book: Arc::new(store.witness_book()),
            })
        }
        DatabaseBackend::Postgres => {
            let store = PgStore::open(&postgres(&config.database)).await?;
            Ok(Stores {
                runs: Arc::new(store.runs()),
                outbox: Arc::new(store.runs()),
                log: Arc::new(store.event_log()),
                accounts: Arc::new(store.accounts()),
                sessions: Arc::new(store.sessions()),
                audit: Arc::new(store.audit()),
                files: Arc::new(store.files()),
                notifications: Arc::new(store.notifications()),
                book: Arc::new(store.witness_book()),
            })
        }
    }
}

/// Opens a store that the configuration knows, whether or not a server would
/// use it, to move it or to be moved to.
///
/// # Errors
/// `Empty`, `InUse`; the store's.
pub(crate) async fn open_for_moving(
    config: &Config,
    backend: DatabaseBackend,
    side: Side,
) -> Result<Installation, CopyError> {
    let failed = |error| side.failed(error);
    match backend {
        DatabaseBackend::Fjall => {
            let folder = config.application.data_dir.join("store");
            if side == Side::Source && !FjallStore::exists(&folder) {
                return Err(CopyError::Empty);
            }
            if FjallStore::is_in_use(&folder) {
                let reason = format!("another process has locked {}", folder.display());
                return Err(CopyError::InUse { side, reason });
            }
            let store = FjallStore::open(&folder).map_err(failed)?;
            Ok(Installation {
                log: Arc::new(store.event_log()),
                records: Arc::new(store.records()),
                files: Arc::new(store.files()),
                notifications: Arc::new(store.notifications()),
            })
        }
        DatabaseBackend::Postgres => {
            let store = PgStore::open_for_moving(&postgres(&config.database)).await;
            let store = store.map_err(failed)?;
            let servers = store.servers().await.map_err(failed)?;
            if servers > 0 {
                let reason = format!("servers have {servers} connections to the database");
                return Err(CopyError::InUse { side, reason });
            }
            Ok(Installation {
                log: Arc::new(store.event_log()),
                records: Arc::new(store.records()),
                files: Arc::new(store.files()),
                notifications: Arc::new(store.notifications()),
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
        node: load_or_create_key(&folder.join("node.key"), entropy)?,
        tokens: load_or_create_key(&folder.join("tokens.key"), entropy)?,
        invitations: load_or_create_secret(&folder.join("invitations.key"), entropy)?,
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

/// What several gateways share.
pub(crate) struct Shared {
    /// Counts of the rate limits.
    pub(crate) counts: Arc<dyn RateLimiter>,
    /// Accounts of mana.
    pub(crate) mana: Arc<dyn ManaAccounts>,
    /// What is under way: challenges, nonces, devices being added.
    pub(crate) cache: Arc<dyn Cache>,
    /// The server itself, to be asked how it is; `None` when nothing is shared.
    pub(crate) server: Option<Arc<dyn Cache>>,
}

/// Where limits count and what is under way lies. While a shared server is away,
/// each gateway has its own.
///
/// # Errors
/// What in the configuration cannot work.
pub(crate) fn shared(config: &Config, clock: Arc<dyn Clock>) -> Result<Shared, Mistake> {
    let counts: Arc<dyn RateLimiter> = Arc::new(MemoryLimiter::default());
    let mana: Arc<dyn ManaAccounts> = Arc::new(MemoryMana::default());
    let cache: Arc<dyn Cache> = Arc::new(MemoryCache::new(clock));
    if config.cache.backend == CacheBackend::Memory {
        return Ok(Shared { counts, mana, cache, server: None });
    }
    let server = redis(config)?;
    let shared: Arc<dyn Cache> = Arc::new(RedisCache::new(server.clone()));
    Ok(Shared {
        counts: Arc::new(Steady::new(Arc::new(RedisLimiter::new(server.clone())) as _, counts)),
        mana: Arc::new(Steady::new(Arc::new(RedisMana::new(server)) as _, mana)),
        cache: Arc::new(Steady::new(Arc::clone(&shared), cache)),
        server: Some(shared),
    })
}

fn redis(config: &Config) -> Result<RedisServer, Mistake> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let installation = config.log.origin.replace(|letter| !plain(letter), "_");
    let cache = &config.cache;
    let connections = usize::try_from(cache.pool_size).unwrap_or(usize::MAX);
    let (url, file) = (cache.url.expose(), &cache.ca_file);
    if file.as_os_str().is_empty() {
        return RedisServer::new(url, &installation, connections)
            .map_err(|error| Mistake::new("cache.url", error.to_string()));
    }
    let wrong = |why: String| Mistake::new("cache.ca_file", format!("{}: {why}", file.display()));
    let authorities = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    RedisServer::trusting(authorities, url, &installation, connections)
        .map_err(|error| wrong(error.to_string()))
}

/// How messages leave, and what became of them.
pub(crate) struct MailParts {
    pub(crate) mailer: Arc<dyn Postbox>,
    pub(crate) outbox: Arc<dyn MailOutbox>,
}

/// The key of links that stop mail, made at the first start.
///
/// # Errors
/// When its file cannot be read or written, or others can read it.
pub(crate) fn unsubscribe_key(
    config: &Config,
    entropy: &dyn Entropy,
) -> Result<UnsubscribeKey, KeyFileError> {
    let file = config.application.keys_folder().join("unsubscribe.key");
    Ok(UnsubscribeKey::derive(load_or_create_secret(&file, entropy)?.expose()))
}

/// How messages leave.
///
/// # Errors
/// What in the configuration cannot work, or the folder of the outbox.
pub(crate) fn mail(config: &Config, clock: Arc<dyn Clock>) -> Result<MailParts, Mistake> {
    Ok(match config.mail.backend {
        MailBackend::Outbox => {
            let folder = config.application.data_dir.join("outbox");
            let outbox = FileOutbox::open(folder, clock)
                .map_err(|error| Mistake::new("application.data_dir", error.to_string()))?;
            let outbox = Arc::new(outbox);
            MailParts { mailer: outbox.clone(), outbox }
        }
        MailBackend::Smtp => {
            let smtp = SmtpConfig::new(config.mail.url.expose());
            let mailer = SmtpMailer::new(&smtp, Arc::clone(&clock))
                .map_err(|error| Mistake::new(error.key, error.reason))?;
            let folder = config.application.data_dir.join("mail-queue");
            let queue = MailQueue::open(mailer, folder, clock)
                .map_err(|error| Mistake::new("application.data_dir", error.to_string()))?;
            MailParts { mailer: queue.clone(), outbox: queue }
        }
    })
}

/// Objects, their buckets, and who checks signed addresses where we do so.
pub(crate) struct ObjectParts {
    objects: Arc<dyn ObjectStore>,
    buckets: Arc<dyn Buckets>,
    signed: Option<Arc<dyn SignedUrls>>,
}

impl ObjectParts {
    /// What moving needs of them.
    pub(crate) fn for_moving(self) -> Objects {
        Objects { store: self.objects, buckets: self.buckets }
    }
}

/// The bytes of files, in one of the places that the configuration knows.
///
/// # Errors
/// When the folder of files, or the key that signs their addresses, cannot be
/// read or made.
pub(crate) fn objects(
    config: &Config,
    backend: StorageBackend,
    clock: Arc<dyn Clock>,
    entropy: &dyn Entropy,
) -> Result<ObjectParts, StartError> {
    let storage = &config.storage;
    match backend {
        StorageBackend::Local => {
            let key = config.application.keys_folder().join("files.key");
            let secret = load_or_create_secret(&key, entropy)?;
            let signer = Signer::new(&config.application.public_url, &secret);
            let folder = config.application.data_dir.join("files");
            let store = LocalObjects::open(&folder, signer.clone(), clock)?;
            Ok(ObjectParts {
                objects: Arc::new(store.clone()),
                buckets: Arc::new(store),
                signed: Some(Arc::new(signer)),
            })
        }
        StorageBackend::S3 => {
            let store = S3ObjectStore::new(S3Config {
                endpoint: storage.endpoint.clone(),
                public_endpoint: storage.public_url().to_owned(),
                region: storage.region.clone(),
                access_key_id: storage.access_key_id.clone(),
                secret_access_key: Secret::new(storage.secret_access_key.expose().to_owned()),
            })?;
            let objects = Arc::new(store.clone());
            Ok(ObjectParts { objects, buckets: Arc::new(store), signed: None })
        }
    }
}

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
    let parts = objects(config, storage.backend, Arc::clone(&clock), entropy.as_ref())?;
    let ObjectParts { objects, buckets, signed } = parts;
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

/// What issues certificates.
pub(crate) fn documents(key: SigningKey, counts: Arc<dyn RateLimiter>) -> Documents {
    let (renderer, verifications) = (Arc::new(TypstRenderer::new()), Verifications::default());
    Documents { renderer, key, counts, verifications }
}

/// Sign-in as the configuration asks for it.
pub(crate) fn sign_in(
    config: &Config,
    key: SigningKey,
    stores: &Stores,
    cache: Arc<dyn Cache>,
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
            cache,
            keys,
            clock,
            entropy,
        },
    ))
}

/// Steps of workflows that run at once in this process.
const WORKFLOW_WORKERS: usize = 4;
/// Pause before an absent Restate server is told again where we are.
const REGISTER_AGAIN: Duration = Duration::from_secs(2);

/// What drives workflows; they stand still when it is dropped.
pub(crate) enum WorkflowHost {
    /// In this process.
    Embedded(HostedWorkflows),
    /// On a Restate server, which calls the steps at our endpoint.
    Restate {
        /// Serves until it is dropped.
        endpoint: Endpoint,
        /// Tells the server about it.
        registering: tokio::task::JoinHandle<()>,
    },
}

impl WorkflowHost {
    /// Stops, so that nothing holds the store any more.
    pub(crate) async fn stop(self) {
        match self {
            Self::Embedded(mut hosted) => hosted.stop().await,
            Self::Restate { endpoint, registering } => {
                registering.abort();
                drop(endpoint);
            }
        }
    }
}

/// The engine that the configuration names. A Restate server that is away is no
/// reason not to start: starts wait for it.
///
/// # Errors
/// When the endpoint's address cannot be had.
pub(crate) async fn workflows(
    config: &Config,
    runs: Arc<dyn Runs>,
    definitions: Definitions,
    effects: Arc<dyn Effects>,
    clock: Arc<dyn Clock>,
) -> Result<(Arc<dyn WorkflowEngine>, WorkflowHost), StartError> {
    let workflows = &config.workflows;
    if workflows.backend == WorkflowBackend::Embedded {
        let hosted = HostedWorkflows::start(runs, definitions, effects, &clock, WORKFLOW_WORKERS);
        return Ok((hosted.engine(), WorkflowHost::Embedded(hosted)));
    }
    let endpoint = Endpoint::serve(workflows.endpoint_bind, definitions, effects, clock).await;
    let endpoint =
        endpoint.map_err(|error| Mistake::new("workflows.endpoint_bind", error.to_string()))?;
    let endpoint_url = match workflows.endpoint_url.as_str() {
        "" => format!("http://{}", endpoint.address()),
        url => url.to_owned(),
    };
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let engine = RestateWorkflows::new(RestateConfig {
        installation: config.log.origin.replace(|letter| !plain(letter), "_"),
        ingress_url: workflows.ingress_url.trim_end_matches('/').to_owned(),
        admin_url: workflows.admin_url.trim_end_matches('/').to_owned(),
        endpoint_url,
    })?;
    let registrar = engine.clone();
    let registering = tokio::spawn(async move {
        while let Err(error) = registrar.register().await {
            tracing::warn!(%error, "Restate does not know our endpoint yet");
            tokio::time::sleep(REGISTER_AGAIN).await;
        }
    });
    Ok((Arc::new(engine), WorkflowHost::Restate { endpoint, registering }))
}
