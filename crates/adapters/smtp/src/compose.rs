//! A message as RFC 5322 wants it.

use std::time::{Duration, UNIX_EPOCH};

use erynoa_mail::{Address, MailError, Message, Receipt};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};

fn mailbox(address: &Address) -> Result<Mailbox, MailError> {
    let email = address
        .email()
        .parse()
        .map_err(|error| MailError::Refused(format!("{}: {error}", address.email())))?;
    let name = (!address.name().is_empty()).then(|| address.name().to_owned());
    Ok(Mailbox::new(name, email))
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// The message with all of its headers; `now_us` becomes its date.
pub(crate) fn compose(message: &Message, now_us: u64) -> Result<lettre::Message, MailError> {
    let id = Receipt::of(message, "").message_id;
    let mut builder = lettre::Message::builder()
        .from(mailbox(&message.from)?)
        .to(mailbox(&message.to)?)
        .subject(message.subject.clone())
        .date(UNIX_EPOCH + Duration::from_micros(now_us))
        .message_id(Some(format!("<{id}>")))
        .raw_header(header("Content-Language", message.language.tag().to_owned()))
        // So that out-of-office replies stay at home, RFC 3834 §5.
        .raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
    if let Some(address) = &message.reply_to {
        builder = builder.reply_to(mailbox(address)?);
    }
    if let Some(url) = &message.list_unsubscribe {
        builder = builder.raw_header(header("List-Unsubscribe", format!("<{url}>")));
        if url.starts_with("https:") {
            // RFC 8058: the mail program may do it by itself, with a POST.
            let one_click = "List-Unsubscribe=One-Click".to_owned();
            builder = builder.raw_header(header("List-Unsubscribe-Post", one_click));
        }
    }
    let text = SinglePart::plain(message.text.clone());
    let composed = match &message.html {
        None => builder.singlepart(text),
        Some(html) => builder.multipart(
            MultiPart::alternative().singlepart(text).singlepart(SinglePart::html(html.clone())),
        ),
    };
    composed.map_err(|error| MailError::Refused(error.to_string()))
}
