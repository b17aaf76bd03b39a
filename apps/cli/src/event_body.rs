//! Bodies of events, field by field.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use erynoa_events::{
    AnomalyClass, Body, Contradiction, Controller, Dimension, Finding, ProposalKind,
    ProposalOutcome, ReceiptOutcome, Rule, Severity, rule_message,
};
use serde_json::{Value, json};

use crate::event_view::polarity;
use crate::{names, rule_file};

/// Fields of a body, under the names of the protocol.
pub(crate) fn fields(body: &Body) -> Value {
    match body {
        Body::IdentityCreated(b) => json!({
            "namespace": b.namespace.name(),
            "display_name": b.display_name,
            "key_label": b.key_label,
            "recovery_key": b.recovery_key.map(|key| key.to_string()),
            "controller": b.controller.as_ref().map(controller),
            "recovery_delay_s": b.recovery_delay_s,
        }),
        Body::KeyAdded(b) => json!({
            "public_key": b.public_key.to_string(),
            "purposes": b.purposes.iter().map(|&p| names::key_purpose(p)).collect::<Vec<_>>(),
            "label": b.label,
            "countersignature": b.countersignature.to_string(),
        }),
        Body::KeyRevoked(b) => json!({
            "public_key": b.public_key.to_string(),
            "reason": b.reason,
        }),
        Body::Attestation(b) => json!({
            "subject": b.subject.to_string(),
            "dimension": Dimension::name(b.dimension),
            "polarity": polarity(b.polarity),
            "domain": b.domain,
            "comment": b.comment,
            "expires_at_us": b.expires_at_us,
        }),
        Body::AttestationRevoked(b) => json!({
            "attestation": b.attestation.to_string(),
            "reason": b.reason,
        }),
        Body::Receipt(b) => json!({
            "performer": b.performer.to_string(),
            "client": b.client.to_string(),
            "outcome": receipt_outcome(b.outcome),
            "description": b.description,
            "nonce": hex::encode(b.nonce),
            "terms_hash": hex::encode(b.terms_hash),
            "countersigner_key": b.countersigner_key.to_string(),
            "countersignature": b.countersignature.to_string(),
        }),
        Body::RealmCreated(b) => json!({
            "realm": b.realm.to_string(),
            "name": b.name,
            "founders": texts(&b.founders),
            "parent": b.parent.map(|parent| parent.to_string()),
            "nonce": b.nonce.map(hex::encode),
            "description": b.description,
            "partition": b.partition,
            "rules": rules(&b.rules),
        }),
        Body::EquivocationProof(b) => json!({
            "accused": b.accused.to_string(),
            "key": b.key.to_string(),
            "about": match b.about {
                Contradiction::Prev(prev) => json!({ "prev": prev.map(|prev| prev.to_string()) }),
                Contradiction::Cosignature { log_key, epoch } => {
                    json!({ "log_key": log_key.to_string(), "epoch": epoch })
                }
            },
            "first": STANDARD.encode(&b.first),
            "second": STANDARD.encode(&b.second),
        }),
        Body::EpochClosed(b) => json!({
            "epoch": b.epoch,
            "closed_at_us": b.closed_at_us,
            "size": b.size,
            "state_root": hex::encode(b.state_root),
            "parameters_hash": hex::encode(b.parameters_hash),
        }),
        Body::Custom(b) => json!({
            "type": b.type_number,
            "version": b.version,
            "data": STANDARD.encode(&b.data),
        }),
        Body::ControllerSet(b) => json!({
            "identity": b.identity.to_string(),
            "controller": controller(&b.controller),
        }),
        Body::IdentityDeactivated(b) => json!({
            "identity": b.identity.to_string(),
            "reason": b.reason,
        }),
        Body::IdentityRecovered(b) => json!({
            "public_key": b.public_key.to_string(),
            "countersignature": b.countersignature.to_string(),
            "key_label": b.key_label,
            "recovery_key": b.recovery_key.map(|key| key.to_string()),
        }),
        Body::Vouch(b) => json!({
            "member": b.member.to_string(),
            "stake_ppm": b.stake_ppm,
            "comment": b.comment,
            "expires_at_us": b.expires_at_us,
        }),
        Body::VouchRevoked(b) => json!({ "vouch": b.vouch.to_string(), "reason": b.reason }),
        Body::CredentialIssued(b) => json!({
            "subject": b.subject.to_string(),
            "type": b.credential_type,
            "claim": b.claim,
            "content_hash": b.content_hash.map(hex::encode),
            "expires_at_us": b.expires_at_us,
        }),
        Body::CredentialRevoked(b) => json!({
            "credential": b.credential.to_string(),
            "subject": b.subject.to_string(),
            "fraud": b.fraud,
            "reason": b.reason,
        }),
        Body::Judgement(b) => json!({
            "subject": b.subject.to_string(),
            "finding": finding(b.finding),
            "target": b.target.to_string(),
            "severity_ppm": b.severity_ppm,
            "reason": b.reason,
        }),
        Body::Delegation(b) => json!({
            "delegate": b.delegate.to_string(),
            "factor_ppm": b.factor_ppm,
            "capabilities": b.capabilities,
            "not_before_us": b.not_before_us,
            "expires_at_us": b.expires_at_us,
            "max_depth": b.max_depth,
            "via": b.via.map(|via| via.to_string()),
        }),
        Body::DelegationRevoked(b) => json!({
            "delegation": b.delegation.to_string(),
            "reason": b.reason,
        }),
        Body::RealmRulesChanged(b) => json!({
            "proposal": b.proposal.to_string(),
            "set": rules(&b.set),
            "removed": b.removed,
        }),
        Body::RealmJoined(b) => json!({
            "from": b.from.map(|from| from.to_string()),
            "endorsed_by": b
                .endorsements
                .iter()
                .map(|endorsement| endorsement.identity.to_string())
                .collect::<Vec<_>>(),
        }),
        Body::RealmLeft(b) => json!({ "reason": b.reason }),
        Body::MemberBanned(b) => json!({
            "member": b.member.to_string(),
            "proposal": b.proposal.to_string(),
            "lifted": b.lifted,
        }),
        Body::Proposal(b) => json!({
            "kind": proposal_kind(b.kind),
            "title": b.title,
            "text": b.text,
            "set": rules(&b.set),
            "removed": b.removed,
            "member": b.member.map(|member| member.to_string()),
            "admit": b.admit,
        }),
        Body::Vote(b) => json!({
            "proposal": b.proposal.to_string(),
            "votes": b.votes,
            "veto": b.veto,
            "comment": b.comment,
        }),
        Body::ProposalClosed(b) => json!({
            "proposal": b.proposal.to_string(),
            "proposer": b.proposer.to_string(),
            "outcome": proposal_outcome(b.outcome),
            "tally_for": b.tally_for,
            "tally_against": b.tally_against,
            "voters": b.voters,
            "eligible": b.eligible,
            "veto_weight": b.veto_weight,
            "eligible_weight": b.eligible_weight,
        }),
        Body::AnomalyReported(b) => json!({
            "subjects": texts(&b.subjects),
            "class": anomaly_class(b.class),
            "severity": severity(b.severity),
            "evidence": texts(&b.evidence),
            "comment": b.comment,
        }),
        Body::AnomalyJudged(b) => json!({
            "report": b.report.to_string(),
            "reporter": b.reporter.to_string(),
            "confirmed": b.confirmed.is_some(),
            "severity": b.confirmed.map(severity),
            "reason": b.reason,
        }),
        Body::EpochCosigned(b) => json!({
            "log_key": b.log_key.to_string(),
            "epoch": b.epoch,
            "size": b.size,
            "root": hex::encode(b.root),
            "state_root": hex::encode(b.state_root),
        }),
    }
}

