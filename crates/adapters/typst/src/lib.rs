//! Documents by Typst.
//!
//! A template is part of this crate; what people wrote reaches it as JSON and
//! is never read as markup. The template's world has the shipped fonts, the
//! template, that JSON, the QR code and the attachment, and no way to files,
//! packages, the network or the clock.

mod data;
mod qr;
mod renderer;
mod world;

pub use renderer::TypstRenderer;
