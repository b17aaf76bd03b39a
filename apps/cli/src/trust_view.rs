//! Trust for people and programs.

use erynoa_proto::api::v1::{
    ChainHop, Explanation, PreviewAttestationResponse, RankedTrust, Trust, TrustPart, TrustPoint,
    TrustValue,
};
use serde_json::{Value, json};

use crate::event_view::who;
use crate::names;
use crate::output::{ratio, safe, signed_ratio, table, units};
use crate::time_text::date;

fn value_document(value: &TrustValue) -> Value {
    json!({
        "dimension": names::dimension(value.dimension),
        "domain": value.domain,
        "trust_ppm": value.trust_ppm,
        "confidence_ppm": value.confidence_ppm,
        "positive": value.positive,
        "negative": value.negative,
        "unvoiced": value.unvoiced,
    })
}

/// What a realm knows about one identity.
pub(crate) fn document(trust: &Trust) -> Value {
    json!({
        "subject": trust.subject,
        "subject_name": trust.subject_name,
        "realm": trust.realm,
        "values": trust.values.iter().map(value_document).collect::<Vec<_>>(),
        "domains": trust.domains.iter().map(value_document).collect::<Vec<_>>(),
        "norm_ppm": trust.norm_ppm,
        "class": names::class(trust.class),
        "standing_ppm": trust.standing_ppm,
        "has_voice": trust.has_voice,
        "voice": trust.voice,
        "founder": trust.founder,
        "epoch": trust.epoch,
        "closed_at_us": trust.closed_at_us,
        "as_of": trust.as_of,
    })
}

/// A bar of 20 cells.
fn bar(ppm: u32) -> String {
    let filled = usize::try_from(ppm.min(1_000_000) / 50_000).unwrap_or(0);
    format!("{}{}", "█".repeat(filled), "·".repeat(20 - filled))
}

fn value_row(value: &TrustValue, name: String) -> Vec<String> {
    vec![
        name,
        ratio(value.trust_ppm),
        bar(value.trust_ppm),
        ratio(value.confidence_ppm),
        units(value.positive),
        units(value.negative),
        units(value.unvoiced),
    ]
}

/// The same as text.
pub(crate) fn text(trust: &Trust) -> String {
    let mut text = format!("{}  {}\n", who(&trust.subject_name, &trust.subject), trust.subject);
    let voice = if trust.has_voice {
        format!("a voice of weight {}", units(trust.voice))
    } else {
        "no voice yet".to_owned()
    };
    text.push_str(&format!(
        "{}, norm {}; standing {}, {voice}{}\n",
        names::class(trust.class),
        ratio(trust.norm_ppm),
        ratio(trust.standing_ppm),
        if trust.founder { ", founder" } else { "" },
    ));
    text.push_str(&format!("epoch {} of {}\n\n", trust.epoch, date(trust.closed_at_us)));
    let mut rows: Vec<_> = trust
        .values
        .iter()
        .map(|value| value_row(value, names::dimension(value.dimension)))
        .collect();
    rows.extend(trust.domains.iter().map(|value| {
        value_row(value, format!("{}/{}", names::dimension(value.dimension), safe(&value.domain)))
    }));
    let headings = ["value", ">trust", "", ">confidence", ">for", ">against", ">unvoiced"];
    text.push_str(&table(&headings, &rows));
    text
}

/// One part of an explanation.
pub(crate) fn part_document(part: &TrustPart) -> Value {
    json!({
        "event": part.event,
        "sequence": part.sequence,
        "source": part.source,
        "source_name": part.source_name,
        "kind": part.kind,
        "state": names::part_state(part.state),
        "polarity": names::polarity(part.polarity),
        "unvoiced": part.unvoiced,
        "domain": part.domain,
        "comment": part.comment,
        "wall_us": part.wall_us,
        "epoch": part.epoch,
        "day": part.day,
        "age_days": part.age_days,
        "weight": part.weight,
        "decayed": part.decayed,
        "effect_ppm": part.effect_ppm,
        "without_ppm": part.without_ppm,
        "expires_at_us": part.expires_at_us,
    })
}

