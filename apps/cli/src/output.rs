//! What reaches the terminal: one JSON document, JSON lines, or text.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

/// Where results and progress go. Results go to standard output, all else to
/// standard error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Prints a result: `document` with `--json`, `text` without.
    pub(crate) fn result(self, document: &Value, text: &str) {
        if self.json {
            write_line(&document.to_string());
        } else {
            write_line(text.trim_end_matches('\n'));
        }
    }

    /// Prints a line that is the result in either mode.
    pub(crate) fn raw(self, line: &str) {
        write_line(line);
    }

    /// Tells a person something that is not the result.
    pub(crate) fn note(self, text: &str) {
        if !self.json {
            // A closed standard error is no reason to stop the work.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// A bar over `length` steps; drawn only where a person looks.
    pub(crate) fn bar(self, length: u64, what: &'static str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(length), self.target());
        let template = "{prefix:<12} [{bar:32}] {human_pos}/{human_len}  {per_sec}  {eta}";
        bar.set_style(
            ProgressStyle::with_template(template).expect("a fixed template").progress_chars("=> "),
        );
        bar.set_prefix(what);
        bar
    }

    /// A spinner while waiting; drawn only where a person looks.
    pub(crate) fn spinner(self, what: &'static str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(None, self.target());
        bar.set_style(
            ProgressStyle::with_template("{spinner} {prefix} {msg}").expect("a fixed template"),
        );
        bar.set_prefix(what);
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    fn target(self) -> ProgressDrawTarget {
        if !self.json && io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        }
    }
}

/// Writes a line to standard output. A reader that has seen enough (`| head`)
/// ends the process quietly.
fn write_line(line: &str) {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            let _ = writeln!(io::stderr(), "standard output: {error}");
            std::process::exit(5);
        }
        Ok(()) => {}
    }
}

/// Columns of equal width, two blanks apart; a column whose heading begins
/// with `>` stands to the right.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let right: Vec<bool> = headings.iter().map(|heading| heading.starts_with('>')).collect();
    let mut lines = vec![headings.iter().map(|h| h.trim_start_matches('>').to_owned()).collect()];
    lines.extend(rows.iter().cloned());
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| {
            lines.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max()
        })
        .map(Option::unwrap_or_default)
        .collect();
    let mut text = String::new();
    for row in lines {
        let cells: Vec<String> = row
            .iter()
            .zip(widths.iter().zip(&right))
            .map(
                |(cell, (&width, &right))| {
                    if right { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
                },
            )
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A ratio in ppm with four decimals, floored like everything in the protocol.
pub(crate) fn ratio(ppm: u32) -> String {
    format!("{}.{:04}", ppm / 1_000_000, ppm % 1_000_000 / 100)
}

/// A signed ratio in ppm with sign and four decimals.
pub(crate) fn signed_ratio(ppm: i64) -> String {
    let size = ppm.unsigned_abs();
    let sign = if ppm < 0 { '-' } else { '+' };
    format!("{sign}{}.{:04}", size / 1_000_000, size % 1_000_000 / 100)
}

/// Evidence in micro-units with three decimals.
pub(crate) fn units(micro: u64) -> String {
    format!("{}.{:03}", micro / 1_000_000, micro % 1_000_000 / 1000)
}

/// Text of strangers made fit for one line of a terminal: control characters
/// could move the cursor or recolour what we print.
pub(crate) fn safe(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_numbers_stand_right() {
        let rows =
            vec![vec!["ä".to_owned(), "1".to_owned()], vec!["bcd".to_owned(), "20".to_owned()]];
        assert_eq!(table(&["x", ">n"], &rows), "x     n\nä     1\nbcd  20\n");
    }

    #[test]
    fn numbers_are_floored_never_rounded_up() {
        assert_eq!(ratio(357_142), "0.3571");
        assert_eq!(ratio(999_999), "0.9999");
        assert_eq!(ratio(1_000_000), "1.0000");
        assert_eq!(signed_ratio(-7_600), "-0.0076");
        assert_eq!(signed_ratio(257_142), "+0.2571");
        assert_eq!(units(2_000_999), "2.000");
    }

    #[test]
    fn a_strangers_text_cannot_steer_the_terminal() {
        assert_eq!(safe("a\u{1b}[31mb\nc\u{202e}"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}");
    }
}
