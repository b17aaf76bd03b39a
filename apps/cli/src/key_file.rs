//! The key file: one identity's key on this machine.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use erynoa_events::{Body, SigningKey, VerifiedEvent, verify};
use erynoa_kernel::{Did, Secret};
use serde_json::{Value, json};

use crate::error::CliError;
use crate::recovery_code;

/// Version of the file's format.
const FORMAT: u64 = 1;

/// A key and its identity.
#[derive(Debug)]
pub(crate) struct KeyFile {
    pub(crate) did: Did,
    pub(crate) key: SigningKey,
    /// The signed `identity_created`, ready to be registered anywhere. Signed by
    /// the identity's first key, which a recovered identity has no more.
    pub(crate) created: VerifiedEvent,
}

/// Folder of the user's files: `$ERYNOA_HOME`, else `erynoa` in the user's
/// configuration folder.
fn home() -> Result<PathBuf, CliError> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(home) = variable("ERYNOA_HOME") {
        return Ok(home.into());
    }
    variable("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".config")))
        .map(|configuration| configuration.join("erynoa"))
        .ok_or_else(|| CliError::Local("no home folder: set ERYNOA_HOME or use --key".to_owned()))
}

/// The key file that `--key` names, or the default one.
pub(crate) fn path(named: Option<&Path>) -> Result<PathBuf, CliError> {
    named.map_or_else(|| Ok(home()?.join("key.json")), |path| Ok(path.to_owned()))
}

/// Writes a key file that only its owner can read. An existing file is never
/// replaced: it may be the only copy of a key.
pub(crate) fn write(
    path: &Path,
    did: &Did,
    seed: &Secret<[u8; 32]>,
    created: &VerifiedEvent,
) -> Result<(), CliError> {
    let document = json!({
        "format": FORMAT,
        "did": did.to_string(),
        "public_key": SigningKey::from_seed(*seed.expose()).public_key().to_string(),
        "secret_key": hex::encode(seed.expose()),
        "identity_created": STANDARD.encode(created.entry()),
    });
    write_private(path, format!("{document:#}\n").as_bytes())
}

/// Writes the code of a recovery key beside a key file.
pub(crate) fn write_recovery(
    key_file: &Path,
    did: &Did,
    seed: &Secret<[u8; 32]>,
) -> Result<PathBuf, CliError> {
    let mut name = key_file.to_owned().into_os_string();
    name.push(".recovery");
    let path = PathBuf::from(name);
    let text = format!(
        "Erynoa recovery code of {did}\n\
         Keep this file offline and away from the device. Whoever has it can replace all keys of \
         the identity.\n{}\n",
        recovery_code::print(seed)
    );
    write_private(&path, text.as_bytes())?;
    Ok(path)
}

/// Writes a new file with mode 0600, on disk when it returns. Folders that it
/// makes are their owner's alone.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), CliError> {
    let mut file = create_private(path)?;
    file.write_all(content)
        .and_then(|()| file.sync_all())
        .map_err(|error| CliError::file(path, error))
}

/// Creates a file, and the folders above it, that its owner alone can read.
pub(crate) fn create_private(path: &Path) -> Result<fs::File, CliError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(|error| CliError::file(folder, error))?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| CliError::file(path, error))
}

/// Reads a key file and checks that its parts belong together.
pub(crate) fn read(path: &Path) -> Result<KeyFile, CliError> {
    let text = fs::read_to_string(path).map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            CliError::Local(format!("{}: no key file; `erynoa keygen` makes one", path.display()))
        } else {
            CliError::file(path, error)
        }
    })?;
    parse(&text).map_err(|reason| CliError::file(path, reason))
}

fn parse(text: &str) -> Result<KeyFile, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if document["format"] != FORMAT {
        return Err(format!("not a key file of format {FORMAT}"));
    }
    let field = |name: &str| document[name].as_str().ok_or(format!("{name} is missing"));
    let did: Did = field("did")?.parse().map_err(|error| format!("did: {error}"))?;
    let mut seed = [0; 32];
    hex::decode_to_slice(field("secret_key")?, &mut seed)
        .map_err(|_| "secret_key is not 64 hexadecimal digits".to_owned())?;
    let key = SigningKey::from_seed(seed);
    let entry = STANDARD
        .decode(field("identity_created")?)
        .map_err(|_| "identity_created is not base64".to_owned())?;
    let created =
        verify(Bytes::from(entry)).map_err(|error| format!("identity_created: {error}"))?;
    let fits = created.event().author == did.identity
        && field("public_key")? == key.public_key().to_string()
        && matches!(created.event().body, Body::IdentityCreated(_));
    if !fits {
        return Err("did, secret_key and identity_created do not belong together".to_owned());
    }
    Ok(KeyFile { did, key, created })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity_event::{born, found};
    use erynoa_kernel::Namespace;

    fn sample(folder: &Path) -> (PathBuf, Did) {
        let seed = Secret::new([7; 32]);
        let (did, created) =
            found(&seed, born(Namespace::SelfHood, "Ada", "laptop"), 1_000_000).unwrap();
        let path = folder.join("deep/key.json");
        write(&path, &did, &seed, &created).unwrap();
        (path, did)
    }

    #[test]
    fn a_key_file_reads_back_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, did) = sample(folder.path());
        assert_eq!(read(&path).unwrap().did, did);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn an_existing_key_file_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = sample(folder.path());
        let before = fs::read(&path).unwrap();
        assert_eq!(write_private(&path, b"x").unwrap_err().exit_code(), 5);
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_key_that_came_later_names_the_same_identity() {
        let folder = tempfile::tempdir().unwrap();
        let (path, did) = sample(folder.path());
        let created = read(&path).unwrap().created;
        let later = folder.path().join("later.json");
        write(&later, &did, &Secret::new([9; 32]), &created).unwrap();
        let file = read(&later).unwrap();
        assert_eq!(
            (file.did, file.key.public_key()),
            (did, SigningKey::from_seed([9; 32]).public_key())
        );
    }

    #[test]
    fn parts_that_do_not_belong_together_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = sample(folder.path());
        let text = fs::read_to_string(&path).unwrap();
        let other = text.replace(&hex::encode([7; 32]), &hex::encode([8; 32]));
        assert!(parse(&other).unwrap_err().contains("belong together"));
    }
}
