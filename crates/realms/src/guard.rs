//! The guard between realms: a pure, total conjunction (protocol §7).

use erynoa_events::{Dimension, JoinPolicy};
use erynoa_kernel::{Code, IdentityId, RealmId, Violation};
use erynoa_trust::{Context, norm};

use crate::crossing::Way;
use crate::error::code;
use crate::parameters::{ENDORSEMENTS, FIDELITY_LEAST_PPM, TOKEN_US};
use crate::rules::{Effective, Source};

/// Code of `identity` for who has been deactivated.
const INACTIVE: Code = "EVENT_AUTHOR_INACTIVE";

/// All that the guard looks at.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Who wants to cross.
    pub subject: IdentityId,
    /// The realm that they come from.
    pub from: RealmId,
    /// The realm that they want to enter.
    pub to: RealmId,
    /// Time of the last closed epoch, microseconds.
    pub now_us: u64,
    /// The log has the identity.
    pub known: bool,
    /// Neither they nor whoever controls them was deactivated.
    pub active: bool,
    /// They are a member of `from`.
    pub member_of_from: bool,
    /// They are a member of `to` already.
    pub member_of_to: bool,
    /// They are excluded from `to` or from a realm above it.
    pub banned: bool,
    /// The way through the tree.
    pub way: Way,
    /// R, I, C, P, V, Ω in `from`, ppm.
    pub values_ppm: [u32; 6],
    /// What is in force in `to`.
    pub rules: &'a Effective,
    /// Required credentials that they do not hold.
    pub missing: Vec<&'a (String, Source)>,
    /// Endorsements that count.
    pub endorsements: usize,
    /// Endorsements that do not count, each with the reason.
    pub endorsements_invalid: Vec<(IdentityId, &'static str)>,
    /// A decision of the realm admits them.
    pub admitted: bool,
    /// Expressions that do not permit it.
    pub denied: Vec<&'a Source>,
    /// Parts of the quota that are used up or held back.
    pub quota: Vec<Violation>,
}

/// Leave to cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Who.
    pub subject: IdentityId,
    /// From where.
    pub from: RealmId,
    /// To where.
    pub to: RealmId,
    /// Until when, exclusive, microseconds.
    pub expires_at_us: u64,
}

impl Token {
    /// Whether the token lets this crossing through at this time.
    #[must_use]
    pub fn allows(&self, subject: &IdentityId, from: &RealmId, to: &RealmId, now_us: u64) -> bool {
        (self.subject, self.from, self.to) == (*subject, *from, *to) && now_us < self.expires_at_us
    }
}

/// Whether everything holds that `facts` are asked for.
///
/// # Errors
/// Everything that does not hold, in a fixed order.
pub fn guard(facts: &Facts<'_>) -> Result<Token, Vec<Violation>> {
    let mut found = Vec::new();
    who(facts, &mut found);
    trust(facts, &mut found);
    papers(facts, &mut found);
    found.extend(facts.denied.iter().map(|source| {
        let message = format!("the expression {} does not permit it", source.rule);
        Violation::new(code::RULE_DENIES.0, format!("rules.{}", source.rule), message)
            .of_rule(source.realm, source.rule.clone())
    }));
    found.extend(facts.quota.iter().cloned());
    if !found.is_empty() {
        return Err(found);
    }
    Ok(Token {
        subject: facts.subject,
        from: facts.from,
        to: facts.to,
        expires_at_us: facts.now_us.saturating_add(TOKEN_US),
    })
}

fn who(facts: &Facts<'_>, found: &mut Vec<Violation>) {
    if !facts.known {
        found.push(Violation::new(
            erynoa_events::code::IDENTITY_UNKNOWN.0,
            "subject",
            "the log does not know the identity; create it first",
        ));
    }
    if facts.known && !facts.active {
        found.push(Violation::new(
            INACTIVE,
            "subject",
            "the identity, or somebody who controls it, has been deactivated",
        ));
    }
    if facts.banned {
        found.push(Violation::new(
            code::MEMBER_BANNED.0,
            "subject",
            "excluded by a decision of the realm or of one above it; a proposal can lift that",
        ));
    }
    if facts.member_of_to {
        found.push(Violation::new(code::ALREADY_MEMBER.0, "subject", "is a member already"));
    }
    if !facts.member_of_from {
        found.push(Violation::new(
            code::MEMBER_REQUIRED.0,
            "realm_joined.from",
            "trust is carried over from a realm of which one is a member; name one of those, or join the realm above first",
        ));
    }
    if facts.way.blocked {
        found.push(Violation::new(
            code::CROSSING_BLOCKED.0,
            "realm_joined.from",
            "a realm on the way blocks this edge; come from another realm",
        ));
    }
}

