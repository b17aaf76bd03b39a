//! A trust certificate out of what the log has folded: first what it says and
//! which entries prove it, under one view of the log; then, with their bytes,
//! the signed credential.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use erynoa_events::{Body, Dimension, Finality, Polarity, SigningKey, from_own_log};
use erynoa_kernel::{EventId, IdentityId, RealmId, utc_text};
use erynoa_replica::Replica;
use erynoa_trust::{Class, Context, Part, PartState, Target, classify, norm};

use crate::certificate::{
    Certificate, Counts, DimensionValue, EVIDENCE_MOST, EvidenceItem, HISTORY_MOST, LogProof,
    Point, ProvenEntry, Role,
};
use crate::credential::{CONTEXTS, Credential, Issuer, LOG_PROOF, TYPES};
use crate::error::DocumentError;
use crate::multikey::did_key;
use crate::text::{COMMENT_MOST, NAME_MOST, shown};

/// Most bytes of evidence that a certificate carries; what does not fit any more
/// is left out, the smaller effect first. Room for eleven of the longest words.
pub const EVIDENCE_MOST_BYTES: usize = 48 << 10;

/// What the certificate is to be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Whom; known to the log.
    pub subject: IdentityId,
    /// Where.
    pub realm: RealmId,
    /// For what.
    pub context: Context,
}

/// The newest signed tree head.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// Entries under it.
    pub size: u64,
    /// RFC 6962 root.
    pub root: [u8; 32],
    /// Entries for which a quorum of the realm's witnesses vouches.
    pub witnessed: u64,
    /// The signed note.
    pub note: &'a str,
}

/// A certificate that still lacks the bytes of its entries.
#[derive(Clone, Debug)]
pub struct Draft {
    certificate: Certificate,
    proof: LogProof,
}

/// Name as in the API.
const fn class_name(class: Class) -> &'static str {
    match class {
        Class::Newcomer => "newcomer",
        Class::Established => "established",
        Class::Trusted => "trusted",
        Class::Veteran => "veteran",
    }
}

/// The class of a norm, by its name.
pub(crate) fn class_of(norm_ppm: u32) -> &'static str {
    class_name(classify(norm_ppm))
}

/// Name of a finality.
const fn finality_name(finality: Finality) -> &'static str {
    match finality {
        Finality::Nascent => "nascent",
        Finality::Validated => "validated",
        Finality::Witnessed => "witnessed",
        Finality::Anchored => "anchored",
        Finality::Eternal => "eternal",
    }
}

/// One event with what it does in all dimensions.
struct Weighed {
    part: Part,
    dimensions: Vec<Dimension>,
    effect_ppm: i64,
}

/// Every event that counts, by id.
fn weigh(replica: &Replica, topic: &Topic) -> BTreeMap<EventId, Weighed> {
    let mut weighed: BTreeMap<EventId, Weighed> = BTreeMap::new();
    for dimension in Dimension::ALL {
        let target = Target::Dimension(dimension);
        let explained = replica.trust.explain(&topic.realm, &topic.subject, &target);
        for part in explained.parts.into_iter().filter(|part| part.state == PartState::Live) {
            let effect_ppm = part.effect_ppm;
            let entry = weighed.entry(part.event).or_insert_with(|| Weighed {
                part,
                dimensions: Vec::new(),
                effect_ppm: 0,
            });
            entry.dimensions.push(dimension);
            entry.effect_ppm += effect_ppm;
        }
    }
    weighed
}

fn counts(replica: &Replica, topic: &Topic, weighed: &BTreeMap<EventId, Weighed>) -> Counts {
    let against = |one: &&Weighed| one.part.polarity == Polarity::Negative;
    let sources: BTreeSet<_> = weighed.values().map(|one| one.part.source).collect();
    Counts {
        events: replica.log.events_of(&topic.subject),
        evidence: weighed.len() as u64,
        against: weighed.values().filter(against).count() as u64,
        sources: sources.len() as u64,
    }
}

fn item(replica: &Replica, one: &Weighed, witnessed: u64) -> EvidenceItem {
    let part = &one.part;
    EvidenceItem {
        event: part.event.to_string(),
        sequence: part.sequence,
        kind: part.kind.name().to_owned(),
        source: replica.directory.did_text(&part.source),
        source_name: shown(replica.directory.name_of(&part.source), NAME_MOST),
        dimensions: one.dimensions.iter().map(|dimension| dimension.name().to_owned()).collect(),
        domain: part.domain.clone(),
        positive: part.polarity == Polarity::Positive,
        comment: String::new(),
        wall_us: part.wall_us,
        epoch: part.epoch,
        effect_ppm: one.effect_ppm,
        finality: finality_name(replica.log.finality(part.sequence, witnessed)).to_owned(),
    }
}

/// What people wrote with it, as documents show it.
pub(crate) fn comment_of(body: &Body) -> String {
    match body {
        Body::Attestation(attestation) => shown(&attestation.comment, COMMENT_MOST),
        Body::Receipt(receipt) => shown(&receipt.description, COMMENT_MOST),
        _ => String::new(),
    }
}

