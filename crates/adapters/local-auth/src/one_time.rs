//! Secrets that are given out to be used once: challenges, and nonces for ID
//! tokens. They live for minutes in the cache, where every server of the
//! installation finds them; losing one only means asking for another.

use std::sync::Arc;

use bytes::Bytes;
use erynoa_cache::Cache;
use erynoa_kernel::{Entropy, StoreError};

/// Microseconds of a millisecond.
const MS_US: u64 = 1_000;

/// Secrets of one kind, each bound to something.
pub(crate) struct OneTime {
    cache: Arc<dyn Cache>,
    kind: &'static str,
    life_us: u64,
}

impl OneTime {
    pub(crate) fn new(cache: Arc<dyn Cache>, kind: &'static str, life_us: u64) -> Self {
        Self { cache, kind, life_us }
    }

    /// A new secret for `bound`, and when it expires.
    ///
    /// # Errors
    /// `Unavailable`: there is no place for it.
    pub(crate) async fn issue(
        &self,
        entropy: &dyn Entropy,
        bound: &[&[u8]],
        now_us: u64,
    ) -> Result<([u8; 32], u64), StoreError> {
        let expires_at_us = now_us.saturating_add(self.life_us);
        let value = [&expires_at_us.to_be_bytes()[..], &hash_of(bound)].concat();
        let mut secret = [0; 32];
        let draw = || {
            secret = entropy.bytes32();
            self.key(&secret)
        };
        self.cache.put_new(draw, Bytes::from(value), self.life_us / MS_US).await?;
        Ok((secret, expires_at_us))
    }

    /// Closes `secret`, whatever the answer; `true` when it was open for this.
    ///
    /// # Errors
    /// `Unavailable`: where it lies cannot be reached.
    pub(crate) async fn consume(
        &self,
        secret: &[u8; 32],
        bound: &[&[u8]],
        now_us: u64,
    ) -> Result<bool, StoreError> {
        let taken = self.cache.take(&self.key(secret)).await?;
        Ok(taken
            .as_deref()
            .and_then(<[u8]>::split_first_chunk)
            .is_some_and(|(end, of)| now_us < u64::from_be_bytes(*end) && of == hash_of(bound)))
    }

    /// Who reads the cache does not learn the secret.
    fn key(&self, secret: &[u8; 32]) -> String {
        format!("{}:{}", self.kind, blake3::hash(secret).to_hex())
    }
}

fn hash_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_be_bytes()).update(part);
    }
    *hasher.finalize().as_bytes()
}
