//! A look at Fjall's journals before Fjall opens them.
//!
//! On opening, Fjall cuts a journal at the first place that it cannot read.
//! After a crash that is right: what lies there was never acknowledged. After
//! damage it destroys what lies behind, and a wrong checksum is reported
//! without saying where. This reader changes nothing, and says up to which log
//! entry the journals are whole and at which byte the first trouble begins.
//!
//! The format is that of Fjall 3 (`journal/entry.rs` there): a batch is
//! start ‖ items ‖ end with an XXH3 checksum over the items' bytes.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use erynoa_kernel::StoreError;
use xxhash_rust::xxh3::Xxh3;

use crate::error::file;
use crate::keys::POSITION_BYTES;

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
const TRAILER: [u8; 4] = [b'F', b'J', b'L', 3];
/// Longest value that we write: hash and entry. A longer one is damage.
const MAX_VALUE_BYTES: u32 = 32 + 65_535;

/// What the journals hold.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// The position behind the last log entry in a whole batch; `None` when the
    /// journals that are left hold no entry, those before having been dropped.
    pub(crate) next_position: Option<u64>,
    /// Where the first journal with trouble stops making sense.
    pub(crate) trouble: Option<Trouble>,
}

/// A place that is no whole batch.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// The journal.
    pub(crate) journal: PathBuf,
    /// Where its last whole batch ends.
    pub(crate) byte: u64,
}

/// Reads all journals in `folder`, oldest first, up to the first trouble. The
/// zeros behind the last batch are none.
pub(crate) fn scan(folder: &Path) -> Result<Scan, StoreError> {
    let failed = |error| file(&format!("read the journals in {}", folder.display()), error);
    let mut journals = Vec::new();
    for entry in folder.read_dir().map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse::<u64>().ok());
        if let (Some(number), Some("jnl")) = (number, path.extension().and_then(|e| e.to_str())) {
            journals.push((number, path));
        }
    }
    journals.sort_unstable();
    let first = journals.first().map(|(number, _)| *number);
    let mut scan = Scan { next_position: (first == Some(0)).then_some(0), trouble: None };
    for (_, journal) in journals {
        let mut reader = Reader {
            input: BufReader::with_capacity(1 << 16, File::open(&journal).map_err(failed)?),
            read: 0,
        };
        let mut byte = 0;
        let ended_well = loop {
            match reader.batch(&mut scan.next_position) {
                Ok(true) => byte = reader.read,
                Ok(false) => break true,
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData
                    ) =>
                {
                    break false;
                }
                Err(error) => return Err(failed(error)),
            }
        };
        if !ended_well {
            scan.trouble = Some(Trouble { journal, byte });
            break;
        }
    }
    Ok(scan)
}

struct Reader<R> {
    input: R,
    read: u64,
}

fn nonsense() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

impl<R: Read> Reader<R> {
    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        self.read += N as u64;
        Ok(bytes)
    }

    /// One batch; `false` at the end. `next_position` moves only when the
    /// batch is whole.
    fn batch(&mut self, next_position: &mut Option<u64>) -> io::Result<bool> {
        let mut tag = [0];
        if self.input.read(&mut tag)? == 0 || tag == [0] {
            return Ok(false);
        }
        self.read += 1;
        if tag != [START] {
            return Err(nonsense());
        }
        let items = u32::from_le_bytes(self.take()?);
        let _sequence_number: [u8; 8] = self.take()?;
        let mut sum = Xxh3::new();
        let mut next = *next_position;
        for _ in 0..items {
            match self.take()? {
                [ITEM] => {
                    sum.update(&[ITEM]);
                    let position = self.item(&mut sum)?;
                    next = position.map(|position| position.saturating_add(1)).or(next);
                }
                [CLEAR] => {
                    let keyspace: [u8; 8] = self.take()?;
                    sum.update(&[CLEAR]);
                    sum.update(&keyspace);
                }
                _ => return Err(nonsense()),
            }
        }
        let [tag] = self.take()?;
        let expected = u64::from_le_bytes(self.take()?);
        if tag != END || self.take()? != TRAILER || expected != sum.digest() {
            return Err(nonsense());
        }
        *next_position = next;
        Ok(true)
    }

    /// One item; its log position when it is an entry.
    fn item(&mut self, sum: &mut Xxh3) -> io::Result<Option<u64>> {
        // Value type, compression, keyspace, lengths of key, value, stored value.
        let head: [u8; 20] = self.take()?;
        sum.update(&head);
        let [_kind, compression, _, _, _, _, _, _, _, _, k0, k1, v0, v1, v2, v3, s0, s1, s2, s3] =
            head;
        let key_len = u16::from_le_bytes([k0, k1]);
        let value_len = u32::from_le_bytes([v0, v1, v2, v3]);
        if compression != 0
            || value_len != u32::from_le_bytes([s0, s1, s2, s3])
            || value_len > MAX_VALUE_BYTES
        {
            return Err(nonsense());
        }
        let mut bytes = vec![0; usize::from(key_len) + value_len as usize];
        self.input.read_exact(&mut bytes)?;
        self.read += bytes.len() as u64;
        sum.update(&bytes);
        Ok((usize::from(key_len) == POSITION_BYTES)
            .then(|| bytes.first_chunk().map(|position| u64::from_be_bytes(*position)))
            .flatten())
    }
}
