//! Judges whether an event may stand in its realm (the port `RealmRules`).

use erynoa_events::{
    Body, Event, EventError, EventKind, Isolation, RealmJoined, RealmRules, RealmUse, VerifiedEvent,
};
use erynoa_kernel::{EventId, IdentityId, RealmId, Violation};

use crate::crossing_check::Endorsers;
use crate::error::{code, refuse};
use crate::expression::Attempt;
use crate::fold::{RealmFold, class_of, is_free};
use crate::identities::Identities;
use crate::parameters::MAX_CREDENTIAL_TYPES;
use crate::realm::Realm;
use crate::rule_check::{member_required, partition};
use crate::rules::{Effective, Source};
use crate::trust_view::TrustView;

/// The realms of the applied log with what else a judgement needs.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// Realms.
    pub fold: &'a RealmFold,
    /// Trust at the last closed epoch.
    pub trust: &'a dyn TrustView,
    /// Identities, with what the batch has staged.
    pub identities: &'a dyn Identities,
    /// Whom an event is about, in the log or staged.
    pub subject_of: &'a dyn Fn(&EventId) -> Option<IdentityId>,
}

impl RealmRules for Judge<'_> {
    fn has_realm(&self, realm: &RealmId) -> bool {
        self.fold.index(realm).is_some()
    }

    fn is_within(&self, realm: &RealmId, ancestor: &RealmId) -> bool {
        self.fold.is_within(realm, ancestor)
    }

    fn check(&self, event: &VerifiedEvent, staged: RealmUse) -> Result<RealmUse, EventError> {
        self.judge(event.event(), event.entry().len(), staged)
    }
}

