//! Files, uploads and links as they are stored.

use erynoa_kernel::{DAY_US, RealmId};

use crate::{BucketName, FileId, FileName, Folder, Holder, LinkId, MediaType, ObjectKey, OwnerId};

/// Bytes of each part of an upload but its last.
pub const PART_BYTES: u64 = 8 << 20;
/// Most parts of an upload.
pub const PARTS_MOST: u32 = 10_000;
/// Largest file that fits into parts; `storage.max_upload_size` may be less.
pub const FILE_MOST_BYTES: u64 = PART_BYTES * PARTS_MOST as u64;
/// How long an upload may take, µs.
pub const UPLOAD_LIFE_US: u64 = 7 * DAY_US;
/// How long the bin keeps a file, µs.
pub const BIN_LIFE_US: u64 = 30 * DAY_US;
/// How long a link that has expired can still say so, µs.
pub const EXPIRED_LINK_LIFE_US: u64 = 30 * DAY_US;
/// Most links to one file.
pub const LINKS_MOST: u32 = 100;
/// Most uploads under way of one holder.
pub const UPLOADS_MOST: u64 = 1000;
/// Most files of one holder.
pub const FILES_MOST: u64 = 100_000;

/// BLAKE3-256.
pub type Hash = [u8; 32];

/// Who may read a file, each step including those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum FileAccess {
    /// Its owner alone.
    Private = 1,
    /// Members of its realm.
    Members = 2,
    /// Whoever has a link.
    Link = 3,
    /// Everybody.
    Public = 4,
}

impl FileAccess {
    /// Every access, from the narrowest to the widest.
    pub const ALL: [Self; 4] = [Self::Private, Self::Members, Self::Link, Self::Public];

    /// Its name in JSON and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Members => "members",
            Self::Link => "link",
            Self::Public => "public",
        }
    }

    /// The access with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|access| access.name() == name)
    }

    /// The access with this number, that of the API and of stores.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Private),
            2 => Some(Self::Members),
            3 => Some(Self::Link),
            4 => Some(Self::Public),
            _ => None,
        }
    }
}

/// A file with what is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The file.
    pub id: FileId,
    /// Account that owns it.
    pub owner: OwnerId,
    /// Realm that it belongs to.
    pub realm: Option<RealmId>,
    /// Who may read it.
    pub access: FileAccess,
    /// Name that people see.
    pub name: FileName,
    /// Where it lies.
    pub folder: Folder,
    /// What its bytes are.
    pub media_type: MediaType,
    /// Bytes.
    pub size: u64,
    /// BLAKE3-256 of the bytes.
    pub hash: Hash,
    /// Where its bytes lie.
    pub bucket: BucketName,
    /// Their name there.
    pub key: ObjectKey,
    /// µs since the Unix epoch.
    pub created_at_us: u64,
    /// µs since the Unix epoch.
    pub updated_at_us: u64,
    /// When it was moved to the bin.
    pub binned_at_us: Option<u64>,
    /// From 1; one more with every change.
    pub version: u64,
    /// Links to it, kept by the index.
    pub links: u32,
}

/// An upload that is under way. Its id becomes the file's. The bytes are
/// reserved in the holder's quota from its start; which parts have arrived, the
/// object store knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The upload.
    pub id: FileId,
    /// Account that uploads.
    pub owner: OwnerId,
    /// Realm that the file will belong to.
    pub realm: Option<RealmId>,
    /// Who will be able to read it.
    pub access: FileAccess,
    /// Name that people will see.
    pub name: FileName,
    /// Where it will lie.
    pub folder: Folder,
    /// What the bytes are said to be.
    pub media_type: Option<MediaType>,
    /// Bytes.
    pub size: u64,
    /// BLAKE3-256 of the bytes, when it was said.
    pub hash: Option<Hash>,
    /// Where the parts and then the file lie.
    pub bucket: BucketName,
    /// Name that the file's object will have.
    pub key: ObjectKey,
    /// How often somebody has begun to put the parts together.
    pub attempt: u32,
    /// µs since the Unix epoch.
    pub created_at_us: u64,
    /// µs since the Unix epoch.
    pub expires_at_us: u64,
}

/// A way to a file for whoever has its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The link.
    pub id: LinkId,
    /// File that it leads to.
    pub file: FileId,
    /// BLAKE3-256 of the token; the token itself is stored nowhere.
    pub token_hash: Hash,
    /// µs since the Unix epoch.
    pub created_at_us: u64,
    /// µs since the Unix epoch; `None` = never.
    pub expires_at_us: Option<u64>,
    /// How often it was opened.
    pub opened: u64,
}

/// What an id of a file stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Bytes that are still coming.
    Upload(Upload),
    /// A file.
    File(File),
}

impl File {
    /// Who it counts for.
    #[must_use]
    pub fn holder(&self) -> Holder {
        self.realm.map_or(Holder::Person(self.owner), Holder::Realm)
    }
}

impl Upload {
    /// Who it will count for.
    #[must_use]
    pub fn holder(&self) -> Holder {
        self.realm.map_or(Holder::Person(self.owner), Holder::Realm)
    }

    /// Number of parts: ⌈size / 8 MiB⌉, at least 1.
    #[must_use]
    pub fn parts(&self) -> u32 {
        u32::try_from(self.size.div_ceil(PART_BYTES)).unwrap_or(u32::MAX).max(1)
    }

    /// Bytes of a part, from 1; `None` when there is no such part.
    #[must_use]
    pub fn part_bytes(&self, part: u32) -> Option<u64> {
        let parts = self.parts();
        match part {
            0 => None,
            _ if part < parts => Some(PART_BYTES),
            _ if part == parts => Some(self.size - u64::from(parts - 1) * PART_BYTES),
            _ => None,
        }
    }
}

impl Entry {
    /// The id.
    #[must_use]
    pub const fn id(&self) -> FileId {
        match self {
            Self::Upload(upload) => upload.id,
            Self::File(file) => file.id,
        }
    }

    /// Who it counts for.
    #[must_use]
    pub fn holder(&self) -> Holder {
        match self {
            Self::Upload(upload) => upload.holder(),
            Self::File(file) => file.holder(),
        }
    }

    /// Where the bytes lie, or will.
    #[must_use]
    pub const fn object(&self) -> (&BucketName, &ObjectKey) {
        match self {
            Self::Upload(upload) => (&upload.bucket, &upload.key),
            Self::File(file) => (&file.bucket, &file.key),
        }
    }
}
