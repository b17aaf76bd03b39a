//! Certificates, their signatures, their check.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cases;
mod certificates;
mod pdfs;
mod tampering;
mod texts;
mod town;
