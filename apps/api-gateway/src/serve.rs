//! Starting, serving and stopping.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use erynoa_access::{AccountFilter, AccountStore, Role};
use erynoa_events::EpochPolicy;
use erynoa_kernel::{Clock, Entropy, StoreError};
use erynoa_local_auth::KeyFileError;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic_web::GrpcWebLayer;
use tower_http::compression::{
    CompressionLayer, DefaultPredicate, Predicate, predicate::NotForContentType,
};
use tower_http::cors::CorsLayer;

use crate::app::App;
use crate::claim::ClaimLink;
use crate::config::{self, Loaded, LogClock, Mistake};
use crate::cosign_checkpoint::Witness;
use crate::doors::guard::{Gate, Limiter, X_REQUEST_ID, guard};
use crate::doors::tokens::Tokens;
use crate::doors::{files, rest, tiles, web, witness};
use crate::ledger::{Damage, Ledger, Policy, Running};
use crate::mana::Purse;
use crate::notifications::{self, Notices};
use crate::pairing::Pairings;
use crate::peers::{self, Peers};
use crate::services;
use crate::system::{SystemClock, SystemEntropy};
use crate::traffic::Traffic;
use crate::wiring::{self, Providers, WorkflowHost};
use crate::witnesses::{Asked, Cosignatures, collect_for_ever};
use crate::workflows::{self, Steps, Workflows};

