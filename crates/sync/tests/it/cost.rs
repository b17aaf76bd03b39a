//! What replication costs, in bytes on the wire.
//!
//! Counted is every message that reaches the node itself, with its topic:
//! what the transport adds, and copies that it drops, are its own.

use erynoa_sync::{MAX_ENTRIES, Payload, checkpoints_topic, encode_gossip, events_topic};

use crate::plan::Plan;
use crate::world::{ORIGIN, World};

/// Bytes that a catch-up may cost whatever is missing: heads, cosignatures and
/// proofs of a few answers.
const CONSTANT: u64 = 8 * 1_024;

#[test]
fn catching_up_costs_what_is_missing() {
    for seed in 0..40 {
        let mut world = World::new(Plan::quiet(seed), false);
        world.play();
        assert!(world.broken.is_empty(), "seed {seed}: {:?}", world.broken);
        // A newcomer in place of the follower.
        let missing = world.forget(4);
        let (bytes, messages) = (world.bytes_in[4], world.messages_in[4]);
        world.continue_for(30);
        let (bytes, messages) = (world.bytes_in[4] - bytes, world.messages_in[4] - messages);
        let home = world.host(0).expect("a home");
        let host = world.host(4).expect("a follower");
        assert!(host.agrees_with(home), "seed {seed}: it has caught up");
        let most = CONSTANT + missing * 115 / 100;
        assert!(bytes <= most, "seed {seed}: {bytes} bytes for {missing} missing");
        let answers = host.disk.entries.len().div_ceil(MAX_ENTRIES) as u64;
        assert!(messages <= 40 + 2 * answers, "seed {seed}: {messages} messages");
    }
}

#[test]
fn one_new_event_costs_a_follower_two_kibibytes_at_most_beyond_the_event() {
    let mut worst = (0, 0, 0);
    for seed in 0..40 {
        let mut world = World::new(Plan::quiet(seed), false);
        world.play();
        let home = world.host(0).expect("a home");
        let (closed, head) = (home.disk.entries.last(), home.disk.head.clone());
        let (closed, head) = (closed.expect("an epoch").clone(), head.expect("a head"));
        let sequence = home.fold.log().size();
        let key = &home.key;
        let realm = erynoa_kernel::RealmId::root_of(&world.log_key());
        let (events, null) = (events_topic(&realm), events_topic(&erynoa_kernel::RealmId::NULL));
        let checkpoints = checkpoints_topic(ORIGIN);
        let say = |topic: &str, payload: &Payload| {
            topic.len() + encode_gossip(topic, key, world.now, payload).len()
        };
        let entry = closed.clone();
        let event = say(&events, &Payload::Entry { sequence, entry }) - closed.len();
        let end = say(&null, &Payload::Entry { sequence: sequence + 1, entry: closed });
        let note = say(&checkpoints, &Payload::Note(head.note));
        let cosignature = Payload::Cosignature(erynoa_sync::HeadCosignature {
            size: head.head.size,
            root: head.head.root,
            time_s: world.now / 1_000_000,
            signature: key.sign(b"a cosignature"),
        });
        let witnesses = 3 * say(&checkpoints, &cosignature);
        worst = worst.max((event + end + note + witnesses, event + end + note, witnesses));
    }
    let (all, plain, witnesses) = worst;
    println!("beyond the event: {all} bytes: {plain} and {witnesses} of three cosignatures");
    assert!(all <= 2_048, "{all} bytes");
}

#[test]
fn in_a_quiet_world_everything_is_said_once() {
    let mut world = World::new(Plan::quiet(3), false);
    world.play();
    let entries: u64 = world.host(4).map_or(0, |host| host.disk.entries.len() as u64);
    let messages = world.messages_in[4];
    assert!(entries > 20 && messages < entries * 3, "{messages} messages for {entries} entries");
}
