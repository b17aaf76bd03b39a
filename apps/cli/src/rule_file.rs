//! Rules of realms as JSON, the same when they are printed and when they are
//! read.

use std::path::{Path, PathBuf};

use erynoa_events::{Dimension, Isolation, JoinPolicy, Rule, RuleParameters};
use erynoa_kernel::{Did, IdentityId, RealmId};
use erynoa_proto::protocol::v1 as pb;
use erynoa_proto::protocol::v1::rule::Parameters;
use serde_json::{Value, json};

use crate::error::CliError;
use crate::names;

/// A rule with its category and parameters.
pub(crate) fn document(rule: &pb::Rule) -> Value {
    let ids = |list: &[Vec<u8>]| list.iter().map(hex::encode).collect::<Vec<_>>();
    let (category, parameters) = match &rule.parameters {
        Some(Parameters::MinTrust(p)) => ("min_trust", json!({ "norm_ppm": p.norm_ppm })),
        Some(Parameters::DimensionMinimum(p)) => (
            "dimension_minimum",
            json!({ "dimension": names::dimension(p.dimension), "trust_ppm": p.trust_ppm }),
        ),
        Some(Parameters::CredentialRequired(p)) => {
            ("credential_required", json!({ "type": p.r#type }))
        }
        Some(Parameters::Join(p)) => ("join", json!({ "policy": names::join_policy(p.policy) })),
        Some(Parameters::Quota(p)) => (
            "quota",
            json!({ "events": p.events, "bytes": p.bytes, "gas": p.gas, "crossings": p.crossings }),
        ),
        Some(Parameters::Isolation(p)) => {
            ("isolation", json!({ "level": names::isolation(p.level) }))
        }
        Some(Parameters::Judges(p)) => ("judges", json!({ "identities": ids(&p.identities) })),
        Some(Parameters::Issuers(p)) => {
            ("issuers", json!({ "type": p.r#type, "identities": ids(&p.identities) }))
        }
        Some(Parameters::Witnesses(p)) => {
            let members: Vec<_> = p
                .members
                .iter()
                .map(|w| json!({ "identity": hex::encode(&w.identity), "weight": w.weight }))
                .collect();
            ("witnesses", json!({ "members": members }))
        }
        Some(Parameters::GovernanceTimes(p)) => (
            "governance_times",
            json!({
                "discussion_s": p.discussion_s,
                "voting_s": p.voting_s,
                "timelock_s": p.timelock_s,
            }),
        ),
        Some(Parameters::Expression(p)) => ("expression", json!({ "cedar": p.cedar })),
        Some(Parameters::Crossings(p)) => {
            ("crossings", json!({ "allowed": ids(&p.allowed), "blocked": ids(&p.blocked) }))
        }
        None => ("unknown", json!({})),
    };
    json!({
        "id": rule.id,
        "category": category,
        "effective_from_us": rule.effective_from_us,
        "parameters": parameters,
    })
}

/// The rules of several files, ascending by id; a later one takes the place of
/// an earlier one of the same id.
pub(crate) fn read(first: Vec<Rule>, files: &[PathBuf]) -> Result<Vec<Rule>, CliError> {
    let mut rules: std::collections::BTreeMap<String, Rule> =
        first.into_iter().map(|rule| (rule.id.clone(), rule)).collect();
    for file in files {
        rules.extend(read_file(file)?.into_iter().map(|rule| (rule.id.clone(), rule)));
    }
    Ok(rules.into_values().collect())
}

fn read_file(file: &Path) -> Result<Vec<Rule>, CliError> {
    let text = std::fs::read_to_string(file).map_err(|error| CliError::file(file, error))?;
    let document: Value =
        serde_json::from_str(&text).map_err(|error| CliError::file(file, error))?;
    parse_all(&document).map_err(|reason| CliError::file(file, reason))
}

/// One rule, a list of them, or an object with a list `rules`.
fn parse_all(document: &Value) -> Result<Vec<Rule>, String> {
    let list = match document {
        Value::Array(list) => list.as_slice(),
        Value::Object(object) => match object.get("rules") {
            Some(Value::Array(list)) => list.as_slice(),
            _ => std::slice::from_ref(document),
        },
        _ => return Err("neither a rule nor a list of rules".to_owned()),
    };
    list.iter().map(parse).collect()
}

/// The rule in a document.
pub(crate) fn parse(document: &Value) -> Result<Rule, String> {
    let id = document["id"].as_str().ok_or("a rule without an id")?;
    let category = document["category"].as_str().ok_or(format!("rule {id}: no category"))?;
    let parameters = parameters(category, &document["parameters"])
        .map_err(|reason| format!("rule {id}: {reason}"))?;
    let effective_from_us = match &document["effective_from_us"] {
        Value::Null => 0,
        value => value.as_u64().ok_or(format!("rule {id}: effective_from_us is no time"))?,
    };
    Ok(Rule { id: id.to_owned(), effective_from_us, parameters })
}

fn parameters(category: &str, given: &Value) -> Result<RuleParameters, String> {
    let text = |name: &str| given[name].as_str().ok_or(format!("parameters.{name} is missing"));
    // A number that is left out is the protocol's own.
    let number = |name: &str| match &given[name] {
        Value::Null => Ok(0),
        value => value.as_u64().ok_or(format!("parameters.{name} is no number")),
    };
    let small = |name: &str| {
        number(name)?.try_into().map_err(|_| format!("parameters.{name} is too great"))
    };
    Ok(match category {
        "min_trust" => RuleParameters::MinTrust { norm_ppm: small("norm_ppm")? },
        "dimension_minimum" => {
            let name = text("dimension")?;
            let dimension = Dimension::ALL.into_iter().find(|known| known.name() == name);
            RuleParameters::DimensionMinimum {
                dimension: dimension.ok_or(format!("{name:?} is no dimension"))?,
                trust_ppm: small("trust_ppm")?,
            }
        }
        "credential_required" => {
            RuleParameters::CredentialRequired { credential_type: text("type")?.to_owned() }
        }
        "join" => RuleParameters::Join(match text("policy")? {
            "open" => JoinPolicy::Open,
            "credential" => JoinPolicy::Credential,
            "invitation" => JoinPolicy::Invitation,
            "vote" => JoinPolicy::Vote,
            other => return Err(format!("{other:?}: open, credential, invitation or vote")),
        }),
        "quota" => RuleParameters::Quota {
            events: small("events")?,
            bytes: number("bytes")?,
            gas: number("gas")?,
            crossings: small("crossings")?,
        },
        "isolation" => RuleParameters::Isolation(match text("level")? {
            "public" => Isolation::Public,
            "members" => Isolation::Members,
            "strict" => Isolation::Strict,
            other => return Err(format!("{other:?}: public, members or strict")),
        }),
        "judges" => RuleParameters::Judges(identities(&given["identities"])?),
        "issuers" => RuleParameters::Issuers {
            credential_type: text("type")?.to_owned(),
            identities: identities(&given["identities"])?,
        },
        "witnesses" => {
            let members = given["members"].as_array().ok_or("parameters.members is missing")?;
            let mut witnesses = members
                .iter()
                .map(|member| {
                    let weight = member["weight"].as_u64().and_then(|w| w.try_into().ok());
                    let weight: u32 = weight.ok_or("a witness without a weight")?;
                    Ok((identity(&member["identity"])?, weight))
                })
                .collect::<Result<Vec<_>, String>>()?;
            witnesses.sort_unstable();
            RuleParameters::Witnesses(witnesses)
        }
        "governance_times" => RuleParameters::GovernanceTimes {
            discussion_s: small("discussion_s")?,
            voting_s: small("voting_s")?,
            timelock_s: small("timelock_s")?,
        },
        "expression" => RuleParameters::Expression { cedar: text("cedar")?.to_owned() },
        "crossings" => RuleParameters::Crossings {
            allowed: realms(&given["allowed"])?,
            blocked: realms(&given["blocked"])?,
        },
        other => {
            return Err(format!(
                "{other:?} is no category: min_trust, dimension_minimum, credential_required, \
                 join, quota, isolation, judges, issuers, witnesses, governance_times, \
                 expression or crossings"
            ));
        }
    })
}

fn identity(given: &Value) -> Result<IdentityId, String> {
    let text = given.as_str().unwrap_or_default();
    text.parse::<Did>()
        .map(|did| did.identity)
        .or_else(|_| text.parse())
        .map_err(|_| format!("{given} names no identity: a DID or 64 hexadecimal digits"))
}

fn identities(given: &Value) -> Result<Vec<IdentityId>, String> {
    let list = given.as_array().ok_or("parameters.identities is missing")?;
    let mut list = list.iter().map(identity).collect::<Result<Vec<_>, _>>()?;
    list.sort_unstable();
    Ok(list)
}

fn realms(given: &Value) -> Result<Vec<RealmId>, String> {
    let none = Vec::new();
    let mut list = given
        .as_array()
        .unwrap_or(&none)
        .iter()
        .map(|realm| {
            let text = realm.as_str().unwrap_or_default();
            text.parse().map_err(|_| format!("{realm} names no realm: 64 hexadecimal digits"))
        })
        .collect::<Result<Vec<RealmId>, _>>()?;
    list.sort_unstable();
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use erynoa_events::rule_message;

    fn all() -> Vec<RuleParameters> {
        let id = |byte| IdentityId::from_bytes([byte; 32]);
        vec![
            RuleParameters::MinTrust { norm_ppm: 300_000 },
            RuleParameters::DimensionMinimum { dimension: Dimension::Integrity, trust_ppm: 1 },
            RuleParameters::CredentialRequired { credential_type: "baker".to_owned() },
            RuleParameters::Join(JoinPolicy::Invitation),
            RuleParameters::Quota { events: 1, bytes: 2, gas: 3, crossings: 4 },
            RuleParameters::Isolation(Isolation::Strict),
            RuleParameters::Judges(vec![id(1), id(2)]),
            RuleParameters::Issuers {
                credential_type: "person".to_owned(),
                identities: vec![id(1)],
            },
            RuleParameters::Witnesses(vec![(id(1), 5), (id(2), 7)]),
            RuleParameters::GovernanceTimes { discussion_s: 3600, voting_s: 0, timelock_s: 7200 },
            RuleParameters::Expression { cedar: "permit(principal, action, resource);".to_owned() },
            RuleParameters::Crossings {
                allowed: vec![RealmId::from_bytes([3; 32])],
                blocked: Vec::new(),
            },
        ]
    }

    #[test]
    fn every_category_of_rule_reads_back_as_it_is_printed() {
        for (place, parameters) in all().into_iter().enumerate() {
            let rule =
                Rule { id: format!("r{place}"), effective_from_us: place as u64, parameters };
            let printed = document(&rule_message(&rule));
            assert_eq!(parse(&printed), Ok(rule), "{printed}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_rule_is_named() {
        for (given, reason) in [
            (json!({}), "without an id"),
            (json!({ "id": "a" }), "rule a: no category"),
            (json!({ "id": "a", "category": "x" }), "is no category"),
            (json!({ "id": "a", "category": "join" }), "parameters.policy is missing"),
            (
                json!({ "id": "a", "category": "join", "parameters": { "policy": "maybe" } }),
                "open, credential, invitation or vote",
            ),
            (
                json!({ "id": "a", "category": "judges", "parameters": { "identities": ["bob"] } }),
                "names no identity",
            ),
            (
                json!({ "id": "a", "category": "min_trust", "parameters": { "norm_ppm": "1" } }),
                "norm_ppm is no number",
            ),
        ] {
            let error = parse(&given).unwrap_err();
            assert!(error.contains(reason), "{given}: {error}");
        }
    }

    #[test]
    fn a_file_holds_one_rule_or_a_list_and_later_files_win() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: Value| {
            let path = folder.path().join(name);
            std::fs::write(&path, content.to_string()).unwrap();
            path
        };
        let rule = |id: &str, ppm: u32| json!({ "id": id, "category": "min_trust", "parameters": { "norm_ppm": ppm } });
        let one = file("one", rule("b", 1));
        let list = file("list", json!({ "rules": [rule("a", 2), rule("b", 3)] }));
        let rules = read(Vec::new(), &[one.clone(), list]).unwrap();
        let said: Vec<_> = rules.iter().map(|rule| (rule.id.as_str(), &rule.parameters)).collect();
        assert_eq!(
            said,
            [
                ("a", &RuleParameters::MinTrust { norm_ppm: 2 }),
                ("b", &RuleParameters::MinTrust { norm_ppm: 3 })
            ]
        );
        let broken = file("broken", json!(5));
        assert_eq!(read(rules, &[one, broken]).unwrap_err().exit_code(), 5);
    }
}
