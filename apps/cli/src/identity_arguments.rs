//! Verbs about identities: agents, delegations, recovery, controllers.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::choices::{ControlledArgument, parse_ratio_ppm};

/// What is lent with a delegation.
#[derive(Debug, Args)]
pub(crate) struct LendingArguments {
    /// What may be done: *, read:PATH, write:PATH, execute:KIND,
    /// attest:DIMENSION,… or delegate:N; may be repeated.
    #[arg(long = "can", value_name = "CAPABILITY")]
    pub(crate) capabilities: Vec<String>,
    /// Share of your trust that goes with it, above 0 to 1.
    #[arg(long, default_value = "1", value_parser = parse_ratio_ppm, value_name = "RATIO")]
    pub(crate) factor: u32,
    /// When it ends: a date (2027-12-31) or a span (90d, 12h).
    #[arg(long, value_name = "MOMENT")]
    pub(crate) expires: Option<String>,
    /// How many further links may follow, 0 to 5.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=5))]
    pub(crate) depth: u8,
}

#[derive(Debug, Args)]
pub(crate) struct AgentCreation {
    /// Name of the agent; public and permanent.
    pub(crate) name: String,
    /// Where to write the agent's key; default: beside your own key file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Kind of identity.
    #[arg(long, value_enum, default_value_t = ControlledArgument::Spirit)]
    pub(crate) namespace: ControlledArgument,
    #[command(flatten)]
    pub(crate) lending: LendingArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AgentCommand {
    /// Make an agent's key, register the agent as yours, and lend it what --can
    /// says in --realm and all realms below it.
    Create(AgentCreation),
    /// Agents of an identity.
    List {
        /// DID or uid of the controller; default: the identity of the key file.
        controller: Option<String>,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// An agent: who controls it, what it may do, what it did last.
    Show {
        /// DID or uid.
        agent: String,
        /// Newest events to print.
        #[arg(long, default_value_t = 10)]
        limit: u32,
    },
    /// Take back everything that you have lent to an agent.
    Revoke {
        /// DID or uid.
        agent: String,
        /// Why; public.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// End an agent for ever: none of its keys signs again.
    Deactivate {
        /// DID or uid.
        agent: String,
        /// Why; public.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DelegationCommand {
    /// Lend authority in --realm and all realms below it.
    Give {
        /// DID or uid of who gets it.
        delegate: String,
        #[command(flatten)]
        lending: LendingArguments,
        /// When it begins: a date or a span; default: at once.
        #[arg(long, value_name = "MOMENT")]
        from: Option<String>,
        /// The delegation to you that you hand on, 64 hex digits; default: your
        /// own authority.
        #[arg(long, value_name = "EVENT")]
        via: Option<String>,
    },
    /// Delegations by and to an identity.
    List {
        /// DID or uid; default: the identity of the key file.
        identity: Option<String>,
        /// Also those that have ended.
        #[arg(long)]
        all: bool,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Whether somebody may do something by way of delegations.
    Check {
        /// DID or uid.
        delegate: String,
        /// Such as attest:reliability.
        capability: String,
    },
    /// Take a delegation back, and with it every chain through it.
    Revoke {
        /// Id of the delegation event, 64 hex digits.
        event: String,
        /// Why; public.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecoveryCommand {
    /// Ask the log to replace all keys of an identity by a new one, after its
    /// public delay.
    Start {
        /// File with the recovery code; `-` = standard input.
        code: PathBuf,
        /// Where to write the new key; default: the key file of --key.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Label of this device; public.
        #[arg(long, default_value = "")]
        label: String,
        /// Make the next recovery key too; its code goes to a second file.
        #[arg(long)]
        renew: bool,
    },
    /// Whether a recovery waits, and until when.
    Status {
        /// DID or uid; default: the identity of the key file.
        identity: Option<String>,
    },
    /// Stop a recovery that you did not ask for.
    Cancel {
        /// Why; public.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ControllerCommand {
    /// Print your consent to become the controller of an identity.
    Consent {
        /// DID or uid of the agent or thing.
        identity: String,
    },
    /// Hand an identity that you control to somebody who has consented.
    Set {
        /// DID or uid of the agent or thing.
        identity: String,
        /// What `controller consent` printed.
        #[arg(long, value_name = "CODE")]
        consent: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    /// End your identity for ever: none of its keys signs again.
    Deactivate {
        /// Why; public.
        #[arg(long, default_value = "")]
        reason: String,
        /// There is no way back; say that you mean it.
        #[arg(long, required = true)]
        forever: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DidCommand {
    /// The W3C DID document of an identity.
    Resolve {
        /// The DID; default: that of the key file.
        did: Option<String>,
        /// The whole resolution result with its metadata.
        #[arg(long)]
        result: bool,
    },
}
