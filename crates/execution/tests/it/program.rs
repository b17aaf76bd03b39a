//! Small programs of every shape, to state the laws of computations on.

use erynoa_execution::{Budget, Context, Cost, Exhausted, Outcome, Reader, Replay, TrustSnapshot};
use erynoa_kernel::{IdentityId, RealmId};
use proptest::prelude::*;

/// A state with an order: what happened, and a sum that an event may set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) value: u64,
    pub(crate) changes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    Added(u64),
    Doubled,
}

impl Replay for Sum {
    type Event = Happened;

    fn apply(&mut self, event: &Happened) {
        self.changes += 1;
        self.value = match event {
            Happened::Added(amount) => self.value.wrapping_add(*amount),
            Happened::Doubled => self.value.wrapping_mul(2),
        };
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    ByRule(u64),
    Exhausted(Exhausted),
}

impl From<Exhausted> for Refused {
    fn from(exhausted: Exhausted) -> Self {
        Self::Exhausted(exhausted)
    }
}

/// One thing that a use case does with the number it was given.
#[derive(Clone, Debug)]
pub(crate) enum Do {
    Spend(u64, u64, u32),
    Step(u64),
    Add,
    Double,
    ReadTheSum,
    ReadTheGas,
    RefuseAbove(u64),
    Attempt(Program),
    Beside(Program, Program),
}

/// A use case from a number to a number.
#[derive(Clone, Debug)]
pub(crate) struct Program(pub(crate) Vec<Do>);

impl Program {
    pub(crate) fn on(&self, input: u64, ctx: &mut Context<Sum>) -> Result<u64, Refused> {
        let mut value = input;
        for step in &self.0 {
            match step {
                Do::Spend(gas, mana, risk_ppm) => ctx.spend(Cost::new(*gas, *mana, *risk_ppm))?,
                Do::Step(gas) => ctx.metered(|meter| meter.step(*gas))?,
                Do::Add => ctx.emit(Happened::Added(value)),
                Do::Double => ctx.emit(Happened::Doubled),
                Do::ReadTheSum => value = value.wrapping_add(ctx.state().value),
                Do::ReadTheGas => value ^= ctx.gas_left(),
                Do::RefuseAbove(limit) if value % 100 > *limit => {
                    return Err(Refused::ByRule(value));
                }
                Do::RefuseAbove(_) => {}
                Do::Attempt(part) => {
                    value = ctx.attempt(|ctx| part.on(value, ctx)).unwrap_or(value);
                }
                Do::Beside(left, right) => {
                    let (a, b) =
                        ctx.beside(|ctx| left.on(value, ctx), |ctx| right.on(value, ctx))?;
                    value = a.wrapping_mul(31).wrapping_add(b);
                }
            }
        }
        Ok(value)
    }
}

pub(crate) fn program() -> impl Strategy<Value = Program> {
    let simple = prop_oneof![
        (0..40_u64, 0..20_u64, prop_oneof![Just(0), 0..300_000_u32])
            .prop_map(|(gas, mana, risk)| Do::Spend(gas, mana, risk)),
        (0..60_u64).prop_map(Do::Step),
        Just(Do::Add),
        Just(Do::Double),
        Just(Do::ReadTheSum),
        Just(Do::ReadTheGas),
        (20..100_u64).prop_map(Do::RefuseAbove),
    ];
    prop::collection::vec(simple, 0..6).prop_map(Program).prop_recursive(3, 24, 4, |inner| {
        let step = prop_oneof![
            inner.clone().prop_map(Do::Attempt),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| Do::Beside(left, right)),
        ];
        (inner, prop::collection::vec(step, 0..3)).prop_map(|(Program(mut steps), more)| {
            steps.extend(more);
            Program(steps)
        })
    })
}

pub(crate) fn reader() -> Reader {
    Reader {
        executor: IdentityId::default(),
        principal: IdentityId::default(),
        delegation: Vec::new(),
        trust: TrustSnapshot { epoch: 3, values_ppm: [1, 2, 3, 4, 5, 6], standing_ppm: 7 },
        realm: RealmId::NULL,
        now_us: 1_000,
    }
}

pub(crate) const LIMITS: Budget = Budget { gas: 200, mana: 100, risk_ppm: 900_000 };

pub(crate) fn begin() -> Sum {
    Sum { value: 5, changes: 0 }
}

pub(crate) type Ended = Outcome<u64, Refused, Sum>;

/// Runs a computation from the same beginning as every other.
pub(crate) fn run(computation: impl FnOnce(&mut Context<Sum>) -> Result<u64, Refused>) -> Ended {
    Context::new(reader(), LIMITS, begin()).run(computation)
}
