//! Domain values in the words of the API.

use bytes::Bytes;
use erynoa_events::{EventMeta, Finality, KeyDirectory, KeyPurpose};
use erynoa_identity::{Delegation, DelegationState, Identity, Key, Recovery};
use erynoa_kernel::{IdentityId, Problem};
use erynoa_proto::api::v1 as api;
use erynoa_proto::protocol::v1 as protocol;
use prost::Message;

use crate::ledger::{Ledger, Models};

fn key(key: &Key) -> api::IdentityKey {
    let purpose = |purpose: &KeyPurpose| match purpose {
        KeyPurpose::SignIn => protocol::KeyPurpose::SignIn.into(),
        KeyPurpose::Assertion => protocol::KeyPurpose::Assertion.into(),
        KeyPurpose::Recovery => protocol::KeyPurpose::Recovery.into(),
    };
    api::IdentityKey {
        public_key: key.public_key.as_bytes().to_vec(),
        purposes: key.purposes.iter().map(purpose).collect(),
        label: key.label.clone(),
        added_by: key.added.0.to_string(),
        added_at_us: key.added.1,
        revoked_by: key.revoked.map(|(event, _)| event.to_string()).unwrap_or_default(),
        revoked_at_us: key.revoked.map(|(_, at)| at).unwrap_or_default(),
    }
}

pub(crate) fn identity(models: &Models, identity: &Identity) -> api::Identity {
    let id = identity.did.identity;
    let controller = identity.controller.map(|c| models.directory.did_text(&c));
    api::Identity {
        did: identity.did.to_string(),
        uid: id.to_string(),
        namespace: i32::from(identity.did.namespace as u8),
        display_name: identity.display_name.clone(),
        keys: identity.keys.iter().map(key).collect(),
        controller: controller.unwrap_or_default(),
        created_at_us: identity.created.1,
        created_by: identity.created.0.to_string(),
        events: models.log.events_of(&id),
        deactivated_at_us: identity.deactivated.map(|(_, at)| at).unwrap_or_default(),
        recovery: identity.recovery.as_deref().map(recovery),
        recovery_delay_s: identity.recovery_delay_s,
        root: models.directory.did_text(&models.directory.root_of(&id)),
        verified: models.is_verified(&models.root_realm(), &id),
    }
}

fn recovery(recovery: &Recovery) -> api::Recovery {
    api::Recovery {
        event: recovery.requested.0.to_string(),
        public_key: recovery.public_key.as_bytes().to_vec(),
        requested_at_us: recovery.requested.1,
        effective_at_us: recovery.effective_at_us.unwrap_or_default(),
    }
}

/// How a delegation stands now.
pub(crate) fn delegation_state(models: &Models, delegation: &Delegation) -> DelegationState {
    let now_us = models.trust.closed_at_us().max(delegation.created.1);
    models.directory.state_of(delegation, now_us)
}

/// A delegation with how it stands now.
pub(crate) fn delegation(models: &Models, delegation: &Delegation) -> api::DelegationRecord {
    let state = match delegation_state(models, delegation) {
        DelegationState::Live => api::DelegationState::Live,
        DelegationState::Future => api::DelegationState::Future,
        DelegationState::Expired => api::DelegationState::Expired,
        DelegationState::Revoked => api::DelegationState::Revoked,
        DelegationState::Broken => api::DelegationState::Broken,
    };
    let name = |id: &IdentityId| models.directory.name_of(id).to_owned();
    api::DelegationRecord {
        id: delegation.created.0.to_string(),
        delegator: models.directory.did_text(&delegation.delegator),
        delegator_name: name(&delegation.delegator),
        delegate: models.directory.did_text(&delegation.delegate),
        delegate_name: name(&delegation.delegate),
        realm: delegation.realm.to_string(),
        factor_ppm: delegation.factor_ppm,
        capabilities: delegation.capabilities.iter().map(ToString::to_string).collect(),
        not_before_us: delegation.not_before_us,
        expires_at_us: delegation.expires_at_us.unwrap_or_default(),
        max_depth: u32::from(delegation.max_depth),
        via: delegation.via.map(|via| via.to_string()).unwrap_or_default(),
        state: state.into(),
        created_at_us: delegation.created.1,
        revoked_at_us: delegation.revoked.map(|(_, at)| at).unwrap_or_default(),
    }
}

const fn finality(finality: Finality) -> api::Finality {
    match finality {
        Finality::Nascent => api::Finality::Unspecified,
        Finality::Validated => api::Finality::Validated,
        Finality::Witnessed => api::Finality::Witnessed,
        Finality::Anchored => api::Finality::Anchored,
        Finality::Eternal => api::Finality::Eternal,
    }
}

fn name(models: &Models, id: Option<&IdentityId>) -> String {
    id.map(|id| models.directory.name_of(id).to_owned()).unwrap_or_default()
}

fn record(models: &Models, meta: &EventMeta, entry: &Bytes) -> Result<api::EventRecord, Problem> {
    let signed = protocol::SignedEvent::decode(entry.clone()).map_err(Problem::internal)?;
    let did = |id: &IdentityId| models.directory.did_text(id);
    Ok(api::EventRecord {
        id: meta.id.to_string(),
        sequence: meta.sequence,
        kind: i32::from(meta.kind as u8),
        signed: Some(signed),
        author: did(&meta.author),
        subject: meta.subject.as_ref().map(did).unwrap_or_default(),
        wall_us: meta.coordinate.wall_us,
        epoch: models.log.epoch_of(meta.sequence).unwrap_or_default(),
        finality: finality(models.finality(meta)).into(),
        author_name: name(models, Some(&meta.author)),
        subject_name: name(models, meta.subject.as_ref()),
    })
}

/// The events at these positions, in this order.
///
/// # Errors
/// When the store fails.
pub(crate) async fn records(
    ledger: &Ledger,
    sequences: &[u64],
) -> Result<Vec<api::EventRecord>, Problem> {
    let entries = ledger.entries(sequences).await?;
    let models = ledger.read();
    sequences
        .iter()
        .zip(&entries)
        .map(|(&sequence, entry)| {
            let meta = models.log.at(sequence).ok_or_else(|| {
                Problem::internal(format!("log position {sequence} has no index entry"))
            })?;
            record(&models, &meta, entry)
        })
        .collect()
}
