//! Addresses of mail.

use std::fmt;

use crate::MailInvalid;
use crate::message::ENCODED;

/// Longest address, RFC 5321 §4.5.3.1.3.
const ADDRESS_MOST_BYTES: usize = 254;

/// Longest part before the @, RFC 5321 §4.5.3.1.1.
const LOCAL_MOST_BYTES: usize = 64;

/// Longest name of a person.
const NAME_MOST_CHARS: usize = 200;

/// Somebody with a mailbox: a name, which may be empty, and an address in ASCII
/// (other domains in their `xn--` form), without quotes and comments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    name: String,
    email: String,
}

fn local(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte);
    part.len() <= LOCAL_MOST_BYTES
        && part.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(plain))
}

fn domain(part: &str) -> bool {
    part.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

impl Address {
    /// A mailbox.
    ///
    /// # Errors
    /// [`MailInvalid`] about `field`.
    pub fn new(
        field: &'static str,
        name: impl Into<String>,
        email: impl Into<String>,
    ) -> Result<Self, MailInvalid> {
        let (name, email) = (name.into(), email.into());
        let good = email.len() <= ADDRESS_MOST_BYTES
            && email.split_once('@').is_some_and(|(left, right)| local(left) && domain(right));
        if !good {
            return Err(MailInvalid::new(
                field,
                "must be an address such as mia@example.org, in ASCII and at most 254 bytes",
            ));
        }
        if name.chars().count() > NAME_MOST_CHARS || name.chars().any(char::is_control) {
            return Err(MailInvalid::new(
                field,
                "the name must be one line of at most 200 characters",
            ));
        }
        if name.contains(ENCODED) {
            return Err(MailInvalid::new(field, "the name must not contain =?"));
        }
        Ok(Self { name, email })
    }

    /// The name, or nothing.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            f.write_str(&self.email)
        } else {
            write!(f, "{} <{}>", self.name, self.email)
        }
    }
}
