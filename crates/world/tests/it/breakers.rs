//! §10: the breaker.

use std::collections::BTreeSet;

use erynoa_kernel::IdentityId;
use erynoa_world::{Breaker, BreakerState, WorldFold};
use proptest::prelude::*;

use crate::town::{MINUTE, person, realm, word};

const SECOND: u64 = 1_000_000;

fn tripped(reports: u32, at: u64) -> Breaker {
    let mut breaker = Breaker::default();
    for root in 0..reports {
        breaker.report(person(root), at);
    }
    breaker
}

#[test]
fn ten_distinct_roots_in_a_minute_degrade_and_nine_do_not() {
    assert_eq!(tripped(9, 0).at(0).state, BreakerState::Normal);
    let view = tripped(10, 7).at(7);
    assert_eq!((view.state, view.reports, view.since_us), (BreakerState::Degraded, 10, 7));
}

#[test]
fn fifty_stop_writing_and_forty_nine_do_not() {
    assert_eq!(tripped(49, 0).at(0).state, BreakerState::Degraded);
    assert_eq!(tripped(50, 0).at(0).state, BreakerState::ReadOnly);
    assert_eq!(tripped(60, 0).at(0).reports, 50);
}

#[test]
fn one_root_counts_once_however_often_it_reports() {
    let mut breaker = Breaker::default();
    for second in 0..100 {
        breaker.report(person(1), second * SECOND / 2);
    }
    let view = breaker.at(50 * SECOND);
    assert_eq!((view.state, view.reports), (BreakerState::Normal, 1));
}

#[test]
fn a_report_counts_for_a_minute() {
    let mut breaker = tripped(9, 0);
    assert_eq!(breaker.clone().report(person(99), MINUTE - 1), BreakerState::Degraded);
    assert_eq!(breaker.report(person(99), MINUTE), BreakerState::Normal);
}

#[test]
fn five_quiet_minutes_bring_it_back() {
    let breaker = tripped(10, SECOND);
    assert_eq!(breaker.at(SECOND).quiet_until_us, SECOND + 5 * MINUTE);
    assert_eq!(breaker.at(SECOND + 5 * MINUTE - 1).state, BreakerState::Degraded);
    let view = breaker.at(SECOND + 5 * MINUTE);
    assert_eq!((view.state, view.quiet_until_us), (BreakerState::Normal, 0));
    assert_eq!(view.since_us, SECOND + 5 * MINUTE);
}

#[test]
fn a_lone_reporter_does_not_keep_it_open() {
    let mut breaker = tripped(10, 0);
    for minute in 1..5 {
        breaker.report(person(1), minute * MINUTE + SECOND);
    }
    assert_eq!(breaker.at(5 * MINUTE).state, BreakerState::Normal);
}

#[test]
fn another_loud_minute_starts_the_quiet_anew() {
    let mut breaker = tripped(10, 0);
    for root in 0..10 {
        breaker.report(person(root), 4 * MINUTE);
    }
    assert_eq!(breaker.at(8 * MINUTE).state, BreakerState::Degraded);
    assert_eq!(breaker.at(9 * MINUTE).state, BreakerState::Normal);
    assert_eq!(breaker.at(8 * MINUTE).since_us, 0);
}

#[test]
fn critical_reports_of_the_log_trip_the_breaker_of_their_realm() {
    let mut world = WorldFold::new();
    for root in 0..10 {
        let mut report = word(u64::from(root), root, 99, SECOND);
        report.critical_report = true;
        world.apply(&report);
    }
    assert_eq!(world.breaker(&realm(0), SECOND).state, BreakerState::Degraded);
    assert_eq!(world.breaker(&realm(1), SECOND).state, BreakerState::Normal);
}

#[test]
fn the_end_of_time_is_a_time() {
    let mut breaker = tripped(10, u64::MAX - 1);
    breaker.report(person(50), u64::MAX);
    assert_eq!(breaker.at(u64::MAX).reports, 11);
}

/// The rule read word by word over all reports: the state after each, and at
/// the end.
fn naive(reports: &[(u64, IdentityId)], now: u64) -> Vec<BreakerState> {
    let (mut state, mut loud) = (BreakerState::Normal, 0);
    let mut states = Vec::new();
    let quiet = |state: &mut BreakerState, loud: u64, at: u64| {
        if *state != BreakerState::Normal && at >= loud + 5 * MINUTE {
            *state = BreakerState::Normal;
        }
    };
    for (i, &(at, _)) in reports.iter().enumerate() {
        quiet(&mut state, loud, at);
        let within = reports[..=i].iter().filter(|(earlier, _)| earlier + MINUTE > at);
        let level = match within.map(|(_, root)| *root).collect::<BTreeSet<_>>().len() {
            0..10 => BreakerState::Normal,
            10..50 => BreakerState::Degraded,
            _ => BreakerState::ReadOnly,
        };
        if level > BreakerState::Normal {
            loud = at;
            state = state.max(level);
        }
        states.push(state);
    }
    quiet(&mut state, loud, now);
    states.push(state);
    states
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_machine_does_what_the_rule_says(
        steps in prop::collection::vec((0..1_200_000_u64, 0..90_u32), 0..200),
        pauses in prop::collection::vec((0..200_usize, 0..400_u64), 0..4),
        after in 0..400_u64,
    ) {
        let mut now = 0;
        let (mut reports, mut states) = (Vec::new(), Vec::new());
        let mut breaker = Breaker::default();
        for (i, (pause, root)) in steps.into_iter().enumerate() {
            let long: u64 = pauses.iter().filter(|(at, _)| *at == i).map(|(_, s)| s * SECOND).sum();
            now += pause + long;
            reports.push((now, person(root)));
            states.push(breaker.report(person(root), now));
        }
        now += after * SECOND;
        states.push(breaker.at(now).state);
        prop_assert_eq!(states, naive(&reports, now));
    }
}
