//! The world formula for one subject (protocol §9). Floating point with `libm`
//! alone, so that every machine computes the same; a view, never replicated.

use smallvec::SmallVec;

/// Activity at which A is one half: n / (n + 10).
pub const ACTIVITY_HALF: f64 = 10.0;
/// Divisor of x; it puts x of a busy, trusted, many-sided subject near 1, where
/// the sigmoid is neither flat nor a straight line.
pub const X_DIVISOR: f64 = 15.0;
/// Most bits that the surprise about a subject's kinds counts.
pub const MAX_SURPRISAL_BITS: f64 = 16.0;
/// What is left of the weight of a subject after one day without events.
pub const DAILY_WEIGHT: f64 = 0.99;
/// Days that n, the kinds and the partners look back, today included.
pub const WINDOW_DAYS: u64 = 90;

const PPM: f64 = 1_000_000.0;

/// What a subject's term is computed from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Factors {
    /// n: witnessed events in 90 days, at most one per partner root and day.
    pub witnessed: u32,
    /// c: witnessed own events, all of them.
    pub own_events: u64,
    /// ‖W‖, ppm.
    pub norm_ppm: u32,
    /// I, bits, at most 16.
    pub surprisal_bits: f64,
    /// Ĥ, 1 000 000 to 2 000 000.
    pub human_ppm: u32,
    /// d: days since the last witnessed event.
    pub idle_days: u64,
}

/// One term of 𝔼, taken apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// What it is computed from.
    pub factors: Factors,
    /// A = n / (n + 10), in [0, 1).
    pub activity: f64,
    /// ‖W‖ · ln(c + 1) · ‖W‖² · I / 15.
    pub x: f64,
    /// σ = tanh(x / 2), in [0, 1).
    pub sigma: f64,
    /// Ĥ, in [1, 2].
    pub human_factor: f64,
    /// w = 0.99^d, in (0, 1].
    pub recency: f64,
    /// A · σ · Ĥ · w, in [0, 2).
    pub term: f64,
}

impl Factors {
    /// The term and everything on the way to it.
    #[must_use]
    pub fn terms(self) -> Terms {
        let n = f64::from(self.witnessed);
        let activity = n / (n + ACTIVITY_HALF);
        let norm = f64::from(self.norm_ppm) / PPM;
        let x = norm * libm::log1p(to_f64(self.own_events)) * (norm * norm) * self.surprisal_bits
            / X_DIVISOR;
        let sigma = libm::tanh(x / 2.0);
        let human_factor = f64::from(self.human_ppm) / PPM;
        let recency = libm::pow(DAILY_WEIGHT, to_f64(self.idle_days));
        let term = activity * sigma * human_factor * recency;
        Terms { factors: self, activity, x, sigma, human_factor, recency, term }
    }
}

/// Counts up to 2⁵³ are exact; nobody signs more events.
#[expect(clippy::cast_precision_loss, reason = "counts and days stay far below 2⁵³")]
pub(crate) const fn to_f64(count: u64) -> f64 {
    count as f64
}

/// How many of a subject's events in the window are of each kind.
pub(crate) type Kinds = SmallVec<[(u8, u32); 4]>;

/// I: mean of −log₂((f + 1) / (m + K)) over the subject's K kinds in the
/// window, f of its m events each; 0 without events, at most 16 bits.
///
/// The counts are the subject's own: how rare a kind is among others could be
/// made by others, and would move everybody's term with every event.
#[must_use]
pub fn surprisal_bits(counts: &[u32]) -> f64 {
    if counts.is_empty() {
        return 0.0;
    }
    let kinds = f64::from(u32::try_from(counts.len()).unwrap_or(u32::MAX));
    let total = counts.iter().map(|&count| f64::from(count)).sum::<f64>() + kinds;
    let sum: f64 = counts.iter().map(|&f| -libm::log2((f64::from(f) + 1.0) / total)).sum();
    (sum / kinds).clamp(0.0, MAX_SURPRISAL_BITS)
}
