//! A message and what makes it valid.

use crate::{Address, Language, MailInvalid};

/// Longest subject.
pub const SUBJECT_MOST_CHARS: usize = 200;

/// Longest text.
pub const TEXT_MOST_BYTES: usize = 256 * 1024;

/// Longest HTML.
pub const HTML_MOST_BYTES: usize = 512 * 1024;

/// Longest id, and longest way to unsubscribe.
const ID_MOST_BYTES: usize = 64;
const UNSUBSCRIBE_MOST_BYTES: usize = 1000;

/// Begins an encoded word (RFC 2047): what follows would be read as another
/// text than was written.
pub(crate) const ENCODED: &str = "=?";

/// What shall become a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Names the message, also in its `Message-ID`: 1 to 64 of A-Z a-z 0-9 . _ -
    pub id: String,
    /// Who writes.
    pub from: Address,
    /// Who reads.
    pub to: Address,
    /// Where answers go, when not to `from`.
    pub reply_to: Option<Address>,
    /// One line of at most 200 characters without `=?`.
    pub subject: String,
    /// The message for everybody, at most 256 KiB.
    pub text: String,
    /// The same with looks, at most 512 KiB.
    pub html: Option<String>,
    /// An https or mailto URL by which to get no more of this kind.
    pub list_unsubscribe: Option<String>,
    /// Of subject and text.
    pub language: Language,
}

/// A message that can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message(Draft);

fn body(
    field: &'static str,
    text: &str,
    most: usize,
    too_long: &'static str,
) -> Result<(), MailInvalid> {
    if text.len() > most {
        return Err(MailInvalid::new(field, too_long));
    }
    if text.trim().is_empty() {
        return Err(MailInvalid::new(field, "must not be empty"));
    }
    // A lone CR is read as the end of a line by some and as nothing by others.
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')) {
        return Err(MailInvalid::new(field, "lines end with \\n; no other control characters"));
    }
    Ok(())
}

impl TryFrom<Draft> for Message {
    type Error = MailInvalid;

    fn try_from(draft: Draft) -> Result<Self, MailInvalid> {
        let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if !(1..=ID_MOST_BYTES).contains(&draft.id.len())
            || !draft.id.bytes().all(named)
            || draft.id.split('.').any(str::is_empty)
        {
            return Err(MailInvalid::new("id", "must be 1 to 64 of A-Z a-z 0-9 . _ -"));
        }
        let characters = draft.subject.chars().count();
        if draft.subject.trim().is_empty()
            || characters > SUBJECT_MOST_CHARS
            || draft.subject.chars().any(char::is_control)
        {
            return Err(MailInvalid::new("subject", "must be one line of 1 to 200 characters"));
        }
        if draft.subject.contains(ENCODED) {
            return Err(MailInvalid::new("subject", "must not contain =?"));
        }
        body("text", &draft.text, TEXT_MOST_BYTES, "must be at most 256 KiB")?;
        if let Some(html) = &draft.html {
            body("html", html, HTML_MOST_BYTES, "must be at most 512 KiB")?;
        }
        if let Some(url) = &draft.list_unsubscribe {
            let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b',');
            let known = url.starts_with("https://") || url.starts_with("mailto:");
            if !known || url.len() > UNSUBSCRIBE_MOST_BYTES || !url.bytes().all(plain) {
                return Err(MailInvalid::new(
                    "list_unsubscribe",
                    "must be an https or mailto URL of at most 1000 ASCII characters",
                ));
            }
        }
        Ok(Self(draft))
    }
}

impl std::ops::Deref for Message {
    type Target = Draft;

    fn deref(&self) -> &Draft {
        &self.0
    }
}
