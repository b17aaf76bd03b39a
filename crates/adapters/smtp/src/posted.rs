//! Which messages a folder was given: one small file a message, named by its id.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use erynoa_kernel::StoreError;

use crate::outbox::{StoredName, unavailable};

/// How long a message is remembered: much longer than anybody posts it again.
const REMEMBERED: Duration = Duration::from_secs(90 * 86_400);

/// Remembers messages. Every file is there whole or not at all.
pub(crate) struct Posted {
    /// Each file says under which name the message was stored.
    given: PathBuf,
    /// Empty files: the server has taken the message.
    left: PathBuf,
}

fn failed(error: std::io::Error) -> StoreError {
    unavailable("posted", error)
}

fn write(folder: &Path, id: &str, text: &str) -> std::io::Result<()> {
    let unfinished = folder.join(format!("{id}~"));
    let mut file = File::create(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(id))?;
    File::open(folder)?.sync_all()
}

impl Posted {
    /// In folders of this one, which are made; what is too old is forgotten.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let posted = Self { given: folder.join("posted"), left: folder.join("left") };
        for folder in [&posted.given, &posted.left] {
            fs::create_dir_all(folder).map_err(failed)?;
            for entry in fs::read_dir(folder).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let modified = entry.metadata().and_then(|data| data.modified()).map_err(failed)?;
                if modified.elapsed().is_ok_and(|age| age > REMEMBERED) {
                    fs::remove_file(entry.path()).map_err(failed)?;
                }
            }
        }
        Ok(posted)
    }

    /// Under which name the message was stored.
    pub(crate) fn name_of(&self, id: &str) -> Result<Option<StoredName>, StoreError> {
        match fs::read_to_string(self.given.join(id)) {
            Ok(name) => Ok(StoredName::new(&name)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// The message is about to be stored under this name.
    pub(crate) fn give(&self, id: &str, name: &StoredName) -> Result<(), StoreError> {
        write(&self.given, id, name.as_str()).map_err(failed)
    }

    /// Whether the server has taken the message, or refused it for good.
    pub(crate) fn has_left(&self, id: &str) -> bool {
        self.left.join(id).exists()
    }

    /// The server has taken the message, or refused it for good.
    pub(crate) fn leave(&self, id: &str) -> Result<(), StoreError> {
        write(&self.left, id, "").map_err(failed)
    }
}
