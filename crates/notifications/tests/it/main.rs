//! Laws of notifications.

mod inboxes;
mod links;

use std::sync::Arc;

use erynoa_notifications::{MemoryNotifications, Notifications};

async fn memory() -> (Arc<dyn Notifications>, ()) {
    (Arc::new(MemoryNotifications::default()), ())
}

erynoa_notifications::notifications_contract!(memory());
