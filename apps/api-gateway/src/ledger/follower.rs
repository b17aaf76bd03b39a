//! The one writer of a copy: takes in what the log's home has written.

use std::thread::available_parallelism;

use bytes::Bytes;
use erynoa_events::VerifiedEvent;
use erynoa_kernel::{Problem, PublicKey};
use erynoa_replica::{Batch, Misfit, Unfit, check_entries, fits, follow};
use futures_util::future;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};

use super::models::Models;
use super::replay::check;
use super::shared::{PAUSE_AFTER_FAILURE, Shared, Write};
use super::writer::Ended;

/// Entries that one fsync may cover, and for which readers are held off at once.
const GROUP: usize = 4096;
/// Entries that are worth a thread of their own to check.
const SHARE: usize = 128;

/// Entries whose form and signatures have been checked.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    from: u64,
    events: Vec<VerifiedEvent>,
}

/// Why entries of the log's home were not taken in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FollowError {
    /// An entry does not follow. The copy stands still from now on.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The head is one of the log's home, but of other entries. The copy stands
    /// still from now on.
    #[error("the log has forked: {0}")]
    Forked(String),
    /// The note is no head of the log.
    #[error("{0}")]
    Head(String),
    /// Entries before these are missing.
    #[error("the copy has {size} entries; these begin at {from}")]
    Gap {
        /// Entries of the copy.
        size: u64,
        /// First position.
        from: u64,
    },
    /// The copy stands still.
    #[error("the copy stands still: {0}")]
    Halted(String),
    /// The store does not answer, or the server is stopping; nothing was stored.
    #[error("{0}")]
    Unavailable(String),
    /// The log is written here.
    #[error("this node is the log's home and follows nobody")]
    Home,
}

impl FollowError {
    /// Whether nothing of the log's home can be believed any more.
    #[must_use]
    pub const fn halts(&self) -> bool {
        matches!(self, Self::Unfit(_) | Self::Forked(_))
    }

    pub(super) fn stopping() -> Self {
        super::stopping().into()
    }
}

impl From<Problem> for FollowError {
    fn from(problem: Problem) -> Self {
        Self::Unavailable(problem.message.to_string())
    }
}

/// Checks form and signatures of entries from position `from` on, on all
/// processors.
pub(super) async fn check_all(from: u64, entries: Vec<Bytes>) -> Result<Checked, FollowError> {
    let threads = available_parallelism().map_or(1, usize::from);
    let share = entries.len().div_ceil(threads).max(SHARE);
    let mut rest = entries;
    let mut shares = Vec::new();
    let mut first = from;
    while !rest.is_empty() {
        let next = rest.split_off(share.min(rest.len()));
        let count = rest.len() as u64;
        let share = std::mem::replace(&mut rest, next);
        shares.push(tokio::task::spawn_blocking(move || check_entries(first, share)));
        first += count;
    }
    let mut events = Vec::new();
    for checked in future::join_all(shares).await {
        events.extend(checked.map_err(|_| FollowError::stopping())??);
    }
    Ok(Checked { from, events })
}

/// A job for the follower.
pub(super) enum Job {
    Follow(Followed),
    /// Nothing comes after this.
    Stop,
}

/// What the home has written.
pub(super) struct Followed {
    pub(super) checked: Checked,
    /// A head of the log, whether or not the entries reach it.
    pub(super) note: Option<String>,
    pub(super) reply: oneshot::Sender<Result<u64, FollowError>>,
}

pub(super) struct Follower {
    shared: Shared,
    /// Once the log is handed over to this key, it is written here.
    key: PublicKey,
    /// Why the copy stands still.
    halted: watch::Sender<Option<String>>,
}

enum Wake {
    Job(Option<Job>),
    /// Another process has written.
    Grown,
    /// Whether the store is back.
    Again,
}

impl Follower {
    pub(super) fn new(
        shared: Shared,
        key: PublicKey,
        halted: watch::Sender<Option<String>>,
    ) -> Self {
        Self { shared, key, halted }
    }

