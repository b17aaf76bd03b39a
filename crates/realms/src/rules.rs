//! Rules and what of them is in force: effective(child) = effective(parent) ∪
//! own, so that no realm escapes a rule of one above it (K1).
//!
//! - Limits (least trust, quotas, isolation, how to join, times of government
//!   that a rule sets) combine by the stricter value.
//! - Lists of who may (judges, issuers of a type) combine by what both name:
//!   whoever may in a realm may in the one above. Where nothing is left, the
//!   list of the realm above stands.
//! - Required credentials, expressions and crossings add up; blocked wins over
//!   allowed.
//! - Witnesses are an appointment, no limit: the nearest realm that names any.

use std::collections::BTreeMap;
use std::sync::Arc;

use erynoa_events::{Dimension, Isolation, JoinPolicy, ProposalKind, Rule, RuleParameters};
use erynoa_kernel::{EventId, IdentityId, RealmId, Violation};

use crate::error::code;
use crate::expression::Expression;
use crate::parameters::{MIN_TRUST_VIRTUAL_PPM, QUOTA};

/// A rule of a realm itself.
#[derive(Clone, Debug)]
pub struct OwnRule {
    /// As it was set.
    pub rule: Rule,
    /// `realm_created` or `realm_rules_changed`.
    pub set_by: EventId,
    /// The checked expression, of a rule that is one.
    pub(crate) expression: Option<Arc<Expression>>,
}

impl OwnRule {
    pub(crate) fn new(rule: Rule, set_by: EventId) -> Self {
        let expression = match &rule.parameters {
            RuleParameters::Expression { cedar } => Expression::shared(cedar).ok(),
            _ => None,
        };
        Self { rule, set_by, expression }
    }
}

/// Where a rule comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The realm that defines it.
    pub realm: RealmId,
    /// Its id there.
    pub rule: String,
}

/// A value in force with where it comes from; `None` when the protocol says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit<T> {
    /// The value.
    pub value: T,
    /// The rule that sets it.
    pub source: Option<Source>,
}

impl<T> Limit<T> {
    const fn protocol(value: T) -> Self {
        Self { value, source: None }
    }

    fn tighten(&mut self, value: T, source: &Source, is_stricter: impl Fn(&T, &T) -> bool) {
        if is_stricter(&value, &self.value)
            || (self.source.is_none() && value_eq(&value, &self.value, &is_stricter))
        {
            *self = Self { value, source: Some(source.clone()) };
        }
    }
}

/// Neither is stricter.
fn value_eq<T>(a: &T, b: &T, is_stricter: &impl Fn(&T, &T) -> bool) -> bool {
    !is_stricter(a, b) && !is_stricter(b, a)
}

/// A sum of people who may, ascending.
type People = Vec<IdentityId>;

/// All that is in force in one realm.
#[derive(Clone, Debug)]
pub struct Effective {
    /// Least crossed norm of who joins, ppm.
    pub min_trust: Limit<u32>,
    /// Least crossed values of who joins, ppm; 0 = none.
    pub minima: [Limit<u32>; 6],
    /// Credential types that who joins must hold.
    pub credentials: Vec<(String, Source)>,
    /// The strictest of the join policies.
    pub join: Limit<JoinPolicy>,
    /// Whether joining needs endorsements, whatever else it needs.
    pub invitation: Option<Source>,
    /// Whether joining needs credentials to be named at all.
    pub by_credential: Option<Source>,
    /// Events, bytes, gas, crossings of one epoch.
    pub quota: [Limit<u64>; 4],
    /// How closed the realm is.
    pub isolation: Limit<Isolation>,
    /// Who may judge; `None` = the founders.
    pub judges: Option<Limit<People>>,
    /// Who may issue a type; other types are for the founders.
    pub issuers: BTreeMap<String, Limit<People>>,
    /// The witness set.
    pub witnesses: Limit<Vec<(IdentityId, u32)>>,
    /// Times that rules set, seconds: discussion, voting, timelock; 0 = the
    /// protocol's.
    pub times_s: [Limit<u32>; 3],
    /// Every one must permit.
    pub(crate) expressions: Vec<(Option<Arc<Expression>>, Source)>,
    /// Realms whose edge to this one keeps all.
    pub allowed: Vec<RealmId>,
    /// Realms whose edge to this one keeps nothing.
    pub blocked: Vec<RealmId>,
    /// Gas of all expressions.
    pub expression_gas: u64,
    trust_is_explicit: bool,
    isolation_is_explicit: bool,
}

