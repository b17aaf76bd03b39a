//! What the use cases have in common: the ports, the rules, and finding what a
//! caller may see.

use std::sync::Arc;

use erynoa_kernel::{Clock, Entropy, RealmId};

use crate::{
    Action, BucketName, Buckets, Caller, Change, ChangeError, Entry, File, FileAccess, FileId,
    FileIndex, FileName, Folder, Hash, Holder, MediaType, ObjectMeta, ObjectStore, OwnerId,
    StorageError, Upload, layout, may,
};

/// What the configuration says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Where new files go.
    pub bucket: BucketName,
    /// Largest file, bytes.
    pub most_bytes: u64,
    /// Quota of a person, bytes; 0 = none.
    pub quota_bytes: u64,
    /// Quota of a realm, bytes; 0 = none.
    pub realm_quota_bytes: u64,
}

/// The use cases of files; one file a use case.
pub struct Storage {
    /// Where the bytes are.
    pub objects: Arc<dyn ObjectStore>,
    /// The buckets they are in.
    pub buckets: Arc<dyn Buckets>,
    /// What is known about them.
    pub index: Arc<dyn FileIndex>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids and tokens.
    pub entropy: Arc<dyn Entropy>,
    /// What the configuration says.
    pub rules: Rules,
}

/// What somebody wants to store.
#[derive(Clone, Debug)]
pub struct NewFile {
    /// Name that people will see.
    pub name: FileName,
    /// Where it will lie.
    pub folder: Folder,
    /// What the bytes are said to be; `None` = found out.
    pub media_type: Option<MediaType>,
    /// Realm that it will belong to.
    pub realm: Option<RealmId>,
    /// Who will be able to read it.
    pub access: FileAccess,
    /// BLAKE3-256 of the bytes, to be checked.
    pub hash: Option<Hash>,
}

/// How many objects one question to the object store asks for.
pub(crate) const OBJECTS_PER_PAGE: usize = 1000;

impl Storage {
    /// Quota of a holder, bytes; 0 = none.
    #[must_use]
    pub const fn quota_of(&self, holder: &Holder) -> u64 {
        match holder {
            Holder::Person(_) => self.rules.quota_bytes,
            Holder::Realm(_) => self.rules.realm_quota_bytes,
        }
    }

    /// The file, when the caller may do this with it.
    ///
    /// # Errors
    /// `NOT_FOUND` when they must not know of it, else `FORBIDDEN`.
    pub async fn file_for(
        &self,
        id: &FileId,
        action: Action,
        caller: &Caller<'_>,
    ) -> Result<File, StorageError> {
        let Some(Entry::File(file)) = self.index.find(id).await? else {
            return Err(StorageError::NotFound("file"));
        };
        let viewer = caller.viewer(&file);
        if may(action, &file, &viewer) {
            Ok(file)
        } else if may(Action::See, &file, &viewer) {
            Err(StorageError::Forbidden("only the owner of the file may do this"))
        } else {
            Err(StorageError::NotFound("file"))
        }
    }

    /// The caller's upload.
    ///
    /// # Errors
    /// `UPLOAD_UNKNOWN`, also when its time is over.
    pub async fn upload_for(
        &self,
        id: &FileId,
        caller: &Caller<'_>,
    ) -> Result<Upload, StorageError> {
        match self.index.find(id).await? {
            Some(Entry::Upload(upload))
                if caller.account == Some(upload.owner)
                    && upload.expires_at_us > self.clock.now_us() =>
            {
                Ok(upload)
            }
            _ => Err(StorageError::UploadUnknown),
        }
    }

    /// Parts of an upload that have arrived, ascending, with their bytes.
    ///
    /// # Errors
    /// `Store`.
    pub async fn received(&self, upload: &Upload) -> Result<Vec<(u32, u64)>, StorageError> {
        let objects = self.objects_under(&upload.bucket, &layout::parts_prefix(&upload.id)).await?;
        Ok(objects
            .iter()
            .filter_map(|object| Some((layout::part_in(&object.key)?.1, object.size)))
            .filter(|(part, _)| (1..=upload.parts()).contains(part))
            .collect())
    }

