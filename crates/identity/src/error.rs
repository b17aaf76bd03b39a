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
    /// The controller does not consent, or may not control anybody.
    CONTROLLER_INVALID = FailedPrecondition;
    /// The namespace needs a controller.
    CONTROLLER_REQUIRED = Invalid;
    /// The signing key may not sign events.
    EVENT_KEY_PURPOSE = Forbidden;
    /// The signing key was revoked.
    EVENT_KEY_REVOKED = Forbidden;
    /// The signing key is no key of the author.
    EVENT_KEY_UNKNOWN = Forbidden;
    /// The identity exists already.
    IDENTITY_EXISTS = AlreadyExists;
    /// The key belongs to an identity already.
    KEY_IN_USE = AlreadyExists;
    /// The last live assertion key cannot be revoked.
    KEY_LAST = FailedPrecondition;
    /// The key to revoke is no live key of the author.
    KEY_UNKNOWN = NotFound;
}
