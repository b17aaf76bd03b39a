//! Verbs about what people answer for, issue, confirm, judge and report.

use clap::{Args, Subcommand};

use crate::choices::{
    AnomalyArgument, BreachArgument, OutcomeArgument, SeverityArgument, SideArgument,
    VerdictArgument, parse_ratio_ppm,
};

/// What a list of statements shows.
#[derive(Debug, Args)]
pub(crate) struct StatementFilter {
    /// DID or uid, on either side; default: the identity of the key file.
    pub(crate) identity: Option<String>,
    /// Also those that have ended.
    #[arg(long)]
    pub(crate) all: bool,
    /// Most entries to print on each side; 0 = all.
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: u32,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VouchCommand {
    /// Answer for a member.
    Give {
        /// DID or uid.
        member: String,
        /// What is at stake, above 0 to 0.3.
        #[arg(long, default_value = "0.1", value_parser = parse_ratio_ppm, value_name = "RATIO")]
        stake: u32,
        /// Why; public.
        #[arg(long, default_value = "")]
        comment: String,
        /// When it ends: a date (2027-12-31) or a span (90d, 12h).
        #[arg(long, value_name = "MOMENT")]
        expires: Option<String>,
    },
    /// Who answers for somebody, and for whom they answer.
    List(StatementFilter),
    /// Take a vouch back.
    Revoke {
        /// Id of the vouch event, 64 hex digits.
        event: String,
        /// Why; public.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum CredentialCommand {
    /// Issue a credential.
    Issue {
        /// DID or uid.
        subject: String,
        /// Such as person or professional; who may issue it is a rule.
        #[arg(long = "type", value_name = "TYPE")]
        credential_type: String,
        /// What it says; public.
        #[arg(long, default_value = "")]
        claim: String,
        /// File of private content that the subject holds; only its BLAKE3 is
        /// published.
        #[arg(long, value_name = "FILE")]
        content: Option<std::path::PathBuf>,
        /// When it ends: a date (2027-12-31) or a span (90d, 12h).
        #[arg(long, value_name = "MOMENT")]
        expires: Option<String>,
    },
    /// Credentials that somebody holds, and that they have issued.
    List(StatementFilter),
    /// Take a credential back.
    Revoke {
        /// Id of the credential event, 64 hex digits.
        event: String,
        /// Because of fraud: costs the subject integrity 10.
        #[arg(long)]
        fraud: bool,
        /// Why; public.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Sign the terms of an interaction and print them as a code for the other
    /// side.
    Offer {
        /// DID or uid of the other side.
        other: String,
        /// Which side you are on.
        #[arg(long = "as", value_enum)]
        side: SideArgument,
        /// How it ended.
        #[arg(long, value_enum, default_value_t = OutcomeArgument::Kept)]
        outcome: OutcomeArgument,
        /// What it was about; public.
        #[arg(long, default_value = "")]
        description: String,
    },
    /// Show what a code says, without signing it.
    Show {
        /// What `receipt offer` printed.
        code: String,
    },
    /// Sign the terms of the other side and publish the receipt.
    Confirm {
        /// What `receipt offer` printed.
        code: String,
    },
    /// Receipts of an identity, newest first.
    List {
        /// DID or uid; default: the identity of the key file.
        identity: Option<String>,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum JudgeCommand {
    /// Decide whether an attestation is true.
    Claim {
        /// Id of the attestation event, 64 hex digits.
        event: String,
        /// What you find.
        #[arg(long, value_enum)]
        verdict: VerdictArgument,
        /// Why; public.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Find a proposal to be spam.
    Spam {
        /// Id of the proposal event, 64 hex digits.
        event: String,
        /// Why; public.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Find that the author of an event broke a rule.
    Breach {
        /// Id of the event, 64 hex digits.
        event: String,
        /// What was broken.
        #[arg(long, value_enum)]
        of: BreachArgument,
        /// Why; public.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Find the author of an event at fault; whoever vouches for them answers.
    Fault {
        /// Id of the event, 64 hex digits.
        event: String,
        /// How bad, above 0 to 1.
        #[arg(long, value_parser = parse_ratio_ppm, value_name = "RATIO")]
        severity: u32,
        /// Why; public.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// What judges have decided, newest first.
    List {
        /// DID or uid of whom it is about.
        #[arg(long, value_name = "IDENTITY")]
        subject: Option<String>,
        /// Id of the event that was judged.
        #[arg(long, value_name = "EVENT", default_value = "")]
        target: String,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Report something odd; changes no trust until it is judged.
    File {
        /// DIDs or uids of whom it is about, at most eight.
        #[arg(required = true)]
        subjects: Vec<String>,
        /// What it looks like.
        #[arg(long, value_enum)]
        class: AnomalyArgument,
        /// How bad it looks.
        #[arg(long, value_enum)]
        severity: SeverityArgument,
        /// Id of an event that shows it; may be repeated, at most eight.
        #[arg(long = "evidence", value_name = "EVENT")]
        evidence: Vec<String>,
        /// What was seen; public.
        #[arg(long, default_value = "")]
        comment: String,
    },
    /// Reports of --realm, or of all realms, newest first.
    List {
        /// Only those that nobody has decided.
        #[arg(long)]
        open: bool,
        /// DID or uid of somebody whom they are about.
        #[arg(long, value_name = "IDENTITY")]
        subject: Option<String>,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Decide on a report as a judge of its realm.
    #[command(group = clap::ArgGroup::new("decision").required(true).args(["confirmed", "unfounded"]))]
    Judge {
        /// Id of the report, 64 hex digits.
        report: String,
        /// It is so, and this bad.
        #[arg(long, value_enum, value_name = "SEVERITY")]
        confirmed: Option<SeverityArgument>,
        /// It is not so.
        #[arg(long)]
        unfounded: bool,
        /// Why; public.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// What the detector has found, newest first; for operators.
    Findings {
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
}
