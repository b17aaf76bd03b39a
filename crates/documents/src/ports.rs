//! What the documents need from outside.

use async_trait::async_trait;

use crate::{Credential, DocumentError, Language, ReportCredential};

/// A certificate that is to become pages.
#[derive(Clone, Debug)]
pub struct CertificatePage {
    /// What it says.
    pub credential: Credential,
    /// Its signed canonical bytes: the attachment.
    pub signed: Vec<u8>,
    /// Where it can be checked; in the QR code.
    pub verify_url: String,
    /// Language of the words that are not the certificate's own.
    pub language: Language,
}

/// A report that is to become pages.
#[derive(Clone, Debug)]
pub struct ReportPage {
    /// What it says.
    pub credential: ReportCredential,
    /// Its signed canonical bytes: the attachment.
    pub signed: Vec<u8>,
    /// Where it can be checked; in the QR code.
    pub verify_url: String,
    /// Language of the words that are not the report's own.
    pub language: Language,
}

/// What is to become pages.
#[derive(Clone, Debug)]
pub enum Page {
    /// A trust certificate.
    Certificate(Box<CertificatePage>),
    /// A report.
    Report(Box<ReportPage>),
}

impl From<CertificatePage> for Page {
    fn from(page: CertificatePage) -> Self {
        Self::Certificate(Box::new(page))
    }
}

impl From<ReportPage> for Page {
    fn from(page: ReportPage) -> Self {
        Self::Report(Box::new(page))
    }
}

impl Page {
    /// Its signed canonical bytes: the attachment.
    #[must_use]
    pub fn signed(&self) -> &[u8] {
        match self {
            Self::Certificate(page) => &page.signed,
            Self::Report(page) => &page.signed,
        }
    }

    /// Where it can be checked.
    #[must_use]
    pub fn verify_url(&self) -> &str {
        match self {
            Self::Certificate(page) => &page.verify_url,
            Self::Report(page) => &page.verify_url,
        }
    }

    /// When it was issued, RFC 3339.
    #[must_use]
    pub fn issued_at(&self) -> &str {
        match self {
            Self::Certificate(page) => &page.credential.valid_from,
            Self::Report(page) => &page.credential.valid_from,
        }
    }
}

/// Sets pages.
#[async_trait]
pub trait DocumentRenderer: Send + Sync + 'static {
    /// The document as a tagged PDF that carries its signed bytes as its only
    /// attachment. The same input gives the same bytes.
    ///
    /// # Errors
    /// `Timeout`, `Unrenderable`.
    async fn render(&self, page: Page) -> Result<Vec<u8>, DocumentError>;
}
