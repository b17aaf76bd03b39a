//! What reports say: of a realm, of a decision, of the audit log. Times are
//! microseconds since the Unix epoch, ratios parts per million; every number is
//! below 2⁵³. Text of people is bounded and on one line.

use serde::{Deserialize, Serialize};

/// Rules that a report lists.
pub const RULES_MOST: usize = 100;
/// Realms below that a report of a realm names: the oldest.
pub const CHILDREN_MOST: usize = 50;
/// Proposals that a report of a realm lists: the newest.
pub const PROPOSALS_MOST: usize = 30;
/// Votes that minutes list: the first.
pub const VOTES_MOST: usize = 200;
/// Contributions to the discussion that minutes list: the first.
pub const COMMENTS_MOST: usize = 50;
/// Entries that a report of the audit log lists: the newest.
pub const AUDIT_LINES_MOST: usize = 400;

/// What a report says: the subject of its credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Report {
    /// Of a realm.
    Realm(RealmReport),
    /// Of a decision.
    Minutes(Minutes),
    /// Of the audit log.
    Audit(AuditReport),
}

impl Report {
    /// Stable name: `realm`, `minutes` or `audit`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Realm(_) => "realm",
            Self::Minutes(_) => "minutes",
            Self::Audit(_) => "audit",
        }
    }

    /// Of what it is: the name of a realm, the title of a proposal; nothing for
    /// the audit log.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Realm(report) => &report.name,
            Self::Minutes(minutes) => &minutes.title,
            Self::Audit(_) => "",
        }
    }
}

/// As of when a report of the log holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bounds {
    /// The last closed epoch.
    pub epoch: u64,
    /// Its time.
    pub closed_at_us: u64,
    /// State root after it, 64 hexadecimal digits.
    pub state_root: String,
}

/// A rule in what it asks for. Identities and realms are names, or what stands
/// in for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "category",
    rename_all = "snake_case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum RuleSaid {
    /// Least norm of who joins.
    MinTrust {
        /// Ratio.
        norm_ppm: u32,
    },
    /// Least value of one dimension of who joins.
    DimensionMinimum {
        /// Name as in the protocol.
        dimension: String,
        /// Ratio.
        trust_ppm: u32,
    },
    /// A credential of who joins.
    CredentialRequired {
        /// Its type.
        credential_type: String,
    },
    /// How people join.
    Join {
        /// `open`, `credential`, `invitation` or `vote`.
        policy: String,
    },
    /// What may be used in an epoch; 0 = as the protocol says.
    Quota {
        /// Events.
        events: u64,
        /// Bytes of entries.
        bytes: u64,
        /// Gas.
        gas: u64,
        /// Joins.
        crossings: u64,
    },
    /// Who may speak.
    Isolation {
        /// `public`, `members` or `strict`.
        level: String,
    },
    /// Who may judge.
    Judges {
        /// Names.
        names: Vec<String>,
    },
    /// Who may issue a type of credential.
    Issuers {
        /// Its type.
        credential_type: String,
        /// Names.
        names: Vec<String>,
    },
    /// The witness set.
    Witnesses {
        /// Names.
        names: Vec<String>,
    },
    /// Times of government, seconds; 0 = as the protocol says.
    GovernanceTimes {
        /// Of the discussion.
        discussion_s: u32,
        /// Of the voting.
        voting_s: u32,
        /// Of the timelock.
        timelock_s: u32,
    },
    /// A policy.
    Expression {
        /// Its text in Cedar.
        cedar: String,
    },
    /// Edges of the tree.
    Crossings {
        /// Realms whose trust is kept whole.
        allowed: Vec<String>,
        /// Realms of which nothing is kept.
        blocked: Vec<String>,
    },
}

/// A rule with where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleLine {
    /// Its id.
    pub id: String,
    /// What it asks for.
    pub said: RuleSaid,
    /// Name of the realm that set it.
    pub origin: String,
    /// Set further up.
    pub inherited: bool,
    /// Not in force yet.
    pub future: bool,
    /// A stricter one stands in its place.
    pub overruled: bool,
}

/// A proposal in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProposalLine {
    /// Its event, 64 hexadecimal digits.
    pub event: String,
    /// What it is called.
    pub title: String,
    /// `parameter`, `treasury`, `rule`, `member` or `governance`.
    pub kind: String,
    /// Phase as in the protocol.
    pub phase: String,
    /// When it was made.
    pub created_at_us: u64,
}

