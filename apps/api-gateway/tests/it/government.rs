//! A realm from its creation through a decision to a new rule, as clients see it.

use erynoa_events::{
    Body, Custom, JoinPolicy, Proposal, ProposalKind, RealmCreated, RealmJoined, RealmLeft, Rule,
    RuleParameters, Vote, encode_proposal,
};
use erynoa_kernel::{EventId, RealmId};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::governance_service_client::GovernanceServiceClient;
use erynoa_proto::api::v1::realm_service_client::RealmServiceClient;
use erynoa_proto::protocol::v1 as protocol;
use prost::Message;
use tonic::Status;
use tonic::transport::Channel;

use crate::notifications::told;
use crate::seat::{Person, Seat, code_of, config, operator};

const HOUR_US: u64 = 3_600_000_000;
/// 2026-01-01
const START_US: u64 = 1_767_225_600_000_000;

fn rule(id: &str, parameters: RuleParameters) -> Rule {
    Rule { id: id.into(), effective_from_us: 0, parameters }
}

fn violations(status: &Status) -> Vec<api::Violation> {
    let rich = tonic_types::pb::Status::decode(status.details()).unwrap();
    rich.details
        .iter()
        .filter(|detail| detail.type_url.ends_with("/erynoa.api.v1.Violation"))
        .map(|detail| api::Violation::decode(detail.value.as_slice()).unwrap())
        .collect()
}

/// A realm below the root in which the founder alone votes.
struct Town {
    seat: Seat,
    founder: Person,
    realm: RealmId,
    now_us: u64,
    _folder: tempfile::TempDir,
}

impl Town {
    async fn found(rules: Vec<Rule>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path());
        config.log.clock = erynoa_api_gateway::config::LogClock::Events;
        let seat = Seat::take(config).await;
        let mut founder = Person::new(1);
        founder.starts_at(START_US);
        let (_, root) = operator(&seat, &mut founder).await;
        let nonce = [5; 16];
        let realm = RealmId::of(&founder.id, &root, "Bakers", &nonce);
        let created = RealmCreated {
            realm,
            name: "Bakers".into(),
            founders: vec![founder.id],
            parent: Some(root),
            nonce: Some(nonce),
            rules,
            ..RealmCreated::default()
        };
        let now_us = START_US + HOUR_US;
        let event = founder.says_at(now_us, realm, Body::RealmCreated(created));
        seat.submit(&event).await.unwrap();
        Self { seat, founder, realm, now_us, _folder: folder }
    }

    async fn founder_says(&mut self, body: Body) -> EventId {
        self.now_us += 1_000_000;
        let event = self.founder.says_at(self.now_us, self.realm, body);
        self.seat.submit(&event).await.unwrap();
        event.id()
    }

    /// Days pass; each begins with a word of the founder.
    async fn days(&mut self, days: u64) {
        for _ in 0..days {
            self.now_us += 24 * HOUR_US;
            let word = Custom { type_number: 9, version: 1, data: "a new day".into() };
            self.founder_says(Body::Custom(word)).await;
        }
    }

    fn realms(&self) -> RealmServiceClient<Channel> {
        RealmServiceClient::new(self.seat.channel.clone())
    }

    fn government(&self) -> GovernanceServiceClient<Channel> {
        GovernanceServiceClient::new(self.seat.channel.clone())
    }

    async fn proposal(&self, id: EventId) -> api::ProposalRecord {
        let request = api::GetProposalRequest { id: id.to_string() };
        self.government().get_proposal(request).await.unwrap().into_inner().proposal.unwrap()
    }

    async fn newcomer(&mut self, seed: u8) -> Person {
        let mut person = Person::new(seed);
        person.starts_at(self.now_us);
        self.seat.submit(&person.is_born("Nina Newcomer")).await.unwrap();
        person
    }

    async fn join(&mut self, person: &mut Person) -> Result<(), Status> {
        let before = person.head();
        let event =
            person.says_at(self.now_us, self.realm, Body::RealmJoined(RealmJoined::default()));
        let answer = self.seat.submit(&event).await;
        if answer.is_err() {
            person.unsays(before);
        }
        answer.map(drop)
    }
}

fn lower_to(norm_ppm: u32) -> Proposal {
    Proposal {
        kind: ProposalKind::Parameter,
        title: "Let newcomers in".into(),
        text: "We are too few.".into(),
        set: vec![rule("least-trust", RuleParameters::MinTrust { norm_ppm })],
        removed: Vec::new(),
        member: None,
        admit: false,
    }
}

