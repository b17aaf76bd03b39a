//! Signed events.

use std::pin::Pin;
use std::time::Duration;

use erynoa_events::{EventFilter, EventKind, EventOrder};
use erynoa_kernel::{Kind, Problem};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::event_service_server::EventService;
use erynoa_proto::api::v1::submit_result::Outcome;
use erynoa_proto::api::v1::watch_response::Item;
use futures_util::Stream;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::Api;
use super::watching::{seat, stopped, stopping};
use crate::app::{App, event_id, identity_id, invalid, known};
use crate::cursor::{Cursor, page_size};
use crate::doors::problems::{status, violation};
use crate::encode;
use crate::ledger::{Accepted, Ledger};
use crate::mana::account_of;
use crate::submit_events::{required, submit_batch, submit_event};

/// Quiet time after which a watcher gets a heartbeat.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Positions that a watcher looks at in one go.
const WATCH_STEP: u64 = 1024;
/// Changed subjects that an epoch's notice names.
const MOST_CHANGED: usize = 1000;

fn receipt(accepted: &Accepted) -> api::SubmitReceipt {
    api::SubmitReceipt {
        id: accepted.id.to_string(),
        sequence: accepted.sequence,
        duplicate: accepted.duplicate,
    }
}

fn result(verdict: &Result<Accepted, Problem>) -> api::SubmitResult {
    let outcome = match verdict {
        Ok(accepted) => Outcome::Receipt(receipt(accepted)),
        Err(problem) => Outcome::Failure(api::SubmitFailure {
            code: problem.code.to_owned(),
            message: problem.message.to_string(),
            field: problem.field.to_string(),
            violations: problem.violations.iter().map(violation).collect(),
        }),
    };
    api::SubmitResult { outcome: Some(outcome) }
}

/// The filter in the words of the log.
fn filter(filter: Option<&api::EventFilter>) -> Result<EventFilter, Problem> {
    let Some(filter) = filter else {
        return Ok(EventFilter::default());
    };
    if filter.kinds.len() > EventKind::ALL.len() {
        return Err(invalid("filter.kinds", "names a kind more than once".to_owned()));
    }
    let identity = |text: &str, field| match text {
        "" => Ok(None),
        text => identity_id(text, field).map(Some),
    };
    let kinds = filter
        .kinds
        .iter()
        .map(|&number| {
            EventKind::ALL
                .into_iter()
                .find(|kind| i32::from(*kind as u8) == number)
                .ok_or_else(|| invalid("filter.kinds", format!("there is no event kind {number}")))
        })
        .collect::<Result<_, _>>()?;
    let realm = match filter.realm.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| {
            invalid("filter.realm", "a realm is 64 lower-case hexadecimal digits".to_owned())
        })?),
    };
    let time = |us: u64| (us > 0).then_some(us);
    Ok(EventFilter {
        author: identity(&filter.author, "filter.author")?,
        subject: identity(&filter.subject, "filter.subject")?,
        participant: identity(&filter.participant, "filter.participant")?,
        realm,
        kinds,
        from_us: time(filter.from_us),
        until_us: time(filter.until_us),
    })
}

/// A page of events.
pub(crate) async fn list(
    ledger: &Ledger,
    request: api::ListRequest,
) -> Result<api::ListResponse, Problem> {
    let size = page_size(request.page_size)?;
    let filter = filter(request.filter.as_ref())?;
    let order = match request.order() {
        api::EventOrder::OldestFirst => EventOrder::OldestFirst,
        _ => EventOrder::NewestFirst,
    };
    let query = format!("{filter:?} {order:?}");
    let cursor = Cursor::of(&[b"events", query.as_bytes()]);
    let after = cursor.decode(&request.page_token)?;
    let mut found = ledger.read().log.list(&filter, order, after, size + 1);
    let more = found.len() > size;
    found.truncate(size);
    let next_page_token = match found.last() {
        Some(&last) if more => cursor.encode(last),
        _ => String::new(),
    };
    Ok(api::ListResponse { events: encode::records(ledger, &found).await?, next_page_token })
}

/// One event.
pub(crate) async fn get(ledger: &Ledger, id: &str) -> Result<api::EventRecord, Problem> {
    let id = event_id(id, "id")?;
    let meta = ledger.read().log.find(&id);
    let meta = meta.ok_or_else(|| {
        Problem::new(Kind::NotFound, "NOT_FOUND", "the log has no such event").field("id")
    })?;
    let mut records = encode::records(ledger, &[meta.sequence]).await?;
    records.pop().ok_or_else(|| Problem::internal("the log gave no entry"))
}

#[tonic::async_trait]
impl EventService for Api {
    async fn submit(
        &self,
        request: Request<api::SubmitRequest>,
    ) -> Result<Response<api::SubmitResponse>, Status> {
        let request = request.into_inner();
        let event = required(request.event).map_err(status)?;
        let accepted = submit_event(&self.app, event, &request.invitation).await.map_err(status)?;
        Ok(Response::new(api::SubmitResponse { receipt: Some(receipt(&accepted)) }))
    }

    async fn submit_batch(
        &self,
        request: Request<api::SubmitBatchRequest>,
    ) -> Result<Response<api::SubmitBatchResponse>, Status> {
        let events = request.into_inner().events;
        let verdicts = submit_batch(&self.app, events).await.map_err(status)?;
        let results = verdicts.iter().map(result).collect();
        Ok(Response::new(api::SubmitBatchResponse { results }))
    }

