//! `log verify`.

use std::path::Path;

use erynoa_kernel::PublicKey;
use serde_json::{Map, Value, json};

use crate::commands::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::replay::{Fault, Replay};
use crate::tiles::{Content, Folder, Tile, TileFault, tiles_of};
use crate::time_text::date_time;

/// Entry tiles that are verified at once.
const TILES: usize = 16;

/// Checks a copied log, and says what was checked.
pub(crate) fn verify(
    context: &Context,
    dir: &Path,
    origin: Option<&str>,
    log_key: Option<&str>,
) -> Result<(), CliError> {
    let key = log_key
        .map(|text| {
            let mut bytes = [0; 32];
            hex::decode_to_slice(text, &mut bytes)
                .map(|()| PublicKey::from_bytes(bytes))
                .map_err(|_| CliError::Usage("--log-key is 64 hexadecimal digits".to_owned()))
        })
        .transpose()?;
    let folder = Folder::new(dir);
    let note = folder.read("checkpoint").map_err(|_| {
        CliError::Local(format!(
            "{}: no checkpoint here; `erynoa log fetch --to {}` copies a log",
            dir.display(),
            dir.display()
        ))
    })?;
    let note = String::from_utf8_lossy(&note).into_owned();
    let size = claimed_size(&note).ok_or_else(|| {
        CliError::Negative("checkpoint: its second line is no number of entries".to_owned())
    })?;
    let replay = read_all(context.output, &folder, size, key)?;
    let checkpoint = replay
        .check_checkpoint(&note, origin)
        .map_err(|reason| CliError::Negative(format!("checkpoint: {reason}")))?;
    let tiles = check_hash_tiles(&folder, size, &replay)?;
    let (mut document, mut text) = summary(&replay);
    document["origin"] = json!(checkpoint.origin);
    document["root"] = json!(hex::encode(checkpoint.root));
    document["hash_tiles"] = json!(tiles);
    document["key_given"] = json!(key.is_some());
    text.push_str(&format!(
        "checkpoint    {}: {size} entries, root {}, signature good\n\
         tree          {tiles} hash tiles agree with the entries\n",
        checkpoint.origin,
        hex::encode(checkpoint.root),
    ));
    if key.is_none() {
        text.push_str(
            "note          the log key was taken from entry 0; to be sure whose log this is, \
             give the key you expect with --log-key\n",
        );
    }
    text.push_str("everything holds\n");
    context.output.result(&document, &text);
    Ok(())
}

/// Number of entries in a checkpoint whose signature is checked later.
fn claimed_size(note: &str) -> Option<u64> {
    note.lines().nth(1)?.parse().ok()
}

fn failed(fault: &Fault) -> CliError {
    CliError::Negative(fault.to_string())
}

fn tile_failed(fault: TileFault) -> CliError {
    CliError::Negative(match fault {
        TileFault::Missing { path, reason } => format!("{path}: {reason}"),
        TileFault::Entry { position, reason } => {
            format!("entry {position}: BUNDLE: {reason}")
        }
    })
}

fn read_all(
    output: Output,
    folder: &Folder,
    size: u64,
    key: Option<PublicKey>,
) -> Result<Replay, CliError> {
    let bar = output.bar(size, "verifying");
    let mut replay = Replay::new(key);
    let entry_tiles: Vec<Tile> =
        tiles_of(size).into_iter().filter(|tile| tile.content == Content::Entries).collect();
    for tiles in entry_tiles.chunks(TILES) {
        let mut entries = Vec::new();
        let mut damage = None;
        for &tile in tiles {
            match folder.entries(tile) {
                Ok(more) => entries.extend(more),
                Err(fault) => {
                    damage = Some(fault);
                    break;
                }
            }
        }
        // What lies before the damage may be bad itself, and is named first.
        let count = entries.len() as u64;
        replay.extend(entries).map_err(|fault| failed(&fault))?;
        if let Some(fault) = damage {
            return Err(tile_failed(fault));
        }
        bar.inc(count);
    }
    bar.finish_and_clear();
    Ok(replay)
}

/// Compares the copied hash tiles with the tree over the entries.
fn check_hash_tiles(folder: &Folder, size: u64, replay: &Replay) -> Result<u64, CliError> {
    let mut checked = 0;
    for tile in tiles_of(size) {
        let Content::Hashes(level) = tile.content else {
            continue;
        };
        let stored = folder.read(&tile.path()).map_err(tile_failed)?;
        let width = u16::try_from(tile.width).unwrap_or(u16::MAX);
        let computed = replay.log().and_then(|log| log.tree().tile(level, tile.index, width));
        if computed.as_deref() != Some(&stored[..]) {
            return Err(CliError::Negative(format!(
                "{}: TILE: its hashes are not those of the entries",
                tile.path()
            )));
        }
        checked += 1;
    }
    Ok(checked)
}

/// What was checked, in both forms.
pub(crate) fn summary(replay: &Replay) -> (Value, String) {
    let (epochs, closed_at_us, state_root) = replay.state();
    let kinds: Map<String, Value> =
        replay.kinds().iter().map(|(kind, count)| (kind.name().to_owned(), json!(count))).collect();
    let listed: Vec<String> =
        replay.kinds().iter().map(|(kind, count)| format!("{count} {}", kind.name())).collect();
    let key = replay.key().map(|key| key.to_string()).unwrap_or_default();
    let document = json!({
        "entries": replay.size(),
        "bytes": replay.bytes(),
        "kinds": kinds,
        "log_key": key,
        "epochs": epochs,
        "closed_at_us": closed_at_us,
        "state_root": hex::encode(state_root),
        "parameters_hash": hex::encode(erynoa_trust::TrustFold::parameters_hash()),
    });
    let text = format!(
        "log key       {key}\n\
         entries       {} ({} bytes): canonical, signed, in the order of the rules\n\
         kinds         {}\n\
         epochs        {}, last closed at {}: every state root folded again\n\
         state root    {}\n\
         parameters    {}\n",
        replay.size(),
        replay.bytes(),
        listed.join(", "),
        epochs,
        date_time(closed_at_us),
        hex::encode(state_root),
        hex::encode(erynoa_trust::TrustFold::parameters_hash()),
    );
    (document, text)
}