fn controller(controller: &Controller) -> Value {
    json!({
        "identity": controller.identity.to_string(),
        "public_key": controller.public_key.to_string(),
        "signature": controller.signature.to_string(),
    })
}

fn texts<T: ToString>(list: &[T]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

fn rules(rules: &[Rule]) -> Vec<Value> {
    rules.iter().map(|rule| rule_file::document(&rule_message(rule))).collect()
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident($type:ident) { $($variant:ident = $word:literal),* $(,)? })*) => {
        $($(#[$doc])* pub(crate) const fn $name(value: $type) -> &'static str {
            match value { $($type::$variant => $word),* }
        })*
    };
}

words! {
    /// Word for how an interaction ended.
    receipt_outcome(ReceiptOutcome) {
        Kept = "kept",
        Broken = "broken",
        AbortedByPerformer = "aborted_by_performer",
        AbortedByClient = "aborted_by_client",
    }
    /// Word for what a judge finds.
    finding(Finding) {
        ClaimTrue = "claim_true",
        ClaimFalseMinor = "claim_false_minor",
        ClaimFalseSignificant = "claim_false_significant",
        ClaimFalseFraud = "claim_false_fraud",
        ProposalSpam = "proposal_spam",
        BreachContract = "breach_contract",
        BreachRealm = "breach_realm",
        BreachAxiom = "breach_axiom",
        MemberAtFault = "member_at_fault",
    }
    /// Word for how bad something is.
    severity(Severity) { Low = "low", Medium = "medium", High = "high", Critical = "critical" }
    /// Word for a kind of anomaly.
    anomaly_class(AnomalyClass) {
        Rate = "rate",
        Deviation = "deviation",
        Cycle = "cycle",
        Collusion = "collusion",
        Other = "other",
    }
    /// Word for a kind of proposal.
    proposal_kind(ProposalKind) {
        Parameter = "parameter",
        Treasury = "treasury",
        Rule = "rule",
        Member = "member",
        Governance = "governance",
    }
    /// Word for how a proposal ended.
    proposal_outcome(ProposalOutcome) {
        Executed = "executed",
        Defeated = "defeated",
        Vetoed = "vetoed",
    }
}
