//! What the signed-in person is told.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use erynoa_kernel::Problem;
use erynoa_notifications::limits::ITEMS_MOST;
use erynoa_notifications::{Inbox, Item, Kind, MailMode, Setting};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::notification_service_server::NotificationService;
use futures_util::Stream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::Api;
use super::watching::{seat, signed_in, stopped, stopping};
use crate::app::{App, Caller, caller, invalid};
use crate::cursor::{Cursor, page_size, token_invalid};
use crate::doors::problems::status;
use crate::notifications::reader_of;

/// How often an inbox is looked at that another gateway may have changed, and a
/// watcher told that we are still here.
const LOOK: Duration = Duration::from_secs(15);

const fn encode_kind(kind: Kind) -> api::NotificationKind {
    match kind {
        Kind::Welcome => api::NotificationKind::Welcome,
        Kind::Attestation => api::NotificationKind::Attestation,
        Kind::DeviceAdded => api::NotificationKind::DeviceAdded,
        Kind::RecoveryStarted => api::NotificationKind::RecoveryStarted,
        Kind::ProposalOpened => api::NotificationKind::ProposalOpened,
        Kind::ProposalClosed => api::NotificationKind::ProposalClosed,
        Kind::CertificateReady => api::NotificationKind::CertificateReady,
        Kind::ExportReady => api::NotificationKind::ExportReady,
    }
}

const fn encode_mode(mode: MailMode) -> api::NotificationMail {
    match mode {
        MailMode::AtOnce => api::NotificationMail::AtOnce,
        MailMode::Digest => api::NotificationMail::Digest,
        MailMode::Never => api::NotificationMail::Never,
    }
}

fn decode(setting: &api::NotificationSetting) -> Result<(Kind, Setting), Problem> {
    let kind = Kind::ALL.into_iter().find(|kind| encode_kind(*kind) as i32 == setting.kind);
    let kind =
        kind.ok_or_else(|| invalid("settings.kind", "is none of those of the API".to_owned()))?;
    let mail = [MailMode::AtOnce, MailMode::Digest, MailMode::Never]
        .into_iter()
        .find(|mode| encode_mode(*mode) as i32 == setting.mail)
        .ok_or_else(|| invalid("settings.mail", "must be at_once, digest or never".to_owned()))?;
    Ok((kind, Setting { shown: setting.shown, mail }))
}

fn encode(item: Item) -> api::Notification {
    api::Notification {
        id: item.id,
        kind: encode_kind(item.kind).into(),
        at_us: item.at_us,
        words: item.words.into_iter().collect(),
        link: item.link,
        read: item.read,
    }
}

