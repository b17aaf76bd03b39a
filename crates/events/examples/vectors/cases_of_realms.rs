//! Good bodies about identities' ends, evidence, delegations, realms and
//! government.

use erynoa_events::{
    AnomalyClass, AnomalyJudged, AnomalyReported, Body, Controller, ControllerSet,
    CredentialIssued, CredentialRevoked, Delegation, DelegationRevoked, Dimension, Endorsement,
    EpochCosigned, Finding, IdentityDeactivated, IdentityRecovered, Isolation, JoinPolicy,
    Judgement, MemberBanned, Proposal, ProposalClosed, ProposalKind, ProposalOutcome, RealmCreated,
    RealmJoined, RealmLeft, RealmRulesChanged, Rule, RuleParameters, Severity, Vote, Vouch,
    VouchRevoked, controller_message, endorsement_message, key_added_message,
};
use erynoa_kernel::{IdentityId, Namespace, RealmId};

use crate::cases::{BOB, START_US, alice, bob, earlier, identity, key, realm};

fn ascending<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list
}

fn agent() -> IdentityId {
    identity(Namespace::Spirit, 4)
}

fn rule(id: &str, parameters: RuleParameters) -> Rule {
    Rule { id: id.into(), effective_from_us: 0, parameters }
}

/// A rule of every category, ascending by id.
pub(crate) fn rules() -> Vec<Rule> {
    let two = ascending(vec![alice(), bob()]);
    vec![
        rule("credential", RuleParameters::CredentialRequired { credential_type: "person".into() }),
        rule(
            "crossings",
            RuleParameters::Crossings {
                allowed: vec![RealmId::from_bytes([3; 32]), RealmId::from_bytes([4; 32])],
                blocked: vec![RealmId::from_bytes([5; 32])],
            },
        ),
        rule(
            "dimension",
            RuleParameters::DimensionMinimum {
                dimension: Dimension::Fidelity,
                trust_ppm: 1_000_000,
            },
        ),
        rule(
            "expression",
            RuleParameters::Expression { cedar: "permit(principal, action, resource);".into() },
        ),
        rule("isolation", RuleParameters::Isolation(Isolation::Strict)),
        rule(
            "issuers",
            RuleParameters::Issuers { credential_type: "person".into(), identities: two.clone() },
        ),
        rule("join", RuleParameters::Join(JoinPolicy::Invitation)),
        rule("judges", RuleParameters::Judges(two.clone())),
        Rule {
            id: "min-trust".into(),
            effective_from_us: START_US,
            parameters: RuleParameters::MinTrust { norm_ppm: 300_000 },
        },
        rule(
            "quota",
            RuleParameters::Quota { events: 100, bytes: 1_000_000, gas: 100_000, crossings: 10 },
        ),
        rule(
            "times",
            RuleParameters::GovernanceTimes { discussion_s: 3_600, voting_s: 7_200, timelock_s: 0 },
        ),
        rule("witnesses", RuleParameters::Witnesses(two.into_iter().zip([1, 1_000]).collect())),
    ]
}

pub(crate) fn child_realm() -> RealmCreated {
    let nonce = [9; 16];
    RealmCreated {
        realm: RealmId::of(&alice(), &realm(), "Guild of bakers", &nonce),
        name: "Guild of bakers".into(),
        founders: ascending(vec![alice(), bob()]),
        parent: Some(realm()),
        nonce: Some(nonce),
        description: "Bread and what belongs to it".into(),
        partition: false,
        rules: rules(),
    }
}

pub(crate) fn proposal(kind: ProposalKind) -> Proposal {
    let rules =
        matches!(kind, ProposalKind::Parameter | ProposalKind::Rule | ProposalKind::Governance);
    let member = (kind == ProposalKind::Member).then(bob);
    Proposal {
        kind,
        title: "A proposal".into(),
        text: "Because it is better so.".into(),
        set: if rules { self::rules() } else { Vec::new() },
        removed: if rules { vec!["a-rule".into(), "b-rule".into()] } else { Vec::new() },
        member,
        admit: member.is_some(),
    }
}

pub(crate) fn delegation() -> Delegation {
    Delegation {
        delegate: agent(),
        factor_ppm: 800_000,
        capabilities: vec!["attest:reliability".into(), "execute:receipt".into()],
        not_before_us: START_US,
        expires_at_us: Some(START_US + 31_536_000_000_000),
        max_depth: 5,
        via: Some(earlier(3)),
    }
}

pub(crate) fn judgement(finding: Finding) -> Judgement {
    Judgement {
        subject: bob(),
        finding,
        target: earlier(2),
        severity_ppm: if finding == Finding::MemberAtFault { 1_000_000 } else { 0 },
        reason: "seen by three".into(),
    }
}

pub(crate) fn cosigned(byte: u8) -> EpochCosigned {
    EpochCosigned {
        log_key: key(crate::cases::LOG).public_key(),
        epoch: 7,
        size: 1_000,
        root: [byte; 32],
        state_root: [0xcd; 32],
    }
}

pub(crate) fn recovered() -> IdentityRecovered {
    let new = key(8);
    IdentityRecovered {
        public_key: new.public_key(),
        countersignature: new.sign(&key_added_message(&alice(), &new.public_key())),
        key_label: "new phone".into(),
        recovery_key: Some(key(9).public_key()),
    }
}

