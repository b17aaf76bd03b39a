//! Changes of the index, as a pure function from what is there to what is to
//! be written. Every store executes the same plans, so quotas and versions mean
//! the same on all of them.

use std::collections::BTreeMap;

use crate::file::{FILES_MOST, LINKS_MOST, UPLOADS_MOST};
use crate::layout::file_key;
use crate::{ChangeError, Entry, File, FileId, Leftover, Link, LinkId, Share, Upload, Usage};

/// A change of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An upload begins; its bytes are reserved.
    Reserve {
        /// The upload.
        upload: Upload,
        /// Quota of its holder; 0 = none.
        quota_bytes: u64,
    },
    /// Somebody puts the parts of an upload together. Each attempt has a key of
    /// its own, so that of two at once one ends in `Conflict` and neither
    /// writes over what the other has stored. The object of the attempt before
    /// becomes a leftover.
    Attempt {
        /// The upload.
        id: FileId,
        /// When, µs since the Unix epoch.
        at_us: u64,
    },
    /// The upload with the file's id becomes the file.
    Complete {
        /// The file. Owner, realm, bucket and key are the upload's, and it is
        /// at most as large as was reserved.
        file: File,
    },
    /// Name, folder, realm, access, bin and time of change become those of
    /// `file`; everything else stays.
    Update {
        /// The file as it shall be.
        file: File,
        /// Version that was read.
        expected: u64,
        /// Quota of its holder, should it be another one than before; 0 = none.
        quota_bytes: u64,
    },
    /// An upload ends without a file. Its object becomes a leftover.
    RemoveUpload {
        /// The upload.
        id: FileId,
        /// When, µs since the Unix epoch.
        at_us: u64,
    },
    /// A file is deleted for good, with its links. Its object becomes a
    /// leftover.
    RemoveFile {
        /// The file.
        id: FileId,
        /// Version that was read.
        expected: u64,
        /// When, µs since the Unix epoch.
        at_us: u64,
    },
    /// A new link to a file.
    InsertLink(Link),
    /// A link was opened.
    CountOpening(LinkId),
    /// A link ends.
    RemoveLink(LinkId),
    /// A leftover's object is gone for certain.
    Forget(Leftover),
}

/// What an adapter has loaded for a change.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What the file's id stands for ([`Change::entry`], or the link's file).
    pub entry: Option<Entry>,
    /// The link ([`Change::link`]).
    pub link: Option<Link>,
    /// All links to the file, for [`Change::RemoveFile`].
    pub links: Vec<Link>,
    /// Usage of all of [`Change::shares`] that are not empty.
    pub usage: BTreeMap<Share, Usage>,
}

/// What is to be written, as one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a plan has a handful of writes and lives shortly")]
pub enum Write {
    /// What an id stands for; at least one of both is there.
    Entry {
        /// What is stored.
        before: Option<Entry>,
        /// What shall be.
        after: Option<Entry>,
    },
    /// A link; at least one of both is there.
    Link {
        /// What is stored.
        before: Option<Link>,
        /// What shall be.
        after: Option<Link>,
    },
    /// Usage of a share; when it is empty, nothing shall be stored for it.
    Usage(Share, Usage),
    /// One more leftover.
    Leftover(Leftover),
    /// One leftover less.
    NoLeftover(Leftover),
}

impl Write {
    /// What [`FileIndex::apply`](crate::FileIndex::apply) returns after these.
    #[must_use]
    pub fn outcome(writes: Vec<Self>) -> Option<Entry> {
        writes.into_iter().find_map(|write| match write {
            Self::Entry { before, after } => after.or(before),
            _ => None,
        })
    }
}

impl Change {
    /// Id of the entry to load. For changes of a link that is stored: the
    /// link's file, when there is a link.
    #[must_use]
    pub fn entry(&self, link: Option<&Link>) -> Option<FileId> {
        match self {
            Self::Reserve { upload, .. } => Some(upload.id),
            Self::Complete { file } | Self::Update { file, .. } => Some(file.id),
            Self::Attempt { id, .. }
            | Self::RemoveUpload { id, .. }
            | Self::RemoveFile { id, .. } => Some(*id),
            Self::InsertLink(link) => Some(link.file),
            Self::CountOpening(_) | Self::RemoveLink(_) => link.map(|link| link.file),
            Self::Forget(_) => None,
        }
    }