impl Judge<'_> {
    /// Whether an event of this size may stand in its realm now, on top of what
    /// is staged. Returns what it uses of the realm's quota.
    ///
    /// # Errors
    /// Every reason at once.
    pub fn judge(
        &self,
        event: &Event,
        bytes: usize,
        staged: RealmUse,
    ) -> Result<RealmUse, EventError> {
        let uses = self.fold.use_of(event, bytes);
        let Some(index) = self.fold.index(&event.realm) else {
            return self.judge_creation(event, uses).map(|()| uses);
        };
        let kind = event.body.kind();
        if event.author == self.fold.log_identity() {
            return self.judge_log(event).map(|()| uses);
        }
        let with = RealmUse {
            events: staged.events + uses.events,
            bytes: staged.bytes + uses.bytes,
            gas: staged.gas + uses.gas,
        };
        let mut found = self.body(index, event, with);
        if !is_free(kind) && kind != EventKind::RealmJoined {
            self.speaker(index, event, &mut found);
        }
        // Joining has its own place in the quota and in the expressions.
        if kind != EventKind::RealmJoined {
            if !is_free(kind) {
                self.expressions(index, event, &mut found);
            }
            found.extend(self.fold.quota_violations(index, &event.author, with, false, self.trust));
        }
        refuse(field_of(kind), found).map(|()| uses)
    }

    fn judge_creation(&self, event: &Event, uses: RealmUse) -> Result<(), EventError> {
        match &event.body {
            Body::RealmCreated(created) => {
                let author = &event.author;
                let mut found = self.fold.check_creation(author, created, self.identities);
                if let Some(parent) = created.parent.and_then(|parent| self.fold.index(&parent)) {
                    self.expressions(parent, event, &mut found);
                    let quota = self.fold.quota_violations(parent, author, uses, false, self.trust);
                    found.extend(quota);
                }
                refuse("realm_created", found)
            }
            _ => Err(EventError::refuse(
                erynoa_events::code::REALM_UNKNOWN,
                "event.realm",
                "the realm is not in the log",
            )),
        }
    }

    /// The log's key announces what the fold has decided, in its order.
    fn judge_log(&self, event: &Event) -> Result<(), EventError> {
        match &event.body {
            Body::RealmRulesChanged(_) | Body::MemberBanned(_) | Body::ProposalClosed(_)
                if !self.fold.is_next_due(&event.realm, &event.body) =>
            {
                Err(EventError::refuse(
                    code::PROPOSAL_PHASE,
                    "event.body",
                    "this is not what the realms have decided next",
                ))
            }
            Body::RealmCreated(_) => Err(EventError::refuse(
                code::REALM_EXISTS,
                "realm_created.realm",
                "the realm exists already",
            )),
            _ => Ok(()),
        }
    }

    /// Bans, membership and isolation.
    fn speaker(&self, index: usize, event: &Event, found: &mut Vec<Violation>) {
        let fold = self.fold;
        let author = &event.author;
        let realm = &fold.realms[index];
        let isolation = &realm.effective.isolation;
        let is_open = index == 0 || isolation.value == Isolation::Public;
        let nobody_banned = fold.path(index).all(|realm| !realm.members.has_banned());
        if is_open && nobody_banned && isolation.value < Isolation::Strict {
            return;
        }
        let root = self.identities.root_of(author);
        if fold.is_banned(index, author, &root) {
            found.push(Violation::new(
                code::MEMBER_BANNED.0,
                "event.author",
                "excluded by a decision of the realm or of one above it; a proposal can lift that",
            ));
            return;
        }
        let kind = event.body.kind();
        if matches!(kind, EventKind::Proposal | EventKind::Vote) {
            return;
        }
        if !is_open && !is_office(kind) && !fold.belongs(index, author, &root) {
            let violation =
                member_required("event.author", "only members speak in this realm; join it first");
            found.push(of_source(violation, isolation.source.as_ref()));
        }
        if isolation.value == Isolation::Strict
            && !is_office(kind)
            && let Some(subject) = event.subject()
            && !fold.belongs(index, &subject, &self.identities.root_of(&subject))
        {
            let violation =
                member_required("event.subject", "only members are spoken about in this realm");
            found.push(of_source(violation, isolation.source.as_ref()));
        }
    }

    fn expressions(&self, index: usize, event: &Event, found: &mut Vec<Violation>) {
        let realm = &self.fold.realms[index];
        if realm.effective.expressions.is_empty() {
            return;
        }
        let principal = self.fold.principal(index, &event.author, self.trust, self.identities);
        let action = event.body.kind().name();
        let attempt = Attempt::new(&principal, action, &realm.id, realm.depth());
        found.extend(self.fold.denied(index, &attempt).into_iter().map(|source| {
            let message = format!("the expression {} does not permit {action}", source.rule);
            let field = format!("rules.{}", source.rule);
            of_source(Violation::new(code::RULE_DENIES.0, field, message), Some(source))
        }));
    }

    /// What a kind of event asks for by itself.
    fn body(&self, index: usize, event: &Event, with: RealmUse) -> Vec<Violation> {
        let fold = self.fold;
        let author = &event.author;
        let governing = &fold.realms[fold.governing(index)];
        match &event.body {
            Body::RealmJoined(joined) => self.join(index, event, joined, with),
            Body::RealmLeft(_) if fold.realms[index].partition => vec![partition("realm_left")],
            Body::RealmLeft(_) if !governing.members.is_active(author) || index == 0 => {
                vec![member_required(
                    "realm_left",
                    "only members leave; nobody leaves the root realm",
                )]
            }
            Body::Judgement(judgement) => {
                let mut part = vec![judgement.subject];
                part.extend((self.subject_of)(&judgement.target));
                let mut found = self.office(index, author, "judgement", &part);
                if fold.judged.contains(&(judgement.target, class_of(judgement.finding))) {
                    found.push(decided("judgement.target"));
                }
                found
            }
            Body::AnomalyJudged(judged) => {
                let report = fold.reports.get(&judged.report);
                let mut part = report.map_or_else(Vec::new, |report| report.subjects.clone());
                part.push(judged.reporter);
                let mut found = self.office(index, author, "anomaly_judged", &part);
                if report.is_some_and(|report| report.judged) {
                    found.push(decided("anomaly_judged.report"));
                }
                found
            }
            Body::CredentialIssued(issued) => {
                let credential_type = issued.credential_type.as_str();
                let named = governing.effective.issuers.get(credential_type);
                let may = match named {
                    Some(named) => named.value.contains(author),
                    None => is_founder(governing, author),
                };
                let mut found = Vec::new();
                let held = &fold.realms[index].credentials;
                let ends_us = fold.closed_at_us();
                if held.types_with(&issued.subject, credential_type, ends_us) > MAX_CREDENTIAL_TYPES
                {
                    found.push(Violation::new(
                        code::CREDENTIAL_LIMIT.0,
                        "credential_issued.type",
                        format!("nobody holds more than {MAX_CREDENTIAL_TYPES} types in one realm; one of them has to end first"),
                    ));
                }
                if may {
                    return found;
                }
                let message = match named {
                    Some(_) => {
                        format!("the realm names who issues {credential_type}; ask one of them")
                    }
                    None => format!(
                        "no rule names issuers of {credential_type}, so only founders issue it"
                    ),
                };
                let violation =
                    Violation::new(code::ISSUER_REQUIRED.0, "credential_issued.type", message);
                found.push(of_source(violation, named.and_then(|named| named.source.as_ref())));
                found
            }
            Body::EpochCosigned(_) => {
                let witnesses = &governing.effective.witnesses;
                if witnesses.value.iter().any(|(witness, _)| witness == author) {
                    return Vec::new();
                }
                let violation = Violation::new(
                    code::WITNESS_REQUIRED.0,
                    "event.author",
                    "only the witnesses of the realm cosign; a proposal can name more",
                );
                vec![of_source(violation, witnesses.source.as_ref())]
            }
            Body::Proposal(said) => {
                let mut found = fold.check_proposal(&event.realm, author, said, self.identities);
                if !self.trust.standing(&governing.id, author).1 {
                    fold.check_unvoiced_proposals(index, &mut found);
                }
                found
            }
            Body::Vote(vote) => fold.check_vote(&event.realm, author, vote, self.identities),
            Body::RealmCreated(_) => {
                vec![Violation::new(
                    code::REALM_EXISTS.0,
                    "realm_created.realm",
                    "the realm exists already; take another nonce",
                )]
            }
            Body::RealmRulesChanged(_) | Body::MemberBanned(_) | Body::ProposalClosed(_) => {
                vec![Violation::new(
                    code::PROPOSAL_PHASE.0,
                    "event.author",
                    "only the log's own key announces decisions",
                )]
            }
            _ => Vec::new(),
        }
    }

    fn join(
        &self,
        index: usize,
        event: &Event,
        joined: &RealmJoined,
        with: RealmUse,
    ) -> Vec<Violation> {
        if self.fold.realms[index].partition {
            return vec![partition("realm_joined")];
        }
        let check = self.fold.crossing(
            &event.author,
            (joined.from, &event.realm),
            Endorsers::Signed(&joined.endorsements),
            with,
            self.trust,
            self.identities,
        );
        match check {
            Some(check) => check.outcome.err().unwrap_or_default(),
            None if index == 0 => vec![Violation::new(
                code::ALREADY_MEMBER.0,
                "event.realm",
                "everybody is a member of the root realm",
            )],
            None => vec![Violation::new(
                erynoa_events::code::REALM_UNKNOWN.0,
                "realm_joined.from",
                "the realm is not in the log",
            )],
        }
    }

    /// Whether somebody is a judge without a part in the matter.
    fn office(
        &self,
        index: usize,
        author: &IdentityId,
        field: &'static str,
        part: &[IdentityId],
    ) -> Vec<Violation> {
        let realm = &self.fold.realms[self.fold.governing(index)];
        let judges = realm.effective.judges.as_ref();
        let mut found = Vec::new();
        let may = match judges {
            Some(judges) => judges.value.contains(author),
            None => is_founder(realm, author),
        };
        if !may {
            let message = match judges {
                Some(_) => "the realm names its judges; ask one of them",
                None => "no rule names judges, so only founders of the realm decide",
            };
            let violation = Violation::new(code::JUDGE_REQUIRED.0, "event.author", message);
            found.push(of_source(violation, judges.and_then(|judges| judges.source.as_ref())));
        }
        let root = self.identities.root_of(author);
        if part.iter().any(|who| self.identities.root_of(who) == root) {
            found.push(Violation::new(
                code::JUDGE_PARTIAL.0,
                field,
                "nobody decides in their own matter; another judge has to",
            ));
        }
        found
    }
}

