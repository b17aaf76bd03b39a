//! What works without a server, and what the exit codes say.

use std::fs;

use serde_json::Value;

use crate::outcome;

#[test]
fn offline_keygen_writes_a_private_key_file_and_a_recovery_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    let file = path.to_str().unwrap();
    let line = ["keygen", "--offline", "--recovery", "--name", "Ada", "--out", file, "--json"];
    let (code, stdout, stderr) = outcome(&line);
    assert_eq!(code, 0, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert!(document["did"].as_str().unwrap().starts_with("did:erynoa:self:"));
    assert_eq!(document["sequence"], Value::Null);
    let key: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(key["did"], document["did"]);
    let secret = key["secret_key"].as_str().unwrap();
    assert!(!stdout.contains(secret), "the secret is never printed");
    let recovery = document["recovery_file"].as_str().unwrap();
    let recovery = fs::read_to_string(recovery).unwrap();
    assert!(!recovery.contains(secret), "the recovery key is another key");

    let before = fs::read(&path).unwrap();
    let (code, _, stderr) = outcome(&["keygen", "--offline", "--out", file]);
    assert_eq!(code, 5, "{stderr}");
    assert_eq!(fs::read(&path).unwrap(), before, "a key is never overwritten");
}

#[test]
fn a_name_that_breaks_the_field_rules_writes_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    let name = "x".repeat(129);
    let line = ["keygen", "--offline", "--name", &name, "--out", path.to_str().unwrap()];
    let (code, _, stderr) = outcome(&line);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("EVENT_FIELD_INVALID"), "{stderr}");
    assert!(!path.exists());
}

#[test]
fn completions_come_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, stdout, stderr) = outcome(&["completions", shell]);
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.contains("erynoa") && stdout.contains("attest"), "{shell}");
    }
}

#[test]
fn help_names_the_exit_codes() {
    let (code, stdout, _) = outcome(&["--help"]);
    assert_eq!(code, 0);
    for line in ["1  verification failed", "3  refused by the server", "5  a problem with a local"]
    {
        assert!(stdout.contains(line), "{stdout}");
    }
}

#[test]
fn exit_codes_tell_usage_server_and_file_apart() {
    let id = "0".repeat(64);
    assert_eq!(outcome(&["nonsense"]).0, 2);
    assert_eq!(outcome(&["trust", "show", "somebody"]).0, 2);
    assert_eq!(outcome(&["--server", "ftp://x", "health"]).0, 2);
    assert_eq!(outcome(&["events", "get", &id]).0, 4);
    assert_eq!(outcome(&["health"]).0, 4);
    assert_eq!(outcome(&["whoami"]).0, 5);
    assert_eq!(outcome(&["log", "verify", "/nonexistent"]).0, 5);
    assert_eq!(outcome(&["admin", "rebuild", "--data-dir", "/nonexistent"]).0, 5);
}

#[test]
fn errors_are_json_documents_when_json_is_asked_for() {
    let (code, stdout, stderr) = outcome(&["health", "--json"]);
    assert_eq!((code, stdout.as_str()), (4, ""));
    let document: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!(document["error"]["code"], "UNREACHABLE");
}
