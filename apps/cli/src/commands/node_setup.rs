//! Setting up a follower, and starting it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use erynoa_events::{NoteKeyKind, parse_verifier_key};
use serde_json::{Value, json};

use super::Context;
use super::node::keys_of;
use crate::error::CliError;
use crate::node_arguments::FollowerArguments;
use crate::node_key;

/// Name of the configuration in the follower's folder.
const FILE: &str = "node.toml";

/// Asks the home for its log's key, writes the configuration and starts.
pub(crate) async fn follow(
    context: &Context,
    node: FollowerArguments,
    no_start: bool,
) -> Result<(), CliError> {
    let (log, _) = keys_of(context).await?;
    let file = write(&log, &node)?;
    let seed = node_key::read_or_make(&node.data_dir, &context.entropy)?;
    let key = node_key::public(&seed);
    let did = node_key::did(&key).to_string();
    let start = format!("erynoa-gateway --config {}", file.display());
    let document = json!({
        "file": file.display().to_string(),
        "follow": log,
        "peer_id": node_key::peer_id(&key),
        "did": did,
    });
    let mut text = format!(
        "log            {log}\n\
         configuration  {}\n\
         this node      {did}\n\n\
         Compare the log's key with what the home's operator tells you another way.\n",
        file.display()
    );
    if node.witness {
        text.push_str(&format!(
            "Register the node at the home: erynoa --server {} node register --data-dir {}\n\
             A realm's witnesses are named by its rules: give your DID to its members.\n",
            context.server(),
            node.data_dir.display()
        ));
    }
    if no_start {
        text.push_str(&format!("Start it: {start}\n"));
    }
    context.output.result(&document, &text);
    if no_start {
        return Ok(());
    }
    serve(&file, &node)
}

/// Writes the configuration of a follower of this log and starts it.
pub(crate) fn start(
    context: &Context,
    log: &str,
    node: &FollowerArguments,
) -> Result<(), CliError> {
    let file = write(log, node)?;
    context.output.note(&format!("configuration: {}", file.display()));
    serve(&file, node)
}

/// A text as TOML writes it: JSON's strings are TOML's too.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn write(log: &str, node: &FollowerArguments) -> Result<PathBuf, CliError> {
    let known = parse_verifier_key(log)
        .map_err(|error| CliError::Usage(format!("the log's key {log:?}: {error}")))?;
    if known.kind != NoteKeyKind::Log {
        return Err(CliError::Usage("that is the key of a witness, not of a log".to_owned()));
    }
    let folder = &node.data_dir;
    let failed = |error| CliError::file(folder, error);
    fs::create_dir_all(folder).map_err(failed)?;
    let folder = fs::canonicalize(folder).map_err(failed)?;
    let peers: Vec<String> = node.peers.iter().map(|peer| quoted(peer)).collect();
    let text = format!(
        "# A follower of {}.\n\
         [application]\n\
         host = {}\n\
         port = {}\n\
         data_dir = {}\n\n\
         [p2p]\n\
         enabled = true\n\
         port = {}\n\
         follow = {}\n\
         witness = {}\n\
         bootstrap_peers = [{}]\n",
        known.name,
        quoted(&node.host.to_string()),
        node.port,
        quoted(&folder.display().to_string()),
        node.peer_port,
        quoted(log),
        node.witness,
        peers.join(", "),
    );
    let file = folder.join(FILE);
    fs::write(&file, text).map_err(|error| CliError::file(&file, error))?;
    Ok(file)
}

/// The server's program: as named, beside this one, or in the path.
fn program(node: &FollowerArguments) -> PathBuf {
    const NAME: &str = "erynoa-gateway";
    if let Some(named) = &node.server_bin {
        return named.clone();
    }
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name(NAME));
    beside.filter(|file| file.is_file()).unwrap_or_else(|| PathBuf::from(NAME))
}

/// Becomes the server.
fn serve(file: &Path, node: &FollowerArguments) -> Result<(), CliError> {
    let program = program(node);
    let mut command = Command::new(&program);
    command.arg("--config").arg(file);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        // It only comes back when it could not begin.
        Err(CliError::file(&program, command.exec()))
    }
    #[cfg(not(unix))]
    {
        let ended = command.status().map_err(|error| CliError::file(&program, error))?;
        if ended.success() {
            return Ok(());
        }
        Err(CliError::Local(format!("{} ended with {ended}", program.display())))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Command};
    use crate::node_arguments::NodeCommand;

    fn arguments(folder: &Path, log: &str) -> (String, FollowerArguments) {
        let folder = folder.display().to_string();
        let line = [
            "erynoa",
            "node",
            "start",
            "--follow",
            log,
            "--peer",
            "/ip4/192.0.2.7/tcp/4001/p2p/x",
            "--witness",
            "--data-dir",
            &folder,
            "--port",
            "3001",
        ];
        match Arguments::try_parse_from(line).expect("it is right").command {
            Command::Node(NodeCommand::Start { follow, node }) => (follow, node),
            _ => unreachable!("that is what was said"),
        }
    }

    #[test]
    fn the_configuration_of_a_follower_names_log_peers_and_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = erynoa_events::SigningKey::from_seed([3; 32]).public_key();
        let log = erynoa_events::verifier_key("home.example/log", &key);
        let (follow, node) = arguments(folder.path(), &log);
        let text = fs::read_to_string(write(&follow, &node).expect("it is written"));
        let text = text.expect("it is there");
        for line in [
            "port = 3001".to_owned(),
            "port = 4001".to_owned(),
            "witness = true".to_owned(),
            format!("follow = \"{log}\""),
            "bootstrap_peers = [\"/ip4/192.0.2.7/tcp/4001/p2p/x\"]".to_owned(),
        ] {
            assert!(text.lines().any(|known| known == line), "{line} in {text}");
        }
    }

    #[test]
    fn the_key_of_a_witness_is_no_log_to_follow() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = erynoa_events::SigningKey::from_seed([3; 32]).public_key();
        let witness = erynoa_events::witness_verifier_key("home.example/log", &key);
        for wrong in [witness.as_str(), "home.example/log"] {
            let (follow, node) = arguments(folder.path(), wrong);
            assert!(matches!(write(&follow, &node), Err(CliError::Usage(_))), "{wrong}");
            assert!(!folder.path().join(FILE).exists());
        }
    }
}
