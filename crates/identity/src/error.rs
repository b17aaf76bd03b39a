//! Why the directory refuses an event.

use erynoa_kernel::{Code, Kind};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $kind:ident;)*) => {
        /// A stable code with its kind.
        pub(crate) mod code {
            use erynoa_kernel::{Code, Kind};
            $($(#[$doc])* pub(crate) const $name: (Code, Kind) = (stringify!($name), Kind::$kind);)*
        }

        /// Codes of this crate's refusals, each with a page in `docs/errors/`.
        pub const CODES: &[(Code, Kind)] = &[$(code::$name),*];
    };
}

codes! {
    /// A text that is no capability.
    CAPABILITY_INVALID = FailedPrecondition;
    /// The chain of controllers would close a circle.
    CONTROLLER_CYCLE = FailedPrecondition;
    /// The chain of controllers would become too long.
    CONTROLLER_DEPTH = FailedPrecondition;
    /// The controller does not consent, or may not control anybody.
    CONTROLLER_INVALID = FailedPrecondition;
    /// The namespace needs a controller.
    CONTROLLER_REQUIRED = Invalid;
    /// The author does not control the identity that the event is about.
    CONTROLLER_FOREIGN = FailedPrecondition;
    /// Somebody in the chain of delegations has been deactivated.
    DELEGATION_BROKEN = FailedPrecondition;
    /// The delegate stands in the chain already.
    DELEGATION_CYCLE = FailedPrecondition;
    /// No further link may follow.
    DELEGATION_DEPTH = FailedPrecondition;
    /// A capability that the link before does not imply.
    DELEGATION_EXCEEDS = FailedPrecondition;
    /// The time of a link is over.
    DELEGATION_EXPIRED = FailedPrecondition;
    /// The delegation is not the author's to hand on or to end.
    DELEGATION_FOREIGN = FailedPrecondition;
    /// The time of a link has not come.
    DELEGATION_FUTURE = FailedPrecondition;
    /// A delegation breaks several rules at once.
    DELEGATION_INVALID = FailedPrecondition;
    /// The delegate has as many delegations from one beginning as it can have.
    DELEGATION_LIMIT = FailedPrecondition;
    /// The realm is not one that the delegation holds in.
    DELEGATION_REALM = FailedPrecondition;
    /// An agent acts without a delegation that covers it.
    DELEGATION_REQUIRED = Forbidden;
    /// A link has been revoked.
    DELEGATION_REVOKED = FailedPrecondition;
    /// No delegation of this id.
    DELEGATION_UNKNOWN = FailedPrecondition;
    /// The author, or one of its controllers, has been deactivated.
    EVENT_AUTHOR_INACTIVE = Forbidden;
    /// The signing key may not sign events.
    EVENT_KEY_PURPOSE = Forbidden;
    /// The signing key was revoked.
    EVENT_KEY_REVOKED = Forbidden;
    /// The signing key is no key of the author.
    EVENT_KEY_UNKNOWN = Forbidden;
    /// The identity has been deactivated.
    IDENTITY_DEACTIVATED = FailedPrecondition;
    /// The identity exists already.
    IDENTITY_EXISTS = AlreadyExists;
    /// The identity that the event is about is not in the log.
    IDENTITY_UNKNOWN = NotFound;
    /// The key belongs to an identity already.
    KEY_IN_USE = AlreadyExists;
    /// The last live assertion key cannot be revoked.
    KEY_LAST = FailedPrecondition;
    /// The key to revoke is no live key of the author.
    KEY_UNKNOWN = NotFound;
    /// A recovery is waiting already.
    RECOVERY_PENDING = Conflict;
    /// The identity has no recovery key.
    RECOVERY_UNAVAILABLE = FailedPrecondition;
}
