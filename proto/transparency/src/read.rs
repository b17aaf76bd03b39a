//! A reader of the server's log.

use metamorphic_log::note::{SignedNote, VerifierKey};
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{
    Checkpoint, Error, Hash, HashReader, Tile, TileHashReader, TileReader, check_record,
    check_tree, prove_record, prove_tree, record_hash, stored_hash_index, tree_hash,
};

use crate::{Outcome, web, why};

/// Levels of a C2SP tile.
const HEIGHT: u8 = 8;
/// Entries of a full bundle.
const WIDTH: u64 = 256;

/// Tiles over HTTP. C2SP leaves out the height, which is always 8.
struct Tiles<'a> {
    url: &'a str,
}

impl TileReader for Tiles<'_> {
    fn height(&self) -> u8 {
        HEIGHT
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let read = tiles.iter().map(|tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            web::get(&format!("{}/log/{path}", self.url)).map_err(Error::InvalidInput)
        });
        read.collect()
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// Reads the checkpoint and believes it only with all of these signatures.
fn checkpoint(url: &str, log: &str, witnesses: &[&str]) -> Outcome<Checkpoint> {
    let bytes = web::get(&format!("{url}/log/checkpoint"))?;
    // By the port of Go's implementation: the log's own signature.
    let verifier = StandardVerifier::new(log).map_err(why("the log's key"))?;
    let note = Note::from_bytes(&bytes).map_err(why("the checkpoint is no note"))?;
    note.verify(&VerifierList::new(vec![Box::new(verifier)]))
        .map_err(why("the log's signature"))?;
    // By the other one: the log and every witness.
    let keys = std::iter::once(log).chain(witnesses.iter().copied()).map(VerifierKey::parse);
    let keys: Vec<_> = keys.collect::<Result<_, _>>().map_err(why("a verifier key"))?;
    let text = str::from_utf8(&bytes).map_err(why("the checkpoint is no text"))?;
    let same = SignedNote::parse(text).map_err(why("the checkpoint is no note"))?;
    let signatures = same.verify(&keys).map_err(why("a signature"))?;
    for key in &keys {
        let signed = |id: u32, name: &str| id == key.key_id() && name == key.name();
        if !signatures.iter().any(|found| signed(found.key_id(), found.name())) {
            return Err(format!("{} has not signed:\n{text}", key.name()));
        }
    }
    if same.text().as_bytes() != note.text() {
        return Err("the two implementations read different texts".to_owned());
    }
    let head = Checkpoint::from_bytes(note.text()).map_err(why("the note is no checkpoint"))?;
    if Some(head.origin()) != log.split('+').next() {
        return Err(format!("the origin {} is not the name of the log's key", head.origin()));
    }
    Ok(head)
}

/// The entries of a bundle.
fn bundle(url: &str, index: u64, width: u64) -> Outcome<Vec<Vec<u8>>> {
    let width = u32::try_from(width).map_err(why("a width"))?;
    let path = Tile::new(HEIGHT, 0, index, width, true).path();
    let path = path.replacen("tile/8/data/", "tile/entries/", 1);
    let bytes = web::get(&format!("{url}/log/{path}"))?;
    let (mut rest, mut entries) = (&bytes[..], Vec::new());
    while let Some((length, more)) = rest.split_first_chunk::<2>() {
        let (entry, more) = more
            .split_at_checked(usize::from(u16::from_be_bytes(*length)))
            .ok_or("a bundle breaks off")?;
        entries.push(entry.to_vec());
        rest = more;
    }
    if !rest.is_empty() || entries.len() != width as usize {
        return Err(format!("{path} has {} entries", entries.len()));
    }
    Ok(entries)
}

/// Reads all of the log, believing nothing. `state` is the file with the head of
/// the reading before, which this one must continue.
pub fn read(url: &str, log: &str, state: &str, witnesses: &[&str]) -> Outcome<()> {
    let head = checkpoint(url, log, witnesses)?;
    let (size, root) = (head.size(), *head.hash());
    let tiles = Tiles { url };
    let reader = TileHashReader::new(size, root, &tiles);
    if tree_hash(size, &reader).map_err(why("the tiles"))? != root {
        return Err("the tiles do not have the root of the checkpoint".to_owned());
    }
    for first in (0..size).step_by(WIDTH as usize) {
        let width = WIDTH.min(size - first);
        let entries = bundle(url, first / WIDTH, width)?;
        let indexes: Vec<u64> = (first..first + width).map(|at| stored_hash_index(0, at)).collect();
        let leaves = reader.read_hashes(&indexes).map_err(why("the leaves"))?;
        for (at, (entry, leaf)) in entries.iter().zip(leaves).enumerate() {
            if record_hash(entry) != leaf {
                return Err(format!("entry {} is not the one of the tree", first + at as u64));
            }
        }
    }
    for at in [0, 1, 255, 256, size / 2, size - 1].into_iter().filter(|at| *at < size) {
        let proof = prove_record(size, at, &reader).map_err(why("an inclusion proof"))?;
        let leaf = reader.read_hashes(&[stored_hash_index(0, at)]).map_err(why("a leaf"))?[0];
        check_record(&proof, size, root, at, leaf).map_err(why("an inclusion proof"))?;
        if check_record(&proof, size, root, at, record_hash(b"another")).is_ok() {
            return Err("another entry is proven too".to_owned());
        }
    }
    if let Ok(before) = std::fs::read_to_string(state) {
        let (old, old_root) = before.trim().split_once(' ').ok_or("the file of the head")?;
        let old: u64 = old.parse().map_err(why("the file of the head"))?;
        let old_root = Hash::parse_hash(old_root).map_err(why("the file of the head"))?;
        let proof = prove_tree(size, old, &reader).map_err(why("a consistency proof"))?;
        check_tree(&proof, size, root, old, old_root).map_err(why("the log has changed"))?;
        println!("{size} entries continue the {old} of before");
    }
    std::fs::write(state, format!("{size} {root}\n")).map_err(why(state))?;
    println!("{size} entries, {} cosignatures: all of it holds", witnesses.len());
    Ok(())
}
