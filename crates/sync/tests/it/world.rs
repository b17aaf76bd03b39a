//! One world: nodes, a network, faults, and what happens when.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use bytes::Bytes;
use erynoa_events::{SigningKey, WitnessSet};
use erynoa_kernel::{DAY_US, IdentityId, Namespace, PublicKey};
use erynoa_sync::{
    Batch, Input, NetworkError, Node, NodeId, Protocol, Role, Settings, SignedHead, Standing,
    WitnessKey,
};

use crate::dice::Dice;
use crate::fold::Genuine;
use crate::host::{Host, name_of};
use crate::laws::Law;
use crate::plan::{Kind, Plan, SECOND, Vice, Weather};
use crate::town::Town;
use crate::villain::Villain;

/// When worlds begin.
pub(crate) const START: u64 = 20_000 * DAY_US;
/// The log.
pub(crate) const ORIGIN: &str = "town.example/log";
/// How long a calm world has to come to rest.
const CALM: u64 = 400 * SECOND;

pub(crate) enum Actor {
    Honest(Box<Host>),
    Villain(Box<Villain>),
}

/// Something on its way to a disk.
pub(crate) enum Write {
    Entries { entries: Vec<Bytes>, closes: bool },
    Head(SignedHead),
    Batch(Batch),
    Promise(SignedHead),
    Sign(SignedHead),
}

pub(crate) enum What {
    Tick(usize),
    Deliver { to: usize, from: usize, topic: Rc<str>, bytes: Bytes, id: u64 },
    Ask { to: usize, from: usize, life: u32, call: u64, bytes: Bytes },
    Answer { to: usize, life: u32, call: u64, result: Result<Bytes, NetworkError> },
    Durable { at: usize, life: u32, write: Write },
    Crash(usize),
    Restart(usize),
    Home(usize),
    Part,
    Heal,
    Jump(usize),
    Mischief(usize),
    Calm,
}

/// A law that does not hold, and how.
pub(crate) type Breach = (Law, String);

pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) dice: Dice,
    pub(crate) town: Town,
    pub(crate) actors: Vec<Actor>,
    pub(crate) genuine: Genuine,
    pub(crate) now: u64,
    queue: BTreeMap<(u64, u64), What>,
    serial: u64,
    /// Who may be connected with whom, lower index first.
    pub(crate) links: BTreeSet<(usize, usize)>,
    pub(crate) connected: BTreeSet<(usize, usize)>,
    /// Connections over which nothing comes.
    pub(crate) silent: BTreeSet<(usize, usize)>,
    /// Links that are cut.
    pub(crate) cut: BTreeSet<(usize, usize)>,
    pub(crate) weather: Weather,
    pub(crate) sending_until: Vec<u64>,
    pub(crate) writing_until: Vec<u64>,
    pub(crate) calm: bool,
    /// What homes have acknowledged, by home.
    pub(crate) acknowledged: BTreeMap<usize, Vec<(u64, Bytes)>>,
    /// Everything that witnesses have ever signed: who, size, root.
    pub(crate) signed: Vec<(usize, u64, [u8; 32])>,
    /// Position of the first entry that does not follow.
    pub(crate) lie_at: Option<u64>,
    /// The first note of the home.
    pub(crate) first_note: Option<String>,
    pub(crate) set: WitnessSet,
    pub(crate) broken: Vec<Breach>,
    pub(crate) bytes_in: Vec<u64>,
    pub(crate) messages_in: Vec<u64>,
    trace: blake3::Hasher,
    pub(crate) verbose: bool,
}

impl World {
    pub(crate) fn new(plan: Plan, verbose: bool) -> Self {
        let mut dice = Dice::new(plan.seed);
        let town = Town::new(&mut dice, 6);
        let weather = plan.weather;
        let mut world = Self {
            actors: Vec::new(),
            genuine: Genuine::default(),
            now: START,
            queue: BTreeMap::new(),
            serial: 0,
            links: BTreeSet::new(),
            connected: BTreeSet::new(),
            silent: BTreeSet::new(),
            cut: BTreeSet::new(),
            weather,
            sending_until: Vec::new(),
            writing_until: Vec::new(),
            calm: false,
            acknowledged: BTreeMap::new(),
            signed: Vec::new(),
            lie_at: None,
            first_note: None,
            set: WitnessSet::default(),
            broken: Vec::new(),
            bytes_in: Vec::new(),
            messages_in: Vec::new(),
            trace: blake3::Hasher::new(),
            verbose,
            plan,
            dice,
            town,
        };
        world.people_it();
        world.wire_it();
        world.plan_faults();
        world
    }

