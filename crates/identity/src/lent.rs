//! Trust that goes with a chain of delegations (protocol §4).

/// One whole in ppm.
const WHOLE_PPM: u64 = 1_000_000;

/// Share of a controller's fidelity that an agent can have at most, in tenths:
/// an agent answers to the rules a little less than who answers for it.
const FIDELITY_TENTHS: u64 = 8;

/// Position of fidelity in the trust vector.
const FIDELITY: usize = 5;

/// (∏ factors)·value in ppm, floored once at the end.
///
/// The product of six factors does not fit 128 bits; in base 10⁶ the floor is
/// the leading digits.
fn scale(factors: &[u32], value_ppm: u32) -> u32 {
    let mut digits = vec![u64::from(value_ppm)];
    for factor in factors {
        let mut carry = 0;
        for digit in &mut digits {
            let product = *digit * u64::from(*factor) + carry;
            *digit = product % WHOLE_PPM;
            carry = product / WHOLE_PPM;
        }
        digits.push(carry);
    }
    // The last carry has no base: it is all that is above the digits.
    digits.last().map_or(0, |&whole| u32::try_from(whole).unwrap_or(u32::MAX))
}

/// What an agent's own record and its controller allow at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentLimit {
    /// Its own trust, R I C P V Ω in ppm.
    pub own: [u32; 6],
    /// Ω of its controller, ppm.
    pub controller_fidelity_ppm: u32,
}

/// Trust by way of a chain: R I C P V Ω in ppm, each (∏ factors) times that of
/// the chain's beginning, floored once. For an agent also no more than its own,
/// and Ω no more than 0.8 of its controller's.
#[must_use]
pub fn delegated_values(
    factors_ppm: &[u32],
    beginning: [u32; 6],
    agent: Option<AgentLimit>,
) -> [u32; 6] {
    let mut values = beginning.map(|value| scale(factors_ppm, value));
    if let Some(limit) = agent {
        for (value, own) in values.iter_mut().zip(limit.own) {
            *value = (*value).min(own);
        }
        let most = u64::from(limit.controller_fidelity_ppm) * FIDELITY_TENTHS / 10;
        values[FIDELITY] = values[FIDELITY].min(u32::try_from(most).unwrap_or(u32::MAX));
    }
    values
}
