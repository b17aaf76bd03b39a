//! `log fetch`.

use std::path::Path;

use erynoa_events::{Checkpoint, Tree, leaf_hash};
use erynoa_kernel::PublicKey;
use serde_json::json;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::commands::Context;
use crate::error::CliError;
use crate::tiles::{Content, Folder, Tile, TileFault, tiles_of};

/// Tiles that are fetched at once.
const PARALLEL: usize = 16;

/// Copies the log up to its newest checkpoint. The checkpoint is written last,
/// so that a folder with one is complete.
pub(crate) async fn fetch(context: &Context, to: &Path) -> Result<(), CliError> {
    let client = context.connect().await?;
    let info = client.log_info().await?;
    let key = PublicKey::try_from(info.public_key.as_slice())
        .map_err(|_| client.odd("the log's key has not 32 bytes"))?;
    let note = client.get("/log/checkpoint").await?.ok_or_else(|| {
        CliError::Negative(
            "the log has no checkpoint yet; it gets one within seconds of the \
            first event"
                .to_owned(),
        )
    })?;
    let note = String::from_utf8(note.to_vec()).map_err(|_| client.odd("a checkpoint is text"))?;
    let checkpoint = parse(&note, &info.origin, &key).map_err(CliError::Negative)?;
    let folder = Folder::new(to);
    let before = if folder.has("checkpoint") {
        let old = folder.read("checkpoint").map_err(|fault| local(to, &fault))?;
        let old = parse(&String::from_utf8_lossy(&old), &info.origin, &key);
        Some(old.map_err(|reason| {
            CliError::Local(format!("{}: a copy of another log: {reason}", to.display()))
        })?)
    } else {
        None
    };
    let wanted: Vec<_> =
        tiles_of(checkpoint.size).into_iter().filter(|tile| !folder.has(&tile.path())).collect();
    let fetched = wanted.len();
    download(context, &client, &folder, to, wanted).await?;
    check(to, &folder, &checkpoint, before.as_ref())?;
    folder.write("checkpoint", note.as_bytes()).map_err(|error| CliError::file(to, error))?;
    let document = json!({
        "folder": to.display().to_string(),
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": hex::encode(checkpoint.root),
        "log_key": key.to_string(),
        "fetched_tiles": fetched,
        "previous_size": before.as_ref().map(|old| old.size),
    });
    let text = format!(
        "{} entries of {} in {}\nroot {}\nlog key {key}\n{}check everything with: erynoa log verify {} --log-key {key}",
        checkpoint.size,
        checkpoint.origin,
        to.display(),
        hex::encode(checkpoint.root),
        before.map_or(String::new(), |old| format!(
            "consistent with the checkpoint of {} entries that was here before\n",
            old.size
        )),
        to.display(),
    );
    context.output.result(&document, &text);
    Ok(())
}

fn parse(note: &str, origin: &str, key: &PublicKey) -> Result<Checkpoint, String> {
    Checkpoint::parse_and_verify(note, origin, key).map_err(|error| error.to_string())
}

fn local(to: &Path, fault: &TileFault) -> CliError {
    let reason = match fault {
        TileFault::Missing { path, reason } => format!("{path}: {reason}"),
        TileFault::Entry { position, reason } => format!("entry {position}: {reason}"),
    };
    CliError::file(to, reason)
}

async fn download(
    context: &Context,
    client: &Client,
    folder: &Folder,
    to: &Path,
    wanted: Vec<Tile>,
) -> Result<(), CliError> {
    let bar = context.output.bar(wanted.len() as u64, "fetching");
    let mut running = JoinSet::new();
    let mut wanted = wanted.into_iter();
    loop {
        while running.len() < PARALLEL
            && let Some(tile) = wanted.next()
        {
            let client = client.clone();
            running.spawn(async move {
                let path = tile.path();
                let bytes = client.get(&format!("/log/{path}")).await?;
                let bytes = bytes.ok_or_else(|| client.odd(&format!("/log/{path} is missing")))?;
                Ok::<_, CliError>((path, bytes))
            });
        }
        let Some(finished) = running.join_next().await else {
            break;
        };
        let (path, bytes) = finished
            .map_err(|error| CliError::Local(format!("a download was cut off: {error}")))??;
        folder.write(&path, &bytes).map_err(|error| CliError::file(to, error))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Checks that the copied entries are those under the checkpoint, and that the
/// checkpoint continues the one before.
fn check(
    to: &Path,
    folder: &Folder,
    checkpoint: &Checkpoint,
    before: Option<&Checkpoint>,
) -> Result<(), CliError> {
    let mut tree = Tree::default();
    for tile in tiles_of(checkpoint.size) {
        if tile.content == Content::Entries {
            for entry in folder.entries(tile).map_err(|fault| local(to, &fault))? {
                tree.push(leaf_hash(&entry));
            }
        }
    }
    if tree.root_at(checkpoint.size) != Some(checkpoint.root) {
        return Err(CliError::Negative(format!(
            "the entries do not have the root that the checkpoint of {} entries signs; if the \
             folder was changed by hand, delete it and fetch again",
            checkpoint.size
        )));
    }
    match before {
        Some(old) if old.size > checkpoint.size => Err(CliError::Negative(format!(
            "the log has become shorter: {} entries, the checkpoint here signs {}",
            checkpoint.size, old.size
        ))),
        Some(old) if tree.root_at(old.size) != Some(old.root) => Err(CliError::Negative(format!(
            "the log was rewritten: its first {} entries are not those that the checkpoint here \
             signs. Keep both: together they prove it",
            old.size
        ))),
        _ => Ok(()),
    }
}
