//! From bytes of outside to [`VerifiedEvent`] (protocol §2).
//!
//! Order of the checks: size, canonical bytes, rules of the fields, signatures;
//! the cheap ones first.

use bytes::Bytes;
use erynoa_kernel::{EventId, IdentityId, PublicKey, Signature};

use crate::error::code;
use crate::sign::{
    Claim, SigningKey, all_hold, controller_message, endorsement_message, event_message,
    is_small_order, key_added_message, receipt_message,
};
use crate::wire::{decode_entry, decode_event, encode_entry, encode_event};
use crate::{Body, Event, EventError, VerifiedEvent};

/// Checks an entry: canonical bytes, limits, rules of the fields, and all
/// signatures by the ZIP 215 rules.
///
/// # Errors
/// Code, field and reason of the first rule that is broken.
pub fn verify(entry: Bytes) -> Result<VerifiedEvent, EventError> {
    let unproven = Unproven::decode(entry)?;
    unproven.check_claims()?;
    Ok(unproven.event)
}

/// Checks entries as [`verify`] does, with the same verdicts in the same order,
/// but all signatures in one equation as long as all of them hold.
#[must_use]
pub fn verify_batch(entries: Vec<Bytes>) -> Vec<Result<VerifiedEvent, EventError>> {
    let decoded: Vec<_> = entries.into_iter().map(Unproven::decode).collect();
    let all_genuine =
        all_hold(decoded.iter().flatten().flat_map(|unproven| &unproven.claims).map(|(_, c)| c));
    decoded
        .into_iter()
        .map(|unproven| {
            let unproven = unproven?;
            if !all_genuine {
                unproven.check_claims()?;
            }
            Ok(unproven.event)
        })
        .collect()
}

/// Decodes an entry of our own durable log, whose signatures were checked
/// before it was stored and whose bytes the store has checked.
///
/// # Errors
/// As [`verify`], apart from the signatures.
pub fn from_own_log(entry: Bytes) -> Result<VerifiedEvent, EventError> {
    let envelope = decode_entry(&entry)?;
    let event = decode_event(&envelope.event)?;
    let id = EventId::of(&envelope.event);
    Ok(VerifiedEvent { id, event, signer: envelope.key, entry })
}

/// Signs an event.
///
/// # Errors
/// As [`verify`]: an event that breaks a rule is not signed.
pub fn sign_event(event: &Event, key: &SigningKey) -> Result<VerifiedEvent, EventError> {
    let bytes = encode_event(event);
    let decoded = decode_event(&bytes)?;
    if decoded != *event {
        return Err(EventError::field(
            "event.body",
            "a derived field (terms_hash, accused, key or prev) does not follow from the others",
        ));
    }
    let signer = key.public_key();
    let signature = key.sign(&event_message(&bytes));
    let id = EventId::of(&bytes);
    let entry = encode_entry(bytes, &signer, &signature);
    if entry.len() > crate::MAX_ENTRY_BYTES {
        // Let the decoder say it, so that there is one place that does.
        return verify(entry);
    }
    check_own_keys(&decoded, &signer)?;
    check(&body_claims(&decoded)?)?;
    Ok(VerifiedEvent { id, event: decoded, signer, entry })
}

/// An event whose signatures are still to be checked.
struct Unproven {
    event: VerifiedEvent,
    claims: Vec<(Origin, Claim)>,
}

/// Where a signature stands, to say which one is wrong.
#[derive(Clone, Copy)]
enum Origin {
    Event,
    Countersignature(&'static str),
    ProofFirst,
    ProofSecond,
}

impl Unproven {
    fn decode(entry: Bytes) -> Result<Self, EventError> {
        let envelope = decode_entry(&entry)?;
        let event = decode_event(&envelope.event)?;
        check_own_keys(&event, &envelope.key)?;
        let mut claims = body_claims(&event)?;
        claims
            .push((Origin::Event, event_claim(&envelope.event, envelope.key, envelope.signature)));
        let id = EventId::of(&envelope.event);
        Ok(Self { event: VerifiedEvent { id, event, signer: envelope.key, entry }, claims })
    }

