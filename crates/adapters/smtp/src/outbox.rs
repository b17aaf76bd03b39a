//! Mail in a folder.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use erynoa_kernel::{Clock, StoreError, StoreErrorKind};
use erynoa_mail::{
    MailError, MailOutbox, MailState, Mailer, Message, OutboxEntry, Postbox, Receipt, Refusal,
};
use mail_parser::{Addr, MessageParser};

use crate::compose::compose;

const ENDING: &str = ".eml";

/// Names one message in the folder: 20 digits of µs, and its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoredName(String);

impl StoredName {
    /// The name with exactly this text; `None` when none looks like it.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let (time, id) = text.split_once('-')?;
        let digits = time.len() == 20 && time.bytes().all(|byte| byte.is_ascii_digit());
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let named = (1..=64).contains(&id.len()) && id.bytes().all(plain);
        (digits && named).then(|| Self(text.to_owned()))
    }

    pub(crate) fn of(now_us: u64, message: &Message) -> Self {
        Self(format!("{now_us:020}-{}", message.id))
    }

    /// Id of the message.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, id)| id)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// When it was sent, µs since the Unix epoch.
    #[must_use]
    pub fn sent_at_us(&self) -> u64 {
        self.0.split('-').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }
}

/// A message of the outbox in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredHead {
    /// Its name.
    pub name: StoredName,
    /// Name and address of who reads.
    pub to: String,
    /// Subject.
    pub subject: String,
}

/// A message of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Name, receiver and subject.
    pub head: StoredHead,
    /// Name and address of who writes.
    pub from: String,
    /// Address.
    pub reply_to: Option<String>,
    /// `Message-ID` without brackets.
    pub message_id: String,
    /// Without brackets.
    pub list_unsubscribe: Option<String>,
    /// `Content-Language`.
    pub language: String,
    /// The text, lines ended by `\n`.
    pub text: String,
    /// The HTML, lines ended by `\n`.
    pub html: Option<String>,
    /// The file as it is.
    pub raw: Vec<u8>,
}

/// Writes each message into a file of a folder, a message of the same id once.
/// A file is there whole or not at all, also after a loss of power.
pub struct FileOutbox {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    /// Held by whoever looks for an id and writes it: processes may share the
    /// folder.
    posting: Arc<Posting>,
}

/// Lets one at a time look and write: of this process by the mutex, of several
/// by the lock on the file.
pub(crate) struct Posting {
    turn: Mutex<()>,
    file: File,
}

/// Where the file is, apart from the messages.
const POSTING: &str = "locks/posting";

impl Posting {
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(POSTING);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        let file = made.and_then(|()| File::create(path));
        let file = file.map_err(|error| unavailable(POSTING, error))?;
        Ok(Self { turn: Mutex::new(()), file })
    }

    pub(crate) fn alone<T>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.file.lock().map_err(|error| unavailable(POSTING, error))?;
        let done = work();
        self.file.unlock().map_err(|error| unavailable(POSTING, error))?;
        done
    }
}

pub(crate) fn unavailable(what: &str, error: std::io::Error) -> StoreError {
    let full = matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
    let kind = if full { StoreErrorKind::Full } else { StoreErrorKind::Unavailable };
    StoreError::from_driver(kind, format!("outbox: {what}"), error)
}

fn address(addr: Option<&Addr<'_>>) -> Option<String> {
    let addr = addr?;
    let email = addr.address()?;
    Some(match addr.name() {
        Some(name) if !name.is_empty() => format!("{name} <{email}>"),
        _ => email.to_owned(),
    })
}

pub(crate) fn parse(name: &StoredName, raw: &[u8]) -> Result<Stored, StoreError> {
    let damaged = || {
        StoreError::new(StoreErrorKind::Corrupt, format!("outbox: {} is no mail", name.as_str()))
    };
    let mail = MessageParser::default().parse(raw).ok_or_else(damaged)?;
    let raw_header = |name: &str| {
        mail.header_raw(name).map(|value| value.split_whitespace().collect::<Vec<_>>().concat())
    };
    let line_ends = |text: std::borrow::Cow<'_, str>| text.replace("\r\n", "\n");
    let html = mail
        .html_part(0)
        .filter(|part| part.is_text_html())
        .and_then(|part| part.text_contents())
        .map(|text| line_ends(text.into()));
    Ok(Stored {
        from: address(mail.from().and_then(|from| from.first())).ok_or_else(damaged)?,
        reply_to: mail
            .reply_to()
            .and_then(|to| to.first())
            .and_then(|to| to.address())
            .map(str::to_owned),
        message_id: mail.message_id().ok_or_else(damaged)?.to_owned(),
        list_unsubscribe: raw_header("List-Unsubscribe")
            .map(|value| value.trim_matches(['<', '>']).to_owned()),
        language: raw_header("Content-Language").unwrap_or_default(),
        text: mail.body_text(0).map(line_ends).ok_or_else(damaged)?,
        html,
        head: StoredHead {
            to: address(mail.to().and_then(|to| to.first())).ok_or_else(damaged)?,
            subject: mail.subject().unwrap_or_default().to_owned(),
            name: name.clone(),
        },
        raw: raw.to_vec(),
    })
}