    /// Id of the link to load.
    #[must_use]
    pub const fn link(&self) -> Option<LinkId> {
        match self {
            Self::InsertLink(link) => Some(link.id),
            Self::CountOpening(id) | Self::RemoveLink(id) => Some(*id),
            _ => None,
        }
    }

    /// Shares whose usage to load, ascending, given the entry that is stored.
    #[must_use]
    pub fn shares(&self, stored: Option<&Entry>) -> Vec<Share> {
        let mut shares = Vec::new();
        match self {
            Self::Reserve { upload, .. } => {
                shares.extend(Share::of(&Entry::Upload(upload.clone())));
            }
            Self::Complete { file } | Self::Update { file, .. } => {
                shares.extend(Share::of(&Entry::File(file.clone())));
                shares.extend(stored.map(Share::of).into_iter().flatten());
            }
            Self::RemoveUpload { .. } | Self::RemoveFile { .. } => {
                shares.extend(stored.map(Share::of).into_iter().flatten());
            }
            Self::Attempt { .. }
            | Self::InsertLink(_)
            | Self::CountOpening(_)
            | Self::RemoveLink(_)
            | Self::Forget(_) => {}
        }
        shares.sort();
        shares.dedup();
        shares
    }
}

/// What a change writes.
///
/// # Errors
/// `Missing` when the file, upload or link is not there; `Conflict` when an id
/// is taken, the version is another, or a file is not what was uploaded;
/// `Quota` when the holder would take more than its quota and more than before;
/// `TooMany` above a limit of `file.rs`.
pub fn plan(change: &Change, seen: &Seen) -> Result<Vec<Write>, ChangeError> {
    let file = || match &seen.entry {
        Some(Entry::File(file)) => Ok(file),
        _ => Err(ChangeError::Missing),
    };
    let upload = || match &seen.entry {
        Some(Entry::Upload(upload)) => Ok(upload),
        _ => Err(ChangeError::Missing),
    };
    match change {
        Change::Reserve { upload, quota_bytes } => {
            if seen.entry.is_some() {
                return Err(ChangeError::Conflict);
            }
            replace(seen, Some(Entry::Upload(upload.clone())), *quota_bytes)
        }
        Change::Attempt { at_us, .. } => Ok(attempt(upload()?, *at_us)),
        Change::Complete { file } => {
            let upload = upload()?;
            let same = upload.owner == file.owner
                && upload.realm == file.realm
                && upload.size >= file.size
                && upload.bucket == file.bucket
                && upload.key == file.key;
            if !same {
                return Err(ChangeError::Conflict);
            }
            // The bytes were reserved, so there is no quota left to check.
            replace(seen, Some(Entry::File(File { links: 0, version: 1, ..file.clone() })), 0)
        }
        Change::Update { file: wanted, expected, quota_bytes } => {
            let stored = file()?;
            if stored.version != *expected {
                return Err(ChangeError::Conflict);
            }
            let updated = File {
                name: wanted.name.clone(),
                folder: wanted.folder.clone(),
                realm: wanted.realm,
                access: wanted.access,
                binned_at_us: wanted.binned_at_us,
                updated_at_us: wanted.updated_at_us,
                version: stored.version + 1,
                ..stored.clone()
            };
            replace(seen, Some(Entry::File(updated)), *quota_bytes)
        }
        Change::RemoveUpload { at_us, .. } => {
            upload()?;
            remove(seen, *at_us)
        }
        Change::RemoveFile { expected, at_us, .. } => {
            if file()?.version != *expected {
                return Err(ChangeError::Conflict);
            }
            remove(seen, *at_us)
        }
        Change::InsertLink(link) => {
            let file = file()?;
            if seen.link.is_some() {
                return Err(ChangeError::Conflict);
            }
            if file.links >= LINKS_MOST {
                return Err(ChangeError::TooMany {
                    what: "links to one file",
                    most: LINKS_MOST.into(),
                });
            }
            Ok(vec![
                Write::Link { before: None, after: Some(link.clone()) },
                counted(file, file.links + 1),
            ])
        }
        Change::CountOpening(_) => {
            let link = seen.link.as_ref().ok_or(ChangeError::Missing)?;
            let opened = Link { opened: link.opened.saturating_add(1), ..link.clone() };
            Ok(vec![Write::Link { before: Some(link.clone()), after: Some(opened) }])
        }
        Change::RemoveLink(_) => {
            let link = seen.link.as_ref().ok_or(ChangeError::Missing)?;
            let mut writes = vec![Write::Link { before: Some(link.clone()), after: None }];
            writes.extend(file().ok().map(|file| counted(file, file.links.saturating_sub(1))));
            Ok(writes)
        }
        Change::Forget(leftover) => Ok(vec![Write::NoLeftover(leftover.clone())]),
    }
}

