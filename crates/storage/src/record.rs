//! Entries, links and usage as bytes, for stores that keep bytes. Big-endian
//! numbers; text with its length in front; one byte says whether an optional
//! field follows. The first byte is the version of the layout.

use erynoa_kernel::RealmId;

use crate::{
    BucketName, Entry, File, FileAccess, FileId, FileName, Folder, Link, LinkId, Media, MediaType,
    ObjectKey, OwnerId, Upload, Usage,
};

const VERSION: u8 = 1;
const UPLOAD: u8 = 1;
const FILE: u8 = 2;

struct Writer(Vec<u8>);

impl Writer {
    fn new() -> Self {
        Self(vec![VERSION])
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_be_bytes());
    }

    fn small(&mut self, number: u32) {
        self.bytes(&number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        let length = u16::try_from(text.len()).expect("names are at most 1024 bytes");
        self.bytes(&length.to_be_bytes());
        self.bytes(text.as_bytes());
    }

    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.bytes(&[u8::from(value.is_some())]);
        if let Some(value) = value {
            write(self, value);
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn new(record: &'a [u8]) -> Option<Self> {
        record.strip_prefix(&[VERSION]).map(Self)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    fn small(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::from(u16::from_be_bytes(self.array()?));
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.array()? {
            [0] => Some(None),
            [1] => read(self).map(Some),
            _ => None,
        }
    }

    fn end<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}

impl Entry {
    /// The entry as bytes.
    #[must_use]
    pub fn to_record(&self) -> Vec<u8> {
        let mut to = Writer::new();
        let (kind, id, owner, realm, access) = match self {
            Self::Upload(u) => (UPLOAD, u.id, u.owner, u.realm, u.access),
            Self::File(f) => (FILE, f.id, f.owner, f.realm, f.access),
        };
        let (name, folder, size, created_at_us) = match self {
            Self::Upload(u) => (&u.name, &u.folder, u.size, u.created_at_us),
            Self::File(f) => (&f.name, &f.folder, f.size, f.created_at_us),
        };
        let (bucket, key) = self.object();
        to.bytes(&[kind]);
        to.bytes(id.as_bytes());
        to.bytes(owner.as_bytes());
        to.optional(realm, |to, realm| to.bytes(realm.as_bytes()));
        to.bytes(&[access as u8]);
        to.text(name.as_str());
        to.text(folder.as_str());
        to.number(size);
        to.number(created_at_us);
        to.text(bucket.as_str());
        to.text(key.as_str());
        match self {
            Self::Upload(upload) => {
                to.optional(upload.media_type.as_ref(), |to, kind| to.text(kind.as_str()));
                to.optional(upload.hash.as_ref(), |to, hash| to.bytes(hash));
                to.small(upload.attempt);
                to.number(upload.expires_at_us);
            }
            Self::File(file) => {
                to.text(file.media_type.as_str());
                to.bytes(&file.hash);
                to.number(file.updated_at_us);
                to.optional(file.binned_at_us, Writer::number);
                to.number(file.version);
                to.small(file.links);
            }
        }
        to.0
    }

    /// What [`to_record`](Self::to_record) wrote; `None` when it is damaged.
    #[must_use]
    pub fn from_record(record: &[u8]) -> Option<Self> {
        let mut from = Reader::new(record)?;
        let [kind] = from.array()?;
        let id = FileId::from_bytes(from.array()?);
        let owner = OwnerId::from_bytes(from.array()?);
        let realm = from.optional(|from| from.array().map(RealmId::from_bytes))?;
        let [access] = from.array()?;
        let access = FileAccess::from_number(access)?;
        let name = FileName::new(from.text()?).ok()?;
        let folder = Folder::new(from.text()?).ok()?;
        let size = from.number()?;
        let created_at_us = from.number()?;
        let bucket = BucketName::new(from.text()?).ok()?;
        let key = ObjectKey::new(from.text()?).ok()?;
        let media_type = |from: &mut Reader<'_>| MediaType::new(from.text()?).ok();
        let entry = match kind {
            UPLOAD => Self::Upload(Upload {
                id,
                owner,
                realm,
                access,
                name,
                folder,
                media_type: from.optional(media_type)?,
                size,
                hash: from.optional(Reader::array)?,
                bucket,
                key,
                attempt: from.small()?,
                created_at_us,
                expires_at_us: from.number()?,
            }),
            FILE => Self::File(File {
                id,
                owner,
                realm,
                access,
                name,
                folder,
                media_type: media_type(&mut from)?,
                size,
                hash: from.array()?,
                bucket,
                key,
                created_at_us,
                updated_at_us: from.number()?,
                binned_at_us: from.optional(Reader::number)?,
                version: from.number()?,
                links: from.small()?,
            }),
            _ => return None,
        };
        from.end(entry)
    }
}

impl Link {
    /// The link as bytes.
    #[must_use]
    pub fn to_record(&self) -> Vec<u8> {
        let mut to = Writer::new();
        to.bytes(self.id.as_bytes());
        to.bytes(self.file.as_bytes());
        to.bytes(&self.token_hash);
        to.number(self.created_at_us);
        to.optional(self.expires_at_us, Writer::number);
        to.number(self.opened);
        to.0
    }

    /// What [`to_record`](Self::to_record) wrote; `None` when it is damaged.
    #[must_use]
    pub fn from_record(record: &[u8]) -> Option<Self> {
        let mut from = Reader::new(record)?;
        let link = Self {
            id: LinkId::from_bytes(from.array()?),
            file: FileId::from_bytes(from.array()?),
            token_hash: from.array()?,
            created_at_us: from.number()?,
            expires_at_us: from.optional(Reader::number)?,
            opened: from.number()?,
        };
        from.end(link)
    }
}

impl Usage {
    /// The usage as bytes.
    #[must_use]
    pub fn to_record(&self) -> Vec<u8> {
        let mut to = Writer::new();
        for number in [self.files, self.bytes, self.binned_bytes, self.uploads, self.reserved_bytes]
        {
            to.number(number);
        }
        for media in &self.by_media {
            to.number(media.files);
            to.number(media.bytes);
        }
        to.0
    }

    /// What [`to_record`](Self::to_record) wrote; `None` when it is damaged.
    #[must_use]
    pub fn from_record(record: &[u8]) -> Option<Self> {
        let mut from = Reader::new(record)?;
        let mut usage = Self {
            files: from.number()?,
            bytes: from.number()?,
            binned_bytes: from.number()?,
            uploads: from.number()?,
            reserved_bytes: from.number()?,
            by_media: Default::default(),
        };
        for media in Media::ALL {
            let counted = &mut usage.by_media[media as usize];
            counted.files = from.number()?;
            counted.bytes = from.number()?;
        }
        from.end(usage)
    }
}
