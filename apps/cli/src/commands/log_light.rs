//! `log prove`, `log head`: an entry and the newest head, checked here.

use std::io::Read;
use std::path::Path;

use erynoa_events::{Checkpoint, NoteKeyKind, is_quorum, is_valid_origin, parse_verifier_key};
use erynoa_kernel::{Clock, EventId, IdentityId, PublicKey};
use erynoa_proto::api::v1 as api;
use prost::Message;

use super::Context;
use super::events::recent;
use crate::client::Client;
use crate::error::CliError;
use crate::light::{
    Claim, Continuity, EntryClaim, Inclusion, LogKey, Outcome, State, Step, Verdict, check, head_of,
};
use crate::light_json::{bundle_document, claim_of, public_key};
use crate::light_keys::MOST_HAND_OVERS;
use crate::light_view::{KeyFrom, Report, SetFrom};
use crate::light_witness::{Witness, changes, total_weight};
use crate::log_arguments::CheckArguments;
use crate::seen_log::{SeenLog, SeenLogs};

/// Most bytes of a file that proves an entry: an entry has 64 KiB, a note too.
const MOST_FILE_BYTES: u64 = 4 << 20;

/// Checks an entry.
pub(crate) async fn prove(
    context: &Context,
    event: Option<&str>,
    arguments: &CheckArguments,
) -> Result<(), CliError> {
    let id = event
        .map(|text| text.parse::<EventId>().map_err(|e| CliError::Usage(format!("{text:?}: {e}"))))
        .transpose()?;
    run(context, arguments, Asked::Entry(id)).await
}

/// Checks the newest head.
pub(crate) async fn head(context: &Context, arguments: &CheckArguments) -> Result<(), CliError> {
    run(context, arguments, Asked::Head).await
}

/// What is checked.
#[derive(Clone, Copy, Debug)]
enum Asked {
    /// `None` for the one in the file.
    Entry(Option<EventId>),
    Head,
}

/// The log and the witnesses that the user names.
struct Named {
    key: Option<PublicKey>,
    origin: Option<String>,
    witnesses: Vec<Witness>,
}

impl Named {
    fn read(arguments: &CheckArguments) -> Result<Self, CliError> {
        let wrong = |what: &str, text: &str, reason: &dyn std::fmt::Display| {
            CliError::Usage(format!("{what} {text}: {reason}"))
        };
        let mut named = Self { key: None, origin: arguments.origin.clone(), witnesses: Vec::new() };
        match arguments.log_key.as_deref() {
            Some(text) if text.contains('+') => {
                let key = parse_verifier_key(text).map_err(|e| wrong("--log-key", text, &e))?;
                if key.kind != NoteKeyKind::Log {
                    return Err(wrong("--log-key", text, &"the key of a witness, not of a log"));
                }
                if named.origin.as_ref().is_some_and(|origin| *origin != key.name) {
                    return Err(wrong("--origin", &key.name, &"the key is one of another log"));
                }
                (named.key, named.origin) = (Some(key.key), Some(key.name));
            }
            Some(text) => {
                named.key = Some(public_key(text).map_err(|e| wrong("--log-key", text, &e))?);
            }
            None => {}
        }
        for text in &arguments.witnesses {
            let key = parse_verifier_key(text).map_err(|e| wrong("--witness", text, &e))?;
            if key.kind != NoteKeyKind::Witness {
                return Err(wrong("--witness", text, &"the key of a log, not of a witness"));
            }
            let keys = vec![key.key];
            named.witnesses.push(Witness { did: String::new(), name: key.name, keys, weight: 1 });
        }
        Ok(named)
    }

    /// What was seen before of this log: of the one that the user names, else of
    /// the one that the server has shown, else of the one with this name.
    fn seen(
        &self,
        logs: &SeenLogs,
        server: Option<&str>,
        origin: &str,
    ) -> Result<Option<SeenLog>, CliError> {
        if self.origin.is_none()
            && let Some(server) = server
            && let Some(seen) = logs.of_server(server)?
        {
            return Ok(Some(seen));
        }
        logs.of_origin(self.origin.as_deref().unwrap_or(origin))
    }

    /// The log whose head it must be, of what somebody says it is.
    fn log(&self, told: &LogKey) -> LogKey {
        LogKey {
            origin: self.origin.clone().unwrap_or_else(|| told.origin.clone()),
            key: self.key.unwrap_or(told.key),
        }
    }
}

