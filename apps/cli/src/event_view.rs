//! Events for people and programs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use erynoa_events::{Body, Polarity, decode_event};
use erynoa_proto::api::v1::EventRecord;
use prost::Message;
use serde_json::{Map, Value, json};

use crate::output::safe;
use crate::time_text::date_time;
use crate::{event_body, names};

/// An event with its place in the log, decoded field by field.
pub(crate) fn document(record: &EventRecord) -> Value {
    let signed = record.signed.clone().unwrap_or_default();
    let mut document = json!({
        "id": record.id,
        "sequence": record.sequence,
        "kind": names::kind(record.kind),
        "author": record.author,
        "author_name": record.author_name,
        "subject": record.subject,
        "subject_name": record.subject_name,
        "wall_us": record.wall_us,
        "epoch": record.epoch,
        "finality": names::finality(record.finality),
        "public_key": hex::encode(&signed.public_key),
        "signature": hex::encode(&signed.signature),
        "entry": STANDARD.encode(signed.encode_to_vec()),
    });
    match decode_event(&signed.event) {
        Ok(event) => {
            document["realm"] = json!(event.realm.to_string());
            document["counter"] = json!(event.coordinate.counter);
            document["prev"] = json!(event.prev.map(|prev| prev.to_string()));
            document["parents"] =
                event.parents.iter().map(ToString::to_string).collect::<Vec<_>>().into();
            document["body"] = event_body::fields(&event.body);
        }
        Err(error) => document["undecodable"] = json!(error.to_string()),
    }
    document
}

/// Word for a sign.
pub(crate) const fn polarity(polarity: Polarity) -> &'static str {
    match polarity {
        Polarity::Positive => "positive",
        Polarity::Negative => "negative",
    }
}

/// Name of somebody, or the end of the DID when there is none.
pub(crate) fn who(name: &str, did: &str) -> String {
    if name.is_empty() {
        match did.rsplit(':').next() {
            Some(uid) if uid.len() == 64 => format!("{}…", &uid[8..16]),
            _ => did.to_owned(),
        }
    } else {
        safe(name)
    }
}

/// One line about an event.
pub(crate) fn line(record: &EventRecord) -> String {
    let author = who(&record.author_name, &record.author);
    let mut text = format!(
        "{:>8}  {}  {:<19} {}",
        record.sequence,
        date_time(record.wall_us),
        names::kind(record.kind),
        author,
    );
    if !record.subject.is_empty() {
        text.push_str(" → ");
        text.push_str(&who(&record.subject_name, &record.subject));
    }
    let event = record.signed.as_ref().and_then(|signed| decode_event(&signed.event).ok());
    if let Some(said) = event.map(|event| gist(&event.body)).filter(|said| !said.is_empty()) {
        text.push_str("  ");
        text.push_str(&said);
    }
    text
}

/// What a body says, in a few words.
fn gist(body: &Body) -> String {
    match body {
        Body::Attestation(b) => {
            let sign = if b.polarity == Polarity::Positive { '+' } else { '-' };
            let domain = if b.domain.is_empty() { String::new() } else { format!("/{}", b.domain) };
            format!("{sign}{}{domain} {}", b.dimension.name(), safe(&b.comment))
        }
        Body::EpochClosed(b) => format!("epoch {}", b.epoch),
        Body::RealmCreated(b) => safe(&b.name),
        Body::KeyAdded(b) => safe(&b.label),
        Body::KeyRevoked(b) => safe(&b.reason),
        Body::AttestationRevoked(b) => safe(&b.reason),
        Body::Receipt(b) => {
            format!("{} {}", event_body::receipt_outcome(b.outcome), safe(&b.description))
        }
        Body::ControllerSet(b) => b.identity.to_string(),
        Body::IdentityDeactivated(b) => safe(&b.reason),
        Body::IdentityRecovered(b) => safe(&b.key_label),
        Body::Vouch(b) => format!("stake {} ppm {}", b.stake_ppm, safe(&b.comment)),
        Body::VouchRevoked(b) => safe(&b.reason),
        Body::CredentialIssued(b) => format!("{} {}", b.credential_type, safe(&b.claim)),
        Body::CredentialRevoked(b) => safe(&b.reason),
        Body::Judgement(b) => format!("{} {}", event_body::finding(b.finding), safe(&b.reason)),
        Body::Delegation(b) => {
            b.capabilities.iter().map(|text| safe(text)).collect::<Vec<_>>().join(", ")
        }
        Body::DelegationRevoked(b) => safe(&b.reason),
        Body::RealmRulesChanged(b) => format!("{} set, {} removed", b.set.len(), b.removed.len()),
        Body::RealmLeft(b) => safe(&b.reason),
        Body::MemberBanned(b) => if b.lifted { "admitted" } else { "excluded" }.to_owned(),
        Body::Proposal(b) => safe(&b.title),
        Body::Vote(b) if b.veto => format!("veto {}", safe(&b.comment)),
        Body::Vote(b) => format!("{:+} {}", b.votes, safe(&b.comment)),
        Body::ProposalClosed(b) => event_body::proposal_outcome(b.outcome).to_owned(),
        Body::AnomalyReported(b) => safe(&b.comment),
        Body::AnomalyJudged(b) => match b.confirmed {
            Some(severity) => format!("confirmed, {}", event_body::severity(severity)),
            None => "false".to_owned(),
        },
        Body::EpochCosigned(b) => format!("epoch {}", b.epoch),
        Body::IdentityCreated(_)
        | Body::EquivocationProof(_)
        | Body::RealmJoined(_)
        | Body::Custom(_) => String::new(),
    }
}

