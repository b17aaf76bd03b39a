//! Mail that waits for its server, and what became of the rest.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use erynoa_kernel::{Clock, DAY_US, StoreError, StoreErrorKind};
use erynoa_mail::{
    MailError, MailOutbox, MailState, Mailer, Message, OutboxEntry, Postbox, Receipt, Refusal,
};
use lettre::address::Envelope;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::compose::compose;
use crate::outbox::{
    Posting, Stored, StoredName, blocking, names, parse, path_of, post, unavailable, write,
};
use crate::smtp::SmtpMailer;

/// How often it is looked for mail whose time has come.
const LOOK: Duration = Duration::from_secs(5);
/// Pause after the first try, µs; each further one is twice as long.
const PAUSE_US: u64 = 5_000_000;
/// Longest pause, µs: ten minutes. Mail servers wait half an hour (RFC 5321
/// §4.5.4.1), but ours is the next one and not one of thousands.
const PAUSE_MOST_US: u64 = 600_000_000;
/// After this it has failed: 5 days, as mail servers do it.
const GIVE_UP_US: u64 = 5 * DAY_US;
/// Messages in a row that the server does not take before the others wait: it
/// is away then, and not only shy of one address.
const MISSES_MOST: usize = 3;
/// Messages of each end that are remembered, so that none leaves twice.
const KEPT_MOST: usize = 5_000;
/// Addresses whose refusal is remembered.
const REFUSALS_MOST: usize = 5_000;
/// File of the addresses.
const REFUSALS: &str = "refusals.json";

/// What is known of a message beside itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Fate {
    tries: u32,
    why: String,
    changed_at_us: u64,
    next_us: u64,
    /// Since when it is tried, when somebody has put it back.
    #[serde(default)]
    since_us: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Refused {
    why: String,
    at_us: u64,
}

/// Hands messages to a mail server; what cannot leave now waits in a folder,
/// also through a restart, and leaves by itself when the server takes it. A
/// message is known by its id and leaves once, however often it is handed over;
/// a server that goes away in the middle of one may get it twice, under one
/// `Message-ID`. Processes may share the folder: whoever sends a file locks it.
pub struct MailQueue {
    server: SmtpMailer,
    folders: Folders,
    clock: Arc<dyn Clock>,
    nudge: Arc<Notify>,
}

/// The folder of what waits, and in it one for each end.
#[derive(Clone)]
struct Folders {
    waiting: PathBuf,
    sent: PathBuf,
    failed: PathBuf,
    posting: Arc<Posting>,
}

const STATES: [MailState; 3] = [MailState::Waiting, MailState::Sent, MailState::Failed];

impl Folders {
    fn open(waiting: PathBuf) -> Result<Self, StoreError> {
        let (sent, failed) = (waiting.join("sent"), waiting.join("failed"));
        for folder in [&waiting, &sent, &failed] {
            fs::create_dir_all(folder)
                .map_err(|error| unavailable(&folder.display().to_string(), error))?;
        }
        let posting = Arc::new(Posting::open(&waiting)?);
        Ok(Self { waiting, sent, failed, posting })
    }

    fn of(&self, state: MailState) -> &Path {
        match state {
            MailState::Sent => &self.sent,
            MailState::Failed => &self.failed,
            MailState::Waiting | MailState::Kept => &self.waiting,
        }
    }

    fn fate(&self, state: MailState, name: &StoredName) -> Fate {
        // One that a crash has left behind is as good as none.
        let read = fs::read(self.of(state).join(format!("{}.json", name.as_str())));
        read.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    fn set_fate(&self, state: MailState, name: &StoredName, fate: &Fate) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(fate).expect("numbers and text are JSON");
        write(self.of(state), &format!("{}.json", name.as_str()), &bytes)
            .map(drop)
            .map_err(|error| unavailable(name.as_str(), error))
    }

