//! `load`: a running server under load.
//!
//! The rate limit of the server must be above what is measured
//! (`APP_LIMITS__REQUESTS_PER_SECOND`), else this measures the limit. Events
//! are signed before the clock starts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use erynoa_events::{
    Attestation, Body, Dimension, Event, Polarity, SigningKey, VerifiedEvent, sign_event,
};
use erynoa_kernel::{Coordinate, Did, Entropy, EventId, Namespace, RealmId, Secret};
use erynoa_proto::api::v1::{GetRequest, SubmitRequest};
use erynoa_proto::protocol::v1::SignedEvent;
use prost::Message;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::arguments::{LoadArguments, LoadMode};
use crate::client::{Client, full_body, signed};
use crate::commands::Context;
use crate::commands::events::{BATCH_EVENTS, refusal};
use crate::commands::measure::Measurement;
use crate::error::CliError;
use crate::identity_event::found;

/// Path of the unary read.
const GET_PATH: &str = "/erynoa.api.v1.EventService/Get";

/// One client's identity and the end of its chain.
struct Author {
    did: Did,
    key: SigningKey,
    head: (EventId, Coordinate),
}

pub(crate) async fn load(context: &Context, arguments: LoadArguments) -> Result<(), CliError> {
    let clients = usize::from(arguments.clients);
    let mut connections = Vec::new();
    for _ in 0..arguments.connections.min(arguments.clients) {
        connections.push(context.connect().await?);
    }
    let first = connections
        .first()
        .ok_or_else(|| CliError::Usage("no clients".to_owned()))?;
    let mut authors = register(context, first, clients.max(2)).await?;
    let log = first.log_info().await?;
    if !log.claimed {
        let link = arguments.claim.as_deref().ok_or_else(|| {
            CliError::Usage(
                "the installation is not claimed: give its link with --claim".to_owned(),
            )
        })?;
        first
            .claim(&authors[0].did, &authors[0].key, link, "Load")
            .await?;
    }
    let realm: RealmId = log
        .root_realm
        .parse()
        .map_err(|_| first.odd("the root realm is no universal id"))?;
    let run = Run {
        connections: connections.clone(),
        clients,
        limit: Duration::from_secs(arguments.seconds),
    };
    let wants = |mode| arguments.mode == mode || arguments.mode == LoadMode::All;
    let events = arguments.events as usize;
    if wants(LoadMode::Submit) {
        let chains = sign_chains(context, &mut authors, clients, events / clients, realm)?;
        report(context, "submit", &run.submit(chains).await?);
    }
    if wants(LoadMode::Batch) {
        let chains = sign_chains(context, &mut authors, clients, events / clients, realm)?;
        report(context, "submit batch of 1000", &run.batch(chains).await?);
    }
    let id = first_entry(first).await?;
    if wants(LoadMode::Get) {
        report(context, "get, gRPC", &run.get(&id).await?);
    }
    if wants(LoadMode::GetWeb) {
        report(context, "get, gRPC-Web", &run.get_web(&id).await?);
    }
    Ok(())
}

fn report(context: &Context, name: &str, measurement: &Measurement) {
    context
        .output
        .result(&measurement.document(name), &measurement.text(name));
}

/// Registers one fresh identity for each client.
async fn register(
    context: &Context,
    client: &Client,
    count: usize,
) -> Result<Vec<Author>, CliError> {
    let probe = SigningKey::from_seed(context.entropy.bytes32());
    let now_us = client.key(&probe).await?.now_us;
    let mut authors = Vec::new();
    let mut events = Vec::new();
    for number in 0..count {
        let seed = Secret::new(context.entropy.bytes32());
        let name = format!("Load {number}");
        let (did, created) = found(&seed, Namespace::SelfHood, &name, "", None, now_us)?;
        let head = (created.id(), created.event().coordinate);
        authors.push(Author {
            did,
            key: SigningKey::from_seed(*seed.expose()),
            head,
        });
        events.push(signed(&created)?);
    }
    for batch in events.chunks(BATCH_EVENTS) {
        for result in client.submit_batch(batch.to_vec()).await? {
            if let Some(refusal) = refusal(client.server(), &result) {
                return Err(CliError::Refused(Box::new(refusal)));
            }
        }
    }
    Ok(authors)
}