/// What a certificate about `topic` says now, and which entries prove it.
///
/// # Errors
/// `TooEarly` when no closed epoch, or not the subject itself, lies under the
/// checkpoint.
pub fn draft(replica: &Replica, head: &Head<'_>, topic: Topic) -> Result<Draft, DocumentError> {
    let epoch = replica.log.epochs().last().copied().ok_or(DocumentError::TooEarly)?;
    if epoch.sequence >= head.size || epoch.epoch != replica.trust.epoch() {
        return Err(DocumentError::TooEarly);
    }
    // A partition shares the trust of the realm above: the record says which.
    let trust_record = replica.trust.record_bytes(&topic.realm, &topic.subject);
    let folded = crate::record::fold(&trust_record, replica.trust.day())
        .ok_or_else(|| DocumentError::Unrenderable("a trust record that does not fold".into()))?;
    let realm_name = |id: &RealmId| replica.realms.find(id).map(|realm| realm.name.clone());
    let realm = hex::encode(&folded.realm);
    let realm_id = realm.parse().unwrap_or(topic.realm);
    let vector = replica.trust.trust(&topic.realm, &topic.subject);
    let norm_ppm = vector.norm_ppm(topic.context);

    let weighed = weigh(replica, &topic);
    let counts = counts(replica, &topic, &weighed);
    let mut top: Vec<&Weighed> = weighed.values().collect();
    top.sort_by_key(|one| (std::cmp::Reverse(one.effect_ppm.unsigned_abs()), one.part.sequence));
    top.truncate(EVIDENCE_MOST);
    top.retain(|one| one.part.sequence < head.size);
    let points = replica.trust.history(&topic.realm, &topic.subject);
    let history = points[points.len().saturating_sub(HISTORY_MOST)..].iter().map(|point| Point {
        epoch: point.epoch,
        closed_at_us: point.closed_at_us,
        values_ppm: point.values_ppm,
        norm_ppm: norm(&point.values_ppm, topic.context),
    });

    let certificate = Certificate {
        id: replica.directory.did_text(&topic.subject),
        name: shown(replica.directory.name_of(&topic.subject), NAME_MOST),
        realm,
        realm_name: shown(&realm_name(&realm_id).unwrap_or_default(), NAME_MOST),
        context: topic.context.name().to_owned(),
        norm_ppm,
        class: class_of(norm_ppm).to_owned(),
        standing_ppm: vector.standing_ppm,
        has_voice: vector.has_voice,
        founder: vector.founder,
        dimensions: Dimension::ALL
            .iter()
            .zip(&vector.values)
            .map(|(dimension, value)| DimensionValue {
                name: dimension.name().to_owned(),
                trust_ppm: value.trust_ppm,
                confidence_ppm: value.confidence_ppm,
                positive: value.sums.positive,
                negative: value.sums.negative,
                unvoiced: value.sums.unvoiced,
            })
            .collect(),
        counts,
        history: history.collect(),
        top_evidence: top.iter().map(|one| item(replica, one, head.witnessed)).collect(),
        epoch: epoch.epoch,
        closed_at_us: epoch.closed_at_us,
        state_root: hex::encode(epoch.state_root),
        checkpoint_size: head.size,
        checkpoint_root: hex::encode(head.root),
        finality: finality_name(replica.log.finality(epoch.sequence, head.witnessed)).to_owned(),
    };

    let created = replica.directory.find(&topic.subject).map(|identity| identity.created.0);
    let created = created.and_then(|id| replica.log.find(&id)).filter(|at| at.sequence < head.size);
    let created = created.ok_or(DocumentError::TooEarly)?;
    let mut wanted = vec![(Role::Subject, created.sequence)];
    wanted.extend(top.iter().map(|one| (Role::Evidence, one.part.sequence)));
    wanted.push((Role::Epoch, epoch.sequence));
    let tree = replica.log.tree();
    let entries = wanted.into_iter().filter_map(|(role, sequence)| {
        let path = tree.inclusion(sequence, head.size)?;
        let path = path.iter().map(|hash| BASE64_STANDARD.encode(hash)).collect();
        Some(ProvenEntry { role, sequence, entry: String::new(), path })
    });
    let proof = LogProof {
        kind: LOG_PROOF.to_owned(),
        checkpoint: head.note.to_owned(),
        trust_record: BASE64_STANDARD.encode(&trust_record),
        entries: entries.collect(),
    };
    Ok(Draft { certificate, proof })
}

impl Draft {
    /// Positions of the entries that it lacks.
    #[must_use]
    pub fn sequences(&self) -> Vec<u64> {
        self.proof.entries.iter().map(|entry| entry.sequence).collect()
    }

    /// The credential, with the entries at [`Self::sequences`] in that order,
    /// and its signed bytes.
    ///
    /// # Errors
    /// `Unrenderable` when an entry is none of the log.
    pub fn issue(
        self,
        entries: Vec<Bytes>,
        origin: &str,
        key: &SigningKey,
        now_us: u64,
    ) -> Result<(Credential, Vec<u8>), DocumentError> {
        let Self { mut certificate, mut proof } = self;
        let mut room = EVIDENCE_MOST_BYTES;
        for (proven, bytes) in proof.entries.iter_mut().zip(entries) {
            if proven.role == Role::Evidence {
                let Some(left) = room.checked_sub(bytes.len()) else { continue };
                room = left;
            }
            proven.entry = BASE64_STANDARD.encode(&bytes);
            let event = from_own_log(bytes)
                .map_err(|error| DocumentError::Unrenderable(error.to_string()))?;
            let id = event.id().to_string();
            for item in certificate.top_evidence.iter_mut().filter(|item| item.event == id) {
                item.comment = comment_of(&event.event().body);
            }
        }
        proof.entries.retain(|proven| !proven.entry.is_empty());
        let kept = |sequence| proof.entries.iter().any(|proven| proven.sequence == sequence);
        certificate.top_evidence.retain(|item| kept(item.sequence));
        let credential = Credential {
            context: CONTEXTS.map(str::to_owned).to_vec(),
            types: TYPES.map(str::to_owned).to_vec(),
            issuer: Issuer { id: did_key(&key.public_key()), name: origin.to_owned() },
            valid_from: utc_text(now_us),
            credential_subject: certificate,
            evidence: vec![proof],
        };
        let signed = credential.sign(key);
        Ok((credential, signed))
    }
}
