//! What bytes are, against what they are said to be.

use erynoa_storage::{HEAD_BYTES, Media, MediaType};
use proptest::prelude::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01";
const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\x08\0";
const EXE: &[u8] = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff";
const ELF: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
const MP4: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom";
const OGG: &[u8] = b"OggS\0\x02\0\0\0\0\0\0\0\0";
const HTML: &[u8] = b"<!DOCTYPE html><html><script>alert(1)</script></html>";
const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
const XML_SVG: &[u8] = b"<?xml version=\"1.0\"?>\n<svg/>";
const TEXT: &[u8] = b"BMW is not a bitmap, whatever its first letters say.\n";
const LATIN1: &[u8] = b"Gr\xf6\xdfe\n";
const UTF16: &[u8] = b"\xff\xfeh\0i\0";
const NOISE: &[u8] = b"\x01\x02\x03\0\xfe\x07\x11\x12\x13\x14\x15";

fn settle(declared: &str, head: &[u8]) -> String {
    let declared = (!declared.is_empty()).then(|| MediaType::new(declared).expect("a type"));
    MediaType::settle(declared.as_ref(), head)
        .map_or_else(|_| "MEDIA_TYPE_MISMATCH".to_owned(), |found| found.to_string())
}

#[test]
fn bytes_and_declaration_agree_or_are_refused() {
    let table: &[(&str, &[u8], &str)] = &[
        // Nothing said: found out.
        ("", PNG, "image/png"),
        ("", PDF, "application/pdf"),
        ("", HTML, "text/html"),
        ("", SVG, "image/svg+xml"),
        ("", XML_SVG, "image/svg+xml"),
        ("", TEXT, "text/plain"),
        ("", LATIN1, "text/plain"),
        ("", UTF16, "text/plain"),
        ("", NOISE, "application/octet-stream"),
        ("", b"", "application/octet-stream"),
        ("application/octet-stream", PNG, "image/png"),
        // The bytes win on the format of a picture.
        ("image/png", PNG, "image/png"),
        ("image/png", JPEG, "image/jpeg"),
        // The declaration wins where bytes cannot tell.
        ("text/csv", TEXT, "text/csv"),
        ("application/json", b"{\"a\": 1}", "application/json"),
        ("text/markdown", LATIN1, "text/markdown"),
        ("text/html", HTML, "text/html"),
        ("image/svg+xml", SVG, "image/svg+xml"),
        (
            "application/vnd.ms-outlook",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            "application/vnd.ms-outlook",
        ),
        ("application/x-my-format", ZIP, "application/x-my-format"),
        ("application/vnd.oasis.opendocument.text", ZIP, "application/vnd.oasis.opendocument.text"),
        ("audio/mp4", MP4, "audio/mp4"),
        ("video/mp4", MP4, "video/mp4"),
        ("application/ogg", OGG, "application/ogg"),
        ("video/ogg", OGG, "video/ogg"),
        ("application/x-thing", NOISE, "application/x-thing"),
        ("video/x-raw", NOISE, "video/x-raw"),
        ("video/mp2t", b"export const a: number = 1;\n", "text/plain"),
        ("application/pdf", PDF, "application/pdf"),
        ("text/plain", b"", "text/plain"),
        // Contradictions.
        ("application/pdf", PNG, "MEDIA_TYPE_MISMATCH"),
        ("image/png", PDF, "MEDIA_TYPE_MISMATCH"),
        ("image/png", TEXT, "MEDIA_TYPE_MISMATCH"),
        ("image/png", HTML, "MEDIA_TYPE_MISMATCH"),
        ("image/jpeg", NOISE, "MEDIA_TYPE_MISMATCH"),
        ("image/png", SVG, "MEDIA_TYPE_MISMATCH"),
        ("image/svg+xml", PNG, "MEDIA_TYPE_MISMATCH"),
        ("application/pdf", TEXT, "MEDIA_TYPE_MISMATCH"),
        ("application/pdf", NOISE, "MEDIA_TYPE_MISMATCH"),
        ("application/pdf", HTML, "MEDIA_TYPE_MISMATCH"),
        ("text/plain", PNG, "MEDIA_TYPE_MISMATCH"),
        ("text/plain", NOISE, "MEDIA_TYPE_MISMATCH"),
        ("text/plain", EXE, "MEDIA_TYPE_MISMATCH"),
        ("application/json", ZIP, "MEDIA_TYPE_MISMATCH"),
        ("video/mp4", PNG, "MEDIA_TYPE_MISMATCH"),
        ("video/mp4", TEXT, "MEDIA_TYPE_MISMATCH"),
        ("font/woff2", TEXT, "MEDIA_TYPE_MISMATCH"),
        ("image/png", EXE, "MEDIA_TYPE_MISMATCH"),
        ("application/x-my-format", EXE, "MEDIA_TYPE_MISMATCH"),
        ("application/x-my-format", ELF, "MEDIA_TYPE_MISMATCH"),
        ("application/pdf", ZIP, "MEDIA_TYPE_MISMATCH"),
    ];
    for (declared, head, expected) in table {
        assert_eq!(
            settle(declared, head),
            *expected,
            "{declared} {:?}",
            head.escape_ascii().to_string()
        );
    }
}

