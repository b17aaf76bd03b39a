//! The crash law of workflows.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use erynoa_fjall::FjallStore;
use erynoa_workflows::contract::EffectLog;
use erynoa_workflows::{Run, Runs as _};
use tempfile::TempDir;

/// Lives after which a run must have ended.
const MOST_LIVES: usize = 100;

fn worker() -> PathBuf {
    let here = std::env::current_exe().expect("has a path");
    let worker = here.ancestors().nth(2).expect("in deps").join("examples/workflow-worker");
    assert!(
        worker.exists(),
        "{} is missing: cargo build --example workflow-worker",
        worker.display()
    );
    worker
}

/// A run that is killed again and again.
struct Victim {
    home: TempDir,
    effects: TempDir,
    lives: usize,
}

impl Victim {
    /// Posts the start and dies before anybody starts it.
    fn posted(input: &str) -> Self {
        let folder = || TempDir::new().expect("a folder");
        let mut victim = Self { home: folder(), effects: folder(), lives: 0 };
        assert!(!victim.life(&["posted", input]));
        victim
    }

    /// One life up to a stop; whether the run was over first.
    fn life(&mut self, stop: &[&str]) -> bool {
        self.lives += 1;
        assert!(self.lives < MOST_LIVES, "the run does not end; calls: {:?}", self.log().calls());
        let mut child = Command::new(worker())
            .args([self.home.path(), self.effects.path()])
            .args(stop)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the worker starts");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut said).expect("text");
        child.kill().expect("SIGKILL");
        child.wait().expect("is gone");
        assert!(said == "over\n" || said == "reached\n", "{stop:?}: {said:?}");
        said == "over\n"
    }

    /// Kills it before and after each effect, and before what it gave is
    /// written down, until the run is over.
    fn die_at_every_step(&mut self) {
        while !(self.life(&["before", "1"])
            || self.life(&["after", "1"])
            || self.life(&["before", "2"]))
        {}
    }

    fn log(&self) -> EffectLog {
        EffectLog::new(self.effects.path())
    }

    async fn run(&self) -> Run {
        let store = FjallStore::open(self.home.path()).expect("opens");
        store.runs().get("a").await.expect("reads").expect("is there")
    }
}

#[tokio::test]
async fn kill_9_at_every_step_leaves_each_effect_once_and_the_run_ends() {
    let mut victim = Victim::posted(r#"{"steps": [{}, {}, {"wait_ms": 300}, {}, {}]}"#);
    assert!(!victim.life(&["waiting"]));
    victim.die_at_every_step();
    assert_eq!(victim.log().effects(), ["did a/0", "did a/1", "did a/3", "did a/4"]);
    assert_eq!(victim.run().await.status.name(), "completed");
}

#[tokio::test]
async fn kill_9_on_the_way_there_and_back_undoes_each_effect_once() {
    let steps = r#"{"steps": [{"undo": true}, {}, {"undo": true}, {"act": "refuse"}]}"#;
    let mut victim = Victim::posted(steps);
    victim.die_at_every_step();
    let effects = victim.log().effects();
    assert_eq!(effects, ["did a/0", "did a/1", "did a/2", "undid a/2", "undid a/0"]);
    assert_eq!(victim.run().await.status.name(), "failed");
    assert!(victim.lives > 8, "{} lives are too tame", victim.lives);
    // At most one call a step, and one more for each life that cut one off.
    assert!(victim.log().calls().len() <= 6 + victim.lives, "{:?}", victim.log().calls());
}

#[tokio::test]
async fn a_start_that_was_posted_runs_although_its_poster_was_killed() {
    let mut victim = Victim::posted(r#"{"steps": [{}]}"#);
    assert!(victim.life(&["never"]));
    assert!(victim.life(&["never"]));
    assert_eq!(victim.log().effects(), ["did a/0"]);
    assert_eq!(victim.log().calls(), ["run a/0"]);
}
