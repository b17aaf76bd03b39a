//! Serves the steps until it is killed: the victim of `tests/it/crash.rs`.
//!
//! Arguments: port, folder of the effects, and where it stops: `before N` or
//! `after N` at a call of an effect. It says `ready`, and `reached` there.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use erynoa_kernel::Clock;
use erynoa_restate::Endpoint;
use erynoa_workflows::contract::{EffectLog, Stopping, definitions};

struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "timers survive the process")]
    fn now_us(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        u64::try_from(now.as_micros()).expect("before the year 586524")
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("an argument");
    let port: u16 = next().parse().expect("a port");
    let log = EffectLog::new(&PathBuf::from(next()));
    let (after, at) = (next() == "after", next().parse().expect("a number"));
    let effects = Stopping::new(log, at, after, || println!("reached"));
    let address = ([127, 0, 0, 1], port).into();
    let endpoint = Endpoint::serve(address, definitions(1), Arc::new(effects), Arc::new(WallClock));
    let _endpoint = endpoint.await.expect("listens");
    println!("ready");
    std::future::pending::<()>().await;
}
