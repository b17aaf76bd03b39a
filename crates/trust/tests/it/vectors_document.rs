//! Known answers that every implementation of protocol §5 must give.

#[path = "vector_logs.rs"]
mod vector_logs;
#[path = "vector_story.rs"]
mod vector_story;

use erynoa_trust::parameters::{LAMBDA, LAMBDA_STRICT, UNIT};
use erynoa_trust::{
    Context, Prior, Sums, chain_estimate, negative_factor, norm, parameters_hash, positive_factor,
    trust_ppm,
};
use serde_json::{Value, json};

/// The text of `proto/testdata/trust_vectors.json`. Numbers that need more
/// than 53 bits are decimal strings.
pub(crate) fn document() -> String {
    let vectors = json!({
        "parameters_hash": hex::encode(parameters_hash()),
        "trust": trust(),
        "norm": norms(),
        "decay": decay(),
        "chain": chains(),
        "logs": vector_logs::logs(),
    });
    let mut text = serde_json::to_string_pretty(&vectors).expect("plain JSON");
    text.push('\n');
    text
}

/// Numbers without a pattern, the same in every run.
struct Scatter(u64);

impl Scatter {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 16) % limit
    }

    fn ppm(&mut self) -> u32 {
        u32::try_from(self.below(1_000_001)).expect("at most 1 000 000")
    }
}

fn trust() -> Vec<Value> {
    let mut scatter = Scatter(5);
    let mut cases: Vec<(Sums, Prior, u32)> = Vec::new();
    let edges = [
        (0, 0, 0),
        (2 * UNIT, 0, 0),
        (2 * UNIT, UNIT, 0),
        (2 * UNIT, 0, 50 * UNIT),
        (0, 0, UNIT - 1),
        (0, 0, UNIT),
        (0, 0, UNIT + 1),
        (1, 1, 1),
        (0, 10 * UNIT, 0),
        (1_000 * UNIT, 0, 0),
        (u64::from(u32::MAX) * UNIT, 7, 0),
        (40_000_000_000_000, 20_000_000_000_000, 3),
    ];
    for (positive, negative, unvoiced) in edges {
        for prior in [Prior::NEWCOMER, Prior::FOUNDER, Prior::crossed(576_000)] {
            for lambda in [LAMBDA, LAMBDA_STRICT] {
                cases.push((Sums { positive, negative, unvoiced }, prior, lambda));
            }
        }
    }
    for _ in 0..50 {
        let sums = Sums {
            positive: scatter.below(30 * UNIT),
            negative: scatter.below(3 * UNIT),
            unvoiced: scatter.below(2 * UNIT),
        };
        let prior = Prior::of(scatter.below(4) == 0);
        let lambda = if scatter.below(2) == 0 { LAMBDA } else { LAMBDA_STRICT };
        cases.push((sums, prior, lambda));
    }
    cases
        .into_iter()
        .map(|(sums, prior, lambda)| {
            json!({
                "positive": sums.positive.to_string(),
                "negative": sums.negative.to_string(),
                "unvoiced": sums.unvoiced.to_string(),
                "alpha": prior.alpha.to_string(),
                "beta": prior.beta.to_string(),
                "lambda": lambda,
                "trust_ppm": trust_ppm(sums, prior, lambda),
            })
        })
        .collect()
}

fn norms() -> Vec<Value> {
    let mut scatter = Scatter(17);
    let mut vectors = vec![
        [900_000, 900_000, 800_000, 700_000, 600_000, 900_000],
        [1_000_000; 6],
        [100_000; 6],
        [10_000; 6],
        [0; 6],
        [357_142, 100_000, 100_000, 100_000, 100_000, 100_000],
    ];
    for _ in 0..6 {
        vectors.push(std::array::from_fn(|_| scatter.ppm()));
    }
    let mut cases = Vec::new();
    for values in vectors {
        for context in Context::ALL {
            cases.push(json!({
                "values_ppm": values,
                "context": context.name(),
                "norm_ppm": norm(&values, context),
            }));
        }
    }
    cases
}

fn decay() -> Vec<Value> {
    [
        0,
        1,
        2,
        3,
        7,
        30,
        90,
        91,
        365,
        730,
        1095,
        1096,
        1825,
        1826,
        3650,
        10_000,
        20_000,
        36_525,
        40_000,
        50_000,
        4_000_000_000_u32,
    ]
    .into_iter()
    .map(|days| {
        json!({
            "days": days,
            "positive_factor": positive_factor(days).to_string(),
            "negative_factor": negative_factor(days).to_string(),
        })
    })
    .collect()
}

fn chains() -> Vec<Value> {
    let mut scatter = Scatter(29);
    let mut cases: Vec<Vec<u32>> = vec![
        vec![],
        vec![800_000; 4],
        vec![900_000, 800_000],
        vec![500_000, 990_000],
        vec![500_000],
        vec![1_000_000; 5],
        vec![1_000_000, 300_000],
        vec![10_000; 5],
        vec![250_000; 4],
        vec![0, 900_000],
    ];
    for length in 1..=5 {
        for _ in 0..6 {
            cases.push((0..length).map(|_| scatter.ppm()).collect());
        }
    }
    cases
        .into_iter()
        .map(|values| json!({ "values_ppm": values, "trust_ppm": chain_estimate(&values) }))
        .collect()
}