    async fn get(
        &self,
        request: Request<api::GetRequest>,
    ) -> Result<Response<api::GetResponse>, Status> {
        let event = get(&self.app.ledger, &request.get_ref().id).await.map_err(status)?;
        Ok(Response::new(api::GetResponse { event: Some(event) }))
    }

    async fn list(
        &self,
        request: Request<api::ListRequest>,
    ) -> Result<Response<api::ListResponse>, Status> {
        list(&self.app.ledger, request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn get_mana(
        &self,
        request: Request<api::GetManaRequest>,
    ) -> Result<Response<api::GetManaResponse>, Status> {
        mana(&self.app, request.get_ref()).await.map(Response::new).map_err(status)
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<api::WatchResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<api::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let seat = seat(&self.app, &request).map_err(status)?;
        let request = request.into_inner();
        let filter = filter(request.filter.as_ref()).map_err(status)?;
        let ledger = self.app.ledger.clone();
        let from = request.from_sequence.unwrap_or_else(|| ledger.read().log.size());
        let (sender, receiver) = mpsc::channel(16);
        tokio::spawn(async move {
            let _counted = seat;
            // An error here means that the watcher has gone away.
            let _ = follow(&ledger, &filter, from, &sender).await;
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }
}

/// What an identity may still submit.
async fn mana(app: &App, request: &api::GetManaRequest) -> Result<api::GetManaResponse, Problem> {
    let who = identity_id(&request.identity, "identity")?;
    let account = {
        let models = app.ledger.read();
        known(&models, &who, "identity")?;
        account_of(&models, &who)
    };
    let balance = app.purse.balance(account, app.clock.now_us()).await?;
    Ok(api::GetManaResponse {
        left: balance.left,
        max: balance.allowance.max(),
        refill_per_second: balance.allowance.refill_per_second(),
        shared: balance.is_shared,
        enforced: app.purse.is_enforced(),
        event_price: erynoa_execution::mana::EVENT,
    })
}

/// The watcher has gone away.
struct Gone;

type Out = mpsc::Sender<Result<api::WatchResponse, Status>>;

async fn send(out: &Out, item: Item) -> Result<(), Gone> {
    out.send(Ok(api::WatchResponse { item: Some(item) })).await.map_err(|_| Gone)
}

/// Sends what the filter lets through from `next` on, for as long as somebody
/// listens. Reading by position needs no buffer: a slow watcher falls behind
/// and catches up, and nothing is lost.
async fn follow(
    ledger: &Ledger,
    filter: &EventFilter,
    mut next: u64,
    out: &Out,
) -> Result<(), Gone> {
    let mut sizes = ledger.sizes();
    let mut closing = ledger.closing();
    let mut quiet_until = Instant::now() + HEARTBEAT;
    loop {
        let size = *sizes.borrow_and_update();
        while next < size {
            let end = size.min(next + WATCH_STEP);
            let (matching, notices) = look(ledger, filter, next, end);
            let records = encode::records(ledger, &matching).await;
            let records = match records {
                Ok(records) => records,
                Err(problem) => {
                    out.send(Err(status(problem))).await.map_err(|_| Gone)?;
                    return Ok(());
                }
            };
            let mut notices = notices.into_iter().peekable();
            for record in records {
                while let Some(notice) = notices.next_if(|notice| notice.size <= record.sequence) {
                    send(out, Item::Epoch(notice)).await?;
                }
                send(out, Item::Event(record)).await?;
            }
            for notice in notices {
                send(out, Item::Epoch(notice)).await?;
            }
            next = end;
        }
        tokio::select! {
            changed = sizes.changed() => if changed.is_err() { return Ok(()) },
            () = tokio::time::sleep_until(quiet_until) => {
                quiet_until = Instant::now() + HEARTBEAT;
                send(out, Item::Heartbeat(api::Heartbeat { size: next })).await?;
            }
            () = stopped(&mut closing) => {
                return out.send(Err(stopping())).await.map_err(|_| Gone);
            }
            () = out.closed() => return Err(Gone),
        }
    }
}

/// Matching positions in `from..end`, and the epochs that end there.
fn look(
    ledger: &Ledger,
    filter: &EventFilter,
    from: u64,
    end: u64,
) -> (Vec<u64>, Vec<api::EpochNotice>) {
    let models = ledger.read();
    let mut matching = Vec::new();
    let mut notices = Vec::new();
    for meta in (from..end).filter_map(|sequence| models.log.at(sequence)) {
        if filter.matches(&meta) {
            matching.push(meta.sequence);
        }
        if meta.kind != EventKind::EpochClosed {
            continue;
        }
        let epochs = models.log.epochs();
        let at = epochs.partition_point(|epoch| epoch.sequence < meta.sequence);
        let Some(epoch) = epochs.get(at) else {
            continue;
        };
        let changed = models.recent.iter().find(|closed| closed.epoch == epoch.epoch);
        let changed = changed.map(|closed| closed.changed.as_slice()).unwrap_or_default();
        notices.push(api::EpochNotice {
            epoch: epoch.epoch,
            closed_at_us: epoch.closed_at_us,
            changed: changed
                .iter()
                .take(MOST_CHANGED)
                .map(|(_, subject)| models.directory.did_text(subject))
                .collect(),
            size: meta.sequence + 1,
        });
    }
    (matching, notices)
}
