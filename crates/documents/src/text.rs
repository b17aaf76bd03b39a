//! Text of people, bounded and without what could make a page lie.

/// Longest name that a document shows, characters.
pub const NAME_MOST: usize = 120;
/// Longest comment that a document shows, characters.
pub const COMMENT_MOST: usize = 240;

/// Characters that turn the direction of what follows. Text in right-to-left
/// scripts needs none of them; a name that carries them can make the words
/// around it read differently.
const fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` as documents show it: on one line, without control characters and
/// marks of direction, at most `most` characters (at least 1), the last one an ellipsis when
/// something was left out.
#[must_use]
pub fn shown(text: &str, most: usize) -> String {
    let mut shown = String::new();
    let mut count = 0;
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            gap = !shown.is_empty();
            continue;
        }
        if turns(c) || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}') {
            continue;
        }
        let needed = 1 + usize::from(gap);
        if count + needed > most {
            while count >= most {
                shown.pop();
                count -= 1;
            }
            shown.push('…');
            return shown;
        }
        if gap {
            shown.push(' ');
            gap = false;
        }
        shown.push(c);
        count += needed;
    }
    shown
}
