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
    write_files(file, data_dir)?;
    let installation = wiring::open(data_dir).map_err(store_failed)?;
    write_records(&installation, file).await?;
    write_entries(context, &installation, file, &contents).await?;
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

/// Writes the files of a backup that was checked.
fn write_files(file: &Path, data_dir: &Path) -> Result<(), CliError> {
    let failed = |error| CliError::file(file, error);
    let mut reader = Reader::open(file).map_err(failed)?;
    let mut open: Option<(PathBuf, fs::File)> = None;
    let close = |open: Option<(PathBuf, fs::File)>| match open {
        Some((path, written)) => written.sync_all().map_err(|error| CliError::file(&path, error)),
        None => Ok(()),
    };
    while let Some(record) = reader.next().map_err(failed)? {
        let content = match record {
            Record::File { name, content } => {
                let path = data_dir.join(name);
                let created = create_private(&path)?;
                close(open.replace((path, created)))?;
                content
            }
            Record::More(content) => content,
            _ => continue,
        };
        if let Some((path, written)) = &mut open {
            written.write_all(&content).map_err(|error| CliError::file(path, error))?;
        }
    }
    close(open)
}

/// Writes what a backup that was checked has beside the log.
async fn write_records(installation: &Installation, file: &Path) -> Result<(), CliError> {
    let failed = |error| CliError::file(file, error);
    let mut reader = Reader::open(file).map_err(failed)?;
    let mut page: Vec<Kept> = Vec::new();
    loop {
        let record = reader.next().map_err(failed)?;
        let ended = record.is_none();
        let kept = record.as_ref().and_then(kept::kept);
        // A page is of one kind: what others refer to is stored before them.
        let turns = matches!((&kept, page.first()), (Some(next), Some(first)) if next.kind() != first.kind());
        if !page.is_empty() && (turns || ended || page.len() == RECORDS) {
            installation.records.insert(std::mem::take(&mut page)).await.map_err(store_failed)?;
        }
        page.extend(kept);
        if ended {
            return Ok(());
        }
    }
}

async fn write_entries(
    context: &Context,
    installation: &Installation,
    file: &Path,
    contents: &Contents,
) -> Result<(), CliError> {
    let failed = |error| CliError::file(file, error);
    let bar = context.output.bar(contents.replay.size(), "restoring");
    let mut reader = Reader::open(file).map_err(failed)?;
    let (mut position, mut page) = (0, Vec::new());
    loop {
        let record = reader.next().map_err(failed)?;
        let ended = record.is_none();
        if let Some(Record::Entry(entry)) = record {
            page.push(Bytes::from(entry));
        }
        if page.len() == PAGE || ended {
            let count = page.len() as u64;
            let note = contents.checkpoint.clone().filter(|_| ended);
            installation
                .log
                .append(position, std::mem::take(&mut page), note)
                .await
                .map_err(store_failed)?;
            position += count;
            bar.set_position(position);
        }
        if ended {
            bar.finish_and_clear();
            return Ok(());
        }
    }
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
