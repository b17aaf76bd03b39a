//! Names of buckets and objects.

use std::fmt;

/// Name of a bucket: 3 to 63 of a-z, 0-9 and -, beginning and ending with a
/// letter or digit, so that every store takes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketName(String);

/// Name of an object within its bucket: 1 to 512 bytes, segments of
/// A-Z a-z 0-9 . _ - divided by single slashes, no segment `.` or `..`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(String);

/// Text that is no name of a bucket or object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Of a bucket.
    #[error("a bucket is 3 to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit")]
    Bucket,
    /// Of an object.
    #[error("a key is 1 to 512 bytes: segments of A-Z a-z 0-9 . _ - divided by single slashes")]
    Key,
}

/// Longest name of an object: what the strictest store takes, halved for
/// prefixes of stores.
pub const KEY_MOST_BYTES: usize = 512;

impl BucketName {
    /// The name with exactly this text.
    ///
    /// # Errors
    /// [`NameError::Bucket`].
    pub fn new(text: &str) -> Result<Self, NameError> {
        let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let bytes = text.as_bytes();
        let good = (3..=63).contains(&bytes.len())
            && bytes.iter().all(|&byte| edge(byte) || byte == b'-')
            && bytes.first().copied().is_some_and(edge)
            && bytes.last().copied().is_some_and(edge);
        if good { Ok(Self(text.to_owned())) } else { Err(NameError::Bucket) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ObjectKey {
    /// The key with exactly this text.
    ///
    /// # Errors
    /// [`NameError::Key`].
    pub fn new(text: &str) -> Result<Self, NameError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let good = (1..=KEY_MOST_BYTES).contains(&text.len())
            && text
                .split('/')
                .all(|segment| !matches!(segment, "" | "." | "..") && segment.bytes().all(plain));
        if good { Ok(Self(text.to_owned())) } else { Err(NameError::Key) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