/// A value opened into its parts.
pub(crate) fn explanation_document(
    explanation: &Explanation,
    parts: &[TrustPart],
    total_parts: u64,
) -> Value {
    json!({
        "value": explanation.value.as_ref().map(value_document),
        "prior_ppm": explanation.prior_ppm,
        "floor_effect_ppm": explanation.floor_effect_ppm,
        "alpha": explanation.alpha,
        "beta": explanation.beta,
        "lambda": explanation.lambda,
        "day": explanation.day,
        "epoch": explanation.epoch,
        "parts": parts.iter().map(part_document).collect::<Vec<_>>(),
        "total_parts": total_parts,
    })
}

/// The same as text, beginning with the formula filled in.
pub(crate) fn explanation_text(
    explanation: &Explanation,
    parts: &[TrustPart],
    total_parts: u64,
) -> String {
    let value = explanation.value.clone().unwrap_or_default();
    let name = match names::dimension(value.dimension) {
        name if name == "unspecified" => "standing".to_owned(),
        name if value.domain.is_empty() => name,
        name => format!("{name}/{}", safe(&value.domain)),
    };
    let (alpha, positive) = (units(explanation.alpha), units(value.positive));
    let against = units(value.negative + value.unvoiced.min(1_000_000));
    let mut text = format!(
        "{name} {} at epoch {}\n= ({alpha} + {positive}) / ({alpha} + {} + {positive} + {} × {against})\n\
         from the prior {}; {total_parts} events\n\n",
        ratio(value.trust_ppm),
        explanation.epoch,
        units(explanation.beta),
        explanation.lambda,
        ratio(explanation.prior_ppm),
    );
    let rows: Vec<_> = parts
        .iter()
        .map(|part| {
            vec![
                signed_ratio(part.effect_ppm),
                names::polarity(part.polarity),
                names::part_state(part.state),
                units(part.weight),
                units(part.decayed),
                part.age_days.to_string(),
                ratio(part.without_ppm),
                who(&part.source_name, &part.source),
                part.event.chars().take(16).collect(),
                safe(&part.comment),
            ]
        })
        .collect();
    let headings = [
        ">effect", "sign", "state", ">weight", ">now", ">days", ">without", "by", "event",
        "comment",
    ];
    text.push_str(&table(&headings, &rows));
    text
}

/// A place in the ranking.
pub(crate) fn rank_document(entry: &RankedTrust) -> Value {
    let mut place = entry.trust.as_ref().map(document).unwrap_or_default();
    place["rank"] = json!(entry.rank);
    place
}

/// The ranking as text.
pub(crate) fn rank_text(entries: &[RankedTrust]) -> String {
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            let trust = entry.trust.clone().unwrap_or_default();
            let mut row = vec![entry.rank.to_string(), who(&trust.subject_name, &trust.subject)];
            row.push(ratio(trust.norm_ppm));
            row.extend(trust.values.iter().map(|value| ratio(value.trust_ppm)));
            row.push(ratio(trust.standing_ppm));
            row.push(names::class(trust.class));
            row.push(trust.subject);
            row
        })
        .collect();
    let headings =
        [">rank", "name", ">norm", ">R", ">I", ">C", ">P", ">V", ">Ω", ">standing", "class", "did"];
    table(&headings, &rows)
}

/// One point of a history.
pub(crate) fn point_document(point: &TrustPoint) -> Value {
    json!({
        "epoch": point.epoch,
        "closed_at_us": point.closed_at_us,
        "values_ppm": point.values_ppm,
        "norm_ppm": point.norm_ppm,
    })
}

/// A history as text.
pub(crate) fn history_text(points: &[TrustPoint]) -> String {
    let rows: Vec<_> = points
        .iter()
        .map(|point| {
            let mut row = vec![point.epoch.to_string(), date(point.closed_at_us)];
            row.extend(point.values_ppm.iter().map(|&value| ratio(value)));
            row.push(ratio(point.norm_ppm));
            row
        })
        .collect();
    table(&[">epoch", "date", ">R", ">I", ">C", ">P", ">V", ">Ω", ">norm"], &rows)
}

/// A chain of attestations.
pub(crate) fn chain_document(hops: &[ChainHop], trust_ppm: u32) -> Value {
    let hops: Vec<_> = hops
        .iter()
        .map(|hop| {
            json!({
                "from": hop.from,
                "from_name": hop.from_name,
                "to": hop.to,
                "to_name": hop.to_name,
                "event": hop.event,
                "trust_ppm": hop.trust_ppm,
            })
        })
        .collect();
    json!({ "hops": hops, "trust_ppm": trust_ppm })
}