    /// Moves a message with its fate, which is there before it.
    fn pass(
        &self,
        name: &StoredName,
        from: MailState,
        to: MailState,
        fate: &Fate,
    ) -> Result<(), StoreError> {
        self.set_fate(to, name, fate)?;
        let (old, new) = (self.of(from), self.of(to));
        fs::rename(path_of(old, name), path_of(new, name))
            .and_then(|()| File::open(new)?.sync_all())
            .map_err(|error| unavailable(name.as_str(), error))?;
        remove(&old.join(format!("{}.json", name.as_str())))?;
        if to == MailState::Waiting {
            return Ok(());
        }
        let kept = names(new)?;
        for name in kept.iter().take(kept.len().saturating_sub(KEPT_MOST)) {
            remove(&path_of(new, name))?;
            remove(&new.join(format!("{}.json", name.as_str())))?;
        }
        Ok(())
    }

    /// Notes that an address refuses mail, or takes it again.
    fn mark(&self, email: &str, refused: Option<Refused>) -> Result<(), StoreError> {
        self.posting.alone(|| self.mark_alone(email, refused))
    }

    fn mark_alone(&self, email: &str, refused: Option<Refused>) -> Result<(), StoreError> {
        let mut all = self.refusals();
        let email = email.to_lowercase();
        if refused.is_none() && !all.contains_key(&email) {
            return Ok(());
        }
        match refused {
            Some(refused) => all.insert(email, refused),
            None => all.remove(&email),
        };
        while all.len() > REFUSALS_MOST {
            let oldest = all.iter().min_by_key(|(_, refused)| refused.at_us);
            let oldest = oldest.map(|(email, _)| email.clone()).unwrap_or_default();
            all.remove(&oldest);
        }
        let bytes = serde_json::to_vec(&all).expect("text and numbers are JSON");
        write(&self.waiting, REFUSALS, &bytes)
            .map(drop)
            .map_err(|error| unavailable(REFUSALS, error))
    }

    fn refusals(&self) -> BTreeMap<String, Refused> {
        let read = fs::read(self.waiting.join(REFUSALS));
        read.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    fn entry(
        &self,
        state: MailState,
        name: &StoredName,
    ) -> Result<Option<OutboxEntry>, StoreError> {
        let raw = match fs::read(path_of(self.of(state), name)) {
            Ok(raw) => raw,
            // It has moved on in the meantime.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unavailable(name.as_str(), error)),
        };
        let fate = self.fate(state, name);
        let queued_at_us = name.sent_at_us();
        let (to, subject) = match parse(name, &raw) {
            Ok(stored) => (stored.head.to, stored.head.subject),
            // It stays for the operator to see.
            Err(error) if error.kind == StoreErrorKind::Corrupt => (String::new(), String::new()),
            Err(error) => return Err(error),
        };
        Ok(Some(OutboxEntry {
            name: name.as_str().to_owned(),
            state,
            to,
            subject,
            queued_at_us,
            changed_at_us: fate.changed_at_us.max(queued_at_us),
            tries: fate.tries,
            why: fate.why,
        }))
    }
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(unavailable(&path.display().to_string(), error))
        }
        _ => Ok(()),
    }
}

/// A message that this process alone sends.
struct Mine {
    name: StoredName,
    stored: Stored,
    /// Locked until it is dropped.
    _file: File,
}