    /// All objects whose keys begin with `prefix`.
    pub(crate) async fn objects_under(
        &self,
        bucket: &BucketName,
        prefix: &str,
    ) -> Result<Vec<ObjectMeta>, StorageError> {
        let mut found: Vec<ObjectMeta> = Vec::new();
        loop {
            let after = found.last().map(|object| object.key.clone());
            let page = self.objects.list(bucket, prefix, after.as_ref(), OBJECTS_PER_PAGE).await?;
            let over = page.len() < OBJECTS_PER_PAGE;
            found.extend(page);
            if over {
                return Ok(found);
            }
        }
    }

    /// Checks a new file and reserves its bytes. No other attempt with this id
    /// has the same number: an object that was given up may be deleted later.
    pub(crate) async fn reserve(
        &self,
        id: FileId,
        attempt: u32,
        new: NewFile,
        size: u64,
        life_us: u64,
        caller: &Caller<'_>,
    ) -> Result<Upload, StorageError> {
        let owner = signed_in(caller)?;
        if size > self.rules.most_bytes {
            return Err(StorageError::TooLarge { most: self.rules.most_bytes });
        }
        check_place(new.realm.as_ref(), new.access, caller)?;
        let now_us = self.clock.now_us();
        let upload = Upload {
            id,
            owner,
            key: layout::file_key(now_us, &id, attempt, &new.name),
            realm: new.realm,
            access: new.access,
            name: new.name,
            folder: new.folder,
            media_type: new.media_type,
            size,
            hash: new.hash,
            bucket: self.rules.bucket.clone(),
            attempt: 0,
            created_at_us: now_us,
            expires_at_us: now_us.saturating_add(life_us),
        };
        let quota_bytes = self.quota_of(&upload.holder());
        self.index.apply(Change::Reserve { upload: upload.clone(), quota_bytes }).await?;
        Ok(upload)
    }

    /// Makes the file of an upload whose bytes lie at its key. When that does
    /// not succeed, the bytes go.
    pub(crate) async fn settle(
        &self,
        upload: Upload,
        media_type: MediaType,
        hash: Hash,
    ) -> Result<File, StorageError> {
        let file = File {
            id: upload.id,
            owner: upload.owner,
            realm: upload.realm,
            access: upload.access,
            name: upload.name,
            folder: upload.folder,
            media_type,
            size: upload.size,
            hash,
            bucket: upload.bucket,
            key: upload.key,
            created_at_us: upload.created_at_us,
            updated_at_us: self.clock.now_us(),
            binned_at_us: None,
            version: 1,
            links: 0,
        };
        match self.index.apply(Change::Complete { file: file.clone() }).await {
            Ok(_) => Ok(file),
            Err(ChangeError::Missing) => {
                self.objects.delete(&file.bucket, &file.key).await?;
                Err(StorageError::UploadUnknown)
            }
            Err(ChangeError::Conflict) => {
                self.objects.delete(&file.bucket, &file.key).await?;
                Err(ChangeError::Conflict.into())
            }
            // Whether it was written is not known, so nothing is deleted.
            Err(error) => Err(error.into()),
        }
    }
}

/// Who calls.
pub(crate) fn signed_in(caller: &Caller<'_>) -> Result<OwnerId, StorageError> {
    caller.account.ok_or(StorageError::Forbidden("sign in to keep files here"))
}

/// Whether the caller may keep a file in this realm with this access.
pub(crate) fn check_place(
    realm: Option<&RealmId>,
    access: FileAccess,
    caller: &Caller<'_>,
) -> Result<(), StorageError> {
    if access == FileAccess::Members && realm.is_none() {
        return Err(StorageError::Access);
    }
    if realm.is_some_and(|realm| !(caller.is_member)(realm)) {
        return Err(StorageError::Forbidden("only members of a realm may keep files there"));
    }
    Ok(())
}
