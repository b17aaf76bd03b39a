//! What there is, for those who may see it.

use erynoa_kernel::RealmId;

use crate::{
    Bin, Caller, FileAccess, FileId, FilePage, FileQuery, Folder, Holder, Media, Order, Position,
    Scope, Share, Sight, Storage, StorageError, Upload, UploadQuery, Usage, UsageQuery,
    storage::signed_in,
};

/// What somebody asks to see.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Files of a realm; `None` = the caller's own, or public ones when nobody
    /// is signed in.
    pub realm: Option<RealmId>,
    /// Public files of everybody instead.
    pub public: bool,
    /// What is in the bin instead of what is not.
    pub binned: bool,
    /// Only this folder.
    pub folder: Option<Folder>,
    /// Part of the name.
    pub name_part: String,
    /// Only this kind.
    pub media: Option<Media>,
    /// In what order.
    pub order: Order,
    /// Place after which to go on.
    pub after: Option<Position>,
    /// At most so many.
    pub limit: usize,
}

impl Storage {
    /// One page of what the caller asks for and may see.
    ///
    /// # Errors
    /// `Store`.
    pub async fn list_files(
        &self,
        listing: Listing,
        caller: &Caller<'_>,
    ) -> Result<FilePage, StorageError> {
        let (scope, least) = match (listing.public, listing.realm, caller.account) {
            (false, Some(realm), _) => (
                Scope::Of(Holder::Realm(realm)),
                if caller.is_operator {
                    Some(FileAccess::Private)
                } else if listing.binned {
                    None
                } else if (caller.is_member)(&realm) {
                    Some(FileAccess::Members)
                } else {
                    Some(FileAccess::Public)
                },
            ),
            (false, None, Some(account)) => (Scope::Of(Holder::Person(account)), None),
            _ if listing.binned => return Ok(FilePage::default()),
            _ => (Scope::Public, Some(FileAccess::Public)),
        };
        let query = FileQuery {
            scope,
            bin: if listing.binned { Bin::In(u64::MAX) } else { Bin::Out },
            sight: Sight { least, owner: caller.account },
            folder: listing.folder,
            name_part: listing.name_part.to_lowercase(),
            media: listing.media,
            order: listing.order,
            after: listing.after,
            limit: listing.limit,
        };
        Ok(self.index.list_files(&query).await?)
    }

    /// How much the caller or a realm of theirs has stored, and its quota.
    ///
    /// # Errors
    /// `FORBIDDEN` when nobody is signed in, or for a realm of others.
    pub async fn usage(
        &self,
        realm: Option<RealmId>,
        caller: &Caller<'_>,
    ) -> Result<(Usage, u64), StorageError> {
        let holder = match realm {
            None => Holder::Person(signed_in(caller)?),
            Some(realm) if caller.is_operator || (caller.is_member)(&realm) => Holder::Realm(realm),
            Some(_) => return Err(StorageError::Forbidden("only members of a realm may see this")),
        };
        Ok((self.usage_of(Share::Holder(holder)).await?, self.quota_of(&holder)))
    }

    /// How much of a share is stored.
    ///
    /// # Errors
    /// `Store`.
    pub async fn usage_of(&self, share: Share) -> Result<Usage, StorageError> {
        let found = self.index.usage(UsageQuery::Of(vec![share])).await?;
        Ok(found.first().map(|(_, usage)| *usage).unwrap_or_default())
    }

    /// The uploads of the caller that are under way, by id.
    ///
    /// # Errors
    /// `FORBIDDEN` when nobody is signed in.
    pub async fn list_uploads(
        &self,
        after: Option<FileId>,
        limit: usize,
        caller: &Caller<'_>,
    ) -> Result<Vec<Upload>, StorageError> {
        let owner = signed_in(caller)?;
        Ok(self.index.list_uploads(UploadQuery::Of(owner), after, limit).await?)
    }
}
