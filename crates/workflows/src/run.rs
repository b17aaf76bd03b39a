//! A workflow that runs: a pure state machine, the same on every engine.
//!
//! ```text
//! running ⇄ waiting → completed
//! running, waiting → compensating → failed | cancelled
//! running, compensating → stuck → (retry) running, compensating
//! ```
//!
//! A step counts as begun as soon as it is next, because its call may have gone
//! out before a crash; so on the way back it is undone as well.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::definition::{Call, Definition, EffectKey, Next, Outcome, Past};
use crate::engine::Start;
use crate::error::WorkflowError;
use crate::limits::{REASON_MOST, RUN_STEPS_MOST, STEP_ARGUMENTS_MOST, STEP_OUTPUT_MOST};
use crate::run_state::{RunStatus, RunStep, StepState};

/// A workflow that runs or has run; what engines store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its name for ever, chosen by whoever started it.
    pub key: String,
    /// Name of its definition.
    pub workflow: String,
    /// Version of its definition with which it began and ends.
    pub version: u32,
    /// Whom it belongs to; empty when it belongs to the installation.
    pub owner: String,
    /// What it was started with.
    pub input: Value,
    /// Its state.
    pub status: RunStatus,
    /// Its steps so far, in order.
    pub steps: Vec<RunStep>,
    /// What it gave; null before its end.
    pub output: Value,
    /// Why it failed, was cancelled or is stuck; empty otherwise.
    pub reason: String,
    /// µs since the Unix epoch.
    pub started_at_us: u64,
    /// µs since the Unix epoch.
    pub changed_at_us: u64,
    /// When it has to be looked at next, µs; `None` when nothing is to be done.
    pub due_us: Option<u64>,
    /// Changes so far; what a write must be based on.
    pub revision: u64,
    /// Somebody wants it to stop as soon as the present try has ended.
    cancel_asked: bool,
    /// Where it ends once everything is undone.
    turning_back: Option<RunStatus>,
}

/// What a run asks for. All of it may be carried out more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Todo {
    /// Carry out this effect and report with [`Event::Tried`].
    Run(Call),
    /// Undo this effect and report with [`Event::Undid`].
    Undo(Call),
    /// Report [`Event::Woke`].
    Wake,
    /// Come again at this time, µs.
    Sleep(u64),
    /// Nothing before somebody asks for it.
    Rest,
}

/// What happens to a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A try of a step has ended.
    Tried(usize, Outcome),
    /// A try to undo a step has ended.
    Undid(usize, Outcome),
    /// Time has passed.
    Woke,
    /// Somebody wants it to stop.
    Cancel,
    /// Somebody wants it to be tried again now.
    Retry,
}

fn size(value: &Value) -> usize {
    value.to_string().len()
}

/// Short enough to be kept, on one line.
fn kept(reason: &str) -> String {
    reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(REASON_MOST).collect()
}

impl Run {
    /// A run at its beginning.
    #[must_use]
    pub fn begin(start: Start, definition: &dyn Definition, now_us: u64) -> Self {
        let mut run = Self {
            key: start.key,
            workflow: start.workflow,
            version: definition.version(),
            owner: start.owner,
            input: start.input,
            status: RunStatus::Running,
            steps: Vec::new(),
            output: Value::Null,
            reason: String::new(),
            started_at_us: now_us,
            changed_at_us: now_us,
            due_us: None,
            revision: 1,
            cancel_asked: false,
            turning_back: None,
        };
        run.go_on(definition, now_us);
        run
    }

    /// Whether this start would have made this run.
    #[must_use]
    pub fn is_of(&self, start: &Start) -> bool {
        self.key == start.key
            && self.workflow == start.workflow
            && self.owner == start.owner
            && self.input == start.input
    }

    /// What is to be done at `now_us`. Asking twice gives the same twice; after
    /// a crash ask again.
    #[must_use]
    pub fn todo(&self, now_us: u64) -> Todo {
        let Some(due_us) = self.due_us else { return Todo::Rest };
        if due_us > now_us {
            return Todo::Sleep(due_us);
        }
        let at = |state| self.steps.iter().position(|step| step.state == state);
        let call = |at: usize| {
            let step = &self.steps[at];
            Call {
                key: EffectKey { run: self.key.clone(), step: at },
                workflow: self.workflow.clone(),
                owner: self.owner.clone(),
                input: self.input.clone(),
                step: step.name.clone(),
                arguments: step.arguments.clone(),
                output: step.output.clone(),
            }
        };
        match self.status {
            RunStatus::Running if !self.cancel_asked => {
                at(StepState::Running).map_or(Todo::Wake, |at| Todo::Run(call(at)))
            }
            RunStatus::Compensating => {
                at(StepState::Undoing).map_or(Todo::Wake, |at| Todo::Undo(call(at)))
            }
            _ => Todo::Wake,
        }
    }

