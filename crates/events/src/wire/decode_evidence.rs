//! Messages about others to bodies: delegations, vouches, credentials,
//! judgements, reports, cosignatures.

use erynoa_kernel::{Coordinate, EventId, IdentityId, PublicKey};
use erynoa_proto::protocol::v1 as pb;

use super::decode::{ascending, controller, identity, key, signature};
use super::decode_realm::named;
use crate::error::code;
use crate::fields::{array, label, one_of, optional, text};
use crate::{
    AnomalyClass, AnomalyJudged, AnomalyReported, Body, ControllerSet, CredentialIssued,
    CredentialRevoked, Delegation, DelegationRevoked, EpochCosigned, EventError, Finding,
    IdentityDeactivated, IdentityRecovered, Judgement, MAX_CAPABILITIES, MAX_DELEGATION_DEPTH,
    MAX_LABEL_BYTES, MAX_NAME_BYTES, MAX_STAKE_PPM, Severity, Vouch, VouchRevoked,
};

/// Most subjects of a report, and most events that show it.
const MAX_REPORTED: usize = 8;
/// 100 %.
const PPM: u32 = 1_000_000;

pub(super) fn controller_set(body: pb::ControllerSet) -> Result<Body, EventError> {
    let next =
        body.controller.ok_or_else(|| EventError::field("controller_set.controller", "missing"))?;
    Ok(Body::ControllerSet(ControllerSet {
        identity: identity(&body.identity, "controller_set.identity")?,
        controller: controller(&next)?,
    }))
}

pub(super) fn identity_deactivated(body: pb::IdentityDeactivated) -> Result<Body, EventError> {
    Ok(Body::IdentityDeactivated(IdentityDeactivated {
        identity: identity(&body.identity, "identity_deactivated.identity")?,
        reason: text(body.reason, "identity_deactivated.reason")?,
    }))
}

pub(super) fn identity_recovered(body: pb::IdentityRecovered) -> Result<Body, EventError> {
    let public_key = key(&body.public_key, "identity_recovered.public_key")?;
    let recovery_key =
        optional(&body.recovery_key, "identity_recovered.recovery_key")?.map(PublicKey::from_bytes);
    if recovery_key == Some(public_key) {
        return Err(EventError::field(
            "identity_recovered.recovery_key",
            "another key than the new device key",
        ));
    }
    Ok(Body::IdentityRecovered(IdentityRecovered {
        public_key,
        countersignature: signature(&body.countersignature, "identity_recovered.countersignature")?,
        key_label: label(body.key_label, 0..=MAX_LABEL_BYTES, "identity_recovered.key_label")?,
        recovery_key,
    }))
}

pub(super) fn delegation(
    body: pb::Delegation,
    author: &IdentityId,
    at: Coordinate,
) -> Result<Body, EventError> {
    let delegate = other(&body.delegate, author, "delegation.delegate")?;
    if body.factor_ppm == 0 || body.factor_ppm > PPM {
        return Err(EventError::field("delegation.factor_ppm", "1 to 1 000 000"));
    }
    const CAPABILITIES: &str = "delegation.capabilities";
    if body.capabilities.is_empty() || body.capabilities.len() > MAX_CAPABILITIES {
        return Err(EventError::field(CAPABILITIES, "1 to 16 of them"));
    }
    let capabilities = body
        .capabilities
        .into_iter()
        .map(|capability| label(capability, 1..=MAX_NAME_BYTES, CAPABILITIES))
        .collect::<Result<Vec<_>, _>>()?;
    if !capabilities.is_sorted_by(|a, b| a < b) {
        return Err(EventError::field(CAPABILITIES, "strictly ascending"));
    }
    let expires_at_us = ends(body.expires_at_us, at, "delegation.expires_at_us")?;
    if expires_at_us.is_some_and(|end| end <= body.not_before_us) {
        return Err(EventError::field("delegation.expires_at_us", "later than not_before_us"));
    }
    let max_depth = u8::try_from(body.max_depth)
        .ok()
        .filter(|depth| *depth <= MAX_DELEGATION_DEPTH)
        .ok_or_else(|| EventError::field("delegation.max_depth", "0 to 5"))?;
    Ok(Body::Delegation(Delegation {
        delegate,
        factor_ppm: body.factor_ppm,
        capabilities,
        not_before_us: body.not_before_us,
        expires_at_us,
        max_depth,
        via: optional(&body.via, "delegation.via")?.map(EventId::from_bytes),
    }))
}

pub(super) fn delegation_revoked(body: pb::DelegationRevoked) -> Result<Body, EventError> {
    Ok(Body::DelegationRevoked(DelegationRevoked {
        delegation: event_id(&body.delegation, "delegation_revoked.delegation")?,
        reason: text(body.reason, "delegation_revoked.reason")?,
    }))
}

pub(super) fn vouch(
    body: pb::Vouch,
    author: &IdentityId,
    at: Coordinate,
) -> Result<Body, EventError> {
    if body.stake_ppm == 0 || body.stake_ppm > MAX_STAKE_PPM {
        return Err(EventError::field("vouch.stake_ppm", "1 to 300 000"));
    }
    Ok(Body::Vouch(Vouch {
        member: other(&body.member, author, "vouch.member")?,
        stake_ppm: body.stake_ppm,
        comment: text(body.comment, "vouch.comment")?,
        expires_at_us: ends(body.expires_at_us, at, "vouch.expires_at_us")?,
    }))
}

