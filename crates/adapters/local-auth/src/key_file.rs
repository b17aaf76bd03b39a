//! Keys of the installation in files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use erynoa_events::SigningKey;
use erynoa_kernel::{Entropy, Secret};
use zeroize::Zeroizing;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file system refuses.
    #[error("key file {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others may read it.
    #[error("key file {path} can be read by others; chmod 600 it, or replace the key")]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// Not 64 hexadecimal digits and a line end.
    #[error("key file {path} does not hold 64 hexadecimal digits")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

/// Loads the Ed25519 key in the file, or makes one when there is no file; see
/// [`load_or_create_secret`].
///
/// # Errors
/// When the file is damaged, readable by others, or cannot be read or written.
pub fn load_or_create_key(path: &Path, entropy: &dyn Entropy) -> Result<SigningKey, KeyFileError> {
    load_or_create_secret(path, entropy).map(|seed| SigningKey::from_seed(*seed.expose()))
}

/// Loads the 32 secret bytes in the file, or makes them when there is no file.
/// The file holds them as 64 hexadecimal digits and a line end; it has mode
/// 0600, its folder 0700 when it is made here.
///
/// # Errors
/// When the file is damaged, readable by others, or cannot be read or written.
pub fn load_or_create_secret(
    path: &Path,
    entropy: &dyn Entropy,
) -> Result<Secret<[u8; 32]>, KeyFileError> {
    let failed = |source| KeyFileError::Io { path: path.to_owned(), source };
    match read(path) {
        Err(KeyFileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
        result => return result,
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    // Under another name first, so that a crash leaves no half key.
    let unfinished = path.with_extension("new");
    let seed = Zeroizing::new(entropy.bytes32());
    let text = Zeroizing::new(format!("{}\n", Zeroizing::new(hex::encode(*seed)).as_str()));
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    // A link, unlike a rename, never replaces a key that somebody else has
    // made in the meantime.
    match fs::hard_link(&unfinished, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
        _ => {}
    }
    fs::remove_file(&unfinished).map_err(failed)?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    read(path)
}

fn read(path: &Path) -> Result<Secret<[u8; 32]>, KeyFileError> {
    let failed = |source| KeyFileError::Io { path: path.to_owned(), source };
    if fs::metadata(path).map_err(failed)?.mode() & 0o077 != 0 {
        return Err(KeyFileError::Exposed { path: path.to_owned() });
    }
    let text = Zeroizing::new(fs::read(path).map_err(failed)?);
    let mut seed = Zeroizing::new([0; 32]);
    text.strip_suffix(b"\n")
        .and_then(|digits| hex::decode_to_slice(digits, seed.as_mut_slice()).ok())
        .ok_or_else(|| KeyFileError::Damaged { path: path.to_owned() })?;
    Ok(Secret::new(*seed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::atomic::{AtomicU8, Ordering};

    #[derive(Default)]
    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn bytes32(&self) -> [u8; 32] {
            [self.0.fetch_add(1, Ordering::Relaxed); 32]
        }
    }

    #[test]
    fn a_key_is_made_once_and_then_loaded() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("keys/token.key");
        let entropy = Counting::default();
        let made = load_or_create_key(&path, &entropy).expect("made");
        let loaded = load_or_create_key(&path, &entropy).expect("loaded");
        assert_eq!(made.public_key(), loaded.public_key());
        assert_eq!(made.public_key(), SigningKey::from_seed([0; 32]).public_key());
    }

    #[test]
    fn only_the_owner_can_read_a_new_key() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("keys/token.key");
        load_or_create_key(&path, &Counting::default()).expect("made");
        let mode = |path: &Path| fs::metadata(path).expect("exists").mode() & 0o777;
        assert_eq!((mode(&path), mode(&home.path().join("keys"))), (0o600, 0o700));
    }

    #[test]
    fn an_exposed_or_damaged_key_is_refused_and_never_replaced() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("token.key");
        load_or_create_key(&path, &Counting::default()).expect("made");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("chmod");
        let exposed = load_or_create_key(&path, &Counting::default());
        assert!(matches!(exposed, Err(KeyFileError::Exposed { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
        for bad in ["", "00\n", &"0".repeat(64), &format!("{}\n", "g".repeat(64))] {
            fs::write(&path, bad).expect("written");
            let damaged = load_or_create_key(&path, &Counting::default());
            assert!(matches!(damaged, Err(KeyFileError::Damaged { .. })));
            assert_eq!(fs::read(&path).expect("still there"), bad.as_bytes());
        }
    }
}
