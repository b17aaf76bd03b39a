//! The world over the real fold of trust: what models do.

use erynoa_events::{
    AnomalyClass, AnomalyReported, Attestation, Body, Custom, Dimension, Event, EventError,
    EventKind, IdentityDeactivated, KeyDirectory, Polarity, RealmCreated, RealmRules, Severity,
    Vouch,
};
use erynoa_kernel::{Coordinate, DAY_US, IdentityId, PublicKey};
use erynoa_trust::{Context, TrustFold};
use erynoa_world::{
    BreakerState, EpochView, Folds, IdentityChange, Observation, WorldFold, collusion,
};

use crate::town::{MINUTE, event_id, person, realm};

/// Everybody is known; 100 and up are agents of the person `number % 100`.
struct People;

impl KeyDirectory for People {
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
        let agent = (100..200).find(|&agent| person(agent) == *identity);
        agent.map_or(*identity, |agent| person(agent % 100))
    }

    fn check_delegation(&self, _: &Event, _: &dyn RealmRules) -> Result<(), EventError> {
        Ok(())
    }
}

fn event(author: u32, wall_us: u64, body: Body) -> Event {
    Event {
        author: person(author),
        realm: realm(0),
        coordinate: Coordinate { wall_us, counter: 0 },
        prev: None,
        parents: Vec::new(),
        body,
    }
}

fn praise(subject: u32, polarity: Polarity) -> Body {
    Body::Attestation(Attestation {
        subject: person(subject),
        dimension: Dimension::Reliability,
        polarity,
        domain: String::new(),
        comment: String::new(),
        expires_at_us: None,
    })
}

/// Both folds, entry by entry.
#[derive(Default)]
struct Models {
    trust: TrustFold,
    world: WorldFold,
    size: u64,
}

impl Models {
    fn apply(&mut self, event: &Event) {
        let (sequence, id) = (self.size, event_id(self.size));
        self.size += 1;
        self.trust.stage(sequence, id, event, &People);
        self.world.apply_event(sequence, id, event, &People);
    }

    fn close(&mut self, closed_at_us: u64) {
        let outcome = self.trust.close(closed_at_us);
        let is_verified = |_: &_, who: &IdentityId| *who == person(1);
        let sources = Folds { trust: &self.trust, directory: &People, is_verified };
        let view = EpochView::new(outcome.epoch, closed_at_us);
        self.world.close(view, &outcome.changed, &sources);
        self.world.refresh(&sources);
    }
}

/// Person 1 founds the realm; 1 praises 2, 2 praises 3 the day after.
fn small_log() -> Models {
    let mut models = Models::default();
    models.apply(&event(
        1,
        0,
        Body::RealmCreated(RealmCreated {
            realm: realm(0),
            name: "root".into(),
            founders: vec![person(1)],
            ..RealmCreated::default()
        }),
    ));
    models.apply(&event(1, 1, praise(2, Polarity::Positive)));
    models.close(1);
    models.apply(&event(2, DAY_US, praise(3, Polarity::Positive)));
    models.apply(&event(3, DAY_US, praise(2, Polarity::Positive)));
    models.close(DAY_US);
    models
}

#[test]
fn a_glance_is_what_trust_says() {
    let models = small_log();
    for who in (0..5).map(person) {
        let (glance, trust) =
            (models.trust.glance(&realm(0), &who), models.trust.trust(&realm(0), &who));
        assert_eq!(glance.values_ppm, trust.values_ppm());
        assert_eq!(glance.norm_ppm(Context::Finance), trust.norm_ppm(Context::Finance));
        assert_eq!(glance.standing_ppm, trust.standing_ppm);
        assert_eq!((glance.has_voice, glance.voice_micro), (trust.has_voice, trust.voice_micro));
        let known = models.trust.subjects(&realm(0)).any(|subject| subject == who);
        assert_eq!(glance.is_subject, known);
    }
}

#[test]
fn ranking_power_and_series_follow_from_the_log() {
    let models = small_log();
    let world = &models.world;
    for who in [1, 2, 3].map(person) {
        let found = world.find(&realm(0), &who).unwrap();
        let trust = models.trust.trust(&realm(0), &who);
        assert_eq!(found.terms.factors.norm_ppm, trust.norm_ppm(Context::Default));
        let power = if trust.has_voice { trust.voice_micro } else { 0 };
        assert_eq!(found.power, power);
    }
    let found = world.find(&realm(0), &person(1)).unwrap();
    assert_eq!(found.terms.factors.human_ppm, 1_000_000, "nobody told of its creation");
    assert_eq!((found.power, found.terms.factors.idle_days), (2_000_000, 1));
    let (points, before) = world.metrics(&realm(0), 10);
    assert_eq!((points.len(), before), (2, 0));
    let point = points[1];
    assert_eq!((point.epoch, point.day, point.events), (2, 1, 2));
    assert_eq!((point.subjects, point.voices, point.power_roots), (3, 2, 2));
    let distribution = models.trust.distribution(&realm(0), Context::Default);
    assert_eq!(point.voices, u32::try_from(distribution.voices).unwrap());
    assert_eq!(point.mean_norm_ppm, distribution.series[0].mean_ppm);
}

