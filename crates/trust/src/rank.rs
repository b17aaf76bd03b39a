//! Subjects in order, and how trust is spread over them.

use std::cmp::Reverse;

use erynoa_events::Dimension;
use erynoa_kernel::{IdentityId, RealmId};

use crate::TrustFold;
use crate::evidence::has_voice;
use crate::member::Member;
use crate::norm::{Context, classify, norm};

/// What subjects are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderBy {
    /// Weighted norm.
    Norm(Context),
    /// One dimension.
    Dimension(Dimension),
}

/// An order of subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// The ordering value.
    pub by: OrderBy,
    /// Least trusted first.
    pub ascending: bool,
    /// Leaves out subjects with less confidence in the ordering value; for the
    /// norm the greatest of the six counts.
    pub min_confidence_ppm: u32,
}

/// A subject with its ordering value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Who.
    pub subject: IdentityId,
    /// The ordering value, ppm.
    pub value_ppm: u32,
    /// Confidence in it, ppm.
    pub confidence_ppm: u32,
}

/// Spread of one value over all subjects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// Subjects in each 50 000 ppm.
    pub buckets: [u64; 20],
    /// The lower of two middle values, ppm.
    pub median_ppm: u32,
    /// ppm, rounded down.
    pub mean_ppm: u32,
}

/// Spread of trust over all subjects of a realm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// The norm, then R, I, C, P, V, Ω.
    pub series: [Series; 7],
    /// How many subjects.
    pub subjects: u64,
    /// Those with a voice.
    pub voices: u64,
    /// Newcomers, established, trusted, veterans, by the norm.
    pub classes: [u64; 4],
}

const BUCKET_PPM: u32 = 50_000;

impl TrustFold {
    /// Everybody in the realm with evidence, its founders, and who brought trust
    /// along; in no order that means anything.
    pub fn subjects(&self, realm: &RealmId) -> impl Iterator<Item = IdentityId> {
        self.subject_members(realm).map(|member| member.id)
    }

    fn subject_members(&self, realm: &RealmId) -> impl Iterator<Item = &Member> {
        self.find_realm(realm)
            .map_or(&[][..], |realm| &realm.members)
            .iter()
            .filter(|member| member.is_subject())
    }

    /// All subjects of a realm in an order. Equal values: more confidence
    /// first, then the smaller id.
    #[must_use]
    pub fn rank(&self, realm: &RealmId, order: Order) -> Vec<Ranked> {
        let mut ranked: Vec<Ranked> = self
            .subject_members(realm)
            .map(|member| {
                let (value_ppm, confidence_ppm) = match order.by {
                    OrderBy::Dimension(dimension) => {
                        let value = member.value(dimension, self.day);
                        (value.trust_ppm, value.confidence_ppm)
                    }
                    OrderBy::Norm(context) => {
                        let values = Dimension::ALL.map(|d| member.value(d, self.day));
                        let confidence = values.iter().map(|value| value.confidence_ppm).max();
                        (norm(&values.map(|v| v.trust_ppm), context), confidence.unwrap_or(0))
                    }
                };
                Ranked { subject: member.id, value_ppm, confidence_ppm }
            })
            .filter(|entry| entry.confidence_ppm >= order.min_confidence_ppm)
            .collect();
        ranked.sort_unstable_by_key(|entry| {
            let value = if order.ascending { entry.value_ppm } else { u32::MAX - entry.value_ppm };
            (value, Reverse(entry.confidence_ppm), entry.subject)
        });
        ranked
    }

    /// How trust is spread over the subjects of a realm; the norm is that of
    /// `context`.
    #[must_use]
    pub fn distribution(&self, realm: &RealmId, context: Context) -> Distribution {
        let mut distribution = Distribution::default();
        let mut columns: [Vec<u32>; 7] = Default::default();
        for member in self.subject_members(realm) {
            let values = member.values_ppm(self.day);
            let norm = norm(&values, context);
            distribution.classes[classify(norm) as usize] += 1;
            distribution.subjects += 1;
            if has_voice(member.standing_ppm(self.day), member.founder) {
                distribution.voices += 1;
            }
            for (column, value) in columns.iter_mut().zip(std::iter::once(norm).chain(values)) {
                column.push(value);
            }
        }
        distribution.series = columns.map(Series::of);
        distribution
    }
}

impl Series {
    fn of(mut values: Vec<u32>) -> Self {
        values.sort_unstable();
        let Some(middle) = values.len().checked_sub(1) else {
            return Self::default();
        };
        let mut buckets = [0; 20];
        for value in &values {
            buckets[((value / BUCKET_PPM) as usize).min(19)] += 1;
        }
        let sum: u64 = values.iter().map(|&value| u64::from(value)).sum();
        Self {
            buckets,
            median_ppm: values[middle / 2],
            mean_ppm: u32::try_from(sum / values.len() as u64).expect("a mean of u32"),
        }
    }
}
