//! The system's clock and randomness.

use std::time::{SystemTime, UNIX_EPOCH};

use erynoa_kernel::{Clock, Entropy};

/// The system's clock.
#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the clock comes from")]
    fn now_us(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.ok().and_then(|since| u64::try_from(since.as_micros()).ok()).unwrap_or(0)
    }
}

/// The system's source of randomness.
#[derive(Debug)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn bytes32(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the system has randomness, or nothing here is safe");
        bytes
    }
}
