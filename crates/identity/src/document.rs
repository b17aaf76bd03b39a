//! W3C DID documents (DID Core 1.0).

use erynoa_events::KeyPurpose;
use serde_json::{Value, json};

use crate::{Directory, Identity, Key};

/// Multibase base58btc (`z…`) of the multicodec-prefixed Ed25519 key.
fn multibase(key: &Key) -> String {
    let mut bytes = vec![0xed, 0x01];
    bytes.extend_from_slice(key.public_key.as_bytes());
    format!("z{}", bs58::encode(bytes).into_string())
}

/// The DID document of an identity: its live keys as `Multikey` verification
/// methods, sign-in keys under `authentication`, assertion keys under
/// `assertionMethod`, recovery keys under `capabilityInvocation`.
#[must_use]
pub fn did_document(directory: &Directory, identity: &Identity) -> Value {
    let did = identity.did.to_string();
    let live = || identity.keys.iter().filter(|key| key.revoked.is_none());
    let id_of = |key: &Key| format!("{did}#{}", hex::encode(&key.public_key.as_bytes()[..8]));
    let methods: Vec<Value> = live()
        .map(|key| {
            json!({
                "id": id_of(key),
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": multibase(key),
            })
        })
        .collect();
    let with = |purpose: KeyPurpose| -> Vec<String> {
        live().filter(|key| key.may(purpose)).map(id_of).collect()
    };
    let mut document = json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": methods,
        "authentication": with(KeyPurpose::SignIn),
        "assertionMethod": with(KeyPurpose::Assertion),
        "capabilityInvocation": with(KeyPurpose::Recovery),
    });
    if let Some(controller) = identity.controller {
        document["controller"] = json!(directory.did_text(&controller));
    }
    document
}
