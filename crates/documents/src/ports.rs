//! What the documents need from outside.

use async_trait::async_trait;

use crate::{Credential, DocumentError};

/// Languages of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
}

impl Language {
    /// BCP 47.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The language with this tag.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        [Self::En, Self::De].into_iter().find(|language| language.tag() == tag)
    }
}

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

/// Sets pages.
#[async_trait]
pub trait DocumentRenderer: Send + Sync + 'static {
    /// The certificate as a tagged PDF that carries `signed` as its only
    /// attachment. The same input gives the same bytes.
    ///
    /// # Errors
    /// `Timeout`, `Unrenderable`.
    async fn render(&self, page: CertificatePage) -> Result<Vec<u8>, DocumentError>;
}
