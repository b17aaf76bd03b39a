//! Effects that a law can count, in a folder, so that they outlive a process
//! that is killed.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::definition::{Call, EffectKey, Outcome};
use crate::engine::Effects;

/// Carries out the steps of [`Law`](super::Law), each at most once per key, and
/// writes down what it was asked and what has happened.
#[derive(Clone, Debug)]
pub struct EffectLog(PathBuf);

fn append(path: &Path, line: &str) {
    // One write of a short line: lines of several processes do not mix.
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes())).expect("writes a log");
}

fn lines(path: &Path) -> Vec<String> {
    match fs::read_to_string(path) {
        Ok(text) => text.lines().map(str::to_owned).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// Whether there was no such mark before.
fn mark(path: &Path) -> bool {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

impl EffectLog {
    /// The log in a folder that exists.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// What has happened, in order: `did RUN/STEP` and `undid RUN/STEP`.
    #[must_use]
    pub fn effects(&self) -> Vec<String> {
        lines(&self.0.join("effects"))
    }

    /// What has happened for one run.
    #[must_use]
    pub fn effects_of(&self, run: &str) -> Vec<String> {
        let of = |line: &String| line.contains(&format!(" {run}/"));
        self.effects().into_iter().filter(of).collect()
    }

    /// What was asked for, in order: `run RUN/STEP` and `undo RUN/STEP`.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        lines(&self.0.join("calls"))
    }

    fn called(&self, what: &str, key: &EffectKey) -> u64 {
        let line = format!("{what} {key}");
        append(&self.0.join("calls"), &line);
        self.calls().iter().filter(|call| **call == line).count() as u64
    }

    fn at(&self, key: &EffectKey, what: &str) -> PathBuf {
        self.0.join(format!("{}.{}.{what}", key.run, key.step))
    }

    fn happen(&self, key: &EffectKey) {
        if mark(&self.at(key, "done")) {
            append(&self.0.join("effects"), &format!("did {key}"));
        }
    }
}

#[async_trait]
impl Effects for EffectLog {
    async fn run(&self, call: &Call) -> Outcome {
        let key = &call.key;
        let again = self.called("run", key) <= call.arguments["times"].as_u64().unwrap_or(0);
        if let Some(ms) = call.arguments["slow_ms"].as_u64() {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        if self.at(key, "undone").exists() {
            return Outcome::Refused("it was undone".into());
        }
        match call.arguments["act"].as_str() {
            Some("refuse") => return Outcome::Refused("the law wants it so".into()),
            Some("lost") if again => return Outcome::Lost("lost before it happened".into()),
            Some("panic") if again => panic!("the law wants it so"),
            _ => {}
        }
        self.happen(key);
        if again {
            return Outcome::Lost("lost after it had happened".into());
        }
        Outcome::Done(Value::from(key.to_string()))
    }

    async fn undo(&self, call: &Call) -> Outcome {
        let key = &call.key;
        let again = self.called("undo", key) <= call.arguments["undo_times"].as_u64().unwrap_or(0);
        if again {
            return Outcome::Lost("lost before it was undone".into());
        }
        if mark(&self.at(key, "undone")) && self.at(key, "done").exists() {
            append(&self.0.join("effects"), &format!("undid {key}"));
        }
        Outcome::Done(Value::Null)
    }
}

/// Carries out steps until one call, and then does nothing more until its
/// process is killed.
pub struct Stopping {
    log: EffectLog,
    calls: AtomicUsize,
    at: usize,
    after: bool,
    reached: Box<dyn Fn() + Send + Sync>,
}

impl Stopping {
    /// Stops at call number `at`, from 1: before it has its effect, or `after`
    /// it. Then `reached` is called.
    #[must_use]
    pub fn new(
        log: EffectLog,
        at: usize,
        after: bool,
        reached: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self { log, calls: AtomicUsize::new(0), at, after, reached: Box::new(reached) }
    }

    async fn watched(&self, call: impl Future<Output = Outcome> + Send) -> Outcome {
        let is_last = self.calls.fetch_add(1, Ordering::SeqCst) + 1 == self.at;
        if is_last && !self.after {
            return self.stop().await;
        }
        let outcome = call.await;
        if is_last {
            return self.stop().await;
        }
        outcome
    }

    async fn stop(&self) -> Outcome {
        (self.reached)();
        std::future::pending().await
    }
}

#[async_trait]
impl Effects for Stopping {
    async fn run(&self, call: &Call) -> Outcome {
        self.watched(self.log.run(call)).await
    }

    async fn undo(&self, call: &Call) -> Outcome {
        self.watched(self.log.undo(call)).await
    }
}
