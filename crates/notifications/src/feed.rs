//! Reading, changing and feeding inboxes, whoever else does so.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use erynoa_kernel::{StoreError, StoreErrorKind};

use crate::limits::ATTEMPTS;
use crate::{Cursor, Inbox, Letter, News, Notifications, Reader};

/// The inbox of a reader, also of one who has none yet.
///
/// # Errors
/// The store's.
pub async fn read(store: &dyn Notifications, reader: Reader) -> Result<Inbox, StoreError> {
    Ok(store.get(reader).await?.unwrap_or_else(|| Inbox::new(reader)))
}

/// Changes an inbox, however often others change it at the same time. `work`
/// says what has become of it, and `None` when there is nothing to write.
///
/// # Errors
/// The store's; `Conflict` when others were faster every time.
pub async fn change<T: Send>(
    store: &dyn Notifications,
    reader: Reader,
    work: impl Fn(&mut Inbox) -> Option<T> + Send + Sync,
) -> Result<Option<T>, StoreError> {
    for _ in 0..ATTEMPTS {
        let mut inbox = read(store, reader).await?;
        let Some(done) = work(&mut inbox) else { return Ok(None) };
        if store.write(&[inbox], None).await? {
            return Ok(Some(done));
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict, "an inbox is being written all the time"))
}

/// Takes in what the log says up to a position, once: the inboxes and the
/// cursor change together. `false` when somebody else has read the log
/// further; then nothing has changed.
///
/// # Errors
/// The store's; `Conflict` when others were faster every time.
pub async fn feed(
    store: &dyn Notifications,
    cursor: Cursor,
    news: &[News],
    digest_us: u64,
) -> Result<bool, StoreError> {
    for _ in 0..ATTEMPTS {
        let mut inboxes: BTreeMap<Reader, Inbox> = BTreeMap::new();
        for news in news {
            let inbox = match inboxes.entry(news.reader) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unread) => unread.insert(read(store, news.reader).await?),
            };
            inbox.add(news.clone(), digest_us);
        }
        let inboxes: Vec<Inbox> = inboxes.into_values().collect();
        if store.write(&inboxes, Some(cursor)).await? {
            return Ok(true);
        }
        if store.cursor().await? != cursor.from {
            return Ok(false);
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict, "inboxes are being written all the time"))
}

/// The letter of a reader that is due longest, see [`Inbox::claim`].
///
/// # Errors
/// The store's.
pub async fn claim_letter(
    store: &dyn Notifications,
    reader: Reader,
    now_us: u64,
) -> Result<Option<Letter>, StoreError> {
    change(store, reader, |inbox| inbox.claim(now_us)).await
}