fn attempt(before: &Upload, at_us: u64) -> Vec<Write> {
    let attempt = before.attempt.saturating_add(1);
    let key = file_key(before.created_at_us, &before.id, attempt, &before.name);
    let mut writes = Vec::new();
    if key != before.key {
        writes.push(Write::Leftover(Leftover {
            bucket: before.bucket.clone(),
            key: before.key.clone(),
            since_us: at_us,
        }));
    }
    writes.push(Write::Entry {
        before: Some(Entry::Upload(before.clone())),
        after: Some(Entry::Upload(Upload { attempt, key, ..before.clone() })),
    });
    writes
}

fn counted(file: &File, links: u32) -> Write {
    Write::Entry {
        before: Some(Entry::File(file.clone())),
        after: Some(Entry::File(File { links, ..file.clone() })),
    }
}

/// Puts `after` in the place of what is stored, and counts both.
fn replace(seen: &Seen, after: Option<Entry>, quota_bytes: u64) -> Result<Vec<Write>, ChangeError> {
    let before = seen.entry.clone();
    let mut usage = BTreeMap::new();
    let stored = |share: &Share| seen.usage.get(share).copied().unwrap_or_default();
    for share in before.iter().flat_map(Share::of) {
        let less = before.as_ref().map_or_else(|| stored(&share), |e| stored(&share).without(e));
        usage.insert(share, less);
    }
    for share in after.iter().flat_map(Share::of) {
        let now = usage.get(&share).copied().unwrap_or_else(|| stored(&share));
        let more = after.as_ref().map_or(now, |entry| now.with(entry));
        if matches!(share, Share::Holder(_)) {
            check_limits(&stored(&share), &more, quota_bytes)?;
        }
        usage.insert(share, more);
    }
    let mut writes = vec![Write::Entry { before, after }];
    writes.extend(usage.into_iter().map(|(share, usage)| Write::Usage(share, usage)));
    Ok(writes)
}

fn check_limits(before: &Usage, after: &Usage, quota_bytes: u64) -> Result<(), ChangeError> {
    let taken_bytes = after.taken_bytes();
    if quota_bytes > 0 && taken_bytes > quota_bytes && taken_bytes > before.taken_bytes() {
        return Err(ChangeError::Quota { taken_bytes, quota_bytes });
    }
    if after.uploads > UPLOADS_MOST && after.uploads > before.uploads {
        return Err(ChangeError::TooMany { what: "uploads at once", most: UPLOADS_MOST });
    }
    let (entries, entries_before) = (after.files + after.uploads, before.files + before.uploads);
    if entries > FILES_MOST && entries > entries_before {
        return Err(ChangeError::TooMany { what: "files", most: FILES_MOST });
    }
    Ok(())
}

/// Takes away what is stored, with its links.
fn remove(seen: &Seen, at_us: u64) -> Result<Vec<Write>, ChangeError> {
    let mut writes = replace(seen, None, 0)?;
    writes.extend(
        seen.links.iter().map(|link| Write::Link { before: Some(link.clone()), after: None }),
    );
    writes.extend(seen.entry.as_ref().map(|entry| {
        let (bucket, key) = entry.object();
        Write::Leftover(Leftover { bucket: bucket.clone(), key: key.clone(), since_us: at_us })
    }));
    Ok(writes)
}
