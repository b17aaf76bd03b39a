//! Certificates in the running server: issued by the log's key, kept as files of
//! whoever asked.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use erynoa_access::Principal;
use erynoa_cache::{Admission, Rate, RateLimiter};
use erynoa_documents::{
    CertificatePage, DOCUMENT_MOST_BYTES, DocumentError, DocumentRenderer, Draft, Head, Language,
    Page, Present, Read, Topic, Trusted, Verification, draft, is_sealed, present, read, seal,
    verify,
};
use erynoa_events::SigningKey;
use erynoa_kernel::{Kind, Problem, RealmId};
use erynoa_storage::{Action, File, FileId, FileName, Folder, Listing, Media, Order, Position};
use futures_util::StreamExt as _;

use crate::app::App;
use crate::files::Visitor;
use crate::ledger::Models;
use crate::verifications::Verifications;

/// Certificates of one account at once; then one a second.
const BURST: u32 = 10;
/// What the audit log calls a document that was issued.
pub(crate) const ISSUED: &str = "document.issue";

/// What issues certificates.
pub struct Documents {
    /// Sets the pages.
    pub renderer: Arc<dyn DocumentRenderer>,
    /// The log's key.
    pub key: SigningKey,
    /// Counts what each account asks for.
    pub counts: Arc<dyn RateLimiter>,
    /// What was checked.
    pub verifications: Verifications,
}

/// A certificate among files.
pub(crate) struct Kept {
    pub(crate) file: File,
    pub(crate) pdf: Bytes,
    pub(crate) read: Read,
}

/// The newest head with the lines of those who have cosigned it.
fn note_of(app: &App, models: &Models) -> Option<String> {
    models.checkpoint.as_ref().map(|newest| app.cosignatures.with_lines(newest))
}

fn head<'a>(models: &Models, realm: &RealmId, note: &'a str) -> Option<Head<'a>> {
    let newest = models.checkpoint.as_ref()?;
    let witnessed = models.witnessed_size(realm, models.log.size());
    Some(Head { size: newest.size, root: newest.root, witnessed, note })
}

/// Where certificates lie among somebody's files.
pub(crate) fn folder() -> Folder {
    Folder::new("/Certificates").expect("the name is one plain word")
}

fn no_certificate() -> Problem {
    Problem::new(Kind::NotFound, "NOT_FOUND", "there is no such certificate").field("id")
}

/// A file name for the certificate: what it is, of whom, as of when.
pub(crate) fn file_name(page: &CertificatePage) -> FileName {
    let said = &page.credential.credential_subject;
    let what = match page.language {
        Language::En => "Trust certificate",
        Language::De => "Vertrauenszertifikat",
    };
    let who: String = said.name.chars().filter(|c| !matches!(c, '/' | '\\')).take(60).collect();
    let day = page.credential.valid_from.get(..10).unwrap_or_default();
    let named = FileName::new(&format!("{what} {} {day}.pdf", who.trim()));
    let plain = || FileName::new(&format!("{what} {day}.pdf"));
    named.or_else(|_| plain()).expect("words and a date are a name")
}

/// All bytes of a small file.
pub(crate) async fn bytes_of(app: &App, file: &File) -> Result<Bytes, Problem> {
    let mut stream = app.files.storage.read_file(file, None).await?;
    let mut bytes = BytesMut::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok(bytes.freeze())
}

impl App {
    /// Whether somebody may ask for a certificate about `topic` now.
    ///
    /// # Errors
    /// `RATE_LIMITED`, `LOG_FOLLOWED`, `DOCUMENT_TOO_EARLY`.
    pub(crate) async fn may_issue(&self, by: &Principal, topic: Topic) -> Result<(), Problem> {
        self.may_ask(by).await?;
        self.draft(topic).map(drop)
    }

    /// Whether somebody may ask for one more document now. Documents bear the
    /// log's key, which only its home has.
    ///
    /// # Errors
    /// `RATE_LIMITED`, `LOG_FOLLOWED`.
    pub(crate) async fn may_ask(&self, by: &Principal) -> Result<(), Problem> {
        self.ledger.must_be_home()?;
        let key = format!("certificate {}", by.account);
        let rate = Rate::new(1, BURST);
        if let Admission::Refused { retry_after_ms } =
            self.documents.counts.check(&key, rate, self.clock.now_us()).await?
        {
            let message = "too many documents at once; try again after the delay";
            return Err(Problem::new(Kind::RateLimited, "RATE_LIMITED", message)
                .retry_after_ms(retry_after_ms));
        }
        Ok(())
    }