impl Effective {
    /// What is in force in a root realm without rules.
    #[must_use]
    pub fn of_protocol() -> Self {
        Self {
            min_trust: Limit::protocol(0),
            minima: std::array::from_fn(|_| Limit::protocol(0)),
            credentials: Vec::new(),
            join: Limit::protocol(JoinPolicy::Open),
            invitation: None,
            by_credential: None,
            quota: QUOTA.map(Limit::protocol),
            isolation: Limit::protocol(Isolation::Public),
            judges: None,
            issuers: BTreeMap::new(),
            witnesses: Limit::protocol(Vec::new()),
            times_s: std::array::from_fn(|_| Limit::protocol(0)),
            expressions: Vec::new(),
            allowed: Vec::new(),
            blocked: Vec::new(),
            expression_gas: 0,
            trust_is_explicit: false,
            isolation_is_explicit: false,
        }
    }

    /// What is in force in a realm below one with `self` in force. A partition
    /// has the same but for its quota.
    #[must_use]
    pub fn below(&self, realm: RealmId, partition: bool, own: &[OwnRule]) -> Self {
        let mut all = self.clone();
        if !partition {
            let explicit =
                |is: fn(&RuleParameters) -> bool| own.iter().any(|o| is(&o.rule.parameters));
            all.trust_is_explicit |= explicit(|p| matches!(p, RuleParameters::MinTrust { .. }));
            all.isolation_is_explicit |= explicit(|p| matches!(p, RuleParameters::Isolation(_)));
            if !all.trust_is_explicit && all.min_trust.value < MIN_TRUST_VIRTUAL_PPM {
                all.min_trust = Limit::protocol(MIN_TRUST_VIRTUAL_PPM);
            }
            if !all.isolation_is_explicit && all.isolation.value < Isolation::Members {
                all.isolation = Limit::protocol(Isolation::Members);
            }
        }
        all.add(realm, own);
        all
    }

    /// What is in force in the root realm.
    #[must_use]
    pub fn of_root(realm: RealmId, own: &[OwnRule]) -> Self {
        let mut all = Self::of_protocol();
        let explicit = |is: fn(&RuleParameters) -> bool| own.iter().any(|o| is(&o.rule.parameters));
        all.trust_is_explicit = explicit(|p| matches!(p, RuleParameters::MinTrust { .. }));
        all.isolation_is_explicit = explicit(|p| matches!(p, RuleParameters::Isolation(_)));
        all.add(realm, own);
        all
    }

