//! K14 under failures, repetitions, delays, reordering and crashes.

use std::collections::BTreeMap;

use erynoa_kernel::SagaId;
use erynoa_workflows::{
    Command, Effect, Entry, Happened, Plan, Saga, Snapshot, Source, Status, StepKey, compose,
};

use crate::catalogues::{HOUR_US, intent, recipe, source};
use crate::world::{Dice, Faults, World};

const SECOND_US: u64 = 1_000_000;

/// A plan whose steps have these effects, in this order: `n`one, `u`ndone,
/// `f`inal, `r`etried.
pub(crate) fn plan(effects: &str) -> Plan {
    let sources: Vec<Source> = effects
        .chars()
        .enumerate()
        .map(|(place, effect)| {
            let needs = place.checked_sub(1).map(|before| format!("r{before:02}"));
            Source {
                effect: match effect {
                    'n' => Effect::None,
                    'u' => Effect::Undone(format!("undo-{place}")),
                    'f' => Effect::Final,
                    _ => Effect::Retried,
                },
                needs: needs.into_iter().collect(),
                ..source(&format!("s{place:02}"), &[&format!("r{place:02}")], &[])
            }
        })
        .collect();
    let last = format!("r{:02}", effects.len() - 1);
    let snapshot = Snapshot { recipes: vec![recipe("x", &[&last])], sources };
    compose(&intent("x"), &snapshot).expect("a plan")
}

/// Whoever drives the saga, with the journal that outlives them, and all that
/// is on its way between them and the world.
struct Run {
    plan: Plan,
    saga: Saga,
    journal: Vec<Entry>,
    world: World,
    to_world: Vec<Command>,
    to_saga: Vec<Happened>,
    now_us: u64,
    dice: Dice,
}

impl Run {
    fn new(plan: Plan, seed: u64, faults: Faults) -> Self {
        let mut run = Self {
            saga: Saga::new(plan.clone()),
            plan,
            journal: Vec::new(),
            world: World::new(faults),
            to_world: Vec::new(),
            to_saga: Vec::new(),
            now_us: 1_700_000_000 * SECOND_US,
            dice: Dice(seed),
        };
        run.take_in(Happened::Started);
        run
    }

    /// Journal first, then the saga; what the saga refuses is not journaled.
    fn take_in(&mut self, happened: Happened) {
        let entry = Entry { at_us: self.now_us, happened };
        let mut next = self.saga.clone();
        match next.apply(entry) {
            Ok(_) => {
                self.journal.push(entry);
                self.saga = next;
            }
            Err(_) => assert_eq!(next, self.saga, "a refusal changes nothing"),
        }
    }

    /// All that is in memory is lost, what is on its way is not.
    fn crash(&mut self) {
        let again = Saga::replay(self.plan.clone(), &self.journal).expect("its own journal");
        assert_eq!(again, self.saga, "a replay gives the saga as it was");
        self.saga = again;
    }

    fn ask(&mut self) {
        self.to_world.extend(self.saga.commands(self.now_us));
    }

    /// One command reaches the world, and perhaps once more later.
    fn reach_world(&mut self, repeats: bool) {
        if self.to_world.is_empty() {
            return;
        }
        let which = self.dice.below(self.to_world.len());
        let command = self.to_world[which];
        if !(repeats && self.dice.one_in(4)) {
            self.to_world.swap_remove(which);
        }
        let answer = match command {
            Command::Run(StepKey { step, .. }, tries) => {
                self.world.run(step, tries, &mut self.dice)
            }
            Command::Undo(StepKey { step, .. }, tries) => {
                self.world.undo(step, tries, &mut self.dice)
            }
            Command::Freeze(_) => {
                self.world.frozen = true;
                Some(Happened::Frozen)
            }
            Command::Wake(_) => Some(Happened::Waited),
        };
        self.to_saga.extend(answer);
    }

    /// One answer reaches the saga, and perhaps once more later.
    fn reach_saga(&mut self, repeats: bool) {
        if self.to_saga.is_empty() {
            return;
        }
        let which = self.dice.below(self.to_saga.len());
        let happened = self.to_saga[which];
        if !(repeats && self.dice.one_in(4)) {
            self.to_saga.swap_remove(which);
        }
        self.take_in(happened);
    }

    /// Anything at any time.
    fn disorder(&mut self, steps: usize) {
        let hurry = self.dice.one_in(3);
        for _ in 0..steps {
            match self.dice.below(24) {
                0..6 => self.ask(),
                6..13 => self.reach_world(true),
                13..20 => self.reach_saga(true),
                20 => self.crash(),
                21 => {
                    let pause = if hurry { HOUR_US / 4 } else { 2 * SECOND_US };
                    self.now_us += self.dice.below(usize::try_from(pause).expect("fits")) as u64;
                    self.take_in(Happened::Waited);
                }
                22 if self.dice.one_in(12) => self.take_in(Happened::Cancelled),
                23 if self.dice.one_in(24) => self.take_in(Happened::Contested),
                _ => {}
            }
        }
    }

