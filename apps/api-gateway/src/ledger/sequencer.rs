//! The one writer of this process.
//!
//! Where several processes write one log, each takes its turn: it reads what
//! the others have added, judges what it was given, appends.

mod own_events;

use std::sync::Arc;
use std::time::Duration;

use erynoa_events::{Admitted, EpochPolicy, LogClock, OpenEpoch, SigningKey, VerifiedEvent};
use erynoa_kernel::{Clock, IdentityId, Kind, Problem};
use erynoa_replica::Batch;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::models::{Models, SignedCheckpoint};
use super::shared::{PAUSE_AFTER_FAILURE, Shared, Write};
use super::writer::Ended;
use super::{Accepted, Founding, Job, Verdict, followed};

/// When epochs close, and how checkpoints are named.
#[derive(Clone, Debug)]
pub struct Policy {
    /// When epochs close.
    pub epochs: EpochPolicy,
    /// Origin line of the checkpoints.
    pub origin: String,
}

/// Events that one fsync may cover.
const GROUP: usize = 4096;

/// When the open epoch's first and latest entries came, by the server's clock.
#[derive(Clone, Copy, Debug)]
struct Arrivals {
    first_us: u64,
    latest_us: u64,
}

pub(super) struct Sequencer {
    shared: Shared,
    key: SigningKey,
    identity: IdentityId,
    clock: Arc<dyn Clock>,
    policy: Policy,
    open: OpenEpoch,
    arrivals: Arrivals,
    /// When something waits for the end of an epoch, by the server's clock.
    deadline_us: Option<u64>,
}

enum Answer {
    Submit(oneshot::Sender<Result<Vec<Verdict>, Problem>>, Vec<Verdict>),
    Found(oneshot::Sender<Result<(), Problem>>, Result<(), Problem>),
    HandOver(oneshot::Sender<Result<u64, Problem>>, Result<u64, Problem>),
}

/// Why the sequencer goes on.
enum Wake {
    Job(Option<Job>),
    /// An epoch may be over.
    Due,
    /// Another process may have written.
    Grown,
}

/// Whether a group ends the open epoch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Close {
    No,
    /// When its time is over.
    IfDue,
    Now,
}

impl Sequencer {
    pub(super) fn new(
        shared: &Shared,
        key: SigningKey,
        clock: Arc<dyn Clock>,
        policy: Policy,
    ) -> Self {
        let now_us = clock.now_us();
        let (identity, open) = {
            let models = shared.read();
            (*models.log.identity(), models.log.open_epoch())
        };
        let mut sequencer = Self {
            shared: shared.clone(),
            key,
            identity,
            clock,
            policy,
            open,
            arrivals: Arrivals { first_us: now_us, latest_us: now_us },
            deadline_us: None,
        };
        sequencer.note_deadline(&shared.read());
        sequencer
    }

