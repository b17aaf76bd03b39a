//! What people are told: taken from the log and from what was made for them,
//! and mailed.

mod follow;
mod letters;
mod unsubscribe;

use std::collections::BTreeMap;
use std::sync::Arc;

use erynoa_access::{Account, AccountId};
use erynoa_kernel::{DAY_US, Problem};
use erynoa_notifications::{
    Inbox, Kind, MailMode, News, Notifications, Reader, Setting, Settings, UnsubscribeKey, change,
    read,
};
use tokio::sync::watch;

use crate::app::App;

pub(crate) use follow::follow_for_ever;
pub(crate) use letters::mail_for_ever;
pub(crate) use unsubscribe::router as unsubscribe_router;

/// Accounts older than this have been here before there were welcomes.
const WELCOME_US: u64 = 7 * DAY_US;

/// Inboxes, and who looks at them.
pub(crate) struct Notices {
    pub(crate) store: Arc<dyn Notifications>,
    pub(crate) unsubscribe: UnsubscribeKey,
    /// Told after each change of an inbox by this process.
    changed: watch::Sender<()>,
}

pub(crate) fn reader_of(account: &AccountId) -> Reader {
    Reader::from_bytes(*account.as_bytes())
}

pub(crate) fn words(
    words: impl IntoIterator<Item = (&'static str, String)>,
) -> BTreeMap<String, String> {
    words.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
}

impl Notices {
    pub(crate) fn new(store: Arc<dyn Notifications>, unsubscribe: UnsubscribeKey) -> Self {
        Self { store, unsubscribe, changed: watch::Sender::new(()) }
    }

    /// Turns true with each change by this process.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    fn has_changed(&self) {
        self.changed.send_replace(());
    }

    /// # Errors
    /// `SERVICE_UNAVAILABLE`.
    pub(crate) async fn inbox(&self, account: &AccountId) -> Result<Inbox, Problem> {
        Ok(read(&*self.store, reader_of(account)).await?)
    }

    /// Marks what was seen, `None` is everything; how many were new, and how
    /// many are left.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE`, `CONFLICT`.
    pub(crate) async fn mark_read(
        &self,
        account: &AccountId,
        ids: Option<&[String]>,
    ) -> Result<(usize, usize), Problem> {
        let marked = change(&*self.store, reader_of(account), |inbox| {
            let marked = inbox.mark_read(ids);
            (marked > 0).then(|| (marked, inbox.unread()))
        });
        if let Some(marked) = marked.await? {
            self.has_changed();
            return Ok(marked);
        }
        Ok((0, self.inbox(account).await?.unread()))
    }

    /// Changes how somebody is told, all of it or nothing.
    ///
    /// # Errors
    /// `NOTIFICATION_ESSENTIAL`, `NOTIFICATION_MODE`, `SERVICE_UNAVAILABLE`.
    pub(crate) async fn choose(
        &self,
        reader: Reader,
        chosen: &[(Kind, Setting)],
    ) -> Result<Inbox, Problem> {
        // Whether a choice can be does not depend on those before it.
        let mut settings = Settings::default();
        for (kind, setting) in chosen {
            settings.choose(*kind, *setting)?;
        }
        let done = change(&*self.store, reader, |inbox| {
            for (kind, setting) in chosen {
                inbox.settings.choose(*kind, *setting).ok()?;
            }
            inbox.drop_unwanted();
            Some(inbox.clone())
        });
        match done.await? {
            Some(inbox) => Ok(inbox),
            None => Ok(read(&*self.store, reader).await?),
        }
    }

    /// Mails no more of a kind to somebody.
    ///
    /// # Errors
    /// `NOTIFICATION_ESSENTIAL`, `SERVICE_UNAVAILABLE`.
    pub(crate) async fn stop_mail(&self, reader: Reader, kind: Kind) -> Result<(), Problem> {
        let shown = read(&*self.store, reader).await?.settings.of(kind).shown;
        self.choose(reader, &[(kind, Setting { shown, mail: MailMode::Never })]).await.map(drop)
    }
}

impl App {
    /// Shows somebody something under an id, the same id once. Tells the link
    /// that stops its mail; `None` when they want none.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE`, `CONFLICT`.
    pub(crate) async fn show(
        &self,
        account: &AccountId,
        id: String,
        kind: Kind,
        link: &str,
    ) -> Result<Option<String>, Problem> {
        let news = self.news(account, id, kind, link);
        let reader = news.reader;
        let store = &*self.notices.store;
        let shown = change(store, reader, |inbox| inbox.show(news.clone()).then_some(()));
        if shown.await?.is_some() {
            self.notices.has_changed();
        }
        let mail = read(store, reader).await?.settings.of(kind).mail;
        Ok((mail != MailMode::Never).then(|| self.unsubscribe_link(reader, kind)))
    }

    fn news(&self, account: &AccountId, id: String, kind: Kind, link: &str) -> News {
        let (reader, at_us) = (reader_of(account), self.clock.now_us());
        News { reader, id, kind, at_us, words: BTreeMap::new(), link: link.to_owned() }
    }

    fn unsubscribe_link(&self, reader: Reader, kind: Kind) -> String {
        let token = self.notices.unsubscribe.token(reader, kind);
        format!("{}/unsubscribe?token={token}", self.config.application.public_url)
    }

    /// Welcomes somebody who has an address for the first time. Whoever cannot
    /// be welcomed now is at the next sign-in.
    pub(crate) async fn welcome(&self, account: &Account) {
        let age_us = self.clock.now_us().saturating_sub(account.created_at_us);
        if account.email.is_empty() || age_us > WELCOME_US {
            return;
        }
        let news = self.news(&account.id, "welcome".to_owned(), Kind::Welcome, "/");
        let told = change(&*self.notices.store, news.reader, |inbox| {
            inbox.add(news.clone(), 0).then_some(())
        });
        match told.await {
            Ok(Some(())) => self.notices.has_changed(),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "somebody could not be welcomed"),
        }
    }
}
