//! Keeps a provider's keys fresh without asking it more often than needed.

use std::sync::{Arc, PoisonError, RwLock};

use erynoa_access::ProviderError;
use erynoa_kernel::Clock;
use tokio::sync::Mutex;

use crate::http_client::HttpClient;
use crate::jws::UnverifiedToken;
use crate::keys::Snapshot;

/// How long after one unknown `kid` the next one makes us ask again: whoever
/// invents key ids must not make us knock at the provider's door for each.
const UNKNOWN_KEY_PAUSE_US: u64 = 60_000_000;

/// Pause after a failure. Who asks in between shares it.
const FAILURE_PAUSE_US: u64 = 1_000_000;

/// So long an answer to whether the provider is there holds for all who ask.
const CHECK_PAUSE_US: u64 = 500_000;

/// What the last attempts brought; held while asking, so that one asks for all.
#[derive(Default)]
struct Attempts {
    /// When an unknown key last made us ask, µs.
    unknown_key_at_us: Option<u64>,
    /// When and why asking failed, if the last time did.
    failure: Option<(u64, String)>,
}

/// The keys of a provider.
pub(crate) struct Directory {
    pub http: HttpClient,
    issuer: String,
    cache_us: u64,
    clock: Arc<dyn Clock>,
    latest: RwLock<Option<Arc<Snapshot>>>,
    attempts: Mutex<Attempts>,
}

impl Directory {
    pub(crate) fn new(
        http: HttpClient,
        issuer: String,
        cache_s: u64,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        Arc::new(Self {
            http,
            issuer,
            cache_us: cache_s.saturating_mul(1_000_000),
            clock,
            latest: RwLock::default(),
            attempts: Mutex::default(),
        })
    }

    fn latest(&self) -> Option<Arc<Snapshot>> {
        self.latest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn fetch(&self, attempts: &mut Attempts) -> Result<Arc<Snapshot>, ProviderError> {
        let now_us = self.clock.now_us();
        match Snapshot::fetch(&self.http, &self.issuer, now_us).await {
            Ok(snapshot) => {
                attempts.failure = None;
                let snapshot = Arc::new(snapshot);
                *self.latest.write().unwrap_or_else(PoisonError::into_inner) =
                    Some(snapshot.clone());
                Ok(snapshot)
            }
            Err(error) => {
                attempts.failure = Some((self.clock.now_us(), error.to_string()));
                Err(error)
            }
        }
    }

    /// A failure that is too fresh to try again.
    fn fresh_failure(&self, attempts: &Attempts, pause_us: u64) -> Option<ProviderError> {
        let (at_us, reason) = attempts.failure.as_ref()?;
        (self.clock.now_us() < at_us.saturating_add(pause_us))
            .then(|| ProviderError::Unavailable(reason.clone()))
    }

    /// What is known of the provider. Old knowledge is renewed beside the call
    /// and goes on to be used until that succeeds.
    ///
    /// # Errors
    /// `Unavailable` when nothing is known yet and the provider does not answer.
    pub(crate) async fn snapshot(self: &Arc<Self>) -> Result<Arc<Snapshot>, ProviderError> {
        if let Some(snapshot) = self.latest() {
            if self.clock.now_us() >= snapshot.fetched_at_us.saturating_add(self.cache_us) {
                self.renew();
            }
            return Ok(snapshot);
        }
        let mut attempts = self.attempts.lock().await;
        if let Some(snapshot) = self.latest() {
            return Ok(snapshot);
        }
        if let Some(failure) = self.fresh_failure(&attempts, FAILURE_PAUSE_US) {
            return Err(failure);
        }
        self.fetch(&mut attempts).await
    }

    /// Asks the provider itself.
    ///
    /// # Errors
    /// `Unavailable` when it does not answer.
    pub(crate) async fn check(&self) -> Result<(), ProviderError> {
        let mut attempts = self.attempts.lock().await;
        if let Some(failure) = self.fresh_failure(&attempts, CHECK_PAUSE_US) {
            return Err(failure);
        }
        let now_us = self.clock.now_us();
        let fresh = |snapshot: &Arc<Snapshot>| {
            attempts.failure.is_none()
                && now_us < snapshot.fetched_at_us.saturating_add(CHECK_PAUSE_US)
        };
        if self.latest().is_some_and(|snapshot| fresh(&snapshot)) {
            return Ok(());
        }
        self.fetch(&mut attempts).await.map(drop)
    }

    fn renew(self: &Arc<Self>) {
        // Somebody is asking, or has just failed: theirs will do.
        match self.attempts.try_lock() {
            Ok(attempts) if self.fresh_failure(&attempts, UNKNOWN_KEY_PAUSE_US).is_none() => {}
            _ => return,
        }
        let directory = self.clone();
        tokio::spawn(async move {
            let mut attempts = directory.attempts.lock().await;
            let now_us = directory.clock.now_us();
            let old = directory.latest().is_none_or(|snapshot| {
                now_us >= snapshot.fetched_at_us.saturating_add(directory.cache_us)
            });
            if old && directory.fresh_failure(&attempts, UNKNOWN_KEY_PAUSE_US).is_none() {
                // The failure is remembered; the keys there are go on.
                let _ = directory.fetch(&mut attempts).await;
            }
        });
    }

    /// Checks the signature, after asking for new keys when the token names one
    /// that is not known. Returns by which keys.
    ///
    /// # Errors
    /// `TokenInvalid`; `Unavailable` when it cannot be found out.
    pub(crate) async fn verify(
        self: &Arc<Self>,
        token: &UnverifiedToken<'_>,
    ) -> Result<Arc<Snapshot>, ProviderError> {
        let mut snapshot = self.snapshot().await?;
        if !snapshot.has(&token.key_id) {
            snapshot = self.look_for(&token.key_id).await?;
        }
        snapshot.verify(token)?;
        Ok(snapshot)
    }

    async fn look_for(&self, key_id: &str) -> Result<Arc<Snapshot>, ProviderError> {
        let mut attempts = self.attempts.lock().await;
        // Whoever held the lock before may have brought the key.
        if let Some(snapshot) = self.latest().filter(|snapshot| snapshot.has(key_id)) {
            return Ok(snapshot);
        }
        let now_us = self.clock.now_us();
        let asked = attempts
            .unknown_key_at_us
            .is_some_and(|at_us| now_us < at_us.saturating_add(UNKNOWN_KEY_PAUSE_US));
        if asked {
            // When asking failed, the token may well be good.
            let failure = self.fresh_failure(&attempts, UNKNOWN_KEY_PAUSE_US);
            return Err(failure.unwrap_or(ProviderError::TokenInvalid("unknown kid")));
        }
        attempts.unknown_key_at_us = Some(now_us);
        let snapshot = self.fetch(&mut attempts).await?;
        if snapshot.has(key_id) {
            Ok(snapshot)
        } else {
            Err(ProviderError::TokenInvalid("unknown kid"))
        }
    }
}
