//! Names that people give.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// Longest name of a file or of one folder.
pub const NAME_MOST_BYTES: usize = 255;
/// Longest path of folders.
pub const FOLDER_MOST_BYTES: usize = 1024;
/// Most folders within each other.
pub const FOLDER_DEPTH: usize = 16;

/// Name of a file: 1 to 255 bytes of Unicode in normal form C, without slashes,
/// backslashes, control characters, line separators and characters that turn
/// the direction of text, without spaces at its ends, not `.` or `..`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(String);

/// Where a file lies: `/`, or up to 16 names such as `/photos/2026`, at most
/// 1024 bytes. A folder exists as long as a file lies in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Folder(String);

/// Text that is no name of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name is 1 to 255 bytes without slashes, control characters and characters that turn the \
     direction of text, without spaces at its ends, not . or .."
)]
pub struct FileNameError;

/// Text that is no path of folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a folder is / or up to 16 names with a slash in front of each, such as /photos/2026, at most \
     1024 bytes"
)]
pub struct FolderError;

/// Characters that show text in another order than it is stored, so that
/// `exe.jpg` could be read where `gpj.exe` stands, and those that break lines.
const fn misleads(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

fn name(text: &str) -> Option<String> {
    let name: String = text.nfc().collect();
    let good = (1..=NAME_MOST_BYTES).contains(&name.len())
        && !matches!(name.as_str(), "." | "..")
        && name.trim() == name
        && !name.chars().any(|c| matches!(c, '/' | '\\') || c.is_control() || misleads(c));
    good.then_some(name)
}

impl FileName {
    /// The name with this text, in normal form C.
    ///
    /// # Errors
    /// [`FileNameError`].
    pub fn new(text: &str) -> Result<Self, FileNameError> {
        name(text).map(Self).ok_or(FileNameError)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What names are ordered by and searched in: the text in lower case.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }

    /// The name with ` (number)` in front of its ending, cut where it would be
    /// too long.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        let (stem, ending) = match self.0.rfind('.') {
            Some(dot) if dot > 0 && self.0.len() - dot <= 32 => self.0.split_at(dot),
            _ => (self.0.as_str(), ""),
        };
        let mark = format!(" ({number})");
        let stem = cut(stem, NAME_MOST_BYTES - ending.len() - mark.len());
        Self(format!("{stem}{mark}{ending}"))
    }

    /// The part of the name that every object store takes: at most 100 of
    /// A-Z a-z 0-9 . _ -, with a hyphen for runs of anything else.
    #[must_use]
    pub fn safe(&self) -> String {
        let mut safe = String::with_capacity(self.0.len());
        for character in self.0.chars() {
            if character.is_ascii_alphanumeric() || matches!(character, '.' | '_') {
                safe.push(character);
            } else if !safe.ends_with('-') {
                safe.push('-');
            }
        }
        let trimmed = safe.trim_matches(['-', '.']);
        // The ending is what says most, so the front goes.
        let short = &trimmed[trimmed.len().saturating_sub(100)..];
        let short = short.trim_matches(['-', '.']);
        if short.is_empty() { "file".to_owned() } else { short.to_owned() }
    }
}

/// The longest front of `text` with at most `most` bytes and no space at its end.
fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].trim_end()
}

impl Folder {
    /// The top, `/`.
    #[must_use]
    pub fn top() -> Self {
        Self("/".to_owned())
    }

    /// The folder with this path; empty is the top.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn new(text: &str) -> Result<Self, FolderError> {
        if matches!(text, "" | "/") {
            return Ok(Self::top());
        }
        let names = text.strip_prefix('/').ok_or(FolderError)?;
        let names: Vec<String> =
            names.split('/').map(name).collect::<Option<_>>().ok_or(FolderError)?;
        let path = format!("/{}", names.join("/"));
        if names.len() <= FOLDER_DEPTH && path.len() <= FOLDER_MOST_BYTES {
            Ok(Self(path))
        } else {
            Err(FolderError)
        }
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder directly within this one that `other` is or lies in.
    #[must_use]
    pub fn child_towards(&self, other: &Self) -> Option<Self> {
        let front = self.0.trim_end_matches('/');
        let rest = other.0.strip_prefix(front)?.strip_prefix('/')?;
        let first = rest.split('/').next()?;
        (!first.is_empty()).then(|| Self(format!("{front}/{first}")))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
