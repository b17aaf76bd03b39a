//! The scripts compute what the pure functions compute, bit by bit.

use std::sync::Arc;

use erynoa_cache::{Rate, RateLimiter};
use erynoa_execution::{Allowance, Mana, ManaAccounts, Payer};
use erynoa_kernel::{IdentityId, RealmId, Tag, UniversalId};
use erynoa_redis::{RedisLimiter, RedisMana};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::fresh;

const NOW_US: u64 = 1_700_000_000_000_000;

#[derive(Clone, Debug)]
enum Step {
    Take(Vec<u64>),
    GiveBack(u64),
    Left,
}

fn price() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..100, 0_u64..2_000_000, any::<u64>()]
}

fn allowance() -> impl Strategy<Value = Allowance> {
    prop_oneof![
        (0_u32..=1_000_000).prop_map(Allowance::of),
        // Up to more people than there are.
        (0_u64..20_000_000_000, 0_u64..=1_000_000)
            .prop_map(|(members, omega)| Allowance::newcomers(members, members * omega)),
    ]
}

fn steps() -> impl Strategy<Value = Vec<(Step, Allowance, u64)>> {
    let step = prop_oneof![
        4 => prop::collection::vec(price(), 0..4).prop_map(Step::Take),
        1 => price().prop_map(Step::GiveBack),
        1 => Just(Step::Left),
    ];
    let pause_us = prop_oneof![Just(0), 0_u64..5_000, 0_u64..100_000_000, 0_u64..1 << 50];
    // Some accounts keep their allowance for long, as within an epoch.
    (
        allowance(),
        prop::collection::vec((step, prop::option::weighted(0.3, allowance()), pause_us), 1..8),
    )
        .prop_map(|(first, steps)| {
            let mut current = first;
            steps
                .into_iter()
                .map(|(step, next, pause_us)| {
                    current = next.unwrap_or(current);
                    (step, current, pause_us)
                })
                .collect()
        })
}

/// One runtime for all cases: connections live in it.
fn check<S: Strategy>(cases: &S, law: impl AsyncFn(S::Value)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be built");
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) };
    let mut runner = TestRunner::new(config);
    runner
        .run(cases, |case| {
            runtime.block_on(law(case));
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn accounts_of_mana_are_what_the_pure_ones_are() {
    let redis = RedisMana::new(fresh());
    let number = std::cell::Cell::new(0_u64);
    check(&(steps(), any::<bool>()), async |(steps, is_shared)| {
        number.set(number.get() + 1);
        let id = UniversalId::new(Tag::Did, 1, &[&number.get().to_be_bytes()]);
        let payer =
            if is_shared { Payer::Newcomers(RealmId(id)) } else { Payer::Root(IdentityId(id)) };
        let mut pure = Mana::default();
        let mut now_us = NOW_US;
        for (step, allowance, pause_us) in steps {
            now_us += pause_us;
            match step {
                Step::Take(prices) => {
                    let taken = redis.take_each(payer, allowance, &prices, now_us).await.unwrap();
                    let each = prices.into_iter();
                    let pure = each.map(|price| pure.take(payer, allowance, price, now_us));
                    assert_eq!(taken, pure.collect::<Vec<_>>());
                }
                Step::GiveBack(price) => {
                    redis.give_back(payer, allowance, price, now_us).await.unwrap();
                    pure.give_back(payer, allowance, price, now_us);
                }
                Step::Left => {}
            }
            // Somebody's clock is slow.
            let asked_us = now_us - pause_us / 2;
            assert_eq!(
                redis.left(payer, allowance, asked_us).await.unwrap(),
                pure.left(payer, allowance, asked_us)
            );
        }
    });
}

#[test]
fn rates_are_what_the_pure_ones_are() {
    let redis = RedisLimiter::new(fresh());
    let number = std::cell::Cell::new(0_u64);
    let pause_us = prop_oneof![Just(0_i64), -50_000_i64..50_000, -5_000_000_i64..50_000_000];
    let check_once = (1_u32..=1_000_000, 1_u32..=1_000, pause_us);
    let cases = prop::collection::vec((check_once, any::<bool>()), 1..12);
    check(&cases, async |checks| {
        number.set(number.get() + 1);
        let key = number.get().to_string();
        let mut rate = None;
        let mut due_us = 0;
        let mut now_us = NOW_US;
        for ((per_second, burst, pause_us), is_new) in checks {
            let fresh = Rate::new(per_second, burst);
            let current = *rate.get_or_insert(fresh);
            let current = if is_new { fresh } else { current };
            rate = Some(current);
            now_us = now_us.saturating_add_signed(pause_us);
            let (admission, next_us) = current.admit(due_us, now_us);
            if admission == erynoa_cache::Admission::Passed {
                due_us = next_us;
            }
            assert_eq!(redis.check(&key, current, now_us).await.unwrap(), admission);
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_takes_at_once_exactly_as_many_succeed_as_there_is_mana_for() {
    let mana = Arc::new(RedisMana::new(fresh()));
    let payer = Payer::Root(IdentityId::default());
    let takes: Vec<_> = (0..75)
        .map(|_| {
            let mana = Arc::clone(&mana);
            tokio::spawn(async move {
                mana.take_each(payer, Allowance::of(0), &[100, 100], NOW_US).await
            })
        })
        .collect();
    let mut taken = 0;
    for take in takes {
        for taken_once in take.await.unwrap().unwrap() {
            taken += u32::from(taken_once.is_ok());
        }
    }
    assert_eq!(taken, 100);
    assert_eq!(mana.left(payer, Allowance::of(0), NOW_US).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_requests_at_once_exactly_the_burst_passes() {
    let limiter = Arc::new(RedisLimiter::new(fresh()));
    let requests: Vec<_> = (0..150)
        .map(|_| {
            let limiter = Arc::clone(&limiter);
            tokio::spawn(async move { limiter.check("a", Rate::new(1, 100), NOW_US).await })
        })
        .collect();
    let mut passed = 0;
    for request in requests {
        let admission = request.await.unwrap().unwrap();
        passed += u32::from(admission == erynoa_cache::Admission::Passed);
    }
    assert_eq!(passed, 100);
}