/// Signs, for each client, a chain of attestations about its neighbour. All of
/// a chain has one wall time and is told apart by the counter.
fn sign_chains(
    context: &Context,
    authors: &mut [Author],
    clients: usize,
    each: usize,
    realm: RealmId,
) -> Result<Vec<Vec<SignedEvent>>, CliError> {
    let subjects: Vec<_> = authors.iter().map(|author| author.did.identity).collect();
    let bar = context.output.bar((clients * each) as u64, "signing");
    let mut chains = Vec::new();
    for (place, author) in authors.iter_mut().take(clients).enumerate() {
        let mut chain = Vec::with_capacity(each);
        for number in 0..each {
            let event = Event {
                author: author.did.identity,
                realm,
                coordinate: Coordinate::next(author.head.1.wall_us, [author.head.1]),
                prev: Some(author.head.0),
                parents: Vec::new(),
                body: Body::Attestation(Attestation {
                    subject: subjects[(place + 1) % subjects.len()],
                    dimension: Dimension::Competence,
                    polarity: Polarity::Positive,
                    domain: format!("load-{number}"),
                    comment: String::new(),
                    expires_at_us: None,
                }),
            };
            let event: VerifiedEvent =
                sign_event(&event, &author.key).map_err(|error| CliError::own_event(&error))?;
            author.head = (event.id(), event.event().coordinate);
            chain.push(signed(&event)?);
        }
        bar.inc(each as u64);
        chains.push(chain);
    }
    bar.finish_and_clear();
    Ok(chains)
}

/// Id of the log's first entry.
async fn first_entry(client: &Client) -> Result<String, CliError> {
    use erynoa_proto::api::v1::{EventOrder, ListRequest};
    let request = ListRequest {
        order: EventOrder::OldestFirst as i32,
        page_size: 1,
        ..ListRequest::default()
    };
    let page = client
        .events()
        .list(request)
        .await
        .map_err(client.failed())?
        .into_inner();
    page.events
        .first()
        .map(|event| event.id.clone())
        .ok_or_else(|| client.odd("an empty log"))
}

struct Run {
    connections: Vec<Client>,
    clients: usize,
    limit: Duration,
}

impl Run {
    fn connection(&self, place: usize) -> Client {
        self.connections[place % self.connections.len()].clone()
    }

    /// Joins the clients' measurements into one.
    async fn join(
        mut running: JoinSet<Result<Measurement, CliError>>,
        begun: Instant,
    ) -> Result<Measurement, CliError> {
        let mut all = Measurement::default();
        while let Some(client) = running.join_next().await {
            let client = client
                .map_err(|error| CliError::Local(format!("a client was cut off: {error}")))?;
            all.merge(client?);
        }
        Ok(all.finish(begun.elapsed()))
    }

    /// Single submits, one in flight per client.
    async fn submit(&self, chains: Vec<Vec<SignedEvent>>) -> Result<Measurement, CliError> {
        let begun = Instant::now();
        let end = begun + self.limit;
        let mut running = JoinSet::new();
        for (place, chain) in chains.into_iter().enumerate() {
            let client = self.connection(place);
            running.spawn(async move {
                let mut measurement = Measurement::default();
                let mut events = client.events();
                for event in chain {
                    let asked = Instant::now();
                    if asked > end {
                        break;
                    }
                    events
                        .submit(SubmitRequest { event: Some(event) })
                        .await
                        .map_err(client.failed())?;
                    measurement.note(asked.elapsed(), 1);
                }
                Ok(measurement)
            });
        }
        Self::join(running, begun).await
    }

