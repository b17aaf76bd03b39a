//! A plan being carried out: a state machine (protocol §11, K14).
//!
//! ```text
//! pending → running → completed
//!                   → failed | timed out | cancelled → compensating → compensated
//!                                                                   → disputed
//! running → disputed, failed → disputed (at and after the pivot)
//! ```
//!
//! Steps run one after the other. A step counts as begun as soon as it is
//! next, because its command may have gone out before a crash; so on the way
//! back it is undone as well, whatever is known of it. The pivot has no
//! compensation: from the moment it is next there is no turning back unless it
//! is refused, and what nobody knows of it is a dispute.

use erynoa_kernel::SagaId;

use crate::catalogue::Effect;
use crate::error::SagaError;
use crate::journal::{Command, Entry, Happened, StepKey};
use crate::limits::{PAUSE_MOST_US, PAUSE_US, TRIES, TRIES_PAST_PIVOT};
use crate::plan::Plan;

/// State of a saga or of one of its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Not begun.
    Pending,
    /// Under way.
    Running,
    /// Done.
    Completed,
    /// Refused, or given up after too many tries.
    Failed,
    /// Not done in time.
    TimedOut,
    /// Stopped.
    Cancelled,
    /// Being undone.
    Compensating,
    /// Undone.
    Compensated,
    /// Neither done nor undone; its effects are frozen until somebody judges.
    Disputed,
}

/// Why a saga is disputed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Somebody contested it.
    Contested,
    /// Nobody knows whether the pivot has happened.
    PivotUnknown,
    /// A step after the pivot does not work.
    StepStuck,
    /// A compensation does not work.
    CompensationStuck,
    /// A step was reported both done and refused.
    Contradiction,
}

/// Whether an entry has changed anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It has.
    Changed,
    /// It is a repetition, or came too late to matter: the saga is as before,
    /// and a journal may leave the entry out.
    Ignored,
}

/// A plan being carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saga {
    plan: Plan,
    /// Everything that the saga has been, the present state last.
    path: Vec<Status>,
    steps: Vec<Status>,
    /// The step that runs, or that is being undone.
    at: usize,
    /// The present try of it, from 1.
    tries: u32,
    /// No new try before, µs.
    not_before_us: u64,
    /// When it turns back unless it has reached the pivot, µs.
    deadline_us: u64,
    now_us: u64,
    reason: Option<Reason>,
    frozen: bool,
}

