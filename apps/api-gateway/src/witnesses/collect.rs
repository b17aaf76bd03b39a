//! Asking witnesses of others to cosign our checkpoints: the client's side of
//! C2SP `tlog-witness`. Requests go to the addresses of the configuration and
//! nowhere else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use erynoa_events::{AddCheckpoint, VerifierKey, find_cosignature};
use reqwest::{Client, StatusCode, redirect};

use super::Cosignatures;
use crate::ledger::{Ledger, SignedCheckpoint};

/// Longest that a witness may take for its answer.
const ANSWER_MOST: Duration = Duration::from_secs(10);
/// Most bytes of an answer: a line has about two hundred.
const ANSWER_BYTES: usize = 16 << 10;
/// Wait after the first failure; each further one doubles it.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// Longest wait after failures.
const PAUSE_MOST: Duration = Duration::from_secs(60);
/// How often a witness is looked after when nothing seems to be new: another
/// gateway on the same log may have signed.
const LOOK: Duration = Duration::from_secs(15);

/// One witness of others, and how asking it goes.
pub(crate) struct Asked {
    /// Its submission prefix, without a slash at the end.
    url: String,
    /// Whom its cosignatures must be of.
    pub(crate) key: VerifierKey,
    /// Answers that were no cosignature, since the start.
    failures: AtomicU64,
}

/// Why there is no cosignature.
#[derive(Debug, thiserror::Error)]
enum NoLine {
    #[error("it does not answer: {0}")]
    Away(#[from] reqwest::Error),
    #[error("it answers with {0}")]
    Refused(StatusCode),
    #[error("its answer is longer than {ANSWER_BYTES} bytes")]
    TooLong,
    #[error("its answer has no cosignature by its key")]
    NoCosignature,
    #[error("it dates its cosignature more than two minutes ahead of our clock")]
    Ahead,
    #[error("it has cosigned {theirs} entries of this log, which has {ours}")]
    Larger { theirs: u64, ours: u64 },
    #[error("the cosignature could not be kept: {0}")]
    NotKept(erynoa_kernel::StoreError),
}

/// What an answer comes to.
enum Answer {
    Lines(String),
    /// It stands at this size.
    Stands(u64),
}

impl Asked {
    pub(crate) fn new(url: String, key: VerifierKey) -> Self {
        Self { url, key, failures: AtomicU64::new(0) }
    }

    /// Answers that were no cosignature, since the start.
    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    async fn ask(&self, client: &Client, question: String) -> Result<Answer, NoLine> {
        let asked = client.post(format!("{}/add-checkpoint", self.url)).body(question);
        let mut answer = asked.send().await?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(part) = answer.chunk().await? {
            bytes.extend_from_slice(&part);
            if bytes.len() > ANSWER_BYTES {
                return Err(NoLine::TooLong);
            }
        }
        let text = String::from_utf8(bytes).map_err(|_| NoLine::NoCosignature)?;
        match status {
            StatusCode::OK => Ok(Answer::Lines(text)),
            StatusCode::CONFLICT => text
                .strip_suffix('\n')
                .and_then(|size| size.parse().ok())
                .map(Answer::Stands)
                .ok_or(NoLine::Refused(status)),
            _ => Err(NoLine::Refused(status)),
        }
    }

    /// Has the checkpoint cosigned.
    async fn have_cosigned(
        &self,
        client: &Client,
        ledger: &Ledger,
        cosignatures: &Cosignatures,
        head: &SignedCheckpoint,
    ) -> Result<(), NoLine> {
        let mut old_size = cosignatures.size_of(&self.key).min(head.size);
        // Where it stands otherwise it says so, once.
        for _ in 0..2 {
            let proof = ledger.read().log.tree().consistency(old_size, head.size);
            let proof = proof.unwrap_or_default();
            let question = AddCheckpoint { old_size, proof, note: &head.note }.to_string();
            match self.ask(client, question).await? {
                Answer::Lines(lines) => {
                    // Lines of keys that we do not know are not taken over.
                    let note = format!("{}{lines}", head.note);
                    let found = find_cosignature(&note, &self.key.name, &self.key.key);
                    let line = found.ok_or(NoLine::NoCosignature)?.line;
                    let note = format!("{}{line}", head.note);
                    cosignatures.add_cosignatures(&note).await.map_err(NoLine::NotKept)?;
                    let counts = cosignatures.size_of(&self.key) >= head.size;
                    return if counts { Ok(()) } else { Err(NoLine::Ahead) };
                }
                Answer::Stands(theirs) if theirs > head.size => {
                    return Err(NoLine::Larger { theirs, ours: head.size });
                }
                Answer::Stands(theirs) if theirs == old_size => break,
                Answer::Stands(theirs) => old_size = theirs,
            }
        }
        Err(NoLine::Refused(StatusCode::CONFLICT))
    }
}

/// Asks one witness about every new checkpoint, until the ledger closes. Where
/// several come while it is being asked, the newest is next.
pub(crate) async fn collect_for_ever(
    asked: Arc<Asked>,
    ledger: Ledger,
    cosignatures: Arc<Cosignatures>,
) {
    let built = Client::builder()
        .timeout(ANSWER_MOST)
        // An answer cannot send us elsewhere.
        .redirect(redirect::Policy::none())
        .build();
    let client = match built {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, witness = asked.key.name, "no witness can be asked");
            return;
        }
    };
    let mut sizes = ledger.sizes();
    let mut pause = PAUSE_FIRST;
    loop {
        sizes.borrow_and_update();
        let head = ledger.read().checkpoint.clone();
        if let Some(head) = head.filter(|head| head.size > cosignatures.size_of(&asked.key)) {
            match asked.have_cosigned(&client, &ledger, &cosignatures, &head).await {
                Ok(()) => {
                    pause = PAUSE_FIRST;
                    tracing::debug!(witness = asked.key.name, size = head.size, "cosigned");
                }
                Err(error) => {
                    asked.failures.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(%error, witness = asked.key.name, url = asked.url, "not cosigned");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MOST);
                    continue;
                }
            }
        }
        match tokio::time::timeout(LOOK, sizes.changed()).await {
            Ok(Err(_)) => return,
            Ok(Ok(())) => {}
            Err(_) => {
                if let Err(error) = cosignatures.reload().await {
                    tracing::warn!(%error, "the cosignatures could not be read");
                }
            }
        }
    }
}
