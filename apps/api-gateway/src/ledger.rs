//! The ledger: one log, what is folded from it, and the one writer.
//!
//! Readers look at [`Models`] under a lock that is held for microseconds, and
//! at the end of an epoch until its fold is durable. One
//! thread, the sequencer, judges what is submitted, makes it durable with one
//! fsync for many events, and only then lets readers see it.

#[cfg(test)]
mod faults;
mod follower;
#[cfg(test)]
mod following;
#[cfg(test)]
mod handing_over;
mod models;
mod replay;
mod sequencer;
mod shared;
mod writer;

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, TryLockError};
use std::time::Duration;

use bytes::Bytes;
use erynoa_access::SignInKeys;
use erynoa_events::{
    EventError, EventLog, KeyAdded, KeyPurpose, Rule, SigningKey, VerifiedEvent, key_added_message,
};
use erynoa_kernel::{Clock, EventId, IdentityId, Kind, Problem, PublicKey};
pub use follower::{Checked, FollowError};
use futures_util::future;
pub use models::{LastCosigned, Matter, Models, SignedCheckpoint};
pub use replay::{Damage, LogName, replay};
pub use sequencer::Policy;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{mpsc, oneshot, watch};

use self::shared::Shared;
use self::writer::{Home, Seat as WriterSeat, Succession, Writer};
use crate::seats::{Seat, Seats};

/// An event that is in the log, durably.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub id: EventId,
    /// Its position.
    pub sequence: u64,
    /// It was there before; nothing changed.
    pub duplicate: bool,
}

/// The verdict on one submitted event.
pub type Verdict = Result<Accepted, EventError>;

/// With what the root realm begins.
#[derive(Clone, Debug)]
pub struct Founding {
    /// Its founder.
    pub founder: IdentityId,
    /// Its name.
    pub name: String,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// A job for the sequencer.
pub(crate) enum Job {
    /// Append events, each judged by itself.
    Submit { events: Vec<VerifiedEvent>, reply: oneshot::Sender<Result<Vec<Verdict>, Problem>> },
    /// Create the root realm.
    Found { founding: Founding, reply: oneshot::Sender<Result<(), Problem>> },
    /// Give the log to the next home, which has offered its key. The answer is
    /// the size of the last head that is signed here.
    HandOver { offer: KeyAdded, reply: oneshot::Sender<Result<u64, Problem>> },
    /// Nothing comes after this.
    Stop,
}

/// Handle of the ledger; cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    log: Arc<dyn EventLog>,
    models: Arc<RwLock<Models>>,
    writer: WriterSeat,
    /// Speaks for the log where it is written here.
    key: SigningKey,
    origin: Arc<str>,
    halted: watch::Receiver<Option<String>>,
    size: watch::Receiver<u64>,
    /// Whether readers are held off until the store has answered.
    held: watch::Receiver<bool>,
    watchers: Arc<Seats>,
    closing: Arc<watch::Sender<bool>>,
    write_failed: Arc<AtomicBool>,
    recovering: Arc<AtomicBool>,
}

/// What joins the writer's thread at the end.
pub struct Running {
    thread: std::thread::JoinHandle<()>,
}

impl Running {
    /// The thread of a writer.
    fn of(name: &str, work: impl FnOnce(&Handle) + Send + 'static) -> Self {
        let runtime = Handle::current();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                if catch_unwind(AssertUnwindSafe(|| work(&runtime))).is_err() {
                    // What readers would see could be half of a change.
                    tracing::error!("the writer has panicked; the log is safe, stopping");
                    std::process::exit(1);
                }
            })
            .expect("the system gives a thread at start");
        Self { thread }
    }

    /// Waits until everything that was submitted before [`Ledger::stop`] is
    /// durable and answered.
    pub fn join(self) {
        if self.thread.join().is_err() {
            tracing::error!("the writer has panicked");
        }
    }
}

/// Longest that a call waits for readers to be let in again.
const HELD_MOST: Duration = Duration::from_secs(2);
/// Label of the keys of a log, from home to home.
pub(crate) const LOG_KEY_LABEL: &str = "log";
/// Streams that may follow the log at once.
pub const MOST_WATCHERS: usize = 1000;
/// Streams of one client address.
pub const MOST_WATCHERS_EACH: usize = 100;