    /// From here on everything arrives in the end; what was sent before still
    /// does, too, at any time.
    fn finish(&mut self) {
        for _ in 0..2_000 {
            if self.saga.is_over() {
                return;
            }
            let commands = self.saga.commands(self.now_us);
            assert!(!commands.is_empty(), "it waits for nothing: {:?}", self.saga);
            if let [Command::Wake(at_us), ..] = commands[..] {
                self.now_us = self.now_us.max(at_us);
                self.take_in(Happened::Waited);
            }
            self.ask();
            for _ in 0..3 {
                self.reach_world(false);
                self.reach_saga(false);
            }
        }
        panic!("the saga does not end: {:?}", self.saga);
    }

    /// Everything that is still on its way arrives after the end.
    fn drain(&mut self) {
        let ended = (self.saga.clone(), self.world.left_behind(&self.plan));
        while !(self.to_world.is_empty() && self.to_saga.is_empty()) {
            self.reach_world(false);
            self.reach_saga(false);
        }
        let after = (self.saga.clone(), self.world.left_behind(&self.plan));
        assert_eq!(after, ended, "nothing happens after the end");
    }

    /// K14, and that each effect came about once at most.
    fn judge(&self) -> Status {
        let left = self.world.left_behind(&self.plan);
        match self.saga.status() {
            Status::Completed => {
                let all: Vec<usize> = (0..self.plan.steps.len()).collect();
                assert!(all.iter().all(|step| self.world.holds(*step)), "{:?}", self.world);
                assert_eq!(self.saga.steps(), vec![Status::Completed; all.len()]);
            }
            Status::Compensated => assert!(left.is_empty(), "{:?} {:?}", self.saga, self.world),
            Status::Disputed => assert!(self.world.frozen && self.saga.reason().is_some()),
            other => panic!("no end: {other:?}"),
        }
        assert!(self.world.times.values().all(|times| *times == 1), "{:?}", self.world.times);
        if self.plan.pivot.is_some_and(|pivot| self.world.holds(pivot)) {
            assert_ne!(self.saga.status(), Status::Compensated);
        }
        self.saga.status()
    }

    /// The journal may end anywhere: what was folded then is folded again, and
    /// the saga goes on to a good end from there.
    fn every_prefix(&self) {
        let mut saga = Saga::new(self.plan.clone());
        for (length, entry) in self.journal.iter().enumerate() {
            let again = Saga::replay(self.plan.clone(), &self.journal[..length]);
            assert_eq!(again.as_ref(), Ok(&saga));
            saga.apply(*entry).expect("its own journal");
            assert!(saga.path().windows(2).all(|step| allowed(step[0], step[1])), "{saga:?}");
        }
        assert_eq!(saga, self.saga);
    }
}

/// The diagram of `saga.rs`.
fn allowed(from: Status, to: Status) -> bool {
    use Status::{
        Cancelled, Compensated, Compensating, Completed, Disputed, Failed, Pending, Running,
        TimedOut,
    };
    matches!(
        (from, to),
        (Pending, Running)
            | (Running, Completed | Failed | TimedOut | Cancelled | Disputed)
            | (Failed | TimedOut | Cancelled, Compensating)
            | (Failed, Disputed)
            | (Compensating, Compensated | Disputed)
    )
}

const PLANS: [&str; 7] = ["nunfr", "uuu", "f", "uuufrr", "nnn", "uf", "ufuur"];

/// Runs a plan to its end in a world made by the seed.
fn run(effects: &str, seed: u64, faults: Faults) -> Status {
    let mut run = Run::new(plan(effects), seed, faults);
    run.disorder(120);
    run.finish();
    run.crash();
    run.judge();
    run.drain();
    run.every_prefix();
    run.judge()
}

fn ends(seeds: u64, faults: Faults) -> BTreeMap<Status, u32> {
    let mut ends = BTreeMap::new();
    for seed in 0..seeds {
        for effects in PLANS {
            *ends.entry(run(effects, seed, faults)).or_default() += 1;
        }
    }
    ends
}

/// K14
#[test]
fn all_committed_or_all_compensated_or_disputed_with_the_effects_frozen() {
    let usual = Faults { refuses: 20, loses: 4, keeps: 8 };
    let ends = ends(500, usual);
    // The simulation visits every end, and often.
    for end in [Status::Completed, Status::Compensated, Status::Disputed] {
        assert!(ends[&end] > 100, "{ends:?}");
    }
}

/// K14
#[test]
fn the_same_in_a_world_that_loses_nearly_everything() {
    let hostile = Faults { refuses: 6, loses: 1, keeps: 3 };
    let ends = ends(60, hostile);
    assert!(ends[&Status::Disputed] > 20 && ends[&Status::Compensated] > 20, "{ends:?}");
}

#[test]
fn in_a_world_without_faults_and_left_alone_everything_is_completed() {
    let none = Faults { refuses: usize::MAX, loses: usize::MAX, keeps: usize::MAX };
    for effects in PLANS {
        let mut run = Run::new(plan(effects), 7, none);
        run.finish();
        run.drain();
        assert_eq!(run.judge(), Status::Completed, "{effects}");
    }
}

#[test]
fn the_same_seed_gives_the_same_journal() {
    let journal = |seed| {
        let faults = Faults { refuses: 10, loses: 4, keeps: 4 };
        let mut run = Run::new(plan("nunfr"), seed, faults);
        run.disorder(200);
        run.finish();
        (run.journal, run.saga.id())
    };
    let (first, id): (Vec<Entry>, SagaId) = journal(3);
    assert_eq!((first.clone(), id), journal(3));
    assert_ne!(first, journal(4).0);
}
