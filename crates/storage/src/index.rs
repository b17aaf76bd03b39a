//! The index: which files, uploads and links there are, and how much they take.

use std::collections::BTreeSet;

use async_trait::async_trait;
use erynoa_kernel::StoreError;

use crate::{
    BucketName, Change, Entry, File, FileAccess, FileId, Folder, Hash, Holder, Link, LinkId, Media,
    ObjectKey, OwnerId, Share, Upload, Usage,
};

/// Most folders named beside one page of files.
pub const FOLDERS_MOST: usize = 1000;

/// Which files are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of a person (that belong to no realm) or of a realm.
    Of(Holder),
    /// Those with the access [`FileAccess::Public`], of anybody.
    Public,
    /// All.
    All,
}

/// Whether files in the bin are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bin {
    /// Those that are not there.
    Out,
    /// Those that were put there up to this time, µs; `u64::MAX` = all there.
    In(u64),
    /// All.
    Either,
}

/// Whom the list is for: files with at least this access, and those of an
/// owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Least access; `None` = none but the owner's.
    pub least: Option<FileAccess>,
    /// Whose files are seen whatever their access.
    pub owner: Option<OwnerId>,
}

impl Sight {
    /// Sees everything.
    pub const EVERYTHING: Self = Self { least: Some(FileAccess::Private), owner: None };
}

/// In what order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// By the name in lower case, by its bytes.
    Name,
    /// The newest first.
    Newest,
    /// The largest first.
    Largest,
    /// By id: stays the same while files are changed.
    Id,
}

/// Place of a file in an order. Places compare as their files follow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// For [`Order::Name`], else empty.
    pub name: String,
    /// `u64::MAX` − creation time or size, for [`Order::Newest`] and
    /// [`Order::Largest`], else 0.
    pub number: u64,
    /// Decides among equals.
    pub id: FileId,
}

/// A question to the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileQuery {
    /// Which files.
    pub scope: Scope,
    /// In or out of the bin.
    pub bin: Bin,
    /// For whom.
    pub sight: Sight,
    /// Only those directly in this folder.
    pub folder: Option<Folder>,
    /// Only those whose folded name holds this, itself folded; empty = all.
    pub name_part: String,
    /// Only of this kind.
    pub media: Option<Media>,
    /// In what order.
    pub order: Order,
    /// Only those that follow this place.
    pub after: Option<Position>,
    /// At most so many.
    pub limit: usize,
}

/// Files in the order asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePage {
    /// The files.
    pub files: Vec<File>,
    /// When a folder was asked for and this is the first page: the folders
    /// directly within it that hold files of the scope, bin and sight, at any
    /// depth, ascending, at most [`FOLDERS_MOST`].
    pub folders: Vec<Folder>,
}

/// Which uploads are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadQuery {
    /// Those of an account.
    Of(OwnerId),
    /// Those whose time is over at this moment, µs.
    ExpiredBy(u64),
}

/// Which links are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkQuery {
    /// The one with this id.
    Id(LinkId),
    /// The one whose token has this hash.
    Token(Hash),
    /// Those to a file.
    To(FileId),
    /// Those whose time is over at this moment, µs.
    ExpiredBy(u64),
}

/// Which usage is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageQuery {
    /// Of these shares, in this order; one without anything is empty.
    Of(Vec<Share>),
    /// Of up to so many holders, those with the most bytes first, then by
    /// holder; none that is empty.
    Largest(usize),
}

/// An object that is to be deleted: its file is gone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Leftover {
    /// Where it lies.
    pub bucket: BucketName,
    /// Its name.
    pub key: ObjectKey,
    /// When its file went, µs since the Unix epoch.
    pub since_us: u64,
}

/// Why a change is not made. Nothing of it is then.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// What it is about is not there.
    #[error("it is not there (any more)")]
    Missing,
    /// Somebody else has changed it, or it exists.
    #[error("somebody else has changed it")]
    Conflict,
    /// The holder would have more than its quota.
    #[error("{taken_bytes} bytes would be taken of a quota of {quota_bytes}")]
    Quota {
        /// Bytes that would be taken.
        taken_bytes: u64,
        /// Bytes that may be.
        quota_bytes: u64,
    },
    /// There would be more than a written limit.
    #[error("more than {most} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        most: u64,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Files, uploads, links and usage in one transactional store. What returns