/// Longest that stopping waits for calls that are under way.
const DRAIN: Duration = Duration::from_secs(10);
/// What a form may take beside its file.
const FORM_FRAME_BYTES: u64 = 64 << 10;
/// How often what is no longer needed is forgotten.
const SWEEP: Duration = Duration::from_secs(60);
/// How often files, uploads and links that are over are cleared away.
const FILES_SWEEP: Duration = Duration::from_secs(600);

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder.
    #[error("the data folder {path}: {source}")]
    Folder {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A key file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// A part that the configuration names.
    #[error("configuration: {0}")]
    Configuration(#[from] Mistake),
    /// The address.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// A server that is ready to serve.
pub struct Server {
    app: Arc<App>,
    listener: TcpListener,
    router: Router,
    running: Running,
    node: Option<peers::Running>,
    workflows: WorkflowHost,
    delivering: JoinHandle<()>,
    claim_link: Option<String>,
}

impl Server {
    /// Opens the stores, replays the log, binds the port. People sign in at
    /// `providers` where the configuration asks for it.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running then.
    pub async fn start(mut loaded: Loaded, providers: Providers) -> Result<Self, StartError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let data_dir = loaded.config.application.data_dir.clone();
        let folder = |source| StartError::Folder { path: data_dir.display().to_string(), source };
        std::fs::create_dir_all(&data_dir).map_err(folder)?;

        let keys = wiring::load_keys(&loaded.config.application.keys_folder(), entropy.as_ref())?;
        let stores = wiring::open_stores(&loaded.config).await?;
        // A log keeps its origin, whatever becomes of the address.
        if loaded.config.log.origin.is_empty()
            && loaded.config.p2p.follow.is_empty()
            && let Some(note) = stores.log.checkpoint().await?
            && let Some(origin) = note.lines().next()
        {
            origin.clone_into(&mut loaded.config.log.origin);
        }
        let application = &loaded.config.application;
        let address = SocketAddr::new(application.host, application.port);
        let listen = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let port = listener.local_addr().map_err(listen)?.port();
        let config = loaded.config.with_addresses(port);

        let issuer_key = keys.log.clone();
        let policy = Policy {
            epochs: EpochPolicy {
                max_events: config.log.epoch_max_events.into(),
                max_us: u64::from(config.log.epoch_max_seconds) * 1_000_000,
                clock: match config.log.clock {
                    config::LogClock::System => erynoa_events::LogClock::System,
                    config::LogClock::Events => erynoa_events::LogClock::Events,
                },
            },
            origin: config.log.origin.clone(),
        };
        let log = Arc::clone(&stores.log);
        let followed = config.p2p.followed();
        let log_key = followed.as_ref().map_or_else(|| keys.log.public_key(), |log| log.key);
        let (ledger, running) = match followed {
            Some(home) => {
                let policy = Policy { origin: home.name, ..policy };
                Ledger::copy(log, home.key, keys.log, Arc::clone(&clock), policy).await?
            }
            None => Ledger::start(log, keys.log, Arc::clone(&clock), policy).await?,
        };
        let cosignatures = Cosignatures::new(
            config.log.origin.clone(),
            ledger.clone(),
            Arc::clone(&stores.book),
            Arc::clone(&clock),
        );
        let mut asked_witnesses = Vec::new();
        for (url, key) in config.log.asked_witnesses() {
            cosignatures.know(key.clone()).await?;
            asked_witnesses.push(Arc::new(Asked::new(url, key)));
        }
        let cosignatures = Arc::new(cosignatures);
        let node_key = keys.node.public_key();
        let (peers, node) = if config.p2p.enabled {
            let tools = peers::Tools {
                network: wiring::network(&config, entropy.as_ref())?,
                ledger: ledger.clone(),
                book: Arc::clone(&stores.book),
                cosignatures: Arc::clone(&cosignatures),
                clock: Arc::clone(&clock),
                key: keys.node.clone(),
                witness: config.p2p.witness,
                origin: config.log.origin.clone(),
                kept: config.p2p.bootstrap_peers.clone(),
                least_trust_ppm: config.p2p.min_incoming_trust.ppm,
            };
            let (peers, node) = Peers::start(tools).await?;
            (Some(peers), Some(node))
        } else {
            peers::know_witnesses(&cosignatures, &ledger, node_key).await?;
            (None, None)
        };
        let witness = Witness::new(
            keys.node,
            config.log.cosigned_logs(),
            Arc::clone(&stores.book),
            Arc::clone(&clock),
        );
        let shared = wiring::shared(&config, Arc::clone(&clock))?;
        let auth = wiring::sign_in(
            &config,
            keys.tokens,
            &stores,
            Arc::clone(&shared.cache),
            Arc::new(ledger.clone()),
            Arc::clone(&clock),
            Arc::clone(&entropy),
        );
        let files = wiring::files(
            &config,
            Arc::clone(&stores.files),
            Arc::clone(&clock),
            Arc::clone(&entropy),
        )?;
        // An object store that is not there yet is no reason not to start: the
        // sweep makes the bucket when it comes.
        if let Err(error) = files.storage.buckets.create(&files.storage.rules.bucket).await {
            tracing::warn!(%error, "the bucket of new files could not be made");
        }
        // The realms of a copy are its home's matter.
        let founded = ledger.copied_from().is_some() || ledger.read().is_claimed();
        let claimed = founded && has_operator(stores.accounts.as_ref()).await?;
        let platform_url = &config.application.platform_url;
        let (claim, claim_link) =
            ClaimLink::open(&data_dir, platform_url, claimed, entropy.as_ref()).map_err(folder)?;
        let traffic = Arc::new(Traffic::default());
        let gate = Arc::new(Gate {
            verifier: Arc::new(Tokens::new(Arc::clone(&auth), providers.identity.clone())),
            traffic: Arc::clone(&traffic),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            limiter: Limiter::new(
                Arc::clone(&shared.counts),
                "call",
                config.limits.requests_per_second,
                config.limits.burst,
            ),
            proxies: config.proxies(),
            body_bytes: config.limits.body_bytes.into(),
            ledger: ledger.clone(),
            // A form has a frame around its file.
            file_bytes: config.storage.max_upload_size.saturating_add(FORM_FRAME_BYTES),
        });
        let mail = wiring::mail(&config, Arc::clone(&clock))?;
        let unsubscribe = wiring::unsubscribe_key(&config, entropy.as_ref())?;
        let app = Arc::new(App {
            values: loaded.values,
            ledger,
            auth,
            accounts: stores.accounts,
            sessions: stores.sessions,
            audit: stores.audit,
            provider: providers.identity,
            provider_users: providers.users,
            cache: shared.server,
            mailer: mail.mailer,
            outbox: mail.outbox,
            notices: Notices::new(stores.notifications, unsubscribe),
            files,
            documents: wiring::documents(issuer_key, Arc::clone(&shared.counts)),
            traffic,
            pairings: Pairings::new(
                shared.cache,
                Arc::clone(&shared.counts),
                Arc::clone(&clock),
                Arc::clone(&entropy),
            ),
            entropy,
            purse: Purse::new(
                shared.mana,
                config.limits.mana && config.log.clock == LogClock::System,
            ),
            invitation_secret: keys.invitations,
            claim,
            started_us: clock.now_us(),
            clock,
            witness,
            peers,
            node_key,
            cosignatures,
            asked_witnesses,
            log_key,
            config,
        });
        let web = Arc::new(web::Web::new(&app, Arc::clone(&gate), shared.counts));
        let steps = Arc::new(Steps::new(Arc::clone(&app)));
        let (engine, host) = wiring::workflows(
            &app.config,
            stores.runs,
            workflows::definitions(),
            steps,
            Arc::clone(&app.clock),
        )
        .await?;
        let work = Arc::new(Workflows::new(engine, stores.outbox, Arc::clone(&app.clock)));
        let delivering =
            tokio::spawn(workflows::deliver_for_ever(Arc::clone(&app), Arc::clone(&work)));
        let router = router(&app, &gate, &web, work);
        Ok(Self { app, listener, router, running, node, workflows: host, delivering, claim_link })
    }

    /// Address under which people reach the server.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.app.config.application.public_url
    }

    /// The one-time link, until somebody has used it.
    #[must_use]
    pub fn claim_link(&self) -> Option<&str> {
        self.claim_link.as_deref()
    }

    /// Serves until `stop` resolves, then drains: new calls are refused, those
    /// under way are answered, the open epoch is closed.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let Self { app, listener, router, running, node, workflows, delivering, .. } = self;
        let sweeper = tokio::spawn(sweep(Arc::clone(&app)));
        let file_sweeper = tokio::spawn(sweep_files(Arc::clone(&app)));
        let telling = tokio::spawn(notifications::follow_for_ever(Arc::clone(&app)));
        let mailing = tokio::spawn(notifications::mail_for_ever(Arc::clone(&app)));
        let collecting: Vec<_> = app
            .asked_witnesses
            .iter()
            .map(|asked| {
                let (ledger, cosignatures) = (app.ledger.clone(), Arc::clone(&app.cosignatures));
                tokio::spawn(collect_for_ever(Arc::clone(asked), ledger, cosignatures))
            })
            .collect();
        let (drained, mut draining) = tokio::sync::watch::channel(false);
        let announce = app.ledger.clone();
        let stopping = async move {
            stop.await;
            announce.announce_stop();
            drained.send_replace(true);
        };
        use axum::serve::ListenerExt;
        let listener = listener.tap_io(|stream| {
            // Answers are small; waiting to fill a packet only delays them.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY");
            }
        });
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serving = axum::serve(listener, service).with_graceful_shutdown(stopping);
        let too_long = async {
            let _ = draining.wait_for(|draining| *draining).await;
            tokio::time::sleep(DRAIN).await;
        };
        let served = tokio::select! {
            served = async { serving.await } => served,
            () = too_long => {
                tracing::warn!("calls were still under way after {DRAIN:?}");
                Ok(())
            }
        };
        sweeper.abort();
        file_sweeper.abort();
        delivering.abort();
        for task in [telling, mailing].into_iter().chain(collecting) {
            task.abort();
            // Cut off, which is what was asked for; it holds the store.
            let _ = task.await;
        }
        workflows.stop().await;
        if let Some(node) = node {
            node.stop().await;
        }
        app.ledger.stop().await;
        // The sequencer needs the runtime for its last write.
        let _ = tokio::task::spawn_blocking(move || running.join()).await;
        served
    }
}

