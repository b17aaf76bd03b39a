//! Check, then commit; and the laws of computations.

use erynoa_execution::{Context, Cost, Emitted, Exhausted, Replay, and_then, beside, gas, pure};
use proptest::prelude::*;

use crate::program::{Happened, LIMITS, Program, Refused, Sum, begin, program, reader, run};

#[test]
fn what_was_paid_before_a_failure_stays_spent_and_nothing_else_remains() {
    let outcome = run(|ctx| {
        ctx.spend(Cost::new(30, 20, 0))?;
        ctx.emit(Happened::Doubled);
        Err(Refused::ByRule(1))
    });
    assert_eq!(outcome.result, Err(Refused::ByRule(1)));
    assert_eq!(outcome.state, begin());
    assert_eq!(outcome.events, []);
    assert_eq!(outcome.spent, Cost::new(30, 20, 0));
}

#[test]
fn what_does_not_fit_is_not_charged_and_cheaper_work_still_fits() {
    let outcome = run(|ctx| {
        let refused = ctx.spend(gas::cost(201));
        assert_eq!(refused, Err(Exhausted::Gas { needed: 201, left: 200 }));
        ctx.spend(gas::cost(200))?;
        assert_eq!((ctx.gas_left(), ctx.mana_left()), (0, 100));
        assert_eq!(ctx.spent(), gas::cost(200));
        Ok(0)
    });
    assert_eq!(outcome.spent, gas::cost(200));
}

#[test]
fn one_bad_event_of_a_batch_does_not_take_the_others_with_it() {
    let outcome = Context::new(reader(), LIMITS, Emitted::default()).run(|ctx| {
        let mut refused = Vec::new();
        for event in 1..=3 {
            let judged = ctx.attempt(|ctx| {
                ctx.spend(gas::cost(10))?;
                ctx.emit(event);
                if event == 2 { Err(Refused::ByRule(2)) } else { Ok(()) }
            });
            refused.extend(judged.err());
        }
        Ok::<_, Refused>(refused)
    });
    assert_eq!(outcome.result.unwrap(), [Refused::ByRule(2)]);
    assert_eq!(outcome.events, [1, 3]);
    assert_eq!(outcome.spent.gas, 30);
}

#[test]
fn the_steps_of_a_policy_stay_spent_when_it_refuses_or_runs_out() {
    let outcome = run(|ctx| {
        let endless: Result<u64, Refused> = ctx.metered(|meter| {
            loop {
                meter.step(30)?;
            }
        });
        assert_eq!(endless, Err(Refused::Exhausted(Exhausted::Gas { needed: 30, left: 20 })));
        Ok(ctx.gas_left())
    });
    assert_eq!(outcome.result, Ok(20));
    assert_eq!(outcome.spent, gas::cost(180));
}

#[test]
fn the_reader_is_the_same_from_the_beginning_to_the_end() {
    let outcome = run(|ctx| {
        assert_eq!(ctx.reader(), &reader());
        assert_eq!(ctx.reader().trust.omega_ppm(), 6);
        ctx.emit(Happened::Doubled);
        assert_eq!(ctx.reader(), &reader());
        Ok(ctx.reader().now_us)
    });
    assert_eq!(outcome.result, Ok(1_000));
}

#[test]
fn two_parts_at_once_each_have_all_the_gas_and_the_longer_one_counts() {
    let outcome = run(|ctx| {
        ctx.spend(gas::cost(50))?;
        let (left, right) = ctx.beside(
            |ctx| {
                ctx.spend(Cost::new(150, 10, 500_000))?;
                Ok::<_, Refused>(ctx.gas_left())
            },
            |ctx| {
                let at_the_start = ctx.gas_left();
                ctx.spend(Cost::new(100, 10, 500_000))?;
                Ok(at_the_start)
            },
        )?;
        Ok(left * 1_000 + right)
    });
    assert_eq!(outcome.result, Ok(150));
    assert_eq!(outcome.spent.gas, 200);
    assert_eq!(outcome.spent.mana, 20);
    assert_eq!(outcome.spent.risk.ppm(), 750_000);
}

type Computation = Box<dyn FnOnce(&mut Context<Sum>) -> Result<u64, Refused>>;