    fn add(&mut self, realm: RealmId, own: &[OwnRule]) {
        let mut judges: Option<Limit<People>> = None;
        let mut issuers: BTreeMap<&str, Limit<People>> = BTreeMap::new();
        let mut witnesses: Option<Limit<Vec<(IdentityId, u32)>>> = None;
        for own in own {
            let source = Source { realm, rule: own.rule.id.clone() };
            match &own.rule.parameters {
                RuleParameters::MinTrust { norm_ppm } => {
                    self.min_trust.tighten(*norm_ppm, &source, |a, b| a > b);
                }
                RuleParameters::DimensionMinimum { dimension, trust_ppm } => {
                    self.minima[dimension.index()].tighten(*trust_ppm, &source, |a, b| a > b);
                }
                RuleParameters::CredentialRequired { credential_type } => {
                    if self.credentials.iter().all(|(known, _)| known != credential_type) {
                        self.credentials.push((credential_type.clone(), source));
                    }
                }
                RuleParameters::Join(policy) => {
                    self.join.tighten(*policy, &source, |a, b| a > b);
                    match policy {
                        JoinPolicy::Invitation => {
                            self.invitation.get_or_insert(source);
                        }
                        JoinPolicy::Credential => {
                            self.by_credential.get_or_insert(source);
                        }
                        JoinPolicy::Open | JoinPolicy::Vote => {}
                    }
                }
                RuleParameters::Quota { .. } => {
                    let asked = quota_of(&own.rule.parameters);
                    for (limit, asked) in self.quota.iter_mut().zip(asked) {
                        if asked != 0 {
                            limit.tighten(asked, &source, |a, b| a < b);
                        }
                    }
                }
                RuleParameters::Isolation(level) => {
                    self.isolation.tighten(*level, &source, |a, b| a > b);
                }
                RuleParameters::Judges(people) => appoint(&mut judges, people, source),
                RuleParameters::Issuers { credential_type, identities } => {
                    let mut entry = issuers.remove(credential_type.as_str());
                    appoint(&mut entry, identities, source);
                    issuers.extend(entry.map(|entry| (credential_type.as_str(), entry)));
                }
                RuleParameters::Witnesses(members) => {
                    let known =
                        witnesses.get_or_insert(Limit { value: Vec::new(), source: Some(source) });
                    known.value.extend(members.iter().copied());
                    known.value.sort_unstable();
                    known.value.dedup_by_key(|(identity, _)| *identity);
                }
                RuleParameters::GovernanceTimes { discussion_s, voting_s, timelock_s } => {
                    let asked = [*discussion_s, *voting_s, *timelock_s];
                    for (limit, asked) in self.times_s.iter_mut().zip(asked) {
                        if asked != 0 {
                            limit.tighten(asked, &source, |a, b| a > b);
                        }
                    }
                }
                RuleParameters::Expression { .. } => {
                    self.expression_gas +=
                        own.expression.as_ref().map_or(0, |expression| expression.gas());
                    self.expressions.push((own.expression.clone(), source));
                }
                RuleParameters::Crossings { allowed, blocked } => {
                    merge(&mut self.allowed, allowed);
                    merge(&mut self.blocked, blocked);
                }
            }
        }
        if let Some(own) = judges {
            self.judges = Some(match self.judges.take() {
                Some(above) => narrowed(above, own),
                None => own,
            });
        }
        for (credential_type, own) in issuers {
            let own = match self.issuers.remove(credential_type) {
                Some(above) => narrowed(above, own),
                None => own,
            };
            self.issuers.insert(credential_type.to_owned(), own);
        }
        if let Some(own) = witnesses {
            self.witnesses = own;
        }
    }

    /// How a rule of a realm below would be looser than what is in force here.
    pub(crate) fn loosened_by(&self, rule: &Rule) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut least = |asked: u32, limit: &Limit<u32>, what: &str| {
            if asked < limit.value {
                let message = format!(
                    "{what}: the realm above asks for {} ppm; ask for as much or more",
                    limit.value
                );
                found.push(
                    loosens(rule, message, limit.source.as_ref()).numbers_ppm(asked, limit.value),
                );
            }
        };
        match &rule.parameters {
            RuleParameters::MinTrust { norm_ppm } => {
                least(*norm_ppm, &self.min_trust, "least norm");
            }
            RuleParameters::DimensionMinimum { dimension, trust_ppm } => {
                least(*trust_ppm, &self.minima[dimension.index()], dimension.name());
            }
            RuleParameters::Join(policy) if *policy < self.join.value => {
                found.push(loosens(
                    rule,
                    "the realm above has a stricter way to join; choose the same or a stricter one"
                        .to_owned(),
                    self.join.source.as_ref(),
                ));
            }
            RuleParameters::Isolation(level) if *level < self.isolation.value => {
                found.push(loosens(
                    rule,
                    "the realm above is more closed; choose the same or a more closed level"
                        .to_owned(),
                    self.isolation.source.as_ref(),
                ));
            }
            RuleParameters::Quota { .. } => {
                let names = ["events", "bytes", "gas", "crossings"];
                let asked = quota_of(&rule.parameters);
                for ((limit, asked), name) in self.quota.iter().zip(asked).zip(names) {
                    if asked > limit.value {
                        let message = format!(
                            "{name}: at most {} are left by what is above; ask for as many or fewer",
                            limit.value
                        );
                        found.push(loosens(rule, message, limit.source.as_ref()));
                    }
                }
            }
            RuleParameters::GovernanceTimes { discussion_s, voting_s, timelock_s } => {
                let asked = [*discussion_s, *voting_s, *timelock_s];
                for (limit, asked) in self.times_s.iter().zip(asked) {
                    if asked != 0 && asked < limit.value {
                        let message = format!(
                            "a time of {asked} s: the realm above asks for at least {} s",
                            limit.value
                        );
                        found.push(loosens(rule, message, limit.source.as_ref()));
                    }
                }
            }
            RuleParameters::Judges(people) => {
                found.extend(self.judges.as_ref().and_then(|above| outside(rule, people, above)));
            }
            RuleParameters::Issuers { credential_type, identities } => {
                let above = self.issuers.get(credential_type);
                found.extend(above.and_then(|above| outside(rule, identities, above)));
            }
            _ => {}
        }
        found
    }

    /// Number of expressions in force.
    #[must_use]
    pub fn expression_count(&self) -> usize {
        self.expressions.len()
    }
}

