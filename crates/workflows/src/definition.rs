//! What a workflow is: a pure step function with a name and a version.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limits::{PAUSE_MOST_US, PAUSE_US, TRIES};

/// A workflow as a pure function: from its input and from what has happened to
/// what comes next. The same arguments give the same answer for ever; a change
/// of the answers is a new version, and the old one stays as long as runs of it
/// are left.
pub trait Definition: Send + Sync {
    /// Lower-case letters and `_`, such as `data_export`.
    fn name(&self) -> &'static str;

    /// From 1.
    fn version(&self) -> u32;

    /// What comes next. `past` holds what became of each step so far, in order.
    fn next(&self, input: &Value, past: &[Past]) -> Next;

    /// How often a step is tried, and how long the pauses are.
    fn retries(&self) -> Retries {
        Retries { first_us: PAUSE_US, most_us: PAUSE_MOST_US, tries: TRIES }
    }
}

/// How steps of a workflow are tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Pause after the first try, µs; each further one is twice as long.
    pub first_us: u64,
    /// Longest pause, µs.
    pub most_us: u64,
    /// Tries before somebody has to look at it, from 1.
    pub tries: u32,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Past {
    /// Its effect holds, or its time has come.
    Done {
        /// Its name.
        step: String,
        /// What it gave; null for a timer.
        output: Value,
    },
    /// It has no effect and never will.
    Refused {
        /// Its name.
        step: String,
        /// Why.
        reason: String,
    },
}

/// What a workflow does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// An effect outside.
    Do {
        /// Lower-case letters and `_`.
        step: &'static str,
        /// For whoever carries it out, at most [`limits::STEP_ARGUMENTS_MOST`].
        ///
        /// [`limits::STEP_ARGUMENTS_MOST`]: crate::limits::STEP_ARGUMENTS_MOST
        arguments: Value,
        /// Whether it can be undone.
        undo: bool,
    },
    /// Time passes.
    Wait {
        /// Lower-case letters and `_`.
        step: &'static str,
        /// How long from now, µs.
        for_us: u64,
    },
    /// It has reached its goal.
    Done(Value),
    /// It gives up; what was done is undone, the last first.
    Fail(String),
}

/// Names an effect for ever: whoever carries it out does so at most once per
/// key. The contract is that of [`StepKey`](crate::StepKey): once answered,
/// always answered so; undoing what was never done succeeds and blocks it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EffectKey {
    /// Key of the run.
    pub run: String,
    /// Position of the step, from 0.
    pub step: usize,
}

impl std::fmt::Display for EffectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.run, self.step)
    }
}

/// An effect that is to be carried out or undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its name for ever.
    pub key: EffectKey,
    /// Name of the workflow.
    pub workflow: String,
    /// Whom the run belongs to; empty when it belongs to the installation.
    pub owner: String,
    /// What the run was started with.
    pub input: Value,
    /// Name of the step.
    pub step: String,
    /// As the definition gave them.
    pub arguments: Value,
    /// What it gave when it was done; null before.
    pub output: Value,
}

/// How an effect, or its undoing, ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds; with what it gave.
    Done(Value),
    /// It never will; why.
    Refused(String),
    /// Nobody knows, or it cannot be now: it is tried again; why.
    Lost(String),
}

/// Every workflow that a server knows, in every version that it can still run.
#[derive(Clone, Default)]
pub struct Definitions(BTreeMap<&'static str, BTreeMap<u32, Arc<dyn Definition>>>);

impl Definitions {
    /// Adds one.
    #[must_use]
    pub fn with(mut self, definition: Arc<dyn Definition>) -> Self {
        let versions = self.0.entry(definition.name()).or_default();
        versions.insert(definition.version(), definition);
        self
    }

    /// The version with which new runs begin.
    #[must_use]
    pub fn newest(&self, name: &str) -> Option<&dyn Definition> {
        self.0.get(name)?.last_key_value().map(|(_, definition)| &**definition)
    }

    /// A certain version.
    #[must_use]
    pub fn get(&self, name: &str, version: u32) -> Option<&dyn Definition> {
        self.0.get(name)?.get(&version).map(|definition| &**definition)
    }

    /// Their names, ascending.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.0.keys().copied().collect()
    }
}

impl std::fmt::Debug for Definitions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
