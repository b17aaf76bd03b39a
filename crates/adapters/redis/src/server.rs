//! Connections to the server, and how long one waits for it.

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use deadpool_redis::redis::aio::PubSub;
use deadpool_redis::redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, ScriptInvocation, cmd,
};
use deadpool_redis::{Connection, Manager, Pool};
use erynoa_kernel::{StoreError, StoreErrorKind};
use tokio::time::Instant;

/// How long a call waits for the server, with everything that belongs to it,
/// unless it was told otherwise.
pub const TIMEOUT: Duration = Duration::from_millis(200);

/// A server of the Redis protocol, and the part of it that is this
/// installation's. Cheap to clone.
#[derive(Clone)]
pub struct RedisServer {
    pool: Pool,
    client: Client,
    prefix: Arc<str>,
    timeout: Duration,
}

pub(crate) fn unavailable(error: impl Display) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, format!("redis: {error}"))
}

impl RedisServer {
    /// Connects when it is first asked for something.
    ///
    /// `url` is `redis://[user:password@]host:port[/database]`; `installation`
    /// begins every key, so that several can share one server: letters, digits,
    /// dots, hyphens and underscores; `pool_size` is how many connections there
    /// are at most, at least 1.
    ///
    /// # Errors
    /// The URL or the name is not one.
    pub fn new(url: &str, installation: &str, pool_size: usize) -> Result<Self, StoreError> {
        // Others would mean something in the patterns of keys and topics.
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        if installation.is_empty() || !installation.chars().all(is_plain) {
            let advice = "name the installation by letters, digits, dots, hyphens, underscores";
            return Err(unavailable(format_args!("{installation:?} is no name: {advice}")));
        }
        let client = Client::open(url).map_err(unavailable)?;
        // Whoever calls holds the clock.
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let manager = Manager::new_with_config(url, config).map_err(unavailable)?;
        let pool =
            Pool::builder(manager).max_size(pool_size.max(1)).build().map_err(unavailable)?;
        let prefix = format!("erynoa:{installation}:").into();
        Ok(Self { pool, client, prefix, timeout: TIMEOUT })
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

    /// A connection of its own, for listening.
    pub(crate) async fn listen(&self) -> Result<PubSub, StoreError> {
        self.within(async { self.client.get_async_pubsub().await.map_err(unavailable) }).await
    }

    async fn connection(&self) -> Result<Connection, StoreError> {
        self.pool.get().await.map_err(unavailable)
    }

    /// Whatever goes wrong with the server, its caller does without it.
    pub(crate) async fn within<T>(
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
