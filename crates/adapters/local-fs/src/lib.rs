//! Objects as files: a bucket is a folder, a key is a path within it.
//!
//! An object is written under another name, synced, and renamed, so that
//! readers and crashes see it whole or not at all. Keys are checked names (no
//! `..`, no empty segments, see [`ObjectKey`](erynoa_storage::ObjectKey)), so no
//! path leads out of its bucket, and links are not followed.
//!
//! One limit beside those of keys: a file cannot be a folder, so where `a/b` is,
//! `a` cannot be, and a segment has at most 255 bytes.

mod error;
mod objects;
mod signer;

pub use objects::LocalObjects;
pub use signer::{SIGNED_PATH, Signer};
