//! Messages to events: the rules of the fields are checked here.

use bytes::Bytes;
use erynoa_kernel::{Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId, Signature};
use erynoa_proto::protocol::v1 as pb;
use prost::Message;

use super::{decode_entry, parse_event};
use crate::error::code;
use crate::fields::{array, label, name, one_of, optional, text};
use crate::{
    Attestation, AttestationRevoked, Body, Controller, Custom, Dimension, EpochClosed,
    EquivocationProof, Event, EventError, IdentityCreated, KeyAdded, KeyPurpose, KeyRevoked,
    MAX_FOUNDERS, MAX_LABEL_BYTES, MAX_NAME_BYTES, MAX_PARENTS, Polarity, RealmCreated, Receipt,
    ReceiptOutcome,
};

pub(super) fn event(event: pb::Event) -> Result<Event, EventError> {
    if event.version != 1 {
        return Err(EventError::field("event.version", "the protocol's version is 1"));
    }
    let author = identity(&event.author, "event.author")?;
    let realm = RealmId::from_bytes(array(&event.realm, "event.realm")?);
    let coordinate = event
        .coordinate
        .map(|at| Coordinate { wall_us: at.wall_us, counter: at.counter })
        .ok_or_else(|| EventError::field("event.coordinate", "missing"))?;
    let prev = optional(&event.prev, "event.prev")?.map(EventId::from_bytes);
    let parents = ascending(&event.parents, 0..=MAX_PARENTS, "event.parents", EventId::from_bytes)?;
    let body =
        event.body.ok_or_else(|| EventError::field("event.body", "an event has one body"))?;
    let body = body_of(body, &author, &realm, coordinate)?;

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
        return Err(EventError::field("event.prev", "absent in the first event of a key"));
    }
    Ok(Event { author, realm, coordinate, prev, parents, body })
}

fn body_of(
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
            public_key: key(&controller.public_key, "identity_created.controller.public_key")?,
            signature: signature(&controller.signature, "identity_created.controller.signature")?,
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
        key_label: label(body.key_label, 0..=MAX_LABEL_BYTES, "identity_created.key_label")?,
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
                &[KeyPurpose::SignIn, KeyPurpose::Assertion, KeyPurpose::Recovery],
            )
        })
        .collect::<Result<Vec<_>, _>>()?;
    if purposes.is_empty() || !purposes.is_sorted_by(|a, b| a < b) {
        return Err(EventError::field(PURPOSES, "at least one, strictly ascending"));
    }
    if purposes.len() > 1 && purposes.contains(&KeyPurpose::Recovery) {
        return Err(EventError::field(PURPOSES, "a recovery key has no other purpose"));
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
        return Err(EventError::field("attestation.domain", "only competence has domains"));
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
    let terms = body.terms.ok_or_else(|| EventError::field("receipt.terms", "missing"))?;
    // Canonical as part of a canonical event, so these are the bytes as signed.
    let terms_hash = *blake3::hash(&terms.encode_to_vec()).as_bytes();
    if terms.realm != realm.as_bytes() {
        return Err(EventError::field("receipt.terms.realm", "the realm of the event"));
    }
    let performer = identity(&terms.performer, "receipt.terms.performer")?;
    let client = identity(&terms.client, "receipt.terms.client")?;
    if performer == client {
        return Err(EventError::field("receipt.terms.client", "not the performer"));
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
        return Err(EventError::field("realm_created.realm", "the realm of the event"));
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
        let prev = optional(&event.prev, field).map_err(broken)?.map(EventId::from_bytes);
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
        return Err(invalid("equivocation_proof.second", "has the same prev as the first"));
    }
    Ok(EquivocationProof { first, second, accused, key, prev })
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
        return Err(EventError::field(field, format!("{least} to {most} of them")));
    }
    let ids =
        list.iter().map(|bytes| array(bytes, field).map(id)).collect::<Result<Vec<_>, _>>()?;
    if !ids.is_sorted_by(|a, b| a < b) {
        return Err(EventError::field(field, "strictly ascending"));
    }
    Ok(ids)
}
