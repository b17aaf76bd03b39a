//! The laws of the ports on PostgreSQL, and what PostgreSQL is chosen for:
//! several processes may write one log.

mod database;
mod processes;

mod log {
    use std::sync::Arc;

    use erynoa_events::EventLog;

    use crate::database::{self, Database};

    async fn empty() -> (Arc<dyn EventLog>, Database) {
        let (store, database) = database::empty().await;
        (Arc::new(store.event_log()), database)
    }

    erynoa_events::event_log_contract!(empty().await);
}
