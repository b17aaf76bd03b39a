//! ℳ: reader, writer, state and error of a use case.

use std::marker::PhantomData;

use erynoa_kernel::{EventId, IdentityId, RealmId};

use crate::{Budget, Cost, Exhausted, Meter, gas};

/// State that changes by its events and by nothing else, so that replaying
/// them gives the same state again (K12).
pub trait Replay: Clone {
    /// What happens to it.
    type Event;

    /// Takes in one event. Total: whether it may happen is checked before.
    fn apply(&mut self, event: &Self::Event);
}

/// State of use cases that only produce events, which somebody else folds: the
/// sequencer of the log, for one.
#[derive(Debug)]
pub struct Emitted<E>(PhantomData<fn(E)>);

impl<E> Default for Emitted<E> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<E> Clone for Emitted<E> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<E> Replay for Emitted<E> {
    type Event = E;

    fn apply(&mut self, _: &E) {}
}

/// Trust of the executor as it stood when the use case began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TrustSnapshot {
    /// The closed epoch that it is from.
    pub epoch: u64,
    /// R, I, C, P, V, Ω in ppm.
    pub values_ppm: [u32; 6],
    /// Standing, ppm.
    pub standing_ppm: u32,
}

impl TrustSnapshot {
    /// Ω, fidelity to the rules, ppm; sets the size of a mana account.
    #[must_use]
    pub const fn omega_ppm(&self) -> u32 {
        self.values_ppm[5]
    }
}

/// What a use case may know. Nothing in it changes while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Who acts.
    pub executor: IdentityId,
    /// In whose name: the root of the delegation chain, the executor itself
    /// without one.
    pub principal: IdentityId,
    /// The delegations from the principal to the executor, in this order.
    pub delegation: Vec<EventId>,
    /// Trust of the executor.
    pub trust: TrustSnapshot,
    /// Where.
    pub realm: RealmId,
    /// When, µs since the Unix epoch; read once, at the start.
    pub now_us: u64,
}

/// What a use case runs in.
#[derive(Debug)]
pub struct Context<S: Replay> {
    reader: Reader,
    limits: Budget,
    state: S,
    events: Vec<S::Event>,
    spent: Cost,
}

/// What has come of a use case.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome<T, E, S: Replay> {
    /// Its value or its error.
    pub result: Result<T, E>,
    /// The state after it; after a failure the state before it (K11).
    pub state: S,
    /// What has happened, in order; after a failure nothing.
    pub events: Vec<S::Event>,
    /// What it took, failed or not: the work was done.
    pub spent: Cost,
}

impl<S: Replay> Context<S> {
    /// A context that may spend `limits` and begins at `state`.
    #[must_use]
    pub const fn new(reader: Reader, limits: Budget, state: S) -> Self {
        Self { reader, limits, state, events: Vec::new(), spent: Cost::ZERO }
    }

    /// Who acts, where, when, and on what trust.
    #[must_use]
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The state with everything emitted so far.
    #[must_use]
    pub const fn state(&self) -> &S {
        &self.state
    }

    /// What was spent so far.
    #[must_use]
    pub const fn spent(&self) -> Cost {
        self.spent
    }

    /// Gas that is left.
    #[must_use]
    pub const fn gas_left(&self) -> u64 {
        self.limits.gas.saturating_sub(self.spent.gas)
    }

    /// Mana that is left.
    #[must_use]
    pub const fn mana_left(&self) -> u64 {
        self.limits.mana.saturating_sub(self.spent.mana)
    }

    /// Pays for work, before it is done. What is paid stays spent.
    ///
    /// # Errors
    /// The cost does not fit the limits. Then it is not charged.
    pub fn spend(&mut self, cost: Cost) -> Result<(), Exhausted> {
        self.spent = self.limits.fit(self.spent, cost)?;
        Ok(())
    }

    /// Evaluates a policy with a meter of all the gas that is left. What its
    /// steps took is spent, whatever comes of it.
    ///
    /// # Errors
    /// Those of `evaluate`.
    pub fn metered<T, E>(
        &mut self,
        evaluate: impl FnOnce(&mut Meter) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut meter = Meter::new(self.gas_left());
        let result = evaluate(&mut meter);
        self.spent = self.spent.then(gas::cost(meter.used()));
        result
    }

    /// Lets something happen: the only way to change the state.
    pub fn emit(&mut self, event: S::Event) {
        self.state.apply(&event);
        self.events.push(event);
    }

    /// A part that may fail by itself, such as one event of a batch: after a
    /// failure the state and the events are what they were before it; what it
    /// has spent stays spent.
    ///
    /// # Errors
    /// Those of `part`.
    pub fn attempt<T, E>(&mut self, part: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let before = self.state.clone();
        let happened = self.events.len();
        let result = part(self);
        if result.is_err() {
            self.state = before;
            self.events.truncate(happened);
        }
        result
    }

    /// Two parts whose work is done at the same time; see
    /// [`beside`](crate::beside).
    ///
    /// # Errors
    /// Those of both parts.
    pub fn beside<T, U, E>(
        &mut self,
        left: impl FnOnce(&mut Self) -> Result<T, E>,
        right: impl FnOnce(&mut Self) -> Result<U, E>,
    ) -> Result<(T, U), E> {
        let gas_before = self.spent.gas;
        let left_value = left(self)?;
        let gas_left_side = self.spent.gas;
        self.spent.gas = gas_before;
        let right_value = right(self);
        self.spent.gas = self.spent.gas.max(gas_left_side);
        Ok((left_value, right_value?))
    }

    /// Checks, then commits: everything that the use case has emitted, or
    /// nothing of it (K11).
    pub fn run<T, E>(
        mut self,
        use_case: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Outcome<T, E, S> {
        let result = self.attempt(use_case);
        Outcome { result, state: self.state, events: self.events, spent: self.spent }
    }
}