#[test]
fn an_observation_says_who_speaks_for_whom() {
    let of = |author, body| Observation::of(7, event_id(7), &event(author, 5, body), &People);
    let praised = of(101, praise(2, Polarity::Positive));
    assert_eq!((praised.author, praised.author_root), (person(101), person(1)));
    assert_eq!(praised.partner_root, Some(person(2)));
    assert_eq!((praised.sequence, praised.event, praised.wall_us), (7, event_id(7), 5));
    assert!(praised.speaks_for);
    assert!(!of(1, praise(2, Polarity::Negative)).speaks_for);
    let vouch =
        Vouch { member: person(102), stake_ppm: 1, comment: String::new(), expires_at_us: None };
    let vouched = of(1, Body::Vouch(vouch));
    assert_eq!((vouched.partner_root, vouched.speaks_for), (Some(person(2)), true));
    let custom =
        of(1, Body::Custom(Custom { type_number: 9, version: 1, data: Default::default() }));
    assert_eq!((custom.kind, custom.custom_type), (EventKind::Custom, Some(9)));
    assert_eq!((custom.partner_root, custom.speaks_for), (None, false));
}

fn report(severity: Severity) -> Body {
    Body::AnomalyReported(AnomalyReported {
        subjects: vec![person(3)],
        class: AnomalyClass::Other,
        severity,
        evidence: Vec::new(),
        comment: String::new(),
    })
}

#[test]
fn only_critical_reports_count_for_the_breaker() {
    let mut models = small_log();
    for author in 10..30 {
        models.apply(&event(author, DAY_US + MINUTE, report(Severity::High)));
    }
    let state = |models: &Models| models.world.breaker(&realm(0), DAY_US + MINUTE).state;
    assert_eq!(state(&models), BreakerState::Normal);
    for author in 10..20 {
        models.apply(&event(author, DAY_US + MINUTE, report(Severity::Critical)));
    }
    assert_eq!(state(&models), BreakerState::Degraded);
}

#[test]
fn changes_of_identities_are_read_from_their_events() {
    let ended = IdentityDeactivated { identity: person(5), reason: String::new() };
    let ended = event(1, 0, Body::IdentityDeactivated(ended));
    let expected = IdentityChange::Deactivated { identity: person(5) };
    assert_eq!(IdentityChange::of(&ended), Some(expected));
    assert_eq!(IdentityChange::of(&event(1, 0, praise(2, Polarity::Positive))), None);
}

#[test]
fn collusion_is_the_product_of_what_each_has_from_the_other() {
    let mut models = small_log();
    // 2 has the founder's 2.0 and what 3 weighs; 3 has 2's alone.
    models.apply(&event(3, DAY_US, praise(2, Polarity::Positive)));
    models.close(DAY_US);
    let root_of = |who: &IdentityId| People.root_of(who);
    let of_three = collusion(&models.trust, &realm(0), &person(3), root_of);
    assert_eq!(of_three.len(), 1);
    assert_eq!((of_three[0].partner, of_three[0].from_partner_ppm), (person(2), 1_000_000));
    let of_two = collusion(&models.trust, &realm(0), &person(2), root_of);
    let by = |who: u32| of_two.iter().find(|one| one.partner == person(who)).copied();
    assert_eq!(by(1).unwrap().collusion_ppm, 0, "the founder has nothing from 2");
    assert_eq!(
        by(1).unwrap().from_partner_ppm + by(3).map_or(0, |c| c.from_partner_ppm),
        1_000_000
    );
    let three = by(3);
    assert_eq!(three.map(|one| one.from_partner_ppm).unwrap_or(0), of_three[0].to_partner_ppm);
    let product = |one: &erynoa_world::Collusion| {
        u64::from(one.from_partner_ppm) * u64::from(one.to_partner_ppm) / 1_000_000
    };
    for one in of_two.iter().chain(&of_three) {
        assert_eq!(u64::from(one.collusion_ppm), product(one));
    }
}

#[test]
fn two_who_have_all_from_each_other_collude_wholly() {
    let mut models = Models::default();
    let founders = Body::RealmCreated(RealmCreated {
        realm: realm(0),
        name: "root".into(),
        founders: vec![person(1), person(2)],
        ..RealmCreated::default()
    });
    models.apply(&event(1, 0, founders));
    models.apply(&event(1, 0, praise(2, Polarity::Positive)));
    models.apply(&event(2, 0, praise(1, Polarity::Positive)));
    models.close(1);
    let found = collusion(&models.trust, &realm(0), &person(1), |who| People.root_of(who));
    assert_eq!(found[0].collusion_ppm, 1_000_000);
    assert_eq!(found[0].partner, person(2));
}
