//! The page behind the link that stops a kind of mail.

use askama::Template;

use crate::{Language, MailKind};

/// Where somebody stands on that page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsubscribeStep {
    /// Nothing has happened; there is a button.
    Ask,
    /// It is done.
    Done,
}

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Page<'a> {
    language: &'static str,
    title: &'a str,
    words: String,
    button: Option<&'a str>,
}

const fn name_of(kind: MailKind, language: Language) -> &'static str {
    match (kind, language) {
        (MailKind::Invitation, Language::En) => "invitations",
        (MailKind::Invitation, Language::De) => "Einladungen",
        (MailKind::Reminder, Language::En) => "reminders",
        (MailKind::Reminder, Language::De) => "Erinnerungen",
        (MailKind::Welcome, Language::En) => "the welcome",
        (MailKind::Welcome, Language::De) => "die Begrüßung",
        (MailKind::Attestations, Language::En) => "new attestations about you",
        (MailKind::Attestations, Language::De) => "neue Atteste über dich",
        (MailKind::CertificateReady, Language::En) => "certificates that are ready",
        (MailKind::CertificateReady, Language::De) => "fertige Zertifikate",
        (MailKind::DeviceAdded, Language::En) => "new devices",
        (MailKind::DeviceAdded, Language::De) => "neue Geräte",
        (MailKind::RecoveryStarted, Language::En) => "recoveries",
        (MailKind::RecoveryStarted, Language::De) => "Wiederherstellungen",
        (MailKind::ProposalOpened, Language::En) => "new proposals",
        (MailKind::ProposalOpened, Language::De) => "neue Anträge",
        (MailKind::ProposalClosed, Language::En) => "proposals that have ended",
        (MailKind::ProposalClosed, Language::De) => "beendete Anträge",
        (MailKind::ExportReady, Language::En) => "data exports that are ready",
        (MailKind::ExportReady, Language::De) => "fertige Datenexporte",
    }
}

/// The page, as HTML that needs no script. `kind` is what the link stops; of
/// `None` it says that the link is none.
///
/// # Panics
/// Never: rendering fails only when a text's Display does.
#[must_use]
pub fn unsubscribe_page(
    language: Language,
    kind: Option<MailKind>,
    step: UnsubscribeStep,
) -> String {
    let (title, words, button) = match (kind, step, language) {
        (None, _, Language::En) => (
            "This link does not work",
            "Take the whole link from the mail, or sign in and change it under notifications. \
             (UNSUBSCRIBE_LINK_INVALID)"
                .to_owned(),
            None,
        ),
        (None, _, Language::De) => (
            "Dieser Link gilt nicht",
            "Nimm den ganzen Link aus der Mail, oder melde dich an und ändere es unter \
             Mitteilungen. (UNSUBSCRIBE_LINK_INVALID)"
                .to_owned(),
            None,
        ),
        (Some(kind), UnsubscribeStep::Ask, Language::En) => (
            "No more of this mail?",
            format!("We will no longer write to you about {}.", name_of(kind, language)),
            Some("Stop this mail"),
        ),
        (Some(kind), UnsubscribeStep::Ask, Language::De) => (
            "Keine solche Mail mehr?",
            format!("Wir schreiben dir dann nicht mehr über {}.", name_of(kind, language)),
            Some("Diese Mail abbestellen"),
        ),
        (Some(kind), UnsubscribeStep::Done, Language::En) => (
            "Done",
            format!(
                "We no longer write to you about {}. You can change that under notifications.",
                name_of(kind, language)
            ),
            None,
        ),
        (Some(kind), UnsubscribeStep::Done, Language::De) => (
            "Erledigt",
            format!(
                "Wir schreiben dir nicht mehr über {}. Das lässt sich unter Mitteilungen ändern.",
                name_of(kind, language)
            ),
            None,
        ),
    };
    let page = Page { language: language.tag(), title, words, button };
    page.render().expect("texts can be displayed")
}
