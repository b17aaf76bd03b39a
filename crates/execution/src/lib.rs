//! The context ℳ in which every state-changing use case runs (protocol §8).
//!
//! A use case is plain Rust that is handed a [`Context`]. It reads who acts,
//! on what trust and at what time; it pays with [`Context::spend`]; it changes
//! its state by [`Context::emit`] and in no other way. [`Context::run`] then
//! gives either the value with the new state and its events, or the error with
//! the state as it was, and in both cases what was spent.
//!
//! ```
//! use erynoa_execution::{Budget, Context, Emitted, Reader, TrustSnapshot, gas, mana};
//! use erynoa_kernel::{IdentityId, Problem, RealmId};
//!
//! let reader = Reader {
//!     executor: IdentityId::default(),
//!     principal: IdentityId::default(),
//!     delegation: Vec::new(),
//!     trust: TrustSnapshot { epoch: 7, values_ppm: [100_000; 6], standing_ppm: 100_000 },
//!     realm: RealmId::NULL,
//!     now_us: 1_700_000_000_000_000,
//! };
//! let limits = Budget { gas: gas::EVENT_MOST, mana: mana::EVENT, risk_ppm: 0 };
//! let outcome = Context::new(reader, limits, Emitted::default()).run(|ctx| {
//!     ctx.spend(gas::validate(2).then(gas::signatures(1)))?;
//!     ctx.spend(mana::cost(mana::EVENT))?;
//!     ctx.emit("attested");
//!     Ok::<_, Problem>(())
//! });
//! assert!(outcome.result.is_ok());
//! assert_eq!(outcome.events, ["attested"]);
//! assert_eq!((outcome.spent.gas, outcome.spent.mana), (800, 20));
//! ```
//!
//! The other pieces stand alone: [`Mana`] is the spam guard at the door,
//! [`Meter`] bounds the evaluation of rules, [`FairQueue`] shares a server by
//! weight, [`verification`] keeps checking cheaper than what is checked.

mod compute;
mod context;
mod cost;
mod error;
pub mod gas;
pub mod mana;
mod ports;
mod queue;
mod risk;
pub mod verification;

#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "memory")]
mod memory;

pub use compute::{and_then, beside, pure};
pub use context::{Context, Emitted, Outcome, Reader, Replay, TrustSnapshot};
pub use cost::{Budget, Cost};
pub use error::{CODES, Exhausted};
pub use gas::Meter;
pub use mana::{Allowance, Mana, ManaEmpty, Payer};
#[cfg(feature = "memory")]
pub use memory::MemoryMana;
pub use ports::ManaAccounts;
pub use queue::{FairQueue, QueueFull};
pub use risk::Risk;

/// The ratio 1.0, ppm.
pub const PPM: u32 = 1_000_000;
