//! Keys of files, links and their usage, prefixes 48 to 63 of `state`.
//!
//! | Key | Value |
//! |---|---|
//! | 48 ‖ file 16 | record of the file or upload |
//! | 49 ‖ holder 33 ‖ file 16 | nothing; files alone |
//! | 50 ‖ file 16 | nothing; public files |
//! | 51 ‖ upload 16 | nothing; uploads |
//! | 52 ‖ link 16 | record of the link |
//! | 53 ‖ token hash 32 | link 16 |
//! | 54 ‖ file 16 ‖ link 16 | nothing |
//! | 55 ‖ 0, or 1 ‖ holder 33, or 2 ‖ bucket | usage record |
//! | 56 ‖ bucket ‖ 0 ‖ object ‖ 0 ‖ since µs u64 BE | nothing; leftovers |
//!
//! A holder is 1 ‖ account 16 ‖ zeros, or 2 ‖ realm 32. Names of buckets and
//! objects hold no zero byte, so none can be taken for another. The records are
//! those of the storage crate.

use erynoa_kernel::RealmId;
use erynoa_storage::{
    BucketName, FileId, Hash, Holder, Leftover, LinkId, ObjectKey, OwnerId, Share,
};

use super::join;

/// Prefix of what ids stand for.
pub(crate) const ENTRIES: u8 = 48;
/// Prefix of public files.
pub(crate) const PUBLIC: u8 = 50;
/// Prefix of uploads.
pub(crate) const UPLOADS: u8 = 51;
/// Prefix of links.
pub(crate) const LINKS: u8 = 52;
/// Prefix of leftovers.
pub(crate) const LEFTOVERS: u8 = 56;

const FILES_OF: u8 = 49;
const TOKENS: u8 = 53;
const LINKS_TO: u8 = 54;
/// Prefix of usage.
pub(crate) const USAGE: u8 = 55;

pub(crate) fn entry(id: &FileId) -> Vec<u8> {
    join(ENTRIES, &[id.as_bytes()])
}

pub(crate) fn public(id: &FileId) -> Vec<u8> {
    join(PUBLIC, &[id.as_bytes()])
}

pub(crate) fn upload(id: &FileId) -> Vec<u8> {
    join(UPLOADS, &[id.as_bytes()])
}

pub(crate) fn files_of(holder: &Holder) -> Vec<u8> {
    join(FILES_OF, &[&holder_bytes(holder)])
}

pub(crate) fn file_of(holder: &Holder, id: &FileId) -> Vec<u8> {
    join(FILES_OF, &[&holder_bytes(holder), id.as_bytes()])
}

pub(crate) fn link(id: &LinkId) -> Vec<u8> {
    join(LINKS, &[id.as_bytes()])
}

pub(crate) fn token(hash: &Hash) -> Vec<u8> {
    join(TOKENS, &[hash])
}

pub(crate) fn links_to(file: &FileId) -> Vec<u8> {
    join(LINKS_TO, &[file.as_bytes()])
}

pub(crate) fn link_to(file: &FileId, id: &LinkId) -> Vec<u8> {
    join(LINKS_TO, &[file.as_bytes(), id.as_bytes()])
}

/// The 16 bytes at the end of a key or value: the id of a file or link.
pub(crate) fn last_id(bytes: &[u8]) -> Option<[u8; 16]> {
    bytes.last_chunk().copied()
}

pub(crate) fn usage(share: &Share) -> Vec<u8> {
    match share {
        Share::Everything => vec![USAGE, 0],
        Share::Holder(holder) => join(USAGE, &[&[1], &holder_bytes(holder)]),
        Share::Bucket(bucket) => join(USAGE, &[&[2], bucket.as_str().as_bytes()]),
    }
}

/// What the keys of holders' usage begin with.
pub(crate) const HOLDERS_USAGE: [u8; 2] = [USAGE, 1];

/// The holder in a key that begins with [`HOLDERS_USAGE`].
pub(crate) fn holder_in(key: &[u8]) -> Option<Holder> {
    let (kind, id) = key.get(2..)?.split_first()?;
    let id: [u8; 32] = id.try_into().ok()?;
    match kind {
        1 if id[16..] == [0; 16] => Some(Holder::Person(OwnerId::from_bytes(*id.first_chunk()?))),
        2 => Some(Holder::Realm(RealmId::from_bytes(id))),
        _ => None,
    }
}

/// The share in a key of usage.
pub(crate) fn share_in(key: &[u8]) -> Option<Share> {
    match key.get(1..)? {
        [0] => Some(Share::Everything),
        [1, ..] => holder_in(key).map(Share::Holder),
        [2, name @ ..] => {
            let name = std::str::from_utf8(name).ok()?;
            BucketName::new(name).ok().map(Share::Bucket)
        }
        _ => None,
    }
}

pub(crate) fn leftover(leftover: &Leftover) -> Vec<u8> {
    let (bucket, key) = (leftover.bucket.as_str(), leftover.key.as_str());
    join(
        LEFTOVERS,
        &[bucket.as_bytes(), &[0], key.as_bytes(), &[0], &leftover.since_us.to_be_bytes()],
    )
}

/// The leftover in a key of [`LEFTOVERS`].
pub(crate) fn leftover_in(key: &[u8]) -> Option<Leftover> {
    let (names, since) = key.get(1..)?.split_last_chunk()?;
    let names = std::str::from_utf8(names.strip_suffix(&[0])?).ok()?;
    let (bucket, object) = names.split_once('\0')?;
    Some(Leftover {
        bucket: BucketName::new(bucket).ok()?,
        key: ObjectKey::new(object).ok()?,
        since_us: u64::from_be_bytes(*since),
    })
}

fn holder_bytes(holder: &Holder) -> [u8; 33] {
    let mut bytes = [0; 33];
    match holder {
        Holder::Person(owner) => {
            bytes[0] = 1;
            bytes[1..17].copy_from_slice(owner.as_bytes());
        }
        Holder::Realm(realm) => {
            bytes[0] = 2;
            bytes[1..].copy_from_slice(realm.as_bytes());
        }
    }
    bytes
}