impl Ledger {
    /// Replays `log`, which began here, and starts its writer: the sequencer,
    /// or what follows the log's next home when it was handed over.
    ///
    /// # Errors
    /// [`Damage`], naming the position, when the log does not hold together.
    pub async fn start(
        log: Arc<dyn EventLog>,
        key: SigningKey,
        clock: Arc<dyn Clock>,
        policy: Policy,
    ) -> Result<(Self, Running), Damage> {
        let name = LogName { key: key.public_key(), origin: policy.origin.clone(), copied: false };
        Self::open(log, name, Home { key, clock, policy }).await
    }

    /// Replays the copy of a log that began at another node, under the key
    /// `home`, and starts what takes in more of it. Once the log is handed over
    /// to `key`, it is written here.
    ///
    /// # Errors
    /// [`Damage`], naming the position, when the log does not hold together or
    /// is another one.
    pub async fn copy(
        log: Arc<dyn EventLog>,
        home: PublicKey,
        key: SigningKey,
        clock: Arc<dyn Clock>,
        policy: Policy,
    ) -> Result<(Self, Running), Damage> {
        let name = LogName { key: home, origin: policy.origin.clone(), copied: true };
        Self::open(log, name, Home { key, clock, policy }).await
    }

    async fn open(
        log: Arc<dyn EventLog>,
        name: LogName,
        home: Home,
    ) -> Result<(Self, Running), Damage> {
        let origin = Arc::from(name.origin.as_str());
        let models = replay(log.as_ref(), &name).await?;
        let closing = Arc::new(watch::Sender::new(false));
        let shared = Shared::new(log, name, models, closing.subscribe());
        let key = home.key.clone();
        let (halt, halted) = watch::channel(None);
        let (succession, writer) = Succession::new(shared.clone(), home, halt);
        let running = Running::of("sequencer", move |runtime| succession.run(runtime));
        let ledger = Self {
            log: Arc::clone(&shared.log),
            models: shared.models(),
            writer,
            key,
            origin,
            halted,
            size: shared.sizes(),
            held: shared.holding(),
            watchers: Seats::new(MOST_WATCHERS, MOST_WATCHERS_EACH),
            closing,
            write_failed: shared.failing(),
            recovering: shared.recovery(),
        };
        Ok((ledger, running))
    }

