//! English.

use super::{Block, DIGEST_MOST, Letter, Mail, Said, date, moment, one_line};
use crate::Language::En;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
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
];

const MEMBER: &str = "You get this message because you have an account at Erynoa.";

fn words(text: impl Into<String>) -> Block {
    Block::Words(text.into())
}

fn quiet(text: impl Into<String>) -> Block {
    Block::Quiet(text.into())
}

fn somebody(name: &str) -> String {
    one_line(name).unwrap_or_else(|| "somebody without a name".to_owned())
}

fn untitled(title: &str) -> String {
    one_line(title).unwrap_or_else(|| "Untitled".to_owned())
}

fn accept(link: String) -> Block {
    Block::Action { label: "Accept the invitation", link }
}

fn invited(inviter: &str) -> String {
    format!(
        "You get this message because {inviter} gave your address. If it means nothing to you, \
         there is nothing to do: nothing happens without you."
    )
}

fn until(expires: &str) -> Block {
    quiet(format!("The invitation is good until {expires} (UTC) and only for you."))
}

pub(super) fn invitation(inviter: &str, link: String, expires: &str) -> Letter {
    Letter {
        title: format!("{inviter} invites you to Erynoa"),
        blocks: vec![
            words(format!(
                "{inviter} would like you to join Erynoa: a place where trust grows from what \
                 people attest about each other."
            )),
            accept(link),
            until(expires),
        ],
        reason: invited(inviter),
    }
}

fn said(said: &Said<'_>) -> String {
    let author = somebody(said.author);
    let realm = untitled(said.realm);
    let side = if said.is_positive { "for" } else { "against" };
    let dimension = match said.dimension {
        "reliability" => "reliability",
        "integrity" => "integrity",
        "competence" => "competence",
        "prestige" => "prestige",
        _ => "trust",
    };
    format!("{author} speaks {side} your {dimension} in {realm}")
}

pub(super) fn letter(mail: &Mail<'_>, link: String) -> Letter {
    let open = |label| Block::Action { label, link: link.clone() };
    match mail {
        Mail::Reminder { inviter, expires_at_us } => {
            let inviter = somebody(inviter);
            Letter {
                title: format!("The invitation of {inviter} is still open"),
                blocks: vec![
                    words(format!(
                        "Some days ago {inviter} invited you to Erynoa: a place where trust grows \
                         from what people attest about each other. This is the only reminder."
                    )),
                    accept(link),
                    until(&date(En, *expires_at_us)),
                ],
                reason: invited(&inviter),
            }
        }
        Mail::Welcome { name } => Letter {
            title: match one_line(name) {
                Some(name) => format!("Welcome to Erynoa, {name}"),
                None => "Welcome to Erynoa".to_owned(),
            },
            blocks: vec![
                words(
                    "Your account is ready. Three things are worth doing first: keep your recovery \
                     sheet where only you can find it, add a second device, and attest something \
                     about somebody whom you know.",
                ),
                open("Open Erynoa"),
                quiet(
                    "Your keys never leave your devices. Nobody at Erynoa will ever ask you for \
                     them, nor for your recovery sheet.",
                ),
            ],
            reason: MEMBER.to_owned(),
        },
        Mail::Attestations { said: all } => {
            let mut lines: Vec<String> = all.iter().take(DIGEST_MOST).map(said).collect();
            if all.len() > DIGEST_MOST {
                lines.push(format!("and {} more", all.len() - DIGEST_MOST));
            }
            Letter {
                title: match all.len() {
                    1 => format!("{} has attested something about you", somebody(all[0].author)),
                    many => format!("{many} new attestations about you"),
                },
                blocks: vec![
                    words("This was signed about you:"),
                    Block::List(lines),
                    open("See what it changes"),
                    quiet("There is at most one such message in an hour."),
                ],
                reason: MEMBER.to_owned(),
            }
        }
        Mail::CertificateReady => Letter {
            title: "Your certificate is ready".to_owned(),
            blocks: vec![
                words(
                    "The trust certificate that you asked for has been issued. Everybody to whom \
                     you give it can check it without asking us.",
                ),
                open("Open the certificate"),
            ],
            reason: "You get this message because you asked for a certificate.".to_owned(),
        },
        Mail::DeviceAdded { device, at_us } => {
            let device = one_line(device).unwrap_or_else(|| "A device without a name".to_owned());
            Letter {
                title: "A new device speaks for you".to_owned(),
                blocks: vec![
                    words(format!(
                        "{device} was added to your identity: {}. From now on it can sign in your \
                         name.",
                        moment(En, *at_us)
                    )),
                    words(
                        "If that was you, there is nothing to do. If not, remove the device at \
                         once:",
                    ),
                    open("Look at my devices"),
                ],
                reason: "You get this message because your identity has a new key; it cannot be \
                         switched off."
                    .to_owned(),
            }
        }
        Mail::RecoveryStarted { at_us, ends_at_us } => Letter {
            title: "Somebody is recovering your identity".to_owned(),
            blocks: vec![
                words(format!(
                    "On {}, somebody used your recovery key to replace all of your devices.",
                    moment(En, *at_us)
                )),
                words(format!(
                    "If that was you, wait: the new device takes over at the earliest on {}. If not, \
                     cancel it before then: sign in with one of your devices and stop the recovery.",
                    moment(En, *ends_at_us)
                )),
                open("Cancel the recovery"),
            ],
            reason: "You get this message because your identity is being recovered; it cannot be \
                     switched off."
                .to_owned(),
        },
        Mail::ProposalOpened { title, realm } => {
            let (title, realm) = (untitled(title), untitled(realm));
            Letter {
                title: format!("{realm}: {title}"),
                blocks: vec![
                    words(format!("In {realm} there is a new proposal: {title}.")),
                    words("It is discussed first; then every member can vote."),
                    open("Read the proposal"),
                ],
                reason: format!("You get this message because you are a member of {realm}."),
            }
        }
        Mail::ProposalClosed { title, realm, passed } => {
            let (title, realm) = (untitled(title), untitled(realm));
            let outcome = if *passed { "accepted" } else { "not accepted" };
            Letter {
                title: format!("{realm}: {title}"),
                blocks: vec![
                    words(format!("The proposal {title} in {realm} was {outcome}.")),
                    open("See the result"),
                ],
                reason: format!("You get this message because you are a member of {realm}."),
            }
        }
        Mail::ExportReady => Letter {
            title: "Your data is ready".to_owned(),
            blocks: vec![
                words(
                    "Everything that belongs to you is in one archive now, with a list of what it \
                     holds.",
                ),
                open("Get the archive"),
                quiet("It stays among your files for 7 days."),
            ],
            reason: "You get this message because you asked for your data.".to_owned(),
        },
    }
}