    fn draft(&self, topic: Topic) -> Result<Draft, Problem> {
        let models = self.ledger.read();
        let note = note_of(self, &models).ok_or(DocumentError::TooEarly)?;
        let head = head(&models, &topic.realm, &note).ok_or(DocumentError::TooEarly)?;
        Ok(draft(&models, &head, topic)?)
    }

    /// What the log says about `topic` as of the last closed epoch, with its
    /// proofs, signed.
    ///
    /// # Errors
    /// `DOCUMENT_TOO_EARLY`, `DOCUMENT_UNRENDERABLE`.
    pub(crate) async fn freeze(&self, topic: Topic) -> Result<Vec<u8>, Problem> {
        let draft = self.draft(topic)?;
        let entries = self.ledger.entries(&draft.sequences()).await?;
        let (origin, now_us) = (&self.config.log.origin, self.clock.now_us());
        let (_, signed) = draft.issue(entries, origin, &self.documents.key, now_us)?;
        Ok(signed)
    }

    /// The pages of a document as a sealed PDF.
    ///
    /// # Errors
    /// `DOCUMENT_TIMEOUT`, `DOCUMENT_UNRENDERABLE`.
    pub(crate) async fn set_pages(&self, page: impl Into<Page> + Send) -> Result<Bytes, Problem> {
        let pdf = self.documents.renderer.render(page.into()).await?;
        let sealed = seal(&pdf, &self.documents.key)
            .ok_or_else(|| DocumentError::Unrenderable("a PDF without an end".to_owned()))?;
        Ok(Bytes::from(sealed))
    }

    /// The certificate in a file; `None` when it is none that was issued here.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) async fn certificate_in(&self, file: File) -> Result<Option<Kept>, Problem> {
        if file.size > DOCUMENT_MOST_BYTES as u64 {
            return Ok(None);
        }
        let pdf = bytes_of(self, &file).await?;
        if !is_sealed(&pdf, &self.log_key) {
            return Ok(None);
        }
        Ok(read(&pdf).ok().map(|read| Kept { file, pdf, read }))
    }

    /// A certificate that the visitor may read.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub(crate) async fn certificate(
        &self,
        visitor: &Visitor,
        id: &FileId,
    ) -> Result<Kept, Problem> {
        let file = self.files.storage.file_for(id, Action::Read, &visitor.caller()).await?;
        self.certificate_in(file).await?.ok_or_else(no_certificate)
    }

    /// At most `limit` files after a place, newest first, among which the
    /// visitor's certificates are, and the place after which there are more.
    ///
    /// # Errors
    /// When the files cannot be listed.
    pub(crate) async fn certificate_files(
        &self,
        visitor: &Visitor,
        after: Option<Position>,
        limit: usize,
    ) -> Result<(Vec<File>, Option<Position>), Problem> {
        let order = Order::Newest;
        let listing = Listing {
            realm: None,
            public: false,
            binned: false,
            folder: Some(folder()),
            name_part: String::new(),
            media: Some(Media::Application),
            order,
            after,
            limit: limit + 1,
        };
        let mut page = self.files.storage.list_files(listing, &visitor.caller()).await?;
        let more = page.files.len() > limit;
        page.files.truncate(limit);
        let next = page.files.last().filter(|_| more).map(|last| order.position(last));
        Ok((page.files, next))
    }

    /// Checks a document against the log as it is now; with what that log says,
    /// when the document is signed by it.
    pub(crate) fn check_document(&self, document: &[u8]) -> (Verification, Option<Present>) {
        let trusted = Trusted { origin: self.config.log.origin.clone(), key: self.log_key };
        // Only what the log has signed makes it look anything up.
        let ours = |read: &Read| read.key == self.log_key && read.is_signed();
        let now = read(document).ok().filter(ours).and_then(|read| {
            let models = self.ledger.read();
            let note = note_of(self, &models)?;
            let head = head(&models, &models.root_realm(), &note)?;
            Some(present(&models, &head, &read.credential.credential_subject))
        });
        (verify(document, Some(&trusted), now.as_ref()), now)
    }
}
