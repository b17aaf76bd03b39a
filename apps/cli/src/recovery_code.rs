//! Recovery codes: a recovery key's seed as text for paper, the same as on the
//! platform's recovery sheet.

use erynoa_kernel::Secret;

/// Crockford's base 32: no I, L, O or U, so that a printed code survives being
/// typed in.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code without its dashes: 32 bytes and 3 of checksum.
const LENGTH: usize = 56;
/// Bytes of checksum: one mistyped code in 16 million passes.
const CHECK_BYTES: usize = 3;

fn checksum(seed: &[u8; 32]) -> [u8; CHECK_BYTES] {
    let hash = blake3::hash(&[b"ERYNOA-RECOVERY-V1".as_slice(), seed].concat());
    std::array::from_fn(|place| hash.as_bytes()[place])
}

/// The code of a seed: 14 groups of four characters.
pub(crate) fn print(seed: &Secret<[u8; 32]>) -> String {
    let bytes = [seed.expose().as_slice(), &checksum(seed.expose())].concat();
    let mut text = String::new();
    let (mut buffer, mut bits) = (0_u32, 0);
    for byte in bytes {
        buffer = buffer << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            if text.len() % 5 == 4 {
                text.push('-');
            }
            text.push(DIGITS[(buffer >> bits & 31) as usize] as char);
        }
        buffer &= (1 << bits) - 1;
    }
    text
}

/// The seed in a typed code. Case, blanks and dashes do not matter, I and L
/// read as 1, O as 0; what a sheet's QR code says works, too.
pub(crate) fn parse(typed: &str) -> Option<Secret<[u8; 32]>> {
    let typed = typed.trim();
    let code = if typed.starts_with("erynoa-recovery:") {
        typed.rsplit(':').next().unwrap_or_default()
    } else {
        typed
    };
    let mut bytes = Vec::with_capacity(LENGTH * 5 / 8);
    let (mut buffer, mut bits, mut length) = (0_u32, 0, 0);
    for c in code.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let c = match c.to_ascii_uppercase() {
            'I' | 'L' => '1',
            'O' => '0',
            c => c,
        };
        let digit = DIGITS.iter().position(|&digit| digit as char == c)?;
        buffer = buffer << 5 | u32::try_from(digit).ok()?;
        bits += 5;
        length += 1;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff).ok()?);
            buffer &= (1 << bits) - 1;
        }
    }
    let seed: [u8; 32] = bytes.get(..32)?.try_into().ok()?;
    (length == LENGTH && bytes.get(32..)? == checksum(&seed)).then(|| Secret::new(seed))
}

/// The code in the text of a recovery file: the first line that is one.
pub(crate) fn find(text: &str) -> Option<Secret<[u8; 32]>> {
    text.lines().find_map(parse).or_else(|| parse(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `web/packages/protocol` prints the seed 0, 1, … 31.
    const KNOWN: &str = "000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-C5RR-34D1-P70X-3RFZ-E5PN";

    #[test]
    fn a_code_is_the_one_of_the_platform_and_reads_back() {
        let seed = Secret::new(std::array::from_fn(|place| u8::try_from(place).unwrap()));
        assert_eq!(print(&seed), KNOWN);
        for typed in [
            KNOWN.to_owned(),
            KNOWN.to_lowercase().replace('-', " "),
            KNOWN.replace('1', "l").replace('0', "o"),
            format!("erynoa-recovery:1:did:erynoa:self:00:{KNOWN}"),
        ] {
            assert_eq!(parse(&typed).unwrap().expose(), seed.expose(), "{typed}");
        }
        let file = format!("Erynoa recovery code of somebody\nKeep it safe.\n{KNOWN}\n");
        assert_eq!(find(&file).unwrap().expose(), seed.expose());
    }

    #[test]
    fn a_mistyped_code_is_no_code() {
        for wrong in [
            KNOWN.replace("E5PN", "E5PM"),
            KNOWN.replacen('4', "5", 1),
            KNOWN[1..].to_owned(),
            format!("{KNOWN}0"),
            KNOWN.replace('G', "U"),
            String::new(),
        ] {
            assert!(parse(&wrong).is_none(), "{wrong}");
        }
    }
}
