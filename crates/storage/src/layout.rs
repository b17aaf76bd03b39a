//! Where objects lie in a bucket: files at `YYYY/MM/DD/<uuid>-<safe name>`,
//! parts of uploads at `uploads/<uuid>/<number, 5 digits>`. Both name the file,
//! so that for every object one lookup tells whether it still belongs to one.

use erynoa_kernel::{civil_date, day_of};

use crate::{FileId, FileName, ObjectKey};

/// Where the parts of uploads lie.
pub const UPLOADS_PREFIX: &str = "uploads/";

/// Key of the object of a file that was put together at the `attempt`th time;
/// from the second on it stands in front of the name.
#[must_use]
pub fn file_key(created_at_us: u64, id: &FileId, attempt: u32, name: &FileName) -> ObjectKey {
    let (year, month, day) = civil_date(day_of(created_at_us));
    let again = if attempt > 1 { format!("{attempt}-") } else { String::new() };
    made(&format!("{year:04}/{month:02}/{day:02}/{}-{again}{}", id.uuid(), name.safe()))
}

/// What the keys of an upload's parts begin with.
#[must_use]
pub fn parts_prefix(id: &FileId) -> String {
    format!("{UPLOADS_PREFIX}{}/", id.uuid())
}

/// Key of a part, from 1.
#[must_use]
pub fn part_key(id: &FileId, part: u32) -> ObjectKey {
    made(&format!("{}{part:05}", parts_prefix(id)))
}

fn made(text: &str) -> ObjectKey {
    ObjectKey::new(text).expect("made of digits, hyphens and a safe name of at most 100 bytes")
}

/// The upload and the number in the key of a part.
#[must_use]
pub fn part_in(key: &ObjectKey) -> Option<(FileId, u32)> {
    let (id, part) = key.as_str().strip_prefix(UPLOADS_PREFIX)?.split_once('/')?;
    let part = (part.len() == 5).then(|| part.parse().ok())??;
    let id = parse_uuid(id)?;
    (part_key(&id, part) == *key).then_some((id, part))
}

/// The file in the key of its object.
#[must_use]
pub fn file_in(key: &ObjectKey) -> Option<FileId> {
    let mut segments = key.as_str().split('/');
    let date_is = [4, 2, 2].iter().all(|&digits| {
        segments.next().is_some_and(|segment| {
            segment.len() == digits && segment.bytes().all(|byte| byte.is_ascii_digit())
        })
    });
    let last = segments.next()?;
    let good = date_is && segments.next().is_none() && last.as_bytes().get(36) == Some(&b'-');
    if good { parse_uuid(&last[..36]) } else { None }
}

fn parse_uuid(text: &str) -> Option<FileId> {
    let id = text.replace('-', "").parse::<FileId>().ok()?;
    (id.uuid() == text).then_some(id)
}
