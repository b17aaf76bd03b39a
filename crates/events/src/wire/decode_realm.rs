//! Messages about realms to bodies.

use erynoa_kernel::{EventId, IdentityId, RealmId};
use erynoa_proto::protocol::v1 as pb;

use super::decode::{ascending, identity, key, signature};
use crate::fields::{array, label, name, one_of, optional, text};
use crate::{
    Body, Dimension, Endorsement, EventError, Isolation, JoinPolicy, MAX_FOUNDERS, MAX_NAME_BYTES,
    MAX_PROPOSED_RULES, MAX_RULES, MAX_TEXT_BYTES, MAX_VOTES, MIN_GOVERNANCE_S, MemberBanned,
    Proposal, ProposalClosed, ProposalKind, ProposalOutcome, RealmCreated, RealmJoined, RealmLeft,
    RealmRulesChanged, Rule, RuleParameters, Vote,
};

/// Most identities of a rule that names judges or issuers.
const MAX_NAMED: usize = 32;
/// Most witnesses of a realm, and the greatest weight of one.
const MAX_WITNESSES: usize = 64;
const MAX_WEIGHT: u32 = 1000;
/// Most endorsements of who joins.
const MAX_ENDORSEMENTS: usize = 8;
/// Most edges of the tree that a rule allows, and that it blocks.
const MAX_EDGES: usize = 32;
/// 100 %.
const PPM: u32 = 1_000_000;

pub(super) fn realm_created(
    body: pb::RealmCreated,
    author: &IdentityId,
    realm: &RealmId,
) -> Result<Body, EventError> {
    if body.realm != realm.as_bytes() {
        return Err(EventError::field("realm_created.realm", "the realm of the event"));
    }
    let founders = ascending(
        &body.founders,
        1..=MAX_FOUNDERS,
        "realm_created.founders",
        IdentityId::from_bytes,
    )?;
    let name = label(body.name, 1..=MAX_NAME_BYTES, "realm_created.name")?;
    let parent = optional(&body.parent, "realm_created.parent")?.map(RealmId::from_bytes);
    let nonce = optional(&body.nonce, "realm_created.nonce")?;
    match (&parent, &nonce) {
        // The root; admission knows its name.
        (None, None) => {}
        (Some(parent), Some(nonce)) => {
            if *realm != RealmId::of(author, parent, &name, nonce) {
                return Err(EventError::field(
                    "realm_created.realm",
                    "UID(3, 1, author ‖ parent ‖ name ‖ nonce)",
                ));
            }
            if !founders.contains(author) {
                return Err(EventError::field(
                    "realm_created.founders",
                    "the author is one of them",
                ));
            }
        }
        _ => {
            return Err(EventError::field(
                "realm_created.nonce",
                "16 bytes with a parent; the root has neither",
            ));
        }
    }
    Ok(Body::RealmCreated(RealmCreated {
        realm: *realm,
        name,
        founders,
        parent,
        nonce,
        description: text(body.description, "realm_created.description")?,
        partition: body.partition,
        rules: rules(body.rules, MAX_RULES, "realm_created.rules")?,
    }))
}

pub(super) fn rules_changed(body: pb::RealmRulesChanged) -> Result<Body, EventError> {
    Ok(Body::RealmRulesChanged(RealmRulesChanged {
        proposal: event_id(&body.proposal, "realm_rules_changed.proposal")?,
        set: rules(body.set, MAX_PROPOSED_RULES, "realm_rules_changed.set")?,
        removed: rule_ids(body.removed, "realm_rules_changed.removed")?,
    }))
}

pub(super) fn joined(body: &pb::RealmJoined) -> Result<Body, EventError> {
    const FIELD: &str = "realm_joined.endorsements";
    if body.endorsements.len() > MAX_ENDORSEMENTS {
        return Err(EventError::field(FIELD, "at most 8 of them"));
    }
    let endorsements = body
        .endorsements
        .iter()
        .map(|endorsement| {
            Ok(Endorsement {
                identity: identity(&endorsement.identity, "realm_joined.endorsements.identity")?,
                public_key: key(&endorsement.public_key, "realm_joined.endorsements.public_key")?,
                signature: signature(
                    &endorsement.signature,
                    "realm_joined.endorsements.signature",
                )?,
            })
        })
        .collect::<Result<Vec<_>, EventError>>()?;
    if !endorsements.is_sorted_by(|a, b| a.identity < b.identity) {
        return Err(EventError::field(FIELD, "strictly ascending by identity"));
    }
    Ok(Body::RealmJoined(RealmJoined {
        from: optional(&body.from, "realm_joined.from")?.map(RealmId::from_bytes),
        endorsements,
    }))
}