    fn check_claims(&self) -> Result<(), EventError> {
        // The author's own signature first: without it nothing else matters.
        let (body, own) = self.claims.split_at(self.claims.len() - 1);
        check(own)?;
        check(body)
    }
}

fn event_claim(event: &[u8], key: PublicKey, signature: Signature) -> Claim {
    Claim { key, message: event_message(event), signature }
}

fn check(claims: &[(Origin, Claim)]) -> Result<(), EventError> {
    for (origin, claim) in claims {
        if claim.holds() {
            continue;
        }
        let (code, field) = match origin {
            Origin::Event => (code::EVENT_SIGNATURE_INVALID, "signature"),
            Origin::Countersignature(field) => (code::EVENT_COUNTERSIGNATURE_INVALID, *field),
            Origin::ProofFirst => (code::EQUIVOCATION_INVALID, "equivocation_proof.first"),
            Origin::ProofSecond => (code::EQUIVOCATION_INVALID, "equivocation_proof.second"),
        };
        return Err(EventError::refuse(code, field, "the signature does not hold"));
    }
    Ok(())
}

/// Signatures inside the body.
fn body_claims(event: &Event) -> Result<Vec<(Origin, Claim)>, EventError> {
    let counter = |field, key, message, signature| {
        (Origin::Countersignature(field), Claim { key, message, signature })
    };
    Ok(match &event.body {
        Body::IdentityCreated(body) => body
            .controller
            .iter()
            .map(|controller| {
                counter(
                    "identity_created.controller.signature",
                    controller.public_key,
                    controller_message(&event.author),
                    controller.signature,
                )
            })
            .collect(),
        Body::KeyAdded(body) => vec![counter(
            "key_added.countersignature",
            body.public_key,
            key_added_message(&event.author, &body.public_key),
            body.countersignature,
        )],
        Body::ControllerSet(body) => vec![counter(
            "controller_set.controller.signature",
            body.controller.public_key,
            controller_message(&body.identity),
            body.controller.signature,
        )],
        Body::IdentityRecovered(body) => vec![counter(
            "identity_recovered.countersignature",
            body.public_key,
            key_added_message(&event.author, &body.public_key),
            body.countersignature,
        )],
        Body::RealmJoined(body) => body
            .endorsements
            .iter()
            .map(|endorsement| {
                counter(
                    "realm_joined.endorsements.signature",
                    endorsement.public_key,
                    endorsement_message(&event.realm, &event.author),
                    endorsement.signature,
                )
            })
            .collect(),
        Body::Receipt(body) => vec![counter(
            "receipt.countersignature",
            body.countersigner_key,
            receipt_message(&body.terms_hash),
            body.countersignature,
        )],
        Body::EquivocationProof(body) => {
            let inner = |origin, entry| {
                let envelope = decode_entry(entry)?;
                let claim = event_claim(&envelope.event, envelope.key, envelope.signature);
                Ok::<_, EventError>((origin, claim))
            };
            vec![inner(Origin::ProofFirst, &body.first)?, inner(Origin::ProofSecond, &body.second)?]
        }
        _ => Vec::new(),
    })
}

/// Rules about keys that need no log: an identity is named by its first key, and
/// nobody can own a key under which anybody can sign.
fn check_own_keys(event: &Event, signer: &PublicKey) -> Result<(), EventError> {
    let owned = |key: &PublicKey, field| {
        if is_small_order(key) {
            return Err(EventError::refuse(
                code::KEY_SMALL_ORDER,
                field,
                "no point of the curve, or one of small order",
            ));
        }
        Ok(())
    };
    match &event.body {
        Body::IdentityCreated(body) => {
            if event.author != IdentityId::of(body.namespace, signer) {
                return Err(EventError::field(
                    "event.author",
                    "UID(1, 1, namespace byte ‖ public_key)",
                ));
            }
            owned(signer, "public_key")?;
            if let Some(recovery) = &body.recovery_key {
                owned(recovery, "identity_created.recovery_key")?;
                if recovery == signer {
                    return Err(EventError::field(
                        "identity_created.recovery_key",
                        "another key than the first one",
                    ));
                }
            }
            Ok(())
        }
        Body::KeyAdded(body) => owned(&body.public_key, "key_added.public_key"),
        Body::IdentityRecovered(body) => {
            owned(&body.public_key, "identity_recovered.public_key")?;
            body.recovery_key
                .iter()
                .try_for_each(|key| owned(key, "identity_recovered.recovery_key"))
        }
        _ => Ok(()),
    }
}
