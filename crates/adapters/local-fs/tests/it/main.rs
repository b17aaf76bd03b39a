//! The laws of the ports in a folder, and what a folder adds to them.

mod folder;
mod signer;

mod objects {
    use std::sync::Arc;

    use erynoa_storage::{Buckets, ObjectStore};
    use tempfile::TempDir;

    use super::folder::open;

    fn empty() -> (Arc<dyn ObjectStore>, Arc<dyn Buckets>, TempDir) {
        let home = TempDir::new().expect("a folder");
        let store = Arc::new(open(home.path()));
        (Arc::clone(&store) as Arc<dyn ObjectStore>, store, home)
    }

    erynoa_storage::object_store_contract!(empty());
    erynoa_storage::buckets_contract!(empty());
}