    /// Works until [`Job::Stop`], or until the log is handed over to us.
    pub(super) fn run(self, mut jobs: mpsc::Receiver<Job>, runtime: &Handle) -> Ended {
        loop {
            if self.shared.is_written_by(&self.key) {
                tracing::info!("the log has been handed over to this node, which is its home now");
                return Ended::HandedOver;
            }
            let first = match self.wait(&mut jobs, runtime) {
                Wake::Job(Some(Job::Follow(first))) => first,
                Wake::Job(Some(Job::Stop) | None) => return Ended::Stopped,
                Wake::Grown => {
                    if let Err(error) = self.shared.catch_up(runtime) {
                        tracing::warn!(%error, "the log could not be read");
                        std::thread::sleep(PAUSE_AFTER_FAILURE);
                    }
                    continue;
                }
                Wake::Again => {
                    self.commit(Vec::new(), runtime);
                    continue;
                }
            };
            let mut count = first.checked.events.len();
            let mut group = vec![first];
            let mut last = false;
            while count < GROUP {
                match jobs.try_recv() {
                    Ok(Job::Follow(next)) => {
                        count += next.checked.events.len();
                        group.push(next);
                    }
                    Ok(Job::Stop) => {
                        last = true;
                        break;
                    }
                    Err(_) => break,
                }
            }
            self.commit(group, runtime);
            if last {
                return Ended::Stopped;
            }
        }
    }

