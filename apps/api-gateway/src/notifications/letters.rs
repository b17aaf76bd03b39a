//! Mail of what people are told.

use std::sync::Arc;
use std::time::Duration;

use erynoa_access::{Account, AccountId, AccountKey, AccountStatus};
use erynoa_kernel::{Kind as ProblemKind, Problem};
use erynoa_mail::{Language, Mail, Message, Said, write};
use erynoa_notifications::{Item, Kind, Letter, Reader, change, claim_letter};

use crate::app::App;
use crate::users::invite_user::envelope;

/// How often it is looked for letters whose time has come.
const LOOK: Duration = Duration::from_secs(5);
/// Readers whose letters are written in one go.
const READERS: usize = 100;

pub(crate) async fn mail_for_ever(app: Arc<App>) {
    let mut changes = app.notices.changes();
    loop {
        changes.borrow_and_update();
        if let Err(problem) = mail_what_is_due(&app).await {
            let cause = problem.internal.as_ref();
            tracing::warn!(%problem, ?cause, "mail of notifications waits");
        }
        // Changed or not: the time of a digest may have come.
        let _ = tokio::time::timeout(LOOK, changes.changed()).await;
    }
}

async fn mail_what_is_due(app: &App) -> Result<(), Problem> {
    let store = &*app.notices.store;
    for reader in store.due(app.clock.now_us(), READERS).await? {
        let id = AccountId::from_bytes(*reader.as_bytes());
        let Some(account) = app.accounts.find(&AccountKey::Id(id)).await? else {
            store.forget(reader).await?;
            continue;
        };
        while let Some(letter) = claim_letter(store, reader, app.clock.now_us()).await? {
            send(app, reader, &account, &letter).await?;
            change(store, reader, |inbox| {
                inbox.mailed(&letter.id);
                Some(())
            })
            .await?;
        }
    }
    Ok(())
}

/// Hands a letter over to the mail's queue, which knows it by its id.
async fn send(
    app: &App,
    reader: Reader,
    account: &Account,
    letter: &Letter,
) -> Result<(), Problem> {
    if account.email.is_empty() || account.status != AccountStatus::Active {
        return Ok(());
    }
    let sent = match message(app, reader, account, letter) {
        Ok(message) => app.mailer.post(&message).await.map(drop).map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match sent {
        // It comes again when the lease is over.
        Err(problem) if problem.kind == ProblemKind::Unavailable => Err(problem),
        Err(problem) => {
            // The outbox shows it, and the account page says so.
            tracing::warn!(%problem, account = %account.id, "a notification was not mailed");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Names the message: the same letter always has the same.
fn message_id(reader: Reader, letter: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"ERYNOA-LETTER-V1").update(reader.as_bytes()).update(letter.as_bytes());
    format!("notice.{}", &hasher.finalize().to_hex()[..32])
}

fn word<'a>(item: &'a Item, name: &str) -> &'a str {
    item.words.get(name).map_or("", String::as_str)
}

fn message(
    app: &App,
    reader: Reader,
    account: &Account,
    letter: &Letter,
) -> Result<Message, Problem> {
    let id = message_id(reader, &letter.id);
    let envelope = envelope(app, id, &account.name, &account.email)?;
    let Some(newest) = letter.items.first() else {
        return Err(Problem::internal("a letter without anything in it"));
    };
    let said: Vec<Said<'_>> = letter
        .items
        .iter()
        .map(|item| Said {
            author: word(item, "author"),
            dimension: word(item, "dimension"),
            is_positive: word(item, "polarity") == "positive",
            realm: word(item, "realm"),
        })
        .collect();
    let name = app.name_of(account);
    let (title, realm) = (word(newest, "title"), word(newest, "realm"));
    let mail = match letter.kind {
        Kind::Welcome => Mail::Welcome { name: &name },
        Kind::Attestation => Mail::Attestations { said: &said },
        Kind::DeviceAdded => {
            Mail::DeviceAdded { device: word(newest, "device"), at_us: newest.at_us }
        }
        Kind::RecoveryStarted => Mail::RecoveryStarted {
            at_us: newest.at_us,
            ends_at_us: word(newest, "ends_at_us").parse().unwrap_or(newest.at_us),
        },
        Kind::ProposalOpened => Mail::ProposalOpened { title, realm },
        Kind::ProposalClosed => {
            let passed = word(newest, "outcome") == "executed";
            Mail::ProposalClosed { title, realm, passed }
        }
        Kind::CertificateReady => Mail::CertificateReady,
        Kind::ExportReady => Mail::ExportReady,
    };
    // Of many attestations none is the one to open.
    let path = if letter.items.len() > 1 { "/notifications" } else { &newest.link };
    let link = format!("{}{path}", app.config.application.platform_url);
    let unsubscribe = app.unsubscribe_link(reader, letter.kind);
    let language = Language::from_tag(&account.language).unwrap_or_default();
    Ok(write(envelope, language, &mail, &link, Some(&unsubscribe))?)
}
