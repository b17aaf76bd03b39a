//! Laws of what is folded beside the replica.

use erynoa_events::{
    AnomalyClass, AnomalyJudged, AnomalyReported, Attestation, Body, CredentialIssued, Dimension,
    Event, Finding, IdentityCreated, Judgement, Polarity, RECOVERY_DELAY_S, RealmCreated, Severity,
    SigningKey, sign_event,
};
use erynoa_kernel::{Coordinate, DAY_US, EventId, IdentityId, Namespace, RealmId};
use erynoa_realms::parameters::PERSON;
use proptest::prelude::*;

use super::{Matter, Models};

const MINUTE_US: u64 = 60_000_000;
/// The log's own key comes after the people.
const PEOPLE: usize = 6;
const LOG: usize = PEOPLE;

struct Author {
    key: SigningKey,
    id: IdentityId,
    head: Option<(EventId, Coordinate)>,
}

/// A log with six people, the first of whom has founded the root realm.
struct Town {
    models: Models,
    authors: Vec<Author>,
    root: RealmId,
    now_us: u64,
}

impl Town {
    fn found() -> Self {
        let author = |number: usize| {
            let seed = u8::try_from(number).expect("a handful") + 1;
            let key = SigningKey::from_seed([seed; 32]);
            let namespace = if number == LOG { Namespace::Craft } else { Namespace::SelfHood };
            Author { id: IdentityId::of(namespace, &key.public_key()), key, head: None }
        };
        let authors: Vec<Author> = (0..=LOG).map(author).collect();
        let models = Models::new(authors[LOG].key.public_key());
        let root = models.root_realm();
        let mut town = Self { models, authors, root, now_us: 20_000 * DAY_US };
        for number in (0..=LOG).rev() {
            let namespace = if number == LOG { Namespace::Craft } else { Namespace::SelfHood };
            let created = IdentityCreated {
                namespace,
                display_name: String::new(),
                key_label: String::new(),
                recovery_key: None,
                recovery_delay_s: RECOVERY_DELAY_S.1,
                controller: None,
            };
            town.say(number, RealmId::NULL, Body::IdentityCreated(created));
        }
        let created = RealmCreated {
            realm: root,
            name: "root".to_owned(),
            founders: vec![town.authors[0].id],
            ..RealmCreated::default()
        };
        town.say(LOG, root, Body::RealmCreated(created));
        town.close(0);
        town
    }

    fn say(&mut self, number: usize, realm: RealmId, body: Body) {
        let author = &mut self.authors[number];
        let event = Event {
            author: author.id,
            realm,
            coordinate: Coordinate::next(self.now_us, author.head.map(|(_, at)| at)),
            prev: author.head.map(|(id, _)| id),
            parents: Vec::new(),
            body,
        };
        let signed = sign_event(&event, &author.key).expect("well-formed");
        author.head = Some((signed.id(), event.coordinate));
        self.models.apply(&signed);
    }

    fn attest(&mut self, from: usize, to: usize, polarity: Polarity, dimension: Dimension) {
        let attestation = Attestation {
            subject: self.authors[to].id,
            dimension,
            polarity,
            domain: String::new(),
            comment: String::new(),
            expires_at_us: None,
        };
        self.say(from, self.root, Body::Attestation(attestation));
    }

    fn judge(&mut self, to: usize) {
        let judgement = Judgement {
            subject: self.authors[to].id,
            finding: Finding::BreachContract,
            target: self.authors[to].head.expect("everybody was born").0,
            severity_ppm: 0,
            reason: String::new(),
        };
        self.say(0, self.root, Body::Judgement(judgement));
    }

    fn close(&mut self, minutes: u64) {
        self.now_us += minutes * MINUTE_US;
        self.models.close(self.now_us);
        self.models.refresh();
    }

    /// How many have a voice, and the sum of their Ω, counted anew.
    fn voices(&self) -> (u64, u64) {
        let trust = &self.models.trust;
        trust
            .subjects(&self.root)
            .map(|subject| trust.glance(&self.root, &subject))
            .filter(|glance| glance.has_voice)
            .fold((0, 0), |(count, sum), glance| (count + 1, sum + u64::from(glance.values_ppm[5])))
    }

    fn human_factor(&self, number: usize) -> f64 {
        let standing = self.models.world.find(&self.root, &self.authors[number].id);
        standing.expect("the realm has seen them").terms.human_factor
    }
}

#[test]
fn who_counts_twice_as_a_person_counts_once_in_the_epoch_that_reaches_the_end_of_the_proof() {
    let mut town = Town::found();
    let proof = CredentialIssued {
        subject: town.authors[1].id,
        credential_type: PERSON.to_owned(),
        claim: String::new(),
        content_hash: None,
        expires_at_us: Some(town.now_us + 60 * MINUTE_US),
    };
    town.say(0, town.root, Body::CredentialIssued(proof));
    town.attest(1, 0, Polarity::Positive, Dimension::Reliability);
    town.close(1);
    assert!((town.human_factor(1) - 2.0).abs() < 1e-12);
    town.close(58);
    assert!((town.human_factor(1) - 2.0).abs() < 1e-12);
    town.close(1);
    assert!((town.human_factor(1) - 1.0).abs() < 1e-12, "an hour later, on the same day");
}

#[derive(Clone, Debug)]
enum Step {
    Attest(usize, usize, bool),
    /// A breach of a contract: takes of Ω.
    Judge(usize),
    Close(u64),
}

