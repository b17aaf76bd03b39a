//! Laws of the state machine of a run, whatever happens and in whatever order.

use erynoa_workflows::contract::Law;
use erynoa_workflows::limits::{
    INPUT_MOST, REASON_MOST, RUN_STEPS_MOST, STEP_ARGUMENTS_MOST, STEP_OUTPUT_MOST,
};
use erynoa_workflows::{
    Call, Definition, Event, Next, Outcome, Past, Run, RunStatus, Start, StepState, Todo,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn start(input: Value) -> Start {
    Start { key: "a".into(), workflow: "law".into(), owner: String::new(), input }
}

/// What happens next in the world.
#[derive(Clone, Debug)]
enum Happens {
    Done,
    Refused,
    Lost,
    /// The engine dies after the effect and before it is written down.
    Crash,
    Cancel,
    Retry,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        6 => Just(Happens::Done),
        1 => Just(Happens::Refused),
        3 => Just(Happens::Lost),
        2 => Just(Happens::Crash),
        1 => Just(Happens::Cancel),
        2 => Just(Happens::Retry),
    ]
}

fn step() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(|undo| json!({ "undo": undo })),
        (1_u64..100).prop_map(|ms| json!({ "wait_ms": ms })),
    ]
}

/// The world: which effects hold. It keeps to the contract of effects.
#[derive(Default)]
struct World {
    holds: Vec<usize>,
    blocked: Vec<usize>,
}

impl World {
    fn run(&mut self, call: &Call) -> Outcome {
        let step = call.key.step;
        if self.blocked.contains(&step) {
            return Outcome::Refused("undone".into());
        }
        if !self.holds.contains(&step) {
            self.holds.push(step);
        }
        Outcome::Done(Value::Null)
    }

    fn undo(&mut self, call: &Call) -> Outcome {
        self.holds.retain(|step| *step != call.key.step);
        self.blocked.push(call.key.step);
        Outcome::Done(Value::Null)
    }
}

const LAW: Law = Law { version: 1 };

/// One thing happens; whether the run was asked for something it had ended for.
fn happen(run: &mut Run, world: &mut World, what: &Happens, now_us: u64) {
    let event = match (what, run.todo(now_us)) {
        (Happens::Cancel, _) => Event::Cancel,
        (Happens::Retry, _) => Event::Retry,
        (Happens::Done, Todo::Run(call)) => Event::Tried(call.key.step, world.run(&call)),
        (Happens::Done, Todo::Undo(call)) => Event::Undid(call.key.step, world.undo(&call)),
        (Happens::Refused, Todo::Run(call)) if !world.holds.contains(&call.key.step) => {
            Event::Tried(call.key.step, Outcome::Refused("no".into()))
        }
        (Happens::Crash, Todo::Run(call)) => {
            world.run(&call);
            return;
        }
        (Happens::Crash, Todo::Undo(call)) => {
            world.undo(&call);
            return;
        }
        (_, Todo::Run(call)) => Event::Tried(call.key.step, Outcome::Lost("lost".into())),
        (_, Todo::Undo(call)) => Event::Undid(call.key.step, Outcome::Lost("lost".into())),
        (_, Todo::Wake) => Event::Woke,
        (_, Todo::Sleep(_) | Todo::Rest) => return,
    };
    let over = run.status.is_over();
    let asked = matches!(event, Event::Cancel | Event::Retry);
    assert_eq!(run.take(&LAW, event, now_us).is_err(), over && asked);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whatever_happens_a_run_ends_with_all_its_effects_or_none_that_can_be_undone(
        steps in prop::collection::vec(step(), 0..8),
        happened in prop::collection::vec((happens(), 0_u64..200_000), 0..60),
    ) {
        let mut run = Run::begin(start(json!({ "steps": steps })), &LAW, 0);
        let mut world = World::default();
        let mut now_us = 0;
        for (what, passed_us) in &happened {
            now_us += passed_us;
            let revision = run.revision;
            happen(&mut run, &mut world, what, now_us);
            prop_assert!(run.revision >= revision);
            prop_assert_eq!(run.todo(now_us), run.todo(now_us));
            let again: Run = serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap();
            prop_assert_eq!(&again, &run);
        }
        // From now on all goes well.
        for _ in 0..100 {
            now_us += 1_000_000;
            if run.status == RunStatus::Stuck {
                happen(&mut run, &mut world, &Happens::Retry, now_us);
            }
            happen(&mut run, &mut world, &Happens::Done, now_us);
        }
        prop_assert!(run.status.is_over(), "{:?}", run);
        prop_assert_eq!(run.due_us, None);
        for (at, step) in run.steps.iter().enumerate() {
            let holds = world.holds.contains(&at);
            let is_effect = step.arguments["until_us"].is_null();
            match run.status {
                RunStatus::Completed => prop_assert_eq!(holds, is_effect),
                _ if step.undo => prop_assert!(!holds, "step {} of {:?}", at, run),
                _ => prop_assert!(holds == (is_effect && step.state == StepState::Done)
                    || step.state == StepState::Unknown),
            }
        }
    }
}

/// As much of everything as is allowed.
struct Full;

impl Definition for Full {
    fn name(&self) -> &'static str {
        "law"
    }

    fn version(&self) -> u32 {
        1
    }

    fn next(&self, _: &Value, _: &[Past]) -> Next {
        // Two quotes around it.
        let arguments = json!("x".repeat(STEP_ARGUMENTS_MOST - 2));
        Next::Do { step: "work", arguments, undo: true }
    }
}

#[test]
fn a_run_at_its_limits_fits_into_64_kib_and_goes_no_further() {
    let mut run = Run::begin(start(json!("x".repeat(INPUT_MOST - 2))), &Full, 0);
    start(run.input.clone()).check().unwrap();
    let most = json!("x".repeat(STEP_OUTPUT_MOST - 2));
    for at in 0..RUN_STEPS_MOST {
        let lost = Outcome::Lost("\u{1F98A}".repeat(REASON_MOST + 1));
        run.take(&Full, Event::Tried(at, lost), 0).unwrap();
        assert_eq!(run.steps[at].error.chars().count(), REASON_MOST);
        assert!(serde_json::to_vec(&run).unwrap().len() < 65_536);
        run.take(&Full, Event::Tried(at, Outcome::Done(most.clone())), 0).unwrap();
    }
    assert_eq!((run.status, run.steps.len()), (RunStatus::Stuck, RUN_STEPS_MOST));
    assert!(serde_json::to_vec(&run).unwrap().len() < 65_536);
}

#[test]
fn what_a_step_gives_is_kept_up_to_its_limit_and_not_beyond() {
    for (bytes, status) in
        [(STEP_OUTPUT_MOST, RunStatus::Completed), (STEP_OUTPUT_MOST + 1, RunStatus::Stuck)]
    {
        let mut run = Run::begin(start(json!({ "steps": [{}] })), &LAW, 0);
        let output = Outcome::Done(json!("x".repeat(bytes - 2)));
        run.take(&LAW, Event::Tried(0, output), 0).unwrap();
        assert_eq!(run.status, status, "{bytes}");
    }
}
