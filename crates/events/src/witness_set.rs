//! Whose cosignatures make a checkpoint count as witnessed (protocol §3, Κ18).

use erynoa_kernel::IdentityId;

/// Whether the weights that signed are a quorum of all: 3·Σ signed > 2·Σ all.
/// Two quorums of one set always share more than a third of its weight.
#[must_use]
pub const fn is_quorum(signed: u64, all: u64) -> bool {
    is_quorum_of_sums(signed as u128, all as u128)
}

/// Of sums of weights, which stay far below 2¹²⁶.
const fn is_quorum_of_sums(signed: u128, all: u128) -> bool {
    3 * signed > 2 * all
}

/// The witnesses of a realm with their weights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WitnessSet {
    /// Each witness and its weight. The weights of one that is named twice add
    /// up; one of weight 0 has no say.
    pub weights: Vec<(IdentityId, u64)>,
}

impl WitnessSet {
    /// The greatest size that a quorum has witnessed, 0 when there is none: the
    /// greatest s with 3·Σ weight of those who cosigned ≥ s > 2·Σ all weights.
    ///
    /// `cosigned` is the greatest size that a witness has cosigned of the log.
    /// Who cosigns a larger head stands for the smaller ones too, since it has
    /// verified that the one continues the other.
    #[must_use]
    pub fn witnessed(&self, cosigned: impl Fn(&IdentityId) -> Option<u64>) -> u64 {
        let all = self.weights.iter().map(|(_, weight)| u128::from(*weight)).sum();
        let mut sizes: Vec<(u64, u64)> = self
            .weights
            .iter()
            .filter_map(|(witness, weight)| Some((cosigned(witness)?, *weight)))
            .collect();
        sizes.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
        let mut signed = 0;
        for (size, weight) in sizes {
            signed += u128::from(weight);
            if is_quorum_of_sums(signed, all) {
                return size;
            }
        }
        0
    }
}
