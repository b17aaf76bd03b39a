//! Canonical bytes to events and back (protocol §0, §2).
//!
//! Decoding is where the rules about fields are checked: what comes out of here
//! is an [`Event`] whose every field is in its range.

use bytes::Bytes;
use erynoa_kernel::{Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId, Signature};
use erynoa_proto::protocol::v1 as pb;
use prost::Message;

use crate::error::code;
use crate::fields::{array, label, name, one_of, optional, text};
use crate::{
    Attestation, AttestationRevoked, Body, Controller, Custom, Dimension, EpochClosed,
    EquivocationProof, Event, EventError, IdentityCreated, KeyAdded, KeyPurpose, KeyRevoked,
    MAX_ENTRY_BYTES, MAX_FOUNDERS, MAX_LABEL_BYTES, MAX_NAME_BYTES, MAX_PARENTS, Polarity,
    RealmCreated, Receipt, ReceiptOutcome,
};

/// The canonical bytes of an event.
#[must_use]
pub fn encode_event(event: &Event) -> Vec<u8> {
    to_wire(event).encode_to_vec()
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
    from_wire(parse_event(bytes)?)
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
    let terms = terms_to_wire(realm, performer, client, outcome, description, nonce);
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
    const KNOWN: [u32; 10] = [16, 17, 18, 32, 33, 34, 64, 96, 112, 127];
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

fn to_wire(event: &Event) -> pb::Event {
    pb::Event {
        version: 1,
        author: event.author.as_bytes().to_vec(),
        realm: event.realm.as_bytes().to_vec(),
        coordinate: Some(pb::Coordinate {
            wall_us: event.coordinate.wall_us,
            counter: event.coordinate.counter,
        }),
        prev: event
            .prev
            .map_or_else(Vec::new, |prev| prev.as_bytes().to_vec()),
        parents: event
            .parents
            .iter()
            .map(|parent| parent.as_bytes().to_vec())
            .collect(),
        body: Some(body_to_wire(event)),
    }
}

fn body_to_wire(event: &Event) -> pb::event::Body {
    use pb::event::Body as Wire;
    match &event.body {
        Body::IdentityCreated(body) => Wire::IdentityCreated(pb::IdentityCreated {
            namespace: i32::from(body.namespace as u8),
            display_name: body.display_name.clone(),
            key_label: body.key_label.clone(),
            recovery_key: body
                .recovery_key
                .map_or_else(Vec::new, |key| key.as_bytes().to_vec()),
            controller: body.controller.as_ref().map(|controller| pb::Controller {
                identity: controller.identity.as_bytes().to_vec(),
                public_key: controller.public_key.as_bytes().to_vec(),
                signature: controller.signature.as_bytes().to_vec(),
            }),
        }),
        Body::KeyAdded(body) => Wire::KeyAdded(pb::KeyAdded {
            public_key: body.public_key.as_bytes().to_vec(),
            purposes: body
                .purposes
                .iter()
                .map(|purpose| purpose_number(*purpose))
                .collect(),
            label: body.label.clone(),
            countersignature: body.countersignature.as_bytes().to_vec(),
        }),
        Body::KeyRevoked(body) => Wire::KeyRevoked(pb::KeyRevoked {
            public_key: body.public_key.as_bytes().to_vec(),
            reason: body.reason.clone(),
        }),
        Body::Attestation(body) => Wire::Attestation(pb::Attestation {
            subject: body.subject.as_bytes().to_vec(),
            dimension: i32::from(body.dimension as u8),
            polarity: match body.polarity {
                Polarity::Positive => 1,
                Polarity::Negative => 2,
            },
            domain: body.domain.clone(),
            comment: body.comment.clone(),
            expires_at_us: body.expires_at_us.unwrap_or(0),
        }),
        Body::AttestationRevoked(body) => Wire::AttestationRevoked(pb::AttestationRevoked {
            attestation: body.attestation.as_bytes().to_vec(),
            reason: body.reason.clone(),
        }),
        Body::Receipt(body) => Wire::Receipt(pb::Receipt {
            terms: Some(terms_to_wire(
                &event.realm,
                &body.performer,
                &body.client,
                body.outcome,
                &body.description,
                &body.nonce,
            )),
            countersigner_key: body.countersigner_key.as_bytes().to_vec(),
            countersignature: body.countersignature.as_bytes().to_vec(),
        }),
        Body::RealmCreated(body) => Wire::RealmCreated(pb::RealmCreated {
            realm: body.realm.as_bytes().to_vec(),
            name: body.name.clone(),
            founders: body
                .founders
                .iter()
                .map(|founder| founder.as_bytes().to_vec())
                .collect(),
        }),
        Body::EquivocationProof(body) => Wire::EquivocationProof(pb::EquivocationProof {
            first: body.first.to_vec(),
            second: body.second.to_vec(),
        }),
        Body::EpochClosed(body) => Wire::EpochClosed(pb::EpochClosed {
            epoch: body.epoch,
            closed_at_us: body.closed_at_us,
            size: body.size,
            state_root: body.state_root.to_vec(),
            parameters_hash: body.parameters_hash.to_vec(),
        }),
        Body::Custom(body) => Wire::Custom(pb::Custom {
            r#type: u32::from(body.type_number),
            version: body.version,
            data: body.data.to_vec(),
        }),
    }
}

const fn purpose_number(purpose: KeyPurpose) -> i32 {
    match purpose {
        KeyPurpose::SignIn => 1,
        KeyPurpose::Assertion => 2,
        KeyPurpose::Recovery => 3,
    }
}

fn terms_to_wire(
    realm: &RealmId,
    performer: &IdentityId,
    client: &IdentityId,
    outcome: ReceiptOutcome,
    description: &str,
    nonce: &[u8; 16],
) -> pb::ReceiptTerms {
    pb::ReceiptTerms {
        realm: realm.as_bytes().to_vec(),
        performer: performer.as_bytes().to_vec(),
        client: client.as_bytes().to_vec(),
        outcome: match outcome {
            ReceiptOutcome::Kept => 1,
            ReceiptOutcome::Broken => 2,
            ReceiptOutcome::AbortedByPerformer => 3,
            ReceiptOutcome::AbortedByClient => 4,
        },
        description: description.to_owned(),
        nonce: nonce.to_vec(),
    }
}

fn from_wire(event: pb::Event) -> Result<Event, EventError> {
    if event.version != 1 {
        return Err(EventError::field(
            "event.version",
            "the protocol's version is 1",
        ));
    }
    let author = identity(&event.author, "event.author")?;
    let realm = RealmId::from_bytes(array(&event.realm, "event.realm")?);
    let coordinate = event
        .coordinate
        .map(|at| Coordinate {
            wall_us: at.wall_us,
            counter: at.counter,
        })
        .ok_or_else(|| EventError::field("event.coordinate", "missing"))?;
    let prev = optional(&event.prev, "event.prev")?.map(EventId::from_bytes);
    let parents = ascending(
        &event.parents,
        0..=MAX_PARENTS,
        "event.parents",
        EventId::from_bytes,
    )?;
    let body = event
        .body
        .ok_or_else(|| EventError::field("event.body", "an event has one body"))?;
    let body = body_from_wire(body, &author, &realm, coordinate)?;

    let belongs_to_a_realm = !matches!(
        body,
        Body::IdentityCreated(_) | Body::KeyAdded(_) | Body::KeyRevoked(_) | Body::EpochClosed(_)
    );
    if belongs_to_a_realm == (realm == RealmId::NULL) {
        return Err(EventError::field(
            "event.realm",
            "32 zero bytes for identity events and epoch_closed, a realm for all others",
        ));
    }
    if matches!(body, Body::IdentityCreated(_)) && prev.is_some() {
        return Err(EventError::field(
            "event.prev",
            "absent in the first event of a key",
        ));
    }
    Ok(Event {
        author,
        realm,
        coordinate,
        prev,
        parents,
        body,
    })
}

fn body_from_wire(
    body: pb::event::Body,
    author: &IdentityId,
    realm: &RealmId,
    coordinate: Coordinate,
) -> Result<Body, EventError> {
    use pb::event::Body as Wire;
    Ok(match body {
        Wire::IdentityCreated(body) => Body::IdentityCreated(identity_created(body)?),
        Wire::KeyAdded(body) => Body::KeyAdded(key_added(body)?),
        Wire::KeyRevoked(body) => Body::KeyRevoked(KeyRevoked {
            public_key: key(&body.public_key, "key_revoked.public_key")?,
            reason: text(body.reason, "key_revoked.reason")?,
        }),
        Wire::Attestation(body) => Body::Attestation(attestation(body, author, coordinate)?),
        Wire::AttestationRevoked(body) => Body::AttestationRevoked(AttestationRevoked {
            attestation: EventId::from_bytes(array(
                &body.attestation,
                "attestation_revoked.attestation",
            )?),
            reason: text(body.reason, "attestation_revoked.reason")?,
        }),
        Wire::Receipt(body) => Body::Receipt(receipt(body, author, realm)?),
        Wire::RealmCreated(body) => Body::RealmCreated(realm_created(body, realm)?),
        Wire::EquivocationProof(body) => {
            Body::EquivocationProof(equivocation_proof(body.first.into(), body.second.into())?)
        }
        Wire::EpochClosed(body) => Body::EpochClosed(EpochClosed {
            epoch: match body.epoch {
                0 => return Err(EventError::field("epoch_closed.epoch", "counts from 1")),
                epoch => epoch,
            },
            closed_at_us: body.closed_at_us,
            size: body.size,
            state_root: array(&body.state_root, "epoch_closed.state_root")?,
            parameters_hash: array(&body.parameters_hash, "epoch_closed.parameters_hash")?,
        }),
        Wire::Custom(body) => Body::Custom(Custom {
            type_number: u16::try_from(body.r#type)
                .map_err(|_| EventError::field("custom.type", "0 to 65535"))?,
            version: body.version,
            data: body.data.into(),
        }),
    })
}

fn identity_created(body: pb::IdentityCreated) -> Result<IdentityCreated, EventError> {
    let namespace = u8::try_from(body.namespace)
        .ok()
        .and_then(Namespace::from_number)
        .ok_or_else(|| EventError::field("identity_created.namespace", "1 to 10"))?;
    let controller = body.controller.map(|controller| {
        Ok::<_, EventError>(Controller {
            identity: identity(&controller.identity, "identity_created.controller.identity")?,
            public_key: key(
                &controller.public_key,
                "identity_created.controller.public_key",
            )?,
            signature: signature(
                &controller.signature,
                "identity_created.controller.signature",
            )?,
        })
    });
    let controller = controller.transpose()?;
    match (namespace.needs_controller(), &controller) {
        (true, None) => {
            return Err(EventError::refuse(
                code::CONTROLLER_REQUIRED,
                "identity_created.controller",
                "a spirit, thing, vessel or source names its controller",
            ));
        }
        (false, Some(_)) => {
            return Err(EventError::refuse(
                code::CONTROLLER_INVALID,
                "identity_created.controller",
                "only a spirit, thing, vessel or source has a controller",
            ));
        }
        _ => {}
    }
    Ok(IdentityCreated {
        namespace,
        display_name: label(
            body.display_name,
            0..=MAX_NAME_BYTES,
            "identity_created.display_name",
        )?,
        key_label: label(
            body.key_label,
            0..=MAX_LABEL_BYTES,
            "identity_created.key_label",
        )?,
        recovery_key: optional(&body.recovery_key, "identity_created.recovery_key")?
            .map(PublicKey::from_bytes),
        controller,
    })
}

fn key_added(body: pb::KeyAdded) -> Result<KeyAdded, EventError> {
    const PURPOSES: &str = "key_added.purposes";
    let purposes = body
        .purposes
        .iter()
        .map(|purpose| {
            one_of(
                *purpose,
                PURPOSES,
                &[
                    KeyPurpose::SignIn,
                    KeyPurpose::Assertion,
                    KeyPurpose::Recovery,
                ],
            )
        })
        .collect::<Result<Vec<_>, _>>()?;
    if purposes.is_empty() || !purposes.is_sorted_by(|a, b| a < b) {
        return Err(EventError::field(
            PURPOSES,
            "at least one, strictly ascending",
        ));
    }
    if purposes.len() > 1 && purposes.contains(&KeyPurpose::Recovery) {
        return Err(EventError::field(
            PURPOSES,
            "a recovery key has no other purpose",
        ));
    }
    Ok(KeyAdded {
        public_key: key(&body.public_key, "key_added.public_key")?,
        purposes,
        label: label(body.label, 0..=MAX_LABEL_BYTES, "key_added.label")?,
        countersignature: signature(&body.countersignature, "key_added.countersignature")?,
    })
}

fn attestation(
    body: pb::Attestation,
    author: &IdentityId,
    coordinate: Coordinate,
) -> Result<Attestation, EventError> {
    let subject = identity(&body.subject, "attestation.subject")?;
    if subject == *author {
        return Err(EventError::refuse(
            code::ATTESTATION_SELF,
            "attestation.subject",
            "nobody attests themselves",
        ));
    }
    let dimension = one_of(body.dimension, "attestation.dimension", &Dimension::ALL)?;
    if !dimension.is_attestable() {
        return Err(EventError::field(
            "attestation.dimension",
            "people attest reliability, integrity, competence or prestige",
        ));
    }
    if !body.domain.is_empty() && dimension != Dimension::Competence {
        return Err(EventError::field(
            "attestation.domain",
            "only competence has domains",
        ));
    }
    if body.expires_at_us != 0 && body.expires_at_us <= coordinate.wall_us {
        return Err(EventError::field(
            "attestation.expires_at_us",
            "0 for never, or later than the event itself",
        ));
    }
    Ok(Attestation {
        subject,
        dimension,
        polarity: one_of(
            body.polarity,
            "attestation.polarity",
            &[Polarity::Positive, Polarity::Negative],
        )?,
        domain: name(body.domain, "attestation.domain")?,
        comment: text(body.comment, "attestation.comment")?,
        expires_at_us: (body.expires_at_us != 0).then_some(body.expires_at_us),
    })
}

fn receipt(body: pb::Receipt, author: &IdentityId, realm: &RealmId) -> Result<Receipt, EventError> {
    let terms = body
        .terms
        .ok_or_else(|| EventError::field("receipt.terms", "missing"))?;
    // Canonical as part of a canonical event, so these are the bytes as signed.
    let terms_hash = *blake3::hash(&terms.encode_to_vec()).as_bytes();
    if terms.realm != realm.as_bytes() {
        return Err(EventError::field(
            "receipt.terms.realm",
            "the realm of the event",
        ));
    }
    let performer = identity(&terms.performer, "receipt.terms.performer")?;
    let client = identity(&terms.client, "receipt.terms.client")?;
    if performer == client {
        return Err(EventError::field(
            "receipt.terms.client",
            "not the performer",
        ));
    }
    if *author != performer && *author != client {
        return Err(EventError::field(
            "event.author",
            "the performer or the client of the receipt",
        ));
    }
    Ok(Receipt {
        performer,
        client,
        outcome: one_of(
            terms.outcome,
            "receipt.terms.outcome",
            &[
                ReceiptOutcome::Kept,
                ReceiptOutcome::Broken,
                ReceiptOutcome::AbortedByPerformer,
                ReceiptOutcome::AbortedByClient,
            ],
        )?,
        description: text(terms.description, "receipt.terms.description")?,
        nonce: array(&terms.nonce, "receipt.terms.nonce")?,
        terms_hash,
        countersigner_key: key(&body.countersigner_key, "receipt.countersigner_key")?,
        countersignature: signature(&body.countersignature, "receipt.countersignature")?,
    })
}

fn realm_created(body: pb::RealmCreated, realm: &RealmId) -> Result<RealmCreated, EventError> {
    if body.realm != realm.as_bytes() {
        return Err(EventError::field(
            "realm_created.realm",
            "the realm of the event",
        ));
    }
    Ok(RealmCreated {
        realm: *realm,
        name: label(body.name, 1..=MAX_NAME_BYTES, "realm_created.name")?,
        founders: ascending(
            &body.founders,
            1..=MAX_FOUNDERS,
            "realm_created.founders",
            IdentityId::from_bytes,
        )?,
    })
}

/// Signing two events on one prev is the fault, whatever they say; so only what
/// the proof rests on is looked at, and proofs inside proofs cost nothing.
fn equivocation_proof(first: Bytes, second: Bytes) -> Result<EquivocationProof, EventError> {
    let invalid = |field, message| EventError::refuse(code::EQUIVOCATION_INVALID, field, message);
    let open = |entry: &Bytes, field| {
        let broken = |error: EventError| {
            EventError::refuse(code::EQUIVOCATION_INVALID, field, error.message)
        };
        let envelope = decode_entry(entry).map_err(broken)?;
        let event = parse_event(&envelope.event).map_err(broken)?;
        let author = identity(&event.author, field).map_err(broken)?;
        let prev = optional(&event.prev, field)
            .map_err(broken)?
            .map(EventId::from_bytes);
        Ok::<_, EventError>((EventId::of(&envelope.event), envelope.key, author, prev))
    };
    let (first_id, key, accused, prev) = open(&first, "equivocation_proof.first")?;
    let (second_id, other_key, other_author, other_prev) =
        open(&second, "equivocation_proof.second")?;
    if first_id >= second_id {
        return Err(invalid(
            "equivocation_proof.second",
            "two different events, ascending by event id",
        ));
    }
    if key != other_key || accused != other_author {
        return Err(invalid(
            "equivocation_proof.second",
            "signed by the same key for the same author as the first",
        ));
    }
    if prev != other_prev {
        return Err(invalid(
            "equivocation_proof.second",
            "has the same prev as the first",
        ));
    }
    Ok(EquivocationProof {
        first,
        second,
        accused,
        key,
        prev,
    })
}

fn identity(bytes: &[u8], field: &'static str) -> Result<IdentityId, EventError> {
    array(bytes, field).map(IdentityId::from_bytes)
}

fn key(bytes: &[u8], field: &'static str) -> Result<PublicKey, EventError> {
    array(bytes, field).map(PublicKey::from_bytes)
}

fn signature(bytes: &[u8], field: &'static str) -> Result<Signature, EventError> {
    array(bytes, field).map(Signature::from_bytes)
}

fn ascending<T: Ord>(
    list: &[Vec<u8>],
    count: std::ops::RangeInclusive<usize>,
    field: &'static str,
    id: fn([u8; 32]) -> T,
) -> Result<Vec<T>, EventError> {
    if !count.contains(&list.len()) {
        let (least, most) = (count.start(), count.end());
        return Err(EventError::field(
            field,
            format!("{least} to {most} of them"),
        ));
    }
    let ids = list
        .iter()
        .map(|bytes| array(bytes, field).map(id))
        .collect::<Result<Vec<_>, _>>()?;
    if !ids.is_sorted_by(|a, b| a < b) {
        return Err(EventError::field(field, "strictly ascending"));
    }
    Ok(ids)
}
