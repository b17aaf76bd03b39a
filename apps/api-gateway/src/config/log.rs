//! The log, its epochs, and who cosigns it.

use erynoa_events::{NoteKeyKind, VerifierKey, parse_verifier_key};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Config, Mistake};

/// Witnesses of others that may be named: each adds a line to the checkpoint.
const MOST_WITNESSES: usize = 32;
/// Logs that this node may cosign.
const MOST_LOGS: usize = 1_000;

/// The log and its epochs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Entries after which an epoch closes, 1 to 10 000.
    #[schemars(range(min = 1, max = 10_000))]
    pub epoch_max_events: u32,
    /// Seconds after which an epoch with anything in it closes, 1 to 10.
    #[schemars(range(min = 1, max = 10))]
    pub epoch_max_seconds: u32,
    /// Origin line of the checkpoints; empty = host and port of the public URL
    /// followed by `/log`. Fixed once the log has a checkpoint.
    pub origin: String,
    /// system: the log's time is the server's. events: for imports of history,
    /// the log's time is the greatest event time, and an epoch closes with each
    /// day of the events.
    pub clock: LogClock,
    /// Witnesses of others (C2SP tlog-witness) that are asked to cosign each
    /// checkpoint of this log, at most 32. One that is away holds up nothing.
    pub witnesses: Vec<Witness>,
    /// Logs of others whose checkpoints this node cosigns at
    /// `/log/add-checkpoint`: their C2SP verifier keys, at most 1 000. A log
    /// with several keys is named with each.
    pub witness_for: Vec<String>,
}

/// A witness of others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Witness {
    /// Its submission prefix: checkpoints are posted to `<url>/add-checkpoint`.
    pub url: String,
    /// Its C2SP verifier key, `<name>+<key id>+<base64>` of type 4.
    pub verifier_key: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            epoch_max_events: 10_000,
            epoch_max_seconds: 10,
            origin: String::new(),
            clock: LogClock::System,
            witnesses: Vec::new(),
            witness_for: Vec::new(),
        }
    }
}

/// Where the log takes its time from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogClock {
    /// The server's clock.
    #[default]
    System,
    /// The events' own time.
    Events,
}

impl Log {
    /// Keys of the logs that this node cosigns.
    #[must_use]
    pub fn cosigned_logs(&self) -> Vec<VerifierKey> {
        // Those that are none are a mistake, which keeps the server from starting.
        self.witness_for.iter().filter_map(|text| parse_verifier_key(text).ok()).collect()
    }

    /// Where witnesses of others are, and their keys.
    #[must_use]
    pub fn asked_witnesses(&self) -> Vec<(String, VerifierKey)> {
        let parsed = self.witnesses.iter().map(|witness| {
            let key = parse_verifier_key(&witness.verifier_key).ok()?;
            Some((witness.url.trim_end_matches('/').to_owned(), key))
        });
        parsed.flatten().collect()
    }
}

impl Config {
    pub(super) fn check_log(&self, mistakes: &mut Vec<Mistake>) {
        let log = &self.log;
        if log.origin.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+') {
            mistakes.push(Mistake::new("log.origin", "must not hold white space or a plus sign"));
        }
        for (key, count, most) in [
            ("log.witnesses", log.witnesses.len(), MOST_WITNESSES),
            ("log.witness_for", log.witness_for.len(), MOST_LOGS),
        ] {
            if count > most {
                mistakes.push(Mistake::new(key, format!("names {count}, at most {most} may be")));
            }
        }
        let mut known = Vec::new();
        for witness in &log.witnesses {
            let url = &witness.url;
            let web = url.starts_with("http://") || url.starts_with("https://");
            if !web || crate::app::origin_of(url).is_none() {
                let reason = format!("{url:?} is no address such as https://witness.example");
                mistakes.push(Mistake::new("log.witnesses", reason));
            }
            match parse_verifier_key(&witness.verifier_key) {
                Err(error) => mistakes.push(Mistake::new("log.witnesses", error.to_string())),
                Ok(key) if key.kind != NoteKeyKind::Witness => {
                    let reason =
                        "has a key of type 1, which is that of a log; witnesses have type 4";
                    mistakes.push(Mistake::new("log.witnesses", reason));
                }
                Ok(key) if known.contains(&key.key) => {
                    mistakes.push(Mistake::new("log.witnesses", "names a key twice"));
                }
                Ok(key) => known.push(key.key),
            }
        }
        for text in &log.witness_for {
            match parse_verifier_key(text) {
                Err(error) => mistakes.push(Mistake::new("log.witness_for", error.to_string())),
                Ok(key) if key.kind != NoteKeyKind::Log => {
                    let reason =
                        "has a key of type 4, which is that of a witness; logs have type 1";
                    mistakes.push(Mistake::new("log.witness_for", reason));
                }
                Ok(_) => {}
            }
        }
    }
}
