//! Files: what is known about them, who may see them, how they arrive.
//!
//! The bytes lie in an [`ObjectStore`]; this context decides what may go there
//! and who may fetch it.

mod object;
mod ports;

pub use object::{BucketName, KEY_MOST_BYTES, NameError, ObjectKey};
pub use ports::{Buckets, ByteStream, Disposition, Grant, ObjectMeta, ObjectStore};
