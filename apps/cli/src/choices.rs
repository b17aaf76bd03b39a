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
    Attestation,
    AttestationRevoked,
    Receipt,
    RealmCreated,
    EquivocationProof,
    EpochClosed,
    Custom,
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
