//! Ratings as signed events: the plan of an import, made before anything is
//! sent. The same file, seed and realm always give the same events.

use std::collections::HashMap;
use std::thread;

use erynoa_events::{
    Attestation, Body, Dimension, Event, EventError, IdentityCreated, Polarity, SigningKey,
    VerifiedEvent, encode_event, sign_event,
};
use erynoa_kernel::{Coordinate, Did, EventId, IdentityId, Namespace, RealmId, Secret};

/// One line of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rating {
    pub(crate) rater: u32,
    pub(crate) ratee: u32,
    /// −10 to 10, never 0.
    pub(crate) value: i8,
    pub(crate) at_us: u64,
}

/// Reads `rater,ratee,rating,seconds since 1970`, sorted by time; lines of the
/// same time keep their order.
pub(crate) fn parse(text: &str) -> Result<Vec<Rating>, String> {
    let mut ratings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let rating = parse_line(line)
            .ok_or_else(|| format!("line {}: expected rater,ratee,rating,time", number + 1))?;
        if rating.rater == rating.ratee {
            return Err(format!("line {}: nobody can rate themselves", number + 1));
        }
        ratings.push(rating);
    }
    if ratings.is_empty() {
        return Err("holds no rating".to_owned());
    }
    ratings.sort_by_key(|rating| rating.at_us);
    Ok(ratings)
}

fn parse_line(line: &str) -> Option<Rating> {
    let mut fields = line.trim().split(',').map(str::trim);
    let rating = Rating {
        rater: fields.next()?.parse().ok()?,
        ratee: fields.next()?.parse().ok()?,
        value: fields.next()?.parse().ok().filter(|value| matches!(value, -10..=-1 | 1..=10))?,
        at_us: parse_seconds(fields.next()?)?,
    };
    fields.next().is_none().then_some(rating)
}

/// Seconds with up to six decimals, as exact microseconds.
fn parse_seconds(text: &str) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    if decimals.is_empty() || decimals.len() > 6 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let decimals: u64 = format!("{decimals:0<6}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(decimals)
}

/// The seed of somebody's key.
pub(crate) fn seed_of(seed: &str, number: u32) -> Secret<[u8; 32]> {
    let material = format!("{seed}:{number}");
    Secret::new(blake3::derive_key("erynoa import ratings v1", material.as_bytes()))
}

/// Somebody of the file, with the end of their chain so far.
struct Person {
    key: SigningKey,
    identity: IdentityId,
    created: (EventId, Coordinate),
    head: (EventId, Coordinate),
}

/// All events of an import, in order, not signed yet.
pub(crate) struct Plan {
    people: HashMap<u32, Person>,
    steps: Vec<(u32, Event, EventId)>,
    names: String,
    seed: String,
}

impl Plan {
    /// Plans `ratings`, which are sorted by time. The founder comes first, so
    /// that the realm can be claimed before anybody says anything in it; all
    /// others come into being just before they are first heard of.
    pub(crate) fn new(
        ratings: &[Rating],
        seed: &str,
        names: &str,
        founder: u32,
        realm: RealmId,
    ) -> Self {
        let mut plan = Self {
            people: HashMap::new(),
            steps: Vec::with_capacity(ratings.len() * 5 / 4),
            names: names.to_owned(),
            seed: seed.to_owned(),
        };
        if let Some(first) = ratings.first() {
            plan.introduce(founder, first.at_us);
        }
        for rating in ratings {
            plan.introduce(rating.rater, rating.at_us);
            plan.introduce(rating.ratee, rating.at_us);
            plan.rate(rating, realm);
        }
        plan
    }

    fn introduce(&mut self, number: u32, at_us: u64) {
        if self.people.contains_key(&number) {
            return;
        }
        let key = SigningKey::from_seed(*seed_of(&self.seed, number).expose());
        let identity = IdentityId::of(Namespace::SelfHood, &key.public_key());
        let coordinate = Coordinate::next(at_us, []);
        let event = Event {
            author: identity,
            realm: RealmId::NULL,
            coordinate,
            prev: None,
            parents: Vec::new(),
            body: Body::IdentityCreated(IdentityCreated {
                namespace: Namespace::SelfHood,
                display_name: format!("{} {number}", self.names),
                key_label: String::new(),
                recovery_key: None,
                recovery_delay_s: erynoa_events::RECOVERY_DELAY_S.1,
                controller: None,
            }),
        };
        let id = EventId::of(&encode_event(&event));
        let end = (id, coordinate);
        self.people.insert(number, Person { key, identity, created: end, head: end });
        self.steps.push((number, event, id));
    }

