//! What can be chosen on the command line.

use clap::ValueEnum;

/// The kinds of identity that need no controller.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum NamespaceArgument {
    /// A person.
    #[value(name = "self")]
    SelfHood,
    /// An organisation.
    Guild,
    /// A service.
    Craft,
    /// A vault.
    Vault,
    /// A contract.
    Pact,
    /// A group.
    Circle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DimensionArgument {
    /// R
    Reliability,
    /// I
    Integrity,
    /// C
    Competence,
    /// P
    Prestige,
    /// V
    Vigilance,
    /// Ω
    Fidelity,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ContextArgument {
    Default,
    Finance,
    Social,
    Governance,
    Technical,
    Creative,
    Knowledge,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ExplainOrderArgument {
    /// Greatest effect first.
    Effect,
    /// Newest first.
    Newest,
    /// Greatest weight first.
    Weight,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum KindArgument {
    IdentityCreated,
    KeyAdded,
    KeyRevoked,
    ControllerSet,
    IdentityDeactivated,
    IdentityRecovered,
    Attestation,
    AttestationRevoked,
    Receipt,
    Vouch,
    VouchRevoked,
    CredentialIssued,
    CredentialRevoked,
    Judgement,
    Delegation,
    DelegationRevoked,
    RealmCreated,
    RealmRulesChanged,
    RealmJoined,
    RealmLeft,
    MemberBanned,
    Proposal,
    Vote,
    ProposalClosed,
    EquivocationProof,
    AnomalyReported,
    AnomalyJudged,
    EpochCosigned,
    EpochClosed,
    Custom,
}

/// The kinds of identity that somebody controls.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ControlledArgument {
    /// An AI agent.
    Spirit,
    /// A thing.
    Thing,
    /// A vessel.
    Vessel,
    /// A source of data.
    Source,
}

/// Which side of an interaction somebody is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SideArgument {
    /// Who did it.
    Performer,
    /// For whom it was done.
    Client,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum OutcomeArgument {
    /// The performer did what was agreed.
    Kept,
    /// The performer did not.
    Broken,
    /// The performer stopped half-way.
    AbortedByPerformer,
    /// The client stopped half-way.
    AbortedByClient,
}

/// What a judge finds about an attestation.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum VerdictArgument {
    /// What it says is so.
    True,
    /// False in a small thing.
    Minor,
    /// False in what matters.
    Significant,
    /// False on purpose.
    Fraud,
}

/// What was broken.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum BreachArgument {
    /// A contract.
    Contract,
    /// A rule of the realm.
    Realm,
    /// An axiom of the protocol.
    Axiom,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SeverityArgument {
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AnomalyArgument {
    /// Too many events in a time.
    Rate,
    /// Far from the identity's own habit.
    Deviation,
    /// A circle of statements within an hour.
    Cycle,
    /// Evidence that comes mostly from each other.
    Collusion,
    /// Something else; the comment says what.
    Other,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ProposalKindArgument {
    /// Numbers: min_trust, dimension_minimum, quota.
    Parameter,
    /// A decision in words.
    Treasury,
    /// Any other rule.
    Rule,
    /// Excludes or admits somebody.
    Member,
    /// judges, issuers, witnesses, governance_times.
    Governance,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ProposalStateArgument {
    Draft,
    Discussion,
    Voting,
    Timelock,
    Executed,
    Defeated,
    Vetoed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LoadMode {
    /// Single submits, one in flight per client.
    Submit,
    /// Batches of 1000.
    Batch,
    /// Unary reads over gRPC.
    Get,
    /// Unary reads over gRPC-Web.
    GetWeb,
    /// All of them one after the other, and an empty tonic service to compare.
    All,
}

/// A ratio such as 0.25, in ppm.
pub(crate) fn parse_ratio_ppm(text: &str) -> Result<u32, String> {
    let wrong = || "a ratio from 0 to 1 with at most six decimals, such as 0.25".to_owned();
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    if decimals.is_empty() || decimals.len() > 6 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let whole: u32 = whole.parse().map_err(|_| wrong())?;
    let decimals: u32 = format!("{decimals:0<6}").parse().map_err(|_| wrong())?;
    match whole.checked_mul(1_000_000).and_then(|ppm| ppm.checked_add(decimals)) {
        Some(ppm) if ppm <= 1_000_000 => Ok(ppm),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_exact_ppm() {
        assert_eq!(parse_ratio_ppm("0.25"), Ok(250_000));
        assert_eq!(parse_ratio_ppm("1"), Ok(1_000_000));
        assert_eq!(parse_ratio_ppm("0.000001"), Ok(1));
        for wrong in ["1.1", "-1", "x", "0.", "0.1234567", "0.+1", "5000"] {
            assert!(parse_ratio_ppm(wrong).is_err(), "{wrong}");
        }
    }
}
