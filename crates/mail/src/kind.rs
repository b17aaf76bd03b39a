//! Kinds of mail.

/// A kind of mail that the house writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MailKind {
    /// Somebody may join.
    Invitation,
    /// The invitation is still open.
    Reminder,
    /// The first sign-in with an address.
    Welcome,
    /// Others have said something about the reader.
    Attestations,
    /// A certificate that was asked for.
    CertificateReady,
    /// The identity has a further key.
    DeviceAdded,
    /// Somebody replaces all keys.
    RecoveryStarted,
    /// A realm can be voted in.
    ProposalOpened,
    /// A vote is over.
    ProposalClosed,
    /// An export that was asked for.
    ExportReady,
}

impl MailKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Invitation,
        Self::Reminder,
        Self::Welcome,
        Self::Attestations,
        Self::CertificateReady,
        Self::DeviceAdded,
        Self::RecoveryStarted,
        Self::ProposalOpened,
        Self::ProposalClosed,
        Self::ExportReady,
    ];

    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reminder => "reminder",
            Self::Welcome => "welcome",
            Self::Attestations => "attestations",
            Self::CertificateReady => "certificate_ready",
            Self::DeviceAdded => "device_added",
            Self::RecoveryStarted => "recovery_started",
            Self::ProposalOpened => "proposal_opened",
            Self::ProposalClosed => "proposal_closed",
            Self::ExportReady => "export_ready",
        }
    }

    /// Whether nobody can switch it off: it comes once, or without it somebody
    /// else could take over the reader's identity unseen.
    #[must_use]
    pub const fn is_essential(self) -> bool {
        matches!(
            self,
            Self::Invitation
                | Self::Reminder
                | Self::Welcome
                | Self::DeviceAdded
                | Self::RecoveryStarted
        )
    }
}