impl MailQueue {
    /// A queue in a folder, which is created when it is missing. Must be called
    /// within a tokio runtime.
    ///
    /// # Errors
    /// `Unavailable` when there can be no folder.
    pub fn open(
        server: SmtpMailer,
        folder: impl Into<PathBuf>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, StoreError> {
        let folders = Folders::open(folder.into())?;
        let queue = Arc::new(Self { server, folders, clock, nudge: Arc::default() });
        tokio::spawn(keep_sending(Arc::downgrade(&queue), Arc::clone(&queue.nudge)));
        Ok(queue)
    }

    /// How many messages wait.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn waiting(&self) -> Result<usize, StoreError> {
        self.run(|folders| Ok(names(&folders.waiting)?.len())).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folders) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let folders = self.folders.clone();
        blocking(move || work(&folders)).await
    }

    /// Sends what waits and whose time has come, oldest first.
    async fn send_waiting(&self) -> Result<(), StoreError> {
        let mut misses = 0;
        for name in self.run(|folders| names(&folders.waiting)).await? {
            let now_us = self.clock.now_us();
            let Some(mine) = self.run(move |folders| mine(folders, &name, now_us)).await? else {
                continue;
            };
            match self.try_to_send(mine).await? {
                Err(MailError::Temporary(_)) => misses += 1,
                _ => misses = 0,
            }
            if misses == MISSES_MOST {
                break;
            }
        }
        Ok(())
    }

    /// What became of a message of this id.
    async fn handed_over_before(
        &self,
        message: &Message,
    ) -> Result<Result<Receipt, MailError>, StoreError> {
        let id = message.id.clone();
        let refused = self.run(move |folders| {
            let names = names(&folders.failed)?;
            let name = names.iter().find(|name| name.id() == id);
            Ok(name.map(|name| folders.fate(MailState::Failed, name).why))
        });
        Ok(match refused.await? {
            Some(why) => Err(MailError::Refused(why)),
            None => Ok(Receipt::of(message, "was handed over before")),
        })
    }

    /// Tries a message once and writes down what has become of it.
    async fn try_to_send(&self, mine: Mine) -> Result<Result<String, MailError>, StoreError> {
        let email = email_of(&mine.stored.head.to).to_owned();
        let sent = match envelope(&mine.stored) {
            Some(envelope) => self.server.send_composed(envelope, mine.stored.raw.clone()).await,
            None => Err(MailError::Refused("the message names no address".to_owned())),
        };
        let (answer, now_us) = (sent.clone(), self.clock.now_us());
        self.run(move |folders| {
            let name = &mine.name;
            let id = &mine.stored.message_id;
            let before = folders.fate(MailState::Waiting, name);
            let (tries, since_us) = (before.tries + 1, before.since_us.max(name.sent_at_us()));
            let fate = |why: &str| Fate {
                tries,
                why: why.to_owned(),
                changed_at_us: now_us,
                next_us: 0,
                since_us,
            };
            match answer {
                Ok(reply) => {
                    let done = Fate { tries: tries - 1, ..fate(&reply) };
                    folders.pass(name, MailState::Waiting, MailState::Sent, &done)?;
                    folders.mark(&email, None)
                }
                Err(MailError::Refused(why)) => {
                    tracing::warn!(message = id, why, "mail is refused for good");
                    folders.pass(name, MailState::Waiting, MailState::Failed, &fate(&why))?;
                    folders.mark(&email, Some(Refused { why, at_us: now_us }))
                }
                Err(MailError::Temporary(why)) => {
                    if now_us.saturating_sub(since_us) >= GIVE_UP_US {
                        tracing::warn!(message = id, why, "mail is given up");
                        let why = format!("given up after 5 days: {why}");
                        return folders.pass(
                            name,
                            MailState::Waiting,
                            MailState::Failed,
                            &fate(&why),
                        );
                    }
                    tracing::warn!(message = id, why, tries, "mail waits for its server");
                    let doubled = PAUSE_US.saturating_mul(1 << (tries - 1).min(20));
                    let next_us = now_us.saturating_add(doubled.min(PAUSE_MOST_US));
                    let fate = Fate { next_us, ..fate(&why) };
                    folders.set_fate(MailState::Waiting, name, &fate)
                }
            }
        })
        .await?;
        Ok(sent)
    }
}

/// The message, when its time has come and nobody else is at it.
fn mine(folders: &Folders, name: &StoredName, now_us: u64) -> Result<Option<Mine>, StoreError> {
    if folders.fate(MailState::Waiting, name).next_us > now_us {
        return Ok(None);
    }
    let path = path_of(&folders.waiting, name);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unavailable(name.as_str(), error)),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(unavailable(name.as_str(), error)),
    }
    if path_of(&folders.sent, name).exists() || path_of(&folders.failed, name).exists() {
        // What somebody has put back; it has left already.
        remove(&path)?;
        return Ok(None);
    }
    let raw = match fs::read(&path) {
        Ok(raw) => raw,
        // Whoever had it locked has sent it.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unavailable(name.as_str(), error)),
    };
    match parse(name, &raw) {
        Ok(stored) => Ok(Some(Mine { name: name.clone(), stored, _file: file })),
        // The others shall not wait for a file that is no mail.
        Err(error) if error.kind == StoreErrorKind::Corrupt => Ok(None),
        Err(error) => Err(error),
    }
}

fn email_of(text: &str) -> &str {
    text.rsplit_once('<').map_or(text, |(_, address)| address).trim_end_matches('>')
}

