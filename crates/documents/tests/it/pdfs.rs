//! The seal over a PDF and what it carries.

use erynoa_documents::{
    DOCUMENT_MOST_BYTES, Outcome, Step, Verdict, attachment, code, is_sealed, seal, verify,
};
use proptest::prelude::*;

use crate::cases::trusted;
use crate::town::{LOG, Town, key};

/// A PDF as short as can be that carries `attached`.
fn pdf(attached: &[u8], deflate: bool) -> Vec<u8> {
    let body = if deflate {
        miniz_oxide::deflate::compress_to_vec_zlib(attached, 6)
    } else {
        attached.to_vec()
    };
    let filter = if deflate { "/Filter /FlateDecode" } else { "" };
    let head = format!(
        "%PDF-1.7\n1 0 obj\n<< /Type /EmbeddedFile /Length {} {filter} >>\nstream\n",
        body.len()
    );
    let tail = "\nendstream\nendobj\ntrailer\n<< /Size 2 >>\nstartxref\n9\n%%EOF\n";
    [head.as_bytes(), &body, tail.as_bytes()].concat()
}

#[test]
fn what_is_attached_comes_back_deflated_or_not() {
    for deflate in [false, true] {
        assert_eq!(attachment(&pdf(b"{\"a\":1}", deflate)).as_deref(), Some(&b"{\"a\":1}"[..]));
    }
    assert_eq!(attachment(b"%PDF-1.7\nnothing"), None);
}

#[test]
fn a_bomb_is_not_inflated() {
    let bomb = pdf(&vec![b' '; 64 << 20], true);
    assert_eq!(attachment(&bomb), None);
}

#[test]
fn a_document_that_is_too_large_is_not_looked_into() {
    let (_, signed) = Town::sample().certifies(1);
    let sealed = |padding: usize| {
        let mut plain = pdf(&signed, false);
        let end = plain.len() - "startxref\n9\n%%EOF\n".len();
        plain.splice(end..end, vec![b' '; padding]);
        seal(&plain, &key(LOG)).unwrap()
    };
    let most = DOCUMENT_MOST_BYTES - sealed(0).len();
    assert_eq!(verify(&sealed(most), Some(&trusted()), None).verdict(), Verdict::Genuine);
    assert_eq!(verify(&sealed(most + 1), Some(&trusted()), None).steps.len(), 1);
}

#[test]
fn a_sealed_pdf_with_a_certificate_checks_out() {
    let (_, signed) = Town::sample().certifies(1);
    let sealed = seal(&pdf(&signed, true), &key(LOG)).unwrap();
    let found = verify(&sealed, Some(&trusted()), None);
    assert_eq!(found.outcome(Step::Seal), Some(&Outcome::Passed));
    assert_eq!(found.verdict(), Verdict::Genuine, "{:#?}", found.steps);
}

#[test]
fn a_pdf_without_a_seal_is_refused_although_its_certificate_is_genuine() {
    let (_, signed) = Town::sample().certifies(1);
    let found = verify(&pdf(&signed, true), Some(&trusted()), None);
    let seal = format!("{:?}", found.outcome(Step::Seal));
    assert!(seal.contains(code::CERTIFICATE_PDF_CHANGED), "{seal}");
    assert_eq!(found.outcome(Step::Signature), Some(&Outcome::Passed));
    assert_eq!(found.verdict(), Verdict::Refused);
}

#[test]
fn a_seal_of_another_key_is_none() {
    let plain = pdf(b"{}", false);
    assert!(!is_sealed(&seal(&plain, &key(1)).unwrap(), &key(2).public_key()));
    assert_eq!(seal(b"%PDF-1.7 without an end", &key(1)), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_byte_of_a_sealed_pdf_can_be_changed_unnoticed(at: prop::sample::Index, other: u8) {
        let mut sealed = seal(&pdf(b"{\"a\":1}", false), &key(LOG)).unwrap();
        let at = at.index(sealed.len());
        prop_assume!(sealed[at] != other);
        sealed[at] = other;
        prop_assert!(!is_sealed(&sealed, &key(LOG).public_key()), "byte {}", at);
    }
}
