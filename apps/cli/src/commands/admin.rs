//! `admin rebuild|backup|restore|copy|claim`: work on a data folder whose server is
//! stopped.

use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;
use erynoa_access::{AuditChain, verify_audit_log};
use erynoa_events::EventLog;
use erynoa_kernel::{StoreError, StoreErrorKind};
use erynoa_moving::Record as Kept;
use serde_json::json;

use crate::archive::{Reader, Record, Writer};
use crate::arguments::AdminCommand;
use crate::commands::log_verify::summary;
use crate::commands::{Context, admin_copy};
use crate::error::CliError;
use crate::kept;
use crate::key_file::create_private;
use crate::replay::Replay;
use crate::wiring::{self, Installation};

/// Entries that are read, or appended, at once.
const PAGE: usize = 4096;
/// Records beside the log that are read, or written, at once.
const RECORDS: usize = 256;
/// The server's one-time link, while nobody has used it.
const CLAIM_LINK: &str = "claim-link";

pub(crate) async fn run(context: &Context, command: AdminCommand) -> Result<(), CliError> {
    match command {
        AdminCommand::Rebuild { data } => rebuild(context, &data.data_dir).await,
        AdminCommand::Backup { data, out } => backup(context, &data.data_dir, &out).await,
        AdminCommand::Restore { data, file } => restore(context, &file, &data.data_dir).await,
        AdminCommand::Copy(arguments) => admin_copy::run(context.output, &arguments),
        AdminCommand::Claim { data } => claim(context, &data.data_dir),
    }
}

/// What a store's failure means here: damage is a negative answer, all else a
/// problem of this machine.
#[expect(clippy::needless_pass_by_value, reason = "used as map_err(store_failed)")]
fn store_failed(error: StoreError) -> CliError {
    if error.kind == StoreErrorKind::Corrupt {
        CliError::Negative(error.to_string())
    } else {
        CliError::Local(error.to_string())
    }
}

fn open(data_dir: &Path) -> Result<Installation, CliError> {
    if !wiring::is_installation(data_dir) {
        return Err(CliError::Local(format!(
            "{}: no installation here (--data-dir names the server's data folder)",
            data_dir.display()
        )));
    }
    wiring::open(data_dir).map_err(store_failed)
}

/// Verifies and folds the whole log of a store.
async fn replay(context: &Context, log: &dyn EventLog) -> Result<Replay, CliError> {
    let size = log.size().await.map_err(store_failed)?;
    let bar = context.output.bar(size, "rebuilding");
    let mut replay = Replay::new(None);
    loop {
        let entries = log.read(replay.size(), PAGE).await.map_err(store_failed)?;
        if entries.is_empty() {
            break;
        }
        let count = entries.len() as u64;
        replay.extend(entries).map_err(|fault| CliError::Negative(fault.to_string()))?;
        bar.inc(count);
    }
    if let Some(note) = log.checkpoint().await.map_err(store_failed)? {
        check_note(&replay, &note)?;
    }
    bar.finish_and_clear();
    Ok(replay)
}

fn check_note(replay: &Replay, note: &str) -> Result<(), CliError> {
    replay
        .check_checkpoint(note, None)
        .map(|_| ())
        .map_err(|reason| CliError::Negative(format!("checkpoint: {reason}")))
}

async fn rebuild(context: &Context, data_dir: &Path) -> Result<(), CliError> {
    let installation = open(data_dir)?;
    let replay = replay(context, installation.log.as_ref()).await?;
    let (document, text) = summary(&replay);
    context.output.result(&document, &format!("{text}everything holds\n"));
    Ok(())
}

/// Files of the folder, such as keys, by their path in it. The store has its own
/// way into the backup, and a claim link is of no use elsewhere.
fn plain_files(data_dir: &Path) -> Result<Vec<String>, CliError> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let path = data_dir.join(&folder);
        let failed = |error| CliError::file(&path, error);
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = format!("{folder}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() && name != wiring::STORE {
                folders.push(format!("{name}/"));
            } else if kind.is_file() && name != CLAIM_LINK {
                files.push(name);
            }
        }
    }
    Ok(files)
}

