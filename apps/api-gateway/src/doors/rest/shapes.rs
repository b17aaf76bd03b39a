//! JSON shapes of the REST routes.

mod files;
mod users;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use erynoa_events::{Dimension, EventKind};
use erynoa_proto::api::v1 as api;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) use self::files::{FilePage, FileShape, PresignShape, PresignedShape, UploadForm};
pub(super) use self::users::{LogoutForm, MeShape, UserPage, UserShape};

/// The process lives.
#[derive(Serialize, ToSchema)]
pub(super) struct HealthShape {
    /// Seconds since the start.
    pub(super) uptime_s: u64,
}

/// State of every part.
#[derive(Serialize, ToSchema)]
pub(super) struct ReadyShape {
    /// Whether all parts are healthy.
    pub(super) ready: bool,
    pub(super) parts: Vec<PartShape>,
}

/// State of one part.
#[derive(Serialize, ToSchema)]
pub(super) struct PartShape {
    #[schema(example = "log")]
    name: String,
    pub(super) healthy: bool,
    latency_us: u64,
    /// What is wrong; empty when healthy.
    message: String,
}

impl From<api::Part> for PartShape {
    fn from(part: api::Part) -> Self {
        Self {
            name: part.name,
            healthy: part.healthy,
            latency_us: part.latency_us,
            message: part.message,
        }
    }
}

/// The installation.
#[derive(Serialize, ToSchema)]
pub(super) struct InfoShape {
    version: String,
    build: String,
    environment: String,
    /// Whether strangers may create an identity.
    registration: bool,
    demo_data: bool,
    /// Whether an operator has claimed the installation.
    claimed: bool,
    public_url: String,
    platform_url: String,
    console_url: String,
    docs_url: String,
    /// Origin line of the log's checkpoints.
    log_origin: String,
    /// Ed25519 public key of the log, base64.
    log_public_key: String,
    /// 64 hex digits.
    root_realm: String,
}

impl From<api::GetInfoResponse> for InfoShape {
    fn from(info: api::GetInfoResponse) -> Self {
        let urls = info.urls.unwrap_or_default();
        let features = info.features.unwrap_or_default();
        let log = info.log.unwrap_or_default();
        Self {
            version: info.version,
            build: info.build,
            environment: info.environment,
            registration: features.registration,
            demo_data: features.demo_data,
            claimed: log.claimed,
            public_url: urls.public,
            platform_url: urls.platform,
            console_url: urls.console,
            docs_url: urls.docs,
            log_origin: log.origin,
            log_public_key: BASE64_STANDARD.encode(log.public_key),
            root_realm: log.root_realm,
        }
    }
}

/// One value of the trust vector.
#[derive(Serialize, ToSchema)]
struct TrustValueShape {
    #[schema(example = "reliability")]
    dimension: String,
    /// Competence domain; empty for the whole dimension.
    domain: String,
    /// 10 000 to 1 000 000.
    trust_ppm: u32,
    /// 0 to 1 000 000.
    confidence_ppm: u32,
    /// Decayed evidence, micro-units.
    positive: u64,
    negative: u64,
    unvoiced: u64,
}

impl From<api::TrustValue> for TrustValueShape {
    fn from(value: api::TrustValue) -> Self {
        let dimension = Dimension::ALL.into_iter().find(|d| i32::from(*d as u8) == value.dimension);
        Self {
            dimension: dimension.map(|d| d.name().to_owned()).unwrap_or_default(),
            domain: value.domain,
            trust_ppm: value.trust_ppm,
            confidence_ppm: value.confidence_ppm,
            positive: value.positive,
            negative: value.negative,
            unvoiced: value.unvoiced,
        }
    }
}

/// What a realm knows about one identity.
#[derive(Serialize, ToSchema)]
pub(super) struct TrustShape {
    /// DID.
    subject: String,
    subject_name: String,
    /// 64 hex digits.
    realm: String,
    values: Vec<TrustValueShape>,
    domains: Vec<TrustValueShape>,
    /// Norm with the default weights.
    norm_ppm: u32,
    #[schema(example = "newcomer")]
    class: String,
    standing_ppm: u32,
    has_voice: bool,
    /// Weight of the subject's voice, micro-units.
    voice: u64,
    founder: bool,
    /// Last closed epoch.
    epoch: u64,
    closed_at_us: u64,
    /// Log entries that the answer is computed from.
    as_of: u64,
}

