//! What is a message and what is none.

use erynoa_kernel::{Kind, Problem};
use erynoa_mail::{
    Address, CODES, Draft, HTML_MOST_BYTES, Language, MailError, Message, SUBJECT_MOST_CHARS,
    TEXT_MOST_BYTES,
};
use proptest::prelude::*;

fn draft() -> Draft {
    let address = |email: &str| Address::new("to", "", email).expect("a good address");
    Draft {
        id: "invitation.1".into(),
        from: address("hello@erynoa.example"),
        to: address("mia@erynoa.example"),
        reply_to: None,
        subject: "Hello".into(),
        text: "Text".into(),
        html: None,
        list_unsubscribe: None,
        language: Language::En,
    }
}

/// The field that is refused after a change; empty when none is.
fn refused(change: impl FnOnce(&mut Draft)) -> &'static str {
    let mut draft = draft();
    change(&mut draft);
    Message::try_from(draft).map_or_else(|error| error.field, |_| "")
}

#[test]
fn every_limit_holds_at_both_sides() {
    assert_eq!(refused(|draft| draft.subject = "ü".repeat(SUBJECT_MOST_CHARS)), "");
    assert_eq!(refused(|draft| draft.subject = "ü".repeat(SUBJECT_MOST_CHARS + 1)), "subject");
    assert_eq!(refused(|draft| draft.text = "x".repeat(TEXT_MOST_BYTES)), "");
    assert_eq!(refused(|draft| draft.text = "x".repeat(TEXT_MOST_BYTES + 1)), "text");
    assert_eq!(refused(|draft| draft.html = Some("x".repeat(HTML_MOST_BYTES))), "");
    assert_eq!(refused(|draft| draft.html = Some("x".repeat(HTML_MOST_BYTES + 1))), "html");
    assert_eq!(refused(|draft| draft.id = "x".repeat(64)), "");
    assert_eq!(refused(|draft| draft.id = "x".repeat(65)), "id");
    let url = |length: usize| Some(format!("https://{}", "x".repeat(length - 8)));
    assert_eq!(refused(|draft| draft.list_unsubscribe = url(1000)), "");
    assert_eq!(refused(|draft| draft.list_unsubscribe = url(1001)), "list_unsubscribe");
}

#[test]
fn nothing_can_become_a_header_that_nobody_wrote() {
    for injected in ["a\r\nBcc: x@evil.example", "a\nBcc: x", "a\rb", "a\0b", "a\u{85}b"] {
        assert_eq!(refused(|draft| draft.subject = injected.into()), "subject", "{injected:?}");
        assert_eq!(refused(|draft| draft.id = injected.into()), "id", "{injected:?}");
        let url = format!("https://x/{injected}");
        assert_eq!(refused(|draft| draft.list_unsubscribe = Some(url)), "list_unsubscribe");
        Address::new("to", injected, "mia@erynoa.example").expect_err("a name is one line");
        let email = format!("{injected}@erynoa.example");
        Address::new("to", "", email).expect_err("no address");
    }
    let encoded = "=?utf-8?q?another_text?=";
    assert_eq!(refused(|draft| draft.subject = encoded.into()), "subject");
    Address::new("to", encoded, "mia@erynoa.example").expect_err("it would be read as another");
    for url in ["javascript:alert(1)", "http://plain.example", "https://a> <https://b", ""] {
        let url = Some(url.to_owned());
        assert_eq!(refused(|draft| draft.list_unsubscribe = url), "list_unsubscribe");
    }
    assert_eq!(refused(|draft| draft.text = "lone\rCR".into()), "text");
    assert_eq!(refused(|draft| draft.html = Some("nul\0".into())), "html");
}

#[test]
fn what_is_empty_is_no_message() {
    assert_eq!(refused(|draft| draft.subject = "  ".into()), "subject");
    assert_eq!(refused(|draft| draft.text = "\n \n".into()), "text");
    assert_eq!(refused(|draft| draft.html = Some(String::new())), "html");
    assert_eq!(refused(|draft| draft.id = String::new()), "id");
    assert_eq!(refused(|draft| draft.id = "a..b".into()), "id");
}

#[test]
fn addresses_are_what_mail_servers_take() {
    let longest = format!("{}@{}.example", "x".repeat(64), "y".repeat(63));
    for good in ["mia@erynoa.example", "a.b+c_d@x-y.example", "root@localhost", &longest] {
        Address::new("to", "Mia Müller", good).unwrap_or_else(|error| panic!("{good}: {error}"));
    }
    let long_local = format!("{}@x.example", "x".repeat(65));
    let long_label = format!("x@{}.example", "y".repeat(64));
    let long = format!("x@{}example", "abcdefghi.".repeat(25));
    for bad in [
        "",
        "@",
        "mia",
        "mia@",
        "@x.example",
        "a@b@c.example",
        ".a@x.example",
        "a.@x.example",
        "a..b@x.example",
        "a b@x.example",
        "a@x..example",
        "a@-x.example",
        "a@x-.example",
        "müller@x.example",
        "a@müller.example",
        "\"a\"@x.example",
        "a@[127.0.0.1]",
        "<a@x.example>",
        "a@x.example,b@x.example",
        &long_local,
        &long_label,
        &long,
    ] {
        let error = Address::new("to", "", bad).expect_err(bad);
        assert_eq!(error.field, "to");
    }
}

#[test]
fn every_failure_has_its_code_and_kind() {
    let invalid = Address::new("to", "", "no").expect_err("no address");
    let problems: [Problem; 3] = [
        invalid.into(),
        MailError::Refused("550".into()).into(),
        MailError::Temporary("451".into()).into(),
    ];
    for (problem, (code, kind)) in problems.iter().zip(CODES) {
        assert_eq!((problem.code, problem.kind), (*code, *kind));
    }
    assert_eq!(problems[0].field, "to");
    assert_eq!(problems[2].kind, Kind::Unavailable);
    assert!(problems[2].retry_after_ms.is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn an_address_that_is_taken_has_no_letter_with_a_meaning_of_its_own(
        email in "[ -~\\u{e0}-\\u{ff}\r\n\0]{0,40}@[ -~]{1,20}",
    ) {
        if let Ok(address) = Address::new("to", "", email) {
            let plain = |byte: u8| byte.is_ascii_graphic() && !b"<>()[]\\,;:\"".contains(&byte);
            prop_assert!(address.email().bytes().all(plain));
            prop_assert_eq!(address.email().matches('@').count(), 1);
        }
    }
}