fn of_source(violation: Violation, source: Option<&Source>) -> Violation {
    match source {
        Some(source) => violation.of_rule(source.realm, source.rule.clone()),
        None => violation,
    }
}

fn trust(facts: &Facts<'_>, found: &mut Vec<Violation>) {
    let view = facts.way.view(&facts.values_ppm);
    let seen = norm(&view, Context::Default);
    let asked = &facts.rules.min_trust;
    if seen < asked.value {
        let message = format!(
            "the norm as seen from the realm is {seen} ppm, at least {} are asked for",
            asked.value
        );
        let violation = Violation::new(code::TRUST_TOO_LOW.0, "min_trust", message);
        found.push(of_source(violation.numbers_ppm(seen, asked.value), asked.source.as_ref()));
    }
    let dimensions = Dimension::ALL.iter().zip(&facts.rules.minima);
    for ((dimension, asked), seen) in dimensions.zip(view) {
        if seen < asked.value {
            let name = dimension.name();
            let message = format!(
                "{name} as seen from the realm is {seen} ppm, at least {} are asked for",
                asked.value
            );
            let violation = Violation::new(code::DIMENSION_TOO_LOW.0, name, message);
            found.push(of_source(violation.numbers_ppm(seen, asked.value), asked.source.as_ref()));
        }
    }
    let fidelity = view[Dimension::Fidelity.index()];
    if fidelity < FIDELITY_LEAST_PPM {
        let message = format!(
            "fidelity is {fidelity} ppm; every gate asks for at least {FIDELITY_LEAST_PPM}"
        );
        found.push(
            Violation::new(code::FIDELITY_TOO_LOW.0, "fidelity", message)
                .numbers_ppm(fidelity, FIDELITY_LEAST_PPM),
        );
    }
}

fn papers(facts: &Facts<'_>, found: &mut Vec<Violation>) {
    for (credential_type, source) in &facts.missing {
        let message = format!(
            "a live credential of the type {credential_type}, issued in the realm or one above it, is missing"
        );
        found.push(
            Violation::new(code::CREDENTIAL_MISSING.0, "credentials", message)
                .of_rule(source.realm, source.rule.clone()),
        );
    }
    if let Some(source) = facts.rules.by_credential.as_ref()
        && facts.rules.credentials.is_empty()
    {
        found.push(
            Violation::new(
                code::CREDENTIAL_MISSING.0,
                "credentials",
                "the realm admits by credential and names none yet; propose a rule that does",
            )
            .of_rule(source.realm, source.rule.clone()),
        );
    }
    if let Some(source) = &facts.rules.invitation {
        for (identity, reason) in &facts.endorsements_invalid {
            found.push(Violation::new(
                code::ENDORSEMENT_INVALID.0,
                "realm_joined.endorsements",
                format!("the endorsement of {identity} does not count: {reason}"),
            ));
        }
        if facts.endorsements < ENDORSEMENTS {
            let message = format!(
                "{} members with a norm of at least 0.7 must endorse, {} do",
                ENDORSEMENTS, facts.endorsements
            );
            found.push(
                Violation::new(code::ENDORSEMENTS_MISSING.0, "realm_joined.endorsements", message)
                    .of_rule(source.realm, source.rule.clone()),
            );
        }
    }
    if facts.rules.join.value == JoinPolicy::Vote && !facts.admitted {
        let violation = Violation::new(
            code::VOTE_NEEDED.0,
            "realm_joined",
            "the realm admits by vote; a member proposes to admit you, then come back",
        );
        found.push(of_source(violation, facts.rules.join.source.as_ref()));
    }
}
