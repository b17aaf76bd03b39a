//! What was found of a log, for people and programs.

use erynoa_kernel::{Did, PublicKey};
use serde_json::{Value, json};

use crate::light::{Claim, Outcome, Step, Verdict};
use crate::light_json::witnesses_document;
use crate::light_witness::{Said, Witness};
use crate::output::safe;
use crate::time_text::date_time;

/// Why this key is taken for the log's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyFrom {
    /// The user has named it.
    Given,
    /// It is the one that was seen before, first at this time in microseconds.
    Remembered(u64),
    /// The server says so, at the first visit.
    Server,
    /// The file says so, and nobody else.
    File,
}

/// Who says who the witnesses are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetFrom {
    Given,
    Remembered,
    Server,
    File,
}

impl SetFrom {
    const fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Remembered => "remembered",
            Self::Server => "server",
            Self::File => "file",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Given => "named with --witness",
            Self::Remembered => "as this machine remembers them",
            Self::Server => "as the server names them",
            Self::File => "as the file names them",
        }
    }
}

/// Everything that is printed of a check.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) claim: &'a Claim,
    pub(crate) verdict: &'a Verdict,
    pub(crate) key_from: KeyFrom,
    pub(crate) set_from: SetFrom,
    /// The set that was told, when it differs from the remembered one.
    pub(crate) told: Option<&'a [Witness]>,
    pub(crate) changes: &'a [String],
    /// Files with two heads that contradict each other.
    pub(crate) fork: &'a [String],
}

/// What a code means here, in a few words.
pub(crate) fn words(code: &str) -> &'static str {
    match code {
        "EVENT_NOT_CANONICAL" => "the bytes are no event",
        "EVENT_ID_FOREIGN" => "the id names another event",
        "EVENT_SIGNATURE_INVALID" => "the author's signature does not hold",
        "PROOF_LEAF_WRONG" => "the hash is that of another entry",
        "PROOF_PATH_WRONG" => "the path does not lead to the tree's root",
        "PROOF_ROOT_WRONG" => "the checkpoint is of another tree than the proof",
        "CHECKPOINT_UNKNOWN" => "no checkpoint covers it yet",
        "CHECKPOINT_MALFORMED" => "the note is no checkpoint",
        "CHECKPOINT_ORIGIN_FOREIGN" => "the checkpoint is one of another log",
        "CHECKPOINT_SIGNATURE_INVALID" => "the log's key has not signed the checkpoint",
        "LOG_FIRST_SEEN" => "nothing was seen of this log before",
        "LOG_BEHIND" => "older than what was seen before, and not joined to it",
        "LOG_FORKED" => "two heads of the log contradict each other",
        "LOG_KEY_CHANGED" => "another log, or another key of it, than before",
        "PROOF_CONSISTENCY_WRONG" => "the log does not continue what was seen before",
        "PROOF_NEEDS_LOG" => "only a server of the log can join it to what was seen before",
        "COSIGNATURES_MISSING" => "no cosignature yet",
        "COSIGNATURE_INVALID" => "a line under a witness's key is no cosignature of this head",
        "WITNESS_KEY_FOREIGN" => "the DID of a node is not that of its key",
        "WITNESSES_UNKNOWN" => "nobody has said who the witnesses are",
        "QUORUM_MISSING" => "not more than two thirds of the weight",
        _ => "a rule of the protocol is broken",
    }
}