pub(crate) fn controller_set() -> ControllerSet {
    let next = key(BOB);
    ControllerSet {
        identity: agent(),
        controller: Controller {
            identity: bob(),
            public_key: next.public_key(),
            signature: next.sign(&controller_message(&agent())),
        },
    }
}

pub(crate) fn joined() -> RealmJoined {
    let member = key(BOB);
    RealmJoined {
        from: Some(realm()),
        endorsements: vec![Endorsement {
            identity: bob(),
            public_key: member.public_key(),
            signature: member.sign(&endorsement_message(&realm(), &alice())),
        }],
    }
}

pub(crate) fn report() -> AnomalyReported {
    AnomalyReported {
        subjects: vec![bob()],
        class: AnomalyClass::Collusion,
        severity: Severity::Critical,
        evidence: ascending(vec![earlier(1), earlier(2)]),
        comment: "they praise each other".into(),
    }
}

/// Every body that is not in `cases.rs`, as Alice says it.
pub(crate) fn bodies() -> Vec<(&'static str, Body)> {
    let mut all = vec![
        ("controller_set", Body::ControllerSet(controller_set())),
        (
            "identity_deactivated",
            Body::IdentityDeactivated(IdentityDeactivated {
                identity: agent(),
                reason: "done".into(),
            }),
        ),
        ("identity_recovered", Body::IdentityRecovered(recovered())),
        (
            "identity_recovered that keeps the recovery key",
            Body::IdentityRecovered(IdentityRecovered {
                recovery_key: None,
                key_label: String::new(),
                ..recovered()
            }),
        ),
        ("delegation", Body::Delegation(delegation())),
        (
            "delegation with the fewest fields",
            Body::Delegation(Delegation {
                capabilities: vec!["*".into()],
                not_before_us: 0,
                expires_at_us: None,
                max_depth: 0,
                via: None,
                ..delegation()
            }),
        ),
        (
            "delegation_revoked",
            Body::DelegationRevoked(DelegationRevoked {
                delegation: earlier(3),
                reason: "no longer needed".into(),
            }),
        ),
        (
            "vouch",
            Body::Vouch(Vouch {
                member: bob(),
                stake_ppm: 300_000,
                comment: "ten years together".into(),
                expires_at_us: Some(START_US + 31_536_000_000_000),
            }),
        ),
        (
            "vouch_revoked",
            Body::VouchRevoked(VouchRevoked { vouch: earlier(4), reason: "moved away".into() }),
        ),
        (
            "credential_issued",
            Body::CredentialIssued(CredentialIssued {
                subject: bob(),
                credential_type: "master-baker".into(),
                claim: "examined in 2024".into(),
                content_hash: Some([0x77; 32]),
                expires_at_us: Some(START_US + 31_536_000_000_000),
            }),
        ),
        (
            "credential_revoked for fraud",
            Body::CredentialRevoked(CredentialRevoked {
                credential: earlier(5),
                subject: bob(),
                fraud: true,
                reason: "a forged paper".into(),
            }),
        ),
        ("realm_created below the root", Body::RealmCreated(child_realm())),
        (
            "realm_rules_changed",
            Body::RealmRulesChanged(RealmRulesChanged {
                proposal: earlier(6),
                set: rules(),
                removed: vec!["old".into()],
            }),
        ),
        ("realm_joined with an endorsement", Body::RealmJoined(joined())),
        ("realm_joined", Body::RealmJoined(RealmJoined::default())),
        ("realm_left", Body::RealmLeft(RealmLeft { reason: "too loud".into() })),
        (
            "member_banned",
            Body::MemberBanned(MemberBanned { member: bob(), proposal: earlier(6), lifted: false }),
        ),
        (
            "vote against",
            Body::Vote(Vote {
                proposal: earlier(6),
                votes: -10,
                veto: false,
                comment: "too early".into(),
            }),
        ),
        (
            "veto",
            Body::Vote(Vote { proposal: earlier(6), votes: 0, veto: true, comment: String::new() }),
        ),
        (
            "proposal_closed",
            Body::ProposalClosed(ProposalClosed {
                proposal: earlier(6),
                proposer: bob(),
                outcome: ProposalOutcome::Executed,
                tally_for: 5_000_000,
                tally_against: 1_000_000,
                voters: 4,
                eligible: 9,
                veto_weight: 100_000,
                eligible_weight: 7_000_000,
            }),
        ),
        ("anomaly_reported", Body::AnomalyReported(report())),
        (
            "anomaly_judged",
            Body::AnomalyJudged(AnomalyJudged {
                report: earlier(7),
                reporter: bob(),
                confirmed: Some(Severity::High),
                reason: "it is so".into(),
            }),
        ),
        (
            "anomaly_judged to be false",
            Body::AnomalyJudged(AnomalyJudged {
                report: earlier(7),
                reporter: bob(),
                confirmed: None,
                reason: String::new(),
            }),
        ),
        ("epoch_cosigned", Body::EpochCosigned(cosigned(0xab))),
    ];
    all.extend(ProposalKind::ALL.map(|kind| ("proposal", Body::Proposal(proposal(kind)))));
    all.extend(Finding::ALL.map(|finding| ("judgement", Body::Judgement(judgement(finding)))));
    all
}
