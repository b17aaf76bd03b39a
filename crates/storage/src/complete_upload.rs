//! Parts become a file.

use std::sync::Arc;

use erynoa_kernel::StoreErrorKind;

use crate::stream::{Measured, Meter, drain, joined, whole};
use crate::{
    Caller, Change, ChangeError, Entry, File, FileId, Hash, MediaType, Storage, StorageError,
    Upload, layout,
};

impl Storage {
    /// Puts the parts of an upload together and checks them. Nothing of the
    /// upload changes when they do not hold, so that parts can be sent again.
    /// Completing again what has become a file returns the file.
    ///
    /// # Errors
    /// `UPLOAD_UNKNOWN`, `UPLOAD_INCOMPLETE` with the missing parts,
    /// `PART_INVALID` for one of a wrong size, `HASH_MISMATCH`,
    /// `MEDIA_TYPE_MISMATCH`, `CONFLICT` when somebody else is at it.
    pub async fn complete_upload(
        &self,
        id: &FileId,
        hash: Option<Hash>,
        caller: &Caller<'_>,
    ) -> Result<File, StorageError> {
        match self.index.find(id).await? {
            Some(Entry::File(file)) if caller.account == Some(file.owner) => return Ok(file),
            _ => {}
        }
        self.check_parts(&self.upload_for(id, caller).await?).await?;
        let at_us = self.clock.now_us();
        let upload = match self.index.apply(Change::Attempt { id: *id, at_us }).await {
            Ok(Some(Entry::Upload(upload))) => upload,
            Ok(_) | Err(ChangeError::Missing) => return Err(StorageError::UploadUnknown),
            Err(error) => return Err(error.into()),
        };
        let checked = match self.join(&upload).await {
            Ok(measured) => check(&upload, hash, &measured),
            Err(error) => Err(error),
        };
        let (media_type, hash) = match checked {
            Ok(checked) => checked,
            Err(error) => {
                self.objects.delete(&upload.bucket, &upload.key).await?;
                return Err(error);
            }
        };
        let file = self.settle(upload.clone(), media_type, hash).await?;
        // The file is there; parts that stay behind are the sweep's.
        self.delete_parts(&upload).await.ok();
        Ok(file)
    }

    async fn check_parts(&self, upload: &Upload) -> Result<(), StorageError> {
        if upload.size == 0 {
            return Ok(());
        }
        let received = self.received(upload).await?;
        let mut arrived = received.iter().map(|(part, _)| *part).peekable();
        let missing: Vec<u32> =
            (1..=upload.parts()).filter(|part| arrived.next_if_eq(part).is_none()).collect();
        if !missing.is_empty() {
            return Err(StorageError::Incomplete { missing });
        }
        for (part, bytes) in received {
            let right = upload.part_bytes(part).unwrap_or_default();
            if bytes != right {
                return Err(StorageError::Part(format!(
                    "part {part} has {bytes} bytes; it must have {right}: send it again"
                )));
            }
        }
        Ok(())
    }

    /// Writes the upload's object and measures what has been written.
    async fn join(&self, upload: &Upload) -> Result<Measured, StorageError> {
        let (bucket, key) = (&upload.bucket, &upload.key);
        if upload.size == 0 {
            self.objects.put(bucket, key, whole(bytes::Bytes::new()), 0).await?;
            return Ok(Meter::default().read());
        }
        let parts: Vec<_> =
            (1..=upload.parts()).map(|part| layout::part_key(&upload.id, part)).collect();
        if let [only] = parts.as_slice() {
            // The part can be written again as long as its URL is good, so what
            // is checked is the copy, which nobody else can write.
            let copied = self.objects.copy(bucket, only, key).await?;
            let object = if copied { self.objects.get(bucket, key, None).await? } else { None };
            let (_, bytes) = object.ok_or(StorageError::Incomplete { missing: vec![1] })?;
            return Ok(drain(bytes).await?);
        }
        let meter = Meter::default();
        let bytes = joined(Arc::clone(&self.objects), bucket.clone(), parts);
        match self.objects.put(bucket, key, meter.watch(bytes), upload.size).await {
            Ok(_) => Ok(meter.read()),
            Err(error) if error.kind == StoreErrorKind::Full && meter.read().size > upload.size => {
                Err(StorageError::Size { declared: upload.size, found: meter.read().size })
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What the bytes are, when they are what was announced.
pub(crate) fn check(
    upload: &Upload,
    hash: Option<Hash>,
    measured: &Measured,
) -> Result<(MediaType, Hash), StorageError> {
    if measured.size != upload.size {
        return Err(StorageError::Size { declared: upload.size, found: measured.size });
    }
    if [upload.hash, hash].into_iter().flatten().any(|hash| hash != measured.hash) {
        return Err(StorageError::Hash { found: hex::encode(measured.hash) });
    }
    let media_type = MediaType::settle(upload.media_type.as_ref(), &measured.head)?;
    Ok((media_type, measured.hash))
}
