//! A small file in one call.

use bytes::Bytes;
use erynoa_kernel::DAY_US;

use crate::complete_upload::check;
use crate::stream::{Meter, whole};
use crate::{ByteStream, Caller, ChangeError, Entry, File, FileId, NewFile, Storage, StorageError};

/// Largest file of [`Storage::upload_file`].
pub const SMALL_MOST_BYTES: u64 = 1 << 20;

impl Storage {
    /// Stores a file of up to 1 MiB at once.
    ///
    /// # Errors
    /// `PAYLOAD_TOO_LARGE`, `QUOTA_EXCEEDED`, `STORAGE_LIMIT_REACHED`,
    /// `FILE_ACCESS_INVALID`, `FORBIDDEN`, `HASH_MISMATCH`,
    /// `MEDIA_TYPE_MISMATCH`.
    pub async fn upload_file(
        &self,
        new: NewFile,
        data: Bytes,
        caller: &Caller<'_>,
    ) -> Result<File, StorageError> {
        let size = data.len() as u64;
        if size > SMALL_MOST_BYTES {
            return Err(StorageError::TooLarge { most: SMALL_MOST_BYTES });
        }
        self.upload_stream(new, size, whole(data), caller).await
    }

    /// Stores a file of up to `most` bytes as they come; so many are reserved
    /// meanwhile.
    ///
    /// # Errors
    /// Those of [`upload_file`](Self::upload_file); `SIZE_MISMATCH` when more
    /// bytes come; the stream's. Nothing is stored then.
    pub async fn upload_stream(
        &self,
        new: NewFile,
        most: u64,
        bytes: ByteStream,
        caller: &Caller<'_>,
    ) -> Result<File, StorageError> {
        let id = FileId::mint(self.entropy.as_ref());
        self.store(id, 1, new, most, bytes, caller).await
    }

    /// Stores bytes under an id of their maker's choice, once: a file that is
    /// there already is given as it is now, and what a crash has left of an
    /// earlier try goes first.
    ///
    /// # Errors
    /// Those of [`upload_stream`](Self::upload_stream); `CONFLICT` when the id
    /// is somebody else's.
    pub async fn upload_once(
        &self,
        id: FileId,
        new: NewFile,
        data: Bytes,
        caller: &Caller<'_>,
    ) -> Result<File, StorageError> {
        match self.index.find(&id).await? {
            Some(Entry::File(file)) if caller.account == Some(file.owner) => return Ok(file),
            Some(Entry::Upload(upload)) if caller.account == Some(upload.owner) => {
                self.end_upload(&upload).await?;
            }
            Some(_) => return Err(ChangeError::Conflict.into()),
            None => {}
        }
        let [a, b, c, d, ..] = self.entropy.bytes32();
        let attempt = u32::from_be_bytes([a, b, c, d]).max(2);
        self.store(id, attempt, new, data.len() as u64, whole(data), caller).await
    }

    async fn store(
        &self,
        id: FileId,
        attempt: u32,
        new: NewFile,
        most: u64,
        bytes: ByteStream,
        caller: &Caller<'_>,
    ) -> Result<File, StorageError> {
        let mut upload = self.reserve(id, attempt, new, most, DAY_US, caller).await?;
        let meter = Meter::default();
        let put = self.objects.put(&upload.bucket, &upload.key, meter.watch(bytes), most).await;
        let measured = meter.read();
        let checked = match put {
            Ok(_) => {
                upload.size = measured.size;
                check(&upload, None, &measured)
            }
            Err(_) if measured.size > most => {
                Err(StorageError::Size { declared: most, found: measured.size })
            }
            Err(error) => Err(error.into()),
        };
        match checked {
            Ok((media_type, hash)) => self.settle(upload, media_type, hash).await,
            Err(error) => {
                self.end_upload(&upload).await?;
                Err(error)
            }
        }
    }
}
