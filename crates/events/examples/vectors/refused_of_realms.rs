//! Bodies of `cases_of_realms.rs` that break a rule, each at the edge of a limit.

use erynoa_events::{Body, Finding, ProposalKind, SigningKey, encode_event, key_added_message};
use erynoa_proto::protocol::v1 as pb;
use prost::Message;

use crate::cases::{ALICE, BOB, SMALL_ORDER, START_US, alice, bob, by_alice, key};
use crate::cases_of_realms as good;
use crate::refused::signed;

type Refused = (&'static str, Vec<u8>, &'static str);

const FIELD: &str = "EVENT_FIELD_INVALID";

/// A good body, changed as a message.
macro_rules! changed {
    ($variant:ident, $body:expr, $change:expr) => {{
        let event = by_alice($body);
        let mut event = pb::Event::decode(encode_event(&event).as_slice()).expect("just encoded");
        let Some(pb::event::Body::$variant(body)) = &mut event.body else {
            unreachable!("made of this body")
        };
        let change: fn(&mut pb::$variant) = $change;
        change(body);
        signed(event.encode_to_vec(), &key(ALICE))
    }};
}

macro_rules! refused {
    ($variant:ident, $body:expr, [$(($name:literal, $change:expr, $code:expr)),* $(,)?]) => {
        vec![$(($name, changed!($variant, $body, $change), $code)),*]
    };
}

fn other_key() -> Vec<u8> {
    key(77).public_key().as_bytes().to_vec()
}

fn possession(new: &SigningKey) -> Vec<u8> {
    new.sign(&key_added_message(&alice(), &new.public_key())).as_bytes().to_vec()
}

fn identities() -> Vec<Refused> {
    let mut all = refused!(
        ControllerSet,
        Body::ControllerSet(good::controller_set()),
        [
            ("no next controller", |body| body.controller = None, FIELD),
            (
                "a consent of another key",
                |body| body.controller.as_mut().expect("there").public_key = other_key(),
                "EVENT_COUNTERSIGNATURE_INVALID"
            ),
        ]
    );
    all.extend(refused!(
        IdentityRecovered,
        Body::IdentityRecovered(good::recovered()),
        [
            (
                "a recovery without possession of the new key",
                |body| body.public_key = other_key(),
                "EVENT_COUNTERSIGNATURE_INVALID"
            ),
            (
                "a recovery to a key of small order",
                |body| body.public_key = hex::decode(SMALL_ORDER[0]).expect("hexadecimal"),
                "KEY_SMALL_ORDER"
            ),
            (
                "a recovery whose next recovery key is the new key",
                |body| {
                    body.public_key = key(8).public_key().as_bytes().to_vec();
                    body.countersignature = possession(&key(8));
                    body.recovery_key = body.public_key.clone();
                },
                FIELD
            ),
            ("a recovered device with 65 bytes", |body| body.key_label = "l".repeat(65), FIELD),
        ]
    ));
    all.extend(refused!(
        Delegation,
        Body::Delegation(good::delegation()),
        [
            (
                "a delegation to oneself",
                |body| body.delegate = alice().as_bytes().to_vec(),
                "SUBJECT_SELF"
            ),
            ("a factor of 0", |body| body.factor_ppm = 0, FIELD),
            ("a factor above 1", |body| body.factor_ppm = 1_000_001, FIELD),
            ("no capability", |body| body.capabilities.clear(), FIELD),
            (
                "17 capabilities",
                |body| body.capabilities = (10..27).map(|n| format!("read:{n}")).collect(),
                FIELD
            ),
            ("capabilities out of order", |body| body.capabilities.reverse(), FIELD),
            ("a capability of 129 bytes", |body| body.capabilities = vec!["c".repeat(129)], FIELD),
            ("a depth of 6", |body| body.max_depth = 6, FIELD),
            ("an end before its beginning", |body| body.not_before_us = body.expires_at_us, FIELD),
        ]
    ));
    all
}