impl Saga {
    /// A saga that has not begun.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self {
            path: vec![Status::Pending],
            steps: vec![Status::Pending; plan.steps.len()],
            plan,
            at: 0,
            tries: 1,
            not_before_us: 0,
            deadline_us: u64::MAX,
            now_us: 0,
            reason: None,
            frozen: false,
        }
    }

    /// The saga after its journal.
    ///
    /// # Errors
    /// An entry that the saga would have refused: this is not its journal.
    pub fn replay(plan: Plan, journal: &[Entry]) -> Result<Self, SagaError> {
        let mut saga = Self::new(plan);
        for entry in journal {
            saga.apply(*entry)?;
        }
        Ok(saga)
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> SagaId {
        self.plan.saga
    }

    /// What it carries out.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// State of the whole.
    #[must_use]
    pub fn status(&self) -> Status {
        *self.path.last().expect("a path begins with pending")
    }

    /// Everything that the saga has been, in order.
    #[must_use]
    pub fn path(&self) -> &[Status] {
        &self.path
    }

    /// State of each step.
    #[must_use]
    pub fn steps(&self) -> &[Status] {
        &self.steps
    }

    /// Why it is disputed.
    #[must_use]
    pub const fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// Whether nothing more will happen: all committed, all compensated, or
    /// disputed with the effects frozen.
    #[must_use]
    pub fn is_over(&self) -> bool {
        match self.status() {
            Status::Completed | Status::Compensated => true,
            Status::Disputed => self.frozen,
            _ => false,
        }
    }

    /// What is to be done at `now_us`. Asking twice gives the same commands
    /// twice; after a crash ask again.
    #[must_use]
    pub fn commands(&self, now_us: u64) -> Vec<Command> {
        let now_us = now_us.max(self.now_us);
        let key = StepKey { saga: self.id(), step: self.at };
        let mut commands = Vec::new();
        match self.status() {
            Status::Running | Status::Compensating if now_us < self.not_before_us => {
                commands.push(Command::Wake(self.not_before_us));
            }
            Status::Running => commands.push(Command::Run(key, self.tries)),
            Status::Compensating => commands.push(Command::Undo(key, self.tries)),
            Status::Disputed if !self.frozen => commands.push(Command::Freeze(self.id())),
            _ => {}
        }
        if self.status() == Status::Running && self.plan.can_turn_back_at(self.at) {
            commands.push(Command::Wake(self.deadline_us));
        }
        commands
    }

    /// Takes in one entry of the journal.
    ///
    /// # Errors
    /// It cannot happen now; nothing has changed.
    pub fn apply(&mut self, entry: Entry) -> Result<Applied, SagaError> {
        let before = (self.path.len(), self.at, self.tries, self.frozen);
        if self.status() == Status::Pending {
            if entry.happened != Happened::Started {
                return Err(SagaError::NotStarted);
            }
            self.now_us = entry.at_us;
            self.deadline_us = entry.at_us.saturating_add(self.plan.timeout_us);
            self.path.push(Status::Running);
            self.begin(0);
            return Ok(Applied::Changed);
        }
        self.check(entry.happened)?;
        let now_before_us = self.now_us;
        self.now_us = self.now_us.max(entry.at_us);
        match entry.happened {
            Happened::Started | Happened::Waited => {}
            Happened::Done { step } => self.done(step),
            Happened::Refused { step } => self.refused(step),
            Happened::Lost { step, tries } => self.lost(step, tries),
            Happened::Undone { step } => self.undone(step),
            Happened::UndoRefused { step } if self.undoes(step) => {
                self.dispute(Reason::CompensationStuck);
            }
            Happened::UndoRefused { .. } => {}
            Happened::UndoLost { step, tries } => self.undo_lost(step, tries),
            Happened::Cancelled if self.status() == Status::Running => {
                self.turn_back(Status::Cancelled);
            }
            Happened::Cancelled => {}
            Happened::Contested => self.dispute(Reason::Contested),
            Happened::Frozen => self.frozen = self.status() == Status::Disputed,
        }
        if self.status() == Status::Running
            && self.now_us >= self.deadline_us
            && self.plan.can_turn_back_at(self.at)
        {
            self.turn_back(Status::TimedOut);
        }
        let after = (self.path.len(), self.at, self.tries, self.frozen);
        if before == after {
            self.now_us = now_before_us;
            return Ok(Applied::Ignored);
        }
        Ok(Applied::Changed)
    }

    /// Refuses what cannot be true or is not allowed.
    fn check(&self, happened: Happened) -> Result<(), SagaError> {
        match happened {
            Happened::Done { step }
            | Happened::Refused { step }
            | Happened::Lost { step, .. }
            | Happened::Undone { step }
            | Happened::UndoRefused { step }
            | Happened::UndoLost { step, .. } => match self.steps.get(step) {
                None | Some(Status::Pending) => Err(SagaError::StepUnknown { step }),
                Some(_) => Ok(()),
            },
            Happened::Cancelled | Happened::Contested if self.is_over() => Err(SagaError::Over),
            Happened::Cancelled
                if self.status() == Status::Running && !self.plan.can_turn_back_at(self.at) =>
            {
                Err(SagaError::PastPivot)
            }
            _ => Ok(()),
        }
    }

    /// `step` is next; when there is none the saga has reached its goal.
    fn begin(&mut self, step: usize) {
        self.at = step;
        self.tries = 1;
        self.not_before_us = self.now_us;
        match self.steps.get_mut(step) {
            Some(status) => *status = Status::Running,
            None => self.path.push(Status::Completed),
        }
    }

    fn runs(&self, step: usize) -> bool {
        self.status() == Status::Running && self.at == step
    }

    fn undoes(&self, step: usize) -> bool {
        self.status() == Status::Compensating && self.at == step
    }

    fn done(&mut self, step: usize) {
        if self.runs(step) {
            self.steps[step] = Status::Completed;
            let next = step + 1;
            // Nobody has been asked for the pivot yet: it can still be too late.
            if self.plan.pivot == Some(next) && self.now_us >= self.deadline_us {
                self.turn_back(Status::TimedOut);
            } else {
                self.begin(next);
            }
        } else if self.plan.pivot == Some(step) && self.steps[step] == Status::Failed {
            // Anything else that was refused is being undone all the same.
            self.dispute(Reason::Contradiction);
        }
    }

    fn refused(&mut self, step: usize) {
        if self.runs(step) {
            self.steps[step] = Status::Failed;
            if self.plan.pivot.is_some_and(|pivot| step > pivot) {
                self.path.push(Status::Failed);
                self.dispute(Reason::StepStuck);
            } else {
                self.turn_back(Status::Failed);
            }
        } else if self.steps[step] == Status::Completed && !self.is_over() {
            self.dispute(Reason::Contradiction);
        }
    }

    fn lost(&mut self, step: usize, tries: u32) {
        if !self.runs(step) || tries != self.tries {
            return;
        }
        if self.plan.can_turn_back_at(step) {
            if self.try_again(TRIES) {
                return;
            }
            self.turn_back(Status::Failed);
        } else if !self.try_again(TRIES_PAST_PIVOT) {
            self.steps[step] = Status::Failed;
            self.path.push(Status::Failed);
            let at_pivot = self.plan.pivot == Some(step);
            self.dispute(if at_pivot { Reason::PivotUnknown } else { Reason::StepStuck });
        }
    }

    fn undone(&mut self, step: usize) {
        if self.undoes(step) {
            self.steps[step] = Status::Compensated;
            self.undo_before(step);
        }
    }

    fn undo_lost(&mut self, step: usize, tries: u32) {
        if self.undoes(step) && tries == self.tries && !self.try_again(TRIES_PAST_PIVOT) {
            self.dispute(Reason::CompensationStuck);
        }
    }

    /// Whether there is another try; the pause before it doubles each time.
    fn try_again(&mut self, most: u32) -> bool {
        if self.tries >= most {
            return false;
        }
        let pause_us = PAUSE_US.saturating_mul(1 << (self.tries - 1)).min(PAUSE_MOST_US);
        self.not_before_us = self.now_us.saturating_add(pause_us);
        self.tries += 1;
        true
    }

    /// Undoes everything that may have begun, the last first.
    fn turn_back(&mut self, cause: Status) {
        if self.steps[self.at] != Status::Completed {
            self.steps[self.at] = cause;
        }
        self.path.extend([cause, Status::Compensating]);
        self.undo_before(self.at + 1);
    }

    /// Undoes the last step before `end` that leaves something behind.
    fn undo_before(&mut self, end: usize) {
        self.tries = 1;
        self.not_before_us = self.now_us;
        let steps = &self.plan.steps[..end];
        match steps.iter().rposition(|step| matches!(step.effect, Effect::Undone(_))) {
            Some(step) => {
                self.at = step;
                self.steps[step] = Status::Compensating;
            }
            None => self.path.push(Status::Compensated),
        }
    }

    fn dispute(&mut self, reason: Reason) {
        if self.status() == Status::Disputed || self.is_over() {
            return;
        }
        if matches!(self.steps[self.at], Status::Running | Status::Compensating) {
            self.steps[self.at] = Status::Disputed;
        }
        self.path.push(Status::Disputed);
        self.reason = Some(reason);
    }
}