    /// The attestation names, as its parent, the event that brought the ratee
    /// into being: it presupposes it.
    fn rate(&mut self, rating: &Rating, realm: RealmId) {
        let (Some(rater), Some(ratee)) =
            (self.people.get(&rating.rater), self.people.get(&rating.ratee))
        else {
            return;
        };
        let coordinate = Coordinate::next(rating.at_us, [rater.head.1, ratee.created.1]);
        let event = Event {
            author: rater.identity,
            realm,
            coordinate,
            prev: Some(rater.head.0),
            parents: vec![ratee.created.0],
            body: Body::Attestation(Attestation {
                subject: ratee.identity,
                dimension: Dimension::Reliability,
                polarity: if rating.value > 0 { Polarity::Positive } else { Polarity::Negative },
                domain: String::new(),
                comment: format!("rating {:+} of 10", rating.value),
                expires_at_us: None,
            }),
        };
        let id = EventId::of(&encode_event(&event));
        if let Some(rater) = self.people.get_mut(&rating.rater) {
            rater.head = (id, coordinate);
        }
        self.steps.push((rating.rater, event, id));
    }

    /// Number of events.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Number of people.
    pub(crate) fn people(&self) -> usize {
        self.people.len()
    }

    /// Id of the event at a place of the plan.
    pub(crate) fn id(&self, place: usize) -> Option<EventId> {
        self.steps.get(place).map(|(_, _, id)| *id)
    }

    /// Name and key of somebody of the file.
    pub(crate) fn person(&self, number: u32) -> Option<(Did, &SigningKey)> {
        let person = self.people.get(&number)?;
        Some((Did { namespace: Namespace::SelfHood, identity: person.identity }, &person.key))
    }

    /// Signs up to `count` events from `place` on all cores.
    pub(crate) fn sign(
        &self,
        place: usize,
        count: usize,
    ) -> Result<Vec<VerifiedEvent>, EventError> {
        let end = self.steps.len().min(place.saturating_add(count));
        let steps = self.steps.get(place..end).unwrap_or_default();
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let share = steps.len().div_ceil(cores).max(1);
        thread::scope(|scope| {
            let running: Vec<_> = steps
                .chunks(share)
                .map(|steps| {
                    scope.spawn(|| {
                        steps
                            .iter()
                            .map(|(number, event, _)| sign_event(event, &self.people[number].key))
                            .collect::<Result<Vec<_>, _>>()
                    })
                })
                .collect();
            let mut signed = Vec::with_capacity(steps.len());
            for share in running {
                // A panic while signing is a defect that must not be hidden.
                signed.extend(share.join().expect("signing does not panic")?);
            }
            Ok(signed)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const SAMPLE: &str = "6,2,4,1289241911.72836\n1,15,1,1289243140.39049\n6,5,-2,1289241941.5\n";

    fn plan(seed: &str) -> Plan {
        let realm = RealmId::from_bytes([3; 32]);
        Plan::new(&parse(SAMPLE).unwrap(), seed, "OTC", 1, realm)
    }

    #[test]
    fn ratings_are_sorted_by_time_and_times_are_exact() {
        let ratings = parse(SAMPLE).unwrap();
        assert_eq!(ratings[0].at_us, 1_289_241_911_728_360);
        assert_eq!(
            ratings[1],
            Rating { rater: 6, ratee: 5, value: -2, at_us: 1_289_241_941_500_000 }
        );
        assert_eq!(ratings[2].rater, 1);
    }

    #[test]
    fn a_wrong_line_is_named() {
        for wrong in [
            "1,2,0,5",
            "1,2,11,5",
            "1,2,3",
            "1,2,3,4,5",
            "a,2,3,4",
            "1,1,5,5",
            "1,2,3,5.",
            "1,2,3,-5",
            "1,2,3,5.1234567",
        ] {
            let error = parse(&format!("1,2,3,4\n{wrong}\n")).unwrap_err();
            assert!(error.starts_with("line 2: "), "{wrong}: {error}");
        }
        assert!(parse("\n").is_err());
    }

    #[test]
    fn the_founder_comes_first_and_everybody_before_they_are_named() {
        let plan = plan("seed");
        assert_eq!(plan.person(1).unwrap().0.identity, plan.steps[0].1.author);
        let mut known = HashSet::new();
        for (_, event, _) in &plan.steps {
            match &event.body {
                Body::IdentityCreated(_) => assert!(known.insert(event.author)),
                Body::Attestation(said) => {
                    assert!(known.contains(&event.author) && known.contains(&said.subject));
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((plan.people(), plan.len()), (5, 8));
    }

    #[test]
    fn chains_hold_and_planned_ids_are_those_of_the_signed_events() {
        let plan = plan("seed");
        let signed = plan.sign(0, usize::MAX).unwrap();
        assert_eq!(signed.len(), plan.len());
        let mut heads: HashMap<IdentityId, (EventId, Coordinate)> = HashMap::new();
        for (place, event) in signed.iter().enumerate() {
            assert_eq!(plan.id(place), Some(event.id()));
            let head = heads.insert(event.event().author, (event.id(), event.event().coordinate));
            assert_eq!(event.event().prev, head.map(|head| head.0));
            assert!(head.is_none_or(|head| event.event().coordinate > head.1));
        }
        assert!(plan.sign(plan.len(), 5).unwrap().is_empty());
    }

    #[test]
    fn the_seed_decides_the_keys_and_nothing_else_does() {
        assert_eq!(plan("a").id(7), plan("a").id(7));
        assert_ne!(plan("a").id(7), plan("b").id(7));
    }
}
