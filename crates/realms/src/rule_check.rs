//! Whether rules may be set, and whether a proposal and a vote may be made.

use erynoa_events::{
    Body, Proposal as Said, ProposalKind, RealmCreated, Rule, RuleParameters, Vote, encode_proposal,
};
use erynoa_kernel::{IdentityId, RealmId, Violation};
use erynoa_trust::{Context, norm};

use crate::error::code;
use crate::expression::{Expression, ExpressionError};
use crate::fold::RealmFold;
use crate::governance::{Phase, Proposal};
use crate::identities::Identities;
use crate::members::MemberState;
use crate::parameters::{MAX_CHANGE_BYTES, MAX_LEVELS, MAX_REALMS};
use crate::rules::{Category, Effective};
use crate::tally::{Tally, cost, credits_after};
use crate::trust_view::TrustView;

/// What a vote would cost and change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VotePreview {
    /// Everything for which it would be refused.
    pub violations: Vec<Violation>,
    /// Credits left in the open epoch before it.
    pub credits_left: u32,
    /// n².
    pub cost: u32,
    /// Governance norm of the voter, ppm.
    pub norm_ppm: u32,
    /// Before and after it.
    pub tally: (Tally, Tally),
    /// Weight of vetoes before and after it.
    pub veto_weight: (u64, u64),
    /// Who may vote, and their weight: as counted at the end of the voting,
    /// before that once in the open epoch.
    pub eligible: (u32, u64),
}

/// What is wrong with the expressions of rules, one by one. To find out takes
/// long and needs no state, so that it can be done before one takes a lock.
#[derive(Clone, Debug)]
pub struct ParsedRules(Vec<Option<ExpressionError>>);

impl ParsedRules {
    /// Parses the expressions of these rules.
    #[must_use]
    pub fn of(rules: &[Rule]) -> Self {
        let error = |rule: &Rule| match &rule.parameters {
            RuleParameters::Expression { cedar } => Expression::shared(cedar).err(),
            _ => None,
        };
        Self(rules.iter().map(error).collect())
    }
}

impl RealmFold {
    /// Why these rules cannot be set and removed in a realm: one that exists,
    /// or a new one below `parent`.
    pub(crate) fn check_rules(
        &self,
        realm: Option<usize>,
        parent: Option<usize>,
        partition: bool,
        (set, parsed): (&[Rule], &ParsedRules),
        removed: &[String],
    ) -> Vec<Violation> {
        let mut found = Vec::new();
        let parent = match realm {
            Some(index) => {
                let path = &self.realms[index].path;
                path.len().checked_sub(2).map(|above| path[above] as usize)
            }
            None => parent,
        };
        let protocol = Effective::of_protocol();
        let above = parent.map_or(&protocol, |parent| &self.realms[parent].effective);
        for (rule, error) in set.iter().zip(&parsed.0) {
            let field = format!("rules.{}", rule.id);
            if let Some(definer) = parent.and_then(|at| self.path(at).find(|r| r.defines(&rule.id)))
            {
                found.push(
                    Violation::new(
                        code::RULE_ID_TAKEN.0,
                        field.clone(),
                        format!(
                            "{} defines {} for all realms below it; choose another id",
                            definer.name, rule.id
                        ),
                    )
                    .of_rule(definer.id, rule.id.clone()),
                );
            }
            if partition && !matches!(rule.parameters, RuleParameters::Quota { .. }) {
                found.push(Violation::new(
                    code::REALM_PARTITION.0,
                    field.clone(),
                    "a partition has the rules of the realm above it; only a quota can be its own",
                ));
            }
            if let Some(error) = error {
                found.push(Violation::new(code::RULE_INVALID.0, field, error.to_string()));
            }
            found.extend(above.loosened_by(rule));
        }
        let own = realm.map_or(&[][..], |index| &self.realms[index].own);
        let pending = realm.map_or(&[][..], |index| &self.realms[index].pending);
        for id in removed {
            if !own.iter().chain(pending).any(|rule| rule.rule.id == *id) {
                found.push(Violation::new(
                    code::RULE_UNKNOWN.0,
                    format!("removed.{id}"),
                    "the realm itself has no rule of this id; rules of a realm above are changed there",
                ));
            }
        }
        self.check_amount(realm, parent, set, removed, &mut found);
        found
    }