/// The same as text.
pub(crate) fn chain_text(hops: &[ChainHop], trust_ppm: u32) -> String {
    let mut text = String::new();
    for hop in hops {
        text.push_str(&format!(
            "{} → {} (standing {})  event {}\n",
            who(&hop.from_name, &hop.from),
            who(&hop.to_name, &hop.to),
            ratio(hop.trust_ppm),
            hop.event,
        ));
    }
    text.push_str(&format!("estimate over {} hops: {}\n", hops.len(), ratio(trust_ppm)));
    text
}

/// What an attestation would do.
pub(crate) fn preview_document(preview: &PreviewAttestationResponse) -> Value {
    json!({
        "verdict": names::verdict(preview.verdict),
        "before_ppm": preview.before_ppm,
        "after_ppm": preview.after_ppm,
        "weight": preview.weight,
        "attester_standing_ppm": preview.attester_standing_ppm,
        "voice_threshold_ppm": preview.voice_threshold_ppm,
        "replaces": preview.replaces,
        "budget_used": preview.budget_used,
        "budget": preview.budget,
    })
}

/// The same in words.
pub(crate) fn preview_text(preview: &PreviewAttestationResponse) -> String {
    let mut text = match names::verdict(preview.verdict).as_str() {
        "counts" => format!(
            "It will move the value from {} to {} (weight {}).",
            ratio(preview.before_ppm),
            ratio(preview.after_ppm),
            units(preview.weight),
        ),
        "no_voice" => format!(
            "It will be shown but not count: your standing is {}, a voice begins at {}. \
             Once you have one you can say it again.",
            ratio(preview.attester_standing_ppm),
            ratio(preview.voice_threshold_ppm),
        ),
        "same_root" => {
            "It will never count: you and the subject belong to the same root.".to_owned()
        }
        "capped" => "It will not move the value further: voices without standing count at most \
                     one unit together, and that is used up."
            .to_owned(),
        other => other.to_owned(),
    };
    if !preview.replaces.is_empty() {
        text.push_str(&format!("\nIt replaces your attestation {}.", preview.replaces));
    }
    if preview.budget_used > preview.budget {
        text.push_str(&format!(
            "\nIt is number {} of yours in 91 days; above {} each counts {}/{}.",
            preview.budget_used, preview.budget, preview.budget, preview.budget_used,
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_with_its_evidence() {
        let value = TrustValue {
            dimension: 1,
            trust_ppm: 357_142,
            confidence_ppm: 285_714,
            positive: 2_000_000,
            ..TrustValue::default()
        };
        let trust = Trust {
            subject: "did:erynoa:self:x".to_owned(),
            subject_name: "Ada".to_owned(),
            values: vec![value],
            class: 2,
            ..Trust::default()
        };
        let text = text(&trust);
        assert!(text.contains("established"), "{text}");
        assert!(text.contains("reliability  0.3571  ███████·············"), "{text}");
        assert_eq!(document(&trust)["values"][0]["trust_ppm"], 357_142);
    }

    #[test]
    fn a_preview_says_why_it_does_not_count() {
        let preview = PreviewAttestationResponse {
            verdict: 2,
            attester_standing_ppm: 100_000,
            voice_threshold_ppm: 300_000,
            budget_used: 41,
            budget: 40,
            ..PreviewAttestationResponse::default()
        };
        let text = preview_text(&preview);
        assert!(text.contains("standing is 0.1000, a voice begins at 0.3000"), "{text}");
        assert!(text.contains("40/41"), "{text}");
    }

    #[test]
    fn an_explanation_begins_with_the_formula_filled_in() {
        let explanation = Explanation {
            value: Some(TrustValue {
                dimension: 1,
                trust_ppm: 192_307,
                positive: 2_000_000,
                unvoiced: 50_000_000,
                ..TrustValue::default()
            }),
            alpha: 500_000,
            beta: 4_500_000,
            lambda: 6,
            ..Explanation::default()
        };
        let text = explanation_text(&explanation, &[], 51);
        assert!(text.contains("= (0.500 + 2.000) / (0.500 + 4.500 + 2.000 + 6 × 1.000)"), "{text}");
    }
}
