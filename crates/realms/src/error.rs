//! Why a realm refuses an event.

use erynoa_events::EventError;
use erynoa_kernel::{Code, Kind, Violation};

use crate::parameters::EPOCH_MS;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $kind:ident;)*) => {
        /// A stable code with its kind.
        pub mod code {
            use erynoa_kernel::{Code, Kind};
            $($(#[$doc])* pub const $name: (Code, Kind) = (stringify!($name), Kind::$kind);)*
        }

        /// Codes of this crate's refusals, each with a page in `docs/errors/`.
        pub const CODES: &[(Code, Kind)] = &[$(code::$name),*];
    };
}

codes! {
    /// More than one rule does not hold; the violations name all of them.
    REALM_RULES_VIOLATED = FailedPrecondition;
    /// The realm id is taken.
    REALM_EXISTS = AlreadyExists;
    /// More than ten levels of realms.
    REALM_TOO_DEEP = FailedPrecondition;
    /// One root identity has created 64 realms.
    REALM_LIMIT = FailedPrecondition;
    /// A partition has no members, rules or government of its own.
    REALM_PARTITION = FailedPrecondition;
    /// The realm has used up its epoch, or the log its realms.
    REALM_QUOTA_EXCEEDED = RateLimited;
    /// The rest of the epoch is for members with a voice.
    REALM_THROTTLED = RateLimited;
    /// Only members may.
    MEMBER_REQUIRED = Forbidden;
    /// Excluded by a decision of the realm or of one above it.
    MEMBER_BANNED = Forbidden;
    /// A member already.
    ALREADY_MEMBER = AlreadyExists;
    /// The norm is below what a gate asks for.
    TRUST_TOO_LOW = FailedPrecondition;
    /// A dimension is below what a gate asks for.
    DIMENSION_TOO_LOW = FailedPrecondition;
    /// Fidelity is below 0.05.
    FIDELITY_TOO_LOW = FailedPrecondition;
    /// A required credential is missing or has ended.
    CREDENTIAL_MISSING = FailedPrecondition;
    /// Somebody holds 64 types of credentials in the realm.
    CREDENTIAL_LIMIT = FailedPrecondition;
    /// Fewer than two members endorse.
    ENDORSEMENTS_MISSING = FailedPrecondition;
    /// An endorsement that does not count.
    ENDORSEMENT_INVALID = FailedPrecondition;
    /// Joining needs an executed proposal.
    VOTE_NEEDED = FailedPrecondition;
    /// An edge on the way between the realms is blocked.
    CROSSING_BLOCKED = Forbidden;
    /// An expression does not permit it.
    RULE_DENIES = Forbidden;
    /// A rule is looser than that of a realm above.
    RULE_LOOSENS = FailedPrecondition;
    /// A realm above defines a rule of this id.
    RULE_ID_TAKEN = AlreadyExists;
    /// A rule that cannot be.
    RULE_INVALID = Invalid;
    /// The realm itself has no rule of this id.
    RULE_UNKNOWN = NotFound;
    /// Only judges of the realm decide.
    JUDGE_REQUIRED = Forbidden;
    /// A judge with a part in the matter.
    JUDGE_PARTIAL = Forbidden;
    /// It has been decided.
    JUDGEMENT_DUPLICATE = AlreadyExists;
    /// Only accredited issuers issue this type of credential.
    ISSUER_REQUIRED = Forbidden;
    /// Only the realm's witnesses cosign.
    WITNESS_REQUIRED = Forbidden;
    /// The realm has no such proposal.
    PROPOSAL_UNKNOWN = NotFound;
    /// The parts of a proposal do not fit its kind.
    PROPOSAL_KIND_MISMATCH = Invalid;
    /// The proposal is in another phase.
    PROPOSAL_PHASE = FailedPrecondition;
    /// Too many open proposals, of one identity or in the realm.
    PROPOSAL_LIMIT = RateLimited;
    /// Only verified persons vote.
    VOTER_UNVERIFIED = Forbidden;
    /// One vote per voter and proposal.
    VOTE_DUPLICATE = AlreadyExists;
    /// The votes cost more than is left of the epoch's credits.
    VOTE_CREDITS_EXCEEDED = FailedPrecondition;
}

fn kind_of(code: Code) -> Kind {
    let known = CODES.iter().chain(erynoa_events::CODES).find(|(name, _)| *name == code);
    known.map_or(Kind::FailedPrecondition, |(_, kind)| *kind)
}

/// The refusal that these violations make, `Ok` without any. When all have one
/// code it is the refusal's, else it is `REALM_RULES_VIOLATED`.
pub(crate) fn refuse(field: &'static str, violations: Vec<Violation>) -> Result<(), EventError> {
    let Some(first) = violations.first() else { return Ok(()) };
    let (code, kind) = if violations.iter().all(|violation| violation.code == first.code) {
        (first.code, kind_of(first.code))
    } else {
        code::REALM_RULES_VIOLATED
    };
    let later = [code::REALM_QUOTA_EXCEEDED.0, code::REALM_THROTTLED.0];
    let only_later = violations.iter().all(|violation| later.contains(&violation.code));
    let texts: Vec<&str> = violations.iter().map(|violation| violation.message.as_ref()).collect();
    let message = texts.join("; ");
    let mut error = EventError::new(kind, code, field, message);
    error.retry_after_ms = only_later.then_some(EPOCH_MS);
    error.violations = violations;
    Err(error)
}
