//! What bytes are, against what they are said to be.

use std::fmt;

/// Bytes at the beginning of a file by which its type is told.
pub const HEAD_BYTES: usize = 4096;

/// A media type such as `image/png`: lower case, without parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaType(String);

/// Text that is no media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a media type is type/subtype, such as image/png, at most 127 bytes")]
pub struct MediaTypeError;

/// The bytes are not what they are said to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file is said to be {declared}, but its bytes are {found}")]
pub struct Mismatch {
    /// What was said.
    pub declared: String,
    /// What the bytes are.
    pub found: String,
}

/// The kinds that usage is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Media {
    /// Pictures.
    Image = 0,
    /// Films.
    Video = 1,
    /// Sound.
    Audio = 2,
    /// Text.
    Text = 3,
    /// Everything else.
    Application = 4,
    /// Fonts.
    Font = 5,
}

impl Media {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Image, Self::Video, Self::Audio, Self::Text, Self::Application, Self::Font];

    /// Name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Text => "text",
            Self::Application => "application",
            Self::Font => "font",
        }
    }

    /// The kind with exactly this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|media| media.name() == name)
    }
}

/// What a browser may show of a file when its address is opened. Anything that
/// could run (HTML, SVG, XML, scripts) is text to read; what is not listed is
/// saved.
const SHOWN: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/bmp",
    "image/vnd.microsoft.icon",
    "application/pdf",
];