    fn writer(&self) -> Writer {
        self.writer.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Everything folded from the durable log. Do not hold across an await.
    pub fn read(&self) -> RwLockReadGuard<'_, Models> {
        loop {
            match self.models.try_read() {
                Ok(models) => return models,
                // A panic of the writer ends the process.
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
            if *self.held.borrow() {
                return aside(|| self.models.read().unwrap_or_else(PoisonError::into_inner));
            }
            // What else is written takes microseconds.
            std::thread::yield_now();
        }
    }

    /// Waits until readers are not held off.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when that takes too long: the store is away.
    pub async fn readable(&self) -> Result<(), Problem> {
        let mut held = self.held.clone();
        let free = tokio::time::timeout(HELD_MOST, held.wait_for(|held| !held)).await;
        if free.is_ok() && !self.is_recovering() {
            return Ok(());
        }
        let message = "the store of the log is away; try again after the delay";
        let problem = Problem::new(Kind::Unavailable, "SERVICE_UNAVAILABLE", message);
        Err(problem.retry_after_ms(1000))
    }

    /// Appends events in order; each is judged by itself. The answer means that
    /// what was accepted is on disk.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when the log cannot be written; nothing is stored.
    pub async fn submit(&self, events: Vec<VerifiedEvent>) -> Result<Vec<Verdict>, Problem> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Submit { events, reply })?;
        answer.await.map_err(|_| self.gone())?
    }

    /// Creates the root realm.
    ///
    /// # Errors
    /// `ALREADY_CLAIMED` when it exists, `LOG_FOLLOWED` in a copy.
    pub async fn found(&self, founding: Founding) -> Result<(), Problem> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Found { founding, reply })?;
        answer.await.map_err(|_| self.gone())?
    }

    /// Name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What the log's identity has to say so that this node becomes its home;
    /// `None` where it is.
    #[must_use]
    pub fn offer(&self) -> Option<KeyAdded> {
        self.copied_from()?;
        let public_key = self.key.public_key();
        let message = key_added_message(self.read().log.identity(), &public_key);
        Some(KeyAdded {
            public_key,
            purposes: vec![KeyPurpose::Assertion],
            label: LOG_KEY_LABEL.to_owned(),
            countersignature: self.key.sign(&message),
        })
    }

    /// Hands the log over to the home whose key is offered. Returns the size of
    /// the last head that was signed here; from then on this node follows.
    ///
    /// # Errors
    /// What is wrong with the offer; `LOG_FOLLOWED`; `SERVICE_UNAVAILABLE`.
    pub async fn hand_over(&self, offer: KeyAdded) -> Result<u64, Problem> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::HandOver { offer, reply })?;
        answer.await.map_err(|_| self.gone())?
    }

    /// Why the writer takes no more: the log was handed over, or the server is
    /// stopping.
    fn gone(&self) -> Problem {
        self.copied_from().map_or_else(stopping, followed)
    }

    fn send(&self, job: Job) -> Result<(), Problem> {
        let jobs = match self.writer() {
            Writer::Home(jobs) => jobs,
            Writer::Copy(_) => return Err(followed(&self.origin)),
            Writer::Ended => return Err(self.gone()),
        };
        jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Problem::new(
                Kind::RateLimited,
                "RATE_LIMITED",
                "more is being submitted than the log can take; try again after the delay",
            )
            .retry_after_ms(200),
            mpsc::error::TrySendError::Closed(_) => self.gone(),
        })
    }

    /// Origin of the log that this is a copy of; `None` at its home.
    #[must_use]
    pub fn copied_from(&self) -> Option<&str> {
        // The log itself says whose word it is; the writer follows a moment later.
        let is_home = self.read().log.keys().current() == &self.key.public_key();
        (!is_home).then_some(&self.origin)
    }

    /// Whether the log is written here.
    ///
    /// # Errors
    /// `LOG_FOLLOWED`, naming the home.
    pub fn must_be_home(&self) -> Result<(), Problem> {
        self.copied_from().map_or(Ok(()), |origin| Err(followed(origin)))
    }

    /// Why a copy stands still; `None` while it does not.
    #[must_use]
    pub fn halted(&self) -> Option<String> {
        self.halted.borrow().clone()
    }

    /// Checks form and signatures of entries from position `from` on, beside
    /// everything else that goes on.
    ///
    /// # Errors
    /// [`FollowError::Unfit`], naming the first entry that is not genuine.
    pub async fn check(&self, from: u64, entries: Vec<Bytes>) -> Result<Checked, FollowError> {
        follower::check_all(from, entries).await
    }

    /// Takes entries into the copy, and the head in `note` once the entries
    /// reach it. They must stand under a head that the home has signed: what
    /// does not follow is its fault, and the copy stands still then. What the
    /// copy has already is passed over. Returns the size of the durable copy;
    /// when it cannot take everything, it takes nothing.
    ///
    /// # Errors
    /// See [`FollowError`].
    pub async fn follow(&self, checked: Checked, note: Option<String>) -> Result<u64, FollowError> {
        let jobs = match self.writer() {
            Writer::Copy(jobs) => jobs,
            Writer::Home(_) => return Err(FollowError::Home),
            Writer::Ended => return Err(FollowError::stopping()),
        };
        let (reply, answer) = oneshot::channel();
        let job = follower::Job::Follow(follower::Followed { checked, note, reply });
        jobs.send(job).await.map_err(|_| FollowError::stopping())?;
        answer.await.map_err(|_| FollowError::stopping())?
    }

    /// Counts a cosignature that was verified and written down.
    pub fn cosigned(&self, witness: PublicKey, last: LastCosigned) {
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        models.witnessing.cosign(witness, last);
    }

    /// Entries at these positions, in this order.
    ///
    /// # Errors
    /// When the store fails, or a position is not in the log.
    pub async fn entries(&self, sequences: &[u64]) -> Result<Vec<Bytes>, Problem> {
        let runs = runs_of(sequences);
        let reads = runs.iter().map(|&(from, count)| self.log.read(from, count));
        let mut entries = Vec::with_capacity(sequences.len());
        for (run, read) in runs.iter().zip(future::try_join_all(reads).await?) {
            if read.len() != run.1 {
                return Err(Problem::internal(format!("log ends before position {}", run.0)));
            }
            entries.extend(read);
        }
        Ok(entries)
    }

    /// The size of the durable log, as it grows.
    #[must_use]
    pub fn sizes(&self) -> watch::Receiver<u64> {
        self.size.clone()
    }

    /// A place among those who follow the log, for as long as it is held.
    ///
    /// # Errors
    /// `RATE_LIMITED` above [`MOST_WATCHERS`], or [`MOST_WATCHERS_EACH`] of
    /// one address.
    pub fn watching(&self, client: IpAddr) -> Result<Seat, Problem> {
        self.watchers.take(client).ok_or_else(|| {
            Problem::new(
                Kind::RateLimited,
                "RATE_LIMITED",
                "too many streams are open; close one, or try again after the delay",
            )
            .retry_after_ms(5000)
        })
    }

    /// How many follow the log at this moment.
    #[must_use]
    pub fn watchers(&self) -> usize {
        self.watchers.taken()
    }

    /// Turns true when the server is about to stop.
    #[must_use]
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// Tells those who follow the log that the server is about to stop.
    pub fn announce_stop(&self) {
        self.closing.send_replace(true);
    }

    /// Ends the sequencer once everything that was submitted is answered.
    pub async fn stop(&self) {
        loop {
            let sent = match self.writer() {
                Writer::Home(jobs) => jobs.send(Job::Stop).await.is_ok(),
                Writer::Copy(jobs) => jobs.send(follower::Job::Stop).await.is_ok(),
                Writer::Ended => true,
            };
            if sent {
                return;
            }
            // The log is just going from home to home.
            tokio::task::yield_now().await;
        }
    }

    /// Has something empty go through the writer's queue and back.
    ///
    /// # Errors
    /// Why it does not come back, or why a copy stands still.
    pub async fn probe(&self) -> Result<(), String> {
        if self.copied_from().is_none() {
            return match self.submit(Vec::new()).await {
                // Its home is elsewhere since a moment ago.
                Err(problem) if problem.code != "LOG_FOLLOWED" => Err(problem.to_string()),
                _ => Ok(()),
            };
        }
        let nothing = follower::Checked::default();
        self.follow(nothing, None).await.map(drop).map_err(|error| error.to_string())
    }

    /// Whether the last attempt to write the log failed.
    #[must_use]
    pub fn write_failed(&self) -> bool {
        self.write_failed.load(Ordering::Relaxed)
    }

    /// Whether nothing can be read until the log's store is back.
    #[must_use]
    pub fn is_recovering(&self) -> bool {
        self.recovering.load(Ordering::Acquire)
    }

    /// The log's store, for what only it knows.
    #[must_use]
    pub fn store(&self) -> &dyn EventLog {
        self.log.as_ref()
    }
}

