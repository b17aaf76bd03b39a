//! What this machine has seen of logs, so that a server cannot show one history
//! today and another tomorrow: a file for each log, beside the key file.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use erynoa_events::Checkpoint;
use erynoa_kernel::IdentityId;
use serde_json::{Value, json};

use crate::error::CliError;
use crate::key_file::write_private;
use crate::light::{LogKey, SeenHead};
use crate::light_json::{log_of, number, text, witnesses_document, witnesses_of};
use crate::light_witness::Witness;

/// Version of the file's format.
const FORMAT: u64 = 1;

/// Everything that is remembered of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SeenLog {
    pub(crate) log: LogKey,
    /// The log's own identity, which its keys are added to.
    pub(crate) identity: IdentityId,
    /// Signed note of the greatest checkpoint that was checked here.
    pub(crate) note: String,
    /// Signed note of the greatest one with a quorum; empty when there was none.
    pub(crate) witnessed: String,
    /// As first seen, or as a change was accepted; empty before any are known.
    pub(crate) witnesses: Vec<Witness>,
    /// Addresses of servers that have shown this log.
    pub(crate) servers: Vec<String>,
    /// Microseconds since the Unix epoch.
    pub(crate) first_seen_us: u64,
    pub(crate) last_seen_us: u64,
    /// Names of the files with two heads that contradict each other; empty, as
    /// long as there are none.
    pub(crate) fork: Vec<String>,
}

impl SeenLog {
    /// The remembered head as the check takes it.
    pub(crate) fn head(&self) -> SeenHead {
        SeenHead {
            log: self.log.clone(),
            note: self.note.clone(),
            witnessed: self.witnessed.clone(),
            is_forked: !self.fork.is_empty(),
        }
    }

    fn document(&self) -> Value {
        json!({
            "format": FORMAT,
            "origin": self.log.origin,
            "log_key": self.log.key.to_string(),
            "identity": self.identity.to_string(),
            "checkpoint": self.note,
            "witnessed": self.witnessed,
            "witnesses": witnesses_document(Some(&self.witnesses)),
            "servers": self.servers,
            "first_seen_us": self.first_seen_us,
            "last_seen_us": self.last_seen_us,
            "fork": self.fork,
        })
    }

    fn parse(content: &str) -> Result<Self, String> {
        let document: Value = serde_json::from_str(content).map_err(|error| error.to_string())?;
        if document["format"] != FORMAT {
            return Err(format!("not of format {FORMAT}"));
        }
        let texts = |name: &str| -> Result<Vec<String>, String> {
            let list = document[name].as_array().ok_or(format!("{name} are missing"))?;
            Ok(list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect())
        };
        let seen = Self {
            log: log_of(&document)?,
            identity: text(&document, "identity")?
                .parse()
                .map_err(|error| format!("identity: {error}"))?,
            note: text(&document, "checkpoint")?.to_owned(),
            witnessed: text(&document, "witnessed")?.to_owned(),
            witnesses: witnesses_of(&document["witnesses"])?.unwrap_or_default(),
            servers: texts("servers")?,
            first_seen_us: number(&document, "first_seen_us")?,
            last_seen_us: number(&document, "last_seen_us")?,
            fork: texts("fork")?,
        };
        Checkpoint::parse_and_verify(&seen.note, &seen.log.origin, &seen.log.key)
            .map_err(|error| format!("checkpoint: {error}"))?;
        Ok(seen)
    }
}

/// The folder in which logs are remembered.
#[derive(Clone, Debug)]
pub(crate) struct SeenLogs {
    folder: PathBuf,
}

impl SeenLogs {
    /// Those beside this key file.
    pub(crate) fn beside(key_file: &Path) -> Self {
        Self { folder: key_file.with_file_name("logs") }
    }

    /// File of the log with this name.
    pub(crate) fn path(&self, origin: &str) -> PathBuf {
        self.folder.join(format!("{}.json", stem(origin)))
    }

    /// What is remembered of the log with this name. A file that cannot be read
    /// is an error and not a first visit: whoever damages it must not gain by
    /// it.
    ///
    /// # Errors
    /// The file, with the reason.
    pub(crate) fn of_origin(&self, origin: &str) -> Result<Option<SeenLog>, CliError> {
        let seen = read(&self.path(origin))?;
        Ok(seen.filter(|seen| seen.log.origin == origin))
    }

    /// What is remembered of the log that this server has shown, the last one
    /// first.
    ///
    /// # Errors
    /// The file, with the reason.
    pub(crate) fn of_server(&self, server: &str) -> Result<Option<SeenLog>, CliError> {
        let listed = match fs::read_dir(&self.folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(CliError::file(&self.folder, error)),
        };
        let mut found: Option<SeenLog> = None;
        for entry in listed {
            let path = entry.map_err(|error| CliError::file(&self.folder, error))?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let seen = read(&path)?.filter(|seen| seen.servers.iter().any(|one| one == server));
            let before = found.as_ref().map_or(0, |found| found.last_seen_us);
            found = seen.filter(|seen| seen.last_seen_us >= before).or(found);
        }
        Ok(found)
    }

    /// Remembers, when what is there is still what `compared` says: another run
    /// may have remembered more in the meantime. On disk when it returns.
    ///
    /// # Errors
    /// The file, with the reason.
    pub(crate) fn remember(
        &self,
        seen: &SeenLog,
        compared: Option<&SeenLog>,
    ) -> Result<(), CliError> {
        let path = self.path(&seen.log.origin);
        let _turn = self.lock()?;
        if read(&path)?.as_ref() != compared {
            return Ok(());
        }
        let new = path.with_extension("new");
        // Left behind by a run that was killed.
        let _ = fs::remove_file(&new);
        write_private(&new, format!("{:#}\n", seen.document()).as_bytes())?;
        fs::rename(&new, &path).map_err(|error| CliError::file(&path, error))?;
        let folder = fs::File::open(&self.folder).and_then(|folder| folder.sync_all());
        folder.map_err(|error| CliError::file(&self.folder, error))
    }

