//! The known answers that every implementation is held against.

use erynoa_identity::{AgentLimit, Capability, delegated_values};
use serde_json::Value;

fn vectors() -> Value {
    let text = include_str!("../../../../proto/testdata/capability_vectors.json");
    serde_json::from_str(text).expect("JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn ppm(value: &Value) -> u32 {
    u32::try_from(value.as_u64().expect("a number")).expect("ppm")
}

fn vector(value: &Value) -> [u32; 6] {
    let values: Vec<u32> = list(value).iter().map(ppm).collect();
    values.try_into().expect("six dimensions")
}

#[test]
fn texts_are_capabilities_or_not_as_known() {
    let vectors = vectors();
    for valid in list(&vectors["valid"]) {
        let capability = text(valid).parse::<Capability>();
        assert_eq!(capability.map(|capability| capability.to_string()), Ok(text(valid).to_owned()));
    }
    for invalid in list(&vectors["invalid"]) {
        assert!(text(invalid).parse::<Capability>().is_err(), "{invalid}");
    }
}

#[test]
fn capabilities_imply_each_other_as_known() {
    for known in list(&vectors()["implies"]) {
        let parse = |name: &str| text(&known[name]).parse::<Capability>().expect("a capability");
        let implies = parse("held").implies(&parse("wanted"));
        assert_eq!(Some(implies), known["implies"].as_bool(), "{known}");
    }
}

#[test]
fn chains_lend_as_much_as_known() {
    for known in list(&vectors()["lent"]) {
        let factors: Vec<u32> = list(&known["factors_ppm"]).iter().map(ppm).collect();
        let agent = known.get("own_ppm").map(|own| AgentLimit {
            own: vector(own),
            controller_fidelity_ppm: ppm(&known["controller_fidelity_ppm"]),
        });
        let lent = delegated_values(&factors, vector(&known["beginning_ppm"]), agent);
        assert_eq!(lent, vector(&known["lent_ppm"]), "{known}");
    }
}
