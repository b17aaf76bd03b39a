//! How a reader wants to be told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Kind, MailMode, NotificationError};

/// How a reader wants to be told of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Whether the apps show it.
    pub shown: bool,
    /// What of it is mailed.
    pub mail: MailMode,
}

/// How a reader wants to be told of everything. What was not chosen is as the
/// kind means it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    chosen: BTreeMap<Kind, Setting>,
}

impl Settings {
    /// How it is for one kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Setting {
        let meant = Setting { shown: true, mail: kind.modes()[0] };
        self.chosen.get(&kind).copied().unwrap_or(meant)
    }

    /// Chooses for one kind.
    ///
    /// # Errors
    /// `NOTIFICATION_ESSENTIAL`, `NOTIFICATION_MODE`.
    pub fn choose(&mut self, kind: Kind, setting: Setting) -> Result<(), NotificationError> {
        let known = kind.modes().contains(&setting.mail);
        if kind.is_essential() && !(setting.shown && known) {
            return Err(NotificationError::Essential(kind));
        }
        if !known {
            return Err(NotificationError::Mode(kind));
        }
        self.chosen.insert(kind, setting);
        Ok(())
    }
}
