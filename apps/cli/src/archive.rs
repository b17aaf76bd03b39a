//! A backup: one file that does not depend on how the store lays out its data.
//!
//! `ERYNOA-BACKUP-1\n`, then records of tag u8 ‖ name length u16 ‖ name ‖ data
//! length u64 ‖ data (big-endian), an end record, and BLAKE3-256 of everything
//! before it.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

const MAGIC: &[u8] = b"ERYNOA-BACKUP-1\n";
const SUM: usize = 32;
/// A record longer than this is damage.
const MAX_DATA: u64 = 16 << 20;
/// Bytes of a file in one record; a longer file takes several.
const FILE_PART: u64 = 8 << 20;

/// What a record holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// A file of the data folder, by its name; the first bytes of a long one.
    File { name: String, content: Vec<u8> },
    /// The next bytes of the file before.
    More(Vec<u8>),
    /// The next entry of the log.
    Entry(Vec<u8>),
    /// The latest checkpoint.
    Checkpoint(String),
    /// An account, as the access crate writes it.
    Account(Vec<u8>),
    /// An account of backups that were made when accounts were identities with
    /// role bits; only read.
    OldAccount { identity: [u8; 32], roles: u8 },
    /// The next entry of the audit log, as the access crate writes it.
    Audit(Vec<u8>),
    /// A file or an upload, as the storage crate writes it.
    Stored(Vec<u8>),
    /// A link to a file, as the storage crate writes it.
    Link(Vec<u8>),
    /// What a share of the storage takes, as the storage crate writes it.
    Usage { share: String, usage: Vec<u8> },
    /// An object whose file is gone, and since when, µs.
    Leftover { object: String, since_us: u64 },
    /// What somebody was told, and how they want to be told, as the store writes
    /// it.
    Inbox(Vec<u8>),
    /// The greatest head of a log that this node has cosigned, as the sync crate
    /// writes it.
    Promise { origin: String, promise: Vec<u8> },
    /// Key of a witness, and the newest note of a log that it has cosigned.
    Cosigned { origin: String, note: Vec<u8> },
    /// A node that is refused, and its ban, as the sync crate writes it.
    Ban(Vec<u8>),
}

const FILE: u8 = b'F';
const MORE: u8 = b'M';
const ENTRY: u8 = b'E';
const CHECKPOINT: u8 = b'C';
const OLD_ACCOUNT: u8 = b'A';
const ACCOUNT: u8 = b'U';
const AUDIT: u8 = b'P';
const STORED: u8 = b'I';
const LINK: u8 = b'L';
const USAGE: u8 = b'S';
const LEFTOVER: u8 = b'O';
const INBOX: u8 = b'N';
const PROMISE: u8 = b'W';
const COSIGNED: u8 = b'G';
const BAN: u8 = b'B';
const END: u8 = b'Z';

/// Writes a backup.
pub(crate) struct Writer {
    file: BufWriter<File>,
    hasher: blake3::Hasher,
}

