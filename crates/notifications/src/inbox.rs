//! Everything of one reader.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::limits::{ID_MOST, ITEMS_MOST, LEASE_US, POSTED_MOST};
use crate::{Kind, MailMode, Reader, Settings};

/// That something is to be mailed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailDue {
    /// When, µs since the Unix epoch.
    pub at_us: u64,
    /// The letter in which it is, once there is one.
    pub letter: Option<String>,
}

/// One notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is known by in its inbox.
    pub id: String,
    /// What it is about.
    pub kind: Kind,
    /// When it came, µs since the Unix epoch.
    pub at_us: u64,
    /// What its words say, by name; what each kind has stands in the API.
    pub words: BTreeMap<String, String>,
    /// Where the reader goes on: a path in the platform, from `/`.
    pub link: String,
    /// Whether the reader has seen it.
    pub read: bool,
    /// Whether the apps show it.
    pub shown: bool,
    /// That it is to be mailed.
    pub mail: Option<MailDue>,
}

/// Something new for a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Whom it concerns.
    pub reader: Reader,
    /// What it is known by: 1 to 96 of A-Z a-z 0-9 . _ : -
    pub id: String,
    /// What it is about.
    pub kind: Kind,
    /// When it came, µs since the Unix epoch.
    pub at_us: u64,
    /// See [`Item::words`].
    pub words: BTreeMap<String, String>,
    /// See [`Item::link`].
    pub link: String,
}

/// What is to be mailed as one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The same until it has left: names the message.
    pub id: String,
    /// What it is about.
    pub kind: Kind,
    /// What it says, newest first; of one kind, never empty.
    pub items: Vec<Item>,
}

/// Everything of one reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    /// Whose it is.
    #[serde(with = "reader_hex")]
    pub reader: Reader,
    /// Counts writes; 0 before the first.
    pub revision: u64,
    /// How they want to be told.
    pub settings: Settings,
    /// Newest first, at most [`ITEMS_MOST`].
    items: Vec<Item>,
    /// Ids of what was posted, oldest first, at most [`POSTED_MOST`].
    posted: Vec<String>,
}

mod reader_hex {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::Reader;

    pub(super) fn serialize<S: Serializer>(
        reader: &Reader,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(reader.as_bytes()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Reader, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; 16];
        hex::decode_to_slice(&text, &mut bytes).map_err(D::Error::custom)?;
        Ok(Reader::from_bytes(bytes))
    }
}

impl Inbox {
    /// An inbox into which nothing was written.
    #[must_use]
    pub fn new(reader: Reader) -> Self {
        Self {
            reader,
            revision: 0,
            settings: Settings::default(),
            items: Vec::new(),
            posted: Vec::new(),
        }
    }

    /// As a store keeps it after a write.
    #[must_use]
    pub fn written(&self) -> Self {
        let mut written = self.clone();
        written.revision += 1;
        written
    }