/// Whether a file's name from a backup stays below the folder that it is
/// restored into.
fn stays_inside(name: &str) -> bool {
    !name.is_empty()
        && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

async fn backup(context: &Context, data_dir: &Path, out: &Path) -> Result<(), CliError> {
    // The store's lock is held to the end, so nothing changes meanwhile.
    let installation = open(data_dir)?;
    let failed = |error| CliError::file(out, error);
    let mut writer = Writer::create(out).map_err(failed)?;
    for name in plain_files(data_dir)? {
        let path = data_dir.join(&name);
        let content = fs::File::open(&path).map_err(|error| CliError::file(&path, error))?;
        writer.write_file(&name, content).map_err(failed)?;
    }
    back_up_records(&installation, &mut writer, out).await?;
    let log = installation.log.as_ref();
    let size = log.size().await.map_err(store_failed)?;
    let bar = context.output.bar(size, "backing up");
    let mut position = 0;
    while position < size {
        let entries = log.read(position, PAGE).await.map_err(store_failed)?;
        position += entries.len() as u64;
        for entry in entries {
            writer.write(&Record::Entry(entry.to_vec())).map_err(failed)?;
        }
        bar.set_position(position);
    }
    if let Some(note) = log.checkpoint().await.map_err(store_failed)? {
        writer.write(&Record::Checkpoint(note)).map_err(failed)?;
    }
    let sum = writer.finish().map_err(failed)?;
    bar.finish_and_clear();
    let document = json!({
        "file": out.display().to_string(),
        "entries": size,
        "blake3": hex::encode(sum),
    });
    let text = format!(
        "{size} entries in {}\nBLAKE3 {}\nThe file holds the log's secret key: keep it private.",
        out.display(),
        hex::encode(sum)
    );
    context.output.result(&document, &text);
    Ok(())
}

/// Everything beside the log but sessions.
async fn back_up_records(
    installation: &Installation,
    writer: &mut Writer,
    out: &Path,
) -> Result<(), CliError> {
    let failed = |error| CliError::file(out, error);
    let (_, fault) = verify_audit_log(installation.audit.as_ref()).await.map_err(store_failed)?;
    if let Some(fault) = fault {
        let text = format!("audit entry {}: {}", fault.sequence, fault.reason);
        return Err(CliError::Negative(text));
    }
    for kind in kept::KINDS {
        let mut after = None;
        loop {
            let page = installation.records.read(kind, after.as_ref(), RECORDS).await;
            let mut page = page.map_err(store_failed)?;
            for record in page.iter().filter_map(kept::archived) {
                writer.write(&record).map_err(failed)?;
            }
            match page.pop() {
                Some(last) => after = Some(last),
                None => break,
            }
        }
    }
    Ok(())
}

/// What a backup holds besides the entries, after everything was checked.
struct Contents {
    accounts: u64,
    files: u64,
    checkpoint: Option<String>,
    replay: Replay,
}

/// Reads a backup to its end, verifying and folding its log.
fn check_backup(context: &Context, file: &Path) -> Result<Contents, CliError> {
    let failed = |error| CliError::file(file, error);
    let spinner = context.output.spinner("checking the backup");
    let mut reader = Reader::open(file).map_err(failed)?;
    let mut contents =
        Contents { accounts: 0, files: 0, checkpoint: None, replay: Replay::new(None) };
    let mut page: Vec<Bytes> = Vec::new();
    let mut audited = AuditChain::default();
    let mut in_file = false;
    loop {
        let record = reader.next().map_err(failed)?;
        in_file &= matches!(record, Some(Record::More(_)));
        match record {
            Some(Record::Entry(entry)) => page.push(entry.into()),
            Some(Record::File { name, .. }) => {
                if !stays_inside(&name) {
                    let text = format!("{name:?} is no name of a file");
                    return Err(CliError::file(file, text));
                }
                in_file = true;
            }
            Some(Record::More(_)) if in_file => {}
            Some(Record::More(_)) => {
                return Err(CliError::file(file, "a part of a file stands alone"));
            }
            Some(Record::Checkpoint(note)) => contents.checkpoint = Some(note),
            Some(record) => match kept::kept(&record) {
                Some(Kept::Account(_)) => contents.accounts += 1,
                Some(Kept::File(_)) => contents.files += 1,
                Some(Kept::Audit(entry)) => audited.extend(&entry).map_err(|fault| {
                    let text = format!("audit entry {}: {}", fault.sequence, fault.reason);
                    CliError::file(file, text)
                })?,
                Some(_) => {}
                None => return Err(CliError::file(file, "a record is damaged")),
            },
            None => break,
        }
        if page.len() == PAGE {
            extend(&mut contents.replay, &mut page)?;
            spinner.set_message(format!("{} entries", contents.replay.size()));
        }
    }
    extend(&mut contents.replay, &mut page)?;
    if let Some(note) = &contents.checkpoint {
        check_note(&contents.replay, note)?;
    }
    spinner.finish_and_clear();
    Ok(contents)
}

fn extend(replay: &mut Replay, page: &mut Vec<Bytes>) -> Result<(), CliError> {
    replay
        .extend(std::mem::take(page))
        .map_err(|fault| CliError::Negative(format!("the backup's log: {fault}")))
}

async fn restore(context: &Context, file: &Path, data_dir: &Path) -> Result<(), CliError> {
    let empty = match fs::read_dir(data_dir) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(CliError::file(data_dir, error)),
    };
    if !empty {
        return Err(CliError::Local(format!(
            "{}: not empty; a restore never overwrites",
            data_dir.display()
        )));
    }
    let contents = check_backup(context, file)?;
    let failed = |error| CliError::file(data_dir, error);
    fs::create_dir_all(data_dir).map_err(failed)?;
    write_all(context, file, data_dir, &contents).await?;
    let (mut document, text) = summary(&contents.replay);
    document["accounts"] = json!(contents.accounts);
    document["files"] = json!(contents.files);
    let text = format!(
        "{text}{} accounts, {} files; everybody has to sign in again\nrestored into {}\n",
        contents.accounts,
        contents.files,
        data_dir.display()
    );
    context.output.result(&document, &text);
    Ok(())
}

