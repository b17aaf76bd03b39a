//! A log as a folder of C2SP tlog-tiles.
//!
//! `checkpoint`, `tile/<level>/<index>` with 256 hashes each,
//! `tile/entries/<index>` with 256 entries each (u16 big-endian length ‖ bytes);
//! the last of a level may be partial: `<index>.p/<width>`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use bytes::Bytes;

/// Hashes or entries of a full tile.
pub(crate) const WIDTH: u64 = 256;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Hashes of subtrees of 256^level entries.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// One tile of a tree of some size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tile {
    pub(crate) content: Content,
    pub(crate) index: u64,
    /// 1 to 256; below 256 the tile is partial.
    pub(crate) width: u64,
}

impl Tile {
    /// Path below `/log/` or below the folder.
    pub(crate) fn path(self) -> String {
        let mut path = match self.content {
            Content::Hashes(level) => format!("tile/{level}/"),
            Content::Entries => "tile/entries/".to_owned(),
        };
        path.push_str(&index_path(self.index));
        if self.width < WIDTH {
            path.push_str(&format!(".p/{}", self.width));
        }
        path
    }
}

/// An index in groups of three digits, all but the last behind an `x`.
fn index_path(index: u64) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

/// All tiles of a tree of `size` entries: the entries, then the levels.
pub(crate) fn tiles_of(size: u64) -> Vec<Tile> {
    let mut tiles = level(Content::Entries, size);
    let mut hashes = size;
    for number in 0.. {
        if hashes == 0 {
            break;
        }
        tiles.extend(level(Content::Hashes(number), hashes));
        hashes /= WIDTH;
    }
    tiles
}

fn level(content: Content, count: u64) -> Vec<Tile> {
    let full = (0..count / WIDTH).map(|index| Tile { content, index, width: WIDTH });
    let partial = Tile { content, index: count / WIDTH, width: count % WIDTH };
    full.chain((partial.width > 0).then_some(partial)).collect()
}

/// Splits an entry bundle; on damage, how many entries were whole and why.
pub(crate) fn split_bundle(bundle: &Bytes, width: u64) -> Result<Vec<Bytes>, (u64, String)> {
    let mut entries = Vec::new();
    let mut rest = bundle.clone();
    for number in 0..width {
        let cut = |what: &str| (number, format!("the bundle ends within its {what}"));
        if rest.len() < 2 {
            return Err(cut("length"));
        }
        let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
        let _ = rest.split_to(2);
        if rest.len() < length {
            return Err(cut("bytes"));
        }
        entries.push(rest.split_to(length));
    }
    if rest.is_empty() {
        Ok(entries)
    } else {
        Err((width, format!("{} bytes stand behind the last entry", rest.len())))
    }
}

/// A folder of tiles.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

/// What is wrong in a folder of tiles.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TileFault {
    /// A file that should be there cannot be read.
    Missing { path: String, reason: String },
    /// An entry bundle is damaged from this log position on.
    Entry { position: u64, reason: String },
}

impl Folder {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.0.join(path).is_file()
    }

    pub(crate) fn read(&self, path: &str) -> Result<Bytes, TileFault> {
        fs::read(self.0.join(path)).map(Bytes::from).map_err(|error| TileFault::Missing {
            path: path.to_owned(),
            reason: error.to_string(),
        })
    }

    /// Writes a file so that it is either whole or absent.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> std::io::Result<()> {
        let target = self.0.join(path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        let unfinished = target.with_extension("unfinished");
        let mut file = fs::File::create(&unfinished)?;
        file.write_all(bytes)?;
        drop(file);
        fs::rename(unfinished, target)
    }

    /// The entries of one entry tile.
    pub(crate) fn entries(&self, tile: Tile) -> Result<Vec<Bytes>, TileFault> {
        let bundle = self.read(&tile.path())?;
        split_bundle(&bundle, tile.width).map_err(|(whole, reason)| TileFault::Entry {
            position: tile.index * WIDTH + whole,
            reason,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_paths_are_those_of_the_specification() {
        assert_eq!(index_path(0), "000");
        assert_eq!(index_path(67), "067");
        assert_eq!(index_path(1_234_067), "x001/x234/067");
        let tile = Tile { content: Content::Entries, index: 1000, width: 3 };
        assert_eq!(tile.path(), "tile/entries/x001/000.p/3");
        let tile = Tile { content: Content::Hashes(1), index: 2, width: 256 };
        assert_eq!(tile.path(), "tile/1/002");
    }

    #[test]
    fn a_tree_has_full_tiles_and_at_most_one_partial_tile_a_level() {
        assert!(tiles_of(0).is_empty());
        let paths: Vec<_> = tiles_of(70_000).into_iter().map(Tile::path).collect();
        assert_eq!(paths.iter().filter(|path| path.starts_with("tile/entries/")).count(), 274);
        assert!(paths.contains(&"tile/entries/273.p/112".to_owned()));
        assert!(paths.contains(&"tile/1/000".to_owned()));
        assert!(paths.contains(&"tile/1/001.p/17".to_owned()));
        assert!(paths.contains(&"tile/2/000.p/1".to_owned()));
        assert!(!paths.iter().any(|path| path.starts_with("tile/3/")));
    }

    #[test]
    fn a_damaged_bundle_is_named_by_its_first_bad_entry() {
        let bundle = Bytes::from_static(&[0, 1, 9, 0, 2, 8, 7]);
        assert_eq!(
            split_bundle(&bundle, 2).unwrap(),
            [Bytes::from_static(&[9]), Bytes::from_static(&[8, 7])]
        );
        assert_eq!(split_bundle(&bundle.slice(..6), 2).unwrap_err().0, 1);
        assert_eq!(split_bundle(&bundle.slice(..4), 2).unwrap_err().0, 1);
        assert_eq!(split_bundle(&bundle, 1).unwrap_err().0, 1);
    }
}
