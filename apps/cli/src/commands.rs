//! The verbs.

mod admin;
mod admin_copy;
mod agent;
mod attest;
mod bare_server;
mod certificate;
mod credential;
mod delegation;
mod document;
mod drive;
mod events;
mod file;
mod health;
mod identity;
mod import_person;
mod import_ratings;
mod judge;
mod load;
mod log_fetch;
mod log_home;
mod log_light;
mod log_verify;
mod measure;
mod node;
mod node_setup;
mod notification;
mod overview;
mod people;
mod proposal;
mod realm;
mod realm_membership;
mod receipt;
mod recovery;
mod registration;
mod report;
mod signed;
mod trust;
mod user;
mod verify;
mod vote;
mod vouch;
mod workflow;

use std::path::PathBuf;

use clap::CommandFactory;
use erynoa_kernel::RealmId;
use erynoa_proto::api::v1::ListRealmsRequest;

use crate::arguments::{Arguments, Command, EventsCommand, Global};
use crate::client::Client;
use crate::error::CliError;
use crate::import_arguments::ImportCommand;
use crate::key_file::{self, KeyFile};
use crate::log_arguments::LogCommand;
use crate::output::Output;
use crate::speaker;
use crate::wiring::{SystemClock, SystemEntropy};

/// Most entries on one page of the API.
pub(crate) const PAGE: u32 = 100;

/// What every command is given.
pub(crate) struct Context {
    server: String,
    key: Option<PathBuf>,
    /// `--realm`
    realm: Option<String>,
    /// `--at`
    pub(crate) at: Option<String>,
    /// `--wait`
    pub(crate) wait: bool,
    pub(crate) output: Output,
    pub(crate) clock: SystemClock,
    pub(crate) entropy: SystemEntropy,
}

impl Context {
    pub(crate) async fn connect(&self) -> Result<Client, CliError> {
        Client::connect(&self.server).await
    }

    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    pub(crate) fn key_path(&self) -> Result<PathBuf, CliError> {
        key_file::path(self.key.as_deref())
    }

    pub(crate) fn key(&self) -> Result<KeyFile, CliError> {
        key_file::read(&self.key_path()?)
    }

    /// The realm of `--realm`, else the root realm.
    pub(crate) async fn realm(&self, client: &Client) -> Result<RealmId, CliError> {
        match &self.realm {
            Some(named) => realm_named(client, named).await,
            None => root_realm(client).await,
        }
    }

    /// The realm of `--realm` for a request; empty without one.
    pub(crate) async fn realm_filter(&self, client: &Client) -> Result<String, CliError> {
        match &self.realm {
            Some(named) => Ok(realm_named(client, named).await?.to_string()),
            None => Ok(String::new()),
        }
    }

    /// The identity that was named, or the one of the key file.
    pub(crate) fn subject(&self, named: Option<String>) -> Result<String, CliError> {
        match named {
            Some(named) => {
                check_identity(&named)?;
                Ok(named)
            }
            None => Ok(self.key()?.did.to_string()),
        }
    }
}

/// Refuses text that cannot name an identity before it costs a round trip.
pub(crate) fn check_identity(text: &str) -> Result<(), CliError> {
    speaker::identity(text).map(drop)
}

/// Up to `limit` items of a list that comes in pages; 0 = all of them. `page`
/// is given the size of a page and its token.
pub(crate) async fn collect<T>(
    limit: u32,
    mut page: impl AsyncFnMut(u32, String) -> Result<(Vec<T>, String), CliError>,
) -> Result<Vec<T>, CliError> {
    let (mut items, mut token) = (Vec::new(), String::new());
    loop {
        let have = u32::try_from(items.len()).unwrap_or(u32::MAX);
        let size = if limit == 0 { PAGE } else { limit.saturating_sub(have).min(PAGE) };
        if size == 0 {
            return Ok(items);
        }
        let (more, next) = page(size, token).await?;
        items.extend(more);
        if next.is_empty() {
            return Ok(items);
        }
        token = next;
    }
}

/// A realm by its id, or by its name if only one has it.
pub(crate) async fn realm_named(client: &Client, text: &str) -> Result<RealmId, CliError> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let found = collect(0, async |page_size, page_token| {
        let request = ListRealmsRequest {
            query: text.to_owned(),
            page_size,
            page_token,
            ..ListRealmsRequest::default()
        };
        let page = client.realms().list_realms(request).await.map_err(client.failed())?;
        let page = page.into_inner();
        Ok((page.realms, page.next_page_token))
    })
    .await?;
    let same: Vec<_> = found.iter().filter(|realm| realm.name == text).collect();
    match same.as_slice() {
        [one] => one.id.parse().map_err(|_| client.odd("a realm without an id")),
        [] => Err(CliError::Negative(format!(
            "no realm is called {text:?}; `erynoa realm list` shows them"
        ))),
        several => {
            let ids: Vec<_> = several.iter().map(|realm| realm.id.as_str()).collect();
            Err(CliError::Usage(format!("several realms are called {text:?}: {}", ids.join(", "))))
        }
    }
}

