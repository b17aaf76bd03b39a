//! Mail in a folder.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use erynoa_kernel::{Clock, StoreError, StoreErrorKind};
use erynoa_mail::{MailError, Mailer, Message, Postbox, Receipt};
use mail_parser::{Addr, MessageParser};

use crate::compose::compose;
use crate::posted::Posted;

const ENDING: &str = ".eml";

/// Names one message in the folder: 20 digits of µs, 6 of a counter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoredName(String);

impl StoredName {
    /// The name with exactly this text; `None` when none looks like it.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let (time, number) = text.split_once('-')?;
        let digits =
            |text: &str, most| text.len() == most && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(time, 20) && digits(number, 6)).then(|| Self(text.to_owned()))
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

/// Writes each message into a file of a folder. A file is there whole or not at
/// all, also after a loss of power. One process owns the folder.
pub struct FileOutbox {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    counter: AtomicU64,
    posted: Arc<Posted>,
    /// Who posts takes turns: of several with one id the first is stored.
    posting: tokio::sync::Mutex<()>,
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

fn parse(name: &StoredName, raw: &[u8]) -> Result<Stored, StoreError> {
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
fn names(folder: &Path) -> Result<Vec<StoredName>, StoreError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unavailable("list", error))? {
        let file = entry.map_err(|error| unavailable("list", error))?.file_name();
        let name = file.to_str().and_then(|file| file.strip_suffix(ENDING));
        names.extend(name.and_then(StoredName::new));
    }
    names.sort_unstable();
    Ok(names)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = folder.join(format!("{name}.unfinished"));
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(format!("{name}{ENDING}")))?;
    File::open(folder)?.sync_all()
}

async fn blocking<T: Send + 'static>(
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
        let posted = Arc::new(Posted::open(&folder)?);
        Ok(Self {
            folder,
            clock,
            counter: AtomicU64::new(0),
            posted,
            posting: tokio::sync::Mutex::default(),
        })
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
                let raw = fs::read(folder.join(format!("{}{ENDING}", name.as_str())))
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
        let path = self.folder.join(format!("{}{ENDING}", name.as_str()));
        blocking(move || match fs::read(path) {
            Ok(raw) => parse(&name, &raw).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unavailable(name.as_str(), error)),
        })
        .await
    }
}

impl FileOutbox {
    /// Names of all messages, oldest first.
    pub(crate) async fn names(&self) -> Result<Vec<StoredName>, StoreError> {
        let folder = self.folder.clone();
        blocking(move || names(&folder)).await
    }

    /// Deletes a message; one that is gone already is no error.
    pub(crate) async fn delete(&self, name: &StoredName) -> Result<(), StoreError> {
        let path = self.folder.join(format!("{}{ENDING}", name.as_str()));
        blocking(move || match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unavailable("delete", error)),
            _ => Ok(()),
        })
        .await
    }

    /// What was posted here.
    pub(crate) fn posted(&self) -> &Posted {
        &self.posted
    }

    fn next_name(&self, now_us: u64) -> StoredName {
        // Messages of one microsecond keep the order in which they came.
        let number = self.counter.fetch_add(1, Ordering::Relaxed) % 1_000_000;
        StoredName(format!("{now_us:020}-{number:06}"))
    }
}

fn temporary(error: StoreError) -> MailError {
    MailError::Temporary(format!("{error}: {:?}", error.source))
}

#[async_trait]
impl Mailer for FileOutbox {
    async fn send(&self, message: &Message) -> Result<Receipt, MailError> {
        let now_us = self.clock.now_us();
        let bytes = compose(message, now_us)?.formatted();
        let StoredName(name) = self.next_name(now_us);
        let folder = self.folder.clone();
        let reply = name.clone();
        blocking(move || write(&folder, &name, &bytes).map_err(|error| unavailable(&name, error)))
            .await
            .map_err(temporary)?;
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
        let now_us = self.clock.now_us();
        let bytes = compose(message, now_us)?.formatted();
        let (folder, posted) = (self.folder.clone(), Arc::clone(&self.posted));
        let (id, fresh) = (message.id.clone(), self.next_name(now_us));
        let _turn = self.posting.lock().await;
        let stored = blocking(move || {
            let name = match posted.name_of(&id)? {
                Some(name) if posted.has_left(&id) => return Ok(name),
                Some(name) => name,
                None => {
                    // First under which name, so that a crash leaves no second.
                    posted.give(&id, &fresh)?;
                    fresh
                }
            };
            if !folder.join(format!("{}{ENDING}", name.as_str())).exists() {
                write(&folder, name.as_str(), &bytes)
                    .map_err(|error| unavailable(name.as_str(), error))?;
            }
            Ok(name)
        });
        Ok(Receipt::of(message, stored.await.map_err(temporary)?.as_str()))
    }
}
