//! The check of a certificate, step by step; pure. `web/packages/protocol`
//! does the same in the browser, held together by `proto/testdata`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use erynoa_events::{
    Body, Checkpoint, Dimension, Polarity, VerifiedEvent, leaf_hash, verify as verify_event,
    verify_consistency, verify_inclusion,
};
use erynoa_kernel::{Did, PublicKey, day_of};
use erynoa_trust::{Context, has_voice, norm};

use crate::certificate::{Certificate, EvidenceItem, ProvenEntry, Role};
use crate::credential::{Credential, Issuer, Read};
use crate::error::code;
use crate::issue_certificate::{class_of, comment_of};
use crate::pdf::{self, DOCUMENT_MOST_BYTES};
use crate::proof::verification_hash;
use crate::record::{Folded, fold};
use crate::report_credential::{ReportCredential, ReportRead};
use crate::verification::{Outcome, Present, Step, Trusted, Verification};

/// Checks a PDF or its JSON. `trusted` is the log that the caller trusts,
/// `present` what that log says today; without them the steps that need them
/// are not possible.
#[must_use]
pub fn verify(
    document: &[u8],
    trusted: Option<&Trusted>,
    present: Option<&Present>,
) -> Verification {
    if let Some(found) = verify_report(document, trusted) {
        return found;
    }
    let read = match read(document) {
        Ok(read) => read,
        Err(message) => {
            let outcome = Outcome::failed(code::CERTIFICATE_MALFORMED, message);
            return Verification {
                steps: vec![(Step::Document, outcome)],
                certificate: None,
                report: None,
                verification_hash: String::new(),
            };
        }
    };
    let mut steps = vec![(Step::Document, Outcome::Passed)];
    if pdf::is_pdf(document) {
        let sealed = pdf::is_sealed(document, &read.key);
        steps.push((Step::Seal, held(sealed, code::CERTIFICATE_PDF_CHANGED, SEAL_BROKEN)));
    }
    let signed = held(read.is_signed(), code::CERTIFICATE_SIGNATURE_INVALID, SIGNATURE_BROKEN);
    steps.push((Step::Signature, signed));
    steps.push((Step::Issuer, issuer(&read.credential.issuer, &read.key, trusted)));
    steps.push((Step::Checkpoint, checkpoint(&read).map_or_else(|e| e, |_| Outcome::Passed)));
    steps.push((Step::Cosignatures, cosignatures(&read)));
    let (events, genuine) = events(&read);
    steps.push((Step::Events, events));
    steps.push((Step::Inclusion, inclusion(&read)));
    steps.push((Step::Epoch, epoch(&read, &genuine)));
    steps.push((Step::Evidence, evidence(&read, &genuine)));
    steps.push((Step::Fold, folded(&read)));
    steps.push((Step::Log, log(&read, present)));
    steps.push((Step::Current, current(&read, present)));
    Verification {
        steps,
        verification_hash: verification_hash(&read.canonical),
        certificate: Some(read.credential.credential_subject),
        report: None,
    }
}

/// Checks a report: what the log has signed, and nothing beyond. `None` when it
/// is none.
fn verify_report(document: &[u8], trusted: Option<&Trusted>) -> Option<Verification> {
    let read = read_report(document).ok()?;
    let mut steps = vec![(Step::Document, Outcome::Passed)];
    if pdf::is_pdf(document) {
        let sealed = pdf::is_sealed(document, &read.key);
        steps.push((Step::Seal, held(sealed, code::CERTIFICATE_PDF_CHANGED, SEAL_BROKEN)));
    }
    let signed = held(read.is_signed(), code::CERTIFICATE_SIGNATURE_INVALID, SIGNATURE_BROKEN);
    steps.push((Step::Signature, signed));
    steps.push((Step::Issuer, issuer(&read.credential.issuer, &read.key, trusted)));
    Some(Verification {
        steps,
        verification_hash: verification_hash(&read.canonical),
        certificate: None,
        report: Some(read.credential.credential_subject),
    })
}

const SEAL_BROKEN: &str =
    "the PDF is not the file that was issued: something in it was changed, or its seal is missing";
