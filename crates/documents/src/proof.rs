//! Data Integrity proofs of the cryptosuite `eddsa-jcs-2022` on verifiable
//! credentials, whatever they say.

use erynoa_events::{SigningKey, verify_signature};
use erynoa_kernel::{PublicKey, Signature};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::multikey::{did_key, from_multibase, method_of, multibase};

/// JCS (RFC 8785) of a value.
fn canonical(value: &impl Serialize) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("values of JSON have a canonical form")
}

/// The verification hash that is printed on a document: BLAKE3-256 of the
/// credential's canonical bytes, hexadecimal.
#[must_use]
pub fn verification_hash(canonical: &[u8]) -> String {
    blake3::hash(canonical).to_hex().to_string()
}

/// What the proof signs: SHA-256(JCS(proof options)) ‖ SHA-256(JCS(document)).
fn hash_data(options: &Map<String, Value>, document: &Value) -> Vec<u8> {
    [Sha256::digest(canonical(options)), Sha256::digest(canonical(document))].concat()
}

/// Options of the proof of `document` by the key behind `did`.
fn options_of(document: &Value, did: &str) -> Map<String, Value> {
    let options = json!({
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": document["validFrom"],
        "verificationMethod": method_of(did),
        "proofPurpose": "assertionMethod",
    });
    match options {
        Value::Object(options) => options,
        _ => unreachable!("written as an object just above"),
    }
}

/// Signs a credential; the canonical bytes, proof included.
pub(crate) fn sign(credential: &impl Serialize, key: &SigningKey) -> Vec<u8> {
    let mut document = serde_json::to_value(credential)
        .expect("credentials have no maps with other keys than text");
    let mut options = options_of(&document, &did_key(&key.public_key()));
    let signature = key.sign(&hash_data(&options, &document));
    options.insert("proofValue".to_owned(), multibase(signature.as_bytes()).into());
    document["proof"] = Value::Object(options);
    canonical(&document)
}

/// A signed document, split.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Proven {
    /// Everything but the proof.
    pub(crate) document: Value,
    proof: Map<String, Value>,
}

impl Proven {
    /// Splits a JSON object; with its JCS bytes, proof included.
    ///
    /// # Errors
    /// What would be right.
    pub(crate) fn read(bytes: &[u8]) -> Result<(Self, Vec<u8>), String> {
        let mut document: Value = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        let canonical = canonical(&document);
        let Some(Value::Object(proof)) = document.as_object_mut().and_then(|d| d.remove("proof"))
        else {
            return Err("a certificate is a JSON object with a proof".to_owned());
        };
        Ok((Self { document, proof }, canonical))
    }

    /// Whether the proof is one of `key`, the issuer's, over everything else.
    pub(crate) fn is_signed(&self, key: &PublicKey) -> bool {
        let mut options = self.proof.clone();
        let Some(Value::String(value)) = options.remove("proofValue") else {
            return false;
        };
        let did = self.document["issuer"]["id"].as_str().unwrap_or_default();
        if options != options_of(&self.document, did) {
            return false;
        }
        let signature = from_multibase(&value);
        signature.and_then(|bytes| Signature::try_from(&bytes[..]).ok()).is_some_and(|signature| {
            verify_signature(key, &hash_data(&options, &self.document), &signature)
        })
    }
}
