//! Bodies about realms to messages.

use erynoa_kernel::{IdentityId, RealmId};
use erynoa_proto::protocol::v1 as pb;

use crate::{
    MemberBanned, Proposal, ProposalClosed, RealmCreated, RealmJoined, RealmLeft,
    RealmRulesChanged, Rule, RuleParameters, Vote,
};

pub(super) fn realm_created(body: &RealmCreated) -> pb::RealmCreated {
    pb::RealmCreated {
        realm: body.realm.as_bytes().to_vec(),
        name: body.name.clone(),
        founders: identities(&body.founders),
        parent: body.parent.map_or_else(Vec::new, |parent| parent.as_bytes().to_vec()),
        nonce: body.nonce.map_or_else(Vec::new, |nonce| nonce.to_vec()),
        description: body.description.clone(),
        partition: body.partition,
        rules: body.rules.iter().map(rule).collect(),
    }
}

pub(super) fn rules_changed(body: &RealmRulesChanged) -> pb::RealmRulesChanged {
    pb::RealmRulesChanged {
        proposal: body.proposal.as_bytes().to_vec(),
        set: body.set.iter().map(rule).collect(),
        removed: body.removed.clone(),
    }
}

pub(super) fn joined(body: &RealmJoined) -> pb::RealmJoined {
    pb::RealmJoined {
        from: body.from.map_or_else(Vec::new, |from| from.as_bytes().to_vec()),
        endorsements: body
            .endorsements
            .iter()
            .map(|endorsement| pb::Endorsement {
                identity: endorsement.identity.as_bytes().to_vec(),
                public_key: endorsement.public_key.as_bytes().to_vec(),
                signature: endorsement.signature.as_bytes().to_vec(),
            })
            .collect(),
    }
}

pub(super) fn left(body: &RealmLeft) -> pb::RealmLeft {
    pb::RealmLeft { reason: body.reason.clone() }
}

pub(super) fn banned(body: &MemberBanned) -> pb::MemberBanned {
    pb::MemberBanned {
        member: body.member.as_bytes().to_vec(),
        proposal: body.proposal.as_bytes().to_vec(),
        lifted: body.lifted,
    }
}

pub(super) fn proposal(body: &Proposal) -> pb::Proposal {
    pb::Proposal {
        kind: body.kind as i32 + 1,
        title: body.title.clone(),
        text: body.text.clone(),
        set: body.set.iter().map(rule).collect(),
        removed: body.removed.clone(),
        member: body.member.map_or_else(Vec::new, |member| member.as_bytes().to_vec()),
        admit: body.admit,
    }
}

pub(super) fn vote(body: &Vote) -> pb::Vote {
    pb::Vote {
        proposal: body.proposal.as_bytes().to_vec(),
        votes: i32::from(body.votes),
        veto: body.veto,
        comment: body.comment.clone(),
    }
}

pub(super) fn closed(body: &ProposalClosed) -> pb::ProposalClosed {
    pb::ProposalClosed {
        proposal: body.proposal.as_bytes().to_vec(),
        proposer: body.proposer.as_bytes().to_vec(),
        outcome: body.outcome as i32 + 1,
        tally_for: body.tally_for,
        tally_against: body.tally_against,
        voters: body.voters,
        eligible: body.eligible,
        veto_weight: body.veto_weight,
        eligible_weight: body.eligible_weight,
    }
}

pub(super) fn rule(rule: &Rule) -> pb::Rule {
    pb::Rule {
        id: rule.id.clone(),
        effective_from_us: rule.effective_from_us,
        parameters: Some(parameters(&rule.parameters)),
    }
}

fn parameters(parameters: &RuleParameters) -> pb::rule::Parameters {
    use pb::rule::Parameters as Wire;
    match parameters {
        RuleParameters::MinTrust { norm_ppm } => {
            Wire::MinTrust(pb::MinTrust { norm_ppm: *norm_ppm })
        }
        RuleParameters::DimensionMinimum { dimension, trust_ppm } => {
            Wire::DimensionMinimum(pb::DimensionMinimum {
                dimension: i32::from(*dimension as u8),
                trust_ppm: *trust_ppm,
            })
        }
        RuleParameters::CredentialRequired { credential_type } => {
            Wire::CredentialRequired(pb::CredentialRequired { r#type: credential_type.clone() })
        }
        RuleParameters::Join(policy) => Wire::Join(pb::Join { policy: *policy as i32 + 1 }),
        RuleParameters::Quota { events, bytes, gas, crossings } => Wire::Quota(pb::Quota {
            events: *events,
            bytes: *bytes,
            gas: *gas,
            crossings: *crossings,
        }),
        RuleParameters::Isolation(level) => {
            Wire::Isolation(pb::IsolationLevel { level: *level as i32 + 1 })
        }
        RuleParameters::Judges(judges) => {
            Wire::Judges(pb::Judges { identities: identities(judges) })
        }
        RuleParameters::Issuers { credential_type, identities: issuers } => {
            Wire::Issuers(pb::Issuers {
                r#type: credential_type.clone(),
                identities: identities(issuers),
            })
        }
        RuleParameters::Witnesses(members) => Wire::Witnesses(pb::Witnesses {
            members: members
                .iter()
                .map(|(identity, weight)| pb::Witness {
                    identity: identity.as_bytes().to_vec(),
                    weight: *weight,
                })
                .collect(),
        }),
        RuleParameters::GovernanceTimes { discussion_s, voting_s, timelock_s } => {
            Wire::GovernanceTimes(pb::GovernanceTimes {
                discussion_s: *discussion_s,
                voting_s: *voting_s,
                timelock_s: *timelock_s,
            })
        }
        RuleParameters::Expression { cedar } => {
            Wire::Expression(pb::Expression { cedar: cedar.clone() })
        }
        RuleParameters::Crossings { allowed, blocked } => {
            Wire::Crossings(pb::Crossings { allowed: realms(allowed), blocked: realms(blocked) })
        }
    }
}

fn identities(list: &[IdentityId]) -> Vec<Vec<u8>> {
    list.iter().map(|identity| identity.as_bytes().to_vec()).collect()
}

fn realms(list: &[RealmId]) -> Vec<Vec<u8>> {
    list.iter().map(|realm| realm.as_bytes().to_vec()).collect()
}
