//! A realm as its report shows it.

use erynoa_events::{Isolation, JoinPolicy, ProposalKind, RuleParameters};
use erynoa_kernel::{IdentityId, RealmId};
use erynoa_realms::{Proposal, Realm};
use erynoa_replica::Replica;

use crate::error::DocumentError;
use crate::report::{
    Bounds, CHILDREN_MOST, PROPOSALS_MOST, ProposalLine, RULES_MOST, RealmReport, RuleLine,
    RuleSaid,
};
use crate::text::{COMMENT_MOST, NAME_MOST, shown};

/// As of when everything in a report of this log holds.
///
/// # Errors
/// `TooEarly` before the first closed epoch.
pub(crate) fn bounds(replica: &Replica) -> Result<Bounds, DocumentError> {
    let epoch = replica.log.epochs().last().ok_or(DocumentError::TooEarly)?;
    Ok(Bounds {
        epoch: epoch.epoch,
        closed_at_us: epoch.closed_at_us,
        state_root: hex::encode(epoch.state_root),
    })
}

/// The name of an identity, or its DID.
pub(crate) fn person(replica: &Replica, id: &IdentityId) -> String {
    let name = shown(replica.directory.name_of(id), NAME_MOST);
    if name.is_empty() { replica.directory.did_text(id) } else { name }
}

/// The name of a realm, or its id.
pub(crate) fn place(replica: &Replica, id: &RealmId) -> String {
    let name = replica.realms.find(id).map(|realm| shown(&realm.name, NAME_MOST));
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| id.to_string())
}

const fn policy_name(policy: JoinPolicy) -> &'static str {
    match policy {
        JoinPolicy::Open => "open",
        JoinPolicy::Credential => "credential",
        JoinPolicy::Invitation => "invitation",
        JoinPolicy::Vote => "vote",
    }
}

const fn isolation_name(level: Isolation) -> &'static str {
    match level {
        Isolation::Public => "public",
        Isolation::Members => "members",
        Isolation::Strict => "strict",
    }
}

/// Stable name of what a proposal is about.
pub(crate) const fn proposal_kind(kind: ProposalKind) -> &'static str {
    match kind {
        ProposalKind::Parameter => "parameter",
        ProposalKind::Treasury => "treasury",
        ProposalKind::Rule => "rule",
        ProposalKind::Member => "member",
        ProposalKind::Governance => "governance",
    }
}

/// What a rule asks for.
pub(crate) fn rule_said(replica: &Replica, parameters: &RuleParameters) -> RuleSaid {
    let people = |ids: &[IdentityId]| ids.iter().map(|id| person(replica, id)).collect();
    let places = |ids: &[RealmId]| ids.iter().map(|id| place(replica, id)).collect();
    match parameters {
        RuleParameters::MinTrust { norm_ppm } => RuleSaid::MinTrust { norm_ppm: *norm_ppm },
        RuleParameters::DimensionMinimum { dimension, trust_ppm } => RuleSaid::DimensionMinimum {
            dimension: dimension.name().to_owned(),
            trust_ppm: *trust_ppm,
        },
        RuleParameters::CredentialRequired { credential_type } => {
            RuleSaid::CredentialRequired { credential_type: credential_type.clone() }
        }
        RuleParameters::Join(policy) => RuleSaid::Join { policy: policy_name(*policy).to_owned() },
        RuleParameters::Quota { events, bytes, gas, crossings } => RuleSaid::Quota {
            events: u64::from(*events),
            bytes: *bytes,
            gas: *gas,
            crossings: u64::from(*crossings),
        },
        RuleParameters::Isolation(level) => {
            RuleSaid::Isolation { level: isolation_name(*level).to_owned() }
        }
        RuleParameters::Judges(judges) => RuleSaid::Judges { names: people(judges) },
        RuleParameters::Issuers { credential_type, identities } => RuleSaid::Issuers {
            credential_type: credential_type.clone(),
            names: people(identities),
        },
        RuleParameters::Witnesses(witnesses) => RuleSaid::Witnesses {
            names: witnesses
                .iter()
                .map(|(id, weight)| format!("{} ({weight})", person(replica, id)))
                .collect(),
        },
        RuleParameters::GovernanceTimes { discussion_s, voting_s, timelock_s } => {
            RuleSaid::GovernanceTimes {
                discussion_s: *discussion_s,
                voting_s: *voting_s,
                timelock_s: *timelock_s,
            }
        }
        RuleParameters::Expression { cedar } => {
            RuleSaid::Expression { cedar: shown(cedar, COMMENT_MOST) }
        }
        RuleParameters::Crossings { allowed, blocked } => {
            RuleSaid::Crossings { allowed: places(allowed), blocked: places(blocked) }
        }
    }
}

fn line(proposal: &Proposal) -> ProposalLine {
    ProposalLine {
        event: proposal.id.to_string(),
        title: shown(&proposal.said.title, NAME_MOST),
        kind: proposal_kind(proposal.said.kind).to_owned(),
        phase: proposal.phase.name().to_owned(),
        created_at_us: proposal.created_at_us,
    }
}

/// What `realm` is now; `members` of it are counted by the caller, who knows who
/// belongs to the root.
///
/// # Errors
/// `TooEarly` before the first closed epoch.
pub fn report_realm(
    replica: &Replica,
    realm: &Realm,
    members: u64,
) -> Result<RealmReport, DocumentError> {
    let rules = replica.realms.rules(&realm.id);
    let quota = replica.realms.quota(&realm.id);
    let shown_rules = rules.iter().take(RULES_MOST).map(|view| RuleLine {
        id: view.rule.id.clone(),
        said: rule_said(replica, &view.rule.parameters),
        origin: place(replica, &view.origin),
        inherited: view.inherited,
        future: view.future,
        overruled: view.overruled_by.is_some(),
    });
    let proposals = replica.realms.proposals(Some(realm.id));
    let children = || replica.realms.children(&realm.id);
    Ok(RealmReport {
        realm: realm.id.to_string(),
        name: place(replica, &realm.id),
        description: shown(&realm.description, COMMENT_MOST),
        path: replica.realms.ancestors(&realm.id).map(|above| place(replica, &above.id)).collect(),
        partition: realm.partition,
        created_at_us: realm.created.1,
        founders: realm.founders.iter().map(|id| person(replica, id)).collect(),
        members,
        children: children().take(CHILDREN_MOST).map(|one| place(replica, &one.id)).collect(),
        child_count: children().count() as u64,
        join_policy: policy_name(realm.effective.join.value).to_owned(),
        isolation: isolation_name(realm.effective.isolation.value).to_owned(),
        min_trust_ppm: realm.effective.min_trust.value,
        rules: shown_rules.collect(),
        rule_count: rules.len() as u64,
        proposals: proposals.rev().take(PROPOSALS_MOST).map(line).collect(),
        proposal_count: replica.realms.proposals(Some(realm.id)).count() as u64,
        used: quota.map(|quota| quota.used).unwrap_or_default(),
        limits: quota.map(|quota| quota.limits).unwrap_or_default(),
        bounds: bounds(replica)?,
    })
}
