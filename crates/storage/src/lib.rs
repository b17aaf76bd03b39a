//! Files: what is known about them, who may see them, how they arrive.
//!
//! The bytes lie in an [`ObjectStore`]; what is known about them lies in a
//! [`FileIndex`]; [`Storage`] has the use cases on both. Every object belongs
//! to an entry of the index before it is written and until after it is deleted,
//! so that a crash anywhere leaves only what [`Storage::sweep`] clears away.

mod change;
mod complete_upload;
mod copy_file;
mod delete_file;
mod delete_orphans;
mod error;
mod file;
mod id;
mod index;
pub mod layout;
mod list_files;
mod manage_buckets;
mod media;
mod name;
mod object;
mod policy;
mod ports;
mod read_file;
mod record;
mod scan_integrity;
mod share_file;
mod show_overview;
mod start_upload;
mod storage;
mod stream;
mod sweep;
mod update_file;
mod upload_file;
mod usage;

#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "memory")]
mod memory;

pub use change::{Change, Seen, Write, plan};
pub use error::{CODES, StorageError};
pub use file::{
    BIN_LIFE_US, EXPIRED_LINK_LIFE_US, Entry, FILE_MOST_BYTES, FILES_MOST, File, FileAccess, Hash,
    LINKS_MOST, Link, PART_BYTES, PARTS_MOST, UPLOAD_LIFE_US, UPLOADS_MOST, Upload,
};
pub use id::{FileId, Holder, IdParseError, LinkId, OwnerId};
pub use index::{
    Bin, ChangeError, FOLDERS_MOST, FileIndex, FilePage, FileQuery, Leftover, LinkQuery, Order,
    Position, Scope, Sight, UploadQuery, UsageQuery,
};
pub use layout::file_in;
pub use list_files::Listing;
pub use media::{HEAD_BYTES, Media, MediaType, MediaTypeError, Mismatch};
#[cfg(feature = "memory")]
pub use memory::{MemoryFiles, MemoryObjects};
pub use name::{
    FOLDER_DEPTH, FOLDER_MOST_BYTES, FileName, FileNameError, Folder, FolderError, NAME_MOST_BYTES,
};
pub use object::{BucketName, KEY_MOST_BYTES, NameError, ObjectKey};
pub use policy::{Action, Caller, Viewer, may};
pub use ports::{
    Buckets, ByteStream, Disposition, Grant, ObjectMeta, ObjectStore, Signed, SignedUrls,
};
pub use read_file::{PresignedUrl, URL_LIFE_MOST_S};
pub use scan_integrity::{FINDINGS_MOST, Finding, Scan};
pub use share_file::LINK_LIFE_MOST_S;
pub use show_overview::Overview;
pub use storage::{NewFile, Rules, Storage};
pub use stream::{verified, whole};
pub use sweep::Swept;
pub use update_file::FileChanges;
pub use upload_file::SMALL_MOST_BYTES;
pub use usage::{MediaUsage, Share, Usage};