/// Who sends and who receives, by the headers that we have written.
fn envelope(stored: &Stored) -> Option<Envelope> {
    let email = |text: &str| email_of(text).parse().ok();
    Envelope::new(Some(email(&stored.from)?), vec![email(&stored.head.to)?]).ok()
}

async fn keep_sending(queue: Weak<MailQueue>, nudge: Arc<Notify>) {
    while let Some(queue) = queue.upgrade() {
        if let Err(error) = queue.send_waiting().await {
            tracing::warn!(%error, "the mail that waits cannot be read");
        }
        drop(queue);
        // Nudged or not: its time may have come.
        let _ = tokio::time::timeout(LOOK, nudge.notified()).await;
    }
}

#[async_trait]
impl Mailer for MailQueue {
    async fn send(&self, message: &Message) -> Result<Receipt, MailError> {
        let unwritten =
            |error: StoreError| MailError::Temporary(format!("{error}: {:?}", error.source));
        let now_us = self.clock.now_us();
        let bytes = compose(message, now_us)?.formatted();
        let name = StoredName::of(now_us, message);
        // Written down first: whatever happens now, it leaves, and once.
        let posted = self.run(move |folders| {
            let all = STATES.map(|state| folders.of(state).to_owned());
            let Some(file) = post(&all, &folders.posting, &name, &bytes)? else { return Ok(None) };
            let stored = parse(&name, &bytes)?;
            Ok(Some(Mine { name, stored, _file: file }))
        });
        let Some(mine) = posted.await.map_err(unwritten)? else {
            return self.handed_over_before(message).await.map_err(unwritten)?;
        };
        match self.try_to_send(mine).await.map_err(unwritten)? {
            Ok(reply) => Ok(Receipt::of(message, reply)),
            Err(MailError::Temporary(why)) => Ok(Receipt::of(message, format!("waits: {why}"))),
            Err(refused) => Err(refused),
        }
    }

    async fn check(&self) -> Result<(), MailError> {
        self.server.check().await
    }
}

#[async_trait]
impl Postbox for MailQueue {
    async fn post(&self, message: &Message) -> Result<Receipt, MailError> {
        self.send(message).await
    }
}

#[async_trait]
impl MailOutbox for MailQueue {
    async fn list(
        &self,
        state: Option<MailState>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        let before = before.map(str::to_owned);
        self.run(move |folders| {
            let mut found = Vec::new();
            for known in
                STATES.into_iter().filter(|known| state.is_none_or(|state| state == *known))
            {
                let names = names(folders.of(known))?.into_iter();
                let earlier = |name: &StoredName| {
                    before.as_ref().is_none_or(|before| name.as_str() < before.as_str())
                };
                found.extend(names.filter(earlier).map(|name| (name, known)));
            }
            found.sort_by(|(one, _), (other, _)| other.cmp(one));
            let mut entries = Vec::with_capacity(limit.min(found.len()));
            for (name, state) in found {
                if entries.len() == limit {
                    break;
                }
                entries.extend(folders.entry(state, &name)?);
            }
            Ok(entries)
        })
        .await
    }

    async fn retry(&self, name: &str) -> Result<bool, StoreError> {
        let Some(name) = StoredName::new(name) else { return Ok(false) };
        let now_us = self.clock.now_us();
        let found = self
            .run(move |folders| {
                let fate = Fate { since_us: now_us, ..Fate::default() };
                if path_of(&folders.waiting, &name).exists() {
                    folders.set_fate(MailState::Waiting, &name, &fate)?;
                    return Ok(true);
                }
                if !path_of(&folders.failed, &name).exists() {
                    return Ok(false);
                }
                folders.pass(&name, MailState::Failed, MailState::Waiting, &fate)?;
                Ok(true)
            })
            .await?;
        self.nudge.notify_one();
        Ok(found)
    }

    async fn refusal(&self, email: &str) -> Result<Option<Refusal>, StoreError> {
        let email = email.to_lowercase();
        let found = self.run(move |folders| Ok(folders.refusals().remove(&email))).await?;
        Ok(found.map(|Refused { why, at_us }| Refusal { why, at_us }))
    }
}