async fn has_operator(accounts: &dyn AccountStore) -> Result<bool, StoreError> {
    let operators = AccountFilter { role: Some(Role::Operator), ..AccountFilter::default() };
    Ok(!accounts.list(&operators, None, 1).await?.is_empty())
}

async fn sweep(app: Arc<App>) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        if let Err(error) = app.auth.sweep().await {
            tracing::warn!(%error, "expired sessions could not be swept");
        }
    }
}

async fn sweep_files(app: Arc<App>) {
    let mut ticks = tokio::time::interval(FILES_SWEEP);
    loop {
        ticks.tick().await;
        app.sweep_files().await;
    }
}

fn cors(app: &App) -> CorsLayer {
    let own = |name| HeaderName::from_static(name);
    CorsLayer::new()
        .allow_origin(
            app.origins()
                .iter()
                .filter_map(|origin| HeaderValue::from_str(origin).ok())
                .collect::<Vec<_>>(),
        )
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            X_REQUEST_ID,
            own("x-grpc-web"),
            own("x-user-agent"),
            own("grpc-timeout"),
            header::RANGE,
            header::IF_NONE_MATCH,
        ])
        .expose_headers([
            own("grpc-status"),
            own("grpc-message"),
            own("grpc-status-details-bin"),
            header::RETRY_AFTER,
            header::ETAG,
            header::CONTENT_RANGE,
            header::CONTENT_DISPOSITION,
            X_REQUEST_ID,
        ])
        .max_age(Duration::from_secs(86_400))
}

fn router(
    app: &Arc<App>,
    gate: &Arc<Gate>,
    web: &Arc<web::Web>,
    workflows: Arc<Workflows>,
) -> Router {
    let parts = Arc::new(services::parts(Arc::clone(app)));
    let guarded = || from_fn_with_state(Arc::clone(gate), guard);
    let grpc = services::routes(Arc::clone(app), Arc::clone(&parts), workflows)
        .layer(guarded())
        .layer(GrpcWebLayer::new());
    let body_bytes = app.config.limits.body_bytes as usize;
    let rest = rest::router(Arc::clone(app), parts)
        .merge(tiles::router(Arc::clone(app)))
        .merge(files::router(Arc::clone(app)))
        .merge(witness::router(Arc::clone(app)))
        .merge(notifications::unsubscribe_router(Arc::clone(app)))
        .layer(DefaultBodyLimit::max(body_bytes))
        .layer(guarded());
    // gRPC has its own compression; a stream must not wait to be compressed.
    let compressible = DefaultPredicate::new()
        .and(NotForContentType::const_new("application/grpc"))
        .and(files::NotForFiles);
    Router::new()
        .merge(grpc)
        .merge(rest)
        .fallback_service(axum::routing::any(web::serve).with_state(Arc::clone(web)))
        .layer(CompressionLayer::new().compress_when(compressible))
        .layer(from_fn_with_state(
            app.config.application.public_url.starts_with("https://"),
            common_headers,
        ))
        .layer(cors(app))
}

/// Headers of every answer.
async fn common_headers(
    axum::extract::State(behind_tls): axum::extract::State<bool>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let referrer = HeaderValue::from_static("strict-origin-when-cross-origin");
    headers.insert(header::REFERRER_POLICY, referrer);
    if behind_tls {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}
