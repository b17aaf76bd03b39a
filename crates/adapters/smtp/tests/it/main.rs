//! The laws of mail on a real server and on a folder.

use std::sync::Arc;

use erynoa_kernel::Clock;
use erynoa_mail::{Address, Draft, Language, Message};

mod outbox;
mod queue;
mod server;
mod smtp;

/// The time of the machine: mail servers look at dates.
struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now_us(&self) -> u64 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.ok().and_then(|now| u64::try_from(now.as_micros()).ok()).expect("after 1970")
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(WallClock)
}

fn message_to(email: &str) -> Message {
    message("test.1", email)
}

fn message(id: &str, email: &str) -> Message {
    let address = |email: &str| Address::new("to", "", email).expect("a good address");
    Message::try_from(Draft {
        id: id.into(),
        from: address("hello@erynoa.example"),
        to: address(email),
        reply_to: None,
        subject: "Hello".into(),
        text: "Text\n".into(),
        html: None,
        list_unsubscribe: None,
        language: Language::En,
    })
    .expect("a good message")
}
