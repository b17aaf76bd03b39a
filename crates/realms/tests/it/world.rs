//! A small log without signatures: events are judged, then applied.

use std::collections::BTreeMap;

use erynoa_events::{
    Body, Event, EventError, JoinPolicy, MemberBanned, Proposal, ProposalKind, RealmCreated,
    RealmJoined, RealmLeft, RealmUse, Rule, RuleParameters, Vote,
};
use erynoa_kernel::{Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId};
use erynoa_realms::{Entry, Identities, Judge, RealmFold, TrustView};

pub const LOG_KEY: PublicKey = PublicKey::from_bytes([7; 32]);
pub const HOUR_US: u64 = 3_600_000_000;
/// Trust of a newcomer.
pub const NEWCOMER: [u32; 6] = [100_000; 6];

pub fn who(n: u8) -> IdentityId {
    IdentityId::from_bytes([n; 32])
}

pub fn realm(n: u8) -> RealmId {
    RealmId::from_bytes([100 + n; 32])
}

pub fn root() -> RealmId {
    RealmId::root_of(&LOG_KEY)
}

/// Identities 1 to 99 are persons, 100 to 149 spirits of person n − 100, the
/// others unknown.
pub struct People;

impl Identities for People {
    fn knows(&self, identity: &IdentityId) -> bool {
        (1..150).contains(&identity.as_bytes()[0])
    }

    fn root_of(&self, identity: &IdentityId) -> IdentityId {
        match identity.as_bytes()[0] {
            n @ 100..150 => who(n - 100),
            n => who(n),
        }
    }

    /// 98 and 148 have been deactivated.
    fn is_active(&self, identity: &IdentityId) -> bool {
        self.knows(identity) && !matches!(identity.as_bytes()[0], 98 | 148)
    }

    fn is_live(&self, identity: &IdentityId, key: &PublicKey) -> bool {
        key.as_bytes() == identity.as_bytes()
    }

    fn namespace_of(&self, identity: &IdentityId) -> Option<Namespace> {
        match identity.as_bytes()[0] {
            1..100 => Some(Namespace::SelfHood),
            100..150 => Some(Namespace::Spirit),
            _ => None,
        }
    }
}

/// Trust as it is put.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    pub values: BTreeMap<(RealmId, IdentityId), [u32; 6]>,
    /// Where it is less than the values.
    pub earned: BTreeMap<(RealmId, IdentityId), [u32; 6]>,
    pub voices: Vec<(RealmId, IdentityId)>,
}

impl TrustView for Trust {
    fn values_ppm(&self, realm: &RealmId, identity: &IdentityId) -> [u32; 6] {
        self.values.get(&(*realm, *identity)).copied().unwrap_or(NEWCOMER)
    }

    fn earned_values_ppm(&self, realm: &RealmId, identity: &IdentityId) -> [u32; 6] {
        let earned = self.earned.get(&(*realm, *identity)).copied();
        earned.unwrap_or_else(|| self.values_ppm(realm, identity))
    }

    fn standing(&self, realm: &RealmId, identity: &IdentityId) -> (u32, bool) {
        let voice = self.voices.contains(&(*realm, *identity));
        (if voice { 300_000 } else { 100_000 }, voice)
    }
}

#[derive(Debug)]
pub struct World {
    pub fold: RealmFold,
    pub trust: Trust,
    /// Whom events are about that are not in the fold.
    pub subjects: BTreeMap<EventId, IdentityId>,
    pub sequence: u64,
    pub now_us: u64,
}

impl World {
    /// A root realm with founder 1, one epoch closed.
    pub fn new() -> Self {
        Self::with_root_rules(Vec::new())
    }

    pub fn with_root_rules(rules: Vec<Rule>) -> Self {
        let mut world = Self {
            fold: RealmFold::new(&LOG_KEY),
            trust: Trust::default(),
            subjects: BTreeMap::new(),
            sequence: 0,
            now_us: 1_000 * HOUR_US,
        };
        let created = RealmCreated {
            realm: root(),
            name: "root".to_owned(),
            founders: vec![who(1)],
            rules,
            ..RealmCreated::default()
        };
        let log = world.fold.log_identity();
        world.say(log, root(), Body::RealmCreated(created)).expect("a root realm");
        world.close();
        world
    }

    pub fn event(&self, author: IdentityId, realm: RealmId, body: Body) -> Event {
        Event {
            author,
            realm,
            coordinate: Coordinate { wall_us: self.now_us, counter: 0 },
            prev: None,
            parents: Vec::new(),
            body,
        }
    }

    pub fn judge(&self, event: &Event) -> Result<RealmUse, EventError> {
        let judge = Judge {
            fold: &self.fold,
            trust: &self.trust,
            identities: &People,
            subject_of: &|target| self.subjects.get(target).copied(),
        };
        judge.judge(event, 300, RealmUse::default())
    }

