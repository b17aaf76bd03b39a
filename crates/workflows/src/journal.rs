//! What goes into a saga and what comes out of it.

use erynoa_kernel::SagaId;

/// Names an effect for ever: whoever carries it out does so at most once per
/// key, however often it is asked.
///
/// The contract of whoever carries out steps, on which K14 rests:
///
/// - Once a key was answered with done or refused, it is always answered so,
///   until it is undone.
/// - Undoing a key that was never done succeeds and blocks it: a late or
///   repeated request to do it is then refused.
/// - After a saga was frozen nothing more is done or undone for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepKey {
    /// The saga.
    pub saga: SagaId,
    /// Position of the step, 0 to 19.
    pub step: usize,
}

/// What a saga asks for. All of it may be carried out more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Carry out the action of the step; report it with this try's number.
    Run(StepKey, u32),
    /// Carry out its compensation; report it with this try's number.
    Undo(StepKey, u32),
    /// Hold all effects as they are, until somebody has judged.
    Freeze(SagaId),
    /// Come again at this time, µs, with [`Happened::Waited`].
    Wake(u64),
}

/// A line of a saga's journal, written before the saga takes it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, µs since the Unix epoch; what runs backwards stands still.
    pub at_us: u64,
    /// What.
    pub happened: Happened,
}

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// The saga begins.
    Started,
    /// The effect of a step holds.
    Done {
        /// Its position.
        step: usize,
    },
    /// A step has no effect and never will.
    Refused {
        /// Its position.
        step: usize,
    },
    /// Nobody knows whether a step has had its effect; it can be tried again.
    Lost {
        /// Its position.
        step: usize,
        /// Which try.
        tries: u32,
    },
    /// A step has no effect any more.
    Undone {
        /// Its position.
        step: usize,
    },
    /// The effect of a step cannot be taken away.
    UndoRefused {
        /// Its position.
        step: usize,
    },
    /// Nobody knows whether a compensation has worked; it can be tried again.
    UndoLost {
        /// Its position.
        step: usize,
        /// Which try.
        tries: u32,
    },
    /// Somebody who may do so wants it to stop.
    Cancelled,
    /// One of those concerned contests it.
    Contested,
    /// All effects are held as they are.
    Frozen,
    /// Time has passed.
    Waited,
}
