//! From a page to its PDF.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use erynoa_documents::{CERTIFICATE_MOST_BYTES, DocumentError, DocumentRenderer, Page};
use tokio::sync::Semaphore;
use typst::comemo;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::world::PageWorld;
use crate::{data, qr};

const CERTIFICATE: &str = include_str!("../templates/certificate.typ");
const REPORT: &str = include_str!("../templates/report.typ");
/// Pages that are set at once; others wait.
const SEATS: usize = 2;
/// How long one may take, waiting included.
const TIME: Duration = Duration::from_secs(10);
/// Most pages of a document.
const PAGES_MOST: usize = 40;
/// Results of earlier documents that Typst may reuse, in documents.
const KEPT: usize = 8;

/// Sets documents with Typst.
pub struct TypstRenderer {
    seats: Arc<Semaphore>,
}

impl Default for TypstRenderer {
    fn default() -> Self {
        Self::new()
    }
}

fn unrenderable(what: &str, errors: &[SourceDiagnostic]) -> DocumentError {
    let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    DocumentError::Unrenderable(format!("{what}: {}", messages.join("; ")))
}

/// A time of RFC 3339 in whole seconds and UTC.
fn datetime(text: &str) -> Option<Datetime> {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<u8>().ok();
    let year = text.get(..4)?.parse().ok()?;
    let (month, day) = (part(5..7)?, part(8..10)?);
    Datetime::from_ymd_hms(year, month, day, part(11..13)?, part(14..16)?, part(17..19)?)
}

/// The laid-out pages.
fn set(page: &Page) -> Result<PagedDocument, DocumentError> {
    if page.signed().len() > CERTIFICATE_MOST_BYTES {
        return Err(DocumentError::Unrenderable("what it carries is too large".to_owned()));
    }
    let (template, attachment) = match page {
        Page::Certificate(_) => (CERTIFICATE, "/certificate.json"),
        Page::Report(_) => (REPORT, "/report.json"),
    };
    let qr = qr::svg(page.verify_url())
        .ok_or_else(|| DocumentError::Unrenderable("the address is too long".to_owned()))?;
    let data = serde_json::to_vec(&data::data(page))
        .map_err(|error| DocumentError::Unrenderable(error.to_string()))?;
    let files = vec![
        ("/data.json", data),
        ("/qr.svg", qr.into_bytes()),
        (attachment, page.signed().to_vec()),
    ];
    let world = PageWorld::new(template, files);
    let document = typst::compile::<PagedDocument>(&world)
        .output
        .map_err(|errors| unrenderable("the template", &errors))?;
    comemo::evict(KEPT);
    if document.pages().len() > PAGES_MOST {
        return Err(DocumentError::Unrenderable("too many pages".to_owned()));
    }
    Ok(document)
}

/// The PDF of a document: one for archives and readers of every kind where it
/// can be, tagged in any case. It cannot where a script has no shipped font.
fn export(document: &PagedDocument, page: &Page) -> Result<Vec<u8>, DocumentError> {
    let strict = PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1])
        .map_err(|error| DocumentError::Unrenderable(error.message().to_string()))?;
    let ident = erynoa_documents::verification_hash(page.signed());
    let options = |standards| PdfOptions {
        ident: Smart::Custom(ident.clone()),
        creator: Smart::Custom(Some("Erynoa".to_owned())),
        timestamp: datetime(page.issued_at()).map(Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(document, &options(strict)).or_else(|errors| {
        let reason = unrenderable("PDF/A-3a and PDF/UA-1", &errors);
        tracing::info!(%reason, "a document is tagged, and not for archives");
        typst_pdf::pdf(document, &options(PdfStandards::default()))
            .map_err(|errors| unrenderable("PDF", &errors))
    })
}

impl TypstRenderer {
    /// Nothing is loaded before the first document.
    #[must_use]
    pub fn new() -> Self {
        Self { seats: Arc::new(Semaphore::new(SEATS)) }
    }

    /// The pages as they are laid out, for those who look at pictures of them.
    ///
    /// # Errors
    /// `Unrenderable`.
    pub fn pages(&self, page: &Page) -> Result<PagedDocument, DocumentError> {
        set(page)
    }

    /// As [`DocumentRenderer::render`], on this thread and without a limit of
    /// time.
    ///
    /// # Errors
    /// `Unrenderable`.
    pub fn render_here(&self, page: &Page) -> Result<Vec<u8>, DocumentError> {
        export(&set(page)?, page)
    }
}

#[async_trait]
impl DocumentRenderer for TypstRenderer {
    async fn render(&self, page: Page) -> Result<Vec<u8>, DocumentError> {
        let seats = Arc::clone(&self.seats);
        let work = async move {
            let seat = seats.acquire_owned().await.map_err(|_| DocumentError::Timeout)?;
            let rendered = tokio::task::spawn_blocking(move || {
                // Held until the page is done, also when nobody waits any more.
                let _seat = seat;
                export(&set(&page)?, &page)
            });
            rendered.await.map_err(|error| DocumentError::Unrenderable(error.to_string()))?
        };
        tokio::time::timeout(TIME, work).await.map_err(|_| DocumentError::Timeout)?
    }
}