const SIGNATURE_BROKEN: &str =
    "the signature of the issuer does not hold: something in the certificate was changed";

fn held(holds: bool, code: erynoa_kernel::Code, message: &str) -> Outcome {
    if holds { Outcome::Passed } else { Outcome::failed(code, message) }
}

/// The credential in a PDF or JSON, whether or not anything in it holds.
///
/// # Errors
/// What would be right.
pub fn read(document: &[u8]) -> Result<Read, String> {
    Credential::read(&json_of(document)?)
}

/// The report in a PDF or JSON, whether or not anything in it holds.
///
/// # Errors
/// What would be right.
pub fn read_report(document: &[u8]) -> Result<ReportRead, String> {
    ReportCredential::read(&json_of(document)?)
}

fn json_of(document: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    if document.len() > DOCUMENT_MOST_BYTES {
        return Err(format!("a document has at most {DOCUMENT_MOST_BYTES} bytes"));
    }
    if pdf::is_pdf(document) {
        let attached = pdf::attachment(document);
        Ok(Cow::Owned(attached.ok_or("the PDF carries no certificate as an attachment")?))
    } else {
        Ok(Cow::Borrowed(document.trim_ascii()))
    }
}

fn certificate(read: &Read) -> &Certificate {
    &read.credential.credential_subject
}

fn entries(read: &Read) -> &[ProvenEntry] {
    &read.credential.evidence[0].entries
}

fn issuer(found: &Issuer, key: &PublicKey, trusted: Option<&Trusted>) -> Outcome {
    match trusted {
        None => Outcome::not_possible(
            code::CERTIFICATE_NEEDS_TRUST,
            format!("compare the issuer with what the log publishes: {} {}", found.name, found.id),
        ),
        Some(log) if log.key == *key && log.origin == found.name => Outcome::Passed,
        Some(log) => Outcome::failed(
            code::CERTIFICATE_ISSUER_FOREIGN,
            format!("issued by the log {}, not by {}", found.name, log.origin),
        ),
    }
}

fn checkpoint(read: &Read) -> Result<Checkpoint, Outcome> {
    let broken = |message: String| Outcome::failed(code::CERTIFICATE_CHECKPOINT_INVALID, message);
    let note = &read.credential.evidence[0].checkpoint;
    let checkpoint = Checkpoint::parse_and_verify(note, &read.credential.issuer.name, &read.key)
        .map_err(|error| broken(error.to_string()))?;
    let said = certificate(read);
    if checkpoint.size != said.checkpoint_size
        || hex::encode(checkpoint.root) != said.checkpoint_root
    {
        return Err(broken("the certificate names another checkpoint than it carries".to_owned()));
    }
    Ok(checkpoint)
}

/// Signatures of others than the log under the checkpoint.
fn cosignatures(read: &Read) -> Outcome {
    let note = &read.credential.evidence[0].checkpoint;
    let own = format!("\u{2014} {} ", read.credential.issuer.name);
    let others =
        note.lines().filter(|line| line.starts_with('\u{2014}') && !line.starts_with(&own)).count();
    if others == 0 {
        return Outcome::not_possible(
            code::CERTIFICATE_NOT_COSIGNED,
            "no witness but the log itself has signed this checkpoint",
        );
    }
    Outcome::not_possible(
        code::CERTIFICATE_NEEDS_TRUST,
        format!("{others} more signatures are there; check them with keys of witnesses you trust"),
    )
}

/// The genuine events by role and position.
type Genuine = Vec<(Role, u64, VerifiedEvent)>;

fn events(read: &Read) -> (Outcome, Genuine) {
    let mut genuine = Genuine::new();
    for proven in entries(read) {
        let bytes = BASE64_STANDARD.decode(&proven.entry).map_err(|error| error.to_string());
        let event = bytes
            .and_then(|bytes| verify_event(Bytes::from(bytes)).map_err(|error| error.to_string()));
        match event {
            Ok(event) => genuine.push((proven.role, proven.sequence, event)),
            Err(error) => {
                let message = format!("the event at position {}: {error}", proven.sequence);
                return (Outcome::failed(code::CERTIFICATE_EVENT_INVALID, message), genuine);
            }
        }
    }
    (Outcome::Passed, genuine)
}