/// Waits on a thread that has given its other work away. The writer that is
/// waited for may itself wait for its store, whose answer would else be for this
/// thread to hear.
fn aside<T>(wait: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(wait),
        _ => wait(),
    }
}

fn followed(origin: &str) -> Problem {
    let message = format!(
        "this node holds a copy of the log {origin} and writes nothing; say it at the log's home"
    );
    Problem::new(Kind::Forbidden, "LOG_FOLLOWED", message)
}

fn stopping() -> Problem {
    Problem::new(
        Kind::Unavailable,
        "SERVICE_UNAVAILABLE",
        "the server is stopping; nothing was stored",
    )
    .retry_after_ms(1000)
}

/// Neighbouring positions as (first, count), so that a page is few reads.
fn runs_of(sequences: &[u64]) -> Vec<(u64, usize)> {
    let mut runs: Vec<(u64, usize)> = Vec::new();
    for &sequence in sequences {
        match runs.last_mut() {
            Some((first, count)) if *first + *count as u64 == sequence => *count += 1,
            _ => runs.push((sequence, 1)),
        }
    }
    runs
}

impl SignInKeys for Ledger {
    fn may_sign_in(&self, identity: &IdentityId, key: &PublicKey) -> bool {
        self.read().directory.may_sign_in(identity, key)
    }

    fn name_of(&self, identity: &IdentityId) -> String {
        self.read().directory.name_of(identity).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::runs_of;

    #[test]
    fn neighbouring_positions_are_read_together() {
        assert_eq!(runs_of(&[3, 4, 5, 9, 8, 10]), [(3, 3), (9, 1), (8, 1), (10, 1)]);
    }
}
