//! The one writer of the log.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use erynoa_events::{
    Admitted, Body, Checkpoint, EpochClosed, EpochPolicy, Event, EventError, EventLog,
    IdentityCreated, LogClock, OpenEpoch, RECOVERY_DELAY_S, RealmCreated, SigningKey,
    VerifiedEvent, sign_event,
};
use erynoa_kernel::{Clock, Coordinate, IdentityId, Kind, Namespace, Problem, RealmId};
use erynoa_replica::Batch;
use erynoa_trust::TrustFold;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};

use super::models::{Models, SignedCheckpoint};
use super::replay::replay;
use super::{Accepted, Job, Verdict};

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
/// After a failed write the end of an epoch waits this long, so that those who
/// submit are answered in between.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// When the open epoch's first and latest entries came, by the server's clock.
#[derive(Clone, Copy, Debug)]
struct Arrivals {
    first_us: u64,
    latest_us: u64,
}

pub(super) struct Sequencer {
    log: Arc<dyn EventLog>,
    models: Arc<RwLock<Models>>,
    key: SigningKey,
    identity: IdentityId,
    clock: Arc<dyn Clock>,
    policy: Policy,
    size: watch::Sender<u64>,
    open: OpenEpoch,
    arrivals: Arrivals,
    /// When something waits for the end of an epoch, by the server's clock.
    deadline_us: Option<u64>,
    write_failed: Arc<AtomicBool>,
}

/// What a group adds to the log in one go.
#[derive(Default)]
struct Write {
    expected_size: u64,
    entries: Vec<Bytes>,
    checkpoint: Option<SignedCheckpoint>,
}

enum Answer {
    Submit(oneshot::Sender<Result<Vec<Verdict>, Problem>>, Vec<Verdict>),
    Found(oneshot::Sender<Result<(), Problem>>, Result<(), Problem>),
}

impl Sequencer {
    pub(super) fn new(
        log: Arc<dyn EventLog>,
        models: &Arc<RwLock<Models>>,
        key: SigningKey,
        clock: Arc<dyn Clock>,
        policy: Policy,
        size: watch::Sender<u64>,
        write_failed: Arc<AtomicBool>,
    ) -> Self {
        let identity = IdentityId::of(Namespace::Craft, &key.public_key());
        let now_us = clock.now_us();
        let arrivals = Arrivals { first_us: now_us, latest_us: now_us };
        let open = OpenEpoch::default();
        let deadline_us = None;
        let mut sequencer = Self {
            log,
            models: Arc::clone(models),
            key,
            identity,
            clock,
            policy,
            size,
            open,
            arrivals,
            deadline_us,
            write_failed,
        };
        let models = models.read().unwrap_or_else(PoisonError::into_inner);
        sequencer.open = models.log.open_epoch();
        sequencer.note_deadline(&models);
        drop(models);
        sequencer
    }

