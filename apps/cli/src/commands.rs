//! The verbs.

mod admin;
mod attest;
mod bare_server;
mod drive;
mod events;
mod health;
mod import_ratings;
mod load;
mod log_fetch;
mod log_verify;
mod measure;
mod people;
mod registration;
mod trust;

use std::path::PathBuf;

use clap::CommandFactory;
use erynoa_kernel::{Did, RealmId};

use crate::arguments::{Arguments, Command, EventsCommand, Global, ImportCommand, LogCommand};
use crate::client::Client;
use crate::error::CliError;
use crate::key_file::{self, KeyFile};
use crate::output::Output;
use crate::wiring::{SystemClock, SystemEntropy};

/// What every command is given.
pub(crate) struct Context {
    server: String,
    key: Option<PathBuf>,
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
    if text.parse::<Did>().is_ok() || text.parse::<erynoa_kernel::IdentityId>().is_ok() {
        return Ok(());
    }
    Err(CliError::Usage(format!(
        "{text:?} names no identity: give a DID (did:erynoa:…) or 64 hexadecimal digits; \
         `erynoa people {text}` searches by name"
    )))
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
    let Global { server, key, .. } = arguments.global;
    let context = Context { server, key, output, clock: SystemClock, entropy: SystemEntropy };
    match arguments.command {
        Command::Keygen(arguments) => registration::keygen(&context, arguments).await,
        Command::Register => registration::register(&context).await,
        Command::Whoami => people::whoami(&context).await,
        Command::People { query, limit } => people::search(&context, query, limit).await,
        Command::Attest(arguments) => attest::attest(&context, arguments).await,
        Command::Revoke { event, reason, wait } => {
            attest::revoke(&context, &event, reason, wait).await
        }
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
        Command::Log(LogCommand::Fetch { to }) => log_fetch::fetch(&context, &to).await,
        Command::Log(LogCommand::Verify { dir, origin, log_key }) => {
            log_verify::verify(&context, &dir, origin.as_deref(), log_key.as_deref())
        }
        Command::Admin(command) => admin::run(&context, command).await,
        Command::Import(ImportCommand::Ratings(arguments)) => {
            import_ratings::import(&context, arguments).await
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
