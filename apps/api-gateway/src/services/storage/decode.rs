//! Requests about files, in the words of the storage.

use erynoa_kernel::{Problem, RealmId};
use erynoa_proto::api::v1 as api;
use erynoa_storage::{
    FileAccess, FileId, FileName, Folder, Hash, LinkId, Media, MediaType, NewFile, Order, Position,
    StorageError,
};

use crate::app::invalid;

/// What a new file shall be, as it was said.
pub(crate) struct NewFileFields<'a> {
    pub(crate) name: &'a str,
    pub(crate) folder: &'a str,
    pub(crate) media_type: &'a str,
    pub(crate) realm: &'a str,
    pub(crate) access: i32,
    pub(crate) hash: &'a [u8],
}

/// # Errors
/// The code of the first field that is wrong.
#[expect(clippy::needless_pass_by_value, reason = "fields are gathered for this call alone")]
pub(crate) fn new_file(fields: NewFileFields<'_>) -> Result<NewFile, Problem> {
    let media_type = match fields.media_type {
        "" => None,
        text => Some(MediaType::new(text).map_err(StorageError::from)?),
    };
    Ok(NewFile {
        name: new_name(fields.name)?,
        folder: new_folder(fields.folder)?,
        media_type,
        realm: optional_realm(fields.realm)?,
        access: changed_access(fields.access)?.unwrap_or(FileAccess::Private),
        hash: optional_hash(fields.hash)?,
    })
}

pub(super) fn new_name(text: &str) -> Result<FileName, Problem> {
    Ok(FileName::new(text).map_err(StorageError::from)?)
}

pub(super) fn new_folder(text: &str) -> Result<Folder, Problem> {
    Ok(Folder::new(text).map_err(StorageError::from)?)
}

/// Empty: every folder.
pub(super) fn folder_filter(text: &str) -> Result<Option<Folder>, Problem> {
    if text.is_empty() { Ok(None) } else { new_folder(text).map(Some) }
}

pub(in crate::services) fn file_id(text: &str, field: &'static str) -> Result<FileId, Problem> {
    text.parse().map_err(|error: erynoa_storage::IdParseError| invalid(field, error.to_string()))
}

pub(super) fn link_id(text: &str) -> Result<LinkId, Problem> {
    text.parse().map_err(|error: erynoa_storage::IdParseError| invalid("id", error.to_string()))
}

/// Empty: none.
pub(super) fn optional_realm(text: &str) -> Result<Option<RealmId>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let realm = text.parse().map(Some);
    realm.map_err(|_| invalid("realm", "a realm is 64 lower-case hexadecimal digits".to_owned()))
}

/// Unspecified: `None`.
pub(super) fn changed_access(number: i32) -> Result<Option<FileAccess>, Problem> {
    if number == api::FileAccess::Unspecified as i32 {
        return Ok(None);
    }
    let access = u8::try_from(number).ok().and_then(FileAccess::from_number);
    access.map(Some).ok_or_else(|| invalid("access", "there is no such access".to_owned()))
}

/// Empty: none.
pub(super) fn optional_hash(bytes: &[u8]) -> Result<Option<Hash>, Problem> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let hash = bytes.try_into().map(Some);
    hash.map_err(|_| invalid("hash", "a BLAKE3-256 hash is 32 bytes".to_owned()))
}

/// Empty: every kind.
pub(super) fn media(name: &str) -> Result<Option<Media>, Problem> {
    if name.is_empty() {
        return Ok(None);
    }
    Media::from_name(name).map(Some).ok_or_else(|| {
        let kinds = Media::ALL.map(Media::name).join(", ");
        invalid("media", format!("a kind is one of {kinds}, or empty"))
    })
}

pub(super) fn listing_order(number: i32) -> Result<Order, Problem> {
    match api::FileOrder::try_from(number) {
        Ok(api::FileOrder::Unspecified | api::FileOrder::Name) => Ok(Order::Name),
        Ok(api::FileOrder::Newest) => Ok(Order::Newest),
        Ok(api::FileOrder::Largest) => Ok(Order::Largest),
        Err(_) => Err(invalid("order", "there is no such order".to_owned())),
    }
}

/// A place in a list as bytes: number u64 BE ‖ file 16 ‖ name.
pub(in crate::services) fn place_of(place: &Position) -> Vec<u8> {
    [&place.number.to_be_bytes()[..], place.id.as_bytes(), place.name.as_bytes()].concat()
}

/// What [`place_of`] wrote.
///
/// # Errors
/// `PAGE_TOKEN_INVALID`.
pub(in crate::services) fn position_in(bytes: &[u8]) -> Result<Position, Problem> {
    let read = || {
        let (number, rest) = bytes.split_first_chunk()?;
        let (id, name) = rest.split_first_chunk()?;
        Some(Position {
            name: std::str::from_utf8(name).ok()?.to_owned(),
            number: u64::from_be_bytes(*number),
            id: FileId::from_bytes(*id),
        })
    };
    read().ok_or_else(crate::cursor::token_invalid)
}
