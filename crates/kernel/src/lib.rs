//! Ids, time, errors, paging and secrets: the words that every context shares.
//!
//! Nothing here does I/O. The clock and randomness are traits that a
//! composition root implements, so that every other crate can be simulated.

mod calendar;
mod coordinate;
mod did;
mod error;
mod key;
mod language;
mod page;
mod ports;
mod secret;
mod uid;

pub use calendar::{civil_date, utc_text};
pub use coordinate::Coordinate;
pub use did::{Did, DidParseError, Namespace};
pub use error::{Code, Kind, Problem, StoreError, StoreErrorKind, Violation};
pub use key::{PublicKey, Signature};
pub use language::Language;
pub use page::{PageError, PageSize};
pub use ports::{Clock, Entropy, FixedClock};
pub use secret::Secret;
pub use uid::{EventId, IdentityId, RealmId, SagaId, Tag, UidParseError, UniversalId};

/// Microseconds in one day.
pub const DAY_US: u64 = 86_400_000_000;

/// Day of a point in time: ⌊µs / 86 400 000 000⌋ (protocol §0).
#[must_use]
pub const fn day_of(time_us: u64) -> u64 {
    time_us / DAY_US
}
