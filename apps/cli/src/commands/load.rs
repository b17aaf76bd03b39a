//! `load`: a running server under load.
//!
//! The rate limit of the server must be above what is measured
//! (`APP_LIMITS__REQUESTS_PER_SECOND`) and mana off (`APP_LIMITS__MANA=false`),
//! else this measures the limits. Events are signed before the clock starts.

use std::time::Duration;

use erynoa_events::{
    Attestation, Body, Dimension, Event, Polarity, SigningKey, VerifiedEvent, sign_event,
};
use erynoa_kernel::{Coordinate, Did, Entropy, EventId, Namespace, RealmId, Secret};
use erynoa_proto::api::v1::{CheckRequest, GetRequest};
use erynoa_proto::protocol::v1::SignedEvent;

use crate::choices::LoadMode;
use crate::client::{Client, signed};
use crate::commands::Context;
use crate::commands::bare_server::BareServer;
use crate::commands::drive::{CHECK, Door, Drive, GET, frame};
use crate::commands::events::{BATCH_EVENTS, refusal};
use crate::commands::measure::Measurement;
use crate::error::CliError;
use crate::identity_event::{born, found};
use crate::import_arguments::LoadArguments;

/// One client's identity and the end of its chain.
struct Author {
    did: Did,
    key: SigningKey,
    head: (EventId, Coordinate),
}

pub(crate) async fn load(context: &Context, arguments: LoadArguments) -> Result<(), CliError> {
    let drive = Drive {
        connections: connections(context.server(), &arguments).await?,
        clients: usize::from(arguments.clients),
        limit: Duration::from_secs(arguments.seconds),
    };
    let wants = |mode| arguments.mode == mode || arguments.mode == LoadMode::All;
    if wants(LoadMode::Submit) {
        let chains = chains(context, &drive, &arguments).await?;
        report(context, "submit", &drive.submit(chains).await?);
    }
    if wants(LoadMode::Batch) {
        let chains = chains(context, &drive, &arguments).await?;
        report(context, "submit batch of 1000", &drive.batch(chains).await?);
    }
    if wants(LoadMode::Get) || wants(LoadMode::GetWeb) {
        let frame = frame(&GetRequest { id: first_entry(drive.first()).await? });
        for &door in doors(arguments.mode) {
            let measurement = drive.unary(GET, &frame, door).await?;
            report(context, &format!("get, {}", door.name()), &measurement);
        }
    }
    if arguments.mode == LoadMode::All {
        // What the same library does with an empty service, in this same run.
        let bare = BareServer::start()?;
        let raw = Drive { connections: connections(bare.url(), &arguments).await?, ..drive };
        for &door in doors(LoadMode::All) {
            let check = frame(&CheckRequest {});
            let measurement = raw.unary(CHECK, &check, door).await?;
            report(context, &format!("bare tonic, {}", door.name()), &measurement);
        }
    }
    Ok(())
}

const fn doors(mode: LoadMode) -> &'static [Door] {
    match mode {
        LoadMode::Get => &[Door::Grpc],
        LoadMode::GetWeb => &[Door::GrpcWeb],
        _ => &[Door::Grpc, Door::GrpcWeb],
    }
}

async fn connections(server: &str, arguments: &LoadArguments) -> Result<Vec<Client>, CliError> {
    let mut connections = Vec::new();
    for _ in 0..arguments.connections.min(arguments.clients) {
        connections.push(Client::connect(server).await?);
    }
    Ok(connections)
}

/// Signed chains of fresh identities, one for each client; claims the
/// installation for the first of them if nobody has.
async fn chains(
    context: &Context,
    drive: &Drive,
    arguments: &LoadArguments,
) -> Result<Vec<Vec<SignedEvent>>, CliError> {
    let client = drive.first();
    // A chain speaks about its neighbour, so there are at least two.
    let mut authors = register(context, client, drive.clients.max(2)).await?;
    let log = client.log_info().await?;
    if !log.claimed {
        let link = arguments.claim.as_deref().ok_or_else(|| {
            CliError::Usage(
                "the installation is not claimed: give its link with --claim".to_owned(),
            )
        })?;
        client.claim(&authors[0].did, &authors[0].key, link, "Load").await?;
    }
    let realm: RealmId =
        log.root_realm.parse().map_err(|_| client.odd("the root realm is no universal id"))?;
    let each = arguments.events as usize / drive.clients;
    sign_chains(context, &mut authors, drive.clients, each, realm)
}

fn report(context: &Context, name: &str, measurement: &Measurement) {
    context.output.result(&measurement.document(name), &measurement.text(name));
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
        let (did, created) = found(&seed, born(Namespace::SelfHood, &name, ""), now_us)?;
        let head = (created.id(), created.event().coordinate);
        authors.push(Author { did, key: SigningKey::from_seed(*seed.expose()), head });
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
    let page = client.events().list(request).await.map_err(client.failed())?.into_inner();
    page.events.first().map(|event| event.id.clone()).ok_or_else(|| client.odd("an empty log"))
}
