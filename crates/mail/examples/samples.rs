//! Writes every kind of mail in both languages into a folder, to be looked at.
//!
//! Argument: the folder.

use std::fs;
use std::path::PathBuf;

use erynoa_mail::{Language, MailKind, sample};

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    for kind in MailKind::ALL {
        for language in [Language::En, Language::De] {
            let message = sample(kind, language, "https://erynoa.example/platform")
                .map_err(std::io::Error::other)?;
            let name = format!("{}-{}", kind.name(), language.tag());
            fs::write(folder.join(format!("{name}.txt")), &message.text)?;
            fs::write(folder.join(format!("{name}.html")), message.html.as_deref().unwrap_or(""))?;
        }
    }
    Ok(())
}