#[test]
fn what_could_run_is_never_shown_as_itself() {
    for (media_type, shown) in [
        ("image/png", Some("image/png")),
        ("video/webm", Some("video/webm")),
        ("audio/mpeg", Some("audio/mpeg")),
        ("application/pdf", Some("application/pdf")),
        ("text/plain", Some("text/plain; charset=utf-8")),
        ("text/html", Some("text/plain; charset=utf-8")),
        ("image/svg+xml", Some("text/plain; charset=utf-8")),
        ("application/xhtml+xml", Some("text/plain; charset=utf-8")),
        ("text/javascript", Some("text/plain; charset=utf-8")),
        ("application/javascript", Some("text/plain; charset=utf-8")),
        ("application/xml", Some("text/plain; charset=utf-8")),
        ("application/zip", None),
        ("application/x-shockwave-flash", None),
        ("image/vnd.adobe.photoshop", None),
        ("application/octet-stream", None),
        ("font/woff2", None),
        ("multipart/related", None),
    ] {
        assert_eq!(MediaType::new(media_type).unwrap().shown_as(), shown, "{media_type}");
    }
}

#[test]
fn a_media_type_is_two_words_without_parameters() {
    let text = |text: &str| MediaType::new(text).map(|found| found.to_string());
    assert_eq!(text("Text/HTML; charset=utf-8").unwrap(), "text/html");
    for bad in
        ["", "text", "/", "text/", "/html", "a/b/c", "te xt/html", "text/ht\nml", "tëxt/html"]
    {
        assert!(text(bad).is_err(), "{bad:?}");
    }
    assert!(text(&format!("a/{}", "b".repeat(125))).is_ok());
    assert!(text(&format!("a/{}", "b".repeat(126))).is_err());
}

#[test]
fn media_names_are_one_to_one() {
    for media in Media::ALL {
        assert_eq!(Media::from_name(media.name()), Some(media));
    }
    assert_eq!(Media::from_name("Image"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_the_bytes_are_the_answer_is_a_type_or_a_refusal(
        head in prop::collection::vec(any::<u8>(), 0..HEAD_BYTES),
        declared in "[a-z]{1,8}/[a-z.+-]{1,20}",
    ) {
        let found = MediaType::settle(None, &head).expect("nothing was said that could be wrong");
        prop_assert_eq!(MediaType::new(found.as_str()), Ok(found.clone()));
        // What was found out once is not refused when it is said.
        prop_assert!(MediaType::settle(Some(&found), &head).is_ok());
        if let Ok(declared) = MediaType::new(&declared) {
            MediaType::settle(Some(&declared), &head).ok();
        }
    }
}
