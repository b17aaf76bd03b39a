//! German.

use super::{Block, DIGEST_MOST, Letter, Mail, Said, date, moment, one_line};
use crate::Language::De;

pub(super) const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
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
];

const MEMBER: &str = "Du bekommst diese Nachricht, weil du ein Konto bei Erynoa hast.";

fn words(text: impl Into<String>) -> Block {
    Block::Words(text.into())
}

fn quiet(text: impl Into<String>) -> Block {
    Block::Quiet(text.into())
}

fn somebody(name: &str) -> String {
    one_line(name).unwrap_or_else(|| "jemand ohne Namen".to_owned())
}

fn untitled(title: &str) -> String {
    one_line(title).unwrap_or_else(|| "Ohne Titel".to_owned())
}

fn accept(link: String) -> Block {
    Block::Action { label: "Einladung annehmen", link }
}

fn invited(inviter: &str) -> String {
    format!(
        "Du bekommst diese Nachricht, weil {inviter} deine Adresse angegeben hat. Wenn du nichts \
         damit anfangen kannst, brauchst du nichts zu tun: ohne dich geschieht nichts."
    )
}

fn until(expires: &str) -> Block {
    quiet(format!("Die Einladung gilt bis zum {expires} (UTC) und nur für dich."))
}

pub(super) fn invitation(inviter: &str, link: String, expires: &str) -> Letter {
    Letter {
        title: format!("{inviter} lädt dich zu Erynoa ein"),
        blocks: vec![
            words(format!(
                "{inviter} möchte, dass du bei Erynoa dabei bist: einem Ort, an dem Vertrauen aus \
                 dem entsteht, was Menschen füreinander bezeugen."
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
    let side = if said.is_positive { "für" } else { "gegen" };
    let dimension = match said.dimension {
        "reliability" => "deine Verlässlichkeit",
        "integrity" => "deine Integrität",
        "competence" => "deine Kompetenz",
        "prestige" => "dein Ansehen",
        _ => "dein Vertrauen",
    };
    format!("{author} spricht in {realm} {side} {dimension}")
}

pub(super) fn letter(mail: &Mail<'_>, link: String) -> Letter {
    let open = |label| Block::Action { label, link: link.clone() };
    match mail {
        Mail::Reminder { inviter, expires_at_us } => {
            let inviter = somebody(inviter);
            Letter {
                title: format!("Die Einladung von {inviter} ist noch offen"),
                blocks: vec![
                    words(format!(
                        "Vor einigen Tagen hat {inviter} dich zu Erynoa eingeladen: einem Ort, an \
                         dem Vertrauen aus dem entsteht, was Menschen füreinander bezeugen. Dies \
                         ist die einzige Erinnerung."
                    )),
                    accept(link),
                    until(&date(De, *expires_at_us)),
                ],
                reason: invited(&inviter),
            }
        }
        Mail::Welcome { name } => Letter {
            title: match one_line(name) {
                Some(name) => format!("Willkommen bei Erynoa, {name}"),
                None => "Willkommen bei Erynoa".to_owned(),
            },
            blocks: vec![
                words(
                    "Dein Konto ist bereit. Drei Dinge lohnen sich zuerst: Bewahre dein \
                     Wiederherstellungsblatt dort auf, wo nur du es findest, füge ein zweites \
                     Gerät hinzu, und bezeuge etwas über jemanden, den du kennst.",
                ),
                open("Erynoa öffnen"),
                quiet(
                    "Deine Schlüssel verlassen deine Geräte nie. Niemand bei Erynoa wird dich je \
                     nach ihnen oder nach deinem Wiederherstellungsblatt fragen.",
                ),
            ],
            reason: MEMBER.to_owned(),
        },
        Mail::Attestations { said: all } => {
            let mut lines: Vec<String> = all.iter().take(DIGEST_MOST).map(said).collect();
            if all.len() > DIGEST_MOST {
                lines.push(format!("und {} weitere", all.len() - DIGEST_MOST));
            }
            Letter {
                title: match all.len() {
                    1 => format!("Neu über dich bezeugt, von {}", somebody(all[0].author)),
                    many => format!("{many} neue Atteste über dich"),
                },
                blocks: vec![
                    words("Das wurde über dich signiert:"),
                    Block::List(lines),
                    open("Ansehen, was es ändert"),
                    quiet("Eine solche Nachricht kommt höchstens einmal in der Stunde."),
                ],
                reason: MEMBER.to_owned(),
            }
        }
        Mail::CertificateReady => Letter {
            title: "Dein Zertifikat ist fertig".to_owned(),
            blocks: vec![
                words(
                    "Das Vertrauenszertifikat, um das du gebeten hast, ist ausgestellt. Alle, \
                     denen du es gibst, können es prüfen, ohne uns zu fragen.",
                ),
                open("Zertifikat öffnen"),
            ],
            reason: "Du bekommst diese Nachricht, weil du um ein Zertifikat gebeten hast."
                .to_owned(),
        },
        Mail::DeviceAdded { device, at_us } => {
            let device = one_line(device).unwrap_or_else(|| "Ein Gerät ohne Namen".to_owned());
            Letter {
                title: "Ein neues Gerät spricht für dich".to_owned(),
                blocks: vec![
                    words(format!(
                        "{device} gehört jetzt zu deiner Identität: {}. Von nun an kann es in \
                         deinem Namen signieren.",
                        moment(De, *at_us)
                    )),
                    words(
                        "Wenn du das warst, brauchst du nichts zu tun. Wenn nicht, entferne das \
                         Gerät sofort:",
                    ),
                    open("Meine Geräte ansehen"),
                ],
                reason: "Du bekommst diese Nachricht, weil deine Identität einen neuen Schlüssel \
                         hat; sie lässt sich nicht abschalten."
                    .to_owned(),
            }
        }
        Mail::RecoveryStarted { at_us, ends_at_us } => Letter {
            title: "Jemand stellt deine Identität wieder her".to_owned(),
            blocks: vec![
                words(format!(
                    "Am {} hat jemand mit deinem Wiederherstellungsschlüssel verlangt, alle deine \
                     Geräte zu ersetzen.",
                    moment(De, *at_us)
                )),
                words(format!(
                    "Wenn du das warst, warte: Das neue Gerät übernimmt frühestens am {}. Wenn nicht, \
                     brich es vorher ab: Melde dich mit einem deiner Geräte an und stoppe die \
                     Wiederherstellung.",
                    moment(De, *ends_at_us)
                )),
                open("Wiederherstellung abbrechen"),
            ],
            reason: "Du bekommst diese Nachricht, weil deine Identität wiederhergestellt wird; \
                     sie lässt sich nicht abschalten."
                .to_owned(),
        },
        Mail::ProposalOpened { title, realm } => {
            let (title, realm) = (untitled(title), untitled(realm));
            Letter {
                title: format!("{realm}: {title}"),
                blocks: vec![
                    words(format!("In {realm} gibt es einen neuen Antrag: {title}.")),
                    words("Zuerst wird er besprochen, dann können alle Mitglieder abstimmen."),
                    open("Antrag lesen"),
                ],
                reason: format!("Du bekommst diese Nachricht, weil du Mitglied von {realm} bist."),
            }
        }
        Mail::ProposalClosed { title, realm, passed } => {
            let (title, realm) = (untitled(title), untitled(realm));
            let outcome = if *passed { "angenommen" } else { "nicht angenommen" };
            Letter {
                title: format!("{realm}: {title}"),
                blocks: vec![
                    words(format!("Der Antrag {title} in {realm} wurde {outcome}.")),
                    open("Ergebnis ansehen"),
                ],
                reason: format!("Du bekommst diese Nachricht, weil du Mitglied von {realm} bist."),
            }
        }
        Mail::ExportReady => Letter {
            title: "Deine Daten sind fertig".to_owned(),
            blocks: vec![
                words(
                    "Alles, was dir gehört, liegt jetzt in einem Archiv, mit einer Liste dessen, \
                     was darin ist.",
                ),
                open("Archiv holen"),
                quiet("Es bleibt 7 Tage lang bei deinen Dateien."),
            ],
            reason: "Du bekommst diese Nachricht, weil du um deine Daten gebeten hast.".to_owned(),
        },
    }
}