    /// Batches, a few in flight, each flight over chains of its own: the events
    /// of a chain must arrive in order.
    async fn batch(&self, chains: Vec<Vec<SignedEvent>>) -> Result<Measurement, CliError> {
        const IN_FLIGHT: usize = 4;
        let begun = Instant::now();
        let end = begun + self.limit;
        let share = chains.len().div_ceil(IN_FLIGHT).max(1);
        let mut running = JoinSet::new();
        for (place, chains) in chains.chunks(share).enumerate() {
            let client = self.connection(place);
            let events: Vec<SignedEvent> = chains.concat();
            running.spawn(async move {
                let mut measurement = Measurement::default();
                for batch in events.chunks(BATCH_EVENTS) {
                    let asked = Instant::now();
                    if asked > end {
                        break;
                    }
                    let results = client.submit_batch(batch.to_vec()).await?;
                    measurement.note(asked.elapsed(), results.len() as u64);
                    for result in results {
                        if let Some(refusal) = refusal(client.server(), &result) {
                            return Err(CliError::Refused(Box::new(refusal)));
                        }
                    }
                }
                Ok(measurement)
            });
        }
        Self::join(running, begun).await
    }

    /// Unary reads over gRPC.
    async fn get(&self, id: &str) -> Result<Measurement, CliError> {
        let begun = Instant::now();
        let end = begun + self.limit;
        let mut running = JoinSet::new();
        for place in 0..self.clients {
            let client = self.connection(place);
            let id = id.to_owned();
            running.spawn(async move {
                let mut measurement = Measurement::default();
                let mut events = client.events();
                loop {
                    let asked = Instant::now();
                    if asked > end {
                        return Ok(measurement);
                    }
                    let request = GetRequest { id: id.clone() };
                    events.get(request).await.map_err(client.failed())?;
                    measurement.note(asked.elapsed(), 1);
                }
            });
        }
        Self::join(running, begun).await
    }

    /// Unary reads over gRPC-Web, framed by hand: a request is one data frame.
    async fn get_web(&self, id: &str) -> Result<Measurement, CliError> {
        let frame = web_frame(&GetRequest { id: id.to_owned() });
        let refused = Arc::new(AtomicUsize::new(0));
        let begun = Instant::now();
        let end = begun + self.limit;
        let mut running = JoinSet::new();
        for place in 0..self.clients {
            let (client, frame, refused) =
                (self.connection(place), frame.clone(), Arc::clone(&refused));
            running.spawn(async move {
                let mut measurement = Measurement::default();
                loop {
                    let asked = Instant::now();
                    if asked > end {
                        return Ok(measurement);
                    }
                    let request = http::Request::post(GET_PATH)
                        .header(http::header::CONTENT_TYPE, "application/grpc-web+proto")
                        .body(full_body(frame.clone()))
                        .map_err(|error| CliError::Usage(error.to_string()))?;
                    let answer = client.call(request).await?;
                    // An answer without a data frame is a refusal.
                    if answer.body().first() != Some(&0) {
                        refused.fetch_add(1, Ordering::Relaxed);
                        return Ok(measurement);
                    }
                    measurement.note(asked.elapsed(), 1);
                }
            });
        }
        let measurement = Self::join(running, begun).await?;
        match refused.load(Ordering::Relaxed) {
            0 => Ok(measurement),
            count => Err(CliError::Negative(format!(
                "{count} clients were refused over gRPC-Web"
            ))),
        }
    }
}

/// A gRPC-Web data frame: no compression, length u32 BE, message.
fn web_frame(message: &impl Message) -> Bytes {
    let bytes = message.encode_to_vec();
    let mut frame = BytesMut::with_capacity(bytes.len() + 5);
    frame.put_u8(0);
    // A message of more than 4 GiB cannot be built here.
    frame.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    frame.put_slice(&bytes);
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_frame_is_flag_length_message() {
        let frame = web_frame(&GetRequest {
            id: "ab".to_owned(),
        });
        assert_eq!(&frame[..], [0, 0, 0, 0, 4, 0x0a, 2, b'a', b'b']);
    }
}