    pub(crate) fn homes(&self) -> usize {
        if self.plan.kind == Kind::Fork { 2 } else { 1 }
    }

    fn people_it(&mut self) {
        let log_key = self.town.log_public();
        let homes = self.homes();
        for at in 0..self.plan.honest {
            let (key, role) = if at < homes {
                (self.town.log_key.clone(), Role::Home)
            } else if at < homes + self.plan.witnesses {
                (SigningKey::from_seed(self.dice.seed()), Role::Witness)
            } else {
                (SigningKey::from_seed(self.dice.seed()), Role::Follower)
            };
            let full = self.plan.full || role == Role::Home;
            let mut host = Host::new(key, role, full, log_key);
            let skew = self.dice.below(120);
            host.skew_us = i64::try_from(skew * SECOND).expect("a minute") - 60_000_000;
            self.actors.push(Actor::Honest(Box::new(host)));
        }
        for vice in self.plan.vices.clone() {
            let key = SigningKey::from_seed(self.dice.seed());
            self.actors.push(Actor::Villain(Box::new(Villain::new(vice, key))));
        }
        let home = self.home_identity();
        self.set.weights.push((home, 1));
        for at in homes..(homes + self.plan.witnesses).min(self.plan.honest) {
            let who = IdentityId::of(Namespace::Craft, &self.id(at).0);
            self.set.weights.push((who, 1));
        }
        let count = self.actors.len();
        (self.sending_until, self.bytes_in) = (vec![0; count], vec![0; count]);
        (self.messages_in, self.writing_until) = (vec![0; count], vec![0; count]);
        self.found_homes();
        for at in 0..count {
            self.start(at);
        }
    }

    pub(crate) fn home_identity(&self) -> IdentityId {
        IdentityId::of(Namespace::Craft, &self.town.log_public())
    }

    /// A mesh in which honest nodes reach each other without villains. The
    /// villains of a siege all sit around one victim.
    fn wire_it(&mut self) {
        let (honest, homes) = (self.plan.honest, self.homes());
        let victim = honest - 1;
        for at in homes..honest {
            let besieged = self.plan.kind == Kind::Siege && at == victim;
            let wanted = if besieged { 1 } else { self.plan.degree };
            for _ in 0..wanted {
                let other = self.dice.index(at);
                // The two halves of a fork have a home each.
                let other =
                    if self.plan.kind == Kind::Fork && other < homes { at % 2 } else { other };
                self.link(at, other);
            }
            if self.plan.kind == Kind::Fork && (at == homes || at == homes + 1) {
                self.link(at, at % 2);
            }
        }
        if self.plan.kind == Kind::Fork {
            self.link(homes, homes + 1);
        }
        for villain in honest..self.actors.len() {
            self.link(villain, victim);
            for _ in 0..2 {
                let other = self.dice.index(honest);
                self.link(villain, other);
            }
        }
        for (a, b) in self.links.clone() {
            // Only when the weather clears do the halves see each other.
            if self.crosses(a, b) {
                self.cut.insert((a, b));
            } else {
                self.connect(a, b);
            }
        }
    }

    pub(crate) fn crosses(&self, a: usize, b: usize) -> bool {
        self.plan.kind == Kind::Fork && a % 2 != b % 2
    }

    fn link(&mut self, a: usize, b: usize) {
        if a != b {
            self.links.insert((a.min(b), a.max(b)));
        }
    }

    fn plan_faults(&mut self) {
        let storm = self.plan.storm_us;
        for at in 0..self.actors.len() {
            let first = self.dice.below(SECOND);
            match &self.actors[at] {
                Actor::Honest(_) => {
                    self.at(first, What::Tick(at));
                    if at < self.homes() {
                        self.at(first, What::Home(at));
                    }
                }
                Actor::Villain(_) => self.at(first, What::Mischief(at)),
            }
        }
        let faults = !matches!(self.plan.kind, Kind::Fork | Kind::Lie);
        for _ in 0..self.plan.crashes {
            let (when, who) = (self.dice.below(storm), self.dice.index(self.plan.honest));
            if faults || who >= self.homes() {
                self.at(when, What::Crash(who));
            }
        }
        for _ in 0..self.plan.partitions * u64::from(faults) {
            let when = self.dice.below(storm);
            self.at(when, What::Part);
        }
        for _ in 0..self.plan.jumps {
            let (when, who) = (self.dice.below(storm), self.dice.index(self.plan.honest));
            self.at(when, What::Jump(who));
        }
        self.at(storm, What::Calm);
    }

    pub(crate) fn at(&mut self, after: u64, what: What) {
        self.serial += 1;
        self.queue.insert((self.now + after, self.serial), what);
    }

