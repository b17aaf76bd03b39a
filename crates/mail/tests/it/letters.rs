//! What every kind of mail says, in both parts and languages.

use erynoa_mail::{
    Address, DIGEST_MOST, Envelope, Invitation, Language, Mail, MailKind, Message, Said,
    UnsubscribeStep, invitation, sample, unsubscribe_page, write,
};
use proptest::prelude::*;

const HOME: &str = "https://erynoa.example/platform";
const LANGUAGES: [Language; 2] = [Language::En, Language::De];

fn html(message: &Message) -> &str {
    message.html.as_deref().expect("every letter has both parts")
}

/// What somebody reads of the HTML, and where its links lead.
fn read(html: &str) -> String {
    let (_, body) = html.split_once("<body").expect("a page");
    let mut seen = String::new();
    for piece in format!("<body{body}").split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a tag ends");
        // Text of one line stays in one word: only these tags set anything apart.
        if !tag.starts_with("a ") && tag != "/a" {
            seen.push(' ');
        }
        seen.push_str(text);
    }
    seen.replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}

/// Words of a part without the marks that lay it out.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .filter(|word| !matches!(*word, ">" | "-" | "--"))
        .map(|word| word.trim_end_matches(':').to_owned())
        .collect()
}

fn envelope() -> Envelope {
    Envelope {
        id: "letter.1".into(),
        from: Address::new("from", "Erynoa", "hello@erynoa.example").expect("good"),
        to: Address::new("to", "", "mia@erynoa.example").expect("good"),
        reply_to: None,
    }
}

#[test]
fn both_parts_say_the_same_words_in_every_kind_and_language() {
    for kind in MailKind::ALL {
        for language in LANGUAGES {
            let message = sample(kind, language, HOME).expect("a sample");
            let (text, html) = (words(&message.text), words(&read(html(&message))));
            assert!(text.len() > 20, "{kind:?} says something");
            assert_eq!(text, html, "{kind:?} {language:?}");
            assert!(text.join(" ").starts_with(words(&message.subject).join(" ").as_str()));
        }
    }
}

#[test]
fn no_kind_is_in_the_language_of_another_reader() {
    for kind in MailKind::ALL {
        let [english, german] =
            LANGUAGES.map(|language| sample(kind, language, HOME).expect("a sample"));
        assert!(english.text.contains("\nHello,\n") && german.text.contains("\nHallo,\n"));
        assert!(html(&english).contains("<html lang=\"en\">"));
        assert!(html(&german).contains("<html lang=\"de\">"));
        let lines: Vec<_> = english.text.lines().filter(|line| line.contains(' ')).collect();
        let same = german.text.lines().filter(|line| line.contains(' ') && lines.contains(line));
        let same: Vec<_> = same.collect();
        // A realm and a title are not translated.
        let names = ["Workshop: A garden for everybody", "> Mia"];
        assert!(same.iter().all(|line| names.contains(line)), "{kind:?}: {same:?}");
    }
}

#[test]
fn every_link_also_stands_there_to_be_copied() {
    for kind in MailKind::ALL {
        for language in LANGUAGES {
            let message = sample(kind, language, HOME).expect("a sample");
            let seen = read(html(&message));
            for link in html(&message).split("href=\"").skip(1) {
                let link = link.split('"').next().expect("an address ends");
                let link = link.replace("&#38;", "&");
                assert!(words(&seen).contains(&link), "{kind:?}: {link}");
                assert!(message.text.lines().any(|line| line == link), "{kind:?}: {link}");
            }
            assert!(message.text.contains(HOME), "{kind:?} leads somewhere");
        }
    }
}

#[test]
fn what_is_not_essential_can_be_stopped_and_what_is_cannot() {
    for kind in MailKind::ALL {
        let message = sample(kind, Language::En, HOME).expect("a sample");
        let unsubscribe = format!("{HOME}/unsubscribe?token=sample");
        let expected = (!kind.is_essential()).then_some(unsubscribe.as_str());
        assert_eq!(message.list_unsubscribe.as_deref(), expected, "{kind:?}");
        assert_eq!(message.text.contains("unsubscribe"), expected.is_some(), "{kind:?}");
    }
    let essential: Vec<_> =
        MailKind::ALL.into_iter().filter(|kind| kind.is_essential()).map(MailKind::name).collect();
    assert_eq!(
        essential,
        ["invitation", "reminder", "welcome", "device_added", "recovery_started"]
    );
    // In the clear no mail program may click by itself.
    let plain = sample(MailKind::ExportReady, Language::En, "http://127.0.0.1:3000").expect("good");
    assert_eq!(plain.list_unsubscribe, None);
    assert!(plain.text.contains("http://127.0.0.1:3000/unsubscribe"));
}