/// A backup that was checked, on its way into a data folder.
struct Restoring<'a> {
    data_dir: &'a Path,
    installation: &'a Installation,
    /// The file that further bytes belong to.
    open: Option<(PathBuf, fs::File)>,
    /// Records of one kind: what others refer to is stored before them.
    records: Vec<Kept>,
    entries: Vec<Bytes>,
    /// Entries that are stored.
    position: u64,
}

impl Restoring<'_> {
    async fn take(&mut self, record: Record) -> Result<(), CliError> {
        match record {
            Record::File { name, content } => {
                self.close_file()?;
                let path = self.data_dir.join(name);
                let created = create_private(&path)?;
                self.open = Some((path, created));
                self.write(&content)
            }
            Record::More(content) => self.write(&content),
            Record::Entry(entry) => {
                self.entries.push(Bytes::from(entry));
                if self.entries.len() < PAGE { Ok(()) } else { self.store_entries(None).await }
            }
            Record::Checkpoint(_) => Ok(()),
            record => match kept::kept(&record) {
                Some(kept) => self.keep(kept).await,
                None => Ok(()),
            },
        }
    }

    fn write(&mut self, content: &[u8]) -> Result<(), CliError> {
        match &mut self.open {
            Some((path, file)) => {
                file.write_all(content).map_err(|error| CliError::file(path, error))
            }
            None => Ok(()),
        }
    }

    fn close_file(&mut self) -> Result<(), CliError> {
        match self.open.take() {
            Some((path, file)) => file.sync_all().map_err(|error| CliError::file(&path, error)),
            None => Ok(()),
        }
    }

    async fn keep(&mut self, kept: Kept) -> Result<(), CliError> {
        let is_full = self.records.len() == RECORDS;
        if is_full || self.records.first().is_some_and(|first| first.kind() != kept.kind()) {
            self.store_records().await?;
        }
        self.records.push(kept);
        Ok(())
    }

    async fn store_records(&mut self) -> Result<(), CliError> {
        let page = std::mem::take(&mut self.records);
        self.installation.records.insert(page).await.map_err(store_failed)
    }

    async fn store_entries(&mut self, checkpoint: Option<String>) -> Result<(), CliError> {
        let page = std::mem::take(&mut self.entries);
        let count = page.len() as u64;
        let log = &self.installation.log;
        log.append(self.position, page, checkpoint).await.map_err(store_failed)?;
        self.position += count;
        Ok(())
    }
}

/// Writes a backup that was checked into an empty data folder, in one reading.
async fn write_all(
    context: &Context,
    file: &Path,
    data_dir: &Path,
    contents: &Contents,
) -> Result<(), CliError> {
    let failed = |error| CliError::file(file, error);
    let installation = wiring::open(data_dir).map_err(store_failed)?;
    let mut restoring = Restoring {
        data_dir,
        installation: &installation,
        open: None,
        records: Vec::new(),
        entries: Vec::new(),
        position: 0,
    };
    let bar = context.output.bar(contents.replay.size(), "restoring");
    let mut reader = Reader::open(file).map_err(failed)?;
    while let Some(record) = reader.next().map_err(failed)? {
        restoring.take(record).await?;
        bar.set_position(restoring.position);
    }
    restoring.close_file()?;
    if !restoring.records.is_empty() {
        restoring.store_records().await?;
    }
    restoring.store_entries(contents.checkpoint.clone()).await?;
    bar.finish_and_clear();
    Ok(())
}

/// Prints the one-time link that the server keeps until it is used.
fn claim(context: &Context, data_dir: &Path) -> Result<(), CliError> {
    let path = data_dir.join(CLAIM_LINK);
    match fs::read_to_string(&path) {
        Ok(link) => {
            context.output.result(&json!({ "link": link.trim() }), link.trim());
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(CliError::Negative(format!(
                "{}: no link: the installation is claimed, or its server has never started",
                data_dir.display()
            )))
        }
        Err(error) => Err(CliError::file(&path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_cannot_write_outside_of_its_folder() {
        assert!(stays_inside("keys/log.key") && stays_inside("base.toml"));
        for name in ["", "../x", "/etc/passwd", "keys/../../x", "./x"] {
            assert!(!stays_inside(name), "{name}");
        }
    }
}
