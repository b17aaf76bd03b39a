//! The certificate inside its PDF, and the seal over all of the PDF's bytes.
//!
//! The seal is a comment line before the last `startxref`, where it moves no
//! offset and leaves the end of the file as PDF/A wants it. It covers every
//! other byte, so that what people see cannot differ from what was issued.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use erynoa_events::{SigningKey, verify_signature};
use erynoa_kernel::{PublicKey, Signature};

use crate::credential::CERTIFICATE_MOST_BYTES;

/// Most bytes of a document, its certificate and its seal included.
pub const DOCUMENT_MOST_BYTES: usize = 1 << 20;

/// Domain of the seal.
const SEAL_DOMAIN: &[u8] = b"ERYNOA-PDF-V1";
/// What the line begins with.
const SEAL_LINE: &[u8] = b"%ERYNOA-SEAL-V1 ";
/// Where it stands.
const END: &[u8] = b"startxref";
/// What every PDF begins with.
const MAGIC: &[u8] = b"%PDF-";

/// Whether these bytes say that they are a PDF.
#[must_use]
pub fn is_pdf(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn find_last(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).rposition(|window| window == what)
}

fn message(pdf: &[&[u8]]) -> Vec<u8> {
    let mut hash = blake3::Hasher::new();
    for part in pdf {
        hash.update(part);
    }
    [SEAL_DOMAIN, hash.finalize().as_bytes()].concat()
}

/// The PDF with the seal of `key`; `None` when it has no end.
#[must_use]
pub fn seal(pdf: &[u8], key: &SigningKey) -> Option<Vec<u8>> {
    let at = find_last(pdf, END)?;
    let signature = key.sign(&message(&[pdf]));
    let line = [SEAL_LINE, BASE64_STANDARD.encode(signature.as_bytes()).as_bytes(), b"\n"].concat();
    Some([&pdf[..at], &line, &pdf[at..]].concat())
}

/// Whether the PDF is, byte for byte, the one that `key` sealed.
#[must_use]
pub fn is_sealed(pdf: &[u8], key: &PublicKey) -> bool {
    let check = || {
        let end = find_last(pdf, END)?;
        let start = find_last(&pdf[..end], SEAL_LINE)?;
        let text = pdf[start + SEAL_LINE.len()..end].strip_suffix(b"\n")?;
        let signature = BASE64_STANDARD.decode(text).ok()?;
        let signature = Signature::try_from(&signature[..]).ok()?;
        Some(verify_signature(key, &message(&[&pdf[..start], &pdf[end..]]), &signature))
    };
    check().unwrap_or(false)
}

/// The first attachment of the PDF, at most [`CERTIFICATE_MOST_BYTES`].
///
/// Reads what the writers of our PDFs make: a stream whose dictionary says
/// `EmbeddedFile` and its length, deflated or plain.
#[must_use]
pub fn attachment(pdf: &[u8]) -> Option<Vec<u8>> {
    let name = find(pdf, b"/EmbeddedFile\n")
        .or_else(|| find(pdf, b"/EmbeddedFile "))
        .or_else(|| find(pdf, b"/EmbeddedFile/"))?;
    let start = find_last(&pdf[..name], b" obj")?;
    let stream = name + find(&pdf[name..], b"stream")?;
    let dictionary = &pdf[start..stream];
    let length = find(dictionary, b"/Length")? + b"/Length".len();
    let digits: Vec<u8> = dictionary[length..]
        .iter()
        .copied()
        .skip_while(u8::is_ascii_whitespace)
        .take_while(u8::is_ascii_digit)
        .collect();
    let length: usize = std::str::from_utf8(&digits).ok()?.parse().ok()?;
    let after = stream + b"stream".len();
    let body = after + pdf[after..].iter().position(|byte| *byte == b'\n')? + 1;
    let bytes = pdf.get(body..body.checked_add(length)?)?;
    if find(dictionary, b"/FlateDecode").is_some() {
        miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(bytes, CERTIFICATE_MOST_BYTES).ok()
    } else {
        (bytes.len() <= CERTIFICATE_MOST_BYTES).then(|| bytes.to_vec())
    }
}
