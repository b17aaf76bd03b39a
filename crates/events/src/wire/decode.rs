//! Messages to events: the rules of the fields are checked here.

use bytes::Bytes;
use erynoa_kernel::{Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId, Signature};
use erynoa_proto::protocol::v1 as pb;
use prost::Message;

use super::{decode_entry, parse_event};
use crate::error::code;
use crate::fields::{array, label, name, one_of, optional, text};
use crate::{
    Attestation, AttestationRevoked, Body, Contradiction, Controller, Custom, Dimension,
    EpochClosed, EpochCosigned, EquivocationProof, Event, EventError, IdentityCreated, KeyAdded,
    KeyPurpose, KeyRevoked, MAX_LABEL_BYTES, MAX_NAME_BYTES, MAX_PARENTS, Polarity,
    RECOVERY_DELAY_S, Receipt, ReceiptOutcome,
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

    if body.kind().is_realmless() != (realm == RealmId::NULL) {
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

    use super::{decode_evidence as evidence, decode_realm as realms};
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
        Wire::ControllerSet(body) => evidence::controller_set(body)?,
        Wire::IdentityDeactivated(body) => evidence::identity_deactivated(body)?,
        Wire::IdentityRecovered(body) => evidence::identity_recovered(body)?,
        Wire::Vouch(body) => evidence::vouch(body, author, coordinate)?,
        Wire::VouchRevoked(body) => evidence::vouch_revoked(body)?,
        Wire::CredentialIssued(body) => evidence::credential_issued(body, author, coordinate)?,
        Wire::CredentialRevoked(body) => evidence::credential_revoked(body)?,
        Wire::Judgement(body) => evidence::judgement(body, author)?,
        Wire::Delegation(body) => evidence::delegation(body, author, coordinate)?,
        Wire::DelegationRevoked(body) => evidence::delegation_revoked(body)?,
        Wire::RealmCreated(body) => realms::realm_created(body, author, realm)?,
        Wire::RealmRulesChanged(body) => realms::rules_changed(body)?,
        Wire::RealmJoined(body) => realms::joined(&body)?,
        Wire::RealmLeft(body) => realms::left(body)?,
        Wire::MemberBanned(body) => realms::banned(&body)?,
        Wire::Proposal(body) => Body::Proposal(realms::proposal(body)?),
        Wire::Vote(body) => realms::vote(body)?,
        Wire::ProposalClosed(body) => realms::closed(&body)?,
        Wire::AnomalyReported(body) => evidence::anomaly_reported(body, author)?,
        Wire::AnomalyJudged(body) => evidence::anomaly_judged(body)?,
        Wire::EpochCosigned(body) => Body::EpochCosigned(evidence::epoch_cosigned(&body)?),
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
    let controller = body.controller.as_ref().map(controller).transpose()?;
    let (shortest_s, usual_s, longest_s) = RECOVERY_DELAY_S;
    let recovery_delay_s = match body.recovery_delay_s {
        0 => usual_s,
        // One encoding for one meaning.
        delay if delay != usual_s && (shortest_s..=longest_s).contains(&delay) => delay,
        _ => {
            return Err(EventError::field(
                "identity_created.recovery_delay_s",
                "3 600 to 2 592 000 seconds, or 0 for 259 200",
            ));
        }
    };
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
        recovery_delay_s,
        controller,
    })
}

pub(super) fn controller(controller: &pb::Controller) -> Result<Controller, EventError> {
    Ok(Controller {
        identity: identity(&controller.identity, "controller.identity")?,
        public_key: key(&controller.public_key, "controller.public_key")?,
        signature: signature(&controller.signature, "controller.signature")?,
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

/// Contradicting oneself is the fault, whatever else the events say; so only
/// what the proof rests on is looked at, and proofs inside proofs cost nothing.
fn equivocation_proof(first: Bytes, second: Bytes) -> Result<EquivocationProof, EventError> {
    let invalid = |field, message| EventError::refuse(code::EQUIVOCATION_INVALID, field, message);
    let one = open_contradiction(&first, "equivocation_proof.first")?;
    let other = open_contradiction(&second, "equivocation_proof.second")?;
    if one.id >= other.id {
        return Err(invalid(
            "equivocation_proof.second",
            "two different events, ascending by event id",
        ));
    }
    if one.key != other.key || one.author != other.author {
        return Err(invalid(
            "equivocation_proof.second",
            "signed by the same key for the same author as the first",
        ));
    }
    let about = match (one.cosigned, other.cosigned) {
        _ if one.prev == other.prev => Contradiction::Prev(one.prev),
        (Some(a), Some(b))
            if (a.log_key, a.epoch) == (b.log_key, b.epoch)
                && (a.size, a.root, a.state_root) != (b.size, b.root, b.state_root) =>
        {
            Contradiction::Cosignature { log_key: a.log_key, epoch: a.epoch }
        }
        _ => {
            return Err(invalid(
                "equivocation_proof.second",
                "has the same prev as the first, or cosigns another root of the same epoch",
            ));
        }
    };
    Ok(EquivocationProof { first, second, accused: one.author, key: one.key, about })
}

/// What a proof of contradiction looks at.
struct Half {
    id: EventId,
    key: PublicKey,
    author: IdentityId,
    prev: Option<EventId>,
    cosigned: Option<EpochCosigned>,
}

fn open_contradiction(entry: &Bytes, field: &'static str) -> Result<Half, EventError> {
    let broken =
        |error: EventError| EventError::refuse(code::EQUIVOCATION_INVALID, field, error.message);
    let envelope = decode_entry(entry).map_err(broken)?;
    let event = parse_event(&envelope.event).map_err(broken)?;
    let cosigned = match &event.body {
        Some(pb::event::Body::EpochCosigned(body)) => {
            super::decode_evidence::epoch_cosigned(body).ok()
        }
        _ => None,
    };
    Ok(Half {
        id: EventId::of(&envelope.event),
        key: envelope.key,
        author: identity(&event.author, field).map_err(broken)?,
        prev: optional(&event.prev, field).map_err(broken)?.map(EventId::from_bytes),
        cosigned,
    })
}

pub(super) fn identity(bytes: &[u8], field: &'static str) -> Result<IdentityId, EventError> {
    array(bytes, field).map(IdentityId::from_bytes)
}

pub(super) fn key(bytes: &[u8], field: &'static str) -> Result<PublicKey, EventError> {
    array(bytes, field).map(PublicKey::from_bytes)
}

pub(super) fn signature(bytes: &[u8], field: &'static str) -> Result<Signature, EventError> {
    array(bytes, field).map(Signature::from_bytes)
}

pub(super) fn ascending<T: Ord>(
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