/// `program` as a function from a number to a computation.
fn arrow(program: &Program) -> impl Fn(u64) -> Computation {
    move |input| {
        let program = program.clone();
        Box::new(move |ctx| program.on(input, ctx))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn left_identity_pure_and_then_f_is_f(f in program(), x in 0..100_u64) {
        prop_assert_eq!(run(and_then(pure(x), arrow(&f))), run(arrow(&f)(x)));
    }

    #[test]
    fn right_identity_m_and_then_pure_is_m(m in program(), x in 0..100_u64) {
        prop_assert_eq!(run(and_then(arrow(&m)(x), pure)), run(arrow(&m)(x)));
    }

    #[test]
    fn associativity_on_value_state_events_and_cost(
        (m, f, g) in (program(), program(), program()), x in 0..100_u64
    ) {
        let (f, g) = (arrow(&f), arrow(&g));
        let left = run(and_then(and_then(arrow(&m)(x), &f), &g));
        let right = run(and_then(arrow(&m)(x), |value| and_then(f(value), &g)));
        prop_assert_eq!(left, right);
    }

    #[test]
    fn the_combinators_are_what_plain_rust_does(
        (m, f) in (program(), program()), x in 0..100_u64
    ) {
        let combined = run(and_then(arrow(&m)(x), arrow(&f)));
        let plain = run(|ctx| {
            let value = m.on(x, ctx)?;
            f.on(value, ctx)
        });
        prop_assert_eq!(combined, plain);
    }

    #[test]
    fn beside_charges_the_greater_gas_and_the_sum_of_the_rest(
        (a, b) in (program(), program()), x in 0..100_u64
    ) {
        let both = run(|ctx| beside(|ctx| a.on(x, ctx), |ctx| b.on(x, ctx))(ctx).map(|_| 0));
        // What each takes alone, the right one after what the left has changed.
        let left = run(|ctx| a.on(x, ctx));
        if both.result.is_ok() {
            prop_assert!(both.spent.gas >= left.spent.gas);
            prop_assert!(both.spent.mana >= left.spent.mana);
            prop_assert!(both.spent.risk >= left.spent.risk);
            prop_assert_eq!(&both.events[..left.events.len()], &left.events[..]);
        }
        if left.result.is_err() {
            prop_assert_eq!(both.result.map(|_| 0), left.result.map(|_| 0));
            prop_assert_eq!(both.spent, left.spent);
        }
    }

    #[test]
    fn beside_of_costs_alone_is_the_sum_of_the_costs_side_by_side(
        costs in prop::array::uniform3((0..200_u64, 0..33_u64, 0..400_000_u32))
    ) {
        let [a, b, c] = costs.map(|(gas, mana, risk_ppm)| Cost::new(gas, mana, risk_ppm));
        let pay = |cost| move |ctx: &mut Context<_>| ctx.spend(cost).map_err(Refused::from);
        let left = run(|ctx| beside(beside(pay(a), pay(b)), pay(c))(ctx).map(|_| 0));
        let right = run(|ctx| beside(pay(a), beside(pay(b), pay(c)))(ctx).map(|_| 0));
        prop_assert_eq!(left.result.is_ok(), LIMITS.fits(Cost::ZERO, a.beside(b).beside(c)));
        if left.result.is_ok() {
            prop_assert_eq!(left.spent, a.beside(b).beside(c));
        }
        prop_assert_eq!(left, right);
    }

    /// K11
    #[test]
    fn a_failure_changes_nothing_and_emits_nothing(m in program(), x in 0..100_u64) {
        let outcome = run(|ctx| m.on(x, ctx));
        if outcome.result.is_err() {
            prop_assert_eq!(&outcome.state, &begin());
            prop_assert_eq!(outcome.events.len(), 0);
        }
        prop_assert!(outcome.spent.gas <= LIMITS.gas);
        prop_assert!(outcome.spent.mana <= LIMITS.mana);
        prop_assert!(outcome.spent.risk.ppm() <= LIMITS.risk_ppm);
    }

    /// K11: what failed part-way costs the same as what it did until then.
    #[test]
    fn gas_stays_spent_when_everything_fails_in_the_end(m in program(), x in 0..100_u64) {
        let kept = run(|ctx| m.on(x, ctx));
        let failed = run(|ctx| {
            m.on(x, ctx)?;
            Err(Refused::ByRule(0))
        });
        prop_assert_eq!(failed.spent, kept.spent);
        prop_assert_eq!(failed.state, begin());
        prop_assert_eq!(failed.events, []);
    }

    /// K12
    #[test]
    fn every_change_emits_an_event_and_replay_gives_the_same_state(
        m in program(), x in 0..100_u64
    ) {
        let outcome = run(|ctx| m.on(x, ctx));
        let mut replayed = begin();
        for event in &outcome.events {
            replayed.apply(event);
        }
        prop_assert_eq!(&outcome.state, &replayed);
        prop_assert_eq!(outcome.state != begin(), !outcome.events.is_empty());
    }
}