    /// Plays until the world has come to rest, or for too long.
    pub(crate) fn play(&mut self) {
        let end = START + self.plan.storm_us + CALM;
        let mut look = START + self.plan.storm_us + SECOND;
        while let Some(((now, _), what)) = self.queue.pop_first() {
            self.now = now;
            if now > end {
                break;
            }
            if now >= look {
                look = now + SECOND;
                if self.is_at_rest() {
                    break;
                }
            }
            self.happen(what);
        }
        self.judge_the_end();
    }

    /// Goes on for some seconds.
    pub(crate) fn continue_for(&mut self, seconds: u64) {
        let end = self.now + seconds * SECOND;
        while let Some(((now, _), what)) = self.queue.pop_first() {
            self.now = now;
            if now > end {
                break;
            }
            self.happen(what);
        }
    }

    /// The node at `at` loses its disk and starts anew. Returns the bytes that
    /// it lacks.
    pub(crate) fn forget(&mut self, at: usize) -> u64 {
        let Some(host) = self.host_mut(at) else { return 0 };
        let missing = host.disk.entries.iter().map(|entry| entry.len() as u64).sum();
        host.crash();
        host.disk = crate::host::Disk::default();
        host.finality = 0;
        for other in self.neighbours(at) {
            self.disconnect(at, other);
        }
        self.start(at);
        self.reconnect(at);
        missing
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Tick(at) => {
                self.at(SECOND, What::Tick(at));
                self.feed(at, Input::Tick);
            }
            What::Deliver { to, from, topic, bytes, id } => {
                self.deliver(to, from, &topic, &bytes, id);
            }
            What::Ask { to, from, life, call, bytes } => self.asked(to, from, life, call, &bytes),
            What::Answer { to, life, call, result } => {
                let Some(host) = self.host_mut(to) else { return };
                if host.life != life || host.pending.remove(&call).is_none() {
                    return;
                }
                let len = result.as_ref().map_or(0, Bytes::len) as u64;
                self.bytes_in[to] += len;
                self.messages_in[to] += u64::from(len > 0);
                self.say(5, to, usize::from(result.is_ok()), len);
                self.feed(to, Input::Answered { call, result });
            }
            What::Durable { at, life, write } => {
                if self.host(at).is_some_and(|host| host.life == life) {
                    self.durable(at, write);
                }
            }
            What::Crash(at) => self.crash(at),
            What::Restart(at) => {
                self.say(2, at, 0, 0);
                self.start(at);
                self.reconnect(at);
            }
            What::Home(at) => {
                let wait = self.dice.between(SECOND / 5, self.plan.submit_us);
                self.at(wait, What::Home(at));
                self.write_something(at);
            }
            What::Part => self.part(),
            What::Heal => self.heal(),
            What::Jump(at) => {
                let by = self.dice.below(1_200);
                let skew = i64::try_from(by * SECOND).expect("minutes") - 600_000_000;
                self.say(3, at, 0, by);
                if let Some(host) = self.host_mut(at) {
                    host.skew_us = skew;
                }
            }
            What::Mischief(at) => {
                let wait = self.dice.between(SECOND / 2, 2 * SECOND);
                self.at(wait, What::Mischief(at));
                self.mischief(at);
            }
            What::Calm => self.clear_up(),
        }
    }

    /// From now on nothing goes wrong any more but what villains do.
    fn clear_up(&mut self) {
        self.calm = true;
        self.weather = Weather { loss: 0, twice: 0, delay_us: (2_000, 50_000), bandwidth: 0 };
        self.say(4, 0, 0, 0);
        self.heal();
        self.cut.clear();
        for at in 0..self.plan.honest {
            let skew = self.dice.below(120);
            if let Some(host) = self.host_mut(at) {
                host.skew_us = i64::try_from(skew * SECOND).expect("a minute") - 60_000_000;
                if host.node.is_none() {
                    self.start(at);
                }
            }
            self.reconnect(at);
        }
    }

    fn crash(&mut self, at: usize) {
        if self.calm {
            return;
        }
        let down = self.dice.between(SECOND, 20 * SECOND);
        let Some(host) = self.host_mut(at) else { return };
        if host.node.is_none() {
            return;
        }
        host.crash();
        self.say(1, at, 0, 0);
        for other in self.neighbours(at) {
            self.disconnect(at, other);
        }
        self.at(down, What::Restart(at));
    }

    /// Starts a node from what is on its disk.
    pub(crate) fn start(&mut self, at: usize) {
        let (log_key, full) = (self.town.log_public(), self.plan.honest);
        let witnesses: Vec<WitnessKey> = (self.homes()
            ..full.min(self.homes() + self.plan.witnesses))
            .map(|at| self.id(at).0)
            .map(|key| WitnessKey { name: name_of(&key), key })
            .collect();
        // Home and witnesses take part, every third of the others, too.
        let standing: Vec<(NodeId, Standing)> = (0..self.actors.len())
            .map(|other| {
                let takes_part = match &self.actors[other] {
                    Actor::Honest(host) => host.role != Role::Follower || other % 3 == 0,
                    Actor::Villain(villain) => villain.vice == Vice::Poison,
                };
                let standing = if takes_part { Standing::Full } else { Standing::ReceiveOnly };
                (self.id(other), standing)
            })
            .collect();
        let Actor::Honest(host) = &mut self.actors[at] else { return };
        if host.node.is_some() {
            return;
        }
        host.refold(log_key, &mut self.genuine);
        let settings =
            Settings { origin: ORIGIN.into(), role: host.role, head: host.disk.head.clone() };
        host.node = Some(Node::new(host.key.clone(), settings));
        self.feed(at, Input::Witnesses(witnesses));
        for (node, standing) in standing {
            if node != self.id(at) {
                self.feed(at, Input::Standing(node, standing));
            }
        }
        self.sign_anew(at);
    }

    pub(crate) fn id(&self, at: usize) -> NodeId {
        match &self.actors[at] {
            Actor::Honest(host) => host.id,
            Actor::Villain(villain) => villain.id,
        }
    }

    pub(crate) fn host(&self, at: usize) -> Option<&Host> {
        match &self.actors[at] {
            Actor::Honest(host) => Some(host),
            Actor::Villain(_) => None,
        }
    }

    pub(crate) fn host_mut(&mut self, at: usize) -> Option<&mut Host> {
        match &mut self.actors[at] {
            Actor::Honest(host) => Some(host),
            Actor::Villain(_) => None,
        }
    }

    pub(crate) fn hosts(&self) -> impl Iterator<Item = (usize, &Host)> {
        (0..self.actors.len()).filter_map(|at| Some((at, self.host(at)?)))
    }

    /// The time that this node believes in.
    pub(crate) fn local_us(&self, at: usize) -> u64 {
        let skew = self.host(at).map_or(0, |host| host.skew_us);
        self.now.saturating_add_signed(skew)
    }

    pub(crate) fn is_up(&self, at: usize) -> bool {
        self.host(at).is_none_or(|host| host.node.is_some())
    }

    pub(crate) fn neighbours(&self, at: usize) -> Vec<usize> {
        let other = |&(a, b): &(usize, usize)| match at {
            _ if a == at => Some(b),
            _ if b == at => Some(a),
            _ => None,
        };
        self.connected.iter().filter_map(other).collect()
    }

    pub(crate) fn breaks(&mut self, law: Law, how: impl FnOnce() -> String) {
        if self.broken.iter().filter(|(broken, _)| *broken == law).count() < 3 {
            let now = (self.now - START) / 1_000;
            let how = format!("after {now} ms: {}", how());
            self.broken.push((law, how));
        }
    }

    /// One line of the trace.
    pub(crate) fn say(&mut self, what: u8, a: usize, b: usize, number: u64) {
        let mut line = [0; 33];
        line[0] = what;
        line[1..9].copy_from_slice(&self.now.to_le_bytes());
        line[9..17].copy_from_slice(&(a as u64).to_le_bytes());
        line[17..25].copy_from_slice(&(b as u64).to_le_bytes());
        line[25..].copy_from_slice(&number.to_le_bytes());
        self.trace.update(&line);
        if self.verbose {
            let ms = (self.now - START) / 1_000;
            let what = WORDS.get(usize::from(what)).unwrap_or(&"?");
            println!("{ms:>8} ms  {what:<12} {a:>3} {b:>3} {number:x}");
        }
    }

    pub(crate) fn trace(&self) -> [u8; 32] {
        *self.trace.finalize().as_bytes()
    }

    pub(crate) fn is_honest(&self, id: &NodeId) -> bool {
        self.hosts().any(|(_, host)| host.id == *id)
    }

    pub(crate) fn log_key(&self) -> PublicKey {
        self.town.log_public()
    }
}

/// What the numbers of the trace's lines mean.
const WORDS: [&str; 16] = [
    "?",
    "crash",
    "restart",
    "jump",
    "calm",
    "answered",
    "part",
    "hears",
    "asked",
    "stores",
    "signs",
    "witnessed",
    "bans",
    "forked",
    "unfit",
    "writes",
];

/// What everybody asks with.
pub(crate) const LOG: Protocol = Protocol::Log;
