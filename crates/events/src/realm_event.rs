//! Bodies about realms, their rules and their government (protocol §7).

use erynoa_kernel::{EventId, IdentityId, PublicKey, RealmId, Signature};

use crate::Dimension;

/// Creates a realm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RealmCreated {
    /// The new realm, equal to the event's realm.
    pub realm: RealmId,
    /// 1 to 128 bytes.
    pub name: String,
    /// One to seven, strictly ascending.
    pub founders: Vec<IdentityId>,
    /// The realm above it; absent for the root.
    pub parent: Option<RealmId>,
    /// Part of the id; absent for the root.
    pub nonce: Option<[u8; 16]>,
    /// What it is for, at most 4 KiB, may be empty.
    pub description: String,
    /// Shares its parent's trust.
    pub partition: bool,
    /// At most [`crate::MAX_RULES`], strictly ascending by id.
    pub rules: Vec<Rule>,
}

/// A rule of a realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `[a-z0-9-]{1,64}`.
    pub id: String,
    /// From this time on, 0 = at once.
    pub effective_from_us: u64,
    /// What it says.
    pub parameters: RuleParameters,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleParameters {
    /// Least crossed norm of who joins.
    MinTrust {
        /// 0 to 1 000 000.
        norm_ppm: u32,
    },
    /// Least crossed value of one dimension of who joins.
    DimensionMinimum {
        /// Which.
        dimension: Dimension,
        /// 0 to 1 000 000.
        trust_ppm: u32,
    },
    /// Who joins holds a live credential of this type.
    CredentialRequired {
        /// `[a-z0-9-]{1,64}`.
        credential_type: String,
    },
    /// How people join.
    Join(JoinPolicy),
    /// What the realm may use per epoch; 0 = the protocol's default.
    Quota {
        /// Events.
        events: u32,
        /// Bytes of entries.
        bytes: u64,
        /// Gas.
        gas: u64,
        /// Joins.
        crossings: u32,
    },
    /// Who may speak, and about whom.
    Isolation(Isolation),
    /// Who may judge: 1 to 32, strictly ascending.
    Judges(Vec<IdentityId>),
    /// Who may issue a type of credential.
    Issuers {
        /// `[a-z0-9-]{1,64}`; `person` verifies a person.
        credential_type: String,
        /// 1 to 32, strictly ascending.
        identities: Vec<IdentityId>,
    },
    /// The witness set with weights 1 to 1 000: 1 to 64, strictly ascending.
    Witnesses(Vec<(IdentityId, u32)>),
    /// Times in seconds, each 0 for the protocol's, else at least 3 600.
    GovernanceTimes {
        /// Of the discussion.
        discussion_s: u32,
        /// Of the voting.
        voting_s: u32,
        /// Of the timelock.
        timelock_s: u32,
    },
    /// A policy in the Cedar language, 1 to 4 096 bytes.
    Expression {
        /// Its text.
        cedar: String,
    },
    /// Edges of the tree that keep all trust, or none.
    Crossings {
        /// At most 32, strictly ascending.
        allowed: Vec<RealmId>,
        /// At most 32, strictly ascending.
        blocked: Vec<RealmId>,
    },
}

/// How people join a realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JoinPolicy {
    /// Whoever meets all rules.
    Open,
    /// And holds the credentials that the realm requires.
    Credential,
    /// And is endorsed by two members of norm ≥ 0.7.
    Invitation,
    /// And is named by an executed proposal.
    Vote,
}

/// How closed a realm is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Isolation {
    /// Anybody speaks.
    Public,
    /// Only members speak.
    Members,
    /// Only members speak, only about members.
    Strict,
}

/// A decided change of rules takes effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealmRulesChanged {
    /// The proposal event.
    pub proposal: EventId,
    /// As in the proposal.
    pub set: Vec<Rule>,
    /// As in the proposal.
    pub removed: Vec<String>,
}

/// An endorsement of who joins; the signature has been checked by `verify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endorsement {
    /// The endorsing member.
    pub identity: IdentityId,
    /// A live key of that member.
    pub public_key: PublicKey,
    /// Over `"ERYNOA-ENDORSEMENT-V1"` ‖ realm ‖ who joins.
    pub signature: Signature,
}

/// The author joins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RealmJoined {
    /// Realm from which trust is carried over; the parent when absent.
    pub from: Option<RealmId>,
    /// At most 8, strictly ascending by identity.
    pub endorsements: Vec<Endorsement>,
}

/// The author leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RealmLeft {
    /// At most 4 KiB, may be empty.
    pub reason: String,
}

/// A decided exclusion or admission takes effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberBanned {
    /// Whom it is about.
    pub member: IdentityId,
    /// The proposal event.
    pub proposal: EventId,
    /// Ends an exclusion, or admits.
    pub lifted: bool,
}

/// What a proposal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProposalKind {
    /// Numbers.
    Parameter,
    /// A decision in words.
    Treasury,
    /// Rules.
    Rule,
    /// Who belongs.
    Member,
    /// Judges, issuers, witnesses, times.
    Governance,
}

impl ProposalKind {
    /// Every kind, by number.
    pub const ALL: [Self; 5] =
        [Self::Parameter, Self::Treasury, Self::Rule, Self::Member, Self::Governance];
}

/// A proposal to a realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What it is about.
    pub kind: ProposalKind,
    /// 1 to 128 bytes.
    pub title: String,
    /// At most 4 KiB, may be empty.
    pub text: String,
    /// Rules to set, at most 16, strictly ascending by id.
    pub set: Vec<Rule>,
    /// Rules to remove, at most 16, strictly ascending.
    pub removed: Vec<String>,
    /// Whom a proposal of the kind member is about.
    pub member: Option<IdentityId>,
    /// Admits instead of excluding.
    pub admit: bool,
}

/// A vote or a veto.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// The proposal event.
    pub proposal: EventId,
    /// −10 to 10 and not 0; 0 with a veto.
    pub votes: i8,
    /// A veto in the timelock.
    pub veto: bool,
    /// At most 4 KiB, may be empty.
    pub comment: String,
}

/// How a proposal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProposalOutcome {
    /// It took effect.
    Executed,
    /// Too few votes, or too few for it.
    Defeated,
    /// Stopped in its timelock.
    Vetoed,
}

/// The end of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalClosed {
    /// The proposal event.
    pub proposal: EventId,
    /// Its author.
    pub proposer: IdentityId,
    /// How it ended.
    pub outcome: ProposalOutcome,
    /// Σ n·g of those for it, g in ppm.
    pub tally_for: u64,
    /// Σ |n|·g of those against it.
    pub tally_against: u64,
    /// Verified members who voted.
    pub voters: u32,
    /// Verified members who could have.
    pub eligible: u32,
    /// Σ g of those who vetoed.
    pub veto_weight: u64,
    /// Σ g of those who could have.
    pub eligible_weight: u64,
}