    /// Works until [`Job::Stop`], then closes the open epoch, so that what was acknowledged is also under a checkpoint.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>, runtime: &Handle) {
        loop {
            let next = match self.time_left() {
                None => runtime.block_on(jobs.recv()),
                // However much is queued, an epoch ends when its time is over.
                Some(left) if left.is_zero() => {
                    self.commit(Vec::new(), true, runtime);
                    continue;
                }
                Some(left) => {
                    match runtime.block_on(async { tokio::time::timeout(left, jobs.recv()).await })
                    {
                        Ok(next) => next,
                        Err(_) => {
                            self.commit(Vec::new(), true, runtime);
                            continue;
                        }
                    }
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
            self.commit(group, false, runtime);
            if last {
                break;
            }
        }
        if self.open.events > 0 {
            self.commit(Vec::new(), true, runtime);
        }
    }

    /// Time until the open epoch must close; `None` when nothing is in it and
    /// nothing waits for its end. After a failed write, the pause before the
    /// next try.
    fn time_left(&self) -> Option<Duration> {
        let left = self.time_to_close()?;
        let failed = self.write_failed.load(Ordering::Relaxed);
        Some(if failed { left.max(PAUSE_AFTER_FAILURE) } else { left })
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
    fn commit(&mut self, group: Vec<Job>, close: bool, runtime: &Handle) {
        let crosses = close || self.builds_on_itself(&group);
        let (answers, outcome) = if crosses {
            self.commit_exclusively(group, close, runtime)
        } else {
            self.commit_shared(group, runtime)
        };
        if let Err(error) = &outcome {
            tracing::error!(%error, "the log could not be written");
        }
        let size = self.models.read().unwrap_or_else(PoisonError::into_inner).log.size();
        self.size.send_if_modified(|known| {
            let grew = *known != size;
            *known = size;
            grew
        });
        for answer in answers {
            answer.send(outcome.is_ok());
        }
    }

    /// Whether the group has a structural event, or an epoch may end within it.
    /// The first event of an epoch gives it its day, so where days end epochs
    /// such a group may cross too.
    fn builds_on_itself(&self, group: &[Job]) -> bool {
        let gives_day = self.policy.epochs.clock == LogClock::Events && self.open.events == 0;
        let mut open = self.open;
        group.iter().any(|job| match job {
            Job::Found { .. } | Job::Stop => true,
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
        runtime: &Handle,
    ) -> (Vec<Answer>, Result<(), Problem>) {
        let mut write = Write::default();
        let mut admitted = Vec::new();
        let mut answers = Vec::with_capacity(group.len());
        {
            let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
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
        }
        write.entries = admitted.iter().map(|event| event.entry().clone()).collect();
        let outcome = self.persist(write, runtime);
        if outcome.is_ok() {
            let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
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
        group: Vec<Job>,
        close: bool,
        runtime: &Handle,
    ) -> (Vec<Answer>, Result<(), Problem>) {
        let shared = Arc::clone(&self.models);
        let mut models = shared.write().unwrap_or_else(PoisonError::into_inner);
        let mut write = Write { expected_size: models.log.size(), ..Write::default() };
        if models.log.size() == 0
            && let Some(genesis) = self.genesis(&group)
        {
            Self::take_in(&mut models, &mut write, &genesis);
        }
        let mut answers = Vec::with_capacity(group.len());
        for job in group {
            match job {
                Job::Submit { events, reply } => {
                    let verdicts =
                        events.iter().map(|e| self.judge_one(&mut models, &mut write, e)).collect();
                    answers.push(Answer::Submit(reply, verdicts));
                }
                Job::Found { founder, name, reply } => {
                    let result = self.found(&mut models, &mut write, founder, name);
                    answers.push(Answer::Found(reply, result));
                }
                Job::Stop => {}
            }
        }
        if close {
            self.close(&mut models, &mut write);
        }
        let wrote = !write.entries.is_empty();
        let outcome = self.persist(write, runtime);
        if outcome.is_err() {
            // Readers have been held off: they never see what was not stored.
            *models = self.replayed(runtime);
        }
        if wrote {
            self.note_arrivals(models.log.open_epoch());
        }
        self.note_deadline(&models);
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

    fn found(
        &self,
        models: &mut Models,
        write: &mut Write,
        founder: IdentityId,
        name: String,
    ) -> Result<(), Problem> {
        if models.is_claimed() {
            return Err(Problem::new(
                Kind::AlreadyExists,
                "ALREADY_CLAIMED",
                "the installation has an operator already",
            ));
        }
        let realm = models.root_realm();
        let body = Body::RealmCreated(RealmCreated {
            realm,
            name,
            founders: vec![founder],
            ..RealmCreated::default()
        });
        let event = self.sign(models, realm, body)?;
        self.judge_one(models, write, &event)?;
        Ok(())
    }

    /// Ends the open epoch: fold, `epoch_closed`, checkpoint.
    fn close(&self, models: &mut Models, write: &mut Write) {
        let closed_at_us = self.log_time(models);
        let size = models.log.size();
        let outcome = models.close(closed_at_us);
        let body = Body::EpochClosed(EpochClosed {
            epoch: outcome.epoch,
            closed_at_us,
            size,
            state_root: outcome.state_root,
            parameters_hash: TrustFold::parameters_hash(),
        });
        let event = self.sign(models, RealmId::NULL, body).expect("epoch_closed is well-formed");
        models.apply(&event);
        write.entries.push(event.entry().clone());
        let size = models.log.size();
        let root = models.log.tree().root_at(size).expect("the tree has a root at its size");
        let note = Checkpoint { origin: self.policy.origin.clone(), size, root }.sign(&self.key);
        let checkpoint = SignedCheckpoint { size, root, note };
        models.checkpoint = Some(checkpoint.clone());
        write.checkpoint = Some(checkpoint);
        models.refresh();
        self.announce(models, write);
    }

    /// Says what the end of an epoch has decided: changes of rules, exclusions,
    /// ends of proposals.
    fn announce(&self, models: &mut Models, write: &mut Write) {
        for (realm, body) in models.realms.due() {
            let said = self.sign(models, realm, body).and_then(|event| {
                judge(&mut Batch::over(models, self.clock.now_us()), &event)?;
                Ok(event)
            });
            match said {
                Ok(event) => Self::take_in(models, write, &event),
                // What the realms decide is checked before it is decided.
                Err(error) => tracing::error!(%error, "a decision could not be announced"),
            }
        }
    }

    /// Signs an event of the log's own identity.
    fn sign(
        &self,
        models: &Models,
        realm: RealmId,
        body: Body,
    ) -> Result<VerifiedEvent, EventError> {
        let head = models.log.head(&self.key.public_key());
        let event = Event {
            author: self.identity,
            realm,
            coordinate: Coordinate::next(self.log_time(models), head.map(|(_, at)| at)),
            prev: head.map(|(id, _)| id),
            parents: Vec::new(),
            body,
        };
        sign_event(&event, &self.key)
    }

    /// The log's first entry: its own identity, at the time of what comes first.
    fn genesis(&self, group: &[Job]) -> Option<VerifiedEvent> {
        let first = group.iter().find_map(|job| match job {
            Job::Submit { events, .. } => events.first(),
            Job::Found { .. } | Job::Stop => None,
        })?;
        let now_us = match self.policy.epochs.clock {
            LogClock::System => self.clock.now_us(),
            LogClock::Events => first.event().coordinate.wall_us,
        };
        let event = Event {
            author: self.identity,
            realm: RealmId::NULL,
            coordinate: Coordinate { wall_us: now_us, counter: 0 },
            prev: None,
            parents: Vec::new(),
            body: Body::IdentityCreated(IdentityCreated {
                namespace: Namespace::Craft,
                display_name: self.policy.origin.chars().take(100).collect(),
                key_label: "log".to_owned(),
                recovery_key: None,
                recovery_delay_s: RECOVERY_DELAY_S.1,
                controller: None,
            }),
        };
        sign_event(&event, &self.key).ok()
    }

    fn persist(&self, write: Write, runtime: &Handle) -> Result<(), Problem> {
        if write.entries.is_empty() {
            return Ok(());
        }
        let note = write.checkpoint.map(|checkpoint| checkpoint.note);
        let append = self.log.append(write.expected_size, write.entries, note);
        let outcome = runtime.block_on(append);
        self.write_failed.store(outcome.is_err(), Ordering::Relaxed);
        outcome.map_err(Problem::from)
    }

    /// The log folded anew: after a failed write it is the truth again.
    fn replayed(&self, runtime: &Handle) -> Models {
        let key = self.key.public_key();
        match runtime.block_on(replay(self.log.as_ref(), key, &self.policy.origin)) {
            Ok(models) => models,
            Err(damage) => {
                tracing::error!(%damage, "the log cannot be read back; stopping");
                std::process::exit(1);
            }
        }
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
        Job::Found { .. } | Job::Stop => 1,
    }
}

impl Answer {
    /// Tells the outcome to whoever still waits for it.
    fn send(self, durable: bool) {
        let unavailable = || {
            Problem::new(
                Kind::Unavailable,
                "SERVICE_UNAVAILABLE",
                "the log cannot be written at the moment; nothing was stored",
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
        }
    }
}
