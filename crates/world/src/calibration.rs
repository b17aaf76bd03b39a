//! The exponent of the power cap follows how unequal power is (protocol §10).

/// Gini coefficient that is aimed at.
pub const TARGET_GINI_PPM: i64 = 350_000;
/// Exponent at the target, and its bounds: N = n^0.75, between n^0.85 and n^0.65.
const BASE_PPM: i64 = 250_000;
const LEAST_PPM: i64 = 150_000;
const GREATEST_PPM: i64 = 350_000;
/// Share of the error e, of its sum I, and of its change Δe in the exponent.
const PROPORTIONAL_PPM: i64 = 150_000;
const INTEGRAL_PPM: i64 = 50_000;
const DIFFERENTIAL_PPM: i64 = 20_000;
/// Share of e that each epoch adds to I, and the bound of I, so that a long
/// imbalance is not held against a realm for ever.
const GAIN_PPM: i64 = 10_000;
const MOST_INTEGRAL_PPM: i64 = 100_000;
const PPM: i64 = 1_000_000;

/// A controller with memory: one step an epoch, integers only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calibration {
    /// I, ppm, within ±100 000.
    pub integral_ppm: i64,
    /// e of the epoch before, ppm.
    pub error_ppm: i64,
}

impl Calibration {
    /// Takes the Gini coefficient of an epoch (ppm) and gives the exponent of
    /// its cap, 150 000 to 350 000 ppm. Products are rounded down.
    pub fn step(&mut self, gini_ppm: u32) -> u32 {
        let error = i64::from(gini_ppm) - TARGET_GINI_PPM;
        self.integral_ppm = (self.integral_ppm + share(GAIN_PPM, error))
            .clamp(-MOST_INTEGRAL_PPM, MOST_INTEGRAL_PPM);
        let change = error - self.error_ppm;
        self.error_ppm = error;
        let exponent = BASE_PPM
            + share(PROPORTIONAL_PPM, error)
            + share(INTEGRAL_PPM, self.integral_ppm)
            + share(DIFFERENTIAL_PPM, change);
        u32::try_from(exponent.clamp(LEAST_PPM, GREATEST_PPM)).expect("bounded to positive ppm")
    }
}

const fn share(share_ppm: i64, of: i64) -> i64 {
    (share_ppm * of).div_euclid(PPM)
}
