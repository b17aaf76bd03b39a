//! What is over is cleared away, and what crashes have left behind.

use crate::file::{BIN_LIFE_US, EXPIRED_LINK_LIFE_US};
use crate::storage::OBJECTS_PER_PAGE;
use crate::{
    Bin, Change, ChangeError, Entry, FileId, FileQuery, LinkQuery, Order, Scope, Sight, Storage,
    StorageError, UploadQuery, layout,
};

/// How long a leftover is deleted again and again, µs: somebody may just be
/// writing it.
const LEFTOVER_LIFE_US: u64 = 3_600_000_000;

/// What one sweep has cleared away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Uploads whose 7 days are over.
    pub uploads: u64,
    /// Files that were in the bin for 30 days.
    pub files: u64,
    /// Links that expired 30 days ago.
    pub links: u64,
    /// Objects whose file is gone.
    pub leftovers: u64,
    /// Parts whose upload is gone.
    pub parts: u64,
}

impl Storage {
    /// Clears away what is over. Safe to run at any time, by several at once.
    ///
    /// # Errors
    /// `Store`; what was swept before stays swept.
    pub async fn sweep(&self) -> Result<Swept, StorageError> {
        let now_us = self.clock.now_us();
        Ok(Swept {
            uploads: self.sweep_uploads(now_us).await?,
            files: self.sweep_bin(now_us).await?,
            links: self.sweep_links(now_us).await?,
            leftovers: self.sweep_leftovers(now_us).await?,
            parts: self.sweep_parts().await?,
        })
    }

    async fn sweep_uploads(&self, now_us: u64) -> Result<u64, StorageError> {
        let mut swept = 0;
        let mut after = None;
        loop {
            let query = UploadQuery::ExpiredBy(now_us);
            let page = self.index.list_uploads(query, after, OBJECTS_PER_PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(swept);
            };
            after = Some(last.id);
            for upload in &page {
                match self.end_upload(upload).await {
                    Ok(()) => swept += 1,
                    Err(StorageError::UploadUnknown) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    async fn sweep_bin(&self, now_us: u64) -> Result<u64, StorageError> {
        let Some(until_us) = now_us.checked_sub(BIN_LIFE_US) else {
            return Ok(0);
        };
        let query = FileQuery {
            scope: Scope::All,
            bin: Bin::In(until_us),
            sight: Sight::EVERYTHING,
            folder: None,
            name_part: String::new(),
            media: None,
            order: Order::Id,
            after: None,
            limit: OBJECTS_PER_PAGE,
        };
        Ok(self.remove_all(query).await?.0)
    }

    async fn sweep_links(&self, now_us: u64) -> Result<u64, StorageError> {
        let Some(until_us) = now_us.checked_sub(EXPIRED_LINK_LIFE_US) else {
            return Ok(0);
        };
        let mut swept = 0;
        loop {
            let page = self.index.list_links(LinkQuery::ExpiredBy(until_us)).await?;
            if page.is_empty() {
                return Ok(swept);
            }
            for link in page {
                match self.index.apply(Change::RemoveLink(link.id)).await {
                    Ok(_) => swept += 1,
                    Err(ChangeError::Missing) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }

    async fn sweep_leftovers(&self, now_us: u64) -> Result<u64, StorageError> {
        let mut swept = 0;
        let mut after = None;
        loop {
            let page = self.index.list_leftovers(after.as_ref(), OBJECTS_PER_PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(swept);
            };
            after = Some(last.clone());
            for leftover in page {
                self.objects.delete(&leftover.bucket, &leftover.key).await?;
                if leftover.since_us.saturating_add(LEFTOVER_LIFE_US) <= now_us {
                    self.index.apply(Change::Forget(leftover)).await?;
                    swept += 1;
                }
            }
        }
    }

    /// Parts that were sent after their upload was over.
    async fn sweep_parts(&self) -> Result<u64, StorageError> {
        let bucket = &self.rules.bucket;
        let mut swept = 0;
        let mut last: Option<(FileId, bool)> = None;
        for object in self.objects_under(bucket, layout::UPLOADS_PREFIX).await? {
            let Some((id, _)) = layout::part_in(&object.key) else {
                continue;
            };
            let is_over = match last {
                Some((seen, is_over)) if seen == id => is_over,
                _ => !matches!(self.index.find(&id).await?, Some(Entry::Upload(_))),
            };
            last = Some((id, is_over));
            if is_over {
                self.objects.delete(bucket, &object.key).await?;
                swept += 1;
            }
        }
        Ok(swept)
    }
}
