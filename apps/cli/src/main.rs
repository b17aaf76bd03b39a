//! `erynoa`: the platform on the command line.

mod archive;
mod arguments;
mod choices;
mod client;
mod code;
mod commands;
mod document_arguments;
mod error;
mod event_body;
mod event_view;
mod file_arguments;
mod identity_arguments;
mod identity_event;
mod import_arguments;
mod kept;
mod key_file;
mod light;
mod light_json;
mod light_keys;
#[cfg(test)]
mod light_tests;
mod light_view;
mod light_witness;
mod log_arguments;
mod names;
mod node_arguments;
mod node_key;
mod notification_arguments;
mod output;
mod proposal_view;
mod ratings;
mod realm_arguments;
mod recovery_code;
mod replay;
mod rule_file;
mod seen_log;
mod speaker;
mod statement_arguments;
mod tiles;
mod time_text;
mod trust_view;
mod user_arguments;
mod violation;
mod wiring;
mod workflow_arguments;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::output::Output;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.global.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("erynoa: the runtime does not start: {error}");
            return ExitCode::from(5);
        }
    };
    match runtime.block_on(commands::run(arguments, output)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if output.is_json() {
                eprintln!("{}", error.to_json());
            } else {
                eprintln!("erynoa: {error}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}