fn is_founder(realm: &Realm, who: &IdentityId) -> bool {
    realm.founders.contains(who) && (realm.depth() == 0 || realm.members.is_active(who))
}

/// Offices that a rule gives; who holds one need not be a member.
const fn is_office(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Judgement
            | EventKind::AnomalyJudged
            | EventKind::CredentialIssued
            | EventKind::EpochCosigned
    )
}

fn decided(field: &'static str) -> Violation {
    Violation::new(code::JUDGEMENT_DUPLICATE.0, field, "this has been decided already")
}

pub(crate) fn of_source(violation: Violation, source: Option<&Source>) -> Violation {
    match source {
        Some(source) => violation.of_rule(source.realm, source.rule.clone()),
        None => violation,
    }
}

const fn field_of(kind: EventKind) -> &'static str {
    match kind {
        EventKind::RealmJoined => "realm_joined",
        EventKind::Proposal => "proposal",
        EventKind::Vote => "vote",
        EventKind::RealmCreated => "realm_created",
        _ => "event",
    }
}

/// What is in force in a realm, for views and tests.
impl RealmFold {
    /// What is in force; `None` when the log has no such realm.
    #[must_use]
    pub fn effective(&self, realm: &RealmId) -> Option<&Effective> {
        self.find(realm).map(|realm| &realm.effective)
    }
}