impl Writer {
    /// Creates the file, readable by its owner alone; it holds the log's key.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut writer =
            Self { file: BufWriter::new(options.open(path)?), hasher: blake3::Hasher::new() };
        writer.put(MAGIC)?;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.file.write_all(bytes)
    }

    fn record(&mut self, tag: u8, name: &str, data: &[u8]) -> io::Result<()> {
        let too_long = |_| io::Error::new(io::ErrorKind::InvalidInput, "a record is too long");
        let name_length = u16::try_from(name.len()).map_err(too_long)?;
        if data.len() as u64 > MAX_DATA {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a record is too long"));
        }
        self.put(&[tag])?;
        self.put(&name_length.to_be_bytes())?;
        self.put(name.as_bytes())?;
        self.put(&(data.len() as u64).to_be_bytes())?;
        self.put(data)
    }

    pub(crate) fn write(&mut self, record: &Record) -> io::Result<()> {
        match record {
            Record::File { name, content } => self.record(FILE, name, content),
            Record::More(content) => self.record(MORE, "", content),
            Record::Entry(entry) => self.record(ENTRY, "", entry),
            Record::Checkpoint(note) => self.record(CHECKPOINT, "", note.as_bytes()),
            Record::Account(account) => self.record(ACCOUNT, "", account),
            Record::OldAccount { identity, roles } => {
                let mut data = identity.to_vec();
                data.push(*roles);
                self.record(OLD_ACCOUNT, "", &data)
            }
            Record::Audit(entry) => self.record(AUDIT, "", entry),
            Record::Stored(entry) => self.record(STORED, "", entry),
            Record::Link(link) => self.record(LINK, "", link),
            Record::Usage { share, usage } => self.record(USAGE, share, usage),
            Record::Leftover { object, since_us } => {
                self.record(LEFTOVER, object, &since_us.to_be_bytes())
            }
            Record::Inbox(inbox) => self.record(INBOX, "", inbox),
            Record::Promise { origin, promise } => self.record(PROMISE, origin, promise),
            Record::Cosigned { origin, note } => self.record(COSIGNED, origin, note),
            Record::Ban(ban) => self.record(BAN, "", ban),
        }
    }

    /// Writes a file of any length.
    pub(crate) fn write_file(&mut self, name: &str, mut content: impl Read) -> io::Result<()> {
        let mut part = Vec::new();
        content.by_ref().take(FILE_PART).read_to_end(&mut part)?;
        self.record(FILE, name, &part)?;
        while part.len() as u64 == FILE_PART {
            part.clear();
            content.by_ref().take(FILE_PART).read_to_end(&mut part)?;
            self.record(MORE, "", &part)?;
        }
        Ok(())
    }

    /// Ends the file; it is on disk afterwards. Returns its checksum.
    pub(crate) fn finish(mut self) -> io::Result<[u8; SUM]> {
        self.record(END, "", &[])?;
        let sum = *self.hasher.finalize().as_bytes();
        self.file.write_all(&sum)?;
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(sum)
    }
}

/// Reads a backup; give what it reads no effect before [`Reader::next`] has
/// returned `None`, which it does only when the checksum holds.
pub(crate) struct Reader {
    file: BufReader<File>,
    hasher: blake3::Hasher,
    ended: bool,
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

impl Reader {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut reader = Self {
            file: BufReader::new(File::open(path)?),
            hasher: blake3::Hasher::new(),
            ended: false,
        };
        let mut magic = [0; MAGIC.len()];
        reader.take(&mut magic)?;
        if magic == *MAGIC { Ok(reader) } else { Err(damaged("not a backup of this version")) }
    }

