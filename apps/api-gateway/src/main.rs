//! `erynoa-gateway`: the server.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use erynoa_api_gateway::config::{Config, Loaded, LogFormat, Mistake, load};
use erynoa_api_gateway::{MOST_WATCHERS, Server, SystemClock, openapi, wiring};
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The Erynoa server: API, platform, console and docs on one port.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// A configuration file on top of config/base.toml and config/<environment>.toml.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve (what happens without a command).
    Serve,
    /// The configuration.
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
    /// Print the OpenAPI description of the REST routes.
    Openapi,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Check the configuration and say what is wrong.
    Check,
    /// Print every value with its source.
    Show,
    /// Print the JSON Schema.
    Schema,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Openapi) => print_json(&openapi()),
        Some(Command::Config { what: ConfigCommand::Schema }) => print_json(&Config::schema()),
        command => match load("config".as_ref(), arguments.config.as_deref()) {
            Err(mistakes) => complain(&mistakes),
            Ok(loaded) => match command {
                Some(Command::Config { what: ConfigCommand::Check }) => {
                    println!("the configuration is good");
                    ExitCode::SUCCESS
                }
                Some(Command::Config { .. }) => show(&loaded),
                _ => serve(loaded),
            },
        },
    }
}

fn print_json(value: &impl serde::Serialize) -> ExitCode {
    match serde_json::to_string_pretty(value) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Exit code 2: the caller's mistake.
fn complain(mistakes: &[Mistake]) -> ExitCode {
    for mistake in mistakes {
        eprintln!("configuration: {mistake}");
    }
    ExitCode::from(2)
}

fn show(loaded: &Loaded) -> ExitCode {
    for value in &loaded.values {
        println!("{} = {}  # {}", value.key, value.value, value.source);
    }
    ExitCode::SUCCESS
}

fn start_logging(format: LogFormat) {
    let filter = EnvFilter::try_from_env("RUST_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().init(),
    }
}

fn serve(loaded: Loaded) -> ExitCode {
    start_logging(loaded.config.telemetry.log_format);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    // Of those that follow the log each may wait on a thread while an epoch ends.
    let runtime = runtime.enable_all().max_blocking_threads(4 * MOST_WATCHERS);
    let runtime = match runtime.build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(async {
        let providers = match wiring::providers(&loaded.config.auth, Arc::new(SystemClock)) {
            Ok(providers) => providers,
            Err(mistake) => return complain(&[mistake]),
        };
        let server = match Server::start(loaded, providers).await {
            Ok(server) => server,
            Err(error) => {
                eprintln!("erynoa does not start: {error}");
                return ExitCode::FAILURE;
            }
        };
        let url = server.public_url();
        println!("Erynoa is ready.\n");
        println!("  Platform  {url}/platform");
        println!("  Console   {url}/console");
        println!("  Docs      {url}/docs\n");
        if let Some(link) = server.claim_link() {
            println!("Open this link once to become the operator:\n\n  {link}\n");
        }
        match server.serve(stop()).await {
            Ok(()) => {
                println!("Erynoa has stopped.");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        }
    })
}

/// Ctrl-C or SIGTERM.
async fn stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // Without signals only kill -9 is left, and that is safe.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