    /// Works until [`Job::Stop`], then closes the open epoch, so that what was acknowledged is also under a checkpoint;
    /// or until the log is handed over.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>, runtime: &Handle) -> Ended {
        loop {
            if !self.shared.is_written_by(&self.key.public_key()) {
                tracing::info!("the log has been handed over; this node follows its next home");
                return Ended::HandedOver;
            }
            let next = match self.wait(&mut jobs, runtime) {
                Wake::Job(next) => next,
                Wake::Due => {
                    self.commit(Vec::new(), Close::IfDue, runtime);
                    continue;
                }
                Wake::Grown => {
                    if let Err(error) = self.follow(runtime) {
                        tracing::warn!(%error, "the log could not be read");
                        std::thread::sleep(PAUSE_AFTER_FAILURE);
                    }
                    continue;
                }
            };
            let mut group = Vec::new();
            let mut events = 0;
            let mut last = false;
            let mut job = next;
            loop {
                match job {
                    None | Some(Job::Stop) => last = true,
                    Some(job) => {
                        events += size_of(&job);
                        group.push(job);
                    }
                }
                if last || events >= GROUP {
                    break;
                }
                match jobs.try_recv() {
                    Ok(more) => job = Some(more),
                    Err(_) => break,
                }
            }
            self.commit(group, Close::No, runtime);
            if last {
                break;
            }
        }
        if self.open.events > 0 {
            self.commit(Vec::new(), Close::Now, runtime);
        }
        Ended::Stopped
    }

    fn wait(&self, jobs: &mut mpsc::Receiver<Job>, runtime: &Handle) -> Wake {
        let left = self.time_left();
        // However much is queued, an epoch ends when its time is over.
        if left.is_some_and(|left| left.is_zero()) {
            return Wake::Due;
        }
        runtime.block_on(async {
            let due = async {
                match left {
                    Some(left) => tokio::time::sleep(left).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                job = jobs.recv() => Wake::Job(job),
                () = due => Wake::Due,
                () = self.shared.grown() => Wake::Grown,
            }
        })
    }

    /// Time until the open epoch must close; `None` when nothing is in it and
    /// nothing waits for its end. After a failed write, the pause before the
    /// next try: also when nobody submits, it is found out that the store is back.
    fn time_left(&self) -> Option<Duration> {
        if self.shared.write_failed() {
            return Some(PAUSE_AFTER_FAILURE);
        }
        self.time_to_close()
    }

    fn time_to_close(&self) -> Option<Duration> {
        let Arrivals { first_us, latest_us } = self.arrivals;
        let full = self.policy.epochs.closes_at_us(&self.open, first_us, latest_us);
        let closes_at_us = full.into_iter().chain(self.deadline_us).min()?;
        Some(Duration::from_micros(closes_at_us.saturating_sub(self.clock.now_us())))
    }

    /// The log's own time.
    fn log_time(&self, models: &Models) -> u64 {
        let greatest = models.log.greatest_wall_us();
        self.policy.epochs.closed_at_us(self.clock.now_us(), greatest, models.trust.closed_at_us())
    }

    /// After events have come into the open epoch, or after it was closed.
    fn note_arrivals(&mut self, open: OpenEpoch) {
        let now_us = self.clock.now_us();
        if self.open.first_sequence != open.first_sequence || self.open.events == 0 {
            self.arrivals.first_us = now_us;
        }
        self.arrivals.latest_us = now_us;
        self.open = open;
    }

    /// With the time of events nothing passes without an event.
    fn note_deadline(&mut self, models: &Models) {
        self.deadline_us = match self.policy.epochs.clock {
            LogClock::System => models.next_deadline_us(),
            LogClock::Events => None,
        };
    }

    /// Judges a group, makes what is good durable, shows it, answers.
    ///
    /// Most groups are judged while readers go on and shown after their fsync.
    /// The end of an epoch moves all models at once, and the next event is
    /// judged by what a structural one changes; a group with either holds
    /// readers off until it is durable.
    fn commit(&mut self, group: Vec<Job>, close: Close, runtime: &Handle) {
        let failed = self.shared.write_failed();
        let (answers, outcome) = match self.begin(&group, close, runtime) {
            // Another process has handed the log over in between.
            Ok(()) if !self.shared.is_written_by(&self.key.public_key()) => {
                let refused = followed(&self.policy.origin);
                (group.into_iter().filter_map(Answer::of_none).collect(), Err(refused))
            }
            Ok(()) => {
                let close = match close {
                    Close::No => false,
                    Close::Now => true,
                    // Another process may have ended it in between.
                    Close::IfDue => self.time_to_close().is_some_and(|left| left.is_zero()),
                };
                if close || self.builds_on_itself(&group) {
                    let shared = self.shared.clone();
                    shared.exclusively(|models| {
                        self.commit_exclusively(models, group, close, runtime)
                    })
                } else {
                    self.commit_shared(group, failed, runtime)
                }
            }
            Err(problem) => (group.into_iter().filter_map(Answer::of_none).collect(), Err(problem)),
        };
        if let Err(error) = &outcome {
            tracing::error!(%error, "the log could not be written");
        }
        self.shared.tell_size();
        for answer in answers {
            answer.send(outcome.is_ok());
        }
        if self.shared.is_recovering() {
            self.shared.recover(runtime);
            self.note_log();
        }
    }

    /// Takes the turn of a group that has something to append, and reads what
    /// others have added until then.
    fn begin(&mut self, group: &[Job], close: Close, runtime: &Handle) -> Result<(), Problem> {
        let asks = |job: &Job| match job {
            Job::Submit { events, .. } => !events.is_empty(),
            Job::Found { .. } | Job::HandOver { .. } => true,
            Job::Stop => false,
        };
        if (close != Close::No || group.iter().any(asks)) && self.shared.take_turn(runtime)? {
            self.note_log();
        }
        Ok(())
    }

    /// Folds what other processes have appended.
    fn follow(&mut self, runtime: &Handle) -> Result<(), Problem> {
        self.shared.catch_up(runtime)?;
        self.note_log();
        Ok(())
    }

    /// After the log has grown by others, or was read anew.
    fn note_log(&mut self) {
        let shared = self.shared.clone();
        let models = shared.read();
        self.note_arrivals(models.log.open_epoch());
        self.note_deadline(&models);
    }

    /// Whether the group has a structural event, or an epoch may end within it.
    /// The first event of an epoch gives it its day, so where days end epochs
    /// such a group may cross too.
    fn builds_on_itself(&self, group: &[Job]) -> bool {
        let gives_day = self.policy.epochs.clock == LogClock::Events && self.open.events == 0;
        let mut open = self.open;
        group.iter().any(|job| match job {
            Job::Found { .. } | Job::HandOver { .. } | Job::Stop => true,
            Job::Submit { events, .. } => events.iter().any(|event| {
                let wall_us = event.event().coordinate.wall_us;
                let closes = gives_day || self.policy.epochs.closes_before(&open, wall_us);
                open.events += 1;
                open.greatest_wall_us = open.greatest_wall_us.max(wall_us);
                closes || event.event().body.kind().is_structural()
            }),
        })
    }

    fn commit_shared(
        &mut self,
        group: Vec<Job>,
        failed: bool,
        runtime: &Handle,
    ) -> (Vec<Answer>, Result<(), Problem>) {
        let mut write = Write::default();
        let mut admitted = Vec::new();
        let mut answers = Vec::with_capacity(group.len());
        {
            let models = self.shared.read();
            write.expected_size = models.log.size();
            let mut batch = Batch::over(&models, self.clock.now_us());
            if models.log.size() == 0
                && let Some(genesis) = self.genesis(&group)
            {
                // Nobody else can have made it: the key is ours.
                if judge(&mut batch, &genesis).is_ok() {
                    admitted.push(genesis);
                }
            }
            for job in group {
                let Job::Submit { events, reply } = job else {
                    unreachable!("anything else is committed exclusively or not at all")
                };
                let mut verdicts = Vec::with_capacity(events.len());
                for event in events {
                    let verdict = judge(&mut batch, &event);
                    if matches!(verdict, Ok(accepted) if !accepted.duplicate) {
                        admitted.push(event);
                    }
                    verdicts.push(verdict);
                }
                answers.push(Answer::Submit(reply, verdicts));
            }
            if failed && admitted.is_empty() {
                // Only a real write shows that writing works again.
                write.checkpoint.clone_from(&models.checkpoint);
            }
        }
        write.entries = admitted.iter().map(|event| event.entry().clone()).collect();
        let outcome = self.shared.persist(write, runtime);
        if outcome.is_ok() {
            let mut models = self.shared.write();
            for event in &admitted {
                models.apply(event);
            }
            let open = models.log.open_epoch();
            drop(models);
            if !admitted.is_empty() {
                self.note_arrivals(open);
            }
        }
        (answers, outcome)
    }

    fn commit_exclusively(
        &mut self,
        models: &mut Models,
        group: Vec<Job>,
        close: bool,
        runtime: &Handle,
    ) -> (Vec<Answer>, Result<(), Problem>) {
        let mut write = Write { expected_size: models.log.size(), ..Write::default() };
        if models.log.size() == 0
            && let Some(genesis) = self.genesis(&group)
        {
            Self::take_in(models, &mut write, &genesis);
        }
        let mut answers = Vec::with_capacity(group.len());
        for job in group {
            match job {
                Job::Submit { events, reply } => {
                    let verdicts =
                        events.iter().map(|e| self.judge_one(models, &mut write, e)).collect();
                    answers.push(Answer::Submit(reply, verdicts));
                }
                Job::Found { founding, reply } => {
                    let result = self.found(models, &mut write, founding);
                    answers.push(Answer::Found(reply, result));
                }
                Job::HandOver { offer, reply } => {
                    let result = self.hand_over(models, &mut write, offer);
                    answers.push(Answer::HandOver(reply, result));
                }
                Job::Stop => {}
            }
        }
        if close {
            self.close(models, &mut write);
        }
        let wrote = !write.entries.is_empty();
        let outcome = self.shared.persist(write, runtime);
        if outcome.is_err() {
            // Readers have been held off: they never see what was not stored.
            self.shared.forget(models, runtime);
        }
        if wrote {
            self.note_arrivals(models.log.open_epoch());
        }
        self.note_deadline(models);
        (answers, outcome)
    }

    fn judge_one(&self, models: &mut Models, write: &mut Write, event: &VerifiedEvent) -> Verdict {
        let now_us = self.clock.now_us();
        let mut verdict = judge(&mut Batch::over(models, now_us), event);
        if matches!(verdict, Ok(accepted) if accepted.duplicate) {
            return verdict;
        }
        let open = models.log.open_epoch();
        let wall_us = event.event().coordinate.wall_us;
        let closes = self.policy.epochs.closes_before(&open, wall_us);
        // A refused event ends no day; but when the epoch is full anyway, what
        // its end decides and frees holds for this event already.
        if closes && (verdict.is_ok() || open.events >= self.policy.epochs.max_events) {
            self.close(models, write);
            verdict = judge(&mut Batch::over(models, now_us), event);
        }
        if verdict.is_ok() {
            Self::take_in(models, write, event);
        }
        verdict
    }

    fn take_in(models: &mut Models, write: &mut Write, event: &VerifiedEvent) {
        models.apply(event);
        write.entries.push(event.entry().clone());
    }
}