async fn run(context: &Context, arguments: &CheckArguments, asked: Asked) -> Result<(), CliError> {
    let named = Named::read(arguments)?;
    let logs = SeenLogs::beside(&context.key_path()?);
    let (mut claim, server, seen) = if let Some(file) = &arguments.from {
        let mut claim = read(file, asked)?;
        claim.log = named.log(&claim.log);
        let seen = named.seen(&logs, None, &claim.log.origin)?;
        (claim, None, seen)
    } else {
        let client = context.connect().await?;
        let info = client.log_info().await?;
        let key = PublicKey::try_from(info.public_key.as_slice())
            .map_err(|_| client.odd("the log's key has not 32 bytes"))?;
        if !is_valid_origin(&info.origin) {
            return Err(client.odd("the log has a name that names no log"));
        }
        let identity = info.identity.parse::<IdentityId>();
        let identity = identity.map_err(|_| client.odd("the log has no identity"))?;
        let log = named.log(&LogKey { origin: info.origin, key });
        let seen = named.seen(&logs, Some(client.server()), &log.origin)?;
        let claim = ask(&client, asked, (log, identity), seen.as_ref()).await?;
        (claim, Some(client.server().to_owned()), seen)
    };
    claim.is_key_given = named.key.is_some();
    claim.seen = seen.as_ref().map(SeenLog::head);
    if let Some(seen) = seen.as_ref().filter(|seen| seen.log.origin == claim.log.origin) {
        claim.identity = seen.identity;
    }
    if let Some(file) = &arguments.bundle {
        let document = bundle_document(&claim, claim.witnesses.as_deref());
        std::fs::write(file, format!("{document:#}\n"))
            .map_err(|error| CliError::file(file, error))?;
    }

    let told = claim.witnesses.take();
    let told_from = if server.is_some() { SetFrom::Server } else { SetFrom::File };
    let known = seen.as_ref().map_or(&[][..], |seen| &seen.witnesses);
    let changes = match &told {
        Some(told) if !known.is_empty() && named.witnesses.is_empty() => changes(known, told),
        _ => Vec::new(),
    };
    let (set, set_from) = if !named.witnesses.is_empty() {
        (Some(named.witnesses.clone()), SetFrom::Given)
    } else if known.is_empty() || (arguments.accept_witnesses && told.is_some()) {
        (told.clone(), told_from)
    } else {
        (Some(known.to_vec()), SetFrom::Remembered)
    };
    claim.witnesses = set;
    let verdict = check(&claim);
    let key_from = match &seen {
        _ if named.key.is_some() => KeyFrom::Given,
        Some(seen)
            if verdict.outcome(Step::Consistency) != Some(Outcome::Fails("LOG_KEY_CHANGED")) =>
        {
            KeyFrom::Remembered(seen.first_seen_us)
        }
        _ if server.is_some() => KeyFrom::Server,
        _ => KeyFrom::File,
    };

    let fork = keep_fork(&logs, &claim, &verdict, seen.as_ref())?;
    if let Some(server) = &server {
        let now_us = context.clock.now_us();
        let accepted = told.as_ref().filter(|_| known.is_empty() || arguments.accept_witnesses);
        let known = accepted.map_or_else(|| known.to_vec(), Clone::clone);
        if let Some(next) = remembered(&claim, &verdict, seen.as_ref(), known, server, now_us) {
            logs.remember(&next, seen.as_ref().filter(|seen| seen.log.origin == next.log.origin))?;
        }
    }
    let changes = if arguments.accept_witnesses { Vec::new() } else { changes };
    let report = Report {
        claim: &claim,
        verdict: &verdict,
        key_from,
        set_from,
        told: told.as_deref().filter(|_| !changes.is_empty()),
        changes: &changes,
        fork: &fork,
    };
    context.output.result(&report.document(), &report.text());
    let remembered = seen.as_ref().map_or(&claim.log.origin, |seen| &seen.log.origin);
    let file = logs.path(remembered).display().to_string();
    report.refusal(&file).map_or(Ok(()), |reason| Err(CliError::Negative(reason)))
}

/// What a file says.
fn read(file: &Path, asked: Asked) -> Result<Claim, CliError> {
    let local = |error: std::io::Error| CliError::file(file, error);
    let mut content = String::new();
    let limit = MOST_FILE_BYTES + 1;
    if file == Path::new("-") {
        std::io::stdin().take(limit).read_to_string(&mut content).map_err(local)?;
    } else {
        let opened = std::fs::File::open(file).map_err(local)?;
        opened.take(limit).read_to_string(&mut content).map_err(local)?;
    }
    if content.len() as u64 > MOST_FILE_BYTES {
        return Err(CliError::file(file, format!("more than {MOST_FILE_BYTES} bytes")));
    }
    let mut claim = claim_of(&content).map_err(|reason| CliError::file(file, reason))?;
    match (asked, &mut claim.entry) {
        (Asked::Head, entry) => *entry = None,
        (Asked::Entry(None), Some(_)) => {}
        // The id is what the user asks about; the check compares it.
        (Asked::Entry(Some(id)), Some(entry)) => entry.id = id,
        (Asked::Entry(_), None) => {
            return Err(CliError::file(file, "holds a head and no event; `log head` checks it"));
        }
    }
    Ok(claim)
}