    /// Keeps two notes that contradict each other, and says in which files.
    ///
    /// # Errors
    /// The file, with the reason.
    pub(crate) fn keep_fork(
        &self,
        origin: &str,
        before: &str,
        now: &str,
    ) -> Result<Vec<String>, CliError> {
        let mut names = Vec::new();
        let _turn = self.lock()?;
        for (note, when) in [(before, "before"), (now, "now")] {
            let hash = blake3::hash(note.as_bytes()).to_hex();
            let name = format!("{}.{when}-{}.checkpoint", stem(origin), &hash[..12]);
            let path = self.folder.join(name);
            // The same note is there from an earlier run.
            if !path.exists() {
                write_private(&path, note.as_bytes())?;
            }
            names.push(path.display().to_string());
        }
        Ok(names)
    }

    /// Held while something is written.
    fn lock(&self) -> Result<fs::File, CliError> {
        let path = self.folder.join("lock");
        if !path.exists() {
            // Another run may be faster: then it is there.
            let _ = write_private(&path, b"");
        }
        let file = fs::File::open(&path).map_err(|error| CliError::file(&path, error))?;
        file.lock().map_err(|error| CliError::file(&path, error))?;
        Ok(file)
    }
}

/// Beginning of a log's file names: its origin as far as that can name a file,
/// and what tells it from others.
fn stem(origin: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' };
    let name: String = origin.chars().take(60).map(plain).collect();
    format!("{}-{}", name.trim_start_matches('.'), &blake3::hash(origin.as_bytes()).to_hex()[..12])
}

fn read(path: &Path) -> Result<Option<SeenLog>, CliError> {
    let content = match fs::read_to_string(path) {
        Ok(content) => content,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(CliError::file(path, error)),
    };
    let unreadable = |reason| {
        let advice = "what was remembered of a log; delete it only when you know why it is damaged";
        CliError::file(path, format!("{reason} ({advice})"))
    };
    SeenLog::parse(&content).map(Some).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use erynoa_events::SigningKey;
    use erynoa_kernel::Namespace;

    fn seen(origin: &str, size: u64) -> SeenLog {
        let key = SigningKey::from_seed([2; 32]);
        let root = [u8::try_from(size).unwrap(); 32];
        SeenLog {
            log: LogKey { origin: origin.to_owned(), key: key.public_key() },
            identity: IdentityId::of(Namespace::Craft, &key.public_key()),
            note: Checkpoint { origin: origin.to_owned(), size, root }.sign(&key),
            witnessed: String::new(),
            witnesses: Vec::new(),
            servers: vec!["http://a".to_owned()],
            first_seen_us: 1,
            last_seen_us: size,
            fork: Vec::new(),
        }
    }

    fn logs(folder: &Path) -> SeenLogs {
        SeenLogs::beside(&folder.join("key.json"))
    }

    #[test]
    fn what_is_remembered_reads_back_by_name_and_by_server() {
        let folder = tempfile::tempdir().unwrap();
        let logs = logs(folder.path());
        assert_eq!(logs.of_server("http://a").unwrap(), None);
        assert_eq!(logs.of_origin("x/log").unwrap(), None);
        let (one, two) = (seen("x/log", 3), seen("x_log", 4));
        logs.remember(&one, None).unwrap();
        logs.remember(&two, None).unwrap();
        assert_eq!(logs.of_origin("x/log").unwrap(), Some(one));
        assert_eq!(logs.of_server("http://a").unwrap(), Some(two));
        assert_eq!(logs.of_server("http://b").unwrap(), None);
    }

    #[test]
    fn what_was_not_compared_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let logs = logs(folder.path());
        let (old, new, slow) = (seen("x", 3), seen("x", 5), seen("x", 4));
        logs.remember(&old, None).unwrap();
        logs.remember(&new, Some(&old)).unwrap();
        logs.remember(&slow, Some(&old)).unwrap();
        assert_eq!(logs.of_origin("x").unwrap(), Some(new));
    }

    #[test]
    fn a_damaged_memory_is_no_first_visit() {
        let folder = tempfile::tempdir().unwrap();
        let logs = logs(folder.path());
        logs.remember(&seen("x", 3), None).unwrap();
        let path = logs.path("x");
        let text = fs::read_to_string(&path).unwrap();
        for broken in ["", "{}", &text.replace("x\\n3\\n", "x\\n2\\n")] {
            fs::write(&path, broken).unwrap();
            assert_eq!(logs.of_origin("x").unwrap_err().exit_code(), 5, "{broken}");
            assert_eq!(logs.of_server("http://a").unwrap_err().exit_code(), 5);
        }
    }

    #[test]
    fn both_notes_of_a_fork_are_kept_and_kept_once() {
        let folder = tempfile::tempdir().unwrap();
        let logs = logs(folder.path());
        let files = logs.keep_fork("../x", "one\n", "two\n").unwrap();
        assert_eq!(files, logs.keep_fork("../x", "one\n", "two\n").unwrap());
        let kept: Vec<_> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        assert_eq!(kept, ["one\n", "two\n"]);
        assert!(files.iter().all(|file| Path::new(file).starts_with(folder.path().join("logs"))));
    }
}
