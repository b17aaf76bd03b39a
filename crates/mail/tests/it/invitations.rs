//! What an invitation says, in both languages.

use erynoa_mail::{Address, Envelope, Invitation, Language, Message, NOTE_MOST_CHARS, invitation};
use proptest::prelude::*;

const LINK: &str = "https://erynoa.example/platform/invitation?a=1&b=2#token";

fn envelope() -> Envelope {
    Envelope {
        id: "invitation.1".into(),
        from: Address::new("from", "Erynoa", "hello@erynoa.example").expect("good"),
        to: Address::new("to", "", "mia@erynoa.example").expect("good"),
        reply_to: None,
    }
}

fn words() -> Invitation<'static> {
    Invitation {
        language: Language::En,
        inviter: "Ada Admin",
        link: LINK,
        // 2026-12-03T23:59:59Z
        expires_at_us: 1_796_342_399_000_000,
        note: "",
    }
}

fn html(message: &Message) -> &str {
    message.html.as_deref().expect("an invitation has both parts")
}

#[test]
fn an_invitation_says_who_where_and_until_when_in_both_languages_and_parts() {
    for (language, subject, date) in [
        (Language::En, "Ada Admin invites you to Erynoa", "3 December 2026"),
        (Language::De, "Ada Admin lädt dich zu Erynoa ein", "3. Dezember 2026"),
    ] {
        let message = invitation(envelope(), Invitation { language, ..words() }).expect("good");
        assert_eq!(message.subject, subject);
        assert_eq!(message.language, language);
        for part in [&message.text, html(&message)] {
            assert!(part.contains("Ada Admin") && part.contains(date), "{part}");
            assert!(part.contains("UTC"));
        }
        assert!(message.text.contains(&format!("\n{LINK}\n")), "{}", message.text);
        let escaped = LINK.replace('&', "&#38;");
        assert_eq!(html(&message).matches(&escaped).count(), 3, "button and plain fallback");
        let tag = format!("<html lang=\"{}\">", language.tag());
        assert!(html(&message).contains(&tag));
    }
}

#[test]
fn dates_are_those_of_the_calendar() {
    let day_us = 86_400_000_000;
    for (days, english) in [
        (0, "1 January 1970"),
        (58, "28 February 1970"),
        (59, "1 March 1970"),
        (364, "31 December 1970"),
        (11_016, "29 February 2000"),
        (11_017, "1 March 2000"),
        (20_819, "1 January 2027"),
        (47_540, "28 February 2100"),
        (47_541, "1 March 2100"),
    ] {
        let words = Invitation { expires_at_us: days * day_us, ..words() };
        let message = invitation(envelope(), words).expect("good");
        assert!(message.text.contains(&format!(" {english} ")), "{english}: {}", message.text);
    }
}

#[test]
fn a_note_is_quoted_line_by_line_and_left_out_when_there_is_none() {
    let note = "Hi <b>Mia</b> & all,\n\nsee you!";
    let message = invitation(envelope(), Invitation { note, ..words() }).expect("good");
    assert!(
        message.text.contains("\n> Hi <b>Mia</b> & all,\n> \n> see you!\n"),
        "{}",
        message.text
    );
    assert!(html(&message).contains("Hi &#60;b&#62;Mia&#60;/b&#62; &#38; all,<br><br>see you!"));
    let without = invitation(envelope(), words()).expect("good");
    assert!(!without.text.contains('>') && !html(&without).contains("blockquote"));
    assert!(!without.text.contains("\n\n\n"), "no hole where the note would be");
}

#[test]
fn nothing_is_fetched_from_elsewhere_and_the_dark_is_respected() {
    let message = invitation(envelope(), words()).expect("good");
    let html = html(&message);
    for banned in ["<img", "src=", "url(", "<script", "<link", "@import", "http-equiv"] {
        assert!(!html.contains(banned), "{banned}");
    }
    assert!(html.contains("prefers-color-scheme: dark"));
    assert!(html.contains(r#"<meta name="color-scheme" content="light dark">"#));
}

#[test]
fn what_cannot_be_sent_is_refused_with_its_field() {
    let refused = |words: Invitation<'_>| {
        invitation(envelope(), words).map_or_else(|error| error.field, |_| "")
    };
    for link in ["", "javascript:alert(1)", "https://a b", "https://ä.example", "ftp://x"] {
        assert_eq!(refused(Invitation { link, ..words() }), "link", "{link}");
    }
    let longest = "ü".repeat(NOTE_MOST_CHARS);
    assert_eq!(refused(Invitation { note: &longest, ..words() }), "");
    let longer = "ü".repeat(NOTE_MOST_CHARS + 1);
    assert_eq!(refused(Invitation { note: &longer, ..words() }), "note");
    assert_eq!(refused(Invitation { note: "a\rb", ..words() }), "note");
    for inviter in ["", " \n ", "\u{202e}"] {
        assert_eq!(refused(Invitation { inviter, ..words() }), "inviter");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_people_write_stays_text(inviter in "\\PC{1,60}", note in "[^\\p{C}]{0,200}") {
        let words = Invitation { inviter: &inviter, note: &note, ..words() };
        let Ok(message) = invitation(envelope(), words) else {
            prop_assert!(!inviter.chars().any(char::is_alphanumeric));
            return Ok(());
        };
        let plain = invitation(envelope(), Invitation { note: "x", ..self::words() }).expect("good");
        let tags = |message: &Message| {
            let html = message.html.clone().unwrap_or_default().replace("<br>", "");
            html.matches('<').count()
        };
        if !note.trim().is_empty() {
            prop_assert_eq!(tags(&message), tags(&plain), "no tag that is not of the template");
        }
        prop_assert!(!message.subject.contains(['\r', '\n']));
    }
}