#[test]
fn letters_show_without_pictures_in_the_dark_and_on_narrow_screens() {
    for kind in MailKind::ALL {
        let message = sample(kind, Language::De, HOME).expect("a sample");
        let html = html(&message);
        for banned in ["<img", "src=", "url(", "<script", "<link", "@import", "http-equiv"] {
            assert!(!html.contains(banned), "{kind:?}: {banned}");
        }
        assert!(html.contains("prefers-color-scheme: dark"));
        assert!(html.contains(r#"<meta name="color-scheme" content="light dark">"#));
        assert!(html.contains("width=\"100%\"") && html.contains("max-width:560px"));
        assert!(!html.contains("min-width"));
        let long = message.text.lines().find(|line| line.chars().count() > 78);
        assert_eq!(long, None, "{kind:?}");
    }
}

#[test]
fn a_digest_counts_what_it_does_not_show() {
    let said = |count: usize| {
        vec![
            Said { author: "Mia", dimension: "integrity", is_positive: true, realm: "Erynoa" };
            count
        ]
    };
    for (count, subject, lines, rest) in [
        (1, "Mia has attested something about you", 1, None),
        (2, "2 new attestations about you", 2, None),
        (DIGEST_MOST, "20 new attestations about you", DIGEST_MOST, None),
        (DIGEST_MOST + 3, "23 new attestations about you", DIGEST_MOST, Some("- and 3 more")),
    ] {
        let said = said(count);
        let mail = Mail::Attestations { said: &said };
        let message = write(envelope(), Language::En, &mail, HOME, None).expect("good");
        assert_eq!(message.subject, subject);
        assert_eq!(message.text.matches("Mia speaks for your integrity in Erynoa").count(), lines);
        assert_eq!(message.text.lines().find(|line| line.contains("more")), rest);
    }
}

#[test]
fn a_name_that_is_far_too_long_is_cut_and_one_that_turns_the_line_is_tamed() {
    let long = "ü".repeat(10_000);
    let mail = Mail::ProposalOpened { title: &long, realm: &long };
    let message = write(envelope(), Language::De, &mail, HOME, None).expect("it is cut");
    assert!(message.subject.chars().count() < 200 && message.subject.ends_with('…'));
    let turning = "Mia\u{202e} gnp.exe\u{2066}";
    let mail = Mail::Welcome { name: turning };
    let message = write(envelope(), Language::En, &mail, HOME, None).expect("it is tamed");
    assert_eq!(message.subject, "Welcome to Erynoa, Mia gnp.exe");
    // A name that is written from the right stays apart from what follows it.
    let mail = Mail::Welcome { name: "שרה" };
    let message = write(envelope(), Language::En, &mail, HOME, None).expect("good");
    assert_eq!(message.subject, "Welcome to Erynoa, \u{2068}שרה\u{2069}");
}

/// Every letter that shows what people write, with these texts in it.
fn letters(one: &str, other: &str, language: Language) -> Vec<Message> {
    let said = [Said { author: one, dimension: other, is_positive: true, realm: other }];
    let mails = [
        Mail::Reminder { inviter: one, expires_at_us: u64::MAX },
        Mail::Welcome { name: one },
        Mail::Attestations { said: &said },
        Mail::DeviceAdded { device: one, at_us: u64::MAX },
        Mail::ProposalOpened { title: one, realm: other },
        Mail::ProposalClosed { title: one, realm: other, passed: false },
    ];
    let invited = Invitation { language, inviter: one, link: HOME, expires_at_us: 0, note: "" };
    let mut letters: Vec<_> = mails
        .iter()
        .map(|mail| write(envelope(), language, mail, HOME, Some(HOME)).expect("any text is good"))
        .collect();
    letters.extend(invitation(envelope(), invited));
    letters
}

fn tags(message: &Message) -> usize {
    html(message).matches('<').count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_people_are_called_does_no_harm(
        one in prop_oneof![".{0,90}", "[<>&\"'=?\\r\\n\\t\u{0}\u{202e}\u{2067}א-ת -]{0,90}", "x{9000,10000}"],
        other in "\\PC{0,90}",
        german: bool,
    ) {
        let language = LANGUAGES[usize::from(german)];
        let written = letters(&one, &other, language);
        let plain = letters("Mia", "Town", language);
        for (message, plain) in written.iter().zip(&plain) {
            prop_assert_eq!(tags(message), tags(plain), "no tag that is not of the template");
            prop_assert!(!message.subject.chars().any(char::is_control));
            for part in [&*message.text, html(message)] {
                let turned = part.contains(['\u{202e}', '\u{2067}']);
                prop_assert!(!turned);
                prop_assert_eq!(
                    part.matches('\u{2068}').count(),
                    part.matches('\u{2069}').count(),
                    "what begins a direction ends it"
                );
                prop_assert!(part.len() < 20_000);
            }
            prop_assert_eq!(words(&message.text), words(&read(html(message))));
        }
    }
}

#[test]
fn the_page_behind_the_link_asks_first_and_needs_no_script() {
    for language in LANGUAGES {
        for kind in MailKind::ALL {
            let ask = unsubscribe_page(language, Some(kind), UnsubscribeStep::Ask);
            let done = unsubscribe_page(language, Some(kind), UnsubscribeStep::Done);
            assert_eq!(ask.matches("<form method=\"post\">").count(), 1, "{kind:?}");
            assert!(!done.contains("<form") && !done.contains("<button"), "{kind:?}");
            for page in [&ask, &done] {
                assert!(page.contains(&format!("<html lang=\"{}\">", language.tag())));
                assert!(!page.contains("<script") && !page.contains("http"), "{page}");
            }
        }
        let none = unsubscribe_page(language, None, UnsubscribeStep::Ask);
        assert!(none.contains("UNSUBSCRIBE_LINK_INVALID") && !none.contains("<form"));
    }
    let names: std::collections::BTreeSet<_> = MailKind::ALL
        .into_iter()
        .map(|kind| unsubscribe_page(Language::De, Some(kind), UnsubscribeStep::Ask))
        .collect();
    assert_eq!(names.len(), MailKind::ALL.len(), "each kind is named");
}
