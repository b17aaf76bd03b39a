//! The laws of the port on the mailer in memory.

use std::sync::Arc;

use async_trait::async_trait;
use erynoa_mail::MemoryMailer;
use erynoa_mail::contract::{Arrivals, Arrived};

struct Inbox(Arc<MemoryMailer>);

#[async_trait]
impl Arrivals for Inbox {
    async fn of(&self, email: &str) -> Vec<Arrived> {
        let sent = self.0.sent();
        sent.iter()
            .filter(|message| message.to.email() == email)
            .map(|message| Arrived {
                message_id: format!("{}@erynoa.example", message.id),
                from: message.from.to_string(),
                to: message.to.to_string(),
                reply_to: message.reply_to.as_ref().map(|address| address.email().to_owned()),
                subject: message.subject.clone(),
                text: message.text.clone(),
                html: message.html.clone(),
                list_unsubscribe: message.list_unsubscribe.clone(),
                language: message.language.tag().to_owned(),
            })
            .collect()
    }
}

fn memory() -> (Arc<MemoryMailer>, Arc<dyn Arrivals>) {
    let mailer = Arc::new(MemoryMailer::default());
    (mailer.clone(), Arc::new(Inbox(mailer)))
}

erynoa_mail::mailer_contract!(memory());
erynoa_mail::postbox_contract!(memory());
