//! The constants that were tried against those of the protocol.

use crate::constants::{Constants, Curve};
use crate::scorer::Scored;

/// The protocol's constants, then each change.
#[must_use]
pub fn variants() -> Vec<Scored> {
    let protocol = Constants::protocol();
    let mut variants: Vec<Scored> = Vec::new();
    let mut add = |name: String, constants: Constants| variants.push(Scored { name, constants });
    add("protocol §5".into(), protocol);
    for lambda in [2, 3, 4, 5, 8, 10, 15, 25] {
        add(format!("λ {lambda}"), Constants { lambda_milli: lambda * 1000, ..protocol });
    }
    for years in [1.0, 2.0, 3.0, 8.0, 20.0] {
        let decay_positive = Constants::decay_of_half_life(years * 365.25);
        add(format!("half-life of good {years} y"), Constants { decay_positive, ..protocol });
    }
    for years in [0.5, 1.0, 2.0, 5.0, 20.0] {
        let decay_negative = Constants::decay_of_half_life(years * 365.25);
        add(format!("half-life of bad {years} y"), Constants { decay_negative, ..protocol });
    }
    for cap in [0, 250, 500, 2000, 4000] {
        let unvoiced_cap = cap * 1000;
        add(format!("cap without a voice {}", milli(cap)), Constants { unvoiced_cap, ..protocol });
    }
    for threshold in [150, 200, 250, 280, 320, 340] {
        let threshold_ppm = threshold * 1000;
        add(format!("threshold {}", milli(threshold)), Constants { threshold_ppm, ..protocol });
    }
    for offset in [0, 50, 150, 200] {
        let offset_ppm = offset * 1000;
        add(format!("offset of ν {}", milli(offset)), Constants { offset_ppm, ..protocol });
    }
    for voice in [1000, 1500, 3000, 4000] {
        let founder_voice = voice * 1000;
        add(format!("founder's ν {}", milli(voice)), Constants { founder_voice, ..protocol });
    }
    for (name, curve) in [("√", Curve::Root), ("²", Curve::Square), ("⁰", Curve::Flat)] {
        add(format!("ν{name}"), Constants { curve, ..protocol });
    }
    for part in [300, 600, 1000] {
        let negative_by_voice_ppm = part * 1000;
        let name = format!("a negative weighs ν by {}", milli(part));
        add(name, Constants { negative_by_voice_ppm, ..protocol });
    }
    for budget in [10, 20, 30, 60, 100] {
        add(format!("budget {budget}"), Constants { budget, ..protocol });
    }
    for budget_days in [14, 30, 60, 182] {
        add(format!("budget's window {budget_days} d"), Constants { budget_days, ..protocol });
    }
    for (alpha, beta) in [(250, 2250), (250, 4750), (750, 4250), (1000, 4000), (1000, 9000)] {
        let (prior_alpha, prior_beta) = (alpha * 1000, beta * 1000);
        let name = format!("prior {} and {}", milli(alpha), milli(beta));
        let trust = Constants { trust_alpha: prior_alpha, trust_beta: prior_beta, ..protocol };
        add(name, Constants { prior_alpha, prior_beta, ..trust });
    }
    for cap in [50, 200, 400, 1000] {
        let name = format!("good words without a voice, ν up to {}", milli(cap));
        add(name, Constants { faint_cap: cap * 1000, ..protocol });
    }
    for strength in [1000, 1500, 2500] {
        let (trust_alpha, trust_beta) = (strength * 100, strength * 900);
        let name = format!("second reading, prior of {}", milli(strength));
        let reading = Constants { trust_alpha, trust_beta, ..protocol };
        add(name.clone(), reading);
        let name = format!("{name}, good words without a voice up to 0.2");
        add(name, Constants { faint_cap: 200_000, ..reading });
    }
    variants
}

fn milli(value: u64) -> String {
    let fraction = format!("{:03}", value % 1000);
    let fraction = fraction.trim_end_matches('0');
    let whole = value / 1000;
    if fraction.is_empty() { format!("{whole}") } else { format!("{whole}.{fraction}") }
}
