//! The state machine, step by step.

use erynoa_kernel::{Kind, Problem};
use erynoa_workflows::{
    Applied, Command, Entry, Happened, Reason, Saga, SagaError, Status, StepKey, limits,
};
use proptest::prelude::*;

use crate::catalogues::HOUR_US;
use crate::simulation::plan;

const START_US: u64 = 1_000_000_000;
const SECOND_US: u64 = 1_000_000;

fn at(saga: &mut Saga, at_us: u64, happened: Happened) -> Result<Applied, SagaError> {
    saga.apply(Entry { at_us, happened })
}

/// A saga with this plan after these entries, a second apart.
fn after(effects: &str, journal: &[Happened]) -> Saga {
    let mut saga = Saga::new(plan(effects));
    at(&mut saga, START_US, Happened::Started).expect("it is new");
    for (second, happened) in (1..).zip(journal) {
        at(&mut saga, START_US + second * SECOND_US, *happened).expect("it can happen");
    }
    saga
}

fn done(step: usize) -> Happened {
    Happened::Done { step }
}

fn undone(step: usize) -> Happened {
    Happened::Undone { step }
}

fn key(saga: &Saga, step: usize) -> StepKey {
    StepKey { saga: saga.id(), step }
}

#[test]
fn steps_run_one_after_the_other_until_all_are_done() {
    let mut saga = after("nuf", &[]);
    for step in 0..3 {
        let commands = saga.commands(START_US);
        assert_eq!(commands[0], Command::Run(key(&saga, step), 1));
        at(&mut saga, START_US, done(step)).unwrap();
    }
    assert_eq!(saga.path(), [Status::Pending, Status::Running, Status::Completed]);
    assert_eq!(saga.commands(START_US), []);
    assert!(saga.is_over());
}

#[test]
fn before_the_pivot_failure_undoes_everything_begun_in_reverse_order() {
    let mut saga =
        after("ununuf", &[done(0), done(1), done(2), done(3), Happened::Refused { step: 4 }]);
    // The refused one too: nobody is hurt by undoing what never was.
    for step in [4, 2, 0] {
        assert_eq!(saga.commands(u64::MAX), [Command::Undo(key(&saga, step), 1)]);
        at(&mut saga, START_US, undone(step)).unwrap();
    }
    use Status::{Compensated, Compensating, Completed, Failed, Pending, Running};
    assert_eq!(saga.path(), [Pending, Running, Failed, Compensating, Compensated]);
    assert_eq!(
        saga.steps(),
        [Compensated, Completed, Compensated, Completed, Compensated, Pending]
    );
}

#[test]
fn a_lost_step_is_tried_again_after_a_pause_that_doubles_and_then_given_up() {
    let mut saga = after("uf", &[]);
    let mut now_us = START_US;
    for tries in 1..=limits::TRIES {
        assert_eq!(saga.commands(now_us)[0], Command::Run(key(&saga, 0), tries));
        at(&mut saga, now_us, Happened::Lost { step: 0, tries }).unwrap();
        if tries < limits::TRIES {
            let next_us = now_us + (SECOND_US << (tries - 1));
            assert_eq!(saga.commands(next_us - 1)[0], Command::Wake(next_us));
            now_us = next_us;
        }
    }
    assert_eq!(saga.commands(now_us), [Command::Undo(key(&saga, 0), 1)]);
    assert!(saga.path().contains(&Status::Failed));
}

#[test]
fn a_report_of_an_earlier_try_does_not_count_as_another_failure() {
    let mut saga = after("uf", &[Happened::Lost { step: 0, tries: 1 }]);
    let before = saga.clone();
    let again = at(&mut saga, START_US + 9 * SECOND_US, Happened::Lost { step: 0, tries: 1 });
    assert_eq!((again, &saga), (Ok(Applied::Ignored), &before));
}

#[test]
fn after_the_pivot_a_step_is_tried_for_half_a_day_and_then_disputed() {
    let mut saga = after("fr", &[done(0)]);
    let mut now_us = START_US + SECOND_US;
    for tries in 1..=limits::TRIES_PAST_PIVOT {
        assert_eq!(saga.status(), Status::Running);
        at(&mut saga, now_us, Happened::Lost { step: 1, tries }).unwrap();
        if let [Command::Wake(at_us)] = saga.commands(now_us)[..] {
            assert!(at_us - now_us <= limits::PAUSE_MOST_US);
            now_us = at_us;
        }
    }
    let hours = (now_us - START_US) / HOUR_US;
    assert_eq!(hours, 12);
    assert_eq!((saga.status(), saga.reason()), (Status::Disputed, Some(Reason::StepStuck)));
    assert_eq!(saga.commands(now_us), [Command::Freeze(saga.id())]);
    assert!(!saga.is_over());
    at(&mut saga, now_us, Happened::Frozen).unwrap();
    assert!(saga.is_over());
    assert_eq!(saga.commands(u64::MAX), []);
}

