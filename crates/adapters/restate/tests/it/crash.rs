//! The crash laws: whoever serves the steps and the engine itself are killed at
//! every step.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use erynoa_restate::RestateWorkflows;
use erynoa_workflows::contract::EffectLog;
use erynoa_workflows::{RunStatus, Start, WorkflowEngine as _};
use tempfile::TempDir;

use crate::server::{config, port, turn, variable};

/// Longest time from one step to the next, with everything that is killed.
const PATIENCE: Duration = Duration::from_secs(60);

fn program() -> PathBuf {
    let here = std::env::current_exe().expect("has a path");
    let worker = here.ancestors().nth(2).expect("in deps").join("examples/restate-worker");
    assert!(
        worker.exists(),
        "{} is missing: cargo build --example restate-worker",
        worker.display()
    );
    worker
}

struct Worker {
    child: Child,
    said: Receiver<String>,
}

fn hear(lines: Lines<BufReader<ChildStdout>>) -> Receiver<String> {
    let (tell, said) = channel();
    std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tell.send(line)));
    said
}

impl Worker {
    fn start(effects: &Path, when: &str, at: usize) -> Self {
        let mut child = Command::new(program())
            .arg(port().to_string())
            .arg(effects)
            .args([when.to_owned(), at.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the worker starts");
        let said = hear(BufReader::new(child.stdout.take().expect("piped")).lines());
        let worker = Self { child, said };
        assert_eq!(worker.said.recv_timeout(PATIENCE).as_deref(), Ok("ready"));
        worker
    }

    fn has_reached(&self) -> bool {
        self.said.try_recv().is_ok_and(|said| said == "reached")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("is gone");
    }
}

fn server(command: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../scripts/services.sh");
    variable("ERYNOA_SERVICES_DIR");
    let done = Command::new(script).args([command, "restate"]).stdout(Stdio::null()).status();
    assert!(done.expect("the script runs").success(), "services.sh {command} restate");
}

/// Kills the worker at every step, and where `engine_too` the server as well.
async fn die_at_every_step(steps: serde_json::Value, engine_too: bool) -> (Vec<String>, RunStatus) {
    let _turn = turn().await;
    let effects = TempDir::new().expect("a folder");
    let engine = RestateWorkflows::new(config(port())).expect("a client");
    let mut worker = Worker::start(effects.path(), "before", 1);
    engine.register().await.expect("registers");
    let start = Start {
        key: "a".into(),
        workflow: "law".into(),
        owner: String::new(),
        input: serde_json::json!({ "steps": steps }),
    };
    engine.start(start).await.expect("starts");
    let mut lives = 0;
    let run = 'lives: loop {
        let mut waited = Duration::ZERO;
        while !worker.has_reached() {
            // It does not answer while the server is away.
            if let Ok(run) = engine.get("a").await
                && run.status.is_over()
            {
                break 'lives run;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            waited += Duration::from_millis(20);
            assert!(waited < PATIENCE, "nothing goes on: {:?}", engine.get("a").await);
        }
        lives += 1;
        if engine_too {
            server("kill");
        }
        drop(worker);
        if engine_too {
            server("start");
        }
        let (when, at) = if lives % 2 == 1 { ("after", 1) } else { ("before", 2) };
        worker = Worker::start(effects.path(), when, at);
    };
    assert!(lives >= 4, "{lives} lives are too tame");
    (EffectLog::new(effects.path()).effects(), run.status)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_of_the_service_at_every_step_leaves_each_effect_once_and_the_run_ends() {
    let steps = serde_json::json!([{}, {}, { "wait_ms": 300 }, {}, {}]);
    let (effects, status) = die_at_every_step(steps, false).await;
    assert_eq!(effects, ["did a/0", "did a/1", "did a/3", "did a/4"]);
    assert_eq!(status, RunStatus::Completed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_of_the_engine_at_every_step_leaves_each_effect_once_and_the_run_ends() {
    let steps = serde_json::json!([{ "undo": true }, { "wait_ms": 300 }, { "undo": true }, { "act": "refuse" }]);
    let (effects, status) = die_at_every_step(steps, true).await;
    assert_eq!(effects, ["did a/0", "did a/2", "undid a/2", "undid a/0"]);
    assert_eq!(status, RunStatus::Failed);
}