impl Report<'_> {
    /// The key that was known, when the log has gone from it to another one.
    fn earlier_key(&self) -> Option<PublicKey> {
        let known = match (self.key_from, &self.claim.seen) {
            (KeyFrom::Remembered(_), Some(seen)) => seen.log.key,
            _ => self.claim.log.key,
        };
        (known != self.verdict.key).then_some(known)
    }

    /// With `--json`.
    pub(crate) fn document(&self) -> Value {
        let Self { claim, verdict, .. } = self;
        let steps: Vec<_> = verdict
            .steps
            .iter()
            .map(|(step, outcome)| {
                let message = if outcome.code().is_empty() { "" } else { words(outcome.code()) };
                json!({
                    "step": step.name(),
                    "outcome": outcome.name(),
                    "code": outcome.code(),
                    "message": message,
                })
            })
            .collect();
        let witnesses: Vec<_> = verdict.count.said.iter().map(witness_document).collect();
        let event = verdict.event.as_ref().zip(claim.entry.as_ref()).map(|(event, entry)| {
            json!({
                "id": event.id().to_string(),
                "sequence": entry.sequence,
                "kind": event.event().body.kind().name(),
                "author": event.event().author.to_string(),
                "public_key": event.signer().to_string(),
                "wall_us": event.event().coordinate.wall_us,
            })
        });
        let head = verdict.head.as_ref().map(|head| {
            json!({
                "size": head.size,
                "root": hex::encode(head.root),
                "note": claim.note,
            })
        });
        let (key_from, first_seen_us) = match self.key_from {
            KeyFrom::Given => ("given", None),
            KeyFrom::Remembered(since) => ("remembered", Some(since)),
            KeyFrom::Server => ("server", None),
            KeyFrom::File => ("file", None),
        };
        json!({
            "state": verdict.state().name(),
            "holds": verdict.holds(),
            "event": event,
            "origin": claim.log.origin,
            "log_key": verdict.key.to_string(),
            "handed_over_from": self.earlier_key().map(|key| key.to_string()),
            "log_key_from": key_from,
            "first_seen_us": first_seen_us,
            "head": head,
            "steps": steps,
            "witnesses": witnesses,
            "witnesses_from": self.set_from.name(),
            "counted_size": verdict.count.size,
            "signed_weight": verdict.count.signed,
            "total_weight": verdict.count.total,
            "witness_changes": self.changes,
            "told_witnesses": witnesses_document(self.told),
            "fork": self.fork,
        })
    }

    /// A line for each step, and one for each witness.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (step, outcome) in &self.verdict.steps {
            let said = match outcome {
                Outcome::Holds => self.holding(*step),
                _ => format!("{}: {}", outcome.code(), words(outcome.code())),
            };
            text.push_str(&line(step.name(), outcome.name(), &said));
            if *step == Step::Cosignatures {
                for said in &self.verdict.count.said {
                    text.push_str(&witness_line(said));
                }
            }
        }
        let key = self.verdict.key;
        text.push_str(&match self.key_from {
            KeyFrom::Given => format!("\nlog key {key}, as you have named it\n"),
            KeyFrom::Remembered(since) => {
                format!("\nlog key {key}, remembered since {}\n", date_time(since))
            }
            KeyFrom::Server => format!(
                "\nlog key {key}\nThis machine sees the log for the first time and takes the \
                 server's word for its key. To be sure whose log it is, compare the key with one \
                 that you have got elsewhere, or name it with --log-key.\n"
            ),
            KeyFrom::File => format!(
                "\nlog key {key}\nOnly the file says that this is the log's key, and anybody can \
                 make such a log: name with --log-key the one that you trust.\n"
            ),
        });
        if let Some(earlier) = self.earlier_key() {
            text.push_str(&format!("handed over from {earlier}, which has signed that\n"));
        }
        text.push_str(&format!("witnesses {}\n", self.set_from.words()));
        if !self.changes.is_empty() {
            text.push_str("the witnesses have changed since they were first seen:\n");
            for change in self.changes {
                text.push_str(&format!("  {}\n", safe(change)));
            }
            text.push_str("counted are the earlier ones; --accept-witnesses takes the new ones\n");
        }
        for file in self.fork {
            text.push_str(&format!("kept as evidence: {file}\n"));
        }
        text.push_str(&format!("\n{}", self.verdict.state().name()));
        text
    }

    /// What a step that holds has shown.
    fn holding(&self, step: Step) -> String {
        let Self { claim, verdict, .. } = self;
        let size = verdict.head.as_ref().map_or(0, |head| head.size);
        match step {
            Step::Event => verdict.event.as_ref().map_or_else(String::new, |event| {
                format!(
                    "{} of {}, signed by {}",
                    event.event().body.kind().name(),
                    date_time(event.event().coordinate.wall_us),
                    event.event().author,
                )
            }),
            Step::Leaf => claim
                .entry
                .as_ref()
                .map_or_else(String::new, |entry| format!("entry {}", entry.sequence)),
            Step::Inclusion => format!("in the tree of {size} entries"),
            Step::Checkpoint => {
                let root = verdict.head.as_ref().map(|head| hex::encode(head.root));
                let origin = safe(&claim.log.origin);
                format!("{origin}, {size} entries, root {}", root.unwrap_or_default())
            }
            Step::Consistency => "continues what this machine has seen before".to_owned(),
            Step::Cosignatures => {
                let holding = verdict.count.said.iter().filter(|s| s.outcome == Outcome::Holds);
                let all = verdict.count.said.len();
                match verdict.count.size {
                    Some(counted) if counted != size => format!(
                        "{} of {all} witnesses, under the head of {counted} entries",
                        holding.count()
                    ),
                    _ => format!("{} of {all} witnesses", holding.count()),
                }
            }
            Step::Quorum => {
                format!("weight {} of {}", verdict.count.signed, verdict.count.total)
            }
        }
    }

    /// What the command ends with; `None` when everything holds.
    pub(crate) fn refusal(&self, forget: &str) -> Option<String> {
        let failed = self.verdict.steps.iter().find(|(_, o)| matches!(o, Outcome::Fails(_)));
        if let Some((step, outcome)) = failed {
            let code = outcome.code();
            let advice = match code {
                "LOG_KEY_CHANGED" => format!(
                    ". The key that is remembered has not handed the log to this one. Right only \
                     when the server was set up anew: when its operator confirms that in another \
                     way than through this server, delete {forget}"
                ),
                "LOG_FORKED" | "PROOF_CONSISTENCY_WRONG" => {
                    ". Keep the files: they are the evidence. Rely on nothing that this server \
                     shows, and tell others who use the log"
                        .to_owned()
                }
                _ => String::new(),
            };
            return Some(format!("{}: {code}: {}{advice}", step.name(), words(code)));
        }
        if self.key_from == KeyFrom::File {
            return Some(
                "nothing is wrong, but anybody can make such a log: name with --log-key the key \
                 that you trust"
                    .to_owned(),
            );
        }
        if self.verdict.holds() {
            return None;
        }
        let open = |(_, outcome): &&(Step, Outcome)| matches!(outcome, Outcome::Open(code) if !code.ends_with("_SEEN"));
        let (step, outcome) = self.verdict.steps.iter().find(open)?;
        let code = outcome.code();
        Some(format!("nothing is wrong, but open is {}: {code}: {}", step.name(), words(code)))
    }
}

