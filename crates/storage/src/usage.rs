//! How much is stored, by whom and of what.

use crate::{BucketName, Entry, Holder, Media};

/// Whose usage is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Share {
    /// All there is.
    Everything,
    /// A person's or a realm's.
    Holder(Holder),
    /// What lies in a bucket.
    Bucket(BucketName),
}

/// Files of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediaUsage {
    /// How many.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

/// How much is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Files, those in the bin too.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes in the bin; part of `bytes`.
    pub binned_bytes: u64,
    /// Uploads under way.
    pub uploads: u64,
    /// Bytes that they will need; not part of `bytes`.
    pub reserved_bytes: u64,
    /// Files by kind, in the order of [`Media::ALL`].
    pub by_media: [MediaUsage; Media::ALL.len()],
}

impl Share {
    /// All shares that an entry counts in.
    #[must_use]
    pub fn of(entry: &Entry) -> [Self; 3] {
        [Self::Everything, Self::Holder(entry.holder()), Self::Bucket(entry.object().0.clone())]
    }
}

impl Usage {
    /// Whether nothing is stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Bytes that count against the quota.
    #[must_use]
    pub const fn taken_bytes(&self) -> u64 {
        self.bytes.saturating_add(self.reserved_bytes)
    }

    /// The usage with one more entry.
    #[must_use]
    pub fn with(self, entry: &Entry) -> Self {
        self.counted(entry, u64::saturating_add)
    }

    /// The usage with one entry less.
    #[must_use]
    pub fn without(self, entry: &Entry) -> Self {
        self.counted(entry, u64::saturating_sub)
    }

    fn counted(mut self, entry: &Entry, count: fn(u64, u64) -> u64) -> Self {
        match entry {
            Entry::Upload(upload) => {
                self.uploads = count(self.uploads, 1);
                self.reserved_bytes = count(self.reserved_bytes, upload.size);
            }
            Entry::File(file) => {
                self.files = count(self.files, 1);
                self.bytes = count(self.bytes, file.size);
                if file.binned_at_us.is_some() {
                    self.binned_bytes = count(self.binned_bytes, file.size);
                }
                let media = &mut self.by_media[file.media_type.media() as usize];
                media.files = count(media.files, 1);
                media.bytes = count(media.bytes, file.size);
            }
        }
        self
    }
}
