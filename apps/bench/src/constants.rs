//! The constants of protocol §5 as values, so that others can be tried.

use erynoa_trust::parameters as protocol;

/// How the weight of a voice grows with standing above the offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// x
    Linear,
    /// √x
    Root,
    /// x²
    Square,
    /// 1 whatever the standing.
    Flat,
}

/// What the scorer works with. Evidence in micro-units, ratios in ppm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constants {
    /// α₀ of everybody.
    pub prior_alpha: u64,
    /// β₀ of everybody.
    pub prior_beta: u64,
    /// α₀ of everybody in trust, where it is not that of the standing.
    pub trust_alpha: u64,
    /// β₀ of everybody in trust.
    pub trust_beta: u64,
    /// α₀ of founders.
    pub founder_alpha: u64,
    /// β₀ of founders.
    pub founder_beta: u64,
    /// λ in thousandths.
    pub lambda_milli: u64,
    /// c₊ over 2³² a day.
    pub decay_positive: u64,
    /// c₋ over 2³² a day.
    pub decay_negative: u64,
    /// Most that negatives without a voice count together.
    pub unvoiced_cap: u64,
    /// Lowest trust.
    pub floor_ppm: u64,
    /// Standing from which on there is a voice.
    pub threshold_ppm: u64,
    /// Standing that weighs nothing.
    pub offset_ppm: u64,
    /// ν of a founder.
    pub founder_voice: u64,
    /// How ν grows.
    pub curve: Curve,
    /// A negative with a voice: this part of it is ν instead of 1.0.
    pub negative_by_voice_ppm: u64,
    /// Positives without a voice count ν together up to this in trust, never
    /// in the standing.
    pub faint_cap: u64,
    /// Attestations in the window that count in full.
    pub budget: u64,
    /// Window of the budget.
    pub budget_days: u64,
}

impl Constants {
    /// Those of the protocol.
    #[must_use]
    pub fn protocol() -> Self {
        Self {
            prior_alpha: protocol::PRIOR_ALPHA,
            prior_beta: protocol::PRIOR_BETA,
            trust_alpha: protocol::PRIOR_ALPHA,
            trust_beta: protocol::PRIOR_BETA,
            founder_alpha: protocol::FOUNDER_ALPHA,
            founder_beta: protocol::FOUNDER_BETA,
            lambda_milli: u64::from(protocol::LAMBDA) * 1000,
            decay_positive: protocol::DECAY_POSITIVE,
            decay_negative: protocol::DECAY_NEGATIVE,
            unvoiced_cap: protocol::UNVOICED_CAP,
            floor_ppm: protocol::TRUST_FLOOR_PPM,
            threshold_ppm: protocol::VOICE_THRESHOLD_PPM,
            offset_ppm: protocol::VOICE_OFFSET_PPM,
            founder_voice: protocol::FOUNDER_VOICE,
            curve: Curve::Linear,
            negative_by_voice_ppm: 0,
            faint_cap: 0,
            budget: u64::from(protocol::BUDGET),
            budget_days: u64::from(protocol::BUDGET_DAYS),
        }
    }

    /// ν of a standing, micro-units, as protocol §5 with another curve.
    #[must_use]
    pub fn voice(&self, standing_ppm: u64, founder: bool) -> u64 {
        if founder {
            return self.founder_voice;
        }
        let range = protocol::PPM - self.offset_ppm;
        let linear = standing_ppm.saturating_sub(self.offset_ppm) * protocol::UNIT / range;
        match self.curve {
            Curve::Linear => linear,
            Curve::Root => (linear * protocol::UNIT).isqrt(),
            Curve::Square => linear * linear / protocol::UNIT,
            Curve::Flat => protocol::UNIT,
        }
    }

    /// Members of the greatest standing, no founders, whose attestations together
    /// give a newcomer a voice.
    #[must_use]
    pub fn insiders_that_open_the_gate(&self) -> u64 {
        // (α + p) / (α + β + p) ≥ threshold
        let strength = self.prior_alpha + self.prior_beta;
        let missing = (strength * self.threshold_ppm / protocol::PPM)
            .saturating_sub(self.prior_alpha)
            * protocol::PPM
            / (protocol::PPM - self.threshold_ppm);
        missing.div_ceil(self.voice(protocol::PPM, false).max(1))
    }

    /// c of a half-life in days, rounded down.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2³²")]
    pub fn decay_of_half_life(days: f64) -> u64 {
        ((-1.0 / days).exp2() * 4_294_967_296.0) as u64
    }
}