/// The root realm of the server's log, once somebody has claimed it.
pub(crate) async fn root_realm(client: &Client) -> Result<RealmId, CliError> {
    let log = client.log_info().await?;
    if !log.claimed {
        return Err(CliError::Negative(
            "nobody has claimed this installation yet, so it has no realm: open the one-time \
             link that the server printed at its first start"
                .to_owned(),
        ));
    }
    log.root_realm.parse().map_err(|_| client.odd("the root realm is no universal id"))
}

pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<(), CliError> {
    let Global { server, key, realm, at, wait, .. } = arguments.global;
    let (clock, entropy) = (SystemClock, SystemEntropy);
    let context = Context { server, key, realm, at, wait, output, clock, entropy };
    match arguments.command {
        Command::Keygen(arguments) => registration::keygen(&context, arguments).await,
        Command::Register { invitation } => {
            registration::register(&context, invitation.as_deref()).await
        }
        Command::Claim { link, name } => registration::claim(&context, &link, &name).await,
        Command::Whoami => people::whoami(&context).await,
        Command::People { query, limit } => people::search(&context, query, limit).await,
        Command::Attest(arguments) => attest::attest(&context, arguments).await,
        Command::Revoke { event, reason } => attest::revoke(&context, &event, reason).await,
        Command::Agent(command) => agent::run(&context, command).await,
        Command::Delegation(command) => delegation::run(&context, command).await,
        Command::Recovery(command) => recovery::run(&context, command).await,
        Command::Controller(command) => identity::controller(&context, command).await,
        Command::Identity(command) => identity::run(&context, command).await,
        Command::Did(command) => identity::did(&context, command).await,
        Command::Realm(command) => realm::run(&context, command).await,
        Command::Proposal(command) => proposal::run(&context, command).await,
        Command::Vote(arguments) => vote::vote(&context, arguments).await,
        Command::Veto(arguments) => vote::veto(&context, arguments).await,
        Command::Vouch(command) => vouch::run(&context, command).await,
        Command::Credential(command) => credential::run(&context, command).await,
        Command::Receipt(command) => receipt::run(&context, command).await,
        Command::Judge(command) => judge::run(&context, command).await,
        Command::Report(command) => report::run(&context, command).await,
        Command::Breaker => report::breaker(&context).await,
        Command::Ranking { subject, limit } => overview::ranking(&context, subject, limit).await,
        Command::Norms { subject } => overview::norms(&context, subject).await,
        Command::Metrics { limit } => overview::metrics(&context, limit).await,
        Command::Mana { subject } => overview::mana(&context, subject).await,
        Command::Trust(command) => trust::run(&context, command).await,
        Command::Events(command) => match command {
            EventsCommand::Submit { file } => events::submit(&context, &file).await,
            EventsCommand::List { filter, since, until, oldest_first, limit, raw } => {
                let range = (since.as_deref(), until.as_deref());
                events::list(&context, filter, range, oldest_first, limit, raw).await
            }
            EventsCommand::Watch { filter, from, count } => {
                events::watch(&context, filter, from, count).await
            }
            EventsCommand::Get { id, raw } => events::get(&context, &id, raw).await,
        },
        Command::File(command) => file::run(&context, command).await,
        Command::Certificate(command) => certificate::run(&context, command).await,
        Command::Document(command) => document::run(&context, command).await,
        Command::Verify(arguments) => verify::run(&context, arguments).await,
        Command::User(command) => user::run(&context, command).await,
        Command::Session(command) => user::sessions(&context, command).await,
        Command::Audit(command) => user::audit(&context, command).await,
        Command::Workflow(command) => workflow::run(&context, command).await,
        Command::Node(command) => node::run(&context, command).await,
        Command::Notification(command) => notification::run(&context, command).await,
        Command::Log(LogCommand::Fetch { to }) => log_fetch::fetch(&context, &to).await,
        Command::Log(LogCommand::Verify { dir, origin, log_key }) => {
            log_verify::verify(&context, &dir, origin.as_deref(), log_key.as_deref())
        }
        Command::Log(LogCommand::Prove { event, check }) => {
            log_light::prove(&context, event.as_deref(), &check).await
        }
        Command::Log(LogCommand::Head { check }) => log_light::head(&context, &check).await,
        Command::Log(LogCommand::Offer { out }) => log_home::offer(&context, &out).await,
        Command::Log(LogCommand::HandOver { offer, confirm }) => {
            log_home::hand_over(&context, &offer, &confirm).await
        }
        Command::Admin(command) => admin::run(&context, command).await,
        Command::Import(ImportCommand::Ratings(arguments)) => {
            import_ratings::import(&context, arguments).await
        }
        Command::Import(ImportCommand::Person(arguments)) => {
            import_person::write(&context, arguments).await
        }
        Command::Load(arguments) => load::load(&context, arguments).await,
        Command::BareServer => bare_server::serve(&context).await,
        Command::Health => health::health(&context).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "erynoa", &mut script);
            context.output.raw(String::from_utf8_lossy(&script).trim_end());
            Ok(())
        }
    }
}