#[test]
fn a_refused_pivot_turns_back_and_an_unknown_one_is_disputed() {
    let refused = after("uf", &[done(0), Happened::Refused { step: 1 }]);
    assert_eq!(refused.status(), Status::Compensating);
    let mut unknown = after("uf", &[done(0)]);
    let mut now_us = START_US;
    for tries in 1..=limits::TRIES_PAST_PIVOT {
        now_us += HOUR_US;
        at(&mut unknown, now_us, Happened::Lost { step: 1, tries }).unwrap();
    }
    assert_eq!(
        (unknown.status(), unknown.reason()),
        (Status::Disputed, Some(Reason::PivotUnknown))
    );
}

#[test]
fn a_pivot_reported_refused_and_then_done_is_disputed() {
    let saga = after("uf", &[done(0), Happened::Refused { step: 1 }, done(1)]);
    assert_eq!((saga.status(), saga.reason()), (Status::Disputed, Some(Reason::Contradiction)));
    let saga = after("uuf", &[done(0), Happened::Refused { step: 0 }]);
    assert_eq!(saga.reason(), Some(Reason::Contradiction));
}

#[test]
fn time_runs_out_at_the_deadline_and_not_before_it() {
    let mut saga = after("uuf", &[done(0)]);
    let deadline_us = START_US + HOUR_US;
    assert!(saga.commands(START_US).contains(&Command::Wake(deadline_us)));
    let early = at(&mut saga, deadline_us - 1, Happened::Waited);
    assert_eq!((early, saga.status()), (Ok(Applied::Ignored), Status::Running));
    at(&mut saga, deadline_us, Happened::Waited).unwrap();
    assert_eq!(saga.path()[2..], [Status::TimedOut, Status::Compensating]);
    assert_eq!(saga.commands(deadline_us), [Command::Undo(key(&saga, 1), 1)]);
}

#[test]
fn whoever_reaches_the_pivot_too_late_turns_back_and_whoever_is_at_it_goes_on() {
    let deadline_us = START_US + HOUR_US;
    let mut late = after("uf", &[]);
    at(&mut late, deadline_us, done(0)).unwrap();
    assert_eq!(late.path()[2..], [Status::TimedOut, Status::Compensating]);
    assert_eq!(late.steps(), [Status::Compensating, Status::Pending]);
    let mut there = after("ufr", &[done(0)]);
    at(&mut there, deadline_us, Happened::Waited).unwrap();
    at(&mut there, deadline_us, done(1)).unwrap();
    at(&mut there, deadline_us + HOUR_US, done(2)).unwrap();
    assert_eq!(there.status(), Status::Completed);
}

#[test]
fn it_can_be_cancelled_before_the_pivot_and_not_at_it() {
    let mut early = after("uuf", &[done(0), Happened::Cancelled]);
    assert_eq!(early.path()[2..], [Status::Cancelled, Status::Compensating]);
    assert_eq!(at(&mut early, START_US, Happened::Cancelled), Ok(Applied::Ignored));
    let mut late = after("uf", &[done(0)]);
    let before = late.clone();
    assert_eq!(at(&mut late, START_US, Happened::Cancelled), Err(SagaError::PastPivot));
    assert_eq!(late, before);
}

#[test]
fn nothing_to_undo_means_compensated_at_once() {
    let saga = after("nnn", &[done(0), Happened::Cancelled]);
    assert_eq!(saga.path()[2..], [Status::Cancelled, Status::Compensating, Status::Compensated]);
}

#[test]
fn a_contested_saga_freezes_and_listens_to_nothing_more() {
    let mut saga = after("uuf", &[done(0), Happened::Contested]);
    assert_eq!(saga.commands(START_US), [Command::Freeze(saga.id())]);
    let before = saga.clone();
    for happened in [done(1), undone(0), Happened::Cancelled, Happened::Contested] {
        assert_eq!(at(&mut saga, START_US + HOUR_US, happened), Ok(Applied::Ignored));
    }
    assert_eq!(saga, before);
    at(&mut saga, START_US, Happened::Frozen).unwrap();
    assert_eq!(at(&mut saga, START_US, Happened::Contested), Err(SagaError::Over));
}

#[test]
fn a_compensation_that_does_not_work_is_disputed() {
    let stuck = after("uf", &[Happened::Cancelled, Happened::UndoRefused { step: 0 }]);
    assert_eq!(stuck.reason(), Some(Reason::CompensationStuck));
    assert_eq!(stuck.steps()[0], Status::Disputed);
    let mut lost = after("uf", &[Happened::Cancelled]);
    for tries in 1..limits::TRIES_PAST_PIVOT {
        at(&mut lost, START_US, Happened::UndoLost { step: 0, tries }).unwrap();
        assert_eq!(lost.status(), Status::Compensating);
    }
    let tries = limits::TRIES_PAST_PIVOT;
    at(&mut lost, START_US, Happened::UndoLost { step: 0, tries }).unwrap();
    assert_eq!(lost.reason(), Some(Reason::CompensationStuck));
}

