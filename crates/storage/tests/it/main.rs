//! What the storage promises, on the stores in memory.

#![expect(
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "sizes of tests are small, and a test that cannot go on fails"
)]

mod crash;
mod files;
mod house;
mod integrity;
mod media;
mod names;
mod policy;
mod records;
mod sharing;
mod uploads;

mod objects {
    use std::sync::Arc;

    use erynoa_kernel::FixedClock;
    use erynoa_storage::{Buckets, MemoryObjects, ObjectStore};

    fn empty() -> (Arc<dyn ObjectStore>, Arc<dyn Buckets>, ()) {
        let store = Arc::new(MemoryObjects::new(Arc::new(FixedClock::at(1))));
        (Arc::clone(&store) as Arc<dyn ObjectStore>, store, ())
    }

    erynoa_storage::object_store_contract!(empty());
    erynoa_storage::buckets_contract!(empty());
}

mod index {
    use std::sync::Arc;

    use erynoa_storage::{FileIndex, MemoryFiles};

    fn empty() -> (Arc<dyn FileIndex>, ()) {
        (Arc::new(MemoryFiles::default()), ())
    }

    erynoa_storage::file_index_contract!(empty());
}
