//! What the world sees of the log.

use erynoa_events::{Body, Event, EventKind, KeyDirectory, Polarity, ReceiptOutcome, Severity};
use erynoa_kernel::{EventId, IdentityId, RealmId, day_of};
use erynoa_trust::{Context, TrustFold};

/// One applied log entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Position in the log.
    pub sequence: u64,
    /// The event.
    pub event: EventId,
    /// Who says it.
    pub author: IdentityId,
    /// End of the author's chain of controllers.
    pub author_root: IdentityId,
    /// Where it counts; null for identity events, which count nowhere.
    pub realm: RealmId,
    /// What it is; all custom kinds are one.
    pub kind: EventKind,
    /// Number of a custom kind.
    pub custom_type: Option<u16>,
    /// Root of the other side, where there is one.
    pub partner_root: Option<IdentityId>,
    /// Whether it speaks for the other side: an edge of a circle.
    pub speaks_for: bool,
    /// Whether it reports something critical: counts for the breaker.
    pub critical_report: bool,
    /// Time that the author gave, microseconds.
    pub wall_us: u64,
}

impl Observation {
    /// What the world sees of this entry. `directory` knows the log up to it.
    #[must_use]
    pub fn of(sequence: u64, id: EventId, event: &Event, directory: &dyn KeyDirectory) -> Self {
        Self {
            sequence,
            event: id,
            author: event.author,
            author_root: directory.root_of(&event.author),
            realm: event.realm,
            kind: event.body.kind(),
            custom_type: match &event.body {
                Body::Custom(custom) => Some(custom.type_number),
                _ => None,
            },
            partner_root: event.subject().map(|partner| directory.root_of(&partner)),
            speaks_for: speaks_for(&event.body),
            critical_report: matches!(
                &event.body,
                Body::AnomalyReported(report) if report.severity == Severity::Critical
            ),
            wall_us: event.coordinate.wall_us,
        }
    }
}

fn speaks_for(body: &Body) -> bool {
    match body {
        Body::Attestation(attestation) => attestation.polarity == Polarity::Positive,
        Body::Receipt(receipt) => receipt.outcome == ReceiptOutcome::Kept,
        Body::Vouch(_) | Body::CredentialIssued(_) => true,
        _ => false,
    }
}

/// One closed epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochView {
    /// Its number, from 1.
    pub epoch: u64,
    /// Its time, microseconds.
    pub closed_at_us: u64,
    /// Day of that time.
    pub day: u64,
}

impl EpochView {
    /// The epoch that closed at this time.
    #[must_use]
    pub const fn new(epoch: u64, closed_at_us: u64) -> Self {
        Self { epoch, closed_at_us, day: day_of(closed_at_us) }
    }
}

/// What a realm says of one subject at the last closed epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stand {
    /// ‖W‖ in the default context, ppm.
    pub norm_ppm: u32,
    /// ν with a voice, else 0; micro-units.
    pub power: u64,
    /// Whether there is evidence, or the subject is a founder or has brought
    /// trust along.
    pub is_subject: bool,
}

/// Where the world asks for what other folds know. All answers are as of the
/// last closed epoch.
pub trait Sources {
    /// Trust of the subject in the realm.
    fn stand(&self, realm: &RealmId, subject: &IdentityId) -> Stand;

    /// End of the chain of controllers; itself without one.
    fn root_of(&self, identity: &IdentityId) -> IdentityId;

    /// Whether the realm holds that this identity is a verified person.
    fn is_verified(&self, realm: &RealmId, identity: &IdentityId) -> bool;
}

/// The folds of trust and identity as sources, and who is verified.
pub struct Folds<'a, F> {
    /// Trust, its last epoch closed.
    pub trust: &'a TrustFold,
    /// Identities.
    pub directory: &'a dyn KeyDirectory,
    /// Whether the realm holds that somebody is a verified person.
    pub is_verified: F,
}

impl<F: Fn(&RealmId, &IdentityId) -> bool> Sources for Folds<'_, F> {
    fn stand(&self, realm: &RealmId, subject: &IdentityId) -> Stand {
        let glance = self.trust.glance(realm, subject);
        Stand {
            norm_ppm: glance.norm_ppm(Context::Default),
            power: if glance.has_voice { glance.voice_micro } else { 0 },
            is_subject: glance.is_subject,
        }
    }

    fn root_of(&self, identity: &IdentityId) -> IdentityId {
        self.directory.root_of(identity)
    }

    fn is_verified(&self, realm: &RealmId, identity: &IdentityId) -> bool {
        (self.is_verified)(realm, identity)
    }
}