/// Of a realm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RealmReport {
    /// 64 hexadecimal digits.
    pub realm: String,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Names from the root to the realm above.
    pub path: Vec<String>,
    /// A partition shares members, trust and government of the realm above.
    pub partition: bool,
    /// When it was founded.
    pub created_at_us: u64,
    /// Names.
    pub founders: Vec<String>,
    /// How many belong to it.
    pub members: u64,
    /// Names of realms directly below, at most [`CHILDREN_MOST`].
    pub children: Vec<String>,
    /// How many there are.
    pub child_count: u64,
    /// `open`, `credential`, `invitation` or `vote`.
    pub join_policy: String,
    /// `public`, `members` or `strict`.
    pub isolation: String,
    /// Least trust of who joins.
    pub min_trust_ppm: u32,
    /// In force or to be: inherited ones first, at most [`RULES_MOST`].
    pub rules: Vec<RuleLine>,
    /// How many rules there are.
    pub rule_count: u64,
    /// The newest, at most [`PROPOSALS_MOST`].
    pub proposals: Vec<ProposalLine>,
    /// How many proposals there are.
    pub proposal_count: u64,
    /// Events, bytes, gas and crossings of the open epoch.
    pub used: [u64; 4],
    /// What they may be.
    pub limits: [u64; 4],
    /// As of when.
    pub bounds: Bounds,
}

/// How a vote stands or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TallyLine {
    /// Sum of votes × norm for it.
    pub votes_for: u64,
    /// Against it.
    pub votes_against: u64,
    /// Who voted.
    pub voters: u32,
    /// Who might have.
    pub eligible: u32,
    /// for / (for + against).
    pub share_ppm: u32,
    /// What it must exceed.
    pub threshold_ppm: u32,
    /// voters / eligible.
    pub turnout_ppm: u32,
    /// What it must reach.
    pub quorum_ppm: u32,
    /// Share of the weight that has vetoed.
    pub veto_ppm: u32,
    /// What stops it.
    pub veto_threshold_ppm: u32,
}

/// One vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VoteLine {
    /// DID.
    pub voter: String,
    /// Name.
    pub name: String,
    /// −10 to 10.
    pub votes: i8,
    /// A veto.
    pub veto: bool,
    /// What each is multiplied by.
    pub norm_ppm: u32,
    /// What was written with it.
    pub comment: String,
}

/// One contribution to the discussion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommentLine {
    /// Name.
    pub name: String,
    /// What was said.
    pub text: String,
    /// When.
    pub wall_us: u64,
}

/// Of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Minutes {
    /// The proposal's event, 64 hexadecimal digits.
    pub event: String,
    /// 64 hexadecimal digits.
    pub realm: String,
    /// What the realm is called.
    pub realm_name: String,
    /// What the proposal is called.
    pub title: String,
    /// What it says.
    pub text: String,
    /// `parameter`, `treasury`, `rule`, `member` or `governance`.
    pub proposal_kind: String,
    /// Phase as in the protocol.
    pub phase: String,
    /// Name of who made it.
    pub proposer: String,
    /// Rules that it sets.
    pub set: Vec<RuleSaid>,
    /// Ids of rules that it removes.
    pub removed: Vec<String>,
    /// Name of whom it is about; empty for other kinds.
    pub member: String,
    /// Admits that person instead of excluding.
    pub admit: bool,
    /// When it was made, discussed, voted on, waiting, and over; 0 = not yet.
    pub times_us: [u64; 5],
    /// The sums.
    pub tally: TallyLine,
    /// In the order of the log, at most [`VOTES_MOST`].
    pub votes: Vec<VoteLine>,
    /// How many there are.
    pub vote_count: u64,
    /// In the order of the log, at most [`COMMENTS_MOST`].
    pub comments: Vec<CommentLine>,
    /// How many there are.
    pub comment_count: u64,
    /// As of when.
    pub bounds: Bounds,
}

/// How often something was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditCount {
    /// Dotted verb.
    pub action: String,
    /// How often.
    pub count: u64,
}

/// One entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditLine {
    /// From 0.
    pub sequence: u64,
    /// When.
    pub at_us: u64,
    /// Who; empty = the server itself.
    pub actor: String,
    /// Dotted verb.
    pub action: String,
    /// To what.
    pub target: String,
}

/// Of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditReport {
    /// From this time on.
    pub since_us: u64,
    /// Before this time.
    pub until_us: u64,
    /// Whether every entry of the log follows from the one before.
    pub intact: bool,
    /// Where it breaks, when it does.
    pub broken_at: u64,
    /// Entries of the whole log.
    pub entries: u64,
    /// Hash of its last entry, 64 hexadecimal digits.
    pub head: String,
    /// Entries of the time that the report is about.
    pub matching: u64,
    /// Those by verb, the most frequent first.
    pub counts: Vec<AuditCount>,
    /// Those themselves, the newest first, at most [`AUDIT_LINES_MOST`].
    pub lines: Vec<AuditLine>,
}
