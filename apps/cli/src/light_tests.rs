//! The laws of the check without trust.

use erynoa_events::{
    Body, Checkpoint, Custom, Event, KeyAdded, KeyPurpose, SigningKey, Tree, VerifiedEvent, cosign,
    key_added_message, leaf_hash, sign_event,
};
use erynoa_kernel::{Coordinate, EventId, IdentityId, Namespace, RealmId};

use crate::light::{
    Claim, Continuity, EntryClaim, Inclusion, LogKey, Outcome, SeenHead, State, Step, Verdict,
    check,
};
use crate::light_json::{bundle_document, claim_of};
use crate::light_witness::{Witness, changes, craft_did};

const ORIGIN: &str = "erynoa.example/log";
const TIME_S: u64 = 1_700_000_000;

fn seeded(byte: u8) -> SigningKey {
    SigningKey::from_seed([byte; 32])
}

fn log() -> LogKey {
    LogKey { origin: ORIGIN.to_owned(), key: seeded(2).public_key() }
}

fn event() -> VerifiedEvent {
    let author = seeded(1);
    let event = Event {
        author: IdentityId::of(Namespace::SelfHood, &author.public_key()),
        realm: RealmId::root_of(&log().key),
        coordinate: Coordinate { wall_us: 1, counter: 0 },
        prev: None,
        parents: Vec::new(),
        body: Body::Custom(Custom { type_number: 1, version: 1, data: vec![1].into() }),
    };
    sign_event(&event, &author).unwrap()
}

/// Five entries; the event is the second one.
fn tree_with(first: u8) -> Tree {
    let mut tree = Tree::new();
    tree.push(leaf_hash(&[first]));
    tree.push(leaf_hash(event().entry()));
    for entry in 2..5_u8 {
        tree.push(leaf_hash(&[entry]));
    }
    tree
}

fn tree() -> Tree {
    tree_with(0)
}

fn note_by(key: &SigningKey, tree: &Tree, size: u64, witnesses: &[u8]) -> String {
    let root = tree.root_at(size).unwrap();
    let mut note = Checkpoint { origin: ORIGIN.to_owned(), size, root }.sign(key);
    let text = note.clone();
    for (at, seed) in (0_u64..).zip(witnesses) {
        let key = seeded(*seed);
        note.push_str(&cosign(&text, &craft_did(&key.public_key()), &key, TIME_S + at).unwrap());
    }
    note
}

fn note(size: u64, witnesses: &[u8]) -> String {
    note_by(&seeded(2), &tree(), size, witnesses)
}

fn witness(seed: u8, weight: u64) -> Witness {
    let key = seeded(seed).public_key();
    Witness { did: craft_did(&key), name: format!("w{seed}"), keys: vec![key], weight }
}

fn four() -> Vec<Witness> {
    [11, 12, 13, 14].map(|seed| witness(seed, 1)).to_vec()
}

/// An entry under a head of four, which three of four witnesses have cosigned.
fn claim() -> Claim {
    let (tree, event) = (tree(), event());
    let inclusion = Inclusion {
        leaf_hash: leaf_hash(event.entry()).to_vec(),
        sequence: 1,
        size: 4,
        root: tree.root_at(4).unwrap().to_vec(),
        path: tree.inclusion(1, 4).unwrap(),
    };
    let (id, entry) = (event.id(), event.entry().clone());
    Claim {
        entry: Some(EntryClaim { id, entry, sequence: 1, inclusion: Some(inclusion) }),
        note: Some(note(4, &[11, 12, 13])),
        log: log(),
        identity: IdentityId::of(Namespace::Craft, &log().key),
        hand_overs: Vec::new(),
        is_key_given: false,
        witnesses: Some(four()),
        seen: None,
        continuity: Continuity::Missing,
    }
}

fn seen(note: String) -> Option<SeenHead> {
    Some(SeenHead { log: log(), note, witnessed: String::new(), is_forked: false })
}

fn grown() -> Continuity {
    Continuity::Path(tree().consistency(3, 4).unwrap())
}

fn code(verdict: &Verdict, step: Step) -> &'static str {
    verdict.outcome(step).unwrap().code()
}

fn consistency(claim: &Claim) -> &'static str {
    code(&check(claim), Step::Consistency)
}

