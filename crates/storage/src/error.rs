//! Why the storage refuses.

use erynoa_kernel::{Code, Kind, Problem, StoreError, Violation};

use crate::{ChangeError, FileNameError, FolderError, MediaTypeError, Mismatch, NameError};

/// Codes of this context, with their kinds.
pub const CODES: &[(Code, Kind)] = &[
    ("BUCKET_EXISTS", Kind::AlreadyExists),
    ("BUCKET_INVALID", Kind::Invalid),
    ("BUCKET_NOT_EMPTY", Kind::FailedPrecondition),
    ("FILE_ACCESS_INVALID", Kind::Invalid),
    ("FILE_IN_BIN", Kind::FailedPrecondition),
    ("FILE_NAME_INVALID", Kind::Invalid),
    ("FOLDER_INVALID", Kind::Invalid),
    ("HASH_MISMATCH", Kind::Invalid),
    ("KEY_INVALID", Kind::Invalid),
    ("LINK_EXPIRED", Kind::FailedPrecondition),
    ("LINK_EXPIRY_INVALID", Kind::Invalid),
    ("MEDIA_TYPE_INVALID", Kind::Invalid),
    ("MEDIA_TYPE_MISMATCH", Kind::Invalid),
    ("PART_INVALID", Kind::Invalid),
    ("QUOTA_EXCEEDED", Kind::FailedPrecondition),
    ("SCAN_RUNNING", Kind::FailedPrecondition),
    ("SIZE_MISMATCH", Kind::Invalid),
    ("STORAGE_LIMIT_REACHED", Kind::FailedPrecondition),
    ("UPLOAD_INCOMPLETE", Kind::FailedPrecondition),
    ("UPLOAD_UNKNOWN", Kind::NotFound),
    ("URL_EXPIRED", Kind::Forbidden),
    ("URL_EXPIRY_INVALID", Kind::Invalid),
    ("URL_INVALID", Kind::Forbidden),
];