    /// Why a realm cannot be created.
    pub(crate) fn check_creation(
        &self,
        author: &IdentityId,
        created: &RealmCreated,
        identities: &dyn Identities,
    ) -> Vec<Violation> {
        let mut found = Vec::new();
        if self.index(&created.realm).is_some() {
            found.push(Violation::new(
                code::REALM_EXISTS.0,
                "realm_created.realm",
                "the realm exists already; take another nonce",
            ));
        }
        let parent = created.parent.and_then(|parent| self.index(&parent));
        if let Some(parent) = parent {
            if !self.belongs(parent, author, &identities.root_of(author)) {
                found.push(Violation::new(
                    code::MEMBER_REQUIRED.0,
                    "realm_created.parent",
                    "realms are created below a realm of which one is a member; join it first",
                ));
            }
            if self.realms[parent].path.len() >= MAX_LEVELS {
                found.push(Violation::new(
                    code::REALM_TOO_DEEP.0,
                    "realm_created.parent",
                    format!("at most {MAX_LEVELS} levels of realms; choose one further up"),
                ));
            }
            if self.realms[parent].partition {
                found.push(Violation::new(
                    code::REALM_PARTITION.0,
                    "realm_created.parent",
                    "nothing lies below a partition; choose the realm above it",
                ));
            }
        }
        if self.realms.len() >= MAX_REALMS {
            found.push(Violation::new(
                code::REALM_QUOTA_EXCEEDED.0,
                "realm_created",
                format!("a log has at most {MAX_REALMS} realms"),
            ));
        }
        self.check_creator(&identities.root_of(author), &mut found);
        let rules = (&created.rules[..], &ParsedRules::of(&created.rules));
        found.extend(self.check_rules(None, parent, created.partition, rules, &[]));
        found
    }

    /// Every reason for which a proposal would be refused.
    #[must_use]
    pub fn check_proposal(
        &self,
        realm: &RealmId,
        proposer: &IdentityId,
        said: &Said,
        identities: &dyn Identities,
    ) -> Vec<Violation> {
        let parsed = ParsedRules::of(&said.set);
        self.check_parsed_proposal(realm, proposer, (said, &parsed), identities)
    }

    /// As [`Self::check_proposal`], with the rules that it sets parsed before.
    #[must_use]
    pub fn check_parsed_proposal(
        &self,
        realm: &RealmId,
        proposer: &IdentityId,
        (said, parsed): (&Said, &ParsedRules),
        identities: &dyn Identities,
    ) -> Vec<Violation> {
        let Some(index) = self.index(realm) else {
            return vec![Violation::new(
                erynoa_events::code::REALM_UNKNOWN.0,
                "realm",
                "the log has no such realm",
            )];
        };
        let mut found = Vec::new();
        let root = identities.root_of(proposer);
        if self.realms[index].partition {
            found.push(partition("proposal"));
        }
        if !self.belongs(index, proposer, &root) {
            found.push(member_required("proposal", "only members propose; join the realm first"));
        }
        self.check_open_proposals(index, &root, &mut found);
        found.extend(self.check_parsed_change(index, said, parsed));
        found
    }

    /// Why the parts of a proposal do not fit it, its realm or an entry of the
    /// log: asked when it is made and again before it takes effect.
    pub(crate) fn check_change(&self, index: usize, said: &Said) -> Vec<Violation> {
        self.check_parsed_change(index, said, &ParsedRules::of(&said.set))
    }

    fn check_parsed_change(
        &self,
        index: usize,
        said: &Said,
        parsed: &ParsedRules,
    ) -> Vec<Violation> {
        let mut found = Vec::new();
        self.check_parts(index, said, &mut found);
        let bytes = encode_proposal(&announced(said)).len();
        if bytes > MAX_CHANGE_BYTES {
            found.push(Violation::new(
                erynoa_events::code::EVENT_TOO_LARGE.0,
                "proposal.set",
                format!("the rules take {bytes} bytes and at most {MAX_CHANGE_BYTES} can be announced; set fewer or shorter ones"),
            ));
        }
        found.extend(self.check_rules(
            Some(index),
            None,
            false,
            (&said.set, parsed),
            &said.removed,
        ));
        found
    }