    /// Takes in what has happened. What comes too late to matter changes
    /// nothing.
    ///
    /// # Errors
    /// `Over` when somebody asks for something and the run has ended.
    pub fn take(
        &mut self,
        definition: &dyn Definition,
        event: Event,
        now_us: u64,
    ) -> Result<(), WorkflowError> {
        let now_us = now_us.max(self.changed_at_us);
        let before = (self.status, self.due_us, self.cancel_asked);
        let steps_before = self.steps.clone();
        match event {
            Event::Cancel | Event::Retry if self.status.is_over() => {
                return Err(WorkflowError::Over(self.key.clone()));
            }
            Event::Tried(at, outcome) => self.tried(definition, at, outcome, now_us),
            Event::Undid(at, outcome) => self.undid(definition, at, outcome, now_us),
            Event::Woke => self.woke(definition, now_us),
            Event::Cancel => self.cancel(now_us),
            Event::Retry => self.retry(definition, now_us),
        }
        if before != (self.status, self.due_us, self.cancel_asked) || steps_before != self.steps {
            self.revision += 1;
            self.changed_at_us = now_us;
        }
        Ok(())
    }

    /// Stops until somebody has looked at it.
    pub fn stick(&mut self, reason: &str, now_us: u64) {
        self.status = RunStatus::Stuck;
        self.reason = kept(reason);
        self.due_us = None;
        self.revision += 1;
        self.changed_at_us = now_us.max(self.changed_at_us);
    }

    fn tried(&mut self, definition: &dyn Definition, at: usize, outcome: Outcome, now_us: u64) {
        if self.status != RunStatus::Running || !self.is_at(at, StepState::Running) {
            return;
        }
        match outcome {
            Outcome::Done(output) if size(&output) > STEP_OUTPUT_MOST => {
                // It is not asked again: it would only say the same.
                self.steps[at].error = "what it gave is too long to be kept".into();
                self.pause_for_good(now_us);
                return;
            }
            Outcome::Done(output) => {
                self.steps[at].output = output;
                self.steps[at].error.clear();
                self.change(at, StepState::Done, now_us);
            }
            Outcome::Refused(reason) => {
                self.steps[at].error = kept(&reason);
                self.change(at, StepState::Refused, now_us);
            }
            Outcome::Lost(reason) if !self.cancel_asked => {
                self.try_again(definition, at, &reason, now_us);
                return;
            }
            Outcome::Lost(reason) => self.steps[at].error = kept(&reason),
        }
        if self.cancel_asked {
            self.turn_back(RunStatus::Cancelled, now_us);
        } else {
            self.go_on(definition, now_us);
        }
    }

    fn undid(&mut self, definition: &dyn Definition, at: usize, outcome: Outcome, now_us: u64) {
        if self.status != RunStatus::Compensating || !self.is_at(at, StepState::Undoing) {
            return;
        }
        match outcome {
            Outcome::Done(_) => {
                self.change(at, StepState::Undone, now_us);
                self.undo_next(now_us);
            }
            Outcome::Refused(reason) => {
                self.steps[at].error = kept(&reason);
                self.pause_for_good(now_us);
            }
            Outcome::Lost(reason) => self.try_again(definition, at, &reason, now_us),
        }
    }

    fn woke(&mut self, definition: &dyn Definition, now_us: u64) {
        if self.due_us.is_none_or(|due_us| due_us > now_us) {
            return;
        }
        match self.status {
            RunStatus::Running if self.cancel_asked => {
                self.turn_back(RunStatus::Cancelled, now_us);
            }
            RunStatus::Waiting => {
                for at in 0..self.steps.len() {
                    if self.is_at(at, StepState::Waiting) {
                        self.change(at, StepState::Done, now_us);
                    }
                }
                self.go_on(definition, now_us);
            }
            _ => {}
        }
    }

    fn cancel(&mut self, now_us: u64) {
        match self.status {
            // A try may be under way: it ends first, so that nothing is done
            // and undone at once.
            RunStatus::Running => {
                self.cancel_asked = true;
                self.due_us = Some(now_us);
            }
            RunStatus::Waiting => self.turn_back(RunStatus::Cancelled, now_us),
            RunStatus::Stuck if self.turning_back.is_none() => {
                self.turn_back(RunStatus::Cancelled, now_us);
            }
            _ => {}
        }
    }

    fn retry(&mut self, definition: &dyn Definition, now_us: u64) {
        let current = self.steps.iter().rposition(|step| {
            matches!(step.state, StepState::Running | StepState::Waiting | StepState::Undoing)
        });
        match (self.status, current) {
            (RunStatus::Stuck, None) => {
                self.reason.clear();
                self.go_on(definition, now_us);
            }
            (RunStatus::Stuck | RunStatus::Running | RunStatus::Compensating, Some(at)) => {
                self.status = match self.steps[at].state {
                    StepState::Undoing => RunStatus::Compensating,
                    StepState::Waiting => RunStatus::Waiting,
                    _ => RunStatus::Running,
                };
                self.reason.clear();
                self.steps[at].tries = 0;
                // A timer keeps its time.
                self.due_us = self.steps[at].arguments["until_us"]
                    .as_u64()
                    .filter(|_| self.status == RunStatus::Waiting)
                    .or(Some(now_us));
            }
            _ => {}
        }
    }

