//! The bus: one connection listens for the whole installation.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use deadpool_redis::redis::{Value, cmd};
use erynoa_cache::{Bus, MemoryBus, Subscription};
use erynoa_kernel::StoreError;
use futures_util::StreamExt;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::RedisServer;
use crate::server::unavailable;

/// How often one makes sure that the silence is one of peace.
const PULSE: Duration = Duration::from_millis(500);

/// A bus between all servers of the installation.
pub struct RedisBus {
    server: RedisServer,
    local: Arc<MemoryBus>,
    listener: AbortHandle,
}

impl RedisBus {
    /// Begins to listen, and goes on until it is dropped: whenever the
    /// connection is lost it makes another one, after which every follower has
    /// a gap. Must be called within a tokio runtime.
    pub async fn connect(server: RedisServer) -> Self {
        let local = Arc::new(MemoryBus::default());
        let (connected, is_connected) = oneshot::channel();
        let listening = listen_forever(server.clone(), Arc::clone(&local), connected);
        let listener = tokio::spawn(listening).abort_handle();
        // A server that is away now is one that comes back later.
        let _ = timeout(server.timeout(), is_connected).await;
        Self { server, local, listener }
    }

    /// What followers are subscribed to.
    pub(crate) fn local(&self) -> &MemoryBus {
        &self.local
    }
}

impl Drop for RedisBus {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

#[async_trait]
impl Bus for RedisBus {
    async fn publish(&self, topic: &str, message: Bytes) -> Result<(), StoreError> {
        let mut publish = cmd("PUBLISH");
        publish.arg(self.server.key('b', topic)).arg(&message[..]);
        self.server.query(&publish).await
    }

    async fn subscribe(&self, topic: &str) -> Result<Box<dyn Subscription>, StoreError> {
        self.local.subscribe(topic).await
    }
}

async fn listen_forever(
    server: RedisServer,
    local: Arc<MemoryBus>,
    connected: oneshot::Sender<()>,
) {
    let mut connected = Some(connected);
    loop {
        // Why it ended does not matter: it begins again.
        let _ = listen(&server, &local, &mut connected).await;
        sleep(server.timeout()).await;
    }
}

/// Listens until the connection is lost.
async fn listen(
    server: &RedisServer,
    local: &MemoryBus,
    connected: &mut Option<oneshot::Sender<()>>,
) -> Result<(), StoreError> {
    let prefix = server.key('b', "");
    let (mut sink, mut messages) = server.listen().await?.split();
    let pattern = format!("{prefix}*");
    server.within(async { sink.psubscribe(pattern).await.map_err(unavailable) }).await?;
    local.gap();
    if let Some(connected) = connected.take() {
        // Nobody waits for it any more: it took too long.
        let _ = connected.send(());
    }
    let mut pulse = interval(PULSE);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    loop {
        tokio::select! {
            message = messages.next() => {
                let Some(message) = message else { return Err(unavailable("it hung up")) };
                heard = Instant::now();
                if let Some(topic) = message.get_channel_name().strip_prefix(&prefix) {
                    local.deliver(topic, &Bytes::copy_from_slice(message.get_payload_bytes()));
                }
            }
            _ = pulse.tick() => {
                if heard.elapsed() >= PULSE {
                    let ping = async { sink.ping::<Value>().await.map_err(unavailable) };
                    server.within(ping).await?;
                }
            }
        }
    }
}