    pub fn apply(&mut self, event: &Event) -> EventId {
        let mut id = [0xEE; 32];
        id[..8].copy_from_slice(&self.sequence.to_be_bytes());
        let id = EventId::from_bytes(id);
        let entry = Entry { sequence: self.sequence, id, event, bytes: 300 };
        self.fold.apply(&entry, &self.trust, &People);
        self.sequence += 1;
        id
    }

    /// Judges, then applies.
    pub fn say(
        &mut self,
        author: IdentityId,
        realm: RealmId,
        body: Body,
    ) -> Result<EventId, EventError> {
        let event = self.event(author, realm, body);
        self.judge(&event)?;
        Ok(self.apply(&event))
    }

    /// Codes of every violation, in order.
    pub fn refused(&self, author: IdentityId, realm: RealmId, body: Body) -> Vec<&'static str> {
        match self.judge(&self.event(author, realm, body)) {
            Ok(_) => Vec::new(),
            Err(error) => error.violations.iter().map(|violation| violation.code).collect(),
        }
    }

    pub fn close(&mut self) {
        self.fold.close(self.now_us, &self.trust, &People);
    }

    pub fn pass(&mut self, us: u64) {
        self.now_us += us;
        self.close();
    }

    /// The log's key announces all that is due.
    pub fn announce(&mut self) -> Vec<Body> {
        let mut said = Vec::new();
        while let Some((realm, body)) = self.fold.due().into_iter().next() {
            let log = self.fold.log_identity();
            self.say(log, realm, body.clone()).expect("what is due is accepted");
            said.push(body);
        }
        said
    }

    pub fn create(&mut self, created: RealmCreated) -> Result<EventId, EventError> {
        let author = created.founders[0];
        self.say(author, created.realm, Body::RealmCreated(created))
    }

    /// A realm with one founder below a parent.
    pub fn found(&mut self, id: RealmId, parent: RealmId, founder: u8, rules: Vec<Rule>) {
        let created = below(id, parent, founder, rules);
        self.create(created).expect("a realm that may be");
    }

    /// A member without the guard's checks: joins an open realm with full trust.
    pub fn enter(&mut self, id: RealmId, n: u8) {
        let parent = self.fold.ancestors(&id).last().map(|realm| realm.id).expect("not the root");
        self.trust.values.insert((parent, who(n)), [1_000_000; 6]);
        self.say(who(n), id, Body::RealmJoined(RealmJoined::default())).expect("joins");
        self.trust.values.remove(&(parent, who(n)));
    }

    pub fn propose(&mut self, author: u8, realm: RealmId, proposal: Proposal) -> EventId {
        self.say(who(author), realm, Body::Proposal(proposal)).expect("a proposal that may be")
    }

    /// Brings a new proposal into voting.
    pub fn begin_voting(&mut self) {
        self.pass(1);
        self.pass(48 * HOUR_US);
    }

    pub fn vote(
        &mut self,
        n: u8,
        realm: RealmId,
        proposal: EventId,
        votes: i8,
    ) -> Result<EventId, EventError> {
        self.say(who(n), realm, Body::Vote(vote(proposal, votes)))
    }
}

pub fn below(id: RealmId, parent: RealmId, founder: u8, rules: Vec<Rule>) -> RealmCreated {
    RealmCreated {
        realm: id,
        name: format!("realm {}", id.as_bytes()[0]),
        founders: vec![who(founder)],
        parent: Some(parent),
        nonce: Some([0; 16]),
        rules,
        ..RealmCreated::default()
    }
}

pub fn rule(id: &str, parameters: RuleParameters) -> Rule {
    Rule { id: id.to_owned(), effective_from_us: 0, parameters }
}

pub fn least(norm_ppm: u32) -> Rule {
    rule("least", RuleParameters::MinTrust { norm_ppm })
}

pub fn join(policy: JoinPolicy) -> Rule {
    rule("join", RuleParameters::Join(policy))
}

pub fn cedar(text: &str) -> Rule {
    rule("conduct", RuleParameters::Expression { cedar: text.to_owned() })
}

pub fn proposal(kind: ProposalKind) -> Proposal {
    Proposal {
        kind,
        title: "a title".to_owned(),
        text: String::new(),
        set: Vec::new(),
        removed: Vec::new(),
        member: None,
        admit: false,
    }
}

pub fn sets(kind: ProposalKind, rules: Vec<Rule>) -> Proposal {
    Proposal { set: rules, ..proposal(kind) }
}

pub fn vote(proposal: EventId, votes: i8) -> Vote {
    Vote { proposal, votes, veto: false, comment: String::new() }
}

pub fn veto(proposal: EventId) -> Body {
    Body::Vote(Vote { proposal, votes: 0, veto: true, comment: String::new() })
}

pub fn leaves() -> Body {
    Body::RealmLeft(RealmLeft::default())
}

pub fn joins() -> Body {
    Body::RealmJoined(RealmJoined::default())
}

pub fn excludes(member: u8, proposal: EventId) -> Body {
    Body::MemberBanned(MemberBanned { member: who(member), proposal, lifted: false })
}