#[test]
fn an_entry_under_a_head_with_a_quorum_is_witnessed() {
    let verdict = check(&claim());
    let outcomes: Vec<_> = verdict.steps.iter().map(|(step, outcome)| (*step, *outcome)).collect();
    assert_eq!(
        outcomes,
        [
            (Step::Event, Outcome::Holds),
            (Step::Leaf, Outcome::Holds),
            (Step::Inclusion, Outcome::Holds),
            (Step::Checkpoint, Outcome::Holds),
            (Step::Consistency, Outcome::Open("LOG_FIRST_SEEN")),
            (Step::Cosignatures, Outcome::Holds),
            (Step::Quorum, Outcome::Holds),
        ]
    );
    assert_eq!(verdict.state(), State::Witnessed);
    assert!(verdict.holds());
    let times: Vec<_> = verdict.count.said.iter().map(|said| said.time_s).collect();
    assert_eq!(times, [Some(TIME_S), Some(TIME_S + 1), Some(TIME_S + 2), None]);
    assert_eq!((verdict.count.signed, verdict.count.total), (3, 4));
}

#[test]
fn a_head_alone_has_four_steps() {
    let verdict = check(&Claim { entry: None, ..claim() });
    assert_eq!(verdict.steps.len(), 4);
    assert_eq!(verdict.state(), State::Witnessed);
}

#[test]
fn two_thirds_are_no_quorum_and_weights_decide() {
    let three = four()[..3].to_vec();
    let few = Claim { note: Some(note(4, &[11, 12])), witnesses: Some(three), ..claim() };
    let verdict = check(&few);
    assert_eq!((verdict.state(), verdict.holds()), (State::Proven, false));
    assert_eq!(code(&verdict, Step::Quorum), "QUORUM_MISSING");
    let heavy = vec![witness(11, 5), witness(12, 1), witness(13, 1)];
    assert_eq!(check(&Claim { witnesses: Some(heavy), ..few }).state(), State::Witnessed);
}

#[test]
fn without_a_set_the_log_stands_for_itself_and_an_unknown_set_proves_nothing() {
    let alone = check(&Claim { witnesses: Some(Vec::new()), ..claim() });
    assert_eq!(alone.state(), State::Witnessed);
    assert_eq!(alone.count.said[0].time_s, None);
    let unknown = check(&Claim { witnesses: None, ..claim() });
    assert_eq!((unknown.state(), unknown.holds()), (State::Proven, false));
    assert_eq!(code(&unknown, Step::Quorum), "WITNESSES_UNKNOWN");
}

#[test]
fn one_key_never_speaks_twice() {
    let mut twice = vec![witness(11, 1), witness(11, 1), witness(11, 1)];
    for (at, witness) in twice.iter_mut().enumerate() {
        witness.did = format!("nobody{at}");
    }
    let verdict = check(&Claim { witnesses: Some(twice), ..claim() });
    assert_eq!((verdict.count.signed, verdict.count.total), (1, 3));
}

#[test]
fn a_node_whose_did_is_not_that_of_its_key_is_not_counted() {
    let mut set = four();
    set[0].did = craft_did(&seeded(77).public_key());
    let verdict = check(&Claim { witnesses: Some(set), ..claim() });
    assert_eq!(verdict.count.said[0].outcome, Outcome::Fails("WITNESS_KEY_FOREIGN"));
    assert_eq!((verdict.count.signed, verdict.count.total), (2, 4));
    assert_eq!(code(&verdict, Step::Cosignatures), "WITNESS_KEY_FOREIGN");
}

#[test]
fn a_witness_signs_under_its_did_that_of_its_key_or_its_name_and_no_other() {
    let (key, bare) = (seeded(11), note(4, &[]));
    let did = "did:erynoa:guild:0001000100000000000000000000000000000000000000000000000000000000";
    let set = vec![Witness { did: did.to_owned(), ..witness(11, 1) }];
    let own = craft_did(&key.public_key());
    for (name, holds) in [(did, true), (&own, true), ("w11", true), ("w12", false)] {
        let signed = bare.clone() + &cosign(&bare, name, &key, TIME_S).unwrap();
        let claim = Claim { note: Some(signed), witnesses: Some(set.clone()), ..claim() };
        assert_eq!(check(&claim).count.signed == 1, holds, "{name}");
    }
}

#[test]
fn before_a_checkpoint_the_event_alone_is_checked() {
    let mut early = Claim { note: None, ..claim() };
    early.entry.as_mut().unwrap().inclusion = None;
    let verdict = check(&early);
    assert_eq!((verdict.state(), verdict.holds()), (State::Open, false));
    assert_eq!(verdict.steps[0], (Step::Event, Outcome::Holds));
    assert!(verdict.steps[1..].iter().all(|(_, o)| matches!(o, Outcome::Open(_))));
}

