//! How evidence fades with age (protocol §5): m(0) = 2³², m(k) = ⌊m(k−1)·c / 2³²⌋.

use std::sync::LazyLock;

use crate::parameters::{DECAY_NEGATIVE, DECAY_POSITIVE};

/// Tables of m₊ and m₋, each up to the day on which it reaches zero (about 110
/// and 70 years), so that they are exact for every age.
static TABLES: LazyLock<(Vec<u64>, Vec<u64>)> =
    LazyLock::new(|| (table(DECAY_POSITIVE), table(DECAY_NEGATIVE)));

fn table(factor: u64) -> Vec<u64> {
    let mut table = vec![1 << 32];
    let mut last: u64 = 1 << 32;
    while last > 0 {
        // Both are at most 2³²; their product is at most 2⁶⁴ − 2³² because the
        // factor is below 2³².
        last = (last * factor) >> 32;
        table.push(last);
    }
    table
}

/// Both tables, looked up once for many days.
#[derive(Clone, Copy)]
pub(crate) struct Decay {
    positive: &'static [u64],
    negative: &'static [u64],
}

impl Decay {
    pub(crate) fn new() -> Self {
        Self { positive: &TABLES.0, negative: &TABLES.1 }
    }

    /// ⌊amount · m₊(age) / 2³²⌋
    pub(crate) fn positive(self, amount: u64, age_days: u32) -> u64 {
        scale(amount, at(self.positive, age_days))
    }

    /// ⌊amount · m₋(age) / 2³²⌋
    pub(crate) fn negative(self, amount: u64, age_days: u32) -> u64 {
        scale(amount, at(self.negative, age_days))
    }
}

fn at(table: &[u64], age_days: u32) -> u64 {
    table.get(age_days as usize).copied().unwrap_or(0)
}

#[expect(clippy::cast_possible_truncation, reason = "a factor of at most 2³² over 2³² shrinks")]
fn scale(amount: u64, factor: u64) -> u64 {
    ((u128::from(amount) * u128::from(factor)) >> 32) as u64
}

/// m₊ after `age_days`, over 2³²: what is left of positive evidence.
#[must_use]
pub fn positive_factor(age_days: u32) -> u64 {
    at(&TABLES.0, age_days)
}

/// m₋ after `age_days`, over 2³²: what is left of negative evidence.
#[must_use]
pub fn negative_factor(age_days: u32) -> u64 {
    at(&TABLES.1, age_days)
}