/// Names of all messages in a folder, oldest first.
pub(crate) fn names(folder: &Path) -> Result<Vec<StoredName>, StoreError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unavailable("list", error))? {
        let file = entry.map_err(|error| unavailable("list", error))?.file_name();
        let name = file.to_str().and_then(|file| file.strip_suffix(ENDING));
        names.extend(name.and_then(StoredName::new));
    }
    names.sort_unstable();
    Ok(names)
}

/// The file of a message.
pub(crate) fn path_of(folder: &Path, name: &StoredName) -> PathBuf {
    folder.join(format!("{}{ENDING}", name.as_str()))
}

/// Writes a file, whole or not at all. It comes back open and locked, and was
/// locked when it got its name.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<File> {
    let unfinished = folder.join(format!("{name}.unfinished"));
    let mut file = File::create(&unfinished)?;
    file.lock()?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(name))?;
    File::open(folder)?.sync_all()?;
    Ok(file)
}

/// Writes a message into the first folder unless one of its id is in any;
/// `None` then. The file is locked.
pub(crate) fn post(
    folders: &[PathBuf],
    posting: &Posting,
    name: &StoredName,
    bytes: &[u8],
) -> Result<Option<File>, StoreError> {
    posting.alone(|| {
        for folder in folders {
            if names(folder)?.iter().any(|known| known.id() == name.id()) {
                return Ok(None);
            }
        }
        let file = format!("{}{ENDING}", name.as_str());
        let written = write(&folders[0], &file, bytes);
        written.map(Some).map_err(|error| unavailable(name.as_str(), error))
    })
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(StoreError::from_driver(StoreErrorKind::Unavailable, "outbox: stopped", error))
    })
}

impl FileOutbox {
    /// An outbox in a folder, which is created when it is missing.
    ///
    /// # Errors
    /// `Unavailable` when there can be none.
    pub fn open(folder: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let folder = folder.into();
        fs::create_dir_all(&folder)
            .map_err(|error| unavailable(&folder.display().to_string(), error))?;
        let posting = Arc::new(Posting::open(&folder)?);
        Ok(Self { folder, clock, posting })
    }

    /// Up to `limit` messages, newest first, older than `before`.
    ///
    /// # Errors
    /// `Unavailable`; `Corrupt` when a file is no mail.
    pub async fn list(
        &self,
        before: Option<StoredName>,
        limit: usize,
    ) -> Result<Vec<StoredHead>, StoreError> {
        let folder = self.folder.clone();
        blocking(move || {
            let mut names = names(&folder)?;
            names.retain(|name| before.as_ref().is_none_or(|before| name < before));
            names.reverse();
            names.truncate(limit);
            let mut heads = Vec::with_capacity(names.len());
            for name in names {
                let raw = fs::read(path_of(&folder, &name))
                    .map_err(|error| unavailable(name.as_str(), error))?;
                heads.push(parse(&name, &raw)?.head);
            }
            Ok(heads)
        })
        .await
    }

    /// One message; `None` when there is none of this name.
    ///
    /// # Errors
    /// `Unavailable`; `Corrupt` when the file is no mail.
    pub async fn find(&self, name: StoredName) -> Result<Option<Stored>, StoreError> {
        let path = path_of(&self.folder, &name);
        blocking(move || match fs::read(path) {
            Ok(raw) => parse(&name, &raw).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unavailable(name.as_str(), error)),
        })
        .await
    }
}

#[async_trait]
impl Mailer for FileOutbox {
    async fn send(&self, message: &Message) -> Result<Receipt, MailError> {
        let now_us = self.clock.now_us();
        let bytes = compose(message, now_us)?.formatted();
        let name = StoredName::of(now_us, message);
        let reply = name.as_str().to_owned();
        let (folders, posting) = ([self.folder.clone()], Arc::clone(&self.posting));
        blocking(move || post(&folders, &posting, &name, &bytes))
            .await
            .map_err(|error| MailError::Temporary(format!("{error}: {:?}", error.source)))?;
        Ok(Receipt::of(message, reply))
    }

    async fn check(&self) -> Result<(), MailError> {
        let folder = self.folder.clone();
        blocking(move || fs::read_dir(&folder).map_err(|error| unavailable("list", error)))
            .await
            .map(drop)
            .map_err(|error| MailError::Temporary(error.to_string()))
    }
}

#[async_trait]
impl Postbox for FileOutbox {
    async fn post(&self, message: &Message) -> Result<Receipt, MailError> {
        self.send(message).await
    }
}

#[async_trait]
impl MailOutbox for FileOutbox {
    async fn list(
        &self,
        state: Option<MailState>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        if state.is_some_and(|state| state != MailState::Kept) {
            return Ok(Vec::new());
        }
        let listed = FileOutbox::list(self, before.and_then(StoredName::new), limit).await?;
        let entry = |head: StoredHead| OutboxEntry {
            queued_at_us: head.name.sent_at_us(),
            changed_at_us: head.name.sent_at_us(),
            name: head.name.0,
            state: MailState::Kept,
            to: head.to,
            subject: head.subject,
            tries: 0,
            why: String::new(),
        };
        Ok(listed.into_iter().map(entry).collect())
    }

    async fn retry(&self, _: &str) -> Result<bool, StoreError> {
        // Nobody is there who could take it.
        Ok(false)
    }

    async fn refusal(&self, _: &str) -> Result<Option<Refusal>, StoreError> {
        Ok(None)
    }
}
