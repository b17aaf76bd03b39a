//! Verbs about accounts, sessions and the audit log.

use clap::{Args, Subcommand, ValueEnum};

/// What an account may be.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RoleArgument {
    Member,
    Operator,
    Admin,
}

impl RoleArgument {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Accounts, newest first.
    List {
        /// Part of name, e-mail address or DID.
        query: Option<String>,
        /// Only with this role.
        #[arg(long, value_enum)]
        role: Option<RoleArgument>,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// One account; default: one's own.
    Show {
        /// Id, e-mail address or DID.
        user: Option<String>,
    },
    /// Invite somebody; prints the link once.
    Invite(InviteArguments),
    /// Accept an invitation for one's own account.
    Accept {
        /// The link, or the token at its end.
        link: String,
    },
    /// Give an account exactly these roles and what they include.
    Roles {
        /// Id, e-mail address or DID.
        user: String,
        /// The roles.
        #[arg(value_enum, required = true)]
        roles: Vec<RoleArgument>,
    },
    /// Lock an account out and end its sessions.
    Disable {
        /// Id, e-mail address or DID.
        user: String,
    },
    /// Let a disabled account in again.
    Enable {
        /// Id, e-mail address or DID.
        user: String,
    },
    /// Delete an account and its sessions; what its identity signed stays.
    Delete {
        /// Id, e-mail address or DID.
        user: String,
        /// Yes, for good.
        #[arg(long, required = true)]
        forever: bool,
    },
    /// Everything that the installation keeps about one's own account, as JSON.
    Export,
}

#[derive(Debug, Args)]
pub(crate) struct InviteArguments {
    /// E-mail address.
    pub(crate) email: String,
    /// What the person is called.
    #[arg(long, default_value = "")]
    pub(crate) name: String,
    /// A role that the account gets; may be repeated.
    #[arg(long = "role", value_enum)]
    pub(crate) roles: Vec<RoleArgument>,
    /// Language of the mail: en or de.
    #[arg(long, default_value = "en")]
    pub(crate) language: String,
    /// Words of one's own for the mail.
    #[arg(long, default_value = "")]
    pub(crate) message: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// Sessions, newest first; default: one's own.
    List {
        /// Of this account: id, e-mail address or DID.
        #[arg(long, conflicts_with = "all")]
        user: Option<String>,
        /// Of everybody.
        #[arg(long)]
        all: bool,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// End a session; its tokens stop at once.
    Revoke {
        /// Id of the session, 32 hex digits.
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Who did what with special rights, newest first.
    List {
        /// Only actions that begin with this, such as `user.`.
        #[arg(long, default_value = "")]
        action: String,
        /// Only with this target, as entries name it.
        #[arg(long, default_value = "")]
        target: String,
        /// Most entries to print; 0 = all.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Let the server recompute the chain from its beginning.
    Verify,
}
