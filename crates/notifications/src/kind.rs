//! Kinds of notifications.

use serde::{Deserialize, Serialize};

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An account can be used.
    Welcome,
    /// Somebody has attested something about the reader.
    Attestation,
    /// The reader's identity has a further key.
    DeviceAdded,
    /// Somebody replaces all keys of the reader.
    RecoveryStarted,
    /// A realm of the reader has a new proposal.
    ProposalOpened,
    /// A proposal in a realm of the reader has ended.
    ProposalClosed,
    /// A certificate that was asked for is there.
    CertificateReady,
    /// An export that was asked for is there.
    ExportReady,
}

/// What of a kind goes out as mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailMode {
    /// Each by itself.
    AtOnce,
    /// All of some time in one.
    Digest,
    /// Nothing.
    Never,
}

impl MailMode {
    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::Digest => "digest",
            Self::Never => "never",
        }
    }
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Welcome,
        Self::Attestation,
        Self::DeviceAdded,
        Self::RecoveryStarted,
        Self::ProposalOpened,
        Self::ProposalClosed,
        Self::CertificateReady,
        Self::ExportReady,
    ];

    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Attestation => "attestation",
            Self::DeviceAdded => "device_added",
            Self::RecoveryStarted => "recovery_started",
            Self::ProposalOpened => "proposal_opened",
            Self::ProposalClosed => "proposal_closed",
            Self::CertificateReady => "certificate_ready",
            Self::ExportReady => "export_ready",
        }
    }

    /// The kind with exactly this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether nobody can switch it off: without it somebody else could take
    /// over the reader's identity unseen. A welcome comes once.
    #[must_use]
    pub const fn is_essential(self) -> bool {
        matches!(self, Self::Welcome | Self::DeviceAdded | Self::RecoveryStarted)
    }

    /// Ways in which it can be mailed, the one that is meant unless asked
    /// first.
    #[must_use]
    pub const fn modes(self) -> &'static [MailMode] {
        match self {
            // Many can come in an hour.
            Self::Attestation => &[MailMode::Digest, MailMode::Never],
            _ if self.is_essential() => &[MailMode::AtOnce],
            _ => &[MailMode::AtOnce, MailMode::Never],
        }
    }
}