#[test]
fn a_log_that_has_grown_holds_with_its_proof_alone() {
    let grew = Claim { seen: seen(note(3, &[])), continuity: grown(), ..claim() };
    assert_eq!(consistency(&grew), "");
    assert_eq!(consistency(&Claim { seen: seen(note(4, &[])), ..claim() }), "");
    let wrong = "PROOF_CONSISTENCY_WRONG";
    for bit in 0..8 {
        for at in 0..grew_path().len() * 32 {
            let mut path = grew_path();
            path[at / 32][at % 32] ^= 1 << bit;
            let forged = Claim { continuity: Continuity::Path(path), ..grew.clone() };
            assert_eq!(consistency(&forged), wrong, "{at} {bit}");
        }
    }
    for continuity in [Continuity::Missing, Continuity::Path(Vec::new())] {
        assert_eq!(consistency(&Claim { continuity, ..grew.clone() }), wrong);
    }
    let rewritten = seen(note_by(&seeded(2), &tree_with(9), 3, &[]));
    let verdict = check(&Claim { seen: rewritten, ..grew.clone() });
    assert_eq!(verdict.state(), State::Forked);
    // A file asks nobody, so nothing can be said.
    let alone = Claim { continuity: Continuity::NotAsked, ..grew };
    assert_eq!(consistency(&alone), "PROOF_NEEDS_LOG");
}

fn grew_path() -> Vec<[u8; 32]> {
    tree().consistency(3, 4).unwrap()
}

#[test]
fn two_roots_of_one_size_are_a_fork_for_ever() {
    let before = seen(note_by(&seeded(2), &tree_with(9), 4, &[]));
    let forked = Claim { seen: before, ..claim() };
    assert_eq!(consistency(&forked), "LOG_FORKED");
    assert_eq!(check(&forked).state(), State::Forked);
    let mut marked = seen(note(4, &[])).unwrap();
    marked.is_forked = true;
    assert_eq!(consistency(&Claim { seen: Some(marked), ..claim() }), "LOG_FORKED");
}

#[test]
fn a_log_that_has_shrunk_is_open_without_a_proof_and_never_holds_with_a_wrong_one() {
    let shrunk = Claim { seen: seen(note(5, &[])), ..claim() };
    let verdict = check(&shrunk);
    assert_eq!(code(&verdict, Step::Consistency), "LOG_BEHIND");
    assert!(!verdict.holds());
    let path = tree().consistency(4, 5).unwrap();
    let joined = Claim { continuity: Continuity::Path(path), ..shrunk.clone() };
    assert_eq!(consistency(&joined), "");
    let wrong = Claim { continuity: Continuity::Path(vec![[7; 32]]), ..shrunk };
    assert_eq!(consistency(&wrong), "PROOF_CONSISTENCY_WRONG");
}

#[test]
fn another_key_or_name_is_a_change_unless_the_user_names_the_key() {
    let mut before = seen(note(3, &[])).unwrap();
    before.log.origin = "other".to_owned();
    assert_eq!(consistency(&Claim { seen: Some(before), ..claim() }), "LOG_KEY_CHANGED");
    // The log was handed over: the earlier head has the earlier key.
    let old = LogKey { key: seeded(5).public_key(), ..log() };
    let earlier = note_by(&seeded(5), &tree(), 3, &[]);
    let seen = SeenHead { log: old, note: earlier, witnessed: String::new(), is_forked: false };
    let moved = Claim { seen: Some(seen), continuity: grown(), ..claim() };
    assert_eq!(consistency(&moved), "LOG_KEY_CHANGED");
    let named = Claim { is_key_given: true, ..moved };
    assert_eq!(consistency(&named), "");
    assert_eq!(
        consistency(&Claim { continuity: Continuity::Missing, ..named }),
        "PROOF_CONSISTENCY_WRONG"
    );
}

#[test]
fn an_earlier_head_with_a_quorum_counts_for_what_it_covers_and_for_nothing_else() {
    let mut before = seen(note(3, &[])).unwrap();
    before.witnessed = note(3, &[11, 12, 13, 14]);
    let bare = Claim { note: Some(note(4, &[])), seen: Some(before), ..claim() };
    let covered = check(&Claim { continuity: grown(), ..bare.clone() });
    assert_eq!((covered.state(), covered.count.size), (State::Witnessed, Some(3)));
    assert_eq!(check(&bare).state(), State::Forked);
    let mut short = bare;
    short.seen.as_mut().unwrap().witnessed = note(1, &[11, 12, 13, 14]);
    let after = check(&Claim { continuity: grown(), ..short });
    assert_eq!(after.state(), State::Proven);
}