fn step() -> impl Strategy<Value = Step> {
    // The founder's word weighs most, and days seldom pass.
    let from = prop_oneof![2 => Just(0), 1 => 0..PEOPLE];
    prop_oneof![
        4 => (from, 0..PEOPLE, prop::bool::weighted(0.7))
            .prop_map(|(from, to, praise)| Step::Attest(from, to, praise)),
        1 => (1..PEOPLE).prop_map(Step::Judge),
        2 => (0..10_u64).prop_map(Step::Close),
        1 => (0..3_000_u64).prop_map(Step::Close),
    ]
}

#[derive(Clone, Debug)]
enum Case {
    /// By the founder, about somebody, in one of two realms; shows somebody's
    /// first event.
    Report(usize, bool, Option<usize>),
    /// Decides one of the reports, perhaps again.
    Decide(prop::sample::Index),
    Judge(usize),
}

fn case() -> impl Strategy<Value = Case> {
    prop_oneof![
        3 => (1..PEOPLE, any::<bool>(), prop::option::of(1..PEOPLE))
            .prop_map(|(about, here, shows)| Case::Report(about, here, shows)),
        1 => any::<prop::sample::Index>().prop_map(Case::Decide),
        1 => (1..PEOPLE).prop_map(Case::Judge),
    ]
}

/// Something on the docket, as a walk through the log would find it.
struct Filed {
    at: u64,
    id: EventId,
    realm: RealmId,
    about: Vec<usize>,
    is_report: bool,
    is_open: bool,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_voices_that_are_followed_are_those_that_are_counted_anew(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut town = Town::found();
        prop_assert_eq!(town.models.voices.totals(), town.voices());
        prop_assert_eq!(town.voices().0, 1, "the founder");
        for step in steps {
            match step {
                Step::Attest(from, to, _) if from == to => {}
                Step::Attest(from, to, praise) => {
                    let polarity = if praise { Polarity::Positive } else { Polarity::Negative };
                    town.attest(from, to, polarity, Dimension::Reliability);
                }
                Step::Judge(to) => town.judge(to),
                Step::Close(minutes) => {
                    town.close(minutes);
                    prop_assert_eq!(town.models.voices.totals(), town.voices());
                }
            }
        }
    }

    #[test]
    fn the_docket_lists_what_a_walk_through_the_log_finds(
        cases in prop::collection::vec(case(), 1..40),
        asked in (0..3_usize, prop::option::of(any::<bool>()), prop::option::of(1..PEOPLE)),
        (limit, before) in (1..12_usize, prop::option::of(0..40_u64)),
    ) {
        let mut town = Town::found();
        let births: Vec<EventId> =
            town.authors.iter().map(|author| author.head.expect("everybody was born").0).collect();
        let elsewhere = RealmId::from_bytes([9; 32]);
        let mut filed: Vec<Filed> = Vec::new();
        for case in cases {
            let at = town.models.log.size();
            let id = |town: &Town| town.authors[0].head.expect("it was said").0;
            match case {
                Case::Report(about, here, shows) => {
                    let realm = if here { town.root } else { elsewhere };
                    let report = AnomalyReported {
                        subjects: vec![town.authors[about].id],
                        class: AnomalyClass::Other,
                        severity: Severity::Low,
                        evidence: shows.map(|shows| births[shows]).into_iter().collect(),
                        comment: String::new(),
                    };
                    town.say(0, realm, Body::AnomalyReported(report));
                    let about = [Some(about), shows].into_iter().flatten().collect();
                    let (id, is_report, is_open) = (id(&town), true, true);
                    filed.push(Filed { at, id, realm, about, is_report, is_open });
                }
                Case::Decide(which) => {
                    let reports: Vec<usize> =
                        (0..filed.len()).filter(|&index| filed[index].is_report).collect();
                    if reports.is_empty() {
                        continue;
                    }
                    let report = &mut filed[reports[which.index(reports.len())]];
                    report.is_open = false;
                    let judged = AnomalyJudged {
                        report: report.id,
                        reporter: town.authors[0].id,
                        confirmed: None,
                        reason: String::new(),
                    };
                    let realm = report.realm;
                    town.say(1, realm, Body::AnomalyJudged(judged));
                }
                Case::Judge(about) => {
                    town.judge(about);
                    let (id, realm) = (id(&town), town.root);
                    let (is_report, is_open) = (false, false);
                    filed.push(Filed { at, id, realm, about: vec![about], is_report, is_open });
                }
            }
        }
        let (matter, here, about) = asked;
        let matter = [Matter::Report, Matter::OpenReport, Matter::Judgement][matter];
        let realm = here.map(|here| if here { town.root } else { elsewhere });
        let before = before.map_or(u64::MAX, |before| before + 8);
        let walked: Vec<u64> = filed
            .iter()
            .rev()
            .filter(|one| match matter {
                Matter::Report => one.is_report,
                Matter::OpenReport => one.is_open,
                Matter::Judgement => !one.is_report,
            })
            .filter(|one| realm.is_none_or(|realm| one.realm == realm))
            .filter(|one| about.is_none_or(|about| one.about.contains(&about)))
            .map(|one| one.at)
            .filter(|&at| at < before)
            .take(limit)
            .collect();
        let who = about.map(|about| town.authors[about].id);
        let asked = (matter, realm, who);
        let listed = town.models.docket.newest(&town.models.log, asked, before, limit);
        prop_assert_eq!(listed, walked);
    }
}
