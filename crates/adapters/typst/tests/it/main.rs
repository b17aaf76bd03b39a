//! Certificates as pages.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod pictures;
mod rendering;
