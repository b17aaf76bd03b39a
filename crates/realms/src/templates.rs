//! Rules to begin a realm with.

use erynoa_events::{Dimension, Isolation, JoinPolicy, Rule, RuleParameters};

/// A set of rules under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Such as `open-community`.
    pub id: &'static str,
    /// Strictly ascending by id, in force at once.
    pub rules: Vec<Rule>,
}

/// What agents may do in a workshop: everything but to govern.
const AGENTS_WORKSHOP: &str = "\
// Whoever keeps to the rules may work here.
permit(principal, action, resource)
when { principal.fidelity >= 50000 };

// Agents do not govern people.
forbid(principal, action in [Action::\"proposal\", Action::\"vote\"], resource)
when { principal.namespace == \"spirit\" };
";

fn rule(id: &str, parameters: RuleParameters) -> Rule {
    Rule { id: id.to_owned(), effective_from_us: 0, parameters }
}

fn least(norm_ppm: u32) -> Rule {
    rule("least-trust", RuleParameters::MinTrust { norm_ppm })
}

fn join(policy: JoinPolicy) -> Rule {
    rule("joining", RuleParameters::Join(policy))
}

fn isolation(level: Isolation) -> Rule {
    rule("isolation", RuleParameters::Isolation(level))
}

/// All templates.
#[must_use]
pub fn templates() -> Vec<Template> {
    let minimum = |id, dimension, trust_ppm| {
        rule(id, RuleParameters::DimensionMinimum { dimension, trust_ppm })
    };
    let credential = |credential_type: &str| {
        rule(
            "credential",
            RuleParameters::CredentialRequired { credential_type: credential_type.to_owned() },
        )
    };
    let template = |id, mut rules: Vec<Rule>| {
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        Template { id, rules }
    };
    vec![
        // Anybody joins and speaks.
        template(
            "open-community",
            vec![least(0), join(JoinPolicy::Open), isolation(Isolation::Public)],
        ),
        // Two members answer for a newcomer.
        template(
            "members-club",
            vec![least(0), join(JoinPolicy::Invitation), isolation(Isolation::Members)],
        ),
        // Whoever has proved the trade.
        template(
            "professional-guild",
            vec![
                least(0),
                join(JoinPolicy::Credential),
                isolation(Isolation::Members),
                credential("professional"),
            ],
        ),
        // Whoever is known to deliver and to be honest.
        template(
            "marketplace",
            vec![
                least(200_000),
                join(JoinPolicy::Open),
                isolation(Isolation::Members),
                minimum("least-integrity", Dimension::Integrity, 200_000),
                minimum("least-reliability", Dimension::Reliability, 200_000),
            ],
        ),
        // Members decide who belongs.
        template(
            "council",
            vec![
                least(0),
                join(JoinPolicy::Vote),
                isolation(Isolation::Strict),
                rule(
                    "times",
                    RuleParameters::GovernanceTimes {
                        discussion_s: 86_400,
                        voting_s: 172_800,
                        timelock_s: 0,
                    },
                ),
            ],
        ),
        // People and their agents work together, people govern.
        template(
            "agents-workshop",
            vec![
                least(0),
                join(JoinPolicy::Open),
                isolation(Isolation::Members),
                rule("conduct", RuleParameters::Expression { cedar: AGENTS_WORKSHOP.to_owned() }),
            ],
        ),
    ]
}