fn line(name: &str, outcome: &str, said: &str) -> String {
    format!("{name:<12}  {outcome:<5}  {said}\n")
}

/// Name, DID where it has one, weight, and when it signed.
fn witness_line(said: &Said) -> String {
    let Said { witness, outcome, time_s, .. } = said;
    let when = match (outcome, time_s) {
        (Outcome::Holds, Some(time_s)) => date_time(time_s.saturating_mul(1_000_000)),
        (Outcome::Holds, None) => "the log's own signature".to_owned(),
        _ => format!("{}: {}", outcome.code(), words(outcome.code())),
    };
    let name = if witness.name.is_empty() { &witness.did } else { &witness.name };
    let whose = if said.is_self_certified {
        ""
    } else if witness.did.is_empty() {
        " (by its key)"
    } else {
        " (that the DID has this key is the server's word)"
    };
    let (name, did) = (safe(name), short(&witness.did));
    let said = format!("{name}{did} weight {}{whose}  {when}", witness.weight);
    line("", outcome.name(), &said)
}

/// Enough of a DID to tell it from others.
fn short(did: &str) -> String {
    did.parse::<Did>().map_or_else(
        |_| String::new(),
        |did| format!(" {}:{}…", did.namespace.name(), &did.identity.to_string()[8..16]),
    )
}

fn witness_document(said: &Said) -> Value {
    json!({
        "did": said.witness.did,
        "name": said.witness.name,
        "public_keys": said.witness.keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "weight": said.witness.weight,
        "outcome": said.outcome.name(),
        "code": said.outcome.code(),
        "cosigned_at_s": said.time_s,
        "self_certified": said.is_self_certified,
    })
}
