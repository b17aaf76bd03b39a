//! DID resolution (W3C DID Core 1.0 §7.1, DID Resolution).

use erynoa_kernel::{Did, EventId, utc_text};
use serde_json::{Map, Value, json};

use crate::{Directory, Identity, did_document};

/// Media type of the documents.
pub const DID_JSON: &str = "application/did+json";

/// Why a DID does not resolve, by the names of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolutionError {
    /// `invalidDid`: no DID of this method's exact text form.
    InvalidDid,
    /// `methodNotSupported`: a DID of another method.
    MethodNotSupported,
    /// `notFound`: the log has no such identity.
    NotFound,
}

impl ResolutionError {
    /// Its name in `didResolutionMetadata.error`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidDid => "invalidDid",
            Self::MethodNotSupported => "methodNotSupported",
            Self::NotFound => "notFound",
        }
    }
}

/// What a resolver answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolution {
    /// The document.
    pub document: Result<Value, ResolutionError>,
    /// `didDocumentMetadata`: `created`, `updated`, `versionId` and, once it
    /// is, `deactivated`; empty without a document.
    pub document_metadata: Value,
}

impl Resolution {
    /// As JSON: `didDocument` (null without one), `didResolutionMetadata`,
    /// `didDocumentMetadata`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let (document, metadata) = match &self.document {
            Ok(document) => (document.clone(), json!({ "contentType": DID_JSON })),
            Err(error) => (Value::Null, json!({ "error": error.name() })),
        };
        json!({
            "@context": "https://w3id.org/did-resolution/v1",
            "didDocument": document,
            "didResolutionMetadata": metadata,
            "didDocumentMetadata": self.document_metadata,
        })
    }
}

/// Resolves the text of a DID. Whoever was ever created resolves for ever;
/// whoever was deactivated resolves to a document without keys.
#[must_use]
pub fn resolve(directory: &Directory, did: &str) -> Resolution {
    let found = match did.parse::<Did>() {
        Ok(did) => directory
            .find(&did.identity)
            .filter(|identity| identity.did == did)
            .ok_or(ResolutionError::NotFound),
        Err(_) if is_of_another_method(did) => Err(ResolutionError::MethodNotSupported),
        Err(_) => Err(ResolutionError::InvalidDid),
    };
    Resolution {
        document_metadata: found.map_or_else(|_| json!({}), document_metadata),
        document: found.map(|identity| did_document(directory, identity)),
    }
}

/// `did:<method>:<id>` by the syntax of DID Core §3.1, with a method that is not
/// ours.
fn is_of_another_method(text: &str) -> bool {
    let Some((method, id)) = text.strip_prefix("did:").and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_id = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'%');
    method != "erynoa"
        && !method.is_empty()
        && method.bytes().all(is_name)
        && !id.is_empty()
        && !id.ends_with(':')
        && id.bytes().all(is_id)
}

fn document_metadata(identity: &Identity) -> Value {
    let time = |(_, at_us): (EventId, u64)| Value::from(utc_text(at_us));
    let mut metadata = Map::new();
    metadata.insert("created".to_owned(), time(identity.created));
    if identity.updated != identity.created {
        metadata.insert("updated".to_owned(), time(identity.updated));
    }
    if identity.deactivated.is_some() {
        metadata.insert("deactivated".to_owned(), Value::from(true));
    }
    metadata.insert("versionId".to_owned(), Value::from(identity.updated.0.to_string()));
    Value::Object(metadata)
}
