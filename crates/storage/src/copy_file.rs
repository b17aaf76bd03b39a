//! A file is copied.

use std::collections::HashSet;

use erynoa_kernel::{DAY_US, StoreError, StoreErrorKind};

use crate::storage::signed_in;
use crate::{
    Action, Bin, Caller, File, FileAccess, FileId, FileName, FileQuery, Folder, Holder, NewFile,
    Order, OwnerId, Scope, Sight, Storage, StorageError, verified,
};

impl Storage {
    /// Copies a file. The copy belongs to the caller, and to the realm too when
    /// they are a member of it; without a realm it is theirs alone.
    ///
    /// # Errors
    /// `NOT_FOUND`, `QUOTA_EXCEEDED`, `STORAGE_LIMIT_REACHED`.
    pub async fn copy_file(
        &self,
        id: &FileId,
        name: Option<FileName>,
        folder: Option<Folder>,
        caller: &Caller<'_>,
    ) -> Result<File, StorageError> {
        let owner = signed_in(caller)?;
        let file = self.file_for(id, Action::Read, caller).await?;
        let realm = file.realm.filter(|realm| (caller.is_member)(realm));
        let own = file.owner == owner;
        let folder = folder.unwrap_or_else(|| file.folder.clone());
        let mut new = NewFile {
            name: file.name.clone(),
            folder,
            media_type: Some(file.media_type.clone()),
            realm,
            access: match file.access {
                FileAccess::Members if realm.is_some() => FileAccess::Members,
                access if own && access != FileAccess::Members => access,
                _ => FileAccess::Private,
            },
            hash: Some(file.hash),
        };
        new.name = match name {
            Some(name) => name,
            None => self.free_name(&file, &new, owner).await?,
        };
        let upload = self
            .reserve(FileId::mint(self.entropy.as_ref()), 1, new, file.size, DAY_US, caller)
            .await?;
        // The store copies within a bucket alone.
        let copied = if file.bucket == upload.bucket {
            self.objects.copy(&file.bucket, &file.key, &upload.key).await
        } else {
            match self.objects.get(&file.bucket, &file.key, None).await {
                Ok(Some((_, bytes))) => self
                    .objects
                    .put(&upload.bucket, &upload.key, verified(bytes, file.hash), file.size)
                    .await
                    .map(|_| true),
                Ok(None) => Ok(false),
                Err(error) => Err(error),
            }
        };
        match copied {
            Ok(true) => self.settle(upload, file.media_type, file.hash).await,
            Ok(false) => {
                self.end_upload(&upload).await?;
                let message = format!("the bytes of file {id} are missing");
                Err(StoreError::new(StoreErrorKind::Corrupt, message).into())
            }
            Err(error) => {
                self.end_upload(&upload).await?;
                Err(error.into())
            }
        }
    }

    /// The name, or the first with a number that no file beside the copy has.
    async fn free_name(
        &self,
        file: &File,
        copy: &NewFile,
        owner: OwnerId,
    ) -> Result<FileName, StorageError> {
        /// So many copies get numbers of their own.
        const NUMBERS: u32 = 1000;
        let stem = file.name.folded();
        let stem = stem.rsplit_once('.').map_or(stem.as_str(), |(stem, _)| stem);
        let query = FileQuery {
            scope: Scope::Of(copy.realm.map_or(Holder::Person(owner), Holder::Realm)),
            bin: Bin::Out,
            sight: Sight::EVERYTHING,
            folder: Some(copy.folder.clone()),
            name_part: stem.to_owned(),
            media: None,
            order: Order::Name,
            after: None,
            limit: NUMBERS as usize,
        };
        let beside = self.index.list_files(&query).await?.files;
        let taken: HashSet<String> = beside.iter().map(|file| file.name.folded()).collect();
        let numbered = (2..=NUMBERS).map(|number| file.name.numbered(number));
        let free = std::iter::once(file.name.clone())
            .chain(numbered)
            .find(|name| !taken.contains(&name.folded()));
        Ok(free.unwrap_or_else(|| file.name.clone()))
    }
}
