//! Intents become plans, plans become sagas (protocol §11).
//!
//! An [`Intent`] says what somebody wants, within which budget and time.
//! [`compose`] turns it, together with a [`Snapshot`] of what can be done and
//! by whom, into a [`Plan`]: a pure function, so that everybody gets the same
//! plan. A [`Saga`] carries a plan out: a state machine that takes journal
//! entries and time and gives commands. It does nothing itself; whoever drives
//! it writes each entry to a journal first, and after a crash folds the
//! journal again.
//!
//! A [`Definition`] is a workflow of the installation itself, such as an
//! export: a pure step function with a version. A [`Run`] of it is a state
//! machine that every [`WorkflowEngine`] drives in the same way; [`Effects`]
//! carries out its steps, each at most once per [`EffectKey`].

mod catalogue;
mod compose;
#[cfg(feature = "contract")]
pub mod contract;
mod definition;
mod embedded;
mod engine;
mod error;
mod intent;
mod intent_bytes;
mod journal;
#[cfg(feature = "memory")]
mod memory;
mod plan;
mod run;
mod run_state;
mod saga;
mod standard;

pub use catalogue::{Argument, Effect, Recipe, Shape, Snapshot, Source};
pub use compose::compose;
pub use definition::{Call, Definition, Definitions, EffectKey, Next, Outcome, Past, Retries};
pub use embedded::{Embedded, Turn, call_safely};
pub use engine::{
    Delivery, Due, Effects, Outbox, Posted, RunFilter, RunPosition, Runs, Start, Started,
    WorkflowEngine, deliver,
};
pub use error::{CODES, ComposeError, Flaw, IntentBytesError, SagaError, WorkflowError};
pub use intent::{Constraint, Intent};
pub use journal::{Command, Entry, Happened, StepKey};
#[cfg(feature = "memory")]
pub use memory::{MemoryOutbox, MemoryRuns};
pub use plan::{Plan, Step};
pub use run::{Event, Run, Todo};
pub use run_state::{RunStatus, RunStep, StepState};
pub use saga::{Applied, Reason, Saga, Status};
pub use standard::standard;

/// Limits of intents, plans and sagas, each with its unit and its reason
/// (K27).
pub mod limits {
    /// Most constraints of an intent: more cannot be overlooked by a person.
    pub const CONSTRAINTS_MOST: usize = 10;
    /// Most arguments of a goal.
    pub const ARGUMENTS_MOST: usize = 16;
    /// Longest name of a goal or an argument, bytes.
    pub const NAME_MOST: usize = 64;
    /// Longest value of an argument, bytes: 16 of them leave an event of
    /// 64 KiB room enough.
    pub const VALUE_MOST: usize = 1_024;
    /// Most steps of a plan: a reader can still follow it.
    pub const STEPS_MOST: usize = 20;
    /// Longest time that a saga has unless its recipe says otherwise, µs: one
    /// hour.
    pub const TIMEOUT_US: u64 = 3_600_000_000;
    /// Tries of a step that can still be undone: two minutes in all, after
    /// which it is better to give up.
    pub const TRIES: u32 = 8;
    /// Tries of a step after the pivot and of a compensation: some thirteen
    /// hours in all, since giving up means a dispute.
    pub const TRIES_PAST_PIVOT: u32 = 24;
    /// Pause after the first try, µs; each further one is twice as long.
    pub const PAUSE_US: u64 = 1_000_000;
    /// Longest pause between tries, µs: one hour.
    pub const PAUSE_MOST_US: u64 = 3_600_000_000;
    /// Longest key of a run, and longest name of its owner, bytes.
    pub const KEY_MOST: usize = 128;
    /// Longest input of a run, bytes of JSON.
    pub const INPUT_MOST: usize = 8_192;
    /// Most steps of a run: with the limits below a run stays under 64 KiB.
    pub const RUN_STEPS_MOST: usize = 20;
    /// Longest arguments of a step, bytes of JSON.
    pub const STEP_ARGUMENTS_MOST: usize = 1_024;
    /// Longest output of a step, bytes of JSON.
    pub const STEP_OUTPUT_MOST: usize = 512;
    /// Longest reason that is kept, characters.
    pub const REASON_MOST: usize = 200;
}
