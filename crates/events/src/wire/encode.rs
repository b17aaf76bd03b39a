//! Events to messages.

use erynoa_kernel::{IdentityId, RealmId};
use erynoa_proto::protocol::v1 as pb;

use super::{encode_evidence as evidence, encode_realm as realms};
use crate::{Body, Event, KeyPurpose, Polarity, RECOVERY_DELAY_S, ReceiptOutcome};

pub(super) fn event(event: &Event) -> pb::Event {
    pb::Event {
        version: 1,
        author: event.author.as_bytes().to_vec(),
        realm: event.realm.as_bytes().to_vec(),
        coordinate: Some(pb::Coordinate {
            wall_us: event.coordinate.wall_us,
            counter: event.coordinate.counter,
        }),
        prev: event.prev.map_or_else(Vec::new, |prev| prev.as_bytes().to_vec()),
        parents: event.parents.iter().map(|parent| parent.as_bytes().to_vec()).collect(),
        body: Some(body(event)),
    }
}

fn body(event: &Event) -> pb::event::Body {
    use pb::event::Body as Wire;
    match &event.body {
        Body::IdentityCreated(body) => Wire::IdentityCreated(pb::IdentityCreated {
            namespace: i32::from(body.namespace as u8),
            display_name: body.display_name.clone(),
            key_label: body.key_label.clone(),
            recovery_key: body.recovery_key.map_or_else(Vec::new, |key| key.as_bytes().to_vec()),
            controller: body.controller.as_ref().map(evidence::controller),
            recovery_delay_s: match body.recovery_delay_s {
                delay if delay == RECOVERY_DELAY_S.1 => 0,
                delay => delay,
            },
        }),
        Body::KeyAdded(body) => Wire::KeyAdded(pb::KeyAdded {
            public_key: body.public_key.as_bytes().to_vec(),
            purposes: body.purposes.iter().map(|purpose| purpose_number(*purpose)).collect(),
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
            terms: Some(terms(
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
        Body::ControllerSet(body) => Wire::ControllerSet(evidence::controller_set(body)),
        Body::IdentityDeactivated(body) => Wire::IdentityDeactivated(pb::IdentityDeactivated {
            identity: body.identity.as_bytes().to_vec(),
            reason: body.reason.clone(),
        }),
        Body::IdentityRecovered(body) => {
            Wire::IdentityRecovered(evidence::identity_recovered(body))
        }
        Body::Vouch(body) => Wire::Vouch(evidence::vouch(body)),
        Body::VouchRevoked(body) => Wire::VouchRevoked(pb::VouchRevoked {
            vouch: body.vouch.as_bytes().to_vec(),
            reason: body.reason.clone(),
        }),
        Body::CredentialIssued(body) => Wire::CredentialIssued(evidence::credential_issued(body)),
        Body::CredentialRevoked(body) => {
            Wire::CredentialRevoked(evidence::credential_revoked(body))
        }
        Body::Judgement(body) => Wire::Judgement(evidence::judgement(body)),
        Body::Delegation(body) => Wire::Delegation(evidence::delegation(body)),
        Body::DelegationRevoked(body) => Wire::DelegationRevoked(pb::DelegationRevoked {
            delegation: body.delegation.as_bytes().to_vec(),
            reason: body.reason.clone(),
        }),
        Body::RealmCreated(body) => Wire::RealmCreated(realms::realm_created(body)),
        Body::RealmRulesChanged(body) => Wire::RealmRulesChanged(realms::rules_changed(body)),
        Body::RealmJoined(body) => Wire::RealmJoined(realms::joined(body)),
        Body::RealmLeft(body) => Wire::RealmLeft(realms::left(body)),
        Body::MemberBanned(body) => Wire::MemberBanned(realms::banned(body)),
        Body::Proposal(body) => Wire::Proposal(realms::proposal(body)),
        Body::Vote(body) => Wire::Vote(realms::vote(body)),
        Body::ProposalClosed(body) => Wire::ProposalClosed(realms::closed(body)),
        Body::AnomalyReported(body) => Wire::AnomalyReported(evidence::anomaly_reported(body)),
        Body::AnomalyJudged(body) => Wire::AnomalyJudged(evidence::anomaly_judged(body)),
        Body::EpochCosigned(body) => Wire::EpochCosigned(evidence::epoch_cosigned(body)),
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

pub(super) fn terms(
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