pub(super) fn left(body: pb::RealmLeft) -> Result<Body, EventError> {
    Ok(Body::RealmLeft(RealmLeft { reason: text(body.reason, "realm_left.reason")? }))
}

pub(super) fn banned(body: &pb::MemberBanned) -> Result<Body, EventError> {
    Ok(Body::MemberBanned(MemberBanned {
        member: identity(&body.member, "member_banned.member")?,
        proposal: event_id(&body.proposal, "member_banned.proposal")?,
        lifted: body.lifted,
    }))
}

pub(super) fn proposal(body: pb::Proposal) -> Result<Proposal, EventError> {
    let kind = one_of(body.kind, "proposal.kind", &ProposalKind::ALL)?;
    let member = optional(&body.member, "proposal.member")?.map(IdentityId::from_bytes);
    let set = rules(body.set, MAX_PROPOSED_RULES, "proposal.set")?;
    let removed = rule_ids(body.removed, "proposal.removed")?;
    if member.is_some() != (kind == ProposalKind::Member) || (body.admit && member.is_none()) {
        return Err(EventError::field(
            "proposal.member",
            "whom a proposal of the kind member is about, and nobody in other kinds",
        ));
    }
    let about_rules =
        matches!(kind, ProposalKind::Parameter | ProposalKind::Rule | ProposalKind::Governance);
    if about_rules == (set.is_empty() && removed.is_empty()) {
        return Err(EventError::field(
            "proposal.set",
            "rules to set or remove in the kinds parameter, rule and governance, none in others",
        ));
    }
    if let Some(twice) = set.iter().find(|rule| removed.contains(&rule.id)) {
        return Err(EventError::field(
            "proposal.removed",
            format!("{} is set already, which replaces it", twice.id),
        ));
    }
    Ok(Proposal {
        kind,
        title: label(body.title, 1..=MAX_NAME_BYTES, "proposal.title")?,
        text: text(body.text, "proposal.text")?,
        set,
        removed,
        member,
        admit: body.admit,
    })
}

pub(super) fn vote(body: pb::Vote) -> Result<Body, EventError> {
    let votes = i8::try_from(body.votes)
        .ok()
        .filter(|votes| votes.unsigned_abs() <= MAX_VOTES.unsigned_abs())
        .ok_or_else(|| EventError::field("vote.votes", "-10 to 10"))?;
    if (votes == 0) != body.veto {
        return Err(EventError::field("vote.votes", "0 with a veto, and only then"));
    }
    Ok(Body::Vote(Vote {
        proposal: event_id(&body.proposal, "vote.proposal")?,
        votes,
        veto: body.veto,
        comment: text(body.comment, "vote.comment")?,
    }))
}

pub(super) fn closed(body: &pb::ProposalClosed) -> Result<Body, EventError> {
    Ok(Body::ProposalClosed(ProposalClosed {
        proposal: event_id(&body.proposal, "proposal_closed.proposal")?,
        proposer: identity(&body.proposer, "proposal_closed.proposer")?,
        outcome: one_of(
            body.outcome,
            "proposal_closed.outcome",
            &[ProposalOutcome::Executed, ProposalOutcome::Defeated, ProposalOutcome::Vetoed],
        )?,
        tally_for: body.tally_for,
        tally_against: body.tally_against,
        voters: body.voters,
        eligible: body.eligible,
        veto_weight: body.veto_weight,
        eligible_weight: body.eligible_weight,
    }))
}

fn event_id(bytes: &[u8], field: &'static str) -> Result<EventId, EventError> {
    array(bytes, field).map(EventId::from_bytes)
}

fn rules(list: Vec<pb::Rule>, most: usize, field: &'static str) -> Result<Vec<Rule>, EventError> {
    if list.len() > most {
        return Err(EventError::field(field, format!("at most {most} of them")));
    }
    let rules =
        list.into_iter().map(|message| rule(message, field)).collect::<Result<Vec<_>, _>>()?;
    if !rules.is_sorted_by(|a, b| a.id < b.id) {
        return Err(EventError::field(field, "strictly ascending by id"));
    }
    Ok(rules)
}

fn rule_ids(list: Vec<String>, field: &'static str) -> Result<Vec<String>, EventError> {
    if list.len() > MAX_PROPOSED_RULES {
        return Err(EventError::field(field, "at most 16 of them"));
    }
    let ids =
        list.into_iter().map(|id| named(id, field)).collect::<Result<Vec<_>, EventError>>()?;
    if !ids.is_sorted_by(|a, b| a < b) {
        return Err(EventError::field(field, "strictly ascending"));
    }
    Ok(ids)
}

