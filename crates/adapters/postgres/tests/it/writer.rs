//! Appends to a log in turns with other processes and prints what was
//! acknowledged, until it is done or killed.
//!
//! Arguments: URL of the database, name of the writer, number of appends.

use std::io::Write as _;
use std::time::Duration;

use bytes::Bytes;
use erynoa_events::EventLog as _;
use erynoa_kernel::Secret;
use erynoa_postgres::{PgConfig, PgStore};

fn main() {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be built")
        .block_on(write());
}

async fn write() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("a URL");
    let name = arguments.next().expect("a name");
    let appends: u64 = arguments.next().and_then(|text| text.parse().ok()).expect("a number");
    let store = PgStore::open(&PgConfig {
        url: Secret::new(url),
        max_connections: 3,
        min_connections: 0,
        connect_timeout: Duration::from_secs(5),
        idle_timeout: Duration::from_secs(60),
    })
    .await
    .expect("the database opens");
    let log = store.event_log();
    let mut acknowledged = std::io::stdout();
    for number in 0..appends {
        let size = log.take_turn().await.expect("a turn");
        let entries: Vec<Bytes> =
            (0..=number % 5).map(|of| Bytes::from(format!("{name} {number} {of}"))).collect();
        let end = size + entries.len() as u64;
        log.append(size, entries, Some(format!("size {end}"))).await.expect("append in one's turn");
        writeln!(acknowledged, "{number} {size}").expect("the parent reads");
    }
}