#[test]
fn every_flipped_bit_of_the_entry_is_refused() {
    let entry = claim().entry.unwrap().entry;
    for bit in 0..entry.len() * 8 {
        let mut bytes = entry.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let mut flipped = claim();
        flipped.entry.as_mut().unwrap().entry = bytes.into();
        let verdict = check(&flipped);
        assert_eq!(verdict.state(), State::Broken, "{bit}");
        assert!(verdict.event.is_none(), "{bit}");
    }
}

#[test]
fn every_flipped_bit_of_the_proof_is_refused() {
    let proof = claim().entry.unwrap().inclusion.unwrap();
    let refuse = |change: &dyn Fn(&mut Inclusion)| {
        let mut flipped = claim();
        change(flipped.entry.as_mut().unwrap().inclusion.as_mut().unwrap());
        assert_eq!(check(&flipped).state(), State::Broken);
    };
    for bit in 0..256 {
        refuse(&|proof| proof.leaf_hash[bit / 8] ^= 1 << (bit % 8));
        refuse(&|proof| proof.root[bit / 8] ^= 1 << (bit % 8));
        for at in 0..proof.path.len() {
            refuse(&|proof| proof.path[at][bit / 8] ^= 1 << (bit % 8));
        }
    }
    refuse(&|proof| proof.sequence = 0);
    refuse(&|proof| proof.size = 3);
    refuse(&|proof| proof.path.push([0; 32]));
    refuse(&|proof| proof.path.clear());
    let mut moved = claim();
    moved.entry.as_mut().unwrap().sequence = 0;
    assert_eq!(check(&moved).state(), State::Broken);
    let mut other = claim();
    other.entry.as_mut().unwrap().id = EventId::of(b"other");
    assert_eq!(code(&check(&other), Step::Event), "EVENT_ID_FOREIGN");
}

#[test]
fn every_flipped_bit_of_the_note_breaks_it_or_takes_a_cosignature_away() {
    let note = claim().note.unwrap();
    let own = note_end_of_own_line(&note);
    for bit in 0..note.len() * 8 {
        let mut bytes = note.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        // What is no text never reaches the check.
        let Ok(flipped) = String::from_utf8(bytes) else { continue };
        let verdict = check(&Claim { note: Some(flipped), ..claim() });
        if bit / 8 < own {
            assert_eq!(verdict.state(), State::Broken, "{bit}");
        } else {
            assert!(matches!(verdict.state(), State::Broken | State::Proven), "{bit}");
        }
        assert!(!verdict.holds(), "{bit}");
    }
}

fn note_end_of_own_line(note: &str) -> usize {
    let text = note.find("\n\n").unwrap() + 2;
    text + note[text..].find('\n').unwrap()
}

#[test]
fn a_line_that_is_no_cosignature_is_said_and_not_counted() {
    let bare = note(4, &[]);
    let foreign = note(5, &[11]);
    let line = foreign.lines().last().unwrap();
    let verdict = check(&Claim { note: Some(format!("{bare}{line}\n")), ..claim() });
    assert_eq!(code(&verdict, Step::Cosignatures), "COSIGNATURE_INVALID");
    assert_eq!(verdict.count.signed, 0);
    assert_eq!(verdict.state(), State::Proven);
}

#[test]
fn a_log_key_under_which_anybody_can_sign_signs_nothing() {
    let mut weak = claim();
    let mut identity = [0; 32];
    identity[0] = 1;
    weak.log.key = erynoa_kernel::PublicKey::from_bytes(identity);
    assert_eq!(code(&check(&weak), Step::Checkpoint), "CHECKPOINT_SIGNATURE_INVALID");
}

#[test]
fn a_file_says_what_was_told_and_joins_it_to_nothing() {
    let told = claim();
    let document = bundle_document(&told, told.witnesses.as_deref());
    let read = claim_of(&document.to_string()).unwrap();
    assert!(matches!(read.continuity, Continuity::NotAsked));
    assert!(read.seen.is_none());
    assert_eq!(check(&read).steps, check(&told).steps);
    let head = Claim { entry: None, witnesses: None, ..told };
    let read = claim_of(&bundle_document(&head, None).to_string()).unwrap();
    assert_eq!(check(&read).steps, check(&head).steps);
    for broken in ["", "{}", r#"{"format":1}"#, r#"{"format":2,"kind":"erynoa log proof"}"#] {
        assert!(claim_of(broken).is_err(), "{broken}");
    }
    let heavy: Vec<_> = [11, 12].map(|seed| witness(seed, u64::MAX)).to_vec();
    assert!(claim_of(&bundle_document(&claim(), Some(&heavy)).to_string()).is_err());
}