fn inclusion(read: &Read) -> Outcome {
    let Ok(checkpoint) = checkpoint(read) else {
        return Outcome::failed(
            code::CERTIFICATE_INCLUSION_INVALID,
            "without a checkpoint nothing can be found under it",
        );
    };
    for proven in entries(read) {
        let path: Option<Vec<[u8; 32]>> = proven
            .path
            .iter()
            .map(|hash| BASE64_STANDARD.decode(hash).ok()?.try_into().ok())
            .collect();
        let leaf = BASE64_STANDARD.decode(&proven.entry).map(|entry| leaf_hash(&entry));
        let (size, root) = (checkpoint.size, &checkpoint.root);
        let included = match (leaf, path) {
            (Ok(leaf), Some(path)) => verify_inclusion(&leaf, proven.sequence, size, &path, root),
            _ => false,
        };
        if !included {
            return Outcome::failed(
                code::CERTIFICATE_INCLUSION_INVALID,
                format!("the event at position {} is not under the checkpoint", proven.sequence),
            );
        }
    }
    Outcome::Passed
}

fn epoch(read: &Read, genuine: &Genuine) -> Outcome {
    let said = certificate(read);
    let broken = |message: &str| Outcome::failed(code::CERTIFICATE_EPOCH_MISMATCH, message);
    let ends: Vec<_> = genuine.iter().filter(|(role, _, _)| *role == Role::Epoch).collect();
    let [(_, sequence, end)] = ends[..] else {
        return broken("the certificate carries one end of an epoch");
    };
    let Body::EpochClosed(closed) = &end.event().body else {
        return broken("what it carries as the end of the epoch is another event");
    };
    if end.signer() != read.key {
        return broken("the end of the epoch is not signed by the log");
    }
    if closed.epoch != said.epoch
        || closed.closed_at_us != said.closed_at_us
        || hex::encode(closed.state_root) != said.state_root
        || *sequence != closed.size
    {
        return broken("epoch, time or state root differ from what the log says");
    }
    Outcome::Passed
}

fn evidence(read: &Read, genuine: &Genuine) -> Outcome {
    let broken = |message: String| Outcome::failed(code::CERTIFICATE_EVIDENCE_MISMATCH, message);
    let said = certificate(read);
    let Ok(subject) = said.id.parse::<Did>() else {
        return broken("the subject of the certificate has no DID".to_owned());
    };
    let created = genuine.iter().find(|(role, _, _)| *role == Role::Subject);
    let is_subject = created.is_some_and(|(_, _, event)| {
        matches!(&event.event().body, Body::IdentityCreated(made)
            if made.namespace == subject.namespace && event.event().author == subject.identity)
    });
    if !is_subject {
        return broken("the event that made the subject's identity is missing".to_owned());
    }
    for item in &said.top_evidence {
        let found = genuine.iter().find(|(role, sequence, event)| {
            *role == Role::Evidence
                && *sequence == item.sequence
                && event.id().to_string() == item.event
        });
        let agrees = found.is_some_and(|(_, _, event)| agrees(item, event, &subject));
        if !agrees {
            let message = format!("what is said of the event at position {}", item.sequence);
            return broken(format!("{message} is not what that event says"));
        }
    }
    let proven = genuine.iter().filter(|(role, _, _)| *role == Role::Evidence).count();
    held(
        proven == said.top_evidence.len(),
        code::CERTIFICATE_EVIDENCE_MISMATCH,
        "the certificate carries events that it does not mention",
    )
}

