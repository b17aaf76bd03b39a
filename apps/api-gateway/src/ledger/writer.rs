//! Who writes the log: its home, or the copy of a home. A log goes from home to
//! home, so the one can become the other while the node runs.

use std::sync::{Arc, PoisonError, RwLock, Weak};

use erynoa_events::SigningKey;
use erynoa_kernel::Clock;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::Job;
use super::follower::{self, Follower};
use super::sequencer::{Policy, Sequencer};
use super::shared::Shared;

/// Jobs that may wait for the sequencer; more are refused with a retry delay.
const QUEUE: usize = 4096;
/// Batches that may wait for the follower; whoever gives more waits.
const QUEUE_OF_COPY: usize = 8;

/// To whom jobs go.
#[derive(Clone)]
pub(super) enum Writer {
    /// The log is written here.
    Home(mpsc::Sender<Job>),
    /// It is written by another node.
    Copy(mpsc::Sender<follower::Job>),
    /// Nobody takes any more.
    Ended,
}

/// Why a writer has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It was told to.
    Stopped,
    /// The log has another home now.
    HandedOver,
}

/// What it takes to be a log's home.
#[derive(Clone)]
pub(super) struct Home {
    /// The key that speaks for the log, once it is the log's.
    pub(super) key: SigningKey,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) policy: Policy,
}

/// Where the jobs of the present writer go.
pub(super) type Seat = Arc<RwLock<Writer>>;

/// The writers of one log, one after the other.
pub(super) struct Succession {
    shared: Shared,
    home: Home,
    /// Gone once nobody has a handle of the ledger any more.
    seat: Weak<RwLock<Writer>>,
    halted: watch::Sender<Option<String>>,
    next: Next,
}

enum Next {
    Home(mpsc::Receiver<Job>),
    Copy(mpsc::Receiver<follower::Job>),
}

impl Succession {
    /// Begins with whoever the log says.
    pub(super) fn new(
        shared: Shared,
        home: Home,
        halted: watch::Sender<Option<String>>,
    ) -> (Self, Seat) {
        let (writer, next) = successor(&shared, &home);
        let seat = Arc::new(RwLock::new(writer));
        let succession = Self { shared, home, seat: Arc::downgrade(&seat), halted, next };
        (succession, seat)
    }

    /// Works until it is told to stop.
    pub(super) fn run(mut self, runtime: &Handle) {
        loop {
            let ended = match self.next {
                Next::Home(jobs) => {
                    let Home { key, clock, policy } = self.home.clone();
                    Sequencer::new(&self.shared, key, clock, policy).run(jobs, runtime)
                }
                Next::Copy(jobs) => {
                    let key = self.home.key.public_key();
                    Follower::new(self.shared.clone(), key, self.halted.clone()).run(jobs, runtime)
                }
            };
            let Some(seat) = self.seat.upgrade() else { return };
            let mut seat = seat.write().unwrap_or_else(PoisonError::into_inner);
            if ended == Ended::Stopped {
                *seat = Writer::Ended;
                return;
            }
            let (writer, next) = successor(&self.shared, &self.home);
            *seat = writer;
            self.next = next;
        }
    }
}

/// Who writes the log from now on.
fn successor(shared: &Shared, home: &Home) -> (Writer, Next) {
    if shared.is_written_by(&home.key.public_key()) {
        let (jobs, receiver) = mpsc::channel(QUEUE);
        (Writer::Home(jobs), Next::Home(receiver))
    } else {
        let (jobs, receiver) = mpsc::channel(QUEUE_OF_COPY);
        (Writer::Copy(jobs), Next::Copy(receiver))
    }
}
