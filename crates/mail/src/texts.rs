//! The texts of the house's mail, in both languages.

use askama::Template;
use erynoa_kernel::{civil_date, day_of};

use crate::{Address, Draft, Language, MailInvalid, Message};

/// Longest personal note in an invitation.
pub const NOTE_MOST_CHARS: usize = 1000;

/// Longest link.
const LINK_MOST_BYTES: usize = 2000;

/// From whom to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// See [`Draft::id`].
    pub id: String,
    /// Who writes.
    pub from: Address,
    /// Who reads.
    pub to: Address,
    /// Where answers go, when not to `from`.
    pub reply_to: Option<Address>,
}

/// What an invitation says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invitation<'a> {
    /// Language of the one who is invited.
    pub language: Language,
    /// Name of the one who invites.
    pub inviter: &'a str,
    /// Where to accept.
    pub link: &'a str,
    /// µs since the Unix epoch. The mail names the day, in UTC.
    pub expires_at_us: u64,
    /// A note of the inviter, or nothing; at most 1000 characters.
    pub note: &'a str,
}

#[derive(Template)]
#[template(path = "invitation.txt")]
struct InvitationText<'a> {
    german: bool,
    inviter: &'a str,
    link: &'a str,
    expires: &'a str,
    note: &'a [&'a str],
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationHtml<'a> {
    german: bool,
    title: &'a str,
    inviter: &'a str,
    link: &'a str,
    expires: &'a str,
    note: &'a [&'a str],
}

/// The day of a moment, UTC, as people write it: 3 December 2026, 3. Dezember 2026.
fn date(language: Language, time_us: u64) -> String {
    let (year, month, day) = civil_date(day_of(time_us));
    let name = |names: [&'static str; 12]| {
        names[usize::try_from(month).map_or(0, |month| (month + 9) % 12)]
    };
    match language {
        Language::En => {
            let month = name([
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
                "January",
                "February",
            ]);
            format!("{day} {month} {year}")
        }
        Language::De => {
            let month = name([
                "März",
                "April",
                "Mai",
                "Juni",
                "Juli",
                "August",
                "September",
                "Oktober",
                "November",
                "Dezember",
                "Januar",
                "Februar",
            ]);
            format!("{day}. {month} {year}")
        }
    }
}

/// Text without what breaks lines or hides: from people, for people.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(char::is_control, "")
}

/// The mail that invites somebody.
///
/// # Errors
/// [`MailInvalid`] about `link`, `note`, `inviter` or the envelope.
pub fn invitation(envelope: Envelope, words: Invitation<'_>) -> Result<Message, MailInvalid> {
    let Invitation { language, link, note, .. } = words;
    let web = link.starts_with("https://") || link.starts_with("http://");
    if !web || link.len() > LINK_MOST_BYTES || !link.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(MailInvalid::new(
            "link",
            "must be an http or https URL of at most 2000 ASCII characters",
        ));
    }
    if note.chars().count() > NOTE_MOST_CHARS
        || note.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t'))
    {
        return Err(MailInvalid::new("note", "must be at most 1000 characters of plain text"));
    }
    let inviter = one_line(words.inviter);
    if inviter.is_empty() || inviter.chars().count() > 100 {
        return Err(MailInvalid::new("inviter", "must be 1 to 100 characters"));
    }
    let german = language == Language::De;
    let subject = if german {
        format!("{inviter} lädt dich zu Erynoa ein")
    } else {
        format!("{inviter} invites you to Erynoa")
    };
    let expires = date(language, words.expires_at_us);
    let note: Vec<&str> = note.trim().lines().map(str::trim_end).collect();
    let rendered = |text: askama::Result<String>| {
        // Rendering fails only when a value's Display does; texts cannot.
        text.map_err(|_| MailInvalid::new("text", "cannot be rendered"))
    };
    let text = rendered(
        InvitationText { german, inviter: &inviter, link, expires: &expires, note: &note }.render(),
    )?;
    let html = rendered(
        InvitationHtml {
            german,
            title: &subject,
            inviter: &inviter,
            link,
            expires: &expires,
            note: &note,
        }
        .render(),
    )?;
    let Envelope { id, from, to, reply_to } = envelope;
    Message::try_from(Draft {
        id,
        from,
        to,
        reply_to,
        subject,
        text,
        html: Some(html),
        list_unsubscribe: None,
        language,
    })
}