impl From<api::Trust> for TrustShape {
    fn from(trust: api::Trust) -> Self {
        let class = match trust.class() {
            api::TrustClass::Unspecified => "",
            api::TrustClass::Newcomer => "newcomer",
            api::TrustClass::Established => "established",
            api::TrustClass::Trusted => "trusted",
            api::TrustClass::Veteran => "veteran",
        };
        Self {
            class: class.to_owned(),
            subject: trust.subject,
            subject_name: trust.subject_name,
            realm: trust.realm,
            values: trust.values.into_iter().map(TrustValueShape::from).collect(),
            domains: trust.domains.into_iter().map(TrustValueShape::from).collect(),
            norm_ppm: trust.norm_ppm,
            standing_ppm: trust.standing_ppm,
            has_voice: trust.has_voice,
            voice: trust.voice,
            founder: trust.founder,
            epoch: trust.epoch,
            closed_at_us: trust.closed_at_us,
            as_of: trust.as_of,
        }
    }
}

/// A signed event; all three fields are base64.
#[derive(Serialize, ToSchema)]
pub(super) struct SignedShape {
    /// Canonical bytes of the event.
    pub(super) event: String,
    /// 32 bytes.
    pub(super) public_key: String,
    /// 64 bytes.
    pub(super) signature: String,
}

/// A signed event to be appended; its three fields are base64.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubmissionShape {
    /// Canonical bytes of the event.
    pub(super) event: String,
    /// 32 bytes.
    pub(super) public_key: String,
    /// 64 bytes.
    pub(super) signature: String,
    /// The token of an open invitation, with which somebody new creates an
    /// identity where registration is closed.
    #[serde(default)]
    pub(super) invitation: String,
}

/// A signed event and its place in the log.
#[derive(Serialize, ToSchema)]
pub(super) struct EventShape {
    /// 64 hex digits.
    id: String,
    /// Position in the log, from 0.
    sequence: u64,
    #[schema(example = "attestation")]
    kind: String,
    signed: SignedShape,
    /// DID.
    author: String,
    author_name: String,
    /// DID; empty where the event has none.
    subject: String,
    subject_name: String,
    wall_us: u64,
    /// Epoch that includes the event; 0 while it is open.
    epoch: u64,
    #[schema(example = "witnessed")]
    finality: String,
}

impl From<api::EventRecord> for EventShape {
    fn from(record: api::EventRecord) -> Self {
        let kind = EventKind::ALL.into_iter().find(|k| i32::from(*k as u8) == record.kind);
        let finality = match record.finality() {
            api::Finality::Unspecified => "",
            api::Finality::Validated => "validated",
            api::Finality::Witnessed => "witnessed",
            api::Finality::Anchored => "anchored",
            api::Finality::Eternal => "eternal",
        };
        let signed = record.signed.unwrap_or_default();
        Self {
            finality: finality.to_owned(),
            kind: kind.map(|kind| kind.name().to_owned()).unwrap_or_default(),
            signed: SignedShape {
                event: BASE64_STANDARD.encode(signed.event),
                public_key: BASE64_STANDARD.encode(signed.public_key),
                signature: BASE64_STANDARD.encode(signed.signature),
            },
            id: record.id,
            sequence: record.sequence,
            author: record.author,
            author_name: record.author_name,
            subject: record.subject,
            subject_name: record.subject_name,
            wall_us: record.wall_us,
            epoch: record.epoch,
        }
    }
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub(super) struct EventPage {
    events: Vec<EventShape>,
    /// Empty on the last page.
    next_page_token: String,
}

impl From<api::ListResponse> for EventPage {
    fn from(page: api::ListResponse) -> Self {
        Self {
            events: page.events.into_iter().map(EventShape::from).collect(),
            next_page_token: page.next_page_token,
        }
    }
}

/// The answer to an accepted event.
#[derive(Serialize, ToSchema)]
pub(super) struct ReceiptShape {
    /// 64 hex digits.
    pub(super) id: String,
    pub(super) sequence: u64,
    /// The log had the event already; nothing changed.
    pub(super) duplicate: bool,
}