/// A document as indented `field: value` lines.
pub(crate) fn fields(document: &Value) -> String {
    let mut text = String::new();
    if let Value::Object(object) = document {
        write_fields(&mut text, object, 0);
    }
    text
}

fn write_fields(text: &mut String, object: &Map<String, Value>, depth: usize) {
    for (name, value) in object {
        let indent = "  ".repeat(depth);
        match value {
            Value::Object(inner) => {
                text.push_str(&format!("{indent}{name}:\n"));
                write_fields(text, inner, depth + 1);
            }
            // Lists of objects have a text of their own where they matter.
            Value::Array(items) if items.iter().all(|item| !item.is_string()) => {}
            Value::Array(items) => {
                let items: Vec<_> = items.iter().filter_map(Value::as_str).map(safe).collect();
                text.push_str(&format!("{indent}{name}: {}\n", items.join(", ")));
            }
            Value::String(string) if string.is_empty() => {}
            Value::Null => {}
            Value::String(string) => {
                text.push_str(&format!("{indent}{name}: {}\n", safe(string)));
            }
            Value::Number(number) if name.ends_with("_us") => {
                let time = number.as_u64().map(date_time).unwrap_or_default();
                text.push_str(&format!("{indent}{name}: {number} ({time})\n"));
            }
            other => text.push_str(&format!("{indent}{name}: {other}\n")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity_event::{born, found};
    use erynoa_kernel::{Namespace, Secret};
    use erynoa_proto::protocol::v1::SignedEvent;

    fn record() -> EventRecord {
        let seed = Secret::new([3; 32]);
        let (did, created) =
            found(&seed, born(Namespace::Guild, "Ada\u{202e}", "desk"), 1_000_000).unwrap();
        EventRecord {
            id: created.id().to_string(),
            sequence: 4,
            kind: 1,
            signed: Some(SignedEvent::decode(created.entry().clone()).unwrap()),
            author: did.to_string(),
            author_name: "Ada\u{202e}".to_owned(),
            wall_us: 1_000_000,
            finality: 1,
            ..EventRecord::default()
        }
    }

    #[test]
    fn an_event_is_shown_with_every_field_of_its_body() {
        let document = document(&record());
        assert_eq!(document["body"]["namespace"], "guild");
        assert_eq!(document["body"]["key_label"], "desk");
        assert_eq!(document["finality"], "validated");
        assert_eq!(document["prev"], Value::Null);
        let text = fields(&document);
        assert!(text.contains("wall_us: 1000000 (1970-01-01 00:00:01Z)"), "{text}");
        assert!(text.contains("  display_name: Ada\u{fffd}\n"), "{text}");
    }

    #[test]
    fn a_line_names_author_and_kind() {
        let text = line(&record());
        assert!(text.contains("identity_created") && text.contains("Ada\u{fffd}"), "{text}");
    }

    #[test]
    fn bytes_that_are_no_event_are_shown_as_such() {
        let broken = EventRecord {
            signed: Some(SignedEvent { event: vec![255].into(), ..SignedEvent::default() }),
            ..record()
        };
        assert!(document(&broken)["undecodable"].is_string());
    }
}
