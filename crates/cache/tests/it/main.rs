//! Laws of the ports in memory, and of the rate itself.

mod contracts;
mod rates;
mod room;

use std::time::{SystemTime, UNIX_EPOCH};

use erynoa_kernel::Clock;

/// Real time, which the law of expiry waits for.
struct RealTime;

impl Clock for RealTime {
    #[expect(clippy::disallowed_methods, reason = "a test lives in real time")]
    fn now_us(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
        u64::try_from(now.as_micros()).expect("it is earlier than the year 584 000")
    }
}
