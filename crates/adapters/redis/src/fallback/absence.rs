//! Whether the server answers, and what it is owed when it does again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use erynoa_kernel::StoreError;
use tokio::time::Instant;

/// For how long nothing is asked of a server that did not answer.
pub const PAUSE: Duration = Duration::from_millis(500);
/// For how long one who pays what is owed is left alone with it.
const SETTLEMENT: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// It answers.
    #[default]
    Here,
    /// It does not; from then on somebody may try.
    Away(Instant),
    /// Somebody has begun to tell it what is owed.
    Returning(Instant),
}

#[derive(Default)]
struct State {
    phase: Phase,
    /// What to tell the server before anything is read from it again.
    owed: BTreeMap<String, u64>,
}

/// Where a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// To the server.
    Shared,
    /// To both: what is read comes from the stand-in still, and soon from the
    /// server.
    Both,
    /// To the stand-in; the server is owed it.
    Instead,
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
        self.lock().phase != Phase::Here
    }

    /// Whether to ask the server, to which nothing is ever owed. While it is
    /// away one in a while may try.
    pub(super) fn may_ask(&self) -> bool {
        let mut state = self.lock();
        let now = Instant::now();
        match state.phase {
            Phase::Here => true,
            Phase::Away(until) | Phase::Returning(until) if now < until => false,
            Phase::Away(_) | Phase::Returning(_) => {
                state.phase = Phase::Away(now + PAUSE);
                true
            }
        }
    }

    /// The server has not answered. Returns whether that is news.
    pub(super) fn begin(&self) -> bool {
        let mut state = self.lock();
        let was_here = state.phase == Phase::Here;
        state.phase = Phase::Away(Instant::now() + PAUSE);
        was_here
    }

    /// The server has answered.
    pub(super) fn end(&self) {
        self.lock().phase = Phase::Here;
    }

    /// Where a change of `key` goes; if the server is away it is owed `value`,
    /// the greatest of several. Of more than `most` keys nobody keeps count:
    /// one more is remembered and stands for all.
    pub(super) fn route(&self, key: &str, value: u64, most: usize) -> Route {
        let mut state = self.lock();
        match state.phase {
            Phase::Here => Route::Shared,
            Phase::Returning(_) => Route::Both,
            Phase::Away(_) => {
                if state.owed.len() <= most || state.owed.contains_key(key) {
                    let owed = state.owed.entry(key.to_owned()).or_default();
                    *owed = value.max(*owed);
                }
                Route::Instead
            }
        }
    }

    /// Whether to ask the server. If it was away, the first one to try has `pay`
    /// tell it what is owed; nobody waits for that, and until it is done nobody
    /// reads from the server.
    pub(super) fn may_ask_after<F>(
        self: &Arc<Self>,
        pay: impl FnOnce(BTreeMap<String, u64>) -> F,
    ) -> bool
    where
        F: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        let mut state = self.lock();
        let now = Instant::now();
        match state.phase {
            Phase::Here => return true,
            Phase::Away(until) | Phase::Returning(until) if now < until => return false,
            Phase::Away(_) | Phase::Returning(_) => {}
        }
        // From here on changes go to the server too, so nothing is added to
        // what is owed.
        let mine = Phase::Returning(now + SETTLEMENT);
        state.phase = mine;
        let payment = pay(state.owed.clone());
        drop(state);
        let absence = Arc::clone(self);
        tokio::spawn(async move {
            let paid = payment.await.is_ok();
            let mut state = absence.lock();
            if state.phase != mine {
                // It has been lost again, or took too long.
                return;
            }
            if paid {
                state.owed.clear();
                state.phase = Phase::Here;
            } else {
                state.phase = Phase::Away(Instant::now() + PAUSE);
            }
        });
        false
    }
}
