//! Random histories of several realms.

use erynoa_events::{
    Body, CredentialIssued, Event, JoinPolicy, Proposal, ProposalKind, RealmLeft, Rule,
    RuleParameters, Vote,
};
use erynoa_kernel::{EventId, RealmId};
use erynoa_realms::{Entry, Phase, RealmFold};
use proptest::prelude::*;

use crate::world::{
    HOUR_US, LOG_KEY, People, Trust, World, below, joins, proposal, realm, root, rule, who,
};

/// What somebody tries.
#[derive(Clone, Debug)]
struct Try {
    author: u8,
    at: prop::sample::Index,
    what: u8,
    number: u32,
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let one = (1u8..8, any::<prop::sample::Index>(), 0u8..12, 0u32..1_000_000)
        .prop_map(|(author, at, what, number)| Try { author, at, what, number });
    prop::collection::vec(one, 1..80)
}

fn some_rule(number: u32) -> Rule {
    let parameters = match number % 4 {
        0 => RuleParameters::MinTrust { norm_ppm: number / 2 },
        1 => {
            RuleParameters::Join(if number > 500_000 { JoinPolicy::Open } else { JoinPolicy::Vote })
        }
        2 => RuleParameters::Quota { events: 1 + number % 50, bytes: 0, gas: 0, crossings: 0 },
        _ => RuleParameters::Judges(vec![who(1 + u8::try_from(number % 5).expect("below 5"))]),
    };
    rule(&format!("r{}", number % 7), parameters)
}

/// A log as it came about, with the ends of its epochs.
#[derive(Clone, Debug)]
enum Said {
    Entry(Box<Event>, EventId),
    Close(u64),
}

struct History {
    world: World,
    said: Vec<Said>,
}

impl History {
    fn say(&mut self, author: u8, at: RealmId, body: Body) -> Option<EventId> {
        let event = self.world.event(who(author), at, body);
        self.world.judge(&event).ok()?;
        let id = self.world.apply(&event);
        self.said.push(Said::Entry(Box::new(event), id));
        Some(id)
    }

    fn pass(&mut self, us: u64) {
        self.world.pass(us);
        self.said.push(Said::Close(self.world.now_us));
        while let Some((at, body)) = self.world.fold.due().into_iter().next() {
            let event = self.world.event(self.world.fold.log_identity(), at, body);
            self.world.judge(&event).expect("what is due is accepted");
            let id = self.world.apply(&event);
            self.said.push(Said::Entry(Box::new(event), id));
        }
    }
}

fn run(tries: Vec<Try>) -> History {
    let mut history = History { world: World::new(), said: Vec::new() };
    for n in 1..8u8 {
        for at in 0..4 {
            let at = if at == 0 { root() } else { realm(at) };
            history.world.trust.values.insert((at, who(n)), [u32::from(n) * 120_000; 6]);
        }
    }
    let mut realms = vec![root()];
    let mut proposals: Vec<(EventId, RealmId)> = Vec::new();
    for Try { author, at, what, number } in tries {
        let place = *at.get(&realms);
        match what {
            0 if realms.len() < 4 => {
                let id = realm(u8::try_from(realms.len()).expect("few"));
                let created = below(id, place, author, vec![some_rule(number)]);
                if history.say(author, id, Body::RealmCreated(created)).is_some() {
                    realms.push(id);
                }
            }
            1 | 2 => drop(history.say(author, place, joins())),
            3 => drop(history.say(author, place, Body::RealmLeft(RealmLeft::default()))),
            4 => {
                let issued = CredentialIssued {
                    subject: who(1 + u8::try_from(number % 7).expect("below 7")),
                    credential_type: "person".to_owned(),
                    claim: String::new(),
                    content_hash: None,
                    expires_at_us: (number % 3 == 0).then_some(history.world.now_us + HOUR_US),
                };
                history.say(author, place, Body::CredentialIssued(issued));
            }
            5 | 6 => {
                let kind = ProposalKind::ALL[number as usize % 5];
                let set = match kind {
                    ProposalKind::Treasury | ProposalKind::Member => Vec::new(),
                    _ => vec![some_rule(number)],
                };
                let member = (kind == ProposalKind::Member).then_some(who(3));
                let said = Proposal { set, member, admit: number % 2 == 0, ..proposal(kind) };
                let id = history.say(author, place, Body::Proposal(said));
                proposals.extend(id.map(|id| (id, place)));
            }
            7 | 8 if !proposals.is_empty() => {
                let (proposal, place) = *at.get(&proposals);
                let veto = number % 5 == 0;
                let votes = if veto { 0 } else { i8::try_from(1 + number % 6).expect("few") };
                let vote = Vote { proposal, votes, veto, comment: String::new() };
                history.say(author, place, Body::Vote(vote));
            }
            _ => history.pass(u64::from(number % 90) * HOUR_US),
        }
    }
    for _ in 0..6 {
        history.pass(200 * HOUR_US);
    }
    history
}

/// Applies a log without judging it.
fn replay(start: &RealmFold, said: &[Said], trust: &Trust) -> RealmFold {
    let mut fold = start.clone();
    let mut sequence = 1;
    for said in said {
        match said {
            Said::Entry(event, id) => {
                let entry = Entry { sequence, id: *id, event, bytes: 300 };
                fold.apply(&entry, trust, &People);
                sequence += 1;
            }
            Said::Close(at_us) => fold.close(*at_us, trust, &People),
        }
    }
    fold
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn k25_the_same_log_makes_the_same_realms(tries in tries()) {
        let start = World::new().fold;
        let history = run(tries);
        let again = replay(&start, &history.said, &history.world.trust);
        prop_assert_eq!(format!("{:?}", again.rules(&realm(1))), format!("{:?}", history.world.fold.rules(&realm(1))));
        prop_assert_eq!(format!("{again:?}"), format!("{:?}", history.world.fold));
        prop_assert_eq!(again.find(&root()).map(|r| r.id), Some(RealmId::root_of(&LOG_KEY)));
    }

    #[test]
    fn every_proposal_ends_and_its_numbers_agree_with_its_votes(tries in tries()) {
        let history = run(tries);
        let fold = &history.world.fold;
        prop_assert!(fold.due().is_empty());
        for proposal in fold.proposals(None) {
            let ended = matches!(proposal.phase, Phase::Executed | Phase::Defeated | Phase::Vetoed);
            prop_assert!(ended && proposal.closed_by.is_some(), "{:?}", proposal.phase);
            let (mut votes_for, mut votes_against) = (0u64, 0u64);
            for ballot in proposal.ballots.iter().filter(|ballot| !ballot.veto) {
                let weight = u64::from(ballot.votes.unsigned_abs()) * u64::from(ballot.norm_ppm);
                *(if ballot.votes > 0 { &mut votes_for } else { &mut votes_against }) += weight;
            }
            prop_assert_eq!((votes_for, votes_against), (proposal.tally.votes_for, proposal.tally.votes_against));
            if proposal.phase == Phase::Executed {
                prop_assert!(proposal.tally.passes(proposal.said.kind, proposal.eligible));
            }
            let vetoed = erynoa_realms::is_vetoed(proposal.veto_weight, proposal.eligible_weight);
            prop_assert_eq!(vetoed, proposal.phase == Phase::Vetoed);
            prop_assert!(proposal.veto_weight <= proposal.eligible_weight);
        }
        prop_assert_eq!(fold.realms().map(|r| fold.open_proposals(&r.id)).sum::<usize>(), 0);
    }
}