    fn is_at(&self, at: usize, state: StepState) -> bool {
        self.steps.get(at).is_some_and(|step| step.state == state)
    }

    fn change(&mut self, at: usize, state: StepState, now_us: u64) {
        self.steps[at].state = state;
        self.steps[at].changed_at_us = now_us;
    }

    fn past(&self) -> Vec<Past> {
        let past = |step: &RunStep| match step.state {
            StepState::Refused => {
                Past::Refused { step: step.name.clone(), reason: step.error.clone() }
            }
            _ => Past::Done { step: step.name.clone(), output: step.output.clone() },
        };
        self.steps.iter().map(past).collect()
    }

    fn go_on(&mut self, definition: &dyn Definition, now_us: u64) {
        let (name, arguments, undo, state, due_us) =
            match definition.next(&self.input, &self.past()) {
                Next::Done(output) if size(&output) > STEP_OUTPUT_MOST => {
                    self.reason = format!("what it gives is longer than {STEP_OUTPUT_MOST} bytes");
                    self.status = RunStatus::Stuck;
                    self.due_us = None;
                    return;
                }
                Next::Done(output) => {
                    self.status = RunStatus::Completed;
                    self.output = output;
                    self.due_us = None;
                    return;
                }
                Next::Fail(reason) => {
                    self.reason = kept(&reason);
                    self.turn_back(RunStatus::Failed, now_us);
                    return;
                }
                Next::Do { step, arguments, undo } => {
                    (step, arguments, undo, StepState::Running, now_us)
                }
                Next::Wait { step, for_us } => {
                    let due_us = now_us.saturating_add(for_us);
                    (step, json!({ "until_us": due_us }), false, StepState::Waiting, due_us)
                }
            };
        if self.steps.len() >= RUN_STEPS_MOST || size(&arguments) > STEP_ARGUMENTS_MOST {
            self.reason = format!(
                "step {name} would be more than {RUN_STEPS_MOST} steps, or its arguments are longer \
                 than {STEP_ARGUMENTS_MOST} bytes"
            );
            self.status = RunStatus::Stuck;
            self.due_us = None;
            return;
        }
        self.status =
            if state == StepState::Waiting { RunStatus::Waiting } else { RunStatus::Running };
        self.due_us = Some(due_us);
        self.steps.push(RunStep {
            name: name.to_owned(),
            arguments,
            undo,
            state,
            tries: 0,
            output: Value::Null,
            error: String::new(),
            began_at_us: now_us,
            changed_at_us: now_us,
        });
    }

    /// The pause before the next try doubles each time.
    fn try_again(&mut self, definition: &dyn Definition, at: usize, reason: &str, now_us: u64) {
        let retries = definition.retries();
        let step = &mut self.steps[at];
        step.tries += 1;
        step.error = kept(reason);
        if step.tries >= retries.tries {
            self.pause_for_good(now_us);
            return;
        }
        let doubled = 1_u64.checked_shl(step.tries - 1).unwrap_or(u64::MAX);
        let pause_us = retries.first_us.saturating_mul(doubled).min(retries.most_us);
        self.due_us = Some(now_us.saturating_add(pause_us));
    }

    fn pause_for_good(&mut self, now_us: u64) {
        let current = self
            .steps
            .iter_mut()
            .rfind(|step| matches!(step.state, StepState::Running | StepState::Undoing));
        if let Some(step) = current {
            step.changed_at_us = now_us;
            self.reason = format!("{}: {}", step.name, step.error);
        }
        self.status = RunStatus::Stuck;
        self.due_us = None;
    }

    /// Undoes everything that may have begun, the last first.
    fn turn_back(&mut self, end: RunStatus, now_us: u64) {
        self.turning_back = Some(end);
        for at in 0..self.steps.len() {
            match (self.steps[at].state, self.steps[at].undo) {
                (StepState::Waiting, _) => self.change(at, StepState::Undone, now_us),
                (StepState::Running, false) => self.change(at, StepState::Unknown, now_us),
                _ => {}
            }
        }
        self.undo_next(now_us);
    }

    fn undo_next(&mut self, now_us: u64) {
        let last = self.steps.iter().rposition(|step| {
            step.undo && matches!(step.state, StepState::Done | StepState::Running)
        });
        if let Some(at) = last {
            self.change(at, StepState::Undoing, now_us);
            self.steps[at].tries = 0;
            self.status = RunStatus::Compensating;
            self.due_us = Some(now_us);
        } else {
            self.status = self.turning_back.unwrap_or(RunStatus::Failed);
            self.due_us = None;
        }
    }
}
