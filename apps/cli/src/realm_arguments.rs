//! Verbs about realms and their government.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::choices::{ProposalKindArgument, ProposalStateArgument};

#[derive(Debug, Args)]
pub(crate) struct RealmCreation {
    /// Name of the realm.
    pub(crate) name: String,
    /// The realm above it, by id or name; default: the root realm.
    #[arg(long)]
    pub(crate) parent: Option<String>,
    /// What it is for; public.
    #[arg(long, default_value = "")]
    pub(crate) description: String,
    /// Begin with the rules of this template (`realm templates`).
    #[arg(long)]
    pub(crate) template: Option<String>,
    /// JSON file with one rule or a list of rules, as `realm rules --json`
    /// prints them; takes the place of rules of the same id. May be repeated.
    #[arg(long = "rule", value_name = "FILE")]
    pub(crate) rules: Vec<PathBuf>,
    /// DID or uid of another founder; may be repeated, at most six.
    #[arg(long = "founder", value_name = "IDENTITY")]
    pub(crate) founders: Vec<String>,
    /// For ordering alone: shares its parent's trust.
    #[arg(long)]
    pub(crate) partition: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RealmCommand {
    /// Realms, parents before children.
    List {
        /// Part of the name.
        query: Option<String>,
        /// Only realms in which this identity is a member.
        #[arg(long, value_name = "IDENTITY")]
        member: Option<String>,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// A realm: where it stands, how one joins, what it has used.
    Show {
        /// Id or name; default: the root realm.
        which: Option<String>,
    },
    /// The rules in force, with where each comes from.
    Rules {
        /// Id or name; default: the root realm.
        which: Option<String>,
    },
    /// The members.
    Members {
        /// Id or name; default: the root realm.
        which: Option<String>,
        /// Part of the name.
        #[arg(long, default_value = "")]
        query: String,
        /// Also those who left or are banned.
        #[arg(long)]
        former: bool,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Rules to begin a realm with.
    Templates,
    /// Found a realm.
    Create(RealmCreation),
    /// What is missing to join, without joining.
    Check {
        /// Id or name.
        which: String,
        /// DID or uid of who would join; default: the identity of the key file.
        #[arg(long)]
        subject: Option<String>,
        /// Realm from which the trust is carried over; default: the parent.
        #[arg(long)]
        from: Option<String>,
        /// DID or uid of a member who endorses; may be repeated.
        #[arg(long = "endorser", value_name = "IDENTITY")]
        endorsers: Vec<String>,
    },
    /// Print your endorsement of somebody who joins by invitation.
    Endorse {
        /// Id or name.
        which: String,
        /// DID or uid of who joins.
        person: String,
    },
    /// Join.
    Join {
        /// Id or name.
        which: String,
        /// Realm from which the trust is carried over; default: the parent.
        #[arg(long)]
        from: Option<String>,
        /// What `realm endorse` printed; may be repeated, at most eight.
        #[arg(long = "endorsement", value_name = "CODE")]
        endorsements: Vec<String>,
    },
    /// Leave.
    Leave {
        /// Id or name.
        which: String,
        /// Why; public.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ProposalDraft {
    /// What kind of decision it is.
    #[arg(long, value_enum)]
    pub(crate) kind: ProposalKindArgument,
    /// Title.
    #[arg(long)]
    pub(crate) title: String,
    /// Text; public.
    #[arg(long, default_value = "")]
    pub(crate) text: String,
    /// JSON file with one rule or a list of rules to set; may be repeated.
    #[arg(long = "set", value_name = "FILE")]
    pub(crate) set: Vec<PathBuf>,
    /// Id of an own rule of the realm to remove; may be repeated.
    #[arg(long = "remove", value_name = "RULE")]
    pub(crate) removed: Vec<String>,
    /// DID or uid of whom a proposal of the kind member is about.
    #[arg(long, value_name = "IDENTITY")]
    pub(crate) member: Option<String>,
    /// Admits the member instead of excluding them.
    #[arg(long, requires = "member")]
    pub(crate) admit: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProposalCommand {
    /// Proposals of --realm, or of all realms, newest first.
    List {
        /// Only in this state; may be repeated.
        #[arg(long = "state", value_enum)]
        states: Vec<ProposalStateArgument>,
        /// DID or uid of the proposer.
        #[arg(long, value_name = "IDENTITY")]
        proposer: Option<String>,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// A proposal: its phases, its tally, what it changes.
    Show {
        /// Id of the proposal event, 64 hex digits.
        proposal: String,
    },
    /// Propose something to --realm.
    Create(ProposalDraft),
    /// Every reason for which a proposal would be refused, without proposing.
    Check(ProposalDraft),
    /// Take part in the discussion.
    Comment {
        /// Id of the proposal event, 64 hex digits.
        proposal: String,
        /// The text; public.
        text: String,
    },
    /// The proposal with its whole discussion, all votes and the result.
    Minutes {
        /// Id of the proposal event, 64 hex digits.
        proposal: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct VoteArguments {
    /// Id of the proposal event, 64 hex digits.
    pub(crate) proposal: String,
    /// −10 to 10, not 0; against is negative.
    #[arg(allow_negative_numbers = true, value_parser = clap::value_parser!(i8).range(-10..=10))]
    pub(crate) votes: i8,
    /// Why; public.
    #[arg(long, default_value = "")]
    pub(crate) comment: String,
    /// Show what it costs and changes, and stop.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VetoArguments {
    /// Id of the proposal event, 64 hex digits.
    pub(crate) proposal: String,
    /// Why; public.
    #[arg(long, default_value = "")]
    pub(crate) comment: String,
    /// Show what it changes, and stop.
    #[arg(long)]
    pub(crate) dry_run: bool,
}
