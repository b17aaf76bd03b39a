//! Bytes go out: through the server, verified, or by a presigned URL.

use std::ops::Range;
use std::time::Duration;

use erynoa_kernel::{StoreError, StoreErrorKind};

use crate::{
    ByteStream, Caller, Disposition, File, FileId, Grant, Storage, StorageError, layout, verified,
};

/// Longest life of a presigned URL, seconds.
pub const URL_LIFE_MOST_S: u32 = 604_800;
/// Its life unless asked, seconds.
const URL_LIFE_S: u32 = 3600;

/// A URL that does one thing for a while without a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresignedUrl {
    /// Where.
    pub url: String,
    /// What.
    pub grant: Grant,
    /// µs since the Unix epoch.
    pub expires_at_us: u64,
}

impl File {
    /// How a browser should treat the bytes: shown when that is safe and not
    /// `attachment`, else saved.
    #[must_use]
    pub fn disposition(&self, attachment: bool) -> Disposition {
        match self.media_type.shown_as().filter(|_| !attachment) {
            Some(shown) => Disposition { media_type: shown.to_owned(), save_as: None },
            None => Disposition {
                media_type: self.media_type.as_str().to_owned(),
                save_as: Some(self.name.as_str().to_owned()),
            },
        }
    }
}

impl Storage {
    /// The bytes of a file. Read whole, they are compared with its hash: a
    /// damaged file fails instead of ending.
    ///
    /// # Errors
    /// `Corrupt` when there are none.
    pub async fn read_file(
        &self,
        file: &File,
        range: Option<Range<u64>>,
    ) -> Result<ByteStream, StorageError> {
        let is_whole = range.as_ref().is_none_or(|range| *range == (0..file.size));
        match self.objects.get(&file.bucket, &file.key, range).await? {
            Some((_, bytes)) if is_whole => Ok(verified(bytes, file.hash)),
            Some((_, bytes)) => Ok(bytes),
            None => {
                let message = format!("the bytes of file {} are missing", file.id);
                Err(StoreError::new(StoreErrorKind::Corrupt, message).into())
            }
        }
    }

    /// A URL to read a file that the caller may read.
    ///
    /// # Errors
    /// `URL_EXPIRY_INVALID`.
    pub async fn presign_download(
        &self,
        file: &File,
        expires_s: u32,
        attachment: bool,
    ) -> Result<PresignedUrl, StorageError> {
        let (life, expires_at_us) = self.url_life(expires_s)?;
        let disposition = file.disposition(attachment);
        let url =
            self.objects.presign(&file.bucket, &file.key, Grant::Get, life, disposition).await?;
        Ok(PresignedUrl { url, grant: Grant::Get, expires_at_us })
    }

    /// A URL to send one part of the caller's upload to, from 1.
    ///
    /// # Errors
    /// `UPLOAD_UNKNOWN`, `PART_INVALID`, `URL_EXPIRY_INVALID`.
    pub async fn presign_part(
        &self,
        upload: &FileId,
        part: u32,
        expires_s: u32,
        caller: &Caller<'_>,
    ) -> Result<PresignedUrl, StorageError> {
        let (life, expires_at_us) = self.url_life(expires_s)?;
        let upload = self.upload_for(upload, caller).await?;
        if upload.part_bytes(part).is_none() {
            let parts = upload.parts();
            return Err(StorageError::Part(format!("this upload has the parts 1 to {parts}")));
        }
        let key = layout::part_key(&upload.id, part);
        let nothing = Disposition::default();
        let url = self.objects.presign(&upload.bucket, &key, Grant::Put, life, nothing).await?;
        Ok(PresignedUrl { url, grant: Grant::Put, expires_at_us })
    }

    fn url_life(&self, expires_s: u32) -> Result<(Duration, u64), StorageError> {
        let seconds = match expires_s {
            0 => URL_LIFE_S,
            1..=URL_LIFE_MOST_S => expires_s,
            _ => return Err(StorageError::UrlExpiry),
        };
        let life = Duration::from_secs(seconds.into());
        Ok((life, self.clock.now_us() + u64::from(seconds) * 1_000_000))
    }
}
