//! Connections to the server, and how long one waits for it.

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use deadpool_redis::redis::RedisError;
use deadpool_redis::redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, ScriptInvocation, TlsCertificates, cmd,
};
use deadpool_redis::{Connection, Manager, Pool};
use erynoa_kernel::{StoreError, StoreErrorKind};
use tokio::time::Instant;

/// How long a call waits for the server, with everything that belongs to it,
/// unless it was told otherwise.
pub const TIMEOUT: Duration = Duration::from_millis(200);
/// How a certificate in PEM begins.
const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// A server of the Redis protocol, and the part of it that is this
/// installation's. Cheap to clone.
#[derive(Clone)]
pub struct RedisServer {
    pool: Pool,
    prefix: Arc<str>,
    timeout: Duration,
}

pub(crate) fn unavailable(error: impl Display) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, format!("redis: {error}"))
}

impl RedisServer {
    /// Connects when it is first asked for something.
    ///
    /// `url` is `redis://[user:password@]host:port[/database]`, rediss:// with
    /// TLS, where the certificate must be good for an authority that this machine
    /// trusts; `installation` begins every key, so that several can share one
    /// server: letters, digits, dots, hyphens and underscores; `pool_size` is how
    /// many connections there are at most, at least 1.
    ///
    /// # Errors
    /// The URL or the name is not one.
    pub fn new(url: &str, installation: &str, pool_size: usize) -> Result<Self, StoreError> {
        Self::of(Client::open(url), installation, pool_size)
    }

    /// As [`Self::new`], but the certificate must be good for one of the
    /// authorities whose certificates are in `authorities`, in PEM.
    ///
    /// # Errors
    /// Also when the URL is not rediss:// or there is no certificate.
    pub fn trusting(
        authorities: Vec<u8>,
        url: &str,
        installation: &str,
        pool_size: usize,
    ) -> Result<Self, StoreError> {
        if !authorities.windows(PEM.len()).any(|part| part == PEM) {
            return Err(unavailable("there is no certificate in PEM"));
        }
        let certificates = TlsCertificates { client_tls: None, root_cert: Some(authorities) };
        Self::of(Client::build_with_tls(url, certificates), installation, pool_size)
    }

    fn of(
        client: Result<Client, RedisError>,
        installation: &str,
        pool_size: usize,
    ) -> Result<Self, StoreError> {
        // Others would mean something in the patterns of keys and topics.
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        if installation.is_empty() || !installation.chars().all(is_plain) {
            let advice = "name the installation by letters, digits, dots, hyphens, underscores";
            return Err(unavailable(format_args!("{installation:?} is no name: {advice}")));
        }
        // Which library encrypts is said once a process; whoever was faster has
        // said the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let address = client.map_err(unavailable)?.get_connection_info().clone();
        // Whoever calls holds the clock.
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let manager = Manager::new_with_config(address, config).map_err(unavailable)?;
        let pool =
            Pool::builder(manager).max_size(pool_size.max(1)).build().map_err(unavailable)?;
        let prefix = format!("erynoa:{installation}:").into();
        Ok(Self { pool, prefix, timeout: TIMEOUT })
    }

    /// Waits this long instead of [`TIMEOUT`].
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a call waits.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How long the server takes to answer.
    ///
    /// # Errors
    /// `Unavailable`: it does not answer.
    pub async fn ping(&self) -> Result<Duration, StoreError> {
        let began = Instant::now();
        let _: String = self.query(&cmd("PING")).await?;
        Ok(began.elapsed())
    }

    /// Key of a `kind` of things, one letter.
    pub(crate) fn key(&self, kind: char, name: &str) -> String {
        format!("{}{kind}:{name}", self.prefix)
    }

    pub(crate) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        self.within(async {
            let mut connection = self.connection().await?;
            command.query_async(&mut connection).await.map_err(unavailable)
        })
        .await
    }

    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, StoreError> {
        self.within(async {
            let mut connection = self.connection().await?;
            script.invoke_async(&mut connection).await.map_err(unavailable)
        })
        .await
    }

    async fn connection(&self) -> Result<Connection, StoreError> {
        self.pool.get().await.map_err(|error| {
            let said = error.to_string();
            if !said.contains("certificate") {
                return unavailable(said);
            }
            let advice = "it must name the host of cache.url and be signed by an authority of \
                          cache.ca_file, or of this machine where that is empty";
            unavailable(format_args!("{said}; its certificate is not trusted: {advice}"))
        })
    }

    /// Whatever goes wrong with the server, its caller does without it.
    async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.timeout, work).await {
            Ok(result) => result,
            Err(_) => {
                let ms = self.timeout.as_millis();
                Err(unavailable(format_args!("no answer within {ms} ms")))
            }
        }
    }
}
