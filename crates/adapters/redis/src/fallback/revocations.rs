//! Revoked sessions without their server.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use erynoa_cache::Revocations;
use erynoa_kernel::StoreError;

use super::absence::{Absence, Route};

/// The shared list, and where sessions are stored while that does not answer.
/// What was revoked meanwhile is in the list before it is asked again.
pub struct SteadyRevocations {
    shared: Arc<dyn Revocations>,
    truth: Arc<dyn Revocations>,
    absence: Arc<Absence>,
}

impl SteadyRevocations {
    /// `truth` knows of every session, whoever has revoked it: it looks at the
    /// store of sessions.
    #[must_use]
    pub fn new(shared: Arc<dyn Revocations>, truth: Arc<dyn Revocations>) -> Self {
        Self { shared, truth, absence: Arc::default() }
    }

    /// Whether the list does not answer.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.absence.is_away()
    }

    fn may_ask(&self, now_us: u64) -> bool {
        let shared = Arc::clone(&self.shared);
        self.absence.may_ask_after(|owed| pay(shared, owed, now_us))
    }
}

async fn pay(
    shared: Arc<dyn Revocations>,
    owed: BTreeMap<String, u64>,
    now_us: u64,
) -> Result<(), StoreError> {
    for (session, until_us) in owed {
        shared.revoke(&session, until_us, now_us).await?;
    }
    Ok(())
}

#[async_trait]
impl Revocations for SteadyRevocations {
    async fn revoke(&self, session: &str, until_us: u64, now_us: u64) -> Result<(), StoreError> {
        loop {
            let route = if self.may_ask(now_us) {
                Route::Shared
            } else {
                self.absence.route(session, until_us, usize::MAX)
            };
            if route != Route::Instead
                && self.shared.revoke(session, until_us, now_us).await.is_err()
            {
                self.absence.begin();
                continue;
            }
            if route != Route::Shared {
                self.truth.revoke(session, until_us, now_us).await?;
            }
            return Ok(());
        }
    }

    async fn is_revoked(&self, session: &str, now_us: u64) -> Result<bool, StoreError> {
        if self.may_ask(now_us) {
            if let Ok(is_revoked) = self.shared.is_revoked(session, now_us).await {
                return Ok(is_revoked);
            }
            self.absence.begin();
        }
        self.truth.is_revoked(session, now_us).await
    }
}
