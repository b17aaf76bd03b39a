//! The binary as its users run it.
#![expect(clippy::unwrap_used, reason = "a set-up that fails is a failed test")]

mod data_folder;
mod generated_log;
mod offline;
mod tampered_log;

use std::process::{Command, Output};

/// Runs `erynoa` in a clean environment, with an address where nothing listens.
pub(crate) fn erynoa(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_erynoa"))
        .args(arguments)
        .env_clear()
        .env("ERYNOA_HOME", "/nonexistent/erynoa")
        .env("ERYNOA_SERVER", "http://127.0.0.1:9")
        .output()
        .expect("the binary runs")
}

/// Exit code, standard output, standard error.
pub(crate) fn outcome(arguments: &[&str]) -> (i32, String, String) {
    let output = erynoa(arguments);
    (
        output.status.code().expect("it ends by itself"),
        String::from_utf8(output.stdout).expect("text"),
        String::from_utf8(output.stderr).expect("text"),
    )
}