pub(super) fn vouch_revoked(body: pb::VouchRevoked) -> Result<Body, EventError> {
    Ok(Body::VouchRevoked(VouchRevoked {
        vouch: event_id(&body.vouch, "vouch_revoked.vouch")?,
        reason: text(body.reason, "vouch_revoked.reason")?,
    }))
}

pub(super) fn credential_issued(
    body: pb::CredentialIssued,
    author: &IdentityId,
    at: Coordinate,
) -> Result<Body, EventError> {
    Ok(Body::CredentialIssued(CredentialIssued {
        subject: other(&body.subject, author, "credential_issued.subject")?,
        credential_type: named(body.r#type, "credential_issued.type")?,
        claim: text(body.claim, "credential_issued.claim")?,
        content_hash: optional(&body.content_hash, "credential_issued.content_hash")?,
        expires_at_us: ends(body.expires_at_us, at, "credential_issued.expires_at_us")?,
    }))
}

pub(super) fn credential_revoked(body: pb::CredentialRevoked) -> Result<Body, EventError> {
    Ok(Body::CredentialRevoked(CredentialRevoked {
        credential: event_id(&body.credential, "credential_revoked.credential")?,
        subject: identity(&body.subject, "credential_revoked.subject")?,
        fraud: body.fraud,
        reason: text(body.reason, "credential_revoked.reason")?,
    }))
}

pub(super) fn judgement(body: pb::Judgement, author: &IdentityId) -> Result<Body, EventError> {
    let finding = one_of(body.finding, "judgement.finding", &Finding::ALL)?;
    let is_fault = finding == Finding::MemberAtFault;
    if is_fault != (1..=PPM).contains(&body.severity_ppm) || (!is_fault && body.severity_ppm != 0) {
        return Err(EventError::field(
            "judgement.severity_ppm",
            "1 to 1 000 000 for a member at fault, 0 for other findings",
        ));
    }
    Ok(Body::Judgement(Judgement {
        subject: other(&body.subject, author, "judgement.subject")?,
        finding,
        target: event_id(&body.target, "judgement.target")?,
        severity_ppm: body.severity_ppm,
        reason: text(body.reason, "judgement.reason")?,
    }))
}

pub(super) fn anomaly_reported(
    body: pb::AnomalyReported,
    author: &IdentityId,
) -> Result<Body, EventError> {
    const SUBJECTS: &str = "anomaly_reported.subjects";
    let subjects = ascending(&body.subjects, 1..=MAX_REPORTED, SUBJECTS, IdentityId::from_bytes)?;
    if subjects.contains(author) {
        return Err(EventError::refuse(code::SUBJECT_SELF, SUBJECTS, "nobody reports themselves"));
    }
    Ok(Body::AnomalyReported(AnomalyReported {
        subjects,
        class: one_of(body.class, "anomaly_reported.class", &AnomalyClass::ALL)?,
        severity: one_of(body.severity, "anomaly_reported.severity", &Severity::ALL)?,
        evidence: ascending(
            &body.evidence,
            0..=MAX_REPORTED,
            "anomaly_reported.evidence",
            EventId::from_bytes,
        )?,
        comment: text(body.comment, "anomaly_reported.comment")?,
    }))
}

pub(super) fn anomaly_judged(body: pb::AnomalyJudged) -> Result<Body, EventError> {
    const SEVERITY: &str = "anomaly_judged.severity";
    let confirmed = match (body.confirmed, body.severity) {
        (true, severity) => Some(one_of(severity, SEVERITY, &Severity::ALL)?),
        (false, 0) => None,
        (false, _) => {
            return Err(EventError::field(SEVERITY, "only a confirmed report has one"));
        }
    };
    Ok(Body::AnomalyJudged(AnomalyJudged {
        report: event_id(&body.report, "anomaly_judged.report")?,
        reporter: identity(&body.reporter, "anomaly_judged.reporter")?,
        confirmed,
        reason: text(body.reason, "anomaly_judged.reason")?,
    }))
}

pub(super) fn epoch_cosigned(body: &pb::EpochCosigned) -> Result<EpochCosigned, EventError> {
    if body.epoch == 0 {
        return Err(EventError::field("epoch_cosigned.epoch", "counts from 1"));
    }
    Ok(EpochCosigned {
        log_key: key(&body.log_key, "epoch_cosigned.log_key")?,
        epoch: body.epoch,
        size: body.size,
        root: array(&body.root, "epoch_cosigned.root")?,
        state_root: array(&body.state_root, "epoch_cosigned.state_root")?,
    })
}

fn event_id(bytes: &[u8], field: &'static str) -> Result<EventId, EventError> {
    array(bytes, field).map(EventId::from_bytes)
}

/// An identity that is not the author.
fn other(bytes: &[u8], author: &IdentityId, field: &'static str) -> Result<IdentityId, EventError> {
    let subject = identity(bytes, field)?;
    if subject == *author {
        return Err(EventError::refuse(code::SUBJECT_SELF, field, "somebody else than the author"));
    }
    Ok(subject)
}

/// An end after the event itself; 0 = never.
fn ends(end_us: u64, at: Coordinate, field: &'static str) -> Result<Option<u64>, EventError> {
    if end_us != 0 && end_us <= at.wall_us {
        return Err(EventError::field(field, "0 for never, or later than the event itself"));
    }
    Ok((end_us != 0).then_some(end_us))
}
