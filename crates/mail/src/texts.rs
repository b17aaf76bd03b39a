//! The texts of the house's mail, in both languages.

mod english;
mod german;

use erynoa_kernel::{DAY_US, civil_date, day_of};

use crate::letter::{Block, Letter, checked_link, message, one_line};
use crate::{Address, Language, MailInvalid, MailKind, Message};

/// Longest personal note in an invitation.
pub const NOTE_MOST_CHARS: usize = 1000;

/// Most attestations that a digest shows; of more it says how many.
pub const DIGEST_MOST: usize = 20;

/// From whom to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// See [`Draft::id`](crate::Draft::id).
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

/// What somebody has said about the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<'a> {
    /// Name of who has said it; somebody without one is empty.
    pub author: &'a str,
    /// Name of the dimension, as in the protocol.
    pub dimension: &'a str,
    /// Whether it speaks for the reader.
    pub is_positive: bool,
    /// Name of the realm.
    pub realm: &'a str,
}

/// What a mail says. Names may be anything that people write; what would hide
/// or mislead is left out, what is too long is cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mail<'a> {
    /// The invitation, once more.
    Reminder {
        /// Name of the one who invites.
        inviter: &'a str,
        /// When it ends, µs since the Unix epoch.
        expires_at_us: u64,
    },
    /// To a new member.
    Welcome {
        /// Name of the new member.
        name: &'a str,
    },
    /// Newest first.
    Attestations {
        /// What was said, at most [`DIGEST_MOST`] of it are shown.
        said: &'a [Said<'a>],
    },
    /// A certificate is there.
    CertificateReady,
    /// A key was added.
    DeviceAdded {
        /// Name of the device.
        device: &'a str,
        /// When, µs since the Unix epoch.
        at_us: u64,
    },
    /// A recovery was asked for.
    RecoveryStarted {
        /// When, µs since the Unix epoch.
        at_us: u64,
        /// From when on it can no longer be stopped.
        ends_at_us: u64,
    },
    /// A proposal was made.
    ProposalOpened {
        /// Its title.
        title: &'a str,
        /// Name of its realm.
        realm: &'a str,
    },
    /// A vote is over.
    ProposalClosed {
        /// Its title.
        title: &'a str,
        /// Name of its realm.
        realm: &'a str,
        /// Whether it was accepted.
        passed: bool,
    },
    /// An export is there.
    ExportReady,
}

impl Mail<'_> {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> MailKind {
        match self {
            Self::Reminder { .. } => MailKind::Reminder,
            Self::Welcome { .. } => MailKind::Welcome,
            Self::Attestations { .. } => MailKind::Attestations,
            Self::CertificateReady => MailKind::CertificateReady,
            Self::DeviceAdded { .. } => MailKind::DeviceAdded,
            Self::RecoveryStarted { .. } => MailKind::RecoveryStarted,
            Self::ProposalOpened { .. } => MailKind::ProposalOpened,
            Self::ProposalClosed { .. } => MailKind::ProposalClosed,
            Self::ExportReady => MailKind::ExportReady,
        }
    }
}

/// The day of a moment, UTC, as people write it: 3 December 2026, 3. Dezember 2026.
fn date(language: Language, time_us: u64) -> String {
    let (year, month, day) = civil_date(day_of(time_us));
    let months = match language {
        Language::En => english::MONTHS,
        Language::De => german::MONTHS,
    };
    let month = usize::try_from(month).map_or("", |month| months[(month + 11) % 12]);
    match language {
        Language::En => format!("{day} {month} {year}"),
        Language::De => format!("{day}. {month} {year}"),
    }
}

/// Day and minute of a moment, UTC.
fn moment(language: Language, time_us: u64) -> String {
    let minutes = time_us % DAY_US / 60_000_000;
    format!("{}, {:02}:{:02} UTC", date(language, time_us), minutes / 60, minutes % 60)
}

/// The mail that invites somebody.
///
/// # Errors
/// [`MailInvalid`] about `link`, `note`, `inviter` or the envelope.
pub fn invitation(envelope: Envelope, words: Invitation<'_>) -> Result<Message, MailInvalid> {
    let Invitation { language, note, .. } = words;
    let link = checked_link(words.link)?;
    if note.chars().count() > NOTE_MOST_CHARS
        || note.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t'))
    {
        return Err(MailInvalid::new("note", "must be at most 1000 characters of plain text"));
    }
    let inviter =
        one_line(words.inviter).ok_or_else(|| MailInvalid::new("inviter", "must not be empty"))?;
    let expires = date(language, words.expires_at_us);
    let mut letter = match language {
        Language::En => english::invitation(&inviter, link, &expires),
        Language::De => german::invitation(&inviter, link, &expires),
    };
    if !note.trim().is_empty() {
        let lines = note.trim().lines().map(|line| line.trim_end().to_owned()).collect();
        letter.blocks.insert(1, Block::Quote(lines));
    }
    message(envelope, language, letter, None)
}

/// A mail of the house. `link` is where the reader goes on, `unsubscribe` where
/// they get no more of the kind; essential kinds have none.
///
/// # Errors
/// [`MailInvalid`] about `link` or the envelope.
pub fn write(
    envelope: Envelope,
    language: Language,
    mail: &Mail<'_>,
    link: &str,
    unsubscribe: Option<&str>,
) -> Result<Message, MailInvalid> {
    let link = checked_link(link)?;
    let letter = match language {
        Language::En => english::letter(mail, link),
        Language::De => german::letter(mail, link),
    };
    let unsubscribe = unsubscribe.filter(|_| !mail.kind().is_essential());
    message(envelope, language, letter, unsubscribe)
}
