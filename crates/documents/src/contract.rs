//! Laws of [`DocumentRenderer`]. Hang all of them on an adapter with
//! [`document_renderer_contract!`](crate::document_renderer_contract), whose
//! factory is an expression that gives a renderer. The samples are for other
//! tests of an adapter, too.

use std::sync::Arc;
use std::time::Duration;

use erynoa_events::SigningKey;

use crate::{
    CertificatePage, Credential, DocumentError, DocumentRenderer, Language, Trusted, Verdict,
    attachment, is_pdf, seal, verify,
};

/// Longest that anybody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The key of the sample's log.
#[must_use]
pub fn key() -> SigningKey {
    SigningKey::from_seed([201; 32])
}

/// The log that has issued the sample.
#[must_use]
pub fn trusted() -> Trusted {
    Trusted { origin: "town.example/log".to_owned(), key: key().public_key() }
}

/// The genuine certificate of the test vectors.
#[must_use]
pub fn credential() -> Credential {
    let vectors = include_str!("../../../proto/testdata/certificates.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).expect("the vectors are JSON");
    let document = vectors["cases"][0]["document"].as_str().expect("the first case is genuine");
    Credential::read(document.as_bytes()).expect("the first case is genuine").credential
}

/// The page of a credential.
#[must_use]
pub fn page_of(credential: Credential, language: Language) -> CertificatePage {
    let signed = credential.sign(&key());
    let verify_url = "https://town.example/platform/verify".to_owned();
    CertificatePage { credential, signed, verify_url, language }
}

/// The sample as if it were about somebody with this name.
#[must_use]
pub fn page(name: &str) -> CertificatePage {
    let mut credential = credential();
    credential.credential_subject.name = name.to_owned();
    page_of(credential, Language::En)
}

/// Law: what a document carries is its certificate, byte for byte, and sealed it
/// is genuine.
pub async fn a_document_carries_its_certificate(renderer: impl DocumentRenderer) {
    for language in [Language::En, Language::De] {
        let page = page_of(credential(), language);
        let signed = page.signed.clone();
        let pdf = renderer.render(page.into()).await.expect("the sample is rendered");
        assert_eq!(attachment(&pdf).expect("something is attached"), signed);
        let sealed = seal(&pdf, &key()).expect("a PDF has an end");
        let found = verify(&sealed, Some(&trusted()), None);
        assert_eq!(found.verdict(), Verdict::Genuine, "{:#?}", found.steps);
    }
}

/// Law: the same page gives the same bytes.
pub async fn the_same_page_gives_the_same_bytes(renderer: impl DocumentRenderer) {
    let one = renderer.render(page("Ada").into()).await.expect("the sample is rendered");
    let again = renderer.render(page("Ada").into()).await.expect("the sample is rendered");
    assert!(one == again);
}

/// Law: no name, of whatever length and script, keeps a page from being set.
pub async fn no_name_keeps_a_page_from_being_set(renderer: impl DocumentRenderer) {
    let names = [
        "x".repeat(10_000),
        "ä ".repeat(5_000),
        "דנה כהן מהנמל הישן".to_owned(),
        "محمد بن عبد الله".to_owned(),
        "A\u{202e}gpj.exe\u{0}\u{7}\u{1b}[31m".to_owned(),
        "李小龙 👩‍👩‍👧‍👦".to_owned(),
        "#panic() */ //".to_owned(),
        String::new(),
    ];
    for name in names {
        let page = page(&name);
        let signed = page.signed.clone();
        let pdf = renderer.render(page.into()).await.expect("any name is rendered");
        assert!(is_pdf(&pdf));
        assert_eq!(attachment(&pdf).expect("something is attached"), signed);
    }
}

/// Law: many at once are set, or told that it takes too long; nobody waits for
/// ever.
pub async fn many_at_once_all_get_an_answer(renderer: impl DocumentRenderer) {
    let renderer = Arc::new(renderer);
    let tasks: Vec<_> = (0..6)
        .map(|number| {
            let renderer = Arc::clone(&renderer);
            tokio::spawn(async move { renderer.render(page(&format!("Person {number}")).into()).await })
        })
        .collect();
    for task in tasks {
        let answer = tokio::time::timeout(PATIENCE, task).await.expect("an answer in time");
        let answer = answer.expect("rendering does not panic");
        assert!(matches!(answer, Ok(_) | Err(DocumentError::Timeout)), "{:?}", answer.err());
    }
}

/// Hangs every law on an adapter.
#[macro_export]
macro_rules! document_renderer_contract {
    ($factory:expr) => {
        $crate::document_renderer_contract!(@laws $factory;
            a_document_carries_its_certificate
            the_same_page_gives_the_same_bytes
            no_name_keeps_a_page_from_being_set
            many_at_once_all_get_an_answer
        );
    };
    (@laws $factory:expr; $($law:ident)*) => {
        mod contract_of_document_renderer {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $law() {
                    $crate::contract::$law($factory).await;
                }
            )*
        }
    };
}
