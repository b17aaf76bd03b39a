//! The one-time link that makes its opener the operator.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use erynoa_kernel::{Entropy, Kind, Problem};

/// The link's secret, while nobody has used it. It lies in a file that only
/// the server's user can read, so that a restart prints the same link.
pub struct ClaimLink {
    path: PathBuf,
    token: Mutex<Option<String>>,
}

impl ClaimLink {
    /// The link of an installation. Once claimed there is none.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(
        data_dir: &Path,
        platform_url: &str,
        claimed: bool,
        entropy: &dyn Entropy,
    ) -> io::Result<(Self, Option<String>)> {
        let path = data_dir.join("claim-link");
        if claimed {
            let _ = fs::remove_file(&path);
            return Ok((Self { path, token: Mutex::new(None) }, None));
        }
        let kept = fs::read_to_string(&path)
            .ok()
            .and_then(|link| link.trim().rsplit_once('#').map(|(_, token)| token.to_owned()));
        let token = kept.unwrap_or_else(|| BASE64_URL_SAFE_NO_PAD.encode(entropy.bytes32()));
        let link = format!("{platform_url}/claim#{token}");
        write_private(&path, format!("{link}\n").as_bytes())?;
        Ok((Self { path, token: Mutex::new(Some(token)) }, Some(link)))
    }

    /// Whether `token` is the link's.
    ///
    /// # Errors
    /// `CLAIM_TOKEN_INVALID`; `ALREADY_CLAIMED` when there is no link any more.
    pub fn check(&self, token: &str) -> Result<(), Problem> {
        match self.lock().as_deref() {
            None => Err(Problem::new(
                Kind::AlreadyExists,
                "ALREADY_CLAIMED",
                "the installation has an operator already",
            )),
            // Hashes differ in time independently of how much of the secret matches.
            Some(known) if blake3::hash(known.as_bytes()) == blake3::hash(token.as_bytes()) => {
                Ok(())
            }
            Some(_) => Err(Problem::new(
                Kind::Forbidden,
                "CLAIM_TOKEN_INVALID",
                "this is not the link that the server printed at its first start",
            )
            .field("claim_token")),
        }
    }

    /// Ends the link for ever.
    pub fn end(&self) {
        *self.lock() = None;
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, "the used claim link could not be removed from the data folder");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Writes a file that only its owner can read.
///
/// # Errors
/// Of the file system.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Entropy for Fixed {
        fn bytes32(&self) -> [u8; 32] {
            [7; 32]
        }
    }

    #[test]
    fn the_link_survives_a_restart_and_works_once() {
        let folder = tempfile::tempdir().unwrap();
        let open =
            |claimed| ClaimLink::open(folder.path(), "http://x/platform", claimed, &Fixed).unwrap();
        let (_, first) = open(false);
        let (link, second) = open(false);
        assert_eq!(first, second);
        let text = second.unwrap();
        let token = text.rsplit_once('#').unwrap().1;
        assert_eq!(link.check("wrong").unwrap_err().code, "CLAIM_TOKEN_INVALID");
        link.check(token).unwrap();
        link.end();
        assert_eq!(link.check(token).unwrap_err().code, "ALREADY_CLAIMED");
        assert_eq!(open(true).1, None);
        assert!(!folder.path().join("claim-link").exists());
    }

    #[test]
    fn only_its_owner_can_read_the_link() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        ClaimLink::open(folder.path(), "http://x", false, &Fixed).unwrap();
        let mode = fs::metadata(folder.path().join("claim-link")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