#[tokio::test]
async fn a_passed_proposal_changes_the_rule_that_kept_a_newcomer_out() {
    let strict = vec![rule("least-trust", RuleParameters::MinTrust { norm_ppm: 500_000 })];
    let mut town = Town::found(strict).await;
    let mut nina = town.newcomer(2).await;
    let refused = town.join(&mut nina).await.unwrap_err();
    assert_eq!(code_of(&refused), "TRUST_TOO_LOW", "{refused:?}");

    let id = town.founder_says(Body::Proposal(lower_to(0))).await;
    let mut seen = vec![town.proposal(id).await.state()];
    while seen.last() != Some(&api::ProposalState::Voting) {
        town.days(1).await;
        seen.push(town.proposal(id).await.state());
        assert!(seen.len() < 8, "{seen:?}");
    }

    let vote = Vote { proposal: id, votes: 10, veto: false, comment: "yes".into() };
    let preview = api::PreviewVoteRequest {
        voter: town.founder.did(),
        proposal: id.to_string(),
        votes: 10,
        veto: false,
    };
    let preview = town.government().preview_vote(preview).await.unwrap().into_inner();
    assert!(preview.allowed, "{preview:?}");
    assert_eq!((preview.cost, preview.credits_left), (100, 100));
    town.founder_says(Body::Vote(vote.clone())).await;
    let head = town.founder.head();
    let again = town.founder.says_at(town.now_us + 1, town.realm, Body::Vote(vote));
    let twice = town.seat.submit(&again).await.unwrap_err();
    assert!(!violations(&twice).is_empty() || code_of(&twice) == "VOTE_DUPLICATE", "{twice:?}");
    town.founder.unsays(head);

    while seen.last() != Some(&api::ProposalState::Executed) {
        town.days(1).await;
        seen.push(town.proposal(id).await.state());
        assert!(seen.len() < 16, "{seen:?}");
    }
    seen.dedup();
    let whole_life = [
        api::ProposalState::Draft,
        api::ProposalState::Discussion,
        api::ProposalState::Voting,
        api::ProposalState::Timelock,
        api::ProposalState::Executed,
    ];
    assert_eq!(seen, whole_life);
    let done = town.proposal(id).await;
    assert!(!done.closed_by.is_empty(), "the log has said so");

    let request = api::ListRulesRequest { realm: town.realm.to_string() };
    let rules = town.realms().list_rules(request).await.unwrap().into_inner().rules;
    let own = rules.iter().find(|rule| !rule.inherited).unwrap();
    let said = own.rule.clone().unwrap().parameters.unwrap();
    let lowered = protocol::rule::Parameters::MinTrust(protocol::MinTrust { norm_ppm: 0 });
    assert_eq!(said, lowered);
    town.join(&mut nina).await.unwrap();
    let request = api::ListMembersRequest { realm: town.realm.to_string(), ..Default::default() };
    let members = town.realms().list_members(request).await.unwrap().into_inner().members;
    assert_eq!(members.len(), 2);
    town.seat.leave().await;
}

#[tokio::test]
async fn members_hear_of_a_proposal_when_it_opens_and_its_author_too_when_it_ends() {
    let open = vec![rule("least-trust", RuleParameters::MinTrust { norm_ppm: 0 })];
    let mut town = Town::found(open).await;
    let mut nina = town.newcomer(2).await;
    town.join(&mut nina).await.unwrap();
    let ninas = nina.signs_in(&town.seat).await.unwrap().access_token;
    let founders = town.founder.signs_in(&town.seat).await.unwrap().access_token;
    let id = town.founder_says(Body::Proposal(lower_to(100_000))).await;
    let opened = told(&town.seat, &ninas, 1).await.remove(0);
    assert_eq!(opened.kind(), api::NotificationKind::ProposalOpened);
    assert_eq!((&*opened.words["title"], &*opened.words["realm"]), ("Let newcomers in", "Bakers"));
    assert_eq!(opened.link, format!("/realms/{}/proposals/{id}", town.realm));

    let mut days = 0;
    while town.proposal(id).await.state() != api::ProposalState::Defeated {
        town.days(1).await;
        days += 1;
        assert!(days < 16, "nobody votes, so it ends");
    }
    let both = told(&town.seat, &ninas, 2).await;
    assert_eq!(both[1], opened);
    for ended in [&both[0], &told(&town.seat, &founders, 1).await[0]] {
        assert_eq!(ended.kind(), api::NotificationKind::ProposalClosed);
        assert_eq!(ended.words["outcome"], "defeated");
        assert_eq!(ended.link, opened.link);
    }
    town.seat.leave().await;
}

