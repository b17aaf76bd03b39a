//! Text that must not be shown.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

/// A password, or an address that may hold one. Shows itself as `***`, unless it
/// is an address that holds nothing secret.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; mind where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn masked(&self) -> &str {
        let is_plain_address = self.0.contains("://") && !self.0.contains(['@', '?']);
        if self.is_empty() || is_plain_address { &self.0 } else { "***" }
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.masked())
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::SecretText;

    #[test]
    fn a_secret_shows_neither_itself_nor_its_length() {
        let secret = SecretText::new("hunter2");
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(serde_json::to_string(&secret).expect("text"), "\"***\"");
        assert_eq!(serde_json::to_string(&SecretText::default()).expect("text"), "\"\"");
        assert_eq!(secret.expose(), "hunter2");
        let shown = |text: &str| format!("{:?}", SecretText::new(text));
        assert_eq!(shown("redis://localhost:6379"), "redis://localhost:6379");
        assert_eq!(shown("redis://:hunter2@localhost"), "***");
        assert_eq!(shown("postgres://localhost/erynoa?password=hunter2"), "***");
    }
}