impl MediaType {
    /// The type with this text; parameters are dropped, case is lowered.
    ///
    /// # Errors
    /// [`MediaTypeError`].
    pub fn new(text: &str) -> Result<Self, MediaTypeError> {
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let token = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
        };
        match essence.split_once('/') {
            Some((top, sub)) if essence.len() <= 127 && token(top) && token(sub) => {
                Ok(Self(essence))
            }
            _ => Err(MediaTypeError),
        }
    }

    fn known(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Bytes of no known type.
    #[must_use]
    pub fn unknown() -> Self {
        Self::known("application/octet-stream")
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The kind that it counts as.
    #[must_use]
    pub fn media(&self) -> Media {
        match self.0.split('/').next().unwrap_or_default() {
            "image" => Media::Image,
            "video" => Media::Video,
            "audio" => Media::Audio,
            "text" => Media::Text,
            "font" => Media::Font,
            _ if self.0.starts_with("application/font") => Media::Font,
            _ => Media::Application,
        }
    }

    /// `content-type` under which a browser may show the bytes; `None` when it
    /// should save them. What could run is shown as plain text, so that an
    /// uploaded page never runs on our origin.
    #[must_use]
    pub fn shown_as(&self) -> Option<&str> {
        if textual(&self.0) {
            Some("text/plain; charset=utf-8")
        } else if SHOWN.contains(&self.0.as_str())
            || matches!(self.media(), Media::Audio | Media::Video)
        {
            Some(&self.0)
        } else {
            None
        }
    }

    /// The type of a file that begins with `head` (its first
    /// [`HEAD_BYTES`]) and is said to be `declared`.
    ///
    /// Where both agree on the kind, the bytes win on the format (a JPEG named
    /// `.png` is `image/jpeg`), and the declaration wins on what bytes cannot
    /// tell (a ZIP may be any document).
    ///
    /// # Errors
    /// [`Mismatch`] when they contradict each other.
    pub fn settle(declared: Option<&Self>, head: &[u8]) -> Result<Self, Mismatch> {
        let found = find(head);
        let declared = match declared {
            Some(declared) if declared.0 != "application/octet-stream" => declared,
            _ => return Ok(found.media_type()),
        };
        let mismatch = || Mismatch { declared: declared.0.clone(), found: found.to_string() };
        match found {
            Found::Nothing => Ok(declared.clone()),
            // Browsers take TypeScript for a film, by its ending.
            Found::Text(_) if declared.0 == "video/mp2t" => Ok(Self::known("text/plain")),
            Found::Text(_) if textual(&declared.0) || !recognisable(declared) => {
                Ok(declared.clone())
            }
            Found::Binary if !textual(&declared.0) && !must_be_recognised(declared) => {
                Ok(declared.clone())
            }
            Found::Format(format) if agrees(declared, format) => {
                let exact = declared.media() == Media::Image;
                Ok(if exact { Self::known(format) } else { declared.clone() })
            }
            _ => Err(mismatch()),
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the bytes themselves say.
enum Found {
    /// There are none.
    Nothing,
    /// Text, perhaps of a format that runs.
    Text(&'static str),
    /// A format with a signature.
    Format(&'static str),
    /// No text, no signature.
    Binary,
}

impl Found {
    fn media_type(&self) -> MediaType {
        match self {
            Self::Nothing | Self::Binary => MediaType::unknown(),
            Self::Text(text) => MediaType::known(text),
            Self::Format(format) => MediaType::known(format),
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "empty",
            Self::Text(text) => text,
            Self::Format(format) => format,
            Self::Binary => "of another format",
        })
    }
}

fn find(head: &[u8]) -> Found {
    if head.is_empty() {
        return Found::Nothing;
    }
    let format = infer::get(head).map(|format| format.mime_type());
    if is_text(head) {
        // Two letters are a signature to some formats (BM is a bitmap), so text
        // is text, except for the formats that are made of it.
        return match format {
            Some("application/pdf") => Found::Format("application/pdf"),
            _ if is_svg(head) => Found::Text("image/svg+xml"),
            Some(text) if textual(text) => Found::Text(text),
            _ => Found::Text("text/plain"),
        };
    }
    match format {
        Some("application/octet-stream") | None => Found::Binary,
        Some(format) if textual(format) => Found::Binary,
        Some(format) => Found::Format(format),
    }
}

/// No control characters but those of text. Old encodings pass; UTF-16 does by
/// its mark.
fn is_text(head: &[u8]) -> bool {
    head.starts_with(&[0xff, 0xfe])
        || head.starts_with(&[0xfe, 0xff])
        || !head.iter().any(|&byte| {
            byte == 0x7f || byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)
        })
}

fn is_svg(head: &[u8]) -> bool {
    head.windows(4).any(|window| window.eq_ignore_ascii_case(b"<svg"))
        && head.trim_ascii_start().starts_with(b"<")
}

/// Formats that are text to a reader.
fn textual(media_type: &str) -> bool {
    let sub = media_type.split_once('/').map_or("", |(_, sub)| sub);
    media_type.starts_with("text/")
        || media_type.starts_with("message/")
        || sub.ends_with("+xml")
        || sub.ends_with("+json")
        || sub.ends_with("script")
        || sub.ends_with("mpegurl")
        || sub.ends_with("yaml")
        || matches!(
            sub,
            "json"
                | "xml"
                | "toml"
                | "sql"
                | "rtf"
                | "x-sh"
                | "x-ndjson"
                | "graphql"
                | "x-x509-ca-cert"
                | "x-pem-file"
                | "pgp-signature"
                | "pgp-keys"
        )
}

/// Whether text under this name is a lie: the format has a signature, or the
/// whole kind is binary.
fn recognisable(declared: &MediaType) -> bool {
    infer::is_mime_supported(&declared.0)
        || matches!(declared.media(), Media::Image | Media::Video | Media::Audio | Media::Font)
}

/// Formats whose signature is never absent.
fn must_be_recognised(declared: &MediaType) -> bool {
    infer::is_mime_supported(&declared.0)
        && (declared.media() == Media::Image || declared.0 == "application/pdf")
}

/// Whether bytes with the signature of `format` may be called `declared`.
fn agrees(declared: &MediaType, format: &str) -> bool {
    /// Formats that hold others.
    const CONTAINERS: &[&str] = &[
        "application/zip",
        "application/gzip",
        "application/x-ole-storage",
        "application/x-tar",
        "application/vnd.sqlite3",
        "application/zstd",
        "application/x-bzip2",
    ];
    let sounding = |media_type: &MediaType| {
        matches!(media_type.media(), Media::Audio | Media::Video)
            || matches!(media_type.as_str(), "application/ogg" | "application/mp4")
    };
    let found = MediaType::known(format);
    if textual(&declared.0) {
        return false;
    }
    if sounding(declared) || sounding(&found) {
        return sounding(declared) && sounding(&found);
    }
    if declared.media() != Media::Application || found.media() != Media::Application {
        // A picture may be packed (OpenRaster is a ZIP).
        return declared.media() == found.media()
            || CONTAINERS.contains(&format) && !infer::is_mime_supported(&declared.0);
    }
    if must_be_recognised(declared) {
        return declared.0 == format;
    }
    declared.0 == format
        || CONTAINERS.contains(&format)
        || CONTAINERS.contains(&declared.0.as_str())
        || declared.0.replacen("/x-", "/", 1) == format.replacen("/x-", "/", 1)
        || !infer::is_mime_supported(&declared.0) && !runs(format)
}

/// Programs, which nothing else may hide.
fn runs(format: &str) -> bool {
    matches!(
        format,
        "application/x-executable"
            | "application/vnd.microsoft.portable-executable"
            | "application/x-mach-binary"
            | "application/java"
            | "application/wasm"
            | "application/vnd.android.dex"
    )
}
