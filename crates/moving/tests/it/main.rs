//! Moving between stores in memory.

mod copying;
mod objects;

mod records {
    use std::sync::Arc;

    use erynoa_moving::{MemoryRecords, Records};

    fn empty() -> (Arc<dyn Records>, ()) {
        (Arc::new(MemoryRecords::default()), ())
    }

    erynoa_moving::records_contract!(empty());
}
