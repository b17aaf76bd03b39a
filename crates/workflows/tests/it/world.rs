//! The world outside of a saga: it keeps the contract of `StepKey`, and is
//! otherwise as unreliable as a seed makes it.

use std::collections::BTreeMap;

use erynoa_workflows::{Effect, Happened, Plan};

/// Numbers without a pattern, the same for the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % limit as u64).expect("below a usize")
    }

    pub(crate) fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }
}

/// What is known of the effect of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It holds.
    Done,
    /// It was refused once and for all.
    Refused,
    /// It was taken away, or blocked before it came.
    Undone,
    /// It holds and cannot be taken away.
    Stuck,
}

/// How unreliable the world is: one in so many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    pub(crate) refuses: usize,
    pub(crate) loses: usize,
    pub(crate) keeps: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) standing: BTreeMap<usize, Standing>,
    /// How often an effect has really come about.
    pub(crate) times: BTreeMap<usize, u32>,
    pub(crate) frozen: bool,
    faults: Faults,
}

impl World {
    pub(crate) fn new(faults: Faults) -> Self {
        Self { standing: BTreeMap::new(), times: BTreeMap::new(), frozen: false, faults }
    }

    /// Carries out a step, at most once, and answers; `None` if the answer is
    /// lost on its way or never given.
    pub(crate) fn run(&mut self, step: usize, tries: u32, dice: &mut Dice) -> Option<Happened> {
        if self.frozen {
            return None;
        }
        let lost = dice.one_in(self.faults.loses);
        if lost && dice.one_in(2) {
            return Some(Happened::Lost { step, tries });
        }
        let refuses = dice.one_in(self.faults.refuses);
        let standing = *self.standing.entry(step).or_insert_with(|| {
            if refuses {
                Standing::Refused
            } else {
                *self.times.entry(step).or_default() += 1;
                Standing::Done
            }
        });
        if lost {
            return if dice.one_in(2) { Some(Happened::Lost { step, tries }) } else { None };
        }
        Some(match standing {
            Standing::Done | Standing::Stuck => Happened::Done { step },
            Standing::Refused | Standing::Undone => Happened::Refused { step },
        })
    }

    /// Takes the effect of a step away, or blocks it.
    pub(crate) fn undo(&mut self, step: usize, tries: u32, dice: &mut Dice) -> Option<Happened> {
        if self.frozen {
            return None;
        }
        let lost = dice.one_in(self.faults.loses);
        if lost && dice.one_in(2) {
            return Some(Happened::UndoLost { step, tries });
        }
        let keeps = dice.one_in(self.faults.keeps);
        let standing = match self.standing.get(&step) {
            Some(Standing::Stuck) => Standing::Stuck,
            Some(Standing::Done) if keeps => Standing::Stuck,
            _ => Standing::Undone,
        };
        self.standing.insert(step, standing);
        if lost {
            return if dice.one_in(2) { Some(Happened::UndoLost { step, tries }) } else { None };
        }
        Some(match standing {
            Standing::Undone => Happened::Undone { step },
            _ => Happened::UndoRefused { step },
        })
    }

    /// Whether the effect of a step holds.
    pub(crate) fn holds(&self, step: usize) -> bool {
        matches!(self.standing.get(&step), Some(Standing::Done | Standing::Stuck))
    }

    /// Steps that leave something behind and whose effect holds.
    pub(crate) fn left_behind(&self, plan: &Plan) -> Vec<usize> {
        (0..plan.steps.len())
            .filter(|step| plan.steps[*step].effect != Effect::None && self.holds(*step))
            .collect()
    }
}