/// The answer, or `None` when the server refuses with that code.
fn unless<T>(code: &str, answer: Result<T, CliError>) -> Result<Option<T>, CliError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.refusal().is_some_and(|refusal| refusal.code == code) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Everything that the server says.
async fn ask(
    client: &Client,
    asked: Asked,
    (log, identity): (LogKey, IdentityId),
    seen: Option<&SeenLog>,
) -> Result<Claim, CliError> {
    let (entry, note) = match asked {
        Asked::Entry(Some(id)) => ask_entry(client, id).await?,
        Asked::Entry(None) => return Err(CliError::Usage("which event? Give its id".to_owned())),
        Asked::Head => {
            let answer = client.log().get_checkpoint(api::GetCheckpointRequest {}).await;
            let answer = unless("CHECKPOINT_UNKNOWN", answer.map_err(client.failed()))?;
            let checkpoint = answer.and_then(|answer| answer.into_inner().checkpoint);
            (None, checkpoint.map(|checkpoint| checkpoint.note))
        }
    };
    let continuity = ask_continuity(client, seen, note.as_deref()).await?;
    let is_direct = seen.is_none_or(|seen| seen.log.key == log.key)
        && note.as_ref().is_none_or(|note| head_of(note, &log).is_ok());
    let hand_overs = match &note {
        Some(note) if !is_direct => ask_hand_overs(client, identity, note).await?,
        _ => Vec::new(),
    };
    let witnesses = ask_witnesses(client).await?;
    Ok(Claim {
        entry,
        note,
        log,
        identity,
        hand_overs,
        is_key_given: false,
        witnesses,
        seen: None,
        continuity,
    })
}

/// The entries by which the log went from key to key, under the head of the
/// note.
async fn ask_hand_overs(
    client: &Client,
    identity: IdentityId,
    note: &str,
) -> Result<Vec<EntryClaim>, CliError> {
    let Ok(head) = Checkpoint::parse_unverified(note) else { return Ok(Vec::new()) };
    let filter = api::EventFilter {
        author: identity.to_string(),
        kinds: vec![api::EventKind::KeyAdded as i32],
        ..api::EventFilter::default()
    };
    let oldest_first = api::EventOrder::OldestFirst as i32;
    let records = recent(client, filter, oldest_first, MOST_HAND_OVERS).await?;
    let mut entries = Vec::new();
    for record in records.into_iter().filter(|record| record.sequence < head.size) {
        let sequence = record.sequence;
        let request = api::GetInclusionProofRequest { sequence, size: head.size };
        let proof = client.log().get_inclusion_proof(request).await.map_err(client.failed())?;
        let id = record.id.parse().map_err(|_| client.odd("an event without an id"))?;
        let entry = record.signed.unwrap_or_default().encode_to_vec().into();
        let inclusion = Some(inclusion_of(&proof.into_inner()));
        entries.push(EntryClaim { id, entry, sequence, inclusion });
    }
    Ok(entries)
}

fn inclusion_of(proof: &api::GetInclusionProofResponse) -> Inclusion {
    Inclusion {
        leaf_hash: proof.leaf_hash.to_vec(),
        sequence: proof.sequence,
        size: proof.size,
        root: proof.root.to_vec(),
        path: path_of(&proof.path),
    }
}

/// An entry, its proof, and the note of the head that the proof leads to.
async fn ask_entry(
    client: &Client,
    id: EventId,
) -> Result<(Option<EntryClaim>, Option<String>), CliError> {
    let answer = client.events().get(api::GetRequest { id: id.to_string() }).await;
    let record = answer.map_err(client.failed())?.into_inner().event;
    let record = record.ok_or_else(|| client.odd("Get without an event"))?;
    let sequence = record.sequence;
    let request = api::GetInclusionProofRequest { sequence, size: 0 };
    let proof = client.log().get_inclusion_proof(request).await.map_err(client.failed());
    let proof = unless("CHECKPOINT_UNKNOWN", proof)?.map(tonic::Response::into_inner);
    let note = proof.as_ref().and_then(|proof| proof.checkpoint.clone()).map(|head| head.note);
    let inclusion = proof.filter(|_| note.is_some()).as_ref().map(inclusion_of);
    let entry = record.signed.unwrap_or_default().encode_to_vec().into();
    Ok((Some(EntryClaim { id, entry, sequence, inclusion }), note))
}

/// A path; one with anything but hashes becomes one that proves nothing.
fn path_of<T: AsRef<[u8]>>(path: &[T]) -> Vec<[u8; 32]> {
    let hashes = path.iter().map(|hash| hash.as_ref().try_into());
    hashes.collect::<Result<_, _>>().unwrap_or_else(|_| vec![[0; 32]; 65])
}

