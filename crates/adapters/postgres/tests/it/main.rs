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

mod accounts {
    use std::sync::Arc;

    use erynoa_access::AccountStore;

    use crate::database::{self, Database};

    async fn empty() -> (Arc<dyn AccountStore>, Database) {
        let (store, database) = database::empty().await;
        (Arc::new(store.accounts()), database)
    }

    erynoa_access::account_store_contract!(empty().await);
}

mod sessions {
    use std::sync::Arc;

    use erynoa_access::SessionStore;

    use crate::database::{self, Database};

    async fn empty() -> (Arc<dyn SessionStore>, Database) {
        let (store, database) = database::empty().await;
        (Arc::new(store.sessions()), database)
    }

    erynoa_access::session_store_contract!(empty().await);
}

mod audit {
    use std::sync::Arc;

    use erynoa_access::AuditLog;

    use crate::database::{self, Database};

    async fn empty() -> (Arc<dyn AuditLog>, Database) {
        let (store, database) = database::empty().await;
        (Arc::new(store.audit()), database)
    }

    erynoa_access::audit_log_contract!(empty().await);
}