/// Why the storage refuses.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// No such file, or one that the caller must not know of.
    #[error("there is no such {0}, or it is not for you")]
    NotFound(&'static str),
    /// Seen, but not allowed.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Name of a file.
    #[error(transparent)]
    Name(#[from] FileNameError),
    /// Path of folders.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Name of a bucket or key of an object.
    #[error(transparent)]
    Object(#[from] NameError),
    /// Declared media type.
    #[error(transparent)]
    MediaType(#[from] MediaTypeError),
    /// The bytes are something else.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// An access that cannot be.
    #[error("access for members needs a realm")]
    Access,
    /// Larger than is allowed.
    #[error("a file is at most {most} bytes here")]
    TooLarge {
        /// The limit.
        most: u64,
    },
    /// The hash is another.
    #[error("the bytes have the BLAKE3-256 hash {found}; send them again, or correct hash")]
    Hash {
        /// Hash of the bytes.
        found: String,
    },
    /// The size is another.
    #[error("{found} bytes have come, {declared} were announced")]
    Size {
        /// What was said.
        declared: u64,
        /// What there is.
        found: u64,
    },
    /// Parts are missing.
    #[error("{} parts are missing: send them, then complete again", missing.len())]
    Incomplete {
        /// Their numbers, ascending.
        missing: Vec<u32>,
    },
    /// No such upload of the caller.
    #[error("there is no such upload of yours; uploads are forgotten after 7 days")]
    UploadUnknown,
    /// No such part, or one of a wrong size.
    #[error("{0}")]
    Part(String),
    /// It was good once.
    #[error("this link has expired; ask for a new one")]
    LinkExpired,
    /// A life that links do not have.
    #[error("expires_s is 1 to 31 536 000, or 0 for never")]
    LinkExpiry,
    /// A life that presigned URLs do not have.
    #[error("expires_s is 1 to 604 800, or 0 for 3 600")]
    UrlExpiry,
    /// A presigned URL whose time is over.
    #[error("this address has expired; ask for a new one")]
    UrlExpired,
    /// A presigned URL that was not made here or was changed.
    #[error("this address was not made by this server for this use; ask for a new one")]
    UrlInvalid,
    /// The bucket is there.
    #[error("there is a bucket of this name")]
    BucketExists,
    /// The bucket holds objects.
    #[error("the bucket holds objects, or new files go there; it cannot be deleted")]
    BucketNotEmpty,
    /// What is in the bin must be restored first.
    #[error("the file is in the bin; restore it first")]
    Binned,
    /// One scan at a time.
    #[error("a scan is running; wait for its end")]
    ScanRunning,
    /// Refused by the index.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StorageError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::NotFound(_) | Self::Change(ChangeError::Missing) => "NOT_FOUND",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::Name(_) => "FILE_NAME_INVALID",
            Self::Folder(_) => "FOLDER_INVALID",
            Self::Object(NameError::Bucket) => "BUCKET_INVALID",
            Self::Object(NameError::Key) => "KEY_INVALID",
            Self::MediaType(_) => "MEDIA_TYPE_INVALID",
            Self::Mismatch(_) => "MEDIA_TYPE_MISMATCH",
            Self::Access => "FILE_ACCESS_INVALID",
            Self::TooLarge { .. } => "PAYLOAD_TOO_LARGE",
            Self::Hash { .. } => "HASH_MISMATCH",
            Self::Size { .. } => "SIZE_MISMATCH",
            Self::Incomplete { .. } => "UPLOAD_INCOMPLETE",
            Self::UploadUnknown => "UPLOAD_UNKNOWN",
            Self::Part(_) => "PART_INVALID",
            Self::LinkExpired => "LINK_EXPIRED",
            Self::LinkExpiry => "LINK_EXPIRY_INVALID",
            Self::UrlExpiry => "URL_EXPIRY_INVALID",
            Self::UrlExpired => "URL_EXPIRED",
            Self::UrlInvalid => "URL_INVALID",
            Self::BucketExists => "BUCKET_EXISTS",
            Self::BucketNotEmpty => "BUCKET_NOT_EMPTY",
            Self::Binned => "FILE_IN_BIN",
            Self::ScanRunning => "SCAN_RUNNING",
            Self::Change(ChangeError::Conflict) => "CONFLICT",
            Self::Change(ChangeError::Quota { .. }) => "QUOTA_EXCEEDED",
            Self::Change(ChangeError::TooMany { .. }) => "STORAGE_LIMIT_REACHED",
            Self::Store(_) | Self::Change(ChangeError::Store(_)) => "SERVICE_UNAVAILABLE",
        }
    }

    fn kind(&self) -> Kind {
        let code = self.code();
        match code {
            "NOT_FOUND" => Kind::NotFound,
            "FORBIDDEN" => Kind::Forbidden,
            "PAYLOAD_TOO_LARGE" => Kind::TooLarge,
            "CONFLICT" => Kind::Conflict,
            _ => CODES
                .iter()
                .find(|(listed, _)| *listed == code)
                .map_or(Kind::Internal, |(_, kind)| *kind),
        }
    }

    /// Field of the request that is wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::NotFound(_) | Self::UploadUnknown => "id",
            Self::Name(_) | Self::Object(NameError::Bucket) | Self::BucketExists => "name",
            Self::Folder(_) => "folder",
            Self::Object(NameError::Key) => "key",
            Self::MediaType(_) | Self::Mismatch(_) => "media_type",
            Self::Access => "access",
            Self::TooLarge { .. } | Self::Size { .. } => "size",
            Self::Hash { .. } => "hash",
            Self::Part(_) => "part",
            Self::LinkExpiry | Self::UrlExpiry => "expires_s",
            Self::Change(ChangeError::Conflict) => "version",
            _ => "",
        }
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        let (code, kind, field) = (error.code(), error.kind(), error.field());
        match error {
            StorageError::Store(error) | StorageError::Change(ChangeError::Store(error)) => {
                error.into()
            }
            StorageError::Change(ChangeError::Conflict) => {
                Self::new(kind, code, "the file has changed meanwhile; read it again").field(field)
            }
            StorageError::Incomplete { ref missing } => {
                let violations = missing
                    .iter()
                    .take(100)
                    .map(|part| Violation::new(code, format!("part {part}"), "has not arrived"));
                let violations = violations.collect();
                Self { violations, ..Self::new(kind, code, error.to_string()) }
            }
            StorageError::Change(ChangeError::Quota { taken_bytes, quota_bytes }) => Self::new(
                kind,
                code,
                format!(
                    "this would take {taken_bytes} of {quota_bytes} bytes; delete files for good, \
                     also from the bin, or ask an operator for more"
                ),
            ),
            other => Self::new(kind, code, other.to_string()).field(field),
        }
    }
}
