//! From evidence to trust: the formula of protocol §5, in integers.

use erynoa_events::Dimension;

use crate::parameters::{
    CONFIDENCE_HALF, CROSSED_STRENGTH, FOUNDER_ALPHA, FOUNDER_BETA, FOUNDER_VOICE, LAMBDA,
    LAMBDA_STRICT, PPM, PRIOR_ALPHA, PRIOR_BETA, TRUST_FLOOR_PPM, UNIT, UNVOICED_CAP,
    VOICE_OFFSET_PPM, VOICE_THRESHOLD_PPM,
};

/// Sums of evidence in micro-units, of one day or decayed over all days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// For the subject.
    pub positive: u64,
    /// Against the subject, by attesters with a voice and by judgements.
    pub negative: u64,
    /// Against the subject, by attesters without a voice, before its cap.
    pub unvoiced: u64,
}

impl Sums {
    /// n + min(u, 1.0): what stands against the subject.
    #[must_use]
    pub fn against(self) -> u64 {
        self.negative + self.unvoiced.min(UNVOICED_CAP)
    }

    /// Whether there is no evidence.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}

/// What is assumed before any evidence, micro-units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prior {
    /// α
    pub alpha: u64,
    /// β
    pub beta: u64,
}

impl Prior {
    /// Everybody: mean 0.1.
    pub const NEWCOMER: Self = Self { alpha: PRIOR_ALPHA, beta: PRIOR_BETA };
    /// Founders of the realm: mean 0.9.
    pub const FOUNDER: Self = Self { alpha: FOUNDER_ALPHA, beta: FOUNDER_BETA };

    /// The prior of a founder or of everybody else.
    #[must_use]
    pub const fn of(founder: bool) -> Self {
        if founder { Self::FOUNDER } else { Self::NEWCOMER }
    }

    /// What somebody brought along from another realm: α = 10·mean, β =
    /// 10·(1 − mean), for a mean in ppm of at most 1 000 000.
    #[must_use]
    pub const fn crossed(mean_ppm: u32) -> Self {
        let alpha = CROSSED_STRENGTH * mean_ppm as u64 / PPM;
        Self { alpha, beta: CROSSED_STRENGTH - alpha }
    }

    /// Trust without evidence, ppm.
    #[must_use]
    pub fn mean_ppm(self) -> u32 {
        trust_ppm(Sums::default(), self, LAMBDA)
    }
}

/// λ of a dimension: 8 for V and Ω, else 6. The standing has 6.
#[must_use]
pub const fn lambda_of(dimension: Dimension) -> u32 {
    match dimension {
        Dimension::Vigilance | Dimension::Fidelity => LAMBDA_STRICT,
        _ => LAMBDA,
    }
}

/// ⌊10⁶·(α + p) / (α + β + p + λ·(n + min(u, 1.0)))⌋, before the lower bound.
pub(crate) fn unbounded_trust_ppm(sums: Sums, prior: Prior, lambda: u32) -> u32 {
    let numerator = prior.alpha + sums.positive;
    let denominator =
        u128::from(numerator + prior.beta) + u128::from(lambda) * u128::from(sums.against());
    ratio_ppm(numerator, denominator)
}

/// ⌊10⁶ · numerator / denominator⌋ of a ratio of at most one.
fn ratio_ppm(numerator: u64, denominator: u128) -> u32 {
    let ppm = match (numerator.checked_mul(PPM), u64::try_from(denominator)) {
        // The usual case: 128-bit division costs several times as much.
        (Some(scaled), Ok(denominator)) => scaled / denominator,
        _ => u64::try_from(u128::from(numerator) * u128::from(PPM) / denominator)
            .expect("a ratio of at most one is at most 10⁶ ppm"),
    };
    u32::try_from(ppm).expect("a ratio of at most one is at most 10⁶ ppm")
}

/// τ = max(0.01, (α + p) / (α + β + p + λ·(n + min(u, 1.0)))), in ppm, floored.
#[must_use]
pub fn trust_ppm(sums: Sums, prior: Prior, lambda: u32) -> u32 {
    bounded(unbounded_trust_ppm(sums, prior, lambda))
}

/// The lower bound of trust.
pub(crate) fn bounded(trust_ppm: u32) -> u32 {
    trust_ppm.max(u32::try_from(TRUST_FLOOR_PPM).expect("the constant is 10 000"))
}

/// s / (s + 5) with s = p + n + min(u, 1.0), in ppm, floored.
#[must_use]
pub fn confidence_ppm(sums: Sums) -> u32 {
    let total = sums.positive + sums.against();
    ratio_ppm(total, u128::from(total) + u128::from(CONFIDENCE_HALF))
}

/// Whether an attester of this standing has a voice.
#[must_use]
pub fn has_voice(standing_ppm: u32, founder: bool) -> bool {
    founder || u64::from(standing_ppm) >= VOICE_THRESHOLD_PPM
}

/// ν, micro-units: 2.0 for a founder, else max(0, t − 0.1) / 0.9, floored.
/// Defined for every standing; attestations count it only with a voice.
#[must_use]
pub fn voice_weight(standing_ppm: u32, founder: bool) -> u64 {
    if founder {
        return FOUNDER_VOICE;
    }
    u64::from(standing_ppm).saturating_sub(VOICE_OFFSET_PPM) * UNIT / (PPM - VOICE_OFFSET_PPM)
}

/// One value of the trust vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustValue {
    /// 10 000 to 1 000 000.
    pub trust_ppm: u32,
    /// s / (s + 5), 0 to 1 000 000.
    pub confidence_ppm: u32,
    /// Evidence decayed to the day of the last closed epoch.
    pub sums: Sums,
}

impl TrustValue {
    /// The value that this evidence makes.
    #[must_use]
    pub fn new(sums: Sums, prior: Prior, lambda: u32) -> Self {
        Self {
            trust_ppm: trust_ppm(sums, prior, lambda),
            confidence_ppm: confidence_ppm(sums),
            sums,
        }
    }
}
