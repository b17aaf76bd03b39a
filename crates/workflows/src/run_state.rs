//! What a run and its steps can be.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// State of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// A step is being done, or will be tried again.
    Running,
    /// It waits for a time.
    Waiting,
    /// It needs somebody who retries or cancels it.
    Stuck,
    /// What was done is being undone.
    Compensating,
    /// It has reached its goal.
    Completed,
    /// It was stopped, and everything undone that can be.
    Cancelled,
    /// It gave up, and everything is undone that can be.
    Failed,
}

impl RunStatus {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Running,
        Self::Waiting,
        Self::Stuck,
        Self::Compensating,
        Self::Completed,
        Self::Cancelled,
        Self::Failed,
    ];

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Stuck => "stuck",
            Self::Compensating => "compensating",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Failed)
    }
}

/// State of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Begun; nothing is known of it yet.
    Running,
    /// A timer that has not come.
    Waiting,
    /// Its effect holds, or its time has come.
    Done,
    /// It has no effect.
    Refused,
    /// It is being undone.
    Undoing,
    /// It has no effect any more.
    Undone,
    /// Given up while nobody knew, and it cannot be undone.
    Unknown,
}

impl StepState {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
            Self::Unknown => "unknown",
        }
    }
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStep {
    /// Its name.
    pub name: String,
    /// For whoever carries it out; `until_us` of a timer.
    pub arguments: Value,
    /// Whether it can be undone.
    pub undo: bool,
    /// Its state.
    pub state: StepState,
    /// Tries that have failed since it began, was begun to be undone, or was
    /// asked for again.
    pub tries: u32,
    /// What it gave.
    pub output: Value,
    /// Why it failed the last time; empty when it did not.
    pub error: String,
    /// When it began, µs since the Unix epoch.
    pub began_at_us: u64,
    /// When its state changed last, µs since the Unix epoch.
    pub changed_at_us: u64,
}