fn evidence() -> Vec<Refused> {
    let vouch = good::bodies().into_iter().find(|(name, _)| *name == "vouch").expect("there").1;
    let mut all = refused!(
        Vouch,
        vouch.clone(),
        [
            (
                "a vouch for oneself",
                |body| body.member = alice().as_bytes().to_vec(),
                "SUBJECT_SELF"
            ),
            ("a stake of 0", |body| body.stake_ppm = 0, FIELD),
            ("a stake above 0.3", |body| body.stake_ppm = 300_001, FIELD),
            ("a vouch that ended before it began", |body| body.expires_at_us = START_US, FIELD),
        ]
    );
    let credential =
        good::bodies().into_iter().find(|(name, _)| *name == "credential_issued").expect("there").1;
    all.extend(refused!(
        CredentialIssued,
        credential.clone(),
        [
            (
                "a credential for oneself",
                |body| body.subject = alice().as_bytes().to_vec(),
                "SUBJECT_SELF"
            ),
            ("a credential without a type", |body| body.r#type = String::new(), FIELD),
            ("a credential type in capitals", |body| body.r#type = "Person".into(), FIELD),
            ("a content hash of 31 bytes", |body| body.content_hash = vec![1; 31], FIELD),
        ]
    ));
    let fault = Body::Judgement(good::judgement(Finding::MemberAtFault));
    all.extend(refused!(
        Judgement,
        fault.clone(),
        [
            (
                "a judgement of oneself",
                |body| body.subject = alice().as_bytes().to_vec(),
                "SUBJECT_SELF"
            ),
            ("finding 0", |body| body.finding = 0, FIELD),
            ("finding 10", |body| body.finding = 10, FIELD),
            ("a fault without severity", |body| body.severity_ppm = 0, FIELD),
            ("a severity above 1", |body| body.severity_ppm = 1_000_001, FIELD),
            ("a severity of another finding", |body| body.finding = 1, FIELD),
        ]
    ));
    all.extend(refused!(
        AnomalyReported,
        Body::AnomalyReported(good::report()),
        [
            ("a report about nobody", |body| body.subjects.clear(), FIELD),
            (
                "a report about nine",
                |body| body.subjects = (1..=9).map(|n| vec![n; 32]).collect(),
                FIELD
            ),
            (
                "a report about oneself",
                |body| body.subjects = vec![alice().as_bytes().to_vec()],
                "SUBJECT_SELF"
            ),
            ("anomaly class 6", |body| body.class = 6, FIELD),
            ("severity 5", |body| body.severity = 5, FIELD),
            (
                "nine events of evidence",
                |body| body.evidence = (1..=9).map(|n| vec![n; 32]).collect(),
                FIELD
            ),
        ]
    ));
    let judged =
        good::bodies().into_iter().find(|(name, _)| *name == "anomaly_judged").expect("there").1;
    all.extend(refused!(
        AnomalyJudged,
        judged.clone(),
        [
            ("a false report with a severity", |body| body.confirmed = false, FIELD),
            ("a confirmed report without one", |body| body.severity = 0, FIELD),
        ]
    ));
    all.extend(refused!(
        EpochCosigned,
        Body::EpochCosigned(good::cosigned(1)),
        [
            ("a cosignature of epoch 0", |body| body.epoch = 0, FIELD),
            ("a root of 31 bytes", |body| body.root = vec![1; 31], FIELD),
        ]
    ));
    all
}

fn realms() -> Vec<Refused> {
    let mut all = refused!(
        RealmCreated,
        Body::RealmCreated(good::child_realm()),
        [
            ("a realm that is not named by its content", |body| body.name = "Other".into(), FIELD),
            ("a realm with a parent and no nonce", |body| body.nonce.clear(), FIELD),
            (
                "a realm that its author does not found",
                |body| body.founders = vec![bob().as_bytes().to_vec()],
                FIELD
            ),
            ("rules out of order", |body| body.rules.reverse(), FIELD),
            ("a rule twice", |body| body.rules[1] = body.rules[0].clone(), FIELD),
            ("a rule without parameters", |body| body.rules[0].parameters = None, FIELD),
            ("a rule id in capitals", |body| body.rules[0].id = "A".into(), FIELD),
            ("33 rules", |body| body.rules = many_rules(33), FIELD),
            ("a least trust above 1", |body| body.rules = vec![min_trust(1_000_001)], FIELD),
            ("times of government below an hour", |body| body.rules = vec![times(3_599)], FIELD),
            ("an expression of 4 097 bytes", |body| body.rules = vec![expression(4_097)], FIELD),
            ("no expression", |body| body.rules = vec![expression(0)], FIELD),
            ("33 judges", |body| body.rules = vec![judges(33)], FIELD),
            ("no judges", |body| body.rules = vec![judges(0)], FIELD),
            ("a witness of weight 0", |body| body.rules = vec![witness(0)], FIELD),
            ("a witness of weight 1 001", |body| body.rules = vec![witness(1_001)], FIELD),
        ]
    );
    all.extend(refused!(
        RealmJoined,
        Body::RealmJoined(good::joined()),
        [
            (
                "a forged endorsement",
                |body| body.endorsements[0].public_key = other_key(),
                "EVENT_COUNTERSIGNATURE_INVALID"
            ),
            (
                "an endorsement twice",
                |body| body.endorsements.push(body.endorsements[0].clone()),
                FIELD
            ),
            (
                "nine endorsements",
                |body| body.endorsements = vec![body.endorsements[0].clone(); 9],
                FIELD
            ),
        ]
    ));
    all
}

fn government() -> Vec<Refused> {
    let rule = Body::Proposal(good::proposal(ProposalKind::Rule));
    let mut all = refused!(
        Proposal,
        rule.clone(),
        [
            ("proposal kind 6", |body| body.kind = 6, FIELD),
            ("a proposal without a title", |body| body.title = String::new(), FIELD),
            ("a text of 4 097 bytes", |body| body.text = "t".repeat(4_097), FIELD),
            ("17 rules to set", |body| body.set = many_rules(17), FIELD),
            (
                "17 rules to remove",
                |body| body.removed = (10..27).map(|n| format!("r{n}")).collect(),
                FIELD
            ),
            ("a rule to set and to remove", |body| body.removed = vec!["join".into()], FIELD),
            (
                "rules of a proposal in words",
                |body| body.kind = pb::ProposalKind::Treasury.into(),
                FIELD
            ),
            (
                "nothing to change",
                |body| {
                    body.set.clear();
                    body.removed.clear();
                },
                FIELD
            ),
            (
                "somebody in a proposal about rules",
                |body| body.member = bob().as_bytes().to_vec(),
                FIELD
            ),
        ]
    );
    let vote =
        good::bodies().into_iter().find(|(name, _)| *name == "vote against").expect("there").1;
    all.extend(refused!(
        Vote,
        vote.clone(),
        [
            ("eleven votes", |body| body.votes = 11, FIELD),
            ("eleven votes against", |body| body.votes = -11, FIELD),
            ("no votes and no veto", |body| body.votes = 0, FIELD),
            ("votes with a veto", |body| body.veto = true, FIELD),
        ]
    ));
    all
}

fn rule(id: String, parameters: pb::rule::Parameters) -> pb::Rule {
    pb::Rule { id, effective_from_us: 0, parameters: Some(parameters) }
}

fn min_trust(norm_ppm: u32) -> pb::Rule {
    rule("r".into(), pb::rule::Parameters::MinTrust(pb::MinTrust { norm_ppm }))
}

fn many_rules(count: u32) -> Vec<pb::Rule> {
    (100..100 + count).map(|n| pb::Rule { id: format!("r{n}"), ..min_trust(1) }).collect()
}

fn times(seconds: u32) -> pb::Rule {
    let times = pb::GovernanceTimes { discussion_s: seconds, voting_s: 0, timelock_s: 0 };
    rule("r".into(), pb::rule::Parameters::GovernanceTimes(times))
}

fn expression(len: usize) -> pb::Rule {
    let cedar = "c".repeat(len);
    rule("r".into(), pb::rule::Parameters::Expression(pb::Expression { cedar }))
}

fn judges(count: u8) -> pb::Rule {
    let identities = (1..=count).map(|n| vec![n; 32]).collect();
    rule("r".into(), pb::rule::Parameters::Judges(pb::Judges { identities }))
}

fn witness(weight: u32) -> pb::Rule {
    let identity = key(BOB).public_key().as_bytes().to_vec();
    let members = vec![pb::Witness { identity, weight }];
    rule("r".into(), pb::rule::Parameters::Witnesses(pb::Witnesses { members }))
}

pub(crate) fn all() -> Vec<Refused> {
    [identities(), evidence(), realms(), government()].concat()
}
