//! A small file in one call.

use bytes::Bytes;
use erynoa_kernel::DAY_US;

use crate::complete_upload::check;
use crate::stream::{Meter, whole};
use crate::{ByteStream, Caller, File, NewFile, Storage, StorageError};

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
        let mut upload = self.reserve(new, most, DAY_US, caller).await?;
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
