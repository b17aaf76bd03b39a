//! The only file that names technology of this machine: clock, randomness and
//! stores.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use erynoa_access::AuditLog;
use erynoa_events::EventLog;
use erynoa_fjall::FjallStore;
use erynoa_kernel::{Clock, Entropy, StoreError};
use erynoa_moving::Records;

/// The machine's clock.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the real clock comes in")]
    fn now_us(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| u64::try_from(since.as_micros()).ok())
            .unwrap_or(0)
    }
}

/// The operating system's randomness.
#[derive(Debug)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn bytes32(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        // Without randomness there are no keys; going on would be worse.
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes
    }
}

/// What an installation keeps.
pub(crate) struct Installation {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) audit: Arc<dyn AuditLog>,
    /// Everything beside the log.
    pub(crate) records: Arc<dyn Records>,
}

/// Folder of the store in the data folder.
pub(crate) const STORE: &str = "store";

/// Whether a server has kept its data here.
pub(crate) fn is_installation(data_dir: &Path) -> bool {
    data_dir.join(STORE).is_dir()
}

/// Opens the store of a data folder and locks it.
pub(crate) fn open(data_dir: &Path) -> Result<Installation, StoreError> {
    let store = FjallStore::open(&data_dir.join(STORE))?;
    Ok(Installation {
        log: Arc::new(store.event_log()),
        audit: Arc::new(store.audit()),
        records: Arc::new(store.records()),
    })
}
