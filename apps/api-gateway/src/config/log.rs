//! The log, its epochs, and who cosigns it.

use erynoa_events::{NoteKeyKind, VerifierKey, parse_verifier_key};
use erynoa_kernel::{Did, IdentityId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Config, Mistake};

/// Witnesses of others that may be named: each adds a line to the checkpoint.
const MOST_WITNESSES: usize = 32;
/// Logs that this node may cosign.
const MOST_LOGS: usize = 1_000;

/// Witnesses that a rule may name.
const MOST_FOUNDING: usize = 64;
/// Greatest weight of a witness.
const WEIGHT_MOST: u32 = 1_000;

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
    /// Witnesses that the root realm names from its founding on, at most 64. It
    /// counts once, when the first operator claims the installation; later a
    /// proposal changes them. Empty = the log's own key alone.
    pub founding_witnesses: Vec<FoundingWitness>,
}

/// A witness that the root realm names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundingWitness {
    /// DID of its identity; `self` is the log's own.
    pub did: String,
    /// Its weight, 1 to 1 000.
    #[schemars(range(min = 1, max = 1_000))]
    pub weight: u32,
}

impl FoundingWitness {
    /// Its identity; `None` when the text is no DID.
    #[must_use]
    pub fn identity(&self, log: IdentityId) -> Option<IdentityId> {
        match self.did.as_str() {
            "self" => Some(log),
            did => did.parse::<Did>().ok().map(|did| did.identity),
        }
    }
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
            founding_witnesses: Vec::new(),
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
            ("log.founding_witnesses", log.founding_witnesses.len(), MOST_FOUNDING),
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
        let mut named = Vec::new();
        for witness in &log.founding_witnesses {
            let key = "log.founding_witnesses";
            let FoundingWitness { did, weight } = witness;
            if !(1..=WEIGHT_MOST).contains(weight) {
                let reason = format!("gives {did:?} the weight {weight}, must be 1 to 1000");
                mistakes.push(Mistake::new(key, reason));
            }
            match witness.identity(IdentityId::from_bytes([0; 32])) {
                None => mistakes.push(Mistake::new(key, format!("{did:?} is no DID and not self"))),
                Some(who) if named.contains(&who) => {
                    mistakes.push(Mistake::new(key, format!("names {did:?} twice")));
                }
                Some(who) => named.push(who),
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

#[cfg(test)]
mod tests {
    use erynoa_events::{SigningKey, verifier_key, witness_verifier_key};

    use super::*;

    fn keys(number: u8) -> (String, String) {
        let key = SigningKey::from_seed([number; 32]).public_key();
        (verifier_key("log.example", &key), witness_verifier_key("witness.example", &key))
    }

    fn witness(url: &str, verifier_key: String) -> Witness {
        Witness { url: url.to_owned(), verifier_key }
    }

    fn mistakes(witnesses: Vec<Witness>, witness_for: Vec<String>) -> Vec<String> {
        let mut config = Config::default();
        config.log.witnesses = witnesses;
        config.log.witness_for = witness_for;
        config.mistakes().into_iter().map(|mistake| mistake.to_string()).collect()
    }

    #[test]
    fn witnesses_and_logs_are_named_by_their_own_kind_of_key() {
        let ((log, one), (_, two)) = (keys(1), keys(2));
        let good = vec![
            witness("https://witness.example/", one.clone()),
            witness("http://127.0.0.1:9", two),
        ];
        assert_eq!(mistakes(good.clone(), vec![log.clone()]), [""; 0]);
        let config = Log { witnesses: good, witness_for: vec![log.clone()], ..Log::default() };
        let asked = config.asked_witnesses();
        assert_eq!(asked[0].0, "https://witness.example");
        assert_eq!(asked[0].1.to_string(), one);
        assert_eq!(config.cosigned_logs()[0].to_string(), log);

        let wrong = mistakes(vec![witness("https://witness.example", log)], vec![one]);
        assert_eq!(wrong.len(), 2, "{wrong:?}");
        assert!(wrong[0].starts_with("log.witnesses: has a key of type 1"), "{wrong:?}");
        assert!(wrong[1].starts_with("log.witness_for: has a key of type 4"), "{wrong:?}");
    }

    #[test]
    fn what_is_no_address_or_no_key_is_a_mistake_and_so_are_too_many() {
        let (log, one) = keys(1);
        for (url, key, why) in [
            ("witness.example", one.clone(), "is no address"),
            ("ftp://witness.example", one.clone(), "is no address"),
            ("https://witness.example", one.replace('+', "-"), "a verifier key is"),
            ("https://witness.example", format!("x{one}"), "the key id does not belong"),
        ] {
            let found = mistakes(vec![witness(url, key)], Vec::new());
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].starts_with("log.witnesses: ") && found[0].contains(why), "{found:?}");
        }
        let twice = vec![witness("https://a.example", one.clone()); 2];
        assert_eq!(mistakes(twice, Vec::new()), ["log.witnesses: names a key twice"]);
        let crowd = |count: u8| -> Vec<Witness> {
            (1..=count).map(|n| witness("https://a.example", keys(n).1)).collect()
        };
        assert_eq!(mistakes(crowd(32), Vec::new()), [""; 0]);
        assert_eq!(mistakes(crowd(33), Vec::new()), ["log.witnesses: names 33, at most 32 may be"]);
        assert_eq!(mistakes(Vec::new(), vec![log.clone(); 1_000]), [""; 0]);
        assert_eq!(
            mistakes(Vec::new(), vec![log; 1_001]),
            ["log.witness_for: names 1001, at most 1000 may be"]
        );
    }
}
