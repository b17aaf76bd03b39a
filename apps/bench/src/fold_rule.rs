//! The protocol's own fold (`erynoa-trust`), fed with ratings as events.

use erynoa_events::{
    Attestation, Body, Dimension, Event, EventError, KeyDirectory, Polarity, RealmCreated,
};
use erynoa_kernel::{
    Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId, Tag, UniversalId, day_of,
};
use erynoa_trust::TrustFold;

use crate::dataset::Rating;
use crate::rule::{Rule, Scene};

/// Trust in reliability by protocol §5: a rating is an attestation, its sign
/// the polarity; epochs close daily; the founder founds the realm.
pub struct ProtocolFold;

impl Rule for ProtocolFold {
    fn name(&self) -> &str {
        "protocol §5"
    }

    fn scores(&self, scene: &Scene<'_>) -> Vec<f64> {
        let everybody: Vec<IdentityId> = (0..scene.people).map(person).collect();
        let fold = fold(scene, &everybody);
        let realm = realm();
        everybody
            .iter()
            .map(|person| f64::from(fold.trust(&realm, person).standing_ppm) / 1e6)
            .collect()
    }
}

fn fold(scene: &Scene<'_>, everybody: &[IdentityId]) -> TrustFold {
    let mut fold = TrustFold::new();
    let first_us = scene.ratings.first().map_or(scene.at_us, |rating| rating.at_us);
    let body = RealmCreated {
        realm: realm(),
        name: "Bitcoin OTC".into(),
        founders: vec![everybody[scene.founder as usize]],
    };
    let mut sequence = 0;
    let mut say = |fold: &mut TrustFold, author: u32, wall_us: u64, body: Body| {
        let event = Event {
            author: everybody[author as usize],
            realm: realm(),
            coordinate: Coordinate { wall_us, counter: 0 },
            prev: None,
            parents: Vec::new(),
            body,
        };
        fold.stage(sequence, EventId::of(&sequence.to_be_bytes()), &event, &Everybody);
        sequence += 1;
    };
    say(&mut fold, scene.founder, first_us, Body::RealmCreated(body));
    let mut last_us = first_us;
    for rating in scene.ratings {
        if day_of(rating.at_us) > day_of(last_us) {
            fold.close(last_us);
        }
        last_us = rating.at_us;
        let body = attestation(everybody[rating.ratee as usize], rating);
        say(&mut fold, rating.rater, rating.at_us, body);
    }
    // What was said on earlier days counts on its own day.
    if day_of(scene.at_us) > day_of(last_us) {
        fold.close(last_us);
    }
    fold.close(scene.at_us);
    fold
}

fn attestation(subject: IdentityId, rating: &Rating) -> Body {
    let polarity = if rating.is_positive() { Polarity::Positive } else { Polarity::Negative };
    Body::Attestation(Attestation {
        subject,
        dimension: Dimension::Reliability,
        polarity,
        domain: String::new(),
        comment: String::new(),
        expires_at_us: None,
    })
}

fn realm() -> RealmId {
    RealmId(UniversalId::new(Tag::Realm, 1, &[b"Bitcoin OTC"]))
}

fn person(number: usize) -> IdentityId {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&(number as u64).to_be_bytes());
    IdentityId::of(Namespace::SelfHood, &PublicKey::from_bytes(key))
}

/// Everybody is known, nobody is controlled, every key is good: admission is
/// not what is measured.
struct Everybody;

impl KeyDirectory for Everybody {
    fn check_author(&self, _: &Event, _: &PublicKey) -> Result<(), EventError> {
        Ok(())
    }

    fn is_live(&self, _: &IdentityId, _: &PublicKey) -> bool {
        true
    }

    fn ever_owned(&self, _: &IdentityId, _: &PublicKey) -> bool {
        true
    }

    fn knows(&self, _: &IdentityId) -> bool {
        true
    }

    fn root_of(&self, identity: &IdentityId) -> IdentityId {
        *identity
    }

    fn has_realm(&self, _: &RealmId) -> bool {
        true
    }
}
