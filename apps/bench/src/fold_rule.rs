//! The protocol's own fold (`erynoa-trust`), fed with ratings as events.

use erynoa_events::{
    Attestation, Body, Dimension, Event, EventError, KeyDirectory, Polarity, RealmCreated,
    RealmRules,
};
use erynoa_kernel::{
    Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId, Tag, UniversalId, day_of,
};
use erynoa_trust::TrustFold;

use crate::dataset::Rating;
use crate::rule::{Rule, Scene};

/// Trust by protocol §5: a rating is an attestation of reliability, its sign
/// the polarity; epochs close daily; the founder founds the realm.
pub struct ProtocolFold;

impl Rule for ProtocolFold {
    fn name(&self) -> &str {
        "protocol §5"
    }

    fn scores(&self, scene: &Scene<'_>) -> Vec<f64> {
        let town = FoldedTown::of(scene);
        (0..scene.people).map(|person| f64::from(town.trust_ppm(person)) / 1e6).collect()
    }
}

/// The fold of a network's ratings, to which more can be said.
pub struct FoldedTown {
    fold: TrustFold,
    everybody: Vec<IdentityId>,
    realm: RealmId,
    sequence: u64,
}

impl FoldedTown {
    /// Everything that was said up to the time of the scene.
    #[must_use]
    pub fn of(scene: &Scene<'_>) -> Self {
        let realm = RealmId(UniversalId::new(Tag::Realm, 1, &[b"Bitcoin OTC"]));
        let everybody: Vec<IdentityId> = (0..scene.people).map(person).collect();
        let founders = vec![everybody[scene.founder as usize]];
        let mut town = Self { fold: TrustFold::new(), everybody, realm, sequence: 0 };
        let first_us = scene.ratings.first().map_or(scene.at_us, |rating| rating.at_us);
        let created = RealmCreated {
            realm,
            name: "Bitcoin OTC".into(),
            founders,
            parent: None,
            nonce: None,
            description: String::new(),
            partition: false,
            rules: Vec::new(),
        };
        town.say(scene.founder, first_us, Body::RealmCreated(created));
        let mut last_us = first_us;
        for rating in scene.ratings {
            if day_of(rating.at_us) > day_of(last_us) {
                town.close(last_us);
            }
            last_us = rating.at_us;
            town.rate(rating);
        }
        // What was said on earlier days counts on its own day.
        if day_of(scene.at_us) > day_of(last_us) {
            town.close(last_us);
        }
        town.close(scene.at_us);
        town
    }

    /// Says something in the open epoch.
    pub fn say(&mut self, author: u32, wall_us: u64, body: Body) -> EventId {
        let event = Event {
            author: self.everybody[author as usize],
            realm: self.realm,
            coordinate: Coordinate { wall_us, counter: 0 },
            prev: None,
            parents: Vec::new(),
            body,
        };
        let id = EventId::of(&self.sequence.to_be_bytes());
        self.fold.stage(self.sequence, id, &event, &Everybody);
        self.sequence += 1;
        id
    }

    /// An attestation of reliability.
    pub fn rate(&mut self, rating: &Rating) -> EventId {
        let polarity = if rating.is_positive() { Polarity::Positive } else { Polarity::Negative };
        let attestation = Attestation {
            subject: self.identity(rating.ratee),
            dimension: Dimension::Reliability,
            polarity,
            domain: String::new(),
            comment: String::new(),
            expires_at_us: None,
        };
        self.say(rating.rater, rating.at_us, Body::Attestation(attestation))
    }

    /// Closes the open epoch.
    pub fn close(&mut self, closed_at_us: u64) {
        self.fold.close(closed_at_us);
    }

    /// Whom a number stands for.
    #[must_use]
    pub fn identity(&self, person: u32) -> IdentityId {
        self.everybody[person as usize]
    }

    /// Trust in reliability, ppm.
    #[must_use]
    pub fn trust_ppm(&self, person: usize) -> u32 {
        let vector = self.fold.trust(&self.realm, &self.everybody[person]);
        vector.values[Dimension::Reliability.index()].trust_ppm
    }

    /// Standing, ppm.
    #[must_use]
    pub fn standing_ppm(&self, person: u32) -> u32 {
        self.fold.trust(&self.realm, &self.identity(person)).standing_ppm
    }
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

    fn check_delegation(&self, _: &Event, _: &dyn RealmRules) -> Result<(), EventError> {
        Ok(())
    }
}