    fn take(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.file.read_exact(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => damaged("the backup ends too early"),
            _ => error,
        })?;
        self.hasher.update(bytes);
        Ok(())
    }

    fn take_vec(&mut self, length: u64) -> io::Result<Vec<u8>> {
        let length = usize::try_from(length).ok().filter(|_| length <= MAX_DATA);
        let mut bytes = vec![0; length.ok_or_else(|| damaged("a record has no sane length"))?];
        self.take(&mut bytes)?;
        Ok(bytes)
    }

    /// The next record; `None` at a good end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Record>> {
        if self.ended {
            return Ok(None);
        }
        let (mut tag, mut name_length, mut length) = ([0], [0; 2], [0; 8]);
        self.take(&mut tag)?;
        self.take(&mut name_length)?;
        let name = self.take_vec(u16::from_be_bytes(name_length).into())?;
        self.take(&mut length)?;
        let data = self.take_vec(u64::from_be_bytes(length))?;
        let text = |bytes| String::from_utf8(bytes).map_err(|_| damaged("a text is not UTF-8"));
        match tag[0] {
            FILE => Ok(Some(Record::File { name: text(name)?, content: data })),
            MORE => Ok(Some(Record::More(data))),
            ENTRY => Ok(Some(Record::Entry(data))),
            CHECKPOINT => Ok(Some(Record::Checkpoint(text(data)?))),
            ACCOUNT => Ok(Some(Record::Account(data))),
            AUDIT => Ok(Some(Record::Audit(data))),
            STORED => Ok(Some(Record::Stored(data))),
            LINK => Ok(Some(Record::Link(data))),
            INBOX => Ok(Some(Record::Inbox(data))),
            PROMISE => Ok(Some(Record::Promise { origin: text(name)?, promise: data })),
            COSIGNED => Ok(Some(Record::Cosigned { origin: text(name)?, note: data })),
            BAN => Ok(Some(Record::Ban(data))),
            USAGE => Ok(Some(Record::Usage { share: text(name)?, usage: data })),
            LEFTOVER => {
                let since = data.try_into().map_err(|_| damaged("a time has 8 bytes"))?;
                let since_us = u64::from_be_bytes(since);
                Ok(Some(Record::Leftover { object: text(name)?, since_us }))
            }
            OLD_ACCOUNT => match data.split_last_chunk::<1>() {
                Some((identity, [roles])) => {
                    let identity =
                        identity.try_into().map_err(|_| damaged("an account has 33 bytes"))?;
                    Ok(Some(Record::OldAccount { identity, roles: *roles }))
                }
                None => Err(damaged("an account has 33 bytes")),
            },
            END => self.end().map(|()| None),
            _ => Err(damaged("an unknown kind of record")),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        let expected = *self.hasher.finalize().as_bytes();
        let mut sum = [0; SUM];
        self.file.read_exact(&mut sum).map_err(|_| damaged("the checksum is missing"))?;
        let behind = self.file.read(&mut [0])?;
        if sum == expected && behind == 0 {
            self.ended = true;
            Ok(())
        } else {
            Err(damaged("the checksum does not hold"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records() -> Vec<Record> {
        vec![
            Record::File { name: "log.key".to_owned(), content: vec![1; 32] },
            Record::More(vec![7; 40]),
            Record::OldAccount { identity: [2; 32], roles: 3 },
            Record::Account(vec![4; 200]),
            Record::Audit(vec![5; 300]),
            Record::Stored(vec![6; 90]),
            Record::Link(vec![8; 70]),
            Record::Usage { share: "everything".to_owned(), usage: vec![3; 40] },
            Record::Leftover { object: "bucket/key".to_owned(), since_us: 7 },
            Record::Inbox(b"{}".to_vec()),
            Record::Promise { origin: "log.example".to_owned(), promise: vec![4; 40] },
            Record::Cosigned { origin: "log.example".to_owned(), note: vec![5; 90] },
            Record::Ban(vec![6; 44]),
            Record::Entry(vec![]),
            Record::Entry(vec![9; 300]),
            Record::Checkpoint("note\n".to_owned()),
        ]
    }

    fn read(path: &Path) -> io::Result<Vec<Record>> {
        let mut reader = Reader::open(path)?;
        let mut records = Vec::new();
        while let Some(record) = reader.next()? {
            records.push(record);
        }
        Ok(records)
    }

    #[test]
    fn a_backup_reads_back_and_any_flipped_or_missing_byte_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup");
        let mut writer = Writer::create(&path).unwrap();
        for record in records() {
            writer.write(&record).unwrap();
        }
        writer.finish().unwrap();
        assert_eq!(read(&path).unwrap(), records());
        assert!(Writer::create(&path).is_err(), "an existing file is not replaced");
        let good = std::fs::read(&path).unwrap();
        let bad = folder.path().join("bad");
        for at in 0..good.len() {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            std::fs::write(&bad, &bytes).unwrap();
            assert!(read(&bad).is_err(), "byte {at} flipped");
            std::fs::write(&bad, &good[..at]).unwrap();
            assert!(read(&bad).is_err(), "cut at {at}");
        }
        std::fs::write(&bad, [good.as_slice(), b"x"].concat()).unwrap();
        assert!(read(&bad).is_err(), "a byte behind the end");
    }

    #[test]
    fn a_file_of_any_length_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        for length in [0, 1, FILE_PART - 1, FILE_PART, FILE_PART + 1, 2 * FILE_PART] {
            let path = folder.path().join(length.to_string());
            let content: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let mut writer = Writer::create(&path).unwrap();
            writer.write_file("film", content.as_slice()).unwrap();
            writer.finish().unwrap();
            let mut whole = Vec::new();
            for record in read(&path).unwrap() {
                match record {
                    Record::File { name, content } if whole.is_empty() && name == "film" => {
                        whole = content;
                    }
                    Record::More(content) => whole.extend(content),
                    other => panic!("{length}: {other:?}"),
                }
            }
            assert!(whole == content, "{length}");
        }
    }
}