    /// As stores keep it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("its maps have text as keys")
    }

    /// What [`Self::to_bytes`] has written; `None` when it is damaged.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The same, of which nothing is to be mailed.
    #[must_use]
    pub fn without_mail(&self) -> Self {
        let mut quiet = self.clone();
        for item in &mut quiet.items {
            item.mail = None;
        }
        quiet.items.retain(|item| item.shown);
        quiet
    }

    /// What the apps show, newest first.
    pub fn shown(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.shown)
    }

    /// How many of those the reader has not seen.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.shown().filter(|item| !item.read).count()
    }

    /// Takes in what is new; `false` when it was there before, or the reader
    /// wants to hear of it nowhere. What is collected in digests is due
    /// `digest_us` after it came, so of the first of them.
    ///
    /// # Panics
    /// When the id is none.
    pub fn add(&mut self, news: News, digest_us: u64) -> bool {
        let News { reader, id, kind, at_us, words, link } = news;
        assert_eq!(reader, self.reader, "news of somebody else");
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        assert!((1..=ID_MOST).contains(&id.len()) && id.bytes().all(plain), "{id:?} is no id");
        if self.posted.contains(&id) {
            return false;
        }
        if self.posted.len() == POSTED_MOST {
            self.posted.remove(0);
        }
        self.posted.push(id.clone());
        let setting = self.settings.of(kind);
        let mail = match setting.mail {
            MailMode::AtOnce => Some(at_us),
            MailMode::Digest => Some(at_us.saturating_add(digest_us)),
            MailMode::Never => None,
        };
        if !setting.shown && mail.is_none() {
            return false;
        }
        let mail = mail.map(|at_us| MailDue { at_us, letter: None });
        let item = Item { id, kind, at_us, words, link, read: false, shown: setting.shown, mail };
        // Clocks of gateways differ a little.
        let place = self.items.partition_point(|other| other.at_us > at_us);
        self.items.insert(place, item);
        self.make_room();
        true
    }

    /// Drops the oldest above the limit: what a flood must not wash away, last.
    fn make_room(&mut self) {
        while self.items.len() > ITEMS_MOST {
            let matters =
                |item: &Item| item.mail.is_some() || item.kind.is_essential() && !item.read;
            let oldest = self.items.iter().rposition(|item| !matters(item));
            let essential = |item: &Item| item.kind.is_essential();
            let oldest = oldest.or_else(|| self.items.iter().rposition(|item| !essential(item)));
            self.items.remove(oldest.unwrap_or(self.items.len() - 1));
        }
    }

    /// Takes in what is new and is mailed in another way.
    pub fn show(&mut self, news: News) -> bool {
        let id = news.id.clone();
        let added = self.add(news, 0);
        for item in self.items.iter_mut().filter(|item| item.id == id) {
            item.mail = None;
        }
        self.items.retain(|item| item.shown || item.mail.is_some());
        added
    }

    /// Notes what the reader has seen; `None` is everything. Tells how many
    /// were new.
    pub fn mark_read(&mut self, ids: Option<&[String]>) -> usize {
        let mut marked = 0;
        for item in self.items.iter_mut().filter(|item| item.shown && !item.read) {
            if ids.is_none_or(|ids| ids.contains(&item.id)) {
                item.read = true;
                marked += 1;
            }
        }
        marked
    }

    /// When the next letter is due.
    #[must_use]
    pub fn due_us(&self) -> Option<u64> {
        self.items.iter().filter_map(|item| item.mail.as_ref()).map(|mail| mail.at_us).min()
    }

    /// The letter that is due longest, on its way from now on; nobody else
    /// gets it within [`LEASE_US`]. Until [`Self::mailed`] says that it has
    /// left, it is the same one again.
    pub fn claim(&mut self, now_us: u64) -> Option<Letter> {
        let due = |item: &&Item| item.mail.as_ref().is_some_and(|mail| mail.at_us <= now_us);
        let first = self
            .items
            .iter()
            .rev()
            .filter(due)
            .min_by_key(|item| item.mail.as_ref().map(|mail| mail.at_us))?;
        let (kind, id) = (first.kind, first.id.clone());
        let known = first.mail.as_ref().and_then(|mail| mail.letter.clone());
        let digest = self.settings.of(kind).mail == MailMode::Digest;
        let letter = known.clone().unwrap_or_else(|| id.clone());
        let mut items = Vec::new();
        for item in &mut self.items {
            let Some(mail) = &mut item.mail else { continue };
            let same = match &known {
                Some(known) => mail.letter.as_ref() == Some(known),
                None => mail.letter.is_none() && item.kind == kind && (item.id == id || digest),
            };
            if same {
                *mail = MailDue {
                    at_us: now_us.saturating_add(LEASE_US),
                    letter: Some(letter.clone()),
                };
                items.push(item.clone());
            }
        }
        Some(Letter { id: letter, kind, items })
    }

    /// The letter has left, or will never: it is not mailed any more.
    pub fn mailed(&mut self, letter: &str) {
        for item in &mut self.items {
            if item.mail.as_ref().is_some_and(|mail| mail.letter.as_deref() == Some(letter)) {
                item.mail = None;
            }
        }
        self.items.retain(|item| item.shown || item.mail.is_some());
    }

    /// Drops what waits to be mailed of kinds that the reader no longer wants
    /// mailed.
    pub fn drop_unwanted(&mut self) {
        for item in &mut self.items {
            if self.settings.of(item.kind).mail == MailMode::Never {
                item.mail = None;
            }
        }
        self.items.retain(|item| item.shown || item.mail.is_some());
    }
}