#[tokio::test]
async fn every_member_stands_on_exactly_one_page_founders_first() {
    let mut town =
        Town::found(vec![rule("least-trust", RuleParameters::MinTrust { norm_ppm: 0 })]).await;
    let mut people = Vec::new();
    for seed in 2..7 {
        let mut person = town.newcomer(seed).await;
        town.join(&mut person).await.unwrap();
        people.push(person);
    }
    let left = people[0].says_at(town.now_us, town.realm, Body::RealmLeft(RealmLeft::default()));
    town.seat.submit(&left).await.unwrap();
    let mut realms = town.realms();
    let mut members = async |realm: String, query: &str, include_former: bool| {
        let (mut all, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = api::ListMembersRequest {
                realm: realm.clone(),
                query: query.to_owned(),
                include_former,
                page_size: 2,
                page_token,
            };
            let page = realms.list_members(request).await.unwrap().into_inner();
            assert!(!page.members.is_empty() && page.members.len() <= 2);
            all.extend(page.members.into_iter().map(|member| member.identity));
            if page.next_page_token.is_empty() {
                assert_eq!(page.total, all.len() as u64);
                return all;
            }
            page_token = page.next_page_token;
        }
    };
    let dids = |people: &[Person]| people.iter().map(Person::did).collect::<Vec<_>>();
    let founder = town.founder.did();
    let bakers = town.realm.to_string();
    let now = members(bakers.clone(), "", false).await;
    assert_eq!(now, [vec![founder.clone()], dids(&people[1..])].concat());
    let ever = members(bakers.clone(), "", true).await;
    assert_eq!(ever, [vec![founder.clone()], dids(&people)].concat());
    assert_eq!(members(bakers, "newcomer", false).await, dids(&people[1..]));
    let everybody = members(String::new(), "", false).await;
    assert_eq!((everybody.len(), &everybody[0]), (7, &founder), "and the log itself");
    assert_eq!(everybody[2..], dids(&people));
    assert_eq!(members(String::new(), "nina", true).await, dids(&people));
    town.seat.leave().await;
}

#[tokio::test]
async fn a_refused_join_names_everything_that_is_missing_at_once_and_stores_nothing() {
    let rules = vec![
        rule("credential", RuleParameters::CredentialRequired { credential_type: "baker".into() }),
        rule("joining", RuleParameters::Join(JoinPolicy::Invitation)),
        rule("least-trust", RuleParameters::MinTrust { norm_ppm: 500_000 }),
    ];
    let mut town = Town::found(rules).await;
    let mut nina = town.newcomer(2).await;
    let refused = town.join(&mut nina).await.unwrap_err();
    let codes: Vec<String> =
        violations(&refused).into_iter().map(|violation| violation.code).collect();
    for code in ["TRUST_TOO_LOW", "CREDENTIAL_MISSING", "ENDORSEMENTS_MISSING"] {
        assert!(codes.iter().any(|known| known == code), "{code} is not in {codes:?}");
    }
    assert_eq!(code_of(&refused), "REALM_RULES_VIOLATED");

    let dry = api::CheckCrossingRequest {
        subject: nina.did(),
        to: town.realm.to_string(),
        ..Default::default()
    };
    let dry = town.realms().check_crossing(dry).await.unwrap().into_inner();
    assert!(!dry.allowed);
    let told: Vec<String> = dry.violations.into_iter().map(|violation| violation.code).collect();
    assert_eq!(told, codes, "the dry run says what the log says");
    town.seat.leave().await;
}

#[tokio::test]
async fn a_proposal_that_loosens_what_is_above_is_refused_in_the_dry_run_and_in_the_log() {
    let mut town = Town::found(Vec::new()).await;
    let strict = rule(
        "no-rule",
        RuleParameters::GovernanceTimes { discussion_s: 3_600, voting_s: 3_600, timelock_s: 3_600 },
    );
    // Rules of government are no parameters.
    let wrong = Proposal { set: vec![strict], ..lower_to(0) };
    let request = api::CheckProposalRequest {
        proposer: town.founder.did(),
        realm: town.realm.to_string(),
        proposal: encode_proposal(&wrong),
    };
    let checked = town.government().check_proposal(request).await.unwrap().into_inner();
    assert!(!checked.allowed);
    let codes: Vec<_> = checked.violations.iter().map(|v| v.code.as_str()).collect();
    assert_eq!(codes, ["PROPOSAL_KIND_MISMATCH"]);
    let event = town.founder.says_at(town.now_us + 1, town.realm, Body::Proposal(wrong));
    let refused = town.seat.submit(&event).await.unwrap_err();
    assert_eq!(code_of(&refused), "PROPOSAL_KIND_MISMATCH");
    town.seat.leave().await;
}