    /// Whether the parts of a proposal fit its kind.
    fn check_parts(&self, index: usize, said: &Said, found: &mut Vec<Violation>) {
        let mut mismatch = |field: &'static str, message: String| {
            found.push(Violation::new(code::PROPOSAL_KIND_MISMATCH.0, field, message));
        };
        let own = |id: &String| {
            let realm = &self.realms[index];
            realm.own.iter().chain(&realm.pending).find(|own| own.rule.id == *id)
        };
        let replaced = said.set.iter().filter_map(|rule| own(&rule.id));
        let removed = said.removed.iter().filter_map(own);
        let touched = replaced.chain(removed).map(|own| &own.rule);
        let has_rules = !said.set.is_empty() || !said.removed.is_empty();
        match said.kind {
            ProposalKind::Treasury | ProposalKind::Member => {
                if has_rules {
                    mismatch(
                        "proposal.set",
                        "rules are set by proposals of the kinds parameter, rule and governance"
                            .to_owned(),
                    );
                }
            }
            kind => {
                if !has_rules {
                    mismatch(
                        "proposal.set",
                        "names at least one rule to set or to remove".to_owned(),
                    );
                }
                for rule in said.set.iter().chain(touched) {
                    let asked = Category::of(&rule.parameters).proposal_kind();
                    if asked != kind {
                        mismatch(
                            "proposal.kind",
                            format!(
                                "the rule {} needs a proposal of the kind {}",
                                rule.id,
                                kind_name(asked)
                            ),
                        );
                    }
                }
            }
        }
        match (said.kind, said.member) {
            (ProposalKind::Member, None) => {
                mismatch("proposal.member", "names whom it is about".to_owned());
            }
            (ProposalKind::Member, Some(member)) => {
                let state = self.realms[index].members.state(&member);
                let active = index == 0 || self.realms[index].members.is_active(&member);
                if said.admit && active && state != MemberState::Banned {
                    found.push(Violation::new(
                        code::ALREADY_MEMBER.0,
                        "proposal.member",
                        "is a member already",
                    ));
                } else if !said.admit && (!active || state == MemberState::Banned) {
                    found.push(member_required(
                        "proposal.member",
                        "only members can be excluded; they are none",
                    ));
                }
            }
            (_, Some(_)) => {
                mismatch(
                    "proposal.member",
                    "only proposals of the kind member name somebody".to_owned(),
                );
            }
            (_, None) => {}
        }
    }

    /// Every reason for which a vote would be refused.
    #[must_use]
    pub fn check_vote(
        &self,
        realm: &RealmId,
        voter: &IdentityId,
        vote: &Vote,
        identities: &dyn Identities,
    ) -> Vec<Violation> {
        let known = self.proposal(&vote.proposal).filter(|proposal| proposal.realm == *realm);
        let Some(proposal) = known else {
            return vec![Violation::new(
                code::PROPOSAL_UNKNOWN.0,
                "vote.proposal",
                "the realm has no such proposal",
            )];
        };
        let mut found = Vec::new();
        let index = proposal.realm_index as usize;
        if !self.belongs(index, voter, voter) {
            found.push(member_required("vote", "only members vote; join the realm first"));
        }
        if !self.verified(index, voter, identities) {
            found.push(Violation::new(
                code::VOTER_UNVERIFIED.0,
                "vote",
                "only verified persons vote; get a credential of the type person from an issuer of the realm or of one above it",
            ));
        }
        self.check_phase(proposal, voter, vote, &mut found);
        if proposal.has_cast(voter, vote.veto) {
            let what = if vote.veto { "veto" } else { "vote" };
            found.push(Violation::new(
                code::VOTE_DUPLICATE.0,
                "vote.proposal",
                format!("one {what} per voter and proposal; yours is in the log"),
            ));
        }
        let spent = self.spent.get(voter).copied().unwrap_or(0);
        if !vote.veto && credits_after(spent, vote.votes).is_none() {
            found.push(Violation::new(
                code::VOTE_CREDITS_EXCEEDED.0,
                "vote.votes",
                format!(
                    "{} votes cost {} credits and {} are left until the epoch ends; cast fewer",
                    vote.votes,
                    cost(vote.votes),
                    self.credits_left(voter)
                ),
            ));
        }
        found
    }

    fn check_phase(
        &self,
        proposal: &Proposal,
        voter: &IdentityId,
        vote: &Vote,
        found: &mut Vec<Violation>,
    ) {
        let mut phase = |message: String| {
            found.push(Violation::new(code::PROPOSAL_PHASE.0, "vote.proposal", message));
        };
        let now = proposal.phase.name();
        match (vote.veto, proposal.phase) {
            _ if !proposal.is_open() => phase(format!("the proposal has been decided: {now}")),
            (false, Phase::Voting) => {}
            (false, _) => phase(format!("votes are taken while it is in voting; it is in {now}")),
            (true, Phase::Timelock) if self.closed_at_us < proposal.veto_until_us() => {
                if proposal.veto_norm(voter).is_none() {
                    found.push(Violation::new(
                        code::VOTER_UNVERIFIED.0,
                        "vote.veto",
                        "only those veto who could vote when the voting ended",
                    ));
                }
            }
            (true, Phase::Timelock) => phase("the time for vetoes is over".to_owned()),
            (true, _) => phase(format!(
                "vetoes are taken in the first 12 hours of the timelock; it is in {now}"
            )),
        }
    }

    /// What a vote would cost and change; `None` when the log has no such
    /// proposal.
    #[must_use]
    pub fn preview_vote(
        &self,
        voter: &IdentityId,
        vote: &Vote,
        trust: &dyn TrustView,
        identities: &dyn Identities,
    ) -> Option<VotePreview> {
        let proposal = self.proposal(&vote.proposal)?;
        let index = proposal.realm_index as usize;
        let norm_ppm = match proposal.veto_norm(voter).filter(|_| vote.veto) {
            Some(norm_ppm) => norm_ppm,
            None => norm(&trust.values_ppm(&proposal.realm, voter), Context::Governance),
        };
        let mut tally = (proposal.tally, proposal.tally);
        let mut veto_weight = (proposal.veto_weight, proposal.veto_weight);
        if vote.veto {
            veto_weight.1 = veto_weight.1.saturating_add(u64::from(norm_ppm));
        } else {
            tally.1.add(vote.votes, norm_ppm);
        }
        Some(VotePreview {
            violations: self.check_vote(&proposal.realm, voter, vote, identities),
            credits_left: self.credits_left(voter),
            cost: if vote.veto { 0 } else { cost(vote.votes) },
            norm_ppm,
            tally,
            veto_weight,
            eligible: self.eligible(proposal, index, trust, identities),
        })
    }

    /// Who may vote on a proposal, and their weight.
    pub(crate) fn eligible(
        &self,
        proposal: &Proposal,
        index: usize,
        trust: &dyn TrustView,
        identities: &dyn Identities,
    ) -> (u32, u64) {
        if !proposal.is_open() || proposal.phase == Phase::Timelock {
            return (proposal.eligible, proposal.eligible_weight);
        }
        self.electorate(index, trust, identities).count()
    }

    /// Whether the log's key has to say this now.
    pub(crate) fn is_next_due(&self, realm: &RealmId, body: &Body) -> bool {
        self.due.front().is_some_and(|(at, due)| at == realm && due == body)
    }
}

/// What of a proposal the log's key repeats when its rules take effect.
fn announced(said: &Said) -> Said {
    Said {
        kind: said.kind,
        title: String::new(),
        text: String::new(),
        set: said.set.clone(),
        removed: said.removed.clone(),
        member: None,
        admit: false,
    }
}

const fn kind_name(kind: ProposalKind) -> &'static str {
    match kind {
        ProposalKind::Parameter => "parameter",
        ProposalKind::Treasury => "treasury",
        ProposalKind::Rule => "rule",
        ProposalKind::Member => "member",
        ProposalKind::Governance => "governance",
    }
}

pub(crate) fn partition(field: &'static str) -> Violation {
    Violation::new(
        code::REALM_PARTITION.0,
        field,
        "a partition has the members and the government of the realm above it; go there",
    )
}

pub(crate) fn member_required(field: &'static str, message: &'static str) -> Violation {
    Violation::new(code::MEMBER_REQUIRED.0, field, message)
}