fn encode_settings(inbox: &Inbox) -> Vec<api::NotificationSetting> {
    let setting = |kind: Kind| {
        let Setting { shown, mail } = inbox.settings.of(kind);
        api::NotificationSetting {
            kind: encode_kind(kind).into(),
            shown,
            mail: encode_mode(mail).into(),
            essential: kind.is_essential(),
            choices: kind.modes().iter().map(|mode| encode_mode(*mode).into()).collect(),
        }
    };
    Kind::ALL.into_iter().map(setting).collect()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

async fn list(
    app: &App,
    caller: &Caller,
    request: &api::ListNotificationsRequest,
) -> Result<api::ListNotificationsResponse, Problem> {
    let size = page_size(request.page_size)?;
    let account = caller.principal.account;
    let cursor =
        Cursor::of(&[b"notifications", account.as_bytes(), &[u8::from(request.unread_only)]]);
    let after = cursor.decode_any(&request.page_token)?.map(|place| {
        let (time, id) = place.split_first_chunk().ok_or_else(token_invalid)?;
        let id = std::str::from_utf8(id).map_err(|_| token_invalid())?.to_owned();
        Ok::<_, Problem>((u64::from_be_bytes(*time), id))
    });
    let after = after.transpose()?;
    let inbox = app.notices.inbox(&account).await?;
    // Where the last page ended, also when what stood there has gone.
    let begin = after.map_or(0, |(time, id)| {
        let same = inbox.shown().position(|item| item.id == id);
        same.map_or_else(|| inbox.shown().filter(|item| item.at_us >= time).count(), |at| at + 1)
    });
    let wanted = |item: &&Item| !request.unread_only || !item.read;
    let mut found: Vec<Item> =
        inbox.shown().skip(begin).filter(wanted).take(size + 1).cloned().collect();
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(|last| {
        cursor.encode_any(&[&last.at_us.to_be_bytes()[..], last.id.as_bytes()].concat())
    });
    Ok(api::ListNotificationsResponse {
        notifications: found.into_iter().map(encode).collect(),
        next_page_token: next.unwrap_or_default(),
        unread: number(inbox.unread()),
    })
}

async fn mark_read(
    app: &App,
    caller: &Caller,
    request: &api::MarkNotificationsReadRequest,
) -> Result<api::MarkNotificationsReadResponse, Problem> {
    if request.ids.len() > ITEMS_MOST {
        return Err(invalid("ids", "at most 200 at once".to_owned()));
    }
    if request.all != request.ids.is_empty() {
        return Err(invalid("ids", "name some, or ask for all".to_owned()));
    }
    let ids = (!request.all).then_some(request.ids.as_slice());
    let (marked, unread) = app.notices.mark_read(&caller.principal.account, ids).await?;
    Ok(api::MarkNotificationsReadResponse { marked: number(marked), unread: number(unread) })
}

async fn settings(
    app: &App,
    caller: &Caller,
) -> Result<api::GetNotificationSettingsResponse, Problem> {
    let account = app.account(&caller.principal.account).await?;
    let inbox = app.notices.inbox(&account.id).await?;
    let refusal = app.outbox.refusal(&account.email).await?;
    let (refusal, refused_at_us) = refusal.map(|one| (one.why, one.at_us)).unwrap_or_default();
    Ok(api::GetNotificationSettingsResponse {
        settings: encode_settings(&inbox),
        email: account.email,
        refusal,
        refused_at_us,
    })
}

async fn update(
    app: &App,
    caller: &Caller,
    request: &api::UpdateNotificationSettingsRequest,
) -> Result<api::UpdateNotificationSettingsResponse, Problem> {
    let chosen = request.settings.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
    let twice = |(at, (kind, _)): (usize, &(Kind, Setting))| {
        chosen[..at].iter().any(|(known, _)| known == kind)
    };
    if chosen.iter().enumerate().any(twice) {
        return Err(invalid("settings.kind", "each kind at most once".to_owned()));
    }
    let inbox = app.notices.choose(reader_of(&caller.principal.account), &chosen).await?;
    Ok(api::UpdateNotificationSettingsResponse { settings: encode_settings(&inbox) })
}

type Watched = Result<api::WatchNotificationsResponse, Status>;

/// Sends the number after each change until nobody listens, the session ends, or
/// the server stops.
async fn follow(app: &App, caller: &Caller, sender: &mpsc::Sender<Watched>) {
    let mut changes = app.notices.changes();
    let mut closing = app.ledger.closing();
    let mut last = None;
    let mut quiet = false;
    loop {
        changes.borrow_and_update();
        if let Err(ended) = signed_in(app, caller).await {
            // The watcher may be gone as well.
            let _ = sender.send(Err(status(ended))).await;
            return;
        }
        let now = match app.notices.inbox(&caller.principal.account).await {
            Ok(inbox) => api::WatchNotificationsResponse {
                unread: number(inbox.unread()),
                newest_at_us: inbox.shown().next().map_or(0, |item| item.at_us),
            },
            Err(problem) => {
                // The watcher may be gone as well.
                let _ = sender.send(Err(status(problem))).await;
                return;
            }
        };
        if quiet || last != Some(now) {
            if sender.send(Ok(now)).await.is_err() {
                return;
            }
            last = Some(now);
        }
        tokio::select! {
            () = sender.closed() => return,
            () = stopped(&mut closing) => {
                // The watcher may be gone as well.
                let _ = sender.send(Err(stopping())).await;
                return;
            }
            changed = tokio::time::timeout(LOOK, changes.changed()) => quiet = changed.is_err(),
        }
    }
}

#[tonic::async_trait]
impl NotificationService for Api {
    async fn list_notifications(
        &self,
        request: Request<api::ListNotificationsRequest>,
    ) -> Result<Response<api::ListNotificationsResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let listed = list(&self.app, &caller, request.get_ref()).await;
        listed.map(Response::new).map_err(status)
    }

    async fn count_unread_notifications(
        &self,
        request: Request<api::CountUnreadNotificationsRequest>,
    ) -> Result<Response<api::CountUnreadNotificationsResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let inbox = self.app.notices.inbox(&caller.principal.account).await.map_err(status)?;
        let unread = number(inbox.unread());
        Ok(Response::new(api::CountUnreadNotificationsResponse { unread }))
    }

    async fn mark_notifications_read(
        &self,
        request: Request<api::MarkNotificationsReadRequest>,
    ) -> Result<Response<api::MarkNotificationsReadResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let marked = mark_read(&self.app, &caller, request.get_ref()).await;
        marked.map(Response::new).map_err(status)
    }

    async fn get_notification_settings(
        &self,
        request: Request<api::GetNotificationSettingsRequest>,
    ) -> Result<Response<api::GetNotificationSettingsResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        settings(&self.app, &caller).await.map(Response::new).map_err(status)
    }

    async fn update_notification_settings(
        &self,
        request: Request<api::UpdateNotificationSettingsRequest>,
    ) -> Result<Response<api::UpdateNotificationSettingsResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let updated = update(&self.app, &caller, request.get_ref()).await;
        updated.map(Response::new).map_err(status)
    }

    type WatchNotificationsStream = Pin<Box<dyn Stream<Item = Watched> + Send>>;

    async fn watch_notifications(
        &self,
        request: Request<api::WatchNotificationsRequest>,
    ) -> Result<Response<Self::WatchNotificationsStream>, Status> {
        let caller = caller(&request).map_err(status)?;
        let seat = seat(&self.app, &request).map_err(status)?;
        let app = Arc::clone(&self.app);
        let (sender, receiver) = mpsc::channel(4);
        tokio::spawn(async move {
            let _counted = seat;
            follow(&app, &caller, &sender).await;
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }
}
