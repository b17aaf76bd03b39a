//! The world: who matters how much, and what guards the log against abuse
//! (protocol §6, §9, §10). All of it follows from the log and is a view: nothing
//! here is replicated, and nothing is a penalty by itself.
//!
//! One [`WorldFold`] for a log. It is given every entry, and each epoch as it
//! closes, after trust has closed it:
//!
//! ```
//! # use erynoa_events::{Event, KeyDirectory};
//! # use erynoa_kernel::{EventId, IdentityId, RealmId};
//! # use erynoa_trust::TrustFold;
//! use erynoa_world::{EpochView, Folds, WorldFold};
//!
//! # fn models(world: &mut WorldFold, trust: &mut TrustFold, directory: &dyn KeyDirectory,
//! #     (sequence, id, event): (u64, EventId, &Event), closed_at_us: u64, realm: &RealmId,
//! #     subject: &IdentityId, is_verified: fn(&RealmId, &IdentityId) -> bool) {
//! // On each entry, after the directory has it:
//! world.apply_event(sequence, id, event, directory);
//!
//! // On the end of each epoch:
//! let outcome = trust.close(closed_at_us);
//! let sources = Folds { trust, directory, is_verified };
//! world.close(EpochView::new(outcome.epoch, closed_at_us), &outcome.changed, &sources);
//! // … and, once a replay is through and after each close of a living log:
//! world.refresh(&sources);
//!
//! let top = world.page(realm, 0, 20);
//! let one = world.find(realm, subject);
//! # }
//! ```
//!
//! | Part | Where |
//! |---|---|
//! | terms of 𝔼, rank, sums over the tree of realms | [`WorldFold::page`], [`WorldFold::find`], [`WorldFold::world`] |
//! | human factor | [`Humans`] |
//! | diversity and collusion | [`Standing::diversity_bits`], [`collusion()`] |
//! | power cap, Gini, inactivity, calibration | [`PowerCap`], [`gini_ppm`], [`after_inactivity`], [`Calibration`] |
//! | series for the console | [`WorldFold::metrics`] |
//! | anomalies | [`Detector`] |
//! | breaker | [`Breaker`], [`WorldFold::breaker`] |
//!
//! Memory: about 340 bytes for a subject, 25 for a subject and partner within 90
//! days, 200 for an identity in the detector, with 40 for each of its events of
//! the last hour, of which at most 501 are kept.

mod anomaly;
mod breaker;
mod calibration;
mod diversity;
mod fold;
mod formula;
mod human;
mod ladder;
mod metrics;
mod observation;
mod power;
mod realm;
mod subject;
mod view;
mod window;

pub use anomaly::{
    Detector, EVENTS_PER_HOUR, EVENTS_PER_MINUTE, Finding, MAX_EVIDENCE, MAX_FINDINGS,
};
pub use breaker::{
    BREAKER_WINDOW_US, Breaker, BreakerState, BreakerView, DEGRADED_REPORTS, QUIET_US,
    READ_ONLY_REPORTS,
};
pub use calibration::{Calibration, TARGET_GINI_PPM};
pub use diversity::{Collusion, collusion, diversity_bits};
pub use fold::WorldFold;
pub use formula::{Factors, Terms, WINDOW_DAYS, surprisal_bits};
pub use human::{Humans, IdentityChange};
pub use ladder::gini_ppm;
pub use metrics::{HISTORY_POINTS, Metrics};
pub use observation::{EpochView, Folds, Observation, Sources, Stand};
pub use power::{CAP_EXPONENT_PPM, INACTIVITY_DAYS, PowerCap, after_inactivity, effective_members};
pub use view::Standing;