/// A label that is not empty.
pub(super) fn named(text: String, field: &'static str) -> Result<String, EventError> {
    if text.is_empty() {
        return Err(EventError::field(field, "1 to 64 of a-z, 0-9 and -"));
    }
    name(text, field)
}

fn rule(message: pb::Rule, field: &'static str) -> Result<Rule, EventError> {
    let parameters = message
        .parameters
        .ok_or_else(|| EventError::field(field, "a rule has one kind of parameters"))?;
    Ok(Rule {
        id: named(message.id, field)?,
        effective_from_us: message.effective_from_us,
        parameters: parameters_of(parameters, field)?,
    })
}

fn parameters_of(
    parameters: pb::rule::Parameters,
    field: &'static str,
) -> Result<RuleParameters, EventError> {
    use pb::rule::Parameters as Wire;
    let ppm = |value: u32| {
        if value > PPM {
            return Err(EventError::field(field, "at most 1 000 000 ppm"));
        }
        Ok(value)
    };
    Ok(match parameters {
        Wire::MinTrust(rule) => RuleParameters::MinTrust { norm_ppm: ppm(rule.norm_ppm)? },
        Wire::DimensionMinimum(rule) => RuleParameters::DimensionMinimum {
            dimension: one_of(rule.dimension, field, &Dimension::ALL)?,
            trust_ppm: ppm(rule.trust_ppm)?,
        },
        Wire::CredentialRequired(rule) => {
            RuleParameters::CredentialRequired { credential_type: named(rule.r#type, field)? }
        }
        Wire::Join(rule) => RuleParameters::Join(one_of(
            rule.policy,
            field,
            &[JoinPolicy::Open, JoinPolicy::Credential, JoinPolicy::Invitation, JoinPolicy::Vote],
        )?),
        Wire::Quota(rule) => RuleParameters::Quota {
            events: rule.events,
            bytes: rule.bytes,
            gas: rule.gas,
            crossings: rule.crossings,
        },
        Wire::Isolation(rule) => RuleParameters::Isolation(one_of(
            rule.level,
            field,
            &[Isolation::Public, Isolation::Members, Isolation::Strict],
        )?),
        Wire::Judges(rule) => RuleParameters::Judges(identities(&rule.identities, field)?),
        Wire::Issuers(rule) => RuleParameters::Issuers {
            credential_type: named(rule.r#type, field)?,
            identities: identities(&rule.identities, field)?,
        },
        Wire::Witnesses(rule) => RuleParameters::Witnesses(witnesses(&rule.members, field)?),
        Wire::GovernanceTimes(rule) => {
            let times = [rule.discussion_s, rule.voting_s, rule.timelock_s];
            if times.iter().any(|&time| time != 0 && time < MIN_GOVERNANCE_S) {
                return Err(EventError::field(
                    field,
                    "times of governance are 0 or at least 3 600 seconds",
                ));
            }
            let [discussion_s, voting_s, timelock_s] = times;
            RuleParameters::GovernanceTimes { discussion_s, voting_s, timelock_s }
        }
        Wire::Expression(rule) => {
            if rule.cedar.is_empty() || rule.cedar.len() > MAX_TEXT_BYTES {
                return Err(EventError::field(field, "an expression has 1 to 4 096 bytes"));
            }
            RuleParameters::Expression { cedar: rule.cedar }
        }
        Wire::Crossings(rule) => {
            let edges =
                |list: &[Vec<u8>]| ascending(list, 0..=MAX_EDGES, field, RealmId::from_bytes);
            RuleParameters::Crossings {
                allowed: edges(&rule.allowed)?,
                blocked: edges(&rule.blocked)?,
            }
        }
    })
}

fn identities(list: &[Vec<u8>], field: &'static str) -> Result<Vec<IdentityId>, EventError> {
    ascending(list, 1..=MAX_NAMED, field, IdentityId::from_bytes)
}

fn witnesses(
    list: &[pb::Witness],
    field: &'static str,
) -> Result<Vec<(IdentityId, u32)>, EventError> {
    if list.is_empty() || list.len() > MAX_WITNESSES {
        return Err(EventError::field(field, "1 to 64 witnesses"));
    }
    let members = list
        .iter()
        .map(|witness| {
            if witness.weight == 0 || witness.weight > MAX_WEIGHT {
                return Err(EventError::field(field, "weights are 1 to 1 000"));
            }
            Ok((identity(&witness.identity, field)?, witness.weight))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if !members.is_sorted_by(|(a, _), (b, _)| a < b) {
        return Err(EventError::field(field, "strictly ascending by identity"));
    }
    Ok(members)
}
