//! One number for a vector of six (protocol §5).

use crate::parameters::FIDELITY_GATE_PPM;

/// What the norm is asked for; decides its weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Context {
    /// All six alike.
    #[default]
    Default,
    /// Money: reliability and integrity.
    Finance,
    /// Company: prestige and vigilance.
    Social,
    /// Rules: fidelity and integrity.
    Governance,
    /// Craft: competence.
    Technical,
    /// Works: competence and prestige.
    Creative,
    /// Knowledge: integrity and competence.
    Knowledge,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 7] = [
        Self::Default,
        Self::Finance,
        Self::Social,
        Self::Governance,
        Self::Technical,
        Self::Creative,
        Self::Knowledge,
    ];

    /// Name as in the protocol.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Finance => "finance",
            Self::Social => "social",
            Self::Governance => "governance",
            Self::Technical => "technical",
            Self::Creative => "creative",
            Self::Knowledge => "knowledge",
        }
    }

    /// Weights of R, I, C, P, V, Ω in hundredths; their sum is 100.
    #[must_use]
    pub const fn weights(self) -> [u32; 6] {
        match self {
            Self::Default => [17, 17, 17, 17, 16, 16],
            Self::Finance => [25, 25, 15, 15, 10, 10],
            Self::Social => [10, 15, 10, 30, 25, 10],
            Self::Governance => [15, 20, 10, 10, 10, 35],
            Self::Technical => [15, 15, 35, 10, 15, 10],
            Self::Creative => [10, 15, 25, 25, 15, 10],
            Self::Knowledge => [10, 30, 30, 15, 10, 5],
        }
    }
}

/// ‖W‖ = √(Σ w·x²) in ppm, floored, of R, I, C, P, V, Ω in ppm (each at most
/// 1 000 000).
#[must_use]
pub fn norm(values_ppm: &[u32; 6], context: Context) -> u32 {
    let sum: u64 = values_ppm
        .iter()
        .zip(context.weights())
        .map(|(&value, weight)| u64::from(weight) * u64::from(value) * u64::from(value))
        .sum();
    u32::try_from((sum / 100).isqrt()).expect("the root of a u64 fits in a u32")
}

/// Whether a gate that asks for `min_norm_ppm` lets this vector through: every
/// gate also asks for a fidelity of at least 0.05.
#[must_use]
pub fn passes_gate(values_ppm: &[u32; 6], context: Context, min_norm_ppm: u32) -> bool {
    values_ppm[5] >= FIDELITY_GATE_PPM && norm(values_ppm, context) >= min_norm_ppm
}

/// Class of a norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Below 0.2.
    Newcomer,
    /// From 0.2.
    Established,
    /// From 0.5.
    Trusted,
    /// From 0.8.
    Veteran,
}

/// The class of a norm in ppm.
#[must_use]
pub const fn classify(norm_ppm: u32) -> Class {
    match norm_ppm {
        0..200_000 => Class::Newcomer,
        200_000..500_000 => Class::Established,
        500_000..800_000 => Class::Trusted,
        _ => Class::Veteran,
    }
}