#[test]
fn a_changed_set_is_told_apart_and_a_new_name_is_no_change() {
    let mut renamed = four();
    renamed[0].name = "other".to_owned();
    assert!(changes(&four(), &renamed).is_empty());
    let mut now = four();
    now.remove(3);
    now[0].keys.push(seeded(99).public_key());
    now[1].weight = 7;
    now.push(witness(15, 1));
    let told = changes(&four(), &now);
    for (part, count) in [("keys of", 1), ("weight of", 1), ("added", 1), ("removed", 1)] {
        assert_eq!(told.iter().filter(|line| line.starts_with(part)).count(), count, "{part}");
    }
}

/// The log of `claim` as its next home signs it: entry 5 hands it over.
fn handed_over(signer: u8, author: IdentityId) -> Claim {
    let next = seeded(6);
    let added = KeyAdded {
        public_key: next.public_key(),
        countersignature: next.sign(&key_added_message(&author, &next.public_key())),
        label: "home".to_owned(),
        purposes: vec![KeyPurpose::SignIn, KeyPurpose::Assertion],
    };
    let event = Event {
        author,
        realm: RealmId::from_bytes([0; 32]),
        coordinate: Coordinate { wall_us: 2, counter: 0 },
        prev: Some(EventId::of(b"before")),
        parents: Vec::new(),
        body: Body::KeyAdded(added),
    };
    let event = sign_event(&event, &seeded(signer)).unwrap();
    let mut tree = tree();
    tree.push(leaf_hash(event.entry()));
    let proof = |sequence: u64| Inclusion {
        leaf_hash: tree.leaf(sequence).unwrap().to_vec(),
        sequence,
        size: 6,
        root: tree.root_at(6).unwrap().to_vec(),
        path: tree.inclusion(sequence, 6).unwrap(),
    };
    let (id, entry) = (event.id(), event.entry().clone());
    let mut claim = claim();
    claim.note = Some(note_by(&next, &tree, 6, &[11, 12, 13]));
    claim.entry.as_mut().unwrap().inclusion = Some(proof(1));
    claim.hand_overs = vec![EntryClaim { id, entry, sequence: 5, inclusion: Some(proof(5)) }];
    claim.seen = seen(note(4, &[]));
    claim.continuity = Continuity::Path(tree.consistency(4, 6).unwrap());
    claim
}

#[test]
fn a_key_to_which_the_known_one_has_handed_the_log_speaks_for_it() {
    let identity = claim().identity;
    let moved = handed_over(2, identity);
    let verdict = check(&moved);
    assert_eq!(verdict.state(), State::Witnessed);
    assert_eq!(code(&verdict, Step::Consistency), "");
    assert_eq!(verdict.key, seeded(6).public_key());
    // A server that names the new key at once proves the way to it, too.
    let mut told = moved.clone();
    told.log.key = seeded(6).public_key();
    assert_eq!(check(&told).state(), State::Witnessed);
    told.hand_overs.clear();
    assert_eq!(consistency(&told), "LOG_KEY_CHANGED");
    let read = claim_of(&bundle_document(&moved, None).to_string()).unwrap();
    assert_eq!(check(&read).key, seeded(6).public_key());
}

#[test]
fn a_hand_over_that_is_not_signed_by_the_known_key_for_the_log_is_none() {
    let identity = claim().identity;
    let other = IdentityId::of(Namespace::Craft, &seeded(8).public_key());
    let refused = |claim: &Claim| {
        let verdict = check(claim);
        assert_eq!(code(&verdict, Step::Checkpoint), "CHECKPOINT_SIGNATURE_INVALID");
    };
    refused(&handed_over(8, identity));
    refused(&handed_over(2, other));
    let genuine = handed_over(2, identity);
    for change in [
        |entry: &mut EntryClaim| entry.inclusion = None,
        |entry: &mut EntryClaim| entry.inclusion.as_mut().unwrap().path[0][0] ^= 1,
        |entry: &mut EntryClaim| entry.inclusion.as_mut().unwrap().size = 5,
        |entry: &mut EntryClaim| entry.id = EventId::of(b"other"),
    ] {
        let mut forged = genuine.clone();
        change(&mut forged.hand_overs[0]);
        refused(&forged);
    }
}
