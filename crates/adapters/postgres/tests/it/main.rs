//! The laws of the ports on PostgreSQL, and what PostgreSQL is chosen for:
//! several processes may write one log.

mod database;
mod notifications;
mod processes;
mod workflows;

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

mod files {
    use std::sync::Arc;

    use erynoa_kernel::DAY_US;
    use erynoa_storage::{
        BucketName, Change, ChangeError, FileAccess, FileId, FileIndex, FileName, Folder,
        ObjectKey, OwnerId, Upload,
    };

    use crate::database::{self, Database};

    async fn empty() -> (Arc<dyn FileIndex>, Database) {
        let (store, database) = database::empty().await;
        (Arc::new(store.files()), database)
    }

    erynoa_storage::file_index_contract!(empty().await);

    fn reserve(number: u8) -> Change {
        let upload = Upload {
            id: FileId::from_bytes([number; 16]),
            owner: OwnerId::from_bytes([1; 16]),
            realm: None,
            access: FileAccess::Private,
            name: FileName::new("a").expect("a name"),
            folder: Folder::top(),
            media_type: None,
            size: 10,
            hash: None,
            bucket: BucketName::new("files").expect("a bucket's name"),
            key: ObjectKey::new(&format!("{number}")).expect("a key"),
            attempt: 0,
            created_at_us: 1,
            expires_at_us: 1 + DAY_US,
        };
        Change::Reserve { upload, quota_bytes: 400 }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_changes_at_once_through_two_stores_none_fails_but_by_the_quota() {
        let (store, database) = database::empty().await;
        let stores = [store.files(), database.open().await.files()];
        let changes: Vec<_> = (0..60)
            .map(|number: u8| {
                let index = stores[usize::from(number % 2)].clone();
                tokio::spawn(async move { index.apply(reserve(number)).await })
            })
            .collect();
        let mut done = 0;
        for change in changes {
            match change.await.expect("a change does not panic") {
                Ok(_) => done += 1,
                Err(ChangeError::Quota { quota_bytes: 400, .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(done, 40, "10 bytes each of 400");
    }
}

mod witness_book {
    use std::sync::Arc;

    use erynoa_sync::WitnessBook;

    use crate::database::Database;

    /// Opens the database anew each time.
    fn opener(url: String) -> impl AsyncFn() -> Arc<dyn WitnessBook> {
        async move || {
            let store = Database { url: url.clone() }.open().await;
            Arc::new(store.witness_book()) as Arc<dyn WitnessBook>
        }
    }

    erynoa_sync::witness_book_contract!({
        let database = Database::create().await;
        (opener(database.url.clone()), database)
    });
}

mod records {
    use std::sync::Arc;

    use erynoa_moving::Records;

    use crate::database::{self, Database};

    async fn empty() -> (Arc<dyn Records>, Database) {
        let (store, database) = database::empty().await;
        (Arc::new(store.records()), database)
    }

    erynoa_moving::records_contract!(empty().await);
}

mod kept {
    use std::sync::Arc;

    use erynoa_moving::contract::Kept;

    use crate::database::{self, Database};

    async fn empty() -> (Kept, Database) {
        let (store, database) = database::empty().await;
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
        (kept, database)
    }

    erynoa_moving::kept_contract!(empty().await);
}
