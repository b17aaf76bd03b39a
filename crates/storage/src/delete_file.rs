//! Into the bin, out of it, and for good.

use crate::{
    Action, Bin, Caller, Change, ChangeError, File, FileId, FileQuery, Holder, Order, Scope, Sight,
    Storage, StorageError, storage::signed_in,
};

impl Storage {
    /// Moves a file to the bin and returns it; one that is there already, or
    /// with `forever`, is deleted for good (`None`).
    ///
    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` when `version` is not the newest.
    pub async fn delete_file(
        &self,
        id: &FileId,
        version: u64,
        forever: bool,
        caller: &Caller<'_>,
    ) -> Result<Option<File>, StorageError> {
        let mut file = self.file_for(id, Action::Delete, caller).await?;
        if forever || file.binned_at_us.is_some() {
            file.version = version;
            self.remove(&file).await?;
            return Ok(None);
        }
        file.binned_at_us = Some(self.clock.now_us());
        self.write(file, version).await.map(Some)
    }

    /// Takes a file out of the bin; one that is not there stays as it is.
    ///
    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`.
    pub async fn restore_file(
        &self,
        id: &FileId,
        caller: &Caller<'_>,
    ) -> Result<File, StorageError> {
        let mut file = self.file_for(id, Action::Edit, caller).await?;
        if file.binned_at_us.take().is_none() {
            return Ok(file);
        }
        let version = file.version;
        self.write(file, version).await
    }

    /// Deletes everything in the caller's bin for good. Returns how many files
    /// and bytes went.
    ///
    /// # Errors
    /// `FORBIDDEN` when nobody is signed in.
    pub async fn empty_bin(&self, caller: &Caller<'_>) -> Result<(u64, u64), StorageError> {
        let query = FileQuery {
            scope: Scope::Of(Holder::Person(signed_in(caller)?)),
            bin: Bin::In(u64::MAX),
            sight: Sight::EVERYTHING,
            folder: None,
            name_part: String::new(),
            media: None,
            order: Order::Id,
            after: None,
            limit: 100,
        };
        self.remove_all(query).await
    }

    /// Deletes all files that a query gives, page by page.
    pub(crate) async fn remove_all(
        &self,
        mut query: FileQuery,
    ) -> Result<(u64, u64), StorageError> {
        let (mut files, mut bytes) = (0, 0);
        loop {
            let page = self.index.list_files(&query).await?.files;
            let Some(last) = page.last() else {
                return Ok((files, bytes));
            };
            query.after = Some(query.order.position(last));
            for file in &page {
                match self.remove(file).await {
                    Ok(()) => {
                        files += 1;
                        bytes += file.size;
                    }
                    // Restored or deleted meanwhile.
                    Err(StorageError::Change(ChangeError::Missing | ChangeError::Conflict)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Takes a file out of the index, then its object away. What a crash leaves
    /// in between, the sweep finds.
    async fn remove(&self, file: &File) -> Result<(), StorageError> {
        let at_us = self.clock.now_us();
        let change = Change::RemoveFile { id: file.id, expected: file.version, at_us };
        self.index.apply(change).await?;
        Ok(self.objects.delete(&file.bucket, &file.key).await?)
    }
}
