//! Appends to a log for ever and prints each size that was acknowledged, until
//! it is killed: the victim of `tests/it/crash.rs`.
//!
//! Arguments: folder, seed of the entries, longest usual entry in bytes.

use std::io::Write as _;
use std::path::PathBuf;

use erynoa_access::{Account, AccountId, AccountStore as _, Roles};
use erynoa_events::EventLog as _;
use erynoa_fjall::FjallStore;

mod entries;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a folder"));
    let mut number = || arguments.next().and_then(|text| text.parse().ok()).expect("a number");
    let (seed, longest): (u64, u64) = (number(), number());
    let runtime =
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be built");
    let store = FjallStore::open(&folder).expect("the folder opens after every crash");
    runtime.block_on(write(&store, seed, longest));
}

async fn write(store: &FjallStore, seed: u64, longest: u64) {
    let (log, accounts) = (store.event_log(), store.accounts());
    let mut size = log.size().await.expect("size");
    let mut numbers = entries::Numbers(seed ^ size);
    let mut acknowledged = std::io::stdout();
    loop {
        let end = size + 1 + numbers.below(64);
        let batch = (size..end).map(|position| entries::entry(seed, position, longest)).collect();
        let checkpoint = (numbers.below(4) == 0).then(|| format!("checkpoint {end}"));
        log.append(size, batch, checkpoint).await.expect("append");
        size = end;
        writeln!(acknowledged, "{size}").expect("the parent reads");
        if numbers.below(8) == 0 {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&size.to_be_bytes());
            let account = Account::new(AccountId::from_bytes(id), Roles::NONE, size);
            accounts.insert(account).await.expect("insert");
            writeln!(acknowledged, "account {size}").expect("the parent reads");
        }
    }
}
