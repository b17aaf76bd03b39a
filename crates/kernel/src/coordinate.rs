//! Hybrid logical time (protocol §1).

/// A point in hybrid logical time, ordered by wall time, then counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Coordinate {
    /// Microseconds since the Unix epoch.
    pub wall_us: u64,
    /// Counts events within one microsecond of logical time.
    pub counter: u32,
}

impl Coordinate {
    /// The next coordinate of somebody whose clock shows `now_us` and who has
    /// been at, or seen, the coordinates in `known`.
    ///
    /// wall' = max(now, known); counter' = 1 + the greatest counter among those
    /// with that wall, else 0. A counter at its end moves the wall on by 1 µs.
    #[must_use]
    pub fn next(now_us: u64, known: impl IntoIterator<Item = Self>) -> Self {
        let mut next = Self { wall_us: now_us, counter: 0 };
        for seen in known {
            if seen >= next {
                next = match seen.counter.checked_add(1) {
                    Some(counter) => Self { wall_us: seen.wall_us, counter },
                    None => Self { wall_us: seen.wall_us.saturating_add(1), counter: 0 },
                };
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(wall_us: u64, counter: u32) -> Coordinate {
        Coordinate { wall_us, counter }
    }

    #[test]
    fn worked_example_own_1000_5_seen_2000_3_now_1500() {
        assert_eq!(Coordinate::next(1500, [at(1000, 5), at(2000, 3)]), at(2000, 4));
    }

    #[test]
    fn fresh_wall_time_starts_at_counter_zero() {
        assert_eq!(Coordinate::next(3000, [at(1000, 5), at(2000, 3)]), at(3000, 0));
    }

    #[test]
    fn full_counter_moves_the_wall_on() {
        assert_eq!(Coordinate::next(1, [at(7, u32::MAX)]), at(8, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn child_coordinate_is_greater_than_every_parent(
            now in 0u64..100,
            known in prop::collection::vec((0u64..100, 0u32..5), 0..10),
        ) {
            let known: Vec<_> = known.into_iter().map(|(w, c)| at(w, c)).collect();
            let next = Coordinate::next(now, known.iter().copied());
            prop_assert!(known.iter().all(|k| next > *k));
            prop_assert!(next.wall_us >= now);
        }

        #[test]
        fn next_coordinate_does_not_depend_on_the_order_of_what_was_seen(
            now in 0u64..100,
            mut known in prop::collection::vec((0u64..100, 0u32..5), 0..10),
        ) {
            let forward = Coordinate::next(now, known.iter().map(|&(w, c)| at(w, c)));
            known.sort_unstable();
            prop_assert_eq!(forward, Coordinate::next(now, known.iter().map(|&(w, c)| at(w, c))));
        }
    }
}
