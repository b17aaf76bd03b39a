//! Nodes whose processes are killed.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::*;

/// A gateway in a process of its own.
struct Process {
    config: PathBuf,
    url: String,
    child: Child,
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

impl Process {
    async fn start(folder: &Path, rest: &str) -> Self {
        let port = free_port();
        let config = folder.join("node.toml");
        let text = format!(
            "[application]\nport = {port}\ndata_dir = {:?}\n\n\
             [log]\nepoch_max_seconds = 1\n\n\
             [limits]\nrequests_per_second = 100000\nburst = 100000\n\n\
             [p2p]\nenabled = true\nmdns = false\nupnp = false\nautonat = false\n{rest}\n",
            folder.join("data")
        );
        std::fs::write(&config, text).unwrap();
        let child = Self::spawn(&config);
        let url = format!("http://127.0.0.1:{port}");
        let mut process = Self { config, url, child };
        process.awake().await;
        process
    }

    fn spawn(config: &Path) -> Child {
        Command::new(env!("CARGO_BIN_EXE_erynoa-gateway"))
            .arg("--config")
            .arg(config)
            .current_dir(config.parent().unwrap())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    async fn awake(&mut self) {
        let health = format!("{}/api/v1/health", self.url);
        let ask = || async { reqwest::get(&health).await.is_ok_and(|a| a.status().is_success()) };
        until("the server answers", ask, |answers| *answers).await;
        assert!(self.child.try_wait().unwrap().is_none(), "it runs");
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    async fn start_again(&mut self) {
        self.child = Self::spawn(&self.config);
        self.awake().await;
    }

    fn seat(&self) -> Seat {
        let link = std::fs::read_to_string(self.config.with_file_name("data").join("claim-link"));
        let token = link.ok().and_then(|l| l.trim().rsplit_once('#').map(|(_, t)| t.to_owned()));
        Seat::elsewhere(&self.url, token)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn home_and_witness_that_are_killed_in_turn_lose_nothing_and_agree_again() {
    let (at_home, far) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let key = node_key(&far.path().join("data"), 70);
    let peer_port = free_port();
    let founding = format!(
        "port = {peer_port}\n\n[[log.founding_witnesses]]\ndid = \"self\"\nweight = 1\n\n\
         [[log.founding_witnesses]]\ndid = \"{}\"\nweight = 1",
        did(&key)
    );
    let mut home = Process::start(at_home.path(), &founding).await;
    let seat = home.seat();
    let mut olga = Person::new(1);
    let (token, _) = operator(&seat, &mut olga).await;
    register(&seat, &key).await;
    let known = status(&seat, &token).await;
    let follows = format!(
        "port = 0\nfollow = \"{}\"\nwitness = true\nbootstrap_peers = [\"{}\"]",
        known.verifier_key,
        address(&known)
    );
    let mut witness = Process::start(far.path(), &follows).await;
    let mut acknowledged = 0;
    for round in 0..6_u8 {
        let receipts = (0..20_u8).map(|at| Person::new(80 + round * 20 + at).is_born("Somebody"));
        for event in receipts {
            acknowledged = seat.submit(&event).await.unwrap().sequence;
        }
        let killed = if round % 2 == 0 { &mut witness } else { &mut home };
        killed.kill();
        killed.start_again().await;
    }
    let sequence = acknowledged;
    for process in [&home, &witness] {
        let seat = process.seat();
        until(
            "what was acknowledged is final",
            || witnessed(&seat),
            |answer| answer.witnessed_size > sequence,
        )
        .await;
    }
    let token = claim_again(&home.seat(), &olga).await;
    let token_of_copy = claim(&witness.seat(), &olga).await;
    let at_home = until(
        "the home rests",
        || async { status(&home.seat(), &token).await },
        |node| node.log_size == node.checkpoint_size && node.log_size == node.witnessed_size,
    )
    .await;
    let far = until(
        "the witness has everything",
        || async { status(&witness.seat(), &token_of_copy).await },
        |node| node.log_size == at_home.log_size,
    )
    .await;
    assert_eq!(far.state_root, at_home.state_root);
    assert_eq!(far.halted, "");
}
