//! Rules of single fields (protocol §2, limits).

use std::ops::RangeInclusive;

use crate::{EventError, MAX_LABEL_BYTES, MAX_TEXT_BYTES};

/// Exactly `N` bytes.
pub(crate) fn array<const N: usize>(
    bytes: &[u8],
    field: &'static str,
) -> Result<[u8; N], EventError> {
    bytes
        .try_into()
        .map_err(|_| EventError::field(field, format!("{N} bytes, not {}", bytes.len())))
}

/// Exactly `N` bytes, or none at all.
pub(crate) fn optional<const N: usize>(
    bytes: &[u8],
    field: &'static str,
) -> Result<Option<[u8; N]>, EventError> {
    if bytes.is_empty() { Ok(None) } else { array(bytes, field).map(Some) }
}

/// Free text of at most [`MAX_TEXT_BYTES`].
pub(crate) fn text(text: String, field: &'static str) -> Result<String, EventError> {
    if text.len() > MAX_TEXT_BYTES {
        let len = text.len();
        return Err(EventError::field(
            field,
            format!("{len} bytes; at most {MAX_TEXT_BYTES} of UTF-8"),
        ));
    }
    Ok(text)
}

/// One line: text whose length in bytes is in `len`, without control characters.
pub(crate) fn label(
    text: String,
    len: RangeInclusive<usize>,
    field: &'static str,
) -> Result<String, EventError> {
    if !len.contains(&text.len()) {
        let (least, most) = (len.start(), len.end());
        return Err(EventError::field(field, format!("{least} to {most} bytes of UTF-8")));
    }
    if text.chars().any(char::is_control) {
        return Err(EventError::field(field, "no control characters"));
    }
    Ok(text)
}

/// A domain label: `[a-z0-9-]`, at most [`MAX_LABEL_BYTES`], or empty.
pub(crate) fn name(text: String, field: &'static str) -> Result<String, EventError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.len() > MAX_LABEL_BYTES || !text.bytes().all(plain) {
        return Err(EventError::field(field, "at most 64 of a-z, 0-9 and -"));
    }
    Ok(text)
}

/// The value with this number, counting from 1.
pub(crate) fn one_of<T: Copy>(
    number: i32,
    field: &'static str,
    values: &[T],
) -> Result<T, EventError> {
    usize::try_from(number)
        .ok()
        .and_then(|number| values.get(number.checked_sub(1)?))
        .copied()
        .ok_or_else(|| EventError::field(field, format!("1 to {}, not {number}", values.len())))
}
