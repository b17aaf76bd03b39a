//! The laws of the ports on S3, against a real server within this process.

mod faults;
mod server;

mod objects {
    use std::sync::Arc;

    use erynoa_storage::{Buckets, ObjectStore};

    use super::server::{Server, start};

    async fn empty() -> (Arc<dyn ObjectStore>, Arc<dyn Buckets>, Server) {
        let server = start().await;
        let store = Arc::new(server.store());
        (Arc::clone(&store) as Arc<dyn ObjectStore>, store, server)
    }

    erynoa_storage::object_store_contract!(empty().await);
    erynoa_storage::buckets_contract!(empty().await);
}

mod presigned {
    use std::sync::Arc;

    use erynoa_storage::contract::presigned::Browser;
    use erynoa_storage::{Buckets, ObjectStore};

    use super::server::{Http, Server, start};

    async fn empty() -> (Arc<dyn ObjectStore>, Arc<dyn Buckets>, Arc<dyn Browser>, Server) {
        let server = start().await;
        let store = Arc::new(server.store());
        let browser = Arc::new(Http::default());
        (Arc::clone(&store) as Arc<dyn ObjectStore>, store, browser, server)
    }

    erynoa_storage::presigned_contract!(empty().await);
}
