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
    let code = recovery.lines().last().unwrap();
    assert_eq!(code.split('-').map(str::len).collect::<Vec<_>>(), [4; 14], "{code}");
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

/// A key file made offline, and its DID.
fn keygen(folder: &std::path::Path, name: &str) -> (String, String) {
    let path = folder.join(name).to_str().unwrap().to_owned();
    let (code, stdout, stderr) = outcome(&["keygen", "--offline", "--out", &path, "--json"]);
    assert_eq!(code, 0, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    (path, document["did"].as_str().unwrap().to_owned())
}

#[test]
fn an_endorsement_and_a_consent_are_signed_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let (ada, _) = keygen(folder.path(), "ada.json");
    let (_, bob) = keygen(folder.path(), "bob.json");
    let realm = format!("00030001{}", "ab".repeat(28));
    let (code, endorsement, stderr) = outcome(&["--key", &ada, "realm", "endorse", &realm, &bob]);
    assert_eq!(code, 0, "{stderr}");
    assert!(endorsement.starts_with("erynoa-endorsement:"), "{endorsement}");
    let (code, consent, stderr) = outcome(&["--key", &ada, "controller", "consent", &bob]);
    assert_eq!(code, 0, "{stderr}");
    assert!(consent.starts_with("erynoa-consent:"), "{consent}");
    // A consent to something else is refused before anything is sent.
    let other = format!("00010001{}", "cd".repeat(28));
    let line = ["--key", &ada, "controller", "set", &other, "--consent", consent.trim()];
    let (code, _, stderr) = outcome(&line);
    assert_eq!(code, 2, "{stderr}");
}

#[test]
fn what_is_wrong_with_a_command_is_said_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (ada, bob) = keygen(folder.path(), "ada.json");
    let event = format!("00020001{}", "ab".repeat(28));
    let rule = folder.path().join("rule.json");
    fs::write(&rule, r#"{ "id": "a", "category": "min-trust" }"#).unwrap();
    let rule = rule.to_str().unwrap();
    for (expected, said, line) in [
        (2, "0 votes say nothing", vec!["vote", &event, "0"]),
        (2, "11 is not in -10..=10", vec!["vote", &event, "11"]),
        (2, "names no event", vec!["veto", "abc"]),
        (2, "names no identity", vec!["vouch", "give", "bob"]),
        (2, "a ratio from 0 to 1", vec!["vouch", "give", &bob, "--stake", "2"]),
        (2, "say what may be done", vec!["delegation", "give", &bob]),
        (2, "6 is not in 0..=5", vec!["delegation", "give", &bob, "--depth", "6"]),
        (2, "--forever", vec!["identity", "deactivate"]),
        (2, "RECEIPT_OFFER_INVALID", vec!["receipt", "show", "AAAA"]),
        (2, "required", vec!["report", "judge", &event]),
        (
            2,
            "cannot be used with",
            vec!["report", "judge", &event, "--unfounded", "--confirmed", "low"],
        ),
        (5, "RECOVERY_CODE_INVALID", vec!["recovery", "start", &ada]),
        (
            5,
            "is no category",
            vec!["proposal", "check", "--kind", "rule", "--title", "x", "--set", rule],
        ),
        (4, "cannot be reached", vec!["realm", "list"]),
        (4, "cannot be reached", vec!["vote", &event, "-3", "--dry-run"]),
    ] {
        let (code, _, stderr) = outcome(&[&["--key", ada.as_str()], line.as_slice()].concat());
        assert_eq!(code, expected, "{line:?}: {stderr}");
        assert!(stderr.contains(said), "{line:?}: {stderr}");
    }
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
