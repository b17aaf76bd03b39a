//! Links: ways to a file for whoever has their token.

use crate::{
    Action, Caller, Change, ChangeError, Entry, File, FileAccess, FileId, Hash, Link, LinkId,
    LinkQuery, Storage, StorageError, Viewer, may,
};

/// Longest life of a link that ends, seconds.
pub const LINK_LIFE_MOST_S: u32 = 31_536_000;

impl Storage {
    /// Makes a link that is good for `expires_s` seconds, or for ever (0).
    /// Returns it with its token, which is told this once: 64 hex digits. The
    /// access of the file becomes at least [`FileAccess::Link`].
    ///
    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`, `FILE_IN_BIN`, `LINK_EXPIRY_INVALID`,
    /// `STORAGE_LIMIT_REACHED` above 100 links.
    pub async fn create_link(
        &self,
        file_id: &FileId,
        expires_s: u32,
        caller: &Caller<'_>,
    ) -> Result<(Link, String), StorageError> {
        if expires_s > LINK_LIFE_MOST_S {
            return Err(StorageError::LinkExpiry);
        }
        let mut file = self.file_for(file_id, Action::Edit, caller).await?;
        if file.binned_at_us.is_some() {
            return Err(StorageError::Binned);
        }
        if file.access < FileAccess::Link {
            file.access = FileAccess::Link;
            let version = file.version;
            self.write(file, version).await?;
        }
        let now_us = self.clock.now_us();
        let token = self.entropy.bytes32();
        let link = Link {
            id: LinkId::mint(self.entropy.as_ref()),
            file: *file_id,
            token_hash: *blake3::hash(&token).as_bytes(),
            created_at_us: now_us,
            expires_at_us: (expires_s > 0).then(|| now_us + u64::from(expires_s) * 1_000_000),
            opened: 0,
        };
        self.index.apply(Change::InsertLink(link.clone())).await?;
        Ok((link, hex::encode(token)))
    }

    /// Links to a file, oldest first, those that have expired too.
    ///
    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`.
    pub async fn links_of(
        &self,
        file_id: &FileId,
        caller: &Caller<'_>,
    ) -> Result<Vec<Link>, StorageError> {
        self.file_for(file_id, Action::Edit, caller).await?;
        Ok(self.index.list_links(LinkQuery::To(*file_id)).await?)
    }

    /// Ends a link.
    ///
    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`.
    pub async fn revoke_link(&self, id: &LinkId, caller: &Caller<'_>) -> Result<(), StorageError> {
        let links = self.index.list_links(LinkQuery::Id(*id)).await?;
        let link = links.first().ok_or(StorageError::NotFound("link"))?;
        self.file_for(&link.file, Action::Edit, caller).await?;
        match self.index.apply(Change::RemoveLink(*id)).await {
            Ok(_) => Ok(()),
            Err(ChangeError::Missing) => Err(StorageError::NotFound("link")),
            Err(error) => Err(error.into()),
        }
    }

    /// The file that a token leads to. Each time counts.
    ///
    /// # Errors
    /// `NOT_FOUND` for a token that never was, or whose file was deleted or
    /// taken back; `LINK_EXPIRED`.
    pub async fn open_link(&self, token: &str) -> Result<(File, Link), StorageError> {
        let unknown = || StorageError::NotFound("link");
        let mut bytes: Hash = [0; 32];
        hex::decode_to_slice(token, &mut bytes).map_err(|_| unknown())?;
        let token_hash = *blake3::hash(&bytes).as_bytes();
        let mut links = self.index.list_links(LinkQuery::Token(token_hash)).await?;
        let link = links.pop().ok_or_else(unknown)?;
        let Some(Entry::File(file)) = self.index.find(&link.file).await? else {
            return Err(unknown());
        };
        if !may(Action::Read, &file, &Viewer { has_link: true, ..Viewer::default() }) {
            return Err(unknown());
        }
        if link.expires_at_us.is_some_and(|at_us| at_us <= self.clock.now_us()) {
            return Err(StorageError::LinkExpired);
        }
        match self.index.apply(Change::CountOpening(link.id)).await {
            Ok(_) => Ok((file, link)),
            Err(ChangeError::Missing) => Err(unknown()),
            Err(error) => Err(error.into()),
        }
    }
}
