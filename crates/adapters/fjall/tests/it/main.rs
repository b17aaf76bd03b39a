//! The laws of the ports on Fjall, and what Fjall is chosen for: nothing
//! acknowledged is lost by a crash, and damage is found.

mod crash;
mod damage;
mod entries;
mod folder;
mod notifications;
mod old_format;
mod workflow_crash;
mod workflows;

mod log {
    use std::sync::Arc;

    use erynoa_events::EventLog;
    use erynoa_fjall::FjallStore;
    use tempfile::TempDir;

    fn empty() -> (Arc<dyn EventLog>, TempDir) {
        let home = TempDir::new().expect("a folder");
        let store = FjallStore::open(home.path()).expect("opens");
        (Arc::new(store.event_log()), home)
    }

    erynoa_events::event_log_contract!(empty());
}

mod accounts {
    use std::sync::Arc;

    use erynoa_access::AccountStore;
    use erynoa_fjall::FjallStore;
    use tempfile::TempDir;

    fn empty() -> (Arc<dyn AccountStore>, TempDir) {
        let home = TempDir::new().expect("a folder");
        let store = FjallStore::open(home.path()).expect("opens");
        (Arc::new(store.accounts()), home)
    }

    erynoa_access::account_store_contract!(empty());
}

mod sessions {
    use std::sync::Arc;

    use erynoa_access::SessionStore;
    use erynoa_fjall::FjallStore;
    use tempfile::TempDir;

    fn empty() -> (Arc<dyn SessionStore>, TempDir) {
        let home = TempDir::new().expect("a folder");
        let store = FjallStore::open(home.path()).expect("opens");
        (Arc::new(store.sessions()), home)
    }

    erynoa_access::session_store_contract!(empty());
}

mod files {
    use std::sync::Arc;

    use erynoa_fjall::FjallStore;
    use erynoa_storage::FileIndex;
    use tempfile::TempDir;

    fn empty() -> (Arc<dyn FileIndex>, TempDir) {
        let home = TempDir::new().expect("a folder");
        let store = FjallStore::open(home.path()).expect("opens");
        (Arc::new(store.files()), home)
    }

    erynoa_storage::file_index_contract!(empty());
}

mod audit {
    use std::sync::Arc;

    use erynoa_access::AuditLog;
    use erynoa_fjall::FjallStore;
    use tempfile::TempDir;

    fn empty() -> (Arc<dyn AuditLog>, TempDir) {
        let home = TempDir::new().expect("a folder");
        let store = FjallStore::open(home.path()).expect("opens");
        (Arc::new(store.audit()), home)
    }

    erynoa_access::audit_log_contract!(empty());
}

mod witness_book {
    use std::path::PathBuf;
    use std::sync::Arc;

    use erynoa_fjall::FjallStore;
    use erynoa_sync::WitnessBook;
    use tempfile::TempDir;

    /// Opens the folder anew; nobody has it open then.
    fn opener(folder: PathBuf) -> impl AsyncFn() -> Arc<dyn WitnessBook> {
        async move || {
            let store = FjallStore::open(&folder).expect("opens");
            Arc::new(store.witness_book()) as Arc<dyn WitnessBook>
        }
    }

    erynoa_sync::witness_book_contract!({
        let home = TempDir::new().expect("a folder");
        (opener(home.path().to_owned()), home)
    });
}

mod records {
    use std::sync::Arc;

    use erynoa_fjall::FjallStore;
    use erynoa_moving::Records;
    use tempfile::TempDir;

    fn empty() -> (Arc<dyn Records>, TempDir) {
        let home = TempDir::new().expect("a folder");
        let store = FjallStore::open(home.path()).expect("opens");
        (Arc::new(store.records()), home)
    }

    erynoa_moving::records_contract!(empty());
}

mod kept {
    use std::sync::Arc;

    use erynoa_fjall::FjallStore;
    use erynoa_moving::contract::Kept;
    use tempfile::TempDir;

    fn empty() -> (Kept, TempDir) {
        let home = TempDir::new().expect("a folder");
        let store = FjallStore::open(home.path()).expect("opens");
        let kept = Kept {
            records: Arc::new(store.records()),
            accounts: Arc::new(store.accounts()),
            sessions: Arc::new(store.sessions()),
            audit: Arc::new(store.audit()),
            files: Arc::new(store.files()),
            runs: Arc::new(store.runs()),
            outbox: Arc::new(store.runs()),
            notifications: Arc::new(store.notifications()),
            book: Arc::new(store.witness_book()),
        };
        (kept, home)
    }

    erynoa_moving::kept_contract!(empty());
}
