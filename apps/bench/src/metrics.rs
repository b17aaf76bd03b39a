//! Area under the curve, percentiles, and the bootstrap over people.

/// Numbers without a pattern, the same for the same seed (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Scatter(u64);

impl Scatter {
    /// A sequence of its own for every seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        let wide = u128::from(self.draw()) * limit as u128;
        usize::try_from(wide >> 64).expect("below the limit")
    }

    /// `count` different items, all when there are fewer.
    pub fn choose<T: Copy>(&mut self, items: &[T], count: usize) -> Vec<T> {
        let mut left = items.to_vec();
        let mut chosen = Vec::new();
        while chosen.len() < count && !left.is_empty() {
            let index = self.below(left.len());
            chosen.push(left.swap_remove(index));
        }
        chosen
    }
}

/// Somebody (or one rating of theirs) with the score beforehand and what
/// happened.
#[derive(Clone, Copy, Debug)]
pub struct Observation {
    /// Who is rated.
    pub person: u32,
    /// Before it happened.
    pub score: f64,
    /// Whether it went well.
    pub good: bool,
}

/// Observations of the strata within which pairs are made, by score.
#[derive(Clone, Debug, Default)]
pub struct Strata {
    strata: Vec<Vec<Observation>>,
}

impl Strata {
    /// Adds a stratum.
    pub fn push(&mut self, mut observations: Vec<Observation>) {
        observations.sort_by(|a, b| a.score.total_cmp(&b.score));
        self.strata.push(observations);
    }

    /// The strata of a range.
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        Self { strata: self.strata[range].to_vec() }
    }

    /// All observations.
    pub fn observations(&self) -> impl Iterator<Item = &Observation> {
        self.strata.iter().flatten()
    }

    /// Share of the pairs (good, bad) of one stratum, pooled over all strata,
    /// in which the good one had the higher score; ties count half. A half
    /// when there are no pairs.
    #[must_use]
    pub fn auc(&self) -> f64 {
        self.weighted_auc(|_| 1.0)
    }

    /// As [`Self::auc`], with a weight for each person.
    #[must_use]
    pub fn weighted_auc(&self, weight: impl Fn(u32) -> f64) -> f64 {
        let (mut won, mut pairs) = (0.0, 0.0);
        for stratum in &self.strata {
            let (mut bad_below, mut good_total) = (0.0, 0.0);
            for tied in stratum.chunk_by(|a, b| a.score.total_cmp(&b.score).is_eq()) {
                let (mut good, mut bad) = (0.0, 0.0);
                for observation in tied {
                    let sum = if observation.good { &mut good } else { &mut bad };
                    *sum += weight(observation.person);
                }
                won += good * (bad_below + bad / 2.0);
                good_total += good;
                bad_below += bad;
            }
            pairs += good_total * bad_below;
        }
        if pairs > 0.0 { won / pairs } else { 0.5 }
    }
}

/// An estimate with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// On the data themselves.
    pub value: f64,
    /// 2.5 % of the samples are below.
    pub low: f64,
    /// 2.5 % of the samples are above.
    pub high: f64,
}

/// How often each person comes in each of some samples of as many people, with
/// replacement.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    samples: Vec<Vec<u16>>,
}

impl Bootstrap {
    /// `samples` samples of everybody below `people`.
    #[must_use]
    pub fn new(people: usize, samples: usize, seed: u64) -> Self {
        let mut scatter = Scatter::new(seed);
        let sample = |_| {
            let mut counts = vec![0; people];
            for _ in 0..people {
                counts[scatter.below(people)] += 1;
            }
            counts
        };
        Self { samples: (0..samples).map(sample).collect() }
    }

    /// AUC with its interval.
    #[must_use]
    pub fn auc(&self, strata: &Strata) -> Estimate {
        self.interval(strata.auc(), |count| strata.weighted_auc(count))
    }

    /// AUC of `strata` less that of `other` on the same samples.
    #[must_use]
    pub fn difference(&self, strata: &Strata, other: &Strata) -> Estimate {
        self.interval(strata.auc() - other.auc(), |count| {
            strata.weighted_auc(count) - other.weighted_auc(count)
        })
    }

    fn interval(&self, value: f64, measure: impl Fn(&dyn Fn(u32) -> f64) -> f64) -> Estimate {
        let mut found: Vec<f64> = self
            .samples
            .iter()
            .map(|counts| measure(&|person| f64::from(counts[person as usize])))
            .collect();
        found.sort_by(f64::total_cmp);
        if found.is_empty() {
            return Estimate { value, low: value, high: value };
        }
        let at = |per_mille: usize| found[(found.len() - 1) * per_mille / 1000];
        Estimate { value, low: at(25), high: at(975) }
    }
}

/// Where a score stands among others, 0 to 100: the share of lower ones, with
/// half of the equal ones.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "fewer people than 2⁵²")]
pub fn percentile(score: f64, others: impl IntoIterator<Item = f64>) -> f64 {
    let (mut all, mut below_twice) = (0_usize, 0_usize);
    for other in others {
        all += 1;
        below_twice += match other.total_cmp(&score) {
            std::cmp::Ordering::Less => 2,
            std::cmp::Ordering::Equal => 1,
            std::cmp::Ordering::Greater => 0,
        };
    }
    if all == 0 { 50.0 } else { 50.0 * below_twice as f64 / all as f64 }
}