    fn wait(&self, jobs: &mut mpsc::Receiver<Job>, runtime: &Handle) -> Wake {
        let failed = self.shared.write_failed();
        runtime.block_on(async {
            let again = async {
                if failed {
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                } else {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                biased;
                job = jobs.recv() => Wake::Job(job),
                () = again => Wake::Again,
                () = self.shared.grown() => Wake::Grown,
            }
        })
    }

    /// Takes in a group as one write. When something in it does not follow, what
    /// comes before that is taken in, and nothing of the rest.
    fn commit(&self, mut group: Vec<Followed>, runtime: &Handle) {
        let mut refused = Vec::new();
        while let Some((at, error)) = self.try_group(&group, runtime) {
            if error.halts() {
                tracing::error!(%error, "the copy stands still");
                self.halted.send_replace(Some(error.to_string()));
            }
            refused.extend(group.split_off(at).into_iter().map(|of| (of, error.clone())));
            if group.is_empty() {
                break;
            }
        }
        self.shared.tell_size();
        let size = self.shared.read().log.size();
        for followed in group {
            followed.answer(Ok(size));
        }
        for (followed, error) in refused {
            followed.answer(Err(error));
        }
        if self.shared.is_recovering() {
            self.shared.recover(runtime);
        }
    }

    /// Takes in all of a group, or nothing: then the one that is at fault.
    fn try_group(&self, group: &[Followed], runtime: &Handle) -> Option<(usize, FollowError)> {
        if let Some(why) = self.halted.borrow().clone() {
            return Some((0, FollowError::Halted(why)));
        }
        let failed = self.shared.write_failed();
        let is_empty = |followed: &Followed| followed.note.is_none() && followed.is_empty();
        if !failed && group.iter().all(is_empty) {
            return None;
        }
        if let Err(problem) = self.shared.take_turn(runtime) {
            return Some((0, problem.into()));
        }
        let plan = match Plan::of(&self.shared.read(), &self.shared, group) {
            Ok(plan) => plan,
            Err(refused) => return Some(refused),
        };
        let outcome = if plan.moves_models() {
            self.shared.exclusively(|models| self.take_exclusively(models, &plan, runtime))
        } else {
            self.take_beside_readers(&plan, failed, runtime)
        };
        outcome.err()
    }

    /// Judges entries on top of each other, as readers wait: ends of epochs and
    /// structural events change by what the next one is judged.
    fn take_exclusively(
        &self,
        models: &mut Models,
        plan: &Plan<'_>,
        runtime: &Handle,
    ) -> Result<(), (usize, FollowError)> {
        let mut write = Write { expected_size: models.log.size(), ..Write::default() };
        let mut folded = plan.events.iter().try_fold(false, |closed, (of, event)| {
            let closes = follow(models, event).map_err(|unfit| (*of, unfit.into()))?;
            write.entries.push(event.entry().clone());
            Ok::<bool, (usize, FollowError)>(closed | closes)
        });
        if let (Ok(_), Some((of, note))) = (&folded, &plan.head) {
            match check(models, (*note).to_owned(), &self.shared.name) {
                Ok(checkpoint) => {
                    models.set_checkpoint(checkpoint.clone());
                    write.checkpoint = Some(checkpoint);
                }
                Err(damage) => folded = Err((*of, FollowError::Forked(damage.to_string()))),
            }
        }
        let stored = folded.and_then(|closed| {
            self.shared.persist(write, runtime).map_err(|problem| (0, problem.into()))?;
            Ok(closed)
        });
        match stored {
            Ok(true) => models.refresh(),
            Ok(false) => {}
            Err(refused) => {
                self.end_turn(models, runtime);
                // Readers have been held off: they never see what was not stored.
                self.shared.forget(models, runtime);
                return Err(refused);
            }
        }
        Ok(())
    }

    fn take_beside_readers(
        &self,
        plan: &Plan<'_>,
        failed: bool,
        runtime: &Handle,
    ) -> Result<(), (usize, FollowError)> {
        let mut write = Write::default();
        let judged = {
            let models = self.shared.read();
            write.expected_size = models.log.size();
            if failed && plan.events.is_empty() {
                // Only a real write shows that writing works again.
                write.checkpoint.clone_from(&models.checkpoint);
            }
            let mut batch = Batch::over(&models, u64::MAX);
            (models.log.size()..).zip(&plan.events).try_for_each(|(position, (of, event))| {
                fits(&mut batch, position, event).map_err(|unfit| (*of, unfit.into()))?;
                write.entries.push(event.entry().clone());
                Ok::<(), (usize, FollowError)>(())
            })
        };
        if let Err(refused) = judged {
            self.end_turn(&self.shared.read(), runtime);
            return Err(refused);
        }
        self.shared.persist(write, runtime).map_err(|problem| (0, problem.into()))?;
        let mut models = self.shared.write();
        plan.events.iter().for_each(|(_, event)| models.apply(event));
        Ok(())
    }

    /// Lets other processes write, with nothing written.
    fn end_turn(&self, models: &Models, runtime: &Handle) {
        let write = Write { expected_size: models.log.size(), ..Write::default() };
        if let Err(error) = self.shared.persist(write, runtime) {
            tracing::debug!(%error, "the turn ends by itself");
        }
    }
}

/// What of a group is new.
struct Plan<'a> {
    /// With the place of its job in the group.
    events: Vec<(usize, &'a VerifiedEvent)>,
    /// The greatest head that the entries reach, when it is a new one.
    head: Option<(usize, &'a str)>,
}

impl<'a> Plan<'a> {
    fn of(
        models: &Models,
        shared: &Shared,
        group: &'a [Followed],
    ) -> Result<Self, (usize, FollowError)> {
        let mut plan = Self { events: Vec::new(), head: None };
        let known = models.log.size();
        let mut next = known;
        for (of, Followed { checked, .. }) in group.iter().enumerate() {
            let from = checked.from;
            if from > next {
                return Err((of, FollowError::Gap { size: next, from }));
            }
            for (position, event) in (from..).zip(&checked.events) {
                if position >= next {
                    plan.events.push((of, event));
                    next = position + 1;
                    continue;
                }
                // What was taken in before is the same, or the home has two logs.
                let new = || {
                    let at = usize::try_from(position - known).ok()?;
                    plan.events.get(at).map(|(_, event)| event.id())
                };
                let there = models.log.at(position).map(|there| there.id).or_else(new);
                if there != Some(event.id()) {
                    return Err((of, Unfit { position, reason: Misfit::Other }.into()));
                }
            }
        }
        let mut greatest = models.checkpoint_size();
        for (of, followed) in group.iter().enumerate() {
            let Some(note) = &followed.note else { continue };
            let name = &shared.name;
            let head = (models.log.keys().check(&name.origin, note))
                .map_err(|error| (of, FollowError::Head(error.to_string())))?;
            if head.size > greatest && head.size <= next {
                greatest = head.size;
                plan.head = Some((of, note));
            }
        }
        Ok(plan)
    }

    fn moves_models(&self) -> bool {
        self.head.is_some()
            || self.events.iter().any(|(_, event)| event.event().body.kind().is_structural())
    }
}

impl Followed {
    fn is_empty(&self) -> bool {
        self.checked.events.is_empty()
    }

    /// A caller that has gone away does not need the answer.
    fn answer(self, outcome: Result<u64, FollowError>) {
        let _ = self.reply.send(outcome);
    }
}
