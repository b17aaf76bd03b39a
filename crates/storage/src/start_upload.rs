//! An upload begins, or is given up.

use crate::file::{FILE_MOST_BYTES, UPLOAD_LIFE_US};
use crate::{Caller, Change, ChangeError, FileId, NewFile, Storage, StorageError, Upload, layout};

impl Storage {
    /// Begins an upload of `size` bytes in parts.
    ///
    /// # Errors
    /// `PAYLOAD_TOO_LARGE`, `QUOTA_EXCEEDED`, `STORAGE_LIMIT_REACHED`,
    /// `FILE_ACCESS_INVALID`, `FORBIDDEN` in a realm of others.
    pub async fn start_upload(
        &self,
        new: NewFile,
        size: u64,
        caller: &Caller<'_>,
    ) -> Result<Upload, StorageError> {
        if size > FILE_MOST_BYTES {
            return Err(StorageError::TooLarge { most: FILE_MOST_BYTES });
        }
        self.reserve(FileId::mint(self.entropy.as_ref()), 1, new, size, UPLOAD_LIFE_US, caller)
            .await
    }

    /// Gives an upload up.
    ///
    /// # Errors
    /// `UPLOAD_UNKNOWN`.
    pub async fn abort_upload(&self, id: &FileId, caller: &Caller<'_>) -> Result<(), StorageError> {
        let upload = self.upload_for(id, caller).await?;
        self.end_upload(&upload).await
    }

    /// Takes an upload out of the index, then its objects away. What a crash
    /// leaves in between, the sweep finds.
    pub(crate) async fn end_upload(&self, upload: &Upload) -> Result<(), StorageError> {
        let change = Change::RemoveUpload { id: upload.id, at_us: self.clock.now_us() };
        match self.index.apply(change).await {
            Ok(_) => {}
            Err(ChangeError::Missing) => return Err(StorageError::UploadUnknown),
            Err(error) => return Err(error.into()),
        }
        self.objects.delete(&upload.bucket, &upload.key).await?;
        self.delete_parts(upload).await
    }

    /// Deletes the parts of an upload that is over.
    pub(crate) async fn delete_parts(&self, upload: &Upload) -> Result<(), StorageError> {
        let prefix = layout::parts_prefix(&upload.id);
        for part in self.objects_under(&upload.bucket, &prefix).await? {
            self.objects.delete(&upload.bucket, &part.key).await?;
        }
        Ok(())
    }
}
