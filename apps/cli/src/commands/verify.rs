//! `verify FILE`: every link of a certificate, on this machine; what only the
//! log of today can say is asked of the server.

use std::io::Read;
use std::path::Path;

use erynoa_documents::{
    DOCUMENT_MOST_BYTES, Outcome, Present, Step, Trusted, Verdict, Verification, read, verify,
};
use erynoa_kernel::PublicKey;
use erynoa_proto::api::v1::{
    GetCheckpointRequest, GetConsistencyProofRequest, VerifyDocumentRequest,
};
use serde_json::{Value, json};

use crate::client::Client;
use crate::commands::Context;
use crate::document_arguments::VerifyArguments;
use crate::error::CliError;
use crate::output::safe;

pub(crate) async fn run(context: &Context, arguments: VerifyArguments) -> Result<(), CliError> {
    let document = bytes_of(&arguments.file)?;
    let found = if arguments.offline {
        let trusted = match (&arguments.log_key, arguments.origin) {
            (Some(key), Some(origin)) => Some(Trusted { origin, key: public_key(key)? }),
            _ => None,
        };
        verify(&document, trusted.as_ref(), None)
    } else {
        online(&context.connect().await?, &document).await?
    };
    context.output.result(&described(&found), &told(&found));
    match found.verdict() {
        Verdict::Genuine => Ok(()),
        Verdict::Outdated => {
            Err(CliError::Negative("the certificate was genuine, and is out of date".to_owned()))
        }
        Verdict::Unattributed => Err(CliError::Negative(
            "every link holds, but anybody can make such a log: say with --log-key and --origin \
             which one you trust"
                .to_owned(),
        )),
        Verdict::Refused => Err(CliError::Negative("the certificate does not hold".to_owned())),
    }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, CliError> {
    let local = |error: std::io::Error| CliError::file(path, error);
    let most = DOCUMENT_MOST_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().take(most).read_to_end(&mut bytes).map_err(local)?;
    } else {
        let file = std::fs::File::open(path).map_err(local)?;
        file.take(most).read_to_end(&mut bytes).map_err(local)?;
    }
    if bytes.len() > DOCUMENT_MOST_BYTES {
        let message = format!("a certificate has at most {DOCUMENT_MOST_BYTES} bytes");
        return Err(CliError::file(path, message));
    }
    Ok(bytes)
}

fn public_key(text: &str) -> Result<PublicKey, CliError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes)
        .map(|()| PublicKey::from_bytes(bytes))
        .map_err(|_| CliError::Usage("--log-key is 64 hexadecimal digits".to_owned()))
}

/// The check with what the server says about its log. Whether evidence has been
/// taken back is the one answer that has to be believed.
async fn online(client: &Client, document: &[u8]) -> Result<Verification, CliError> {
    let log = client.log_info().await?;
    let key = PublicKey::try_from(&log.public_key[..])
        .map_err(|_| client.odd("a log key without 32 bytes"))?;
    let trusted = Trusted { origin: log.origin, key };
    let certificate = match read(document) {
        Ok(read) if read.key == key => read.credential.credential_subject,
        _ => return Ok(verify(document, Some(&trusted), None)),
    };
    let head = client.log().get_checkpoint(GetCheckpointRequest {}).await;
    let head = head.map_err(client.failed())?.into_inner().checkpoint;
    let head = head.ok_or_else(|| client.odd("GetCheckpoint without a checkpoint"))?;
    let request =
        GetConsistencyProofRequest { from_size: certificate.checkpoint_size, to_size: head.size };
    // A log that cannot prove it does not continue: the step says so.
    let proof = client.log().get_consistency_proof(request).await;
    let path = proof.map(|proof| proof.into_inner().path).unwrap_or_default();
    let consistency = path.iter().filter_map(|hash| hash[..].try_into().ok()).collect();
    let asked = VerifyDocumentRequest { document: document.to_vec() };
    let answer = client.documents().verify_document(asked).await;
    let gone = answer.map_err(client.failed())?.into_inner().gone;
    let present = Present { checkpoint: head.note, consistency, gone };
    Ok(verify(document, Some(&trusted), Some(&present)))
}

/// What a step is about, in plain words.
const fn words(step: Step) -> &'static str {
    match step {
        Step::Document => "It is a trust certificate or a report",
        Step::Seal => "The PDF is, byte for byte, the one that was issued",
        Step::Signature => "The issuer has signed everything in it",
        Step::Issuer => "The issuer is the log that you trust",
        Step::Checkpoint => "The log has signed the checkpoint",
        Step::Cosignatures => "Witnesses have signed the checkpoint, too",
        Step::Events => "The events in it are genuine",
        Step::Inclusion => "The events are in the log",
        Step::Epoch => "The log's end of the epoch says the same",
        Step::Evidence => "The events say what the certificate says of them",
        Step::Fold => "The numbers follow from the sums of evidence in it",
        Step::Log => "The log of today continues that log",
        Step::Current => "Nothing in it has been taken back since",
    }
}

fn described(found: &Verification) -> Value {
    let steps: Vec<Value> = found
        .steps
        .iter()
        .map(|(step, outcome)| {
            let (outcome, code, message) = match outcome {
                Outcome::Passed => ("passed", "", ""),
                Outcome::Failed { code, message } => ("failed", *code, message.as_str()),
                Outcome::NotPossible { code, message } => ("not_possible", *code, message.as_str()),
            };
            json!({ "step": step.name(), "outcome": outcome, "code": code, "message": message })
        })
        .collect();
    json!({
        "verdict": found.verdict().name(),
        "verification_hash": found.verification_hash,
        "certificate": found.certificate,
        "report": found.report,
        "steps": steps,
    })
}

fn told(found: &Verification) -> String {
    let mut text = String::new();
    if let Some(report) = &found.report {
        text.push_str(&format!("{} {}\n\n", report.kind(), safe(report.title())));
    }
    if let Some(said) = &found.certificate {
        text.push_str(&format!(
            "{} {}\ntrust {}.{:03} in {} as of epoch {}\n\n",
            safe(&said.name),
            said.id,
            said.norm_ppm / 1_000_000,
            said.norm_ppm / 1000 % 1000,
            safe(&said.realm_name),
            said.epoch
        ));
    }
    for (step, outcome) in &found.steps {
        match outcome {
            Outcome::Passed => text.push_str(&format!("  ok      {}\n", words(*step))),
            Outcome::Failed { code, message } => {
                let message = safe(message);
                text.push_str(&format!(
                    "  BROKEN  {}\n          {code}: {message}\n",
                    words(*step)
                ));
            }
            Outcome::NotPossible { code, message } => {
                let message = safe(message);
                text.push_str(&format!(
                    "  open    {}\n          {code}: {message}\n",
                    words(*step)
                ));
            }
        }
    }
    if !found.verification_hash.is_empty() {
        text.push_str(&format!("\nhash {}\n", found.verification_hash));
    }
    text.push_str(found.verdict().name());
    text
}
