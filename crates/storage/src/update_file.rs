//! A file gets another name, folder, realm or access.

use erynoa_kernel::RealmId;

use crate::storage::check_place;
use crate::{
    Action, Caller, Change, ChangeError, Entry, File, FileAccess, FileId, FileName, Folder,
    Storage, StorageError,
};

/// What shall change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct FileChanges {
    /// Name that people see.
    pub name: Option<FileName>,
    /// Where it lies.
    pub folder: Option<Folder>,
    /// Realm that it belongs to, or none.
    pub realm: Option<Option<RealmId>>,
    /// Who may read it.
    pub access: Option<FileAccess>,
}

impl Storage {
    /// Changes what is known about a file.
    ///
    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` when `version` is not the newest,
    /// `FILE_IN_BIN`, `FILE_ACCESS_INVALID`, `QUOTA_EXCEEDED` in another realm.
    pub async fn update_file(
        &self,
        id: &FileId,
        version: u64,
        changes: FileChanges,
        caller: &Caller<'_>,
    ) -> Result<File, StorageError> {
        let mut file = self.file_for(id, Action::Edit, caller).await?;
        if file.binned_at_us.is_some() {
            return Err(StorageError::Binned);
        }
        let realm_before = file.realm;
        file.name = changes.name.unwrap_or(file.name);
        file.folder = changes.folder.unwrap_or(file.folder);
        file.realm = changes.realm.unwrap_or(file.realm);
        file.access = changes.access.unwrap_or(file.access);
        // Who has left a realm may still rename there what is theirs.
        let entered = file.realm.as_ref().filter(|realm| realm_before.as_ref() != Some(*realm));
        check_place(entered, FileAccess::Private, caller)?;
        if file.access == FileAccess::Members && file.realm.is_none() {
            return Err(StorageError::Access);
        }
        self.write(file, version).await
    }

    /// Writes a changed file.
    pub(crate) async fn write(&self, mut file: File, version: u64) -> Result<File, StorageError> {
        file.updated_at_us = self.clock.now_us();
        let quota_bytes = self.quota_of(&file.holder());
        let change = Change::Update { file, expected: version, quota_bytes };
        match self.index.apply(change).await? {
            Some(Entry::File(file)) => Ok(file),
            _ => Err(ChangeError::Missing.into()),
        }
    }
}
