//! The log in memory keeps the laws of the port.

use std::sync::Arc;

use erynoa_events::MemoryEventLog;

erynoa_events::event_log_contract!((Arc::new(MemoryEventLog::new()), ()));
