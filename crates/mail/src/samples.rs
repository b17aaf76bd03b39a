//! One mail of every kind, to look at.

use crate::texts::{Envelope, Invitation, Mail, Said, invitation, write};
use crate::{Address, Language, MailInvalid, MailKind, Message};

/// 2026-12-03T14:05:00Z.
const THEN_US: u64 = 1_796_306_700_000_000;
const DAYS_3_US: u64 = 3 * erynoa_kernel::DAY_US;

const SAID: [Said<'static>; 3] = [
    Said { author: "Mia Müller", dimension: "reliability", is_positive: true, realm: "Erynoa" },
    Said {
        author: "Jonas Öz 🎉", dimension: "competence", is_positive: true, realm: "Workshop"
    },
    Said { author: "", dimension: "integrity", is_positive: false, realm: "Erynoa" },
];

/// A mail of this kind with made-up names. `home` is where its links lead, an
/// http or https URL.
///
/// # Errors
/// [`MailInvalid`] about `link` when `home` is none.
pub fn sample(kind: MailKind, language: Language, home: &str) -> Result<Message, MailInvalid> {
    let envelope = Envelope {
        id: format!("sample.{}", kind.name()),
        from: Address::new("from", "Erynoa", "hello@erynoa.example")?,
        to: Address::new("to", "Ada", "ada@erynoa.example")?,
        reply_to: None,
    };
    let link = format!("{home}/sample");
    let unsubscribe = format!("{home}/unsubscribe?token=sample");
    let (inviter, expires_at_us) = ("Mia Müller", THEN_US + DAYS_3_US);
    let (title, realm) = ("A garden for everybody", "Workshop");
    let mail = match kind {
        MailKind::Invitation => {
            let note = match language {
                Language::En => "It would be nice to have you here.\nMia",
                Language::De => "Schön wäre es, dich hier zu haben.\nMia",
            };
            let words = Invitation { language, inviter, link: &link, expires_at_us, note };
            return invitation(envelope, words);
        }
        MailKind::Reminder => Mail::Reminder { inviter, expires_at_us },
        MailKind::Welcome => Mail::Welcome { name: "Ada" },
        MailKind::Attestations => Mail::Attestations { said: &SAID },
        MailKind::CertificateReady => Mail::CertificateReady,
        MailKind::DeviceAdded => Mail::DeviceAdded { device: "Ada’s laptop", at_us: THEN_US },
        MailKind::RecoveryStarted => {
            Mail::RecoveryStarted { at_us: THEN_US, ends_at_us: THEN_US + DAYS_3_US }
        }
        MailKind::ProposalOpened => Mail::ProposalOpened { title, realm },
        MailKind::ProposalClosed => Mail::ProposalClosed { title, realm, passed: true },
        MailKind::ExportReady => Mail::ExportReady,
    };
    write(envelope, language, &mail, &link, Some(&unsubscribe))
}