fn outside(rule: &Rule, people: &[IdentityId], above: &Limit<People>) -> Option<Violation> {
    let stranger = people.iter().find(|who| !above.value.contains(who))?;
    let message = format!("{stranger} may not in the realm above; name only whom it names");
    Some(loosens(rule, message, above.source.as_ref()))
}

fn loosens(rule: &Rule, message: String, source: Option<&Source>) -> Violation {
    let violation = Violation::new(code::RULE_LOOSENS.0, format!("rules.{}", rule.id), message);
    match source {
        Some(source) => violation.of_rule(source.realm, source.rule.clone()),
        None => violation,
    }
}

/// Several rules of one realm add up.
fn appoint(known: &mut Option<Limit<People>>, people: &[IdentityId], source: Source) {
    let known = known.get_or_insert(Limit { value: Vec::new(), source: Some(source) });
    known.value.extend_from_slice(people);
    known.value.sort_unstable();
    known.value.dedup();
}

fn narrowed(above: Limit<People>, mut own: Limit<People>) -> Limit<People> {
    own.value.retain(|who| above.value.contains(who));
    if own.value.is_empty() { above } else { own }
}

fn merge(into: &mut Vec<RealmId>, from: &[RealmId]) {
    into.extend_from_slice(from);
    into.sort_unstable();
    into.dedup();
}

/// Events, bytes, gas, crossings as a rule asks; 0 = it does not say.
pub(crate) fn quota_of(parameters: &RuleParameters) -> [u64; 4] {
    match parameters {
        RuleParameters::Quota { events, bytes, gas, crossings } => {
            [u64::from(*events), *bytes, *gas, u64::from(*crossings)]
        }
        _ => [0; 4],
    }
}

/// Category of a rule with what tells rules of it apart: rules of one category
/// overrule each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// Least norm.
    MinTrust,
    /// Least value of a dimension.
    DimensionMinimum(Dimension),
    /// A required credential.
    CredentialRequired(String),
    /// How to join.
    Join,
    /// What may be used.
    Quota,
    /// How closed.
    Isolation,
    /// Who judges.
    Judges,
    /// Who issues a type.
    Issuers(String),
    /// Who witnesses.
    Witnesses,
    /// Times of government.
    GovernanceTimes,
    /// A policy; each stands by itself.
    Expression,
    /// Edges; all add up.
    Crossings,
}

impl Category {
    /// Category of these parameters.
    #[must_use]
    pub fn of(parameters: &RuleParameters) -> Self {
        match parameters {
            RuleParameters::MinTrust { .. } => Self::MinTrust,
            RuleParameters::DimensionMinimum { dimension, .. } => {
                Self::DimensionMinimum(*dimension)
            }
            RuleParameters::CredentialRequired { credential_type } => {
                Self::CredentialRequired(credential_type.clone())
            }
            RuleParameters::Join(_) => Self::Join,
            RuleParameters::Quota { .. } => Self::Quota,
            RuleParameters::Isolation(_) => Self::Isolation,
            RuleParameters::Judges(_) => Self::Judges,
            RuleParameters::Issuers { credential_type, .. } => {
                Self::Issuers(credential_type.clone())
            }
            RuleParameters::Witnesses(_) => Self::Witnesses,
            RuleParameters::GovernanceTimes { .. } => Self::GovernanceTimes,
            RuleParameters::Expression { .. } => Self::Expression,
            RuleParameters::Crossings { .. } => Self::Crossings,
        }
    }

    /// Kind of proposal that may set or remove rules of the category.
    #[must_use]
    pub const fn proposal_kind(&self) -> ProposalKind {
        match self {
            Self::MinTrust | Self::DimensionMinimum(_) | Self::Quota => ProposalKind::Parameter,
            Self::Judges | Self::Issuers(_) | Self::Witnesses | Self::GovernanceTimes => {
                ProposalKind::Governance
            }
            Self::CredentialRequired(_)
            | Self::Join
            | Self::Isolation
            | Self::Expression
            | Self::Crossings => ProposalKind::Rule,
        }
    }
}
