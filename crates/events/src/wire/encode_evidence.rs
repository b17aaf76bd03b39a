//! Bodies about others to messages.

use erynoa_proto::protocol::v1 as pb;

use crate::{
    AnomalyJudged, AnomalyReported, Controller, ControllerSet, CredentialIssued, CredentialRevoked,
    Delegation, EpochCosigned, IdentityRecovered, Judgement, Vouch,
};

pub(super) fn controller(controller: &Controller) -> pb::Controller {
    pb::Controller {
        identity: controller.identity.as_bytes().to_vec(),
        public_key: controller.public_key.as_bytes().to_vec(),
        signature: controller.signature.as_bytes().to_vec(),
    }
}

pub(super) fn controller_set(body: &ControllerSet) -> pb::ControllerSet {
    pb::ControllerSet {
        identity: body.identity.as_bytes().to_vec(),
        controller: Some(controller(&body.controller)),
    }
}

pub(super) fn identity_recovered(body: &IdentityRecovered) -> pb::IdentityRecovered {
    pb::IdentityRecovered {
        public_key: body.public_key.as_bytes().to_vec(),
        countersignature: body.countersignature.as_bytes().to_vec(),
        key_label: body.key_label.clone(),
        recovery_key: body.recovery_key.map_or_else(Vec::new, |key| key.as_bytes().to_vec()),
    }
}

pub(super) fn delegation(body: &Delegation) -> pb::Delegation {
    pb::Delegation {
        delegate: body.delegate.as_bytes().to_vec(),
        factor_ppm: body.factor_ppm,
        capabilities: body.capabilities.clone(),
        not_before_us: body.not_before_us,
        expires_at_us: body.expires_at_us.unwrap_or(0),
        max_depth: u32::from(body.max_depth),
        via: body.via.map_or_else(Vec::new, |via| via.as_bytes().to_vec()),
    }
}

pub(super) fn vouch(body: &Vouch) -> pb::Vouch {
    pb::Vouch {
        member: body.member.as_bytes().to_vec(),
        stake_ppm: body.stake_ppm,
        comment: body.comment.clone(),
        expires_at_us: body.expires_at_us.unwrap_or(0),
    }
}

pub(super) fn credential_issued(body: &CredentialIssued) -> pb::CredentialIssued {
    pb::CredentialIssued {
        subject: body.subject.as_bytes().to_vec(),
        r#type: body.credential_type.clone(),
        claim: body.claim.clone(),
        content_hash: body.content_hash.map_or_else(Vec::new, |hash| hash.to_vec()),
        expires_at_us: body.expires_at_us.unwrap_or(0),
    }
}

pub(super) fn credential_revoked(body: &CredentialRevoked) -> pb::CredentialRevoked {
    pb::CredentialRevoked {
        credential: body.credential.as_bytes().to_vec(),
        subject: body.subject.as_bytes().to_vec(),
        fraud: body.fraud,
        reason: body.reason.clone(),
    }
}

pub(super) fn judgement(body: &Judgement) -> pb::Judgement {
    pb::Judgement {
        subject: body.subject.as_bytes().to_vec(),
        finding: body.finding as i32 + 1,
        target: body.target.as_bytes().to_vec(),
        severity_ppm: body.severity_ppm,
        reason: body.reason.clone(),
    }
}

pub(super) fn anomaly_reported(body: &AnomalyReported) -> pb::AnomalyReported {
    pb::AnomalyReported {
        subjects: body.subjects.iter().map(|subject| subject.as_bytes().to_vec()).collect(),
        class: body.class as i32 + 1,
        severity: body.severity as i32 + 1,
        evidence: body.evidence.iter().map(|event| event.as_bytes().to_vec()).collect(),
        comment: body.comment.clone(),
    }
}

pub(super) fn anomaly_judged(body: &AnomalyJudged) -> pb::AnomalyJudged {
    pb::AnomalyJudged {
        report: body.report.as_bytes().to_vec(),
        reporter: body.reporter.as_bytes().to_vec(),
        confirmed: body.confirmed.is_some(),
        severity: body.confirmed.map_or(0, |severity| severity as i32 + 1),
        reason: body.reason.clone(),
    }
}

pub(super) fn epoch_cosigned(body: &EpochCosigned) -> pb::EpochCosigned {
    pb::EpochCosigned {
        log_key: body.log_key.as_bytes().to_vec(),
        epoch: body.epoch,
        size: body.size,
        root: body.root.to_vec(),
        state_root: body.state_root.to_vec(),
    }
}
