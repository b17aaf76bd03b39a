//! What is asked of whatever several servers share.

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_kernel::StoreError;

use crate::{Admission, Rate};

/// Copies of what can be computed again. Laws: `contract`.
///
/// A copy may be as old as its time to live: another server that is cut off
/// from the rest cannot take it away. What must be exact does not belong here.
#[async_trait]
pub trait Cache: Send + Sync + 'static {
    /// The value, unless it was never set, was deleted, is too old or was
    /// dropped for want of room.
    async fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError>;

    /// Sets a value for `ttl_ms` milliseconds, at least 1.
    async fn set(&self, key: &str, value: Bytes, ttl_ms: u64) -> Result<(), StoreError>;

    /// Takes the value away, if there is one.
    async fn delete(&self, key: &str) -> Result<(), StoreError>;
}

/// Counts requests. Laws: `contract`, and [`Rate::admit`].
#[async_trait]
pub trait RateLimiter: Send + Sync + 'static {
    /// Whether one more request of `key` may pass at `now_us`. One that is
    /// refused does not count.
    async fn check(&self, key: &str, rate: Rate, now_us: u64) -> Result<Admission, StoreError>;
}

/// Sessions that ended before their access tokens do. Laws: `contract`.
#[async_trait]
pub trait Revocations: Send + Sync + 'static {
    /// No token of this session is good any more; said until `until_us`, when
    /// the last of its tokens has expired by itself.
    async fn revoke(&self, session: &str, until_us: u64, now_us: u64) -> Result<(), StoreError>;

    /// Whether the session was revoked.
    async fn is_revoked(&self, session: &str, now_us: u64) -> Result<bool, StoreError>;
}

/// What a subscription gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A message.
    Message(Bytes),
    /// Messages may have been lost before this point: read where the truth is.
    Gap,
}

/// Messages to every server, at most once and in the order of each publisher.
/// It wakes followers; what they missed they read from the log. Laws: `contract`.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Sends to everybody who is subscribed now, oneself too.
    async fn publish(&self, topic: &str, message: Bytes) -> Result<(), StoreError>;

    /// Follows a topic from now on.
    async fn subscribe(&self, topic: &str) -> Result<Box<dyn Subscription>, StoreError>;
}

/// Follows one topic; dropping it ends that.
#[async_trait]
pub trait Subscription: Send + 'static {
    /// The next signal. A call that is dropped before it is ready loses nothing.
    async fn next(&mut self) -> Signal;
}