/// Whether an item repeats its event. Who answers for a part that a judgement
/// or the log itself brought about is for the fold to say; of what people say
/// themselves everything is compared.
fn agrees(item: &EvidenceItem, event: &VerifiedEvent, subject: &Did) -> bool {
    let said = event.event();
    let source = item.source.parse::<Did>().ok().map(|did| did.identity);
    if said.coordinate.wall_us != item.wall_us || comment_of(&said.body) != item.comment {
        return false;
    }
    match &said.body {
        Body::Attestation(attestation) => {
            item.kind == "attestation"
                && source == Some(said.author)
                && attestation.subject == subject.identity
                && item.domain == attestation.domain
                && item.positive == (attestation.polarity == Polarity::Positive)
                && item.dimensions == [attestation.dimension.name()]
        }
        Body::Receipt(receipt) => {
            item.kind == "receipt"
                && [receipt.performer, receipt.client].contains(&subject.identity)
        }
        Body::Vouch(vouch) if item.kind == "vouch" => {
            source == Some(said.author) && vouch.member == subject.identity
        }
        Body::CredentialIssued(issued) if item.kind == "credential" => {
            source == Some(said.author) && issued.subject == subject.identity
        }
        _ => item.kind != "attestation" && item.kind != "receipt",
    }
}

fn folded(read: &Read) -> Outcome {
    let said = certificate(read);
    let broken = |message: &str| Outcome::failed(code::CERTIFICATE_FOLD_MISMATCH, message);
    let record = BASE64_STANDARD.decode(&read.credential.evidence[0].trust_record);
    let day = day_of(said.closed_at_us);
    let Some(folded) = record.ok().and_then(|record| fold(&record, day)) else {
        return broken("the trust record cannot be read");
    };
    let subject = said.id.parse::<Did>().map(|did| did.identity.to_string());
    if subject != Ok(hex::encode(&folded.subject)) || said.realm != hex::encode(&folded.realm) {
        return broken("the trust record is one of another subject or realm");
    }
    held(
        numbers_follow(said, &folded),
        code::CERTIFICATE_FOLD_MISMATCH,
        "the numbers are not those that the trust record gives",
    )
}

fn numbers_follow(said: &Certificate, folded: &Folded) -> bool {
    let values = Dimension::ALL.iter().zip(&folded.values).zip(&said.dimensions);
    let same = values.into_iter().all(|((dimension, value), shown)| {
        shown.name == dimension.name()
            && shown.trust_ppm == value.trust_ppm
            && shown.confidence_ppm == value.confidence_ppm
            && shown.positive == value.sums.positive
            && shown.negative == value.sums.negative
            && shown.unvoiced == value.sums.unvoiced
    });
    let ppm: [u32; 6] = folded.values.map(|value| value.trust_ppm);
    let context = Context::ALL.into_iter().find(|context| context.name() == said.context);
    same && said.founder == folded.founder
        && said.standing_ppm == folded.standing.trust_ppm
        && said.has_voice == has_voice(folded.standing.trust_ppm, folded.founder)
        && context.is_some_and(|context| norm(&ppm, context) == said.norm_ppm)
        && said.class == class_of(said.norm_ppm)
}

fn log(read: &Read, present: Option<&Present>) -> Outcome {
    let Some(present) = present else {
        return Outcome::not_possible(
            code::CERTIFICATE_NEEDS_LOG,
            "ask the log whether its present tree continues the one of the certificate",
        );
    };
    let broken = |message: &str| Outcome::failed(code::CERTIFICATE_LOG_FORKED, message);
    let origin = &read.credential.issuer.name;
    let Ok(now) = Checkpoint::parse_and_verify(&present.checkpoint, origin, &read.key) else {
        return broken("the present checkpoint is none of this log");
    };
    let Ok(then) = checkpoint(read) else {
        return broken("without a checkpoint of its own nothing can be continued");
    };
    held(
        verify_consistency(then.size, now.size, &present.consistency, &then.root, &now.root),
        code::CERTIFICATE_LOG_FORKED,
        "the log of today does not contain the log that the certificate proves",
    )
}

fn current(read: &Read, present: Option<&Present>) -> Outcome {
    let Some(present) = present else {
        return Outcome::not_possible(
            code::CERTIFICATE_NEEDS_LOG,
            "ask the log whether evidence has been taken back since",
        );
    };
    let evidence = &certificate(read).top_evidence;
    let gone = evidence.iter().filter(|item| present.gone.contains(&item.event)).count();
    if gone == 0 {
        return Outcome::Passed;
    }
    let message = format!("{gone} of {} pieces of evidence do not count any more", evidence.len());
    Outcome::failed(code::CERTIFICATE_OUTDATED, message)
}
