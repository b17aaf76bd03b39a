//! What was told of a log, as JSON: for the memory of this machine, and for a
//! file that proves an entry without a server.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use erynoa_kernel::PublicKey;
use serde_json::{Value, json};

use crate::light::{Claim, Continuity, EntryClaim, Inclusion, LogKey};
use crate::light_witness::{Witness, total_weight};

/// Version of the file's format.
const FORMAT: u64 = 1;

/// A field of text.
pub(crate) fn text<'a>(document: &'a Value, name: &str) -> Result<&'a str, String> {
    document[name].as_str().ok_or_else(|| format!("{name} is missing"))
}

/// A field of a number from 0.
pub(crate) fn number(document: &Value, name: &str) -> Result<u64, String> {
    document[name].as_u64().ok_or_else(|| format!("{name} is missing"))
}

/// A public key of 64 hexadecimal digits.
pub(crate) fn public_key(digits: &str) -> Result<PublicKey, String> {
    hash(digits).map(PublicKey::from_bytes)
}

fn hash(digits: &str) -> Result<[u8; 32], String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(digits, &mut bytes)
        .map(|()| bytes)
        .map_err(|_| format!("{digits:?} is not 64 hexadecimal digits"))
}

fn hashes(list: &Value) -> Result<Vec<[u8; 32]>, String> {
    let list = list.as_array().ok_or("path is missing")?;
    list.iter().map(|one| hash(one.as_str().unwrap_or_default())).collect()
}

/// Name and key of a log.
pub(crate) fn log_of(document: &Value) -> Result<LogKey, String> {
    let origin = text(document, "origin")?.to_owned();
    Ok(LogKey { origin, key: public_key(text(document, "log_key")?)? })
}

/// A set of witnesses; `null` where it is not known.
pub(crate) fn witnesses_document(set: Option<&[Witness]>) -> Value {
    let one = |witness: &Witness| {
        json!({
            "did": witness.did,
            "name": witness.name,
            "public_keys": witness.keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "weight": witness.weight,
        })
    };
    set.map_or(Value::Null, |set| set.iter().map(one).collect())
}

/// The set in a document.
pub(crate) fn witnesses_of(document: &Value) -> Result<Option<Vec<Witness>>, String> {
    if document.is_null() {
        return Ok(None);
    }
    let one = |document: &Value| {
        let keys = document["public_keys"].as_array().ok_or("public_keys are missing")?;
        Ok(Witness {
            did: text(document, "did")?.to_owned(),
            name: text(document, "name")?.to_owned(),
            keys: keys
                .iter()
                .map(|key| public_key(key.as_str().unwrap_or_default()))
                .collect::<Result<_, _>>()?,
            weight: number(document, "weight")?,
        })
    };
    let list = document.as_array().ok_or("witnesses are no list")?;
    let set = list.iter().map(one).collect::<Result<Vec<_>, String>>()?;
    if total_weight(&set).is_none() {
        return Err("the weights of the witnesses sum to more than 64 bits".to_owned());
    }
    Ok(Some(set))
}

fn entry_document(entry: &EntryClaim) -> Value {
    let inclusion = entry.inclusion.as_ref().map(|proof| {
        json!({
            "leaf_hash": hex::encode(&proof.leaf_hash),
            "sequence": proof.sequence,
            "size": proof.size,
            "root": hex::encode(&proof.root),
            "path": proof.path.iter().map(hex::encode).collect::<Vec<_>>(),
        })
    });
    json!({
        "id": entry.id.to_string(),
        "entry": BASE64_STANDARD.encode(&entry.entry),
        "sequence": entry.sequence,
        "inclusion": inclusion,
    })
}

/// Everything that was told, for a check without a server. What this machine
/// has seen before is not in it.
pub(crate) fn bundle_document(claim: &Claim, told: Option<&[Witness]>) -> Value {
    json!({
        "format": FORMAT,
        "kind": "erynoa log proof",
        "origin": claim.log.origin,
        "log_key": claim.log.key.to_string(),
        "identity": claim.identity.to_string(),
        "hand_overs": claim.hand_overs.iter().map(entry_document).collect::<Vec<_>>(),
        "event": claim.entry.as_ref().map(entry_document),
        "checkpoint": claim.note,
        "witnesses": witnesses_document(told),
    })
}

fn entry_of(document: &Value) -> Result<EntryClaim, String> {
    let proof = &document["inclusion"];
    let inclusion = if proof.is_null() {
        None
    } else {
        Some(Inclusion {
            leaf_hash: hash(text(proof, "leaf_hash")?)?.to_vec(),
            sequence: number(proof, "sequence")?,
            size: number(proof, "size")?,
            root: hash(text(proof, "root")?)?.to_vec(),
            path: hashes(&proof["path"])?,
        })
    };
    let entry = BASE64_STANDARD
        .decode(text(document, "entry")?)
        .map_err(|_| "entry is not base64".to_owned())?;
    Ok(EntryClaim {
        id: text(document, "id")?.parse().map_err(|error| format!("id: {error}"))?,
        entry: entry.into(),
        sequence: number(document, "sequence")?,
        inclusion,
    })
}

/// What a file says. Nobody was asked, so it joins its head to no other one.
pub(crate) fn claim_of(text_of_file: &str) -> Result<Claim, String> {
    let document: Value =
        serde_json::from_str(text_of_file).map_err(|error| format!("no JSON: {error}"))?;
    if document["format"] != FORMAT || document["kind"] != "erynoa log proof" {
        return Err(format!("not a proof of format {FORMAT}, as --bundle writes it"));
    }
    let event = &document["event"];
    let hand_overs = document["hand_overs"].as_array().ok_or("hand_overs are missing")?;
    let identity = text(&document, "identity")?;
    Ok(Claim {
        identity: identity.parse().map_err(|error| format!("identity: {error}"))?,
        hand_overs: hand_overs.iter().map(entry_of).collect::<Result<_, _>>()?,
        entry: if event.is_null() { None } else { Some(entry_of(event)?) },
        note: document["checkpoint"].as_str().map(str::to_owned),
        log: log_of(&document)?,
        is_key_given: false,
        witnesses: witnesses_of(&document["witnesses"])?,
        seen: None,
        continuity: Continuity::NotAsked,
    })
}
