//! The binary as its users run it.
#![expect(clippy::unwrap_used, reason = "a set-up that fails is a failed test")]

mod data_folder;
mod generated_log;
mod offline;
mod tampered_log;

use std::process::{Command, Stdio};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Who starts a process reads, who has a store open in this process writes: a
/// process being started shares, for a moment, every lock of a store that its
/// parent has open, and the store would stay locked after it was closed.
static STARTING: RwLock<()> = RwLock::new(());

/// Lets no process be started until the guard is gone.
pub(crate) fn nobody_starts() -> RwLockWriteGuard<'static, ()> {
    STARTING.write().unwrap_or_else(PoisonError::into_inner)
}

fn starting() -> RwLockReadGuard<'static, ()> {
    STARTING.read().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `erynoa` in a clean environment, with an address where nothing
/// listens: exit code, standard output, standard error.
pub(crate) fn outcome(arguments: &[&str]) -> (i32, String, String) {
    run(arguments, Some(starting()))
}

/// The same for who holds [`nobody_starts`].
pub(crate) fn outcome_beside_open_store(arguments: &[&str]) -> (i32, String, String) {
    run(arguments, None)
}

fn run(
    arguments: &[&str],
    starting: Option<RwLockReadGuard<'static, ()>>,
) -> (i32, String, String) {
    let child = Command::new(env!("CARGO_BIN_EXE_erynoa"))
        .args(arguments)
        .env_clear()
        .env("ERYNOA_HOME", "/nonexistent/erynoa")
        .env("ERYNOA_SERVER", "http://127.0.0.1:9")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // `spawn` returns when the new program runs, with none of our files open.
    drop(starting);
    let output = child.wait_with_output().expect("it runs to its end");
    (
        output.status.code().expect("it ends by itself"),
        String::from_utf8(output.stdout).expect("text"),
        String::from_utf8(output.stderr).expect("text"),
    )
}
