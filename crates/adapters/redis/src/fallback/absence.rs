//! Whether the server answers, and what it is owed when it does again.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use erynoa_kernel::StoreError;
use tokio::time::Instant;

/// For how long nothing is asked of a server that did not answer.
pub const PAUSE: Duration = Duration::from_millis(500);
/// For how long one who pays what is owed is left alone with it.
const SETTLEMENT: Duration = Duration::from_secs(10);

#[derive(Default)]
struct State {
    /// When somebody may ask again; `None` while it answers.
    next_try: Option<Instant>,
    /// What to tell the server before it is asked again.
    owed: BTreeMap<String, u64>,
    /// What is being told now; it stays owed if that ends in between.
    settling: BTreeMap<String, u64>,
}

/// An absence of the server, or none.
#[derive(Default)]
pub(super) struct Absence(Mutex<State>);

impl Absence {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No operation leaves it half changed, so a panic elsewhere does not
        // spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_away(&self) -> bool {
        self.lock().next_try.is_some()
    }

    /// Whether to ask the server. While it is away one in a while may try.
    pub(super) fn may_ask(&self) -> bool {
        let mut state = self.lock();
        let now = Instant::now();
        match state.next_try {
            None => true,
            Some(at) if now < at => false,
            Some(_) => {
                state.next_try = Some(now + PAUSE);
                true
            }
        }
    }

    /// The server has not answered. Returns whether that is news.
    pub(super) fn begin(&self) -> bool {
        self.lock().next_try.replace(Instant::now() + PAUSE).is_none()
    }

    /// The server has answered.
    pub(super) fn end(&self) {
        self.lock().next_try = None;
    }

    /// The server is to learn `key` with `value`, the greatest of several, as
    /// soon as it answers; `false` if it does already.
    pub(super) fn owe(&self, key: &str, value: u64) -> bool {
        let mut state = self.lock();
        if state.next_try.is_none() {
            return false;
        }
        let owed = state.owed.entry(key.to_owned()).or_default();
        *owed = value.max(*owed);
        true
    }

    /// How much is owed.
    pub(super) fn debts(&self) -> usize {
        let state = self.lock();
        state.owed.len() + state.settling.len()
    }

    /// Whether to ask the server: if it was away, only after it has taken
    /// everything that is owed. `pay` tells it.
    pub(super) async fn may_ask_after<F>(
        &self,
        pay: impl Fn(BTreeMap<String, u64>) -> F + Send + Sync,
    ) -> bool
    where
        F: Future<Output = Result<(), StoreError>> + Send,
    {
        loop {
            let owed = {
                let mut state = self.lock();
                let now = Instant::now();
                match state.next_try {
                    None => return true,
                    Some(at) if now < at => return false,
                    Some(_) => {}
                }
                state.next_try = Some(now + SETTLEMENT);
                let mut fresh = std::mem::take(&mut state.owed);
                state.settling.append(&mut fresh);
                state.settling.clone()
            };
            let paid = pay(owed).await.is_ok();
            let mut state = self.lock();
            if !paid {
                state.next_try = Some(Instant::now() + PAUSE);
                return false;
            }
            state.settling.clear();
            if state.owed.is_empty() {
                state.next_try = None;
                return true;
            }
            // More has come meanwhile.
            state.next_try = Some(Instant::now());
        }
    }
}