/// `Ok` is durable; readers see every change either whole or not at all. What a
/// change does is computed by [`plan`](crate::plan); adapters load what it
/// needs, serialise changes that share any of it, and write what it says.
/// Laws: `contract`.
#[async_trait]
pub trait FileIndex: Send + Sync + 'static {
    /// What the id stands for.
    async fn find(&self, id: &FileId) -> Result<Option<Entry>, StoreError>;

    /// The files that are asked for.
    async fn list_files(&self, query: &FileQuery) -> Result<FilePage, StoreError>;

    /// Up to `limit` uploads in ascending order of id, after `after`.
    async fn list_uploads(
        &self,
        query: UploadQuery,
        after: Option<FileId>,
        limit: usize,
    ) -> Result<Vec<Upload>, StoreError>;

    /// The links that are asked for, oldest first, then by id, at most
    /// [`LinkQuery::MOST`].
    async fn list_links(&self, query: LinkQuery) -> Result<Vec<Link>, StoreError>;

    /// Up to `limit` leftovers in ascending order of bucket and key, after
    /// `after`.
    async fn list_leftovers(
        &self,
        after: Option<&Leftover>,
        limit: usize,
    ) -> Result<Vec<Leftover>, StoreError>;

    /// How much is stored.
    async fn usage(&self, query: UsageQuery) -> Result<Vec<(Share, Usage)>, StoreError>;

    /// Makes a change, whole or not at all. Returns the entry that it writes, as
    /// it is afterwards or, when it is gone, was before; `None` when it writes
    /// none.
    ///
    /// # Errors
    /// As [`plan`](crate::plan) says; `Store`.
    async fn apply(&self, change: Change) -> Result<Option<Entry>, ChangeError>;
}

impl Order {
    /// The place of a file.
    #[must_use]
    pub fn position(self, file: &File) -> Position {
        let (name, number) = match self {
            Self::Name => (file.name.folded(), 0),
            Self::Newest => (String::new(), u64::MAX - file.created_at_us),
            Self::Largest => (String::new(), u64::MAX - file.size),
            Self::Id => (String::new(), 0),
        };
        Position { name, number, id: file.id }
    }
}

impl Sight {
    /// Whether a file is seen.
    #[must_use]
    pub fn sees(&self, file: &File) -> bool {
        self.owner == Some(file.owner) || self.least.is_some_and(|least| file.access >= least)
    }
}

impl UploadQuery {
    /// Whether an upload is meant.
    #[must_use]
    pub fn asks_for(&self, upload: &Upload) -> bool {
        match self {
            Self::Of(owner) => upload.owner == *owner,
            Self::ExpiredBy(at_us) => upload.expires_at_us <= *at_us,
        }
    }
}

impl LinkQuery {
    /// Most links in one answer.
    pub const MOST: usize = 1000;

    /// Whether a link is meant.
    #[must_use]
    pub fn asks_for(&self, link: &Link) -> bool {
        match self {
            Self::Id(id) => link.id == *id,
            Self::Token(hash) => link.token_hash == *hash,
            Self::To(file) => link.file == *file,
            Self::ExpiredBy(at_us) => link.expires_at_us.is_some_and(|expires| expires <= *at_us),
        }
    }
}

impl UsageQuery {
    /// The answer to [`UsageQuery::Largest`], given the usage of all shares:
    /// what a store without a query language does.
    pub fn largest(
        usage: impl Iterator<Item = (Share, Usage)>,
        most: usize,
    ) -> Vec<(Share, Usage)> {
        let mut holders: Vec<_> =
            usage.filter(|(share, _)| matches!(share, Share::Holder(_))).collect();
        holders.sort_by(|(a, left), (b, right)| right.bytes.cmp(&left.bytes).then(a.cmp(b)));
        holders.truncate(most);
        holders
    }
}

impl FileQuery {
    /// Whether a file is of the scope, the bin and the sight.
    fn covers(&self, file: &File) -> bool {
        let in_scope = match &self.scope {
            Scope::Of(holder) => file.holder() == *holder,
            Scope::Public => file.access == FileAccess::Public,
            Scope::All => true,
        };
        let in_bin = match (self.bin, file.binned_at_us) {
            (Bin::Out, binned) => binned.is_none(),
            (Bin::In(until_us), binned) => binned.is_some_and(|at_us| at_us <= until_us),
            (Bin::Either, _) => true,
        };
        in_scope && in_bin && self.sight.sees(file)
    }

    fn matches(&self, file: &File) -> bool {
        self.folder.as_ref().is_none_or(|folder| file.folder == *folder)
            && self.media.is_none_or(|media| file.media_type.media() == media)
            && (self.name_part.is_empty() || file.name.folded().contains(&self.name_part))
    }

    /// The answer, given all files that could be in it: what a store without a
    /// query language does.
    ///
    /// # Errors
    /// Those of `files`.
    pub fn select(
        &self,
        files: impl Iterator<Item = Result<File, StoreError>>,
    ) -> Result<FilePage, StoreError> {
        let mut found = Vec::new();
        let mut folders = BTreeSet::new();
        let within = self.folder.as_ref().filter(|_| self.after.is_none());
        for file in files {
            let file = file?;
            if !self.covers(&file) {
                continue;
            }
            folders.extend(within.and_then(|folder| folder.child_towards(&file.folder)));
            let place = self.order.position(&file);
            if self.after.as_ref().is_none_or(|after| place > *after) && self.matches(&file) {
                found.push((place, file));
            }
        }
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(FilePage {
            files: found.into_iter().take(self.limit).map(|(_, file)| file).collect(),
            folders: folders.into_iter().take(FOLDERS_MOST).collect(),
        })
    }
}