/// The path between the remembered head and this one.
async fn ask_continuity(
    client: &Client,
    seen: Option<&SeenLog>,
    note: Option<&str>,
) -> Result<Continuity, CliError> {
    let size = |note: &str| Checkpoint::parse_unverified(note).ok().map(|head| head.size);
    let sizes = seen.and_then(|seen| size(&seen.note)).zip(note.and_then(size));
    let Some((before, now)) = sizes.filter(|(a, b)| a != b && *a.min(b) > 0) else {
        return Ok(Continuity::Missing);
    };
    let (from_size, to_size) = (before.min(now), before.max(now));
    let request = api::GetConsistencyProofRequest { from_size, to_size };
    let answer = client.log().get_consistency_proof(request).await.map_err(client.failed());
    Ok(unless("PROOF_RANGE", answer)?
        .map_or(Continuity::Missing, |answer| Continuity::Path(path_of(&answer.into_inner().path))))
}

/// The witnesses as the server tells them; `None` when it does not: whoever
/// keeps the set back must not gain by it.
async fn ask_witnesses(client: &Client) -> Result<Option<Vec<Witness>>, CliError> {
    let answer = client.peers().list_witnesses(api::ListWitnessesRequest::default()).await;
    let listed = match answer.map_err(client.failed()) {
        Ok(answer) => answer.into_inner().witnesses,
        Err(CliError::Refused(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let set: Vec<_> = listed
        .into_iter()
        .map(|witness| Witness {
            keys: witness.public_keys.iter().filter_map(|key| key[..].try_into().ok()).collect(),
            did: witness.did,
            name: witness.name,
            weight: witness.weight,
        })
        .collect();
    if total_weight(&set).is_none() {
        return Err(client.odd("witnesses whose weights sum to more than 64 bits"));
    }
    Ok(Some(set))
}

/// Keeps the notes of heads that do not belong to one history, and says where.
/// Two of one size are proof by themselves, so the log stays marked; a missing
/// path may come by the next time.
fn keep_fork(
    logs: &SeenLogs,
    claim: &Claim,
    verdict: &Verdict,
    seen: Option<&SeenLog>,
) -> Result<Vec<String>, CliError> {
    let (Some(seen), Some(note)) = (seen, &claim.note) else { return Ok(Vec::new()) };
    if !seen.fork.is_empty() {
        return Ok(seen.fork.clone());
    }
    let code = verdict.outcome(Step::Consistency).map_or("", Outcome::code);
    if !matches!(code, "LOG_FORKED" | "PROOF_CONSISTENCY_WRONG") {
        return Ok(Vec::new());
    }
    let files = logs.keep_fork(&seen.log.origin, &seen.note, note)?;
    if code == "LOG_FORKED" {
        logs.remember(&SeenLog { fork: files.clone(), ..seen.clone() }, Some(seen))?;
    }
    Ok(files)
}

/// What is remembered after a check. What contradicts the memory never replaces
/// it.
fn remembered(
    claim: &Claim,
    verdict: &Verdict,
    seen: Option<&SeenLog>,
    witnesses: Vec<Witness>,
    server: &str,
    now_us: u64,
) -> Option<SeenLog> {
    let (head, note) = verdict.head.as_ref().zip(claim.note.as_ref())?;
    let is_joined = match verdict.outcome(Step::Consistency)? {
        Outcome::Holds => true,
        Outcome::Open(code) => code == "LOG_FIRST_SEEN",
        Outcome::Fails(_) => false,
    };
    if !is_joined || verdict.state() == State::Broken {
        return None;
    }
    let size = |note: &str| Checkpoint::parse_unverified(note).ok().map(|head| head.size);
    let is_greater = |before: &str| size(before).is_none_or(|size| head.size >= size);
    let is_agreed = verdict.count.size == Some(head.size)
        && is_quorum(verdict.count.signed, verdict.count.total);
    let log = LogKey { origin: claim.log.origin.clone(), key: verdict.key };
    let mut next = seen.cloned().unwrap_or_else(|| SeenLog {
        log: log.clone(),
        identity: claim.identity,
        note: note.clone(),
        witnessed: String::new(),
        witnesses: Vec::new(),
        servers: Vec::new(),
        first_seen_us: now_us,
        last_seen_us: now_us,
        fork: Vec::new(),
    });
    if is_greater(&next.note) {
        next.log = log;
        next.note.clone_from(note);
    }
    if is_agreed && is_greater(&next.witnessed) {
        next.witnessed.clone_from(note);
    }
    if !next.servers.iter().any(|known| known == server) {
        next.servers.push(server.to_owned());
    }
    next.witnesses = witnesses;
    next.last_seen_us = now_us;
    Some(next)
}
