//! JSON shapes of files.

use erynoa_proto::api::v1 as api;
use erynoa_storage::FileAccess;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A file with what is known about it.
#[derive(Serialize, ToSchema)]
pub(in crate::doors::rest) struct FileShape {
    /// 32 hex digits.
    id: String,
    name: String,
    /// Such as /photos/2026; / is the top.
    folder: String,
    media_type: String,
    /// Bytes.
    size: u64,
    /// BLAKE3-256 of the bytes, 64 hex digits.
    hash: String,
    /// Account, 32 hex digits.
    owner_id: String,
    owner_name: String,
    /// 64 hex digits; empty = its owner's alone.
    realm: String,
    #[schema(example = "private")]
    access: String,
    created_at_us: u64,
    updated_at_us: u64,
    /// 0 = not in the bin.
    binned_at_us: u64,
    /// Counts changes.
    version: u64,
    /// Whether the caller may change it.
    can_edit: bool,
}

impl From<api::File> for FileShape {
    fn from(file: api::File) -> Self {
        let access = u8::try_from(file.access).ok().and_then(FileAccess::from_number);
        Self {
            access: access.map_or("", FileAccess::name).to_owned(),
            id: file.id,
            name: file.name,
            folder: file.folder,
            media_type: file.media_type,
            size: file.size,
            hash: hex::encode(file.hash),
            owner_id: file.owner_id,
            owner_name: file.owner_name,
            realm: file.realm,
            created_at_us: file.created_at_us,
            updated_at_us: file.updated_at_us,
            binned_at_us: file.binned_at_us,
            version: file.version,
            can_edit: file.can_edit,
        }
    }
}

/// A page of files.
#[derive(Serialize, ToSchema)]
pub(in crate::doors::rest) struct FilePage {
    files: Vec<FileShape>,
    /// Folders directly within the asked one.
    folders: Vec<String>,
    /// Empty on the last page.
    next_page_token: String,
}

impl From<api::ListFilesResponse> for FilePage {
    fn from(page: api::ListFilesResponse) -> Self {
        Self {
            files: page.files.into_iter().map(FileShape::from).collect(),
            folders: page.folders,
            next_page_token: page.next_page_token,
        }
    }
}

/// A file to be stored. The fields come before the file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form, which is read field by field")]
pub(in crate::doors::rest) struct UploadForm {
    /// Such as /photos/2026; left out: the top.
    folder: Option<String>,
    /// 64 hex digits; left out: the caller's own.
    realm: Option<String>,
    /// private, members, link or public; left out: private.
    access: Option<String>,
    /// What the bytes are said to be; left out: found out.
    media_type: Option<String>,
    /// BLAKE3-256 of the bytes, 64 hex digits; checked when given.
    hash: Option<String>,
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// A URL for a while.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub(in crate::doors::rest) struct PresignShape {
    /// Seconds, 1 to 604 800; 0 = 3 600.
    pub(in crate::doors::rest) expires_s: u32,
    /// Whether the browser should save it rather than show it.
    pub(in crate::doors::rest) attachment: bool,
}

/// A URL that does one thing for a while without a token.
#[derive(Serialize, ToSchema)]
pub(in crate::doors::rest) struct PresignedShape {
    url: String,
    #[schema(example = "GET")]
    method: String,
    expires_at_us: u64,
}

impl From<api::PresignedUrl> for PresignedShape {
    fn from(url: api::PresignedUrl) -> Self {
        Self { url: url.url, method: url.method, expires_at_us: url.expires_at_us }
    }
}