/// The verdict of a batch on its next event.
fn judge(batch: &mut Batch<'_>, event: &VerifiedEvent) -> Verdict {
    let (sequence, duplicate) = match batch.judge(event)? {
        Admitted::New { sequence } => (sequence, false),
        Admitted::Duplicate { sequence } => (sequence, true),
    };
    Ok(Accepted { id: event.id(), sequence, duplicate })
}

fn size_of(job: &Job) -> usize {
    match job {
        Job::Submit { events, .. } => events.len(),
        Job::Found { .. } | Job::HandOver { .. } | Job::Stop => 1,
    }
}

impl Answer {
    /// Of a job that was not judged.
    fn of_none(job: Job) -> Option<Self> {
        match job {
            Job::Submit { reply, .. } => Some(Self::Submit(reply, Vec::new())),
            Job::Found { reply, .. } => Some(Self::Found(reply, Ok(()))),
            Job::HandOver { reply, .. } => Some(Self::HandOver(reply, Ok(0))),
            Job::Stop => None,
        }
    }

    /// Tells the outcome to whoever still waits for it.
    fn send(self, durable: bool) {
        let unavailable = || {
            Problem::new(
                Kind::Unavailable,
                "SERVICE_UNAVAILABLE",
                "the log cannot be written at the moment; send it again after the delay, what was \
                 stored all the same is then told apart",
            )
            .retry_after_ms(1000)
        };
        // A caller that has gone away does not need the answer.
        match self {
            Self::Submit(reply, verdicts) => {
                let _ = reply.send(if durable { Ok(verdicts) } else { Err(unavailable()) });
            }
            Self::Found(reply, result) => {
                let _ = reply.send(if durable { result } else { Err(unavailable()) });
            }
            Self::HandOver(reply, result) => {
                let _ = reply.send(if durable { result } else { Err(unavailable()) });
            }
        }
    }
}
