//! From a trust record to the numbers of a certificate (protocol §5): the same
//! fold that the log makes, over one record.

use erynoa_events::Dimension;
use erynoa_proto::protocol::v1::{EvidenceDay, TrustRecord};
use erynoa_trust::{
    Prior, Sums, TrustValue, lambda_of, negative_factor, parameters, positive_factor,
};
use prost::Message;

/// What a record makes of its evidence on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    /// Realm, 32 bytes.
    pub realm: Vec<u8>,
    /// Subject, 32 bytes.
    pub subject: Vec<u8>,
    /// Founder of the realm.
    pub founder: bool,
    /// R, I, C, P, V, Ω.
    pub values: [TrustValue; 6],
    /// Standing as an attester.
    pub standing: TrustValue,
}

/// ⌊sum · m(age) / 2³²⌋ of every day, summed; `None` for a day after `at`.
fn decayed(days: &[EvidenceDay], at: u64) -> Option<Sums> {
    let scale = |amount: u64, factor: u64| {
        u64::try_from((u128::from(amount) * u128::from(factor)) >> 32).ok()
    };
    let mut sums = Sums::default();
    for day in days {
        let age = u32::try_from(at.checked_sub(day.day)?).ok()?;
        let (gentle, harsh) = (positive_factor(age), negative_factor(age));
        sums.positive = sums.positive.checked_add(scale(day.positive, gentle)?)?;
        sums.negative = sums.negative.checked_add(scale(day.negative, harsh)?)?;
        sums.unvoiced = sums.unvoiced.checked_add(scale(day.unvoiced, harsh)?)?;
    }
    // Room for λ and the scale of ppm.
    let fits = |sum: u64| sum < 1 << 53;
    (fits(sums.positive) && fits(sums.negative) && fits(sums.unvoiced)).then_some(sums)
}

/// Folds the canonical bytes of a `TrustRecord` on a day; `None` when they are
/// none, or the record holds evidence of a later day.
#[must_use]
pub fn fold(record: &[u8], day: u64) -> Option<Folded> {
    let decoded = TrustRecord::decode(record).ok()?;
    if decoded.encode_to_vec() != record {
        return None;
    }
    let own = Prior::of(decoded.founder);
    let crossed: Option<[u32; 6]> = match decoded.crossed_prior_ppm.len() {
        0 => None,
        _ => Some(decoded.crossed_prior_ppm.clone().try_into().ok()?),
    };
    let mut sums = [Sums::default(); 6];
    for dimension in Dimension::ALL {
        let number = i32::from(dimension as u8);
        let of = |evidence: &&erynoa_proto::protocol::v1::DimensionEvidence| {
            evidence.dimension == number && evidence.domain.is_empty()
        };
        if let Some(evidence) = decoded.dimensions.iter().find(of) {
            sums[dimension.index()] = decayed(&evidence.days, day)?;
        }
    }
    let values = Dimension::ALL.map(|dimension| {
        let prior = match crossed {
            Some(means) if !decoded.founder => {
                Prior::crossed(means[dimension.index()].min(1_000_000))
            }
            _ => own,
        };
        TrustValue::new(sums[dimension.index()], prior, lambda_of(dimension))
    });
    let standing = TrustValue::new(decayed(&decoded.standing, day)?, own, parameters::LAMBDA);
    Some(Folded {
        realm: decoded.realm,
        subject: decoded.subject,
        founder: decoded.founder,
        values,
        standing,
    })
}
