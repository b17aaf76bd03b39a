//! Laws of the ports on a real server, and of its absence.

mod absence;
mod contracts;
mod equality;
mod server;
mod tls;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use erynoa_kernel::Clock;
use erynoa_redis::RedisServer;

/// Real time.
struct RealTime;

impl Clock for RealTime {
    #[expect(clippy::disallowed_methods, reason = "a test lives in real time")]
    fn now_us(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
        u64::try_from(now.as_micros()).expect("it is earlier than the year 584 000")
    }
}

fn url() -> String {
    std::env::var("ERYNOA_TEST_REDIS_URL").expect(
        "ERYNOA_TEST_REDIS_URL is not set: run `scripts/services.sh run redis -- cargo test …`, \
         or `make services` and take over the variables that it prints",
    )
}

/// A part of the server that nobody else has.
fn fresh_on(url: &str) -> RedisServer {
    let mut name = [0; 8];
    getrandom::fill(&mut name).expect("the system gives random bytes");
    RedisServer::new(url, &format!("test-{:016x}", u64::from_be_bytes(name)), 10)
        .expect("it is a URL")
}

/// Patient: on a busy machine a law must not fail for want of time.
fn fresh() -> RedisServer {
    fresh_on(&url()).with_timeout(Duration::from_secs(10))
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(RealTime)
}