#[test]
fn what_cannot_be_true_is_refused_with_a_code_and_changes_nothing() {
    let mut new = Saga::new(plan("uf"));
    assert_eq!(at(&mut new, START_US, done(0)), Err(SagaError::NotStarted));
    assert_eq!(new.commands(START_US), []);
    let mut saga = after("uf", &[]);
    let before = saga.clone();
    for step in [1, 2, usize::MAX] {
        for happened in [done(step), Happened::Refused { step }, undone(step)] {
            assert_eq!(at(&mut saga, START_US, happened), Err(SagaError::StepUnknown { step }));
        }
    }
    assert_eq!(saga, before);
    let mut over = after("f", &[done(0)]);
    assert_eq!(at(&mut over, START_US, Happened::Cancelled), Err(SagaError::Over));
    let problems = [
        SagaError::NotStarted,
        SagaError::StepUnknown { step: 1 },
        SagaError::PastPivot,
        SagaError::Over,
    ]
    .map(Problem::from)
    .map(|problem| (problem.code, problem.kind, problem.field.into_owned()));
    let saga = || "saga".to_owned();
    assert_eq!(
        problems,
        [
            ("SAGA_NOT_STARTED", Kind::FailedPrecondition, saga()),
            ("SAGA_STEP_UNKNOWN", Kind::NotFound, "step".to_owned()),
            ("SAGA_PAST_PIVOT", Kind::FailedPrecondition, saga()),
            ("SAGA_OVER", Kind::FailedPrecondition, saga()),
        ]
    );
}

#[test]
fn a_clock_that_runs_backwards_stands_still() {
    let mut saga = after("uf", &[Happened::Lost { step: 0, tries: 1 }]);
    at(&mut saga, 0, Happened::Lost { step: 0, tries: 2 }).unwrap();
    // Two seconds after the second at which the first try was lost.
    let again_us = START_US + 3 * SECOND_US;
    assert_eq!(saga.commands(0)[0], Command::Wake(again_us));
}

fn anything() -> impl Strategy<Value = Happened> {
    let step = 0..5_usize;
    prop_oneof![
        1 => Just(Happened::Started),
        6 => step.clone().prop_map(|step| Happened::Done { step }),
        1 => step.clone().prop_map(|step| Happened::Refused { step }),
        3 => (step.clone(), 1..4_u32).prop_map(|(step, tries)| Happened::Lost { step, tries }),
        4 => step.clone().prop_map(|step| Happened::Undone { step }),
        1 => step.clone().prop_map(|step| Happened::UndoRefused { step }),
        2 => (step, 1..4_u32).prop_map(|(step, tries)| Happened::UndoLost { step, tries }),
        1 => Just(Happened::Cancelled),
        1 => Just(Happened::Contested),
        1 => Just(Happened::Frozen),
        1 => Just(Happened::Waited),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_entry_twice_is_every_entry_once(
        journal in prop::collection::vec((anything(), 0..100 * SECOND_US), 0..60)
    ) {
        let (mut once, mut twice) = (Saga::new(plan("unufr")), Saga::new(plan("unufr")));
        let mut now_us = START_US;
        for (happened, pause_us) in journal {
            now_us += pause_us;
            let first = at(&mut once, now_us, happened);
            prop_assert_eq!(first, at(&mut twice, now_us, happened));
            let before = twice.clone();
            let second = at(&mut twice, now_us, happened);
            prop_assert_ne!(second, Ok(Applied::Changed));
            prop_assert_eq!(&before, &twice);
            prop_assert_eq!(&once, &twice);
        }
    }

    #[test]
    fn a_journal_may_leave_out_what_was_ignored_and_what_was_refused(
        journal in prop::collection::vec((anything(), 0..1_000 * SECOND_US), 0..60)
    ) {
        let mut saga = Saga::new(plan("unufr"));
        let mut kept = Vec::new();
        let mut now_us = START_US;
        for (happened, pause_us) in journal {
            now_us += pause_us;
            let entry = Entry { at_us: now_us, happened };
            let before = saga.clone();
            match saga.apply(entry) {
                Ok(Applied::Changed) => kept.push(entry),
                Ok(Applied::Ignored) | Err(_) => prop_assert_eq!(&saga, &before),
            }
            prop_assert_eq!(saga.commands(now_us), saga.commands(now_us));
        }
        prop_assert_eq!(Saga::replay(plan("unufr"), &kept), Ok(saga));
    }

    #[test]
    fn an_end_is_for_ever(
        journal in prop::collection::vec((anything(), 0..1_000 * SECOND_US), 0..80)
    ) {
        let mut saga = Saga::new(plan("unufr"));
        let mut now_us = START_US;
        let mut end = None;
        for (happened, pause_us) in journal {
            now_us += pause_us;
            let _ = at(&mut saga, now_us, happened);
            if let Some(end) = &end {
                prop_assert_eq!(end, &saga);
                prop_assert_eq!(saga.commands(now_us), []);
            } else if saga.is_over() {
                end = Some(saga.clone());
            }
        }
    }
}
