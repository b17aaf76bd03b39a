//! What both parts of a mail say, and how each part shows it.

use askama::Template;

use crate::{Draft, Envelope, Language, MailInvalid, Message};

/// Width of the text part: RFC 5322 asks for lines of at most 78.
const WIDTH: usize = 76;

/// Longest link.
const LINK_MOST_BYTES: usize = 2000;

/// Longest name or title in a letter; the rest of a longer one is left out, so
/// that a subject has room for two.
pub(crate) const NAME_MOST_CHARS: usize = 80;

/// One thing after another. Both parts show all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// A paragraph.
    Words(String),
    /// Lines that somebody else has written.
    Quote(Vec<String>),
    /// One line each.
    List(Vec<String>),
    /// Something to click, and the same as an address.
    Action { label: &'static str, link: String },
    /// A paragraph that matters less.
    Quiet(String),
}

impl Block {
    fn plain(&self) -> String {
        match self {
            Self::Words(words) | Self::Quiet(words) => wrap(words, ""),
            Self::Quote(lines) => {
                lines.iter().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
            }
            Self::List(lines) => lines
                .iter()
                .map(|line| wrap(&format!("- {line}"), "  "))
                .collect::<Vec<_>>()
                .join("\n"),
            Self::Action { label, link } => format!("{label}:\n{link}"),
        }
    }
}

/// A letter of the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// Subject, and the heading of both parts.
    pub(crate) title: String,
    /// What it says.
    pub(crate) blocks: Vec<Block>,
    /// Why it comes.
    pub(crate) reason: String,
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct Plain<'a> {
    title: String,
    greeting: &'a str,
    blocks: &'a [Block],
    reason: String,
    unsubscribe: Option<(&'static str, &'a str)>,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Html<'a> {
    language: &'static str,
    title: &'a str,
    greeting: &'a str,
    blocks: &'a [Block],
    reason: &'a str,
    unsubscribe: Option<(&'static str, &'a str)>,
}

/// Lines of at most [`WIDTH`]; words, addresses too, stay whole.
fn wrap(text: &str, indent: &str) -> String {
    let mut wrapped = String::with_capacity(text.len() + text.len() / WIDTH);
    let mut column = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > WIDTH {
            wrapped.push('\n');
            wrapped.push_str(indent);
            column = indent.len();
        } else if column > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += width;
    }
    wrapped
}

/// Text of people as one line of a letter: nothing in it hides, turns the
/// letters around it, or becomes a header; what is too long is cut. `None` when
/// nothing is left.
pub(crate) fn one_line(text: &str) -> Option<String> {
    // Override and isolate the direction of what stands behind them.
    let turns = |letter| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let visible: String = text
        .chars()
        .map(|letter| if letter.is_whitespace() { ' ' } else { letter })
        .filter(|letter| !letter.is_control() && !turns(*letter))
        .collect();
    let words = visible.split_whitespace().collect::<Vec<_>>().join(" ").replace("=?", "= ?");
    if words.is_empty() {
        return None;
    }
    let mut line: String = words.chars().take(NAME_MOST_CHARS).collect();
    if line.len() < words.len() {
        line.truncate(line.trim_end().len());
        line.push('…');
    }
    // Kept apart from what stands around it (Unicode UAX 9, isolates).
    let right_to_left = |letter| {
        matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    };
    Some(if line.chars().any(right_to_left) { format!("\u{2068}{line}\u{2069}") } else { line })
}

/// A link of a letter.
///
/// # Errors
/// [`MailInvalid`] about `link`.
pub(crate) fn checked_link(link: &str) -> Result<String, MailInvalid> {
    let web = link.starts_with("https://") || link.starts_with("http://");
    if !web || link.len() > LINK_MOST_BYTES || !link.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(MailInvalid::new(
            "link",
            "must be an http or https URL of at most 2000 ASCII characters",
        ));
    }
    Ok(link.to_owned())
}

/// The message with both parts.
pub(crate) fn message(
    envelope: Envelope,
    language: Language,
    letter: Letter,
    unsubscribe: Option<&str>,
) -> Result<Message, MailInvalid> {
    let unsubscribe_link = unsubscribe.map(checked_link).transpose()?;
    let (greeting, no_more) = match language {
        Language::En => ("Hello,", "No more mail of this kind"),
        Language::De => ("Hallo,", "Keine Mail dieser Art mehr"),
    };
    let unsubscribe = unsubscribe_link.as_deref().map(|link| (no_more, link));
    let Letter { title, blocks, reason } = letter;
    let rendered = |text: askama::Result<String>| {
        // Rendering fails only when a value's Display does; texts cannot.
        text.map_err(|_| MailInvalid::new("text", "cannot be rendered"))
    };
    let plain = Plain {
        title: wrap(&title, ""),
        greeting,
        blocks: &blocks,
        reason: wrap(&reason, ""),
        unsubscribe,
    };
    let text = rendered(plain.render())?;
    let language_tag = language.tag();
    let html = Html {
        language: language_tag,
        title: &title,
        greeting,
        blocks: &blocks,
        reason: &reason,
        unsubscribe,
    };
    let html = rendered(html.render())?;
    let Envelope { id, from, to, reply_to } = envelope;
    Message::try_from(Draft {
        id,
        from,
        to,
        reply_to,
        subject: title,
        text,
        html: Some(html),
        // Mail programs click by themselves, which they do over TLS alone.
        list_unsubscribe: unsubscribe_link.filter(|link| link.starts_with("https://")),
        language,
    })
}
