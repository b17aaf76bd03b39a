//! Canonical bytes to events and back (protocol §0, §2).
//!
//! Decoding is where the rules about fields are checked: what comes out of here
//! is an [`Event`] whose every field is in its range.

mod decode;
mod decode_evidence;
mod decode_realm;
mod encode;
mod encode_evidence;
mod encode_realm;

use bytes::Bytes;
use erynoa_kernel::{IdentityId, PublicKey, RealmId, Signature};
use erynoa_proto::protocol::v1 as pb;
use prost::Message;

use crate::error::code;
use crate::fields::array;
use crate::{Event, EventError, MAX_ENTRY_BYTES, ReceiptOutcome};

/// The canonical bytes of an event.
#[must_use]
pub fn encode_event(event: &Event) -> Vec<u8> {
    encode::event(event).encode_to_vec()
}

/// The event with these bytes. Says nothing about signatures.
///
/// # Errors
/// `EVENT_NOT_CANONICAL`, `EVENT_KIND_RESERVED`, `EVENT_TOO_LARGE`, or the code
/// of the field rule that is broken.
pub fn decode_event(bytes: &[u8]) -> Result<Event, EventError> {
    if bytes.len() > MAX_ENTRY_BYTES {
        return Err(too_large(bytes.len()));
    }
    decode::event(parse_event(bytes)?)
}

/// The canonical bytes of a proposal, for a dry run of it.
#[must_use]
pub fn encode_proposal(proposal: &crate::Proposal) -> Vec<u8> {
    encode_realm::proposal(proposal).encode_to_vec()
}

/// The proposal with these bytes.
///
/// # Errors
/// As [`decode_event`].
pub fn decode_proposal(bytes: &[u8]) -> Result<crate::Proposal, EventError> {
    decode_realm::proposal(parse(&Bytes::copy_from_slice(bytes), "proposal")?)
}

/// A rule as a message, for the API.
#[must_use]
pub fn rule_message(rule: &crate::Rule) -> pb::Rule {
    encode_realm::rule(rule)
}

/// A proposal as a message, for the API.
#[must_use]
pub fn proposal_message(proposal: &crate::Proposal) -> pb::Proposal {
    encode_realm::proposal(proposal)
}

/// BLAKE3-256 of the canonical bytes of a receipt's terms.
#[must_use]
pub fn receipt_terms_hash(
    realm: &RealmId,
    performer: &IdentityId,
    client: &IdentityId,
    outcome: ReceiptOutcome,
    description: &str,
    nonce: &[u8; 16],
) -> [u8; 32] {
    let terms = encode::terms(realm, performer, client, outcome, description, nonce);
    *blake3::hash(&terms.encode_to_vec()).as_bytes()
}

/// The log entry of an event with its signature.
pub(crate) fn encode_entry(event: Vec<u8>, key: &PublicKey, signature: &Signature) -> Bytes {
    pb::SignedEvent {
        event: event.into(),
        public_key: Bytes::copy_from_slice(key.as_bytes()),
        signature: Bytes::copy_from_slice(signature.as_bytes()),
    }
    .encode_to_vec()
    .into()
}

/// An entry taken apart; neither the event nor the signature is checked.
pub(crate) struct Envelope {
    pub(crate) event: Bytes,
    pub(crate) key: PublicKey,
    pub(crate) signature: Signature,
}

pub(crate) fn decode_entry(entry: &Bytes) -> Result<Envelope, EventError> {
    if entry.len() > MAX_ENTRY_BYTES {
        return Err(too_large(entry.len()));
    }
    let signed: pb::SignedEvent = parse(entry, "signed_event")?;
    Ok(Envelope {
        key: PublicKey::from_bytes(array(&signed.public_key, "public_key")?),
        signature: Signature::from_bytes(array(&signed.signature, "signature")?),
        event: signed.event,
    })
}

fn too_large(len: usize) -> EventError {
    EventError::refuse(
        code::EVENT_TOO_LARGE,
        "event",
        format!("{len} bytes; an entry has at most {MAX_ENTRY_BYTES}"),
    )
}

fn parse<M: Message + Default>(bytes: &Bytes, field: &'static str) -> Result<M, EventError> {
    let message = M::decode(bytes.clone())
        .map_err(|error| EventError::refuse(code::EVENT_NOT_CANONICAL, field, error.to_string()))?;
    if message.encoded_len() == bytes.len() && message.encode_to_vec() == *bytes {
        return Ok(message);
    }
    Err(EventError::refuse(
        code::EVENT_NOT_CANONICAL,
        field,
        "decoding and encoding gives other bytes: fields in ascending order, defaults left out, \
         shortest varints, no unknown fields",
    ))
}

pub(crate) fn parse_event(bytes: &[u8]) -> Result<pb::Event, EventError> {
    parse::<pb::Event>(&Bytes::copy_from_slice(bytes), "event").map_err(|error| {
        if has_reserved_body(bytes) {
            EventError::refuse(
                code::EVENT_KIND_RESERVED,
                "event.body",
                "this kind of event is reserved for a later version of the protocol",
            )
        } else {
            error
        }
    })
}

/// Whether the only thing unknown is the body's number, from the range that the
/// protocol keeps for bodies.
fn has_reserved_body(mut bytes: &[u8]) -> bool {
    const BODIES: std::ops::RangeInclusive<u32> = 16..=127;
    const KNOWN: [u32; 30] = [
        16, 17, 18, 19, 20, 21, 32, 33, 34, 35, 36, 37, 38, 39, 48, 49, 64, 65, 66, 67, 68, 80, 81,
        82, 96, 97, 98, 99, 112, 127,
    ];
    let mut reserved = false;
    while !bytes.is_empty() {
        let Ok((number, kind)) = prost::encoding::decode_key(&mut bytes) else {
            return false;
        };
        let context = prost::encoding::DecodeContext::default();
        if prost::encoding::skip_field(kind, number, &mut bytes, context).is_err() {
            return false;
        }
        reserved |= BODIES.contains(&number) && !KNOWN.contains(&number);
    }
    reserved
}
