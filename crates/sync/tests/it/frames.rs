//! What is a message and what is none, on both sides of every limit.

use bytes::Bytes;
use erynoa_events::{MAX_ENTRY_BYTES, SigningKey};
use erynoa_kernel::{EventId, Signature};
use erynoa_proto::protocol::v1 as wire;
use erynoa_sync::{
    Answer, Ask, ForkProof, FrameError, HeadCosignature, MAX_ENTRIES, MAX_ENTRIES_BYTES,
    MAX_GOSSIP_BYTES, MAX_NOTE_BYTES, MAX_PROOF, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES,
    MAX_SKEW_US, NodeId, Payload, decode_answer, decode_ask, decode_events, decode_events_request,
    decode_gossip, encode_answer, encode_ask, encode_events, encode_events_request, encode_gossip,
    fitting,
};
use prost::Message;

const TOPIC: &str = "/erynoa/log/log.example/checkpoints/v1";
const NOW_US: u64 = 1_800_000_000_000_000;

fn key() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

fn said(payload: &Payload) -> Bytes {
    encode_gossip(TOPIC, &key(), NOW_US, payload)
}

fn note(len: usize) -> String {
    "n".repeat(len)
}

fn fork(len: usize, hashes: usize) -> ForkProof {
    ForkProof { smaller: note(len), larger: note(3), link: Some(([1; 32], vec![[2; 32]; hashes])) }
}

fn cosignature() -> Payload {
    Payload::Cosignature(HeadCosignature {
        size: 9,
        root: [3; 32],
        time_s: 77,
        signature: Signature::from_bytes([4; 64]),
    })
}

fn entry(len: usize) -> Payload {
    Payload::Entry { sequence: 5, entry: vec![1; len].into() }
}

fn is_field<T>(result: &Result<T, FrameError>) -> bool {
    matches!(result, Err(FrameError::Field(_)))
}

#[test]
fn what_is_said_is_heard_as_it_was_said() {
    let payloads = [
        entry(1),
        entry(MAX_ENTRY_BYTES),
        Payload::Note(note(0)),
        Payload::Note(note(MAX_NOTE_BYTES)),
        Payload::Fork(fork(MAX_NOTE_BYTES, MAX_PROOF)),
        Payload::Fork(ForkProof::of_one_size("a", "b")),
        cosignature(),
    ];
    for payload in payloads {
        let bytes = said(&payload);
        assert!(bytes.len() <= MAX_GOSSIP_BYTES);
        let heard = decode_gossip(TOPIC, &bytes, NOW_US).expect("a message");
        assert_eq!((heard.signer, heard.payload), (NodeId(key().public_key()), payload));
    }
}

#[test]
fn what_exceeds_a_limit_of_a_payload_is_no_message() {
    let payloads = [
        entry(0),
        entry(MAX_ENTRY_BYTES + 1),
        Payload::Note(note(MAX_NOTE_BYTES + 1)),
        Payload::Fork(fork(MAX_NOTE_BYTES + 1, 1)),
        Payload::Fork(fork(3, MAX_PROOF + 1)),
        Payload::Fork(ForkProof::of_one_size("a", &note(MAX_NOTE_BYTES + 1))),
    ];
    for payload in payloads {
        let heard = decode_gossip(TOPIC, &said(&payload), NOW_US);
        assert!(is_field(&heard), "{heard:?}");
    }
}

#[test]
fn a_message_counts_for_120_seconds_before_and_after() {
    let bytes = said(&cosignature());
    for now_us in [NOW_US - MAX_SKEW_US, NOW_US, NOW_US + MAX_SKEW_US] {
        assert!(decode_gossip(TOPIC, &bytes, now_us).is_ok());
    }
    for now_us in [NOW_US - MAX_SKEW_US - 1, NOW_US + MAX_SKEW_US + 1, 0, u64::MAX] {
        assert_eq!(decode_gossip(TOPIC, &bytes, now_us), Err(FrameError::Time));
    }
    assert_eq!(MAX_SKEW_US, 120_000_000);
}

#[test]
fn no_bit_of_a_message_can_be_changed() {
    for payload in [entry(40), Payload::Note(note(40)), Payload::Fork(fork(9, 2)), cosignature()] {
        let bytes = said(&payload);
        for bit in 0..bytes.len() * 8 {
            let mut other = bytes.to_vec();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(decode_gossip(TOPIC, &other, NOW_US).is_err(), "bit {bit} of {payload:?}");
        }
        for len in 0..bytes.len() {
            assert!(decode_gossip(TOPIC, &bytes[..len], NOW_US).is_err(), "{len} bytes");
        }
    }
}

#[test]
fn a_message_counts_on_its_topic_alone() {
    let bytes = said(&cosignature());
    for topic in ["", "/erynoa/log/log.example/checkpoints/v2", &TOPIC[1..]] {
        assert_eq!(decode_gossip(topic, &bytes, NOW_US), Err(FrameError::Signature));
    }
}

#[test]
fn a_message_of_another_signer_is_none() {
    let mut message = wire::Gossip::decode(said(&cosignature())).expect("a message");
    message.signer = SigningKey::from_seed([8; 32]).public_key().as_bytes().to_vec();
    let heard = decode_gossip(TOPIC, &message.encode_to_vec(), NOW_US);
    assert_eq!(heard, Err(FrameError::Signature));
    for len in [0, 31, 33] {
        message.signer = vec![1; len];
        assert!(is_field(&decode_gossip(TOPIC, &message.encode_to_vec(), NOW_US)));
    }
}

#[test]
fn what_can_be_written_otherwise_is_not_canonical() {
    let not_canonical = |bytes: &[u8]| {
        [
            decode_gossip(TOPIC, bytes, NOW_US).err(),
            decode_ask(bytes).err(),
            decode_answer(bytes).err(),
            decode_events_request(bytes).err(),
            decode_events(bytes).err(),
        ]
    };
    let unknown_field = [0xfa, 0x3f, 0x01, 0x00];
    let messages = [
        said(&cosignature()),
        encode_ask("log.example", &Ask::Head { known: 0 }),
        encode_answer(Answer::Refusal("PEER_RANGE".into())),
        encode_events_request(&[EventId::from_bytes([1; 32])]),
        encode_events(&[(3, vec![1; 8].into())]),
    ];
    for (at, message) in messages.iter().enumerate() {
        assert_eq!(not_canonical(message)[at], None, "it is a message");
        let longer = [message.as_ref(), &unknown_field].concat();
        assert_eq!(not_canonical(&longer)[at], Some(FrameError::NotCanonical), "message {at}");
    }
    // A number with a byte more than it needs.
    let page = [0x0a, 1, b'a', 0x1a, 6, 0x10, 0x85, 0x00, 0x18, 0x89, 0x00];
    assert_eq!(decode_ask(&page), Err(FrameError::NotCanonical));
    let page = [0x0a, 1, b'a', 0x1a, 4, 0x10, 5, 0x18, 9];
    let ask = Ask::Entries { from: 0, limit: 5, size: 9 };
    assert_eq!(decode_ask(&page), Ok(("a".to_owned(), ask)));
}

#[test]
fn nothing_larger_than_its_limit_is_looked_at() {
    let zeros = vec![0; MAX_RESPONSE_BYTES + 1];
    let too_large = Some(FrameError::TooLarge);
    let of = |limit: usize, decode: &dyn Fn(&[u8]) -> Option<FrameError>| {
        assert_eq!(decode(&zeros[..=limit]), too_large);
        assert_ne!(decode(&zeros[..limit]), too_large);
    };
    of(MAX_GOSSIP_BYTES, &|bytes| decode_gossip(TOPIC, bytes, NOW_US).err());
    of(MAX_REQUEST_BYTES, &|bytes| decode_ask(bytes).err());
    of(MAX_REQUEST_BYTES, &|bytes| decode_events_request(bytes).err());
    of(MAX_RESPONSE_BYTES, &|bytes| decode_answer(bytes).err());
    of(MAX_RESPONSE_BYTES, &|bytes| decode_events(bytes).err());
}

#[test]
fn questions_are_bounded() {
    let max = usize::from(u8::MAX);
    let size = u64::MAX;
    let asked = |ask: &Ask| decode_ask(&encode_ask("log.example", ask));
    let good = [
        Ask::Head { known: 0 },
        Ask::Entries { from: 0, limit: 1, size: 1 },
        Ask::Entries { from: size - 1, limit: MAX_ENTRIES, size },
        Ask::Consistency { from: 1, to: 1 },
        Ask::Consistency { from: 1, to: size },
        Ask::Tile { level: 0, index: 0, width: 1 },
        Ask::Tile { level: 7, index: size, width: 256 },
    ];
    for ask in good {
        assert_eq!(asked(&ask), Ok(("log.example".to_owned(), ask)));
    }
    let bad = [
        Ask::Entries { from: 0, limit: 0, size: 1 },
        Ask::Entries { from: 0, limit: MAX_ENTRIES + 1, size: 1 },
        Ask::Entries { from: 0, limit: 1, size: 0 },
        Ask::Entries { from: 7, limit: 1, size: 7 },
        Ask::Consistency { from: 0, to: 1 },
        Ask::Consistency { from: 2, to: 1 },
        Ask::Tile { level: 8, index: 0, width: 1 },
        Ask::Tile { level: 0, index: 0, width: 0 },
        Ask::Tile { level: 0, index: 0, width: 257 },
    ];
    for ask in bad {
        assert!(is_field(&asked(&ask)), "{ask:?}");
    }
    for (len, fits) in [(0, false), (1, true), (max, true), (max + 1, false)] {
        assert_eq!(
            decode_ask(&encode_ask(&note(len), &Ask::Head { known: 0 })).is_ok(),
            fits,
            "{len}"
        );
    }
    assert!(is_field(&decode_ask(&[0x0a, 1, b'a'])), "a question that asks nothing");
}

#[test]
fn answers_are_bounded() {
    let page = |count: usize, len: usize, hashes: usize| Answer::Entries {
        entries: vec![vec![1; len].into(); count],
        proof: vec![[1; 32]; hashes],
    };
    let good = [
        Answer::Head(note(0)),
        Answer::Head(note(MAX_NOTE_BYTES)),
        page(1, 1, 0),
        page(MAX_ENTRIES, 1_048, MAX_PROOF),
        page(1, MAX_ENTRY_BYTES, 0),
        Answer::Consistency { root: [1; 32], proof: vec![[2; 32]; MAX_PROOF] },
        Answer::Tile(vec![9; 32].into()),
        Answer::Refusal("PEER_RANGE".into()),
        Answer::Fork(fork(MAX_NOTE_BYTES, MAX_PROOF)),
        Answer::Fork(fork(1, 0)),
    ];
    for answer in good {
        assert_eq!(decode_answer(&encode_answer(answer.clone())), Ok(answer));
    }
    let bad = [
        Answer::Head(note(MAX_NOTE_BYTES + 1)),
        page(0, 1, 0),
        page(MAX_ENTRIES + 1, 1, 0),
        page(1, 0, 0),
        page(1, MAX_ENTRY_BYTES + 1, 0),
        page(1, 1, MAX_PROOF + 1),
        Answer::Consistency { root: [1; 32], proof: vec![[2; 32]; MAX_PROOF + 1] },
        Answer::Fork(fork(MAX_NOTE_BYTES + 1, 1)),
        Answer::Fork(fork(1, MAX_PROOF + 1)),
    ];
    for answer in bad {
        assert!(is_field(&decode_answer(&encode_answer(answer))));
    }
    assert!(is_field(&decode_answer(&[])));
}

#[test]
fn events_are_asked_for_by_a_thousand_ids_at_most() {
    let ids = |count: usize| vec![EventId::from_bytes([1; 32]); count];
    for count in [1, MAX_ENTRIES] {
        let bytes = encode_events_request(&ids(count));
        assert!(bytes.len() <= MAX_REQUEST_BYTES);
        assert_eq!(decode_events_request(&bytes), Ok(ids(count)));
    }
    for count in [0, MAX_ENTRIES + 1] {
        assert!(is_field(&decode_events_request(&encode_events_request(&ids(count)))));
    }
    for len in [31, 33] {
        let request = wire::EventsRequest { ids: vec![vec![1; len]] };
        assert!(is_field(&decode_events_request(&request.encode_to_vec())));
    }
    let events = |count: usize, len: usize| vec![(3, Bytes::from(vec![1; len])); count];
    for good in [events(0, 1), events(1, MAX_ENTRY_BYTES), events(MAX_ENTRIES, 1)] {
        assert_eq!(decode_events(&encode_events(&good)), Ok(good));
    }
    for bad in [events(1, 0), events(1, MAX_ENTRY_BYTES + 1), events(MAX_ENTRIES + 1, 1)] {
        assert!(is_field(&decode_events(&encode_events(&bad))));
    }
}

#[test]
fn an_answer_takes_what_fits_and_at_least_one() {
    let fits = |lengths: &[usize]| fitting(lengths.iter().copied());
    assert_eq!(fits(&[MAX_ENTRIES_BYTES + 1]), 1);
    assert_eq!(fits(&[MAX_ENTRIES_BYTES - 1, 1, 1]), 2);
    assert_eq!(fits(&[MAX_ENTRIES_BYTES, 1]), 1);
    assert_eq!(fits(&[1; MAX_ENTRIES]), MAX_ENTRIES);
    assert_eq!(fits(&[1; MAX_ENTRIES + 1]), MAX_ENTRIES);
    // The fullest answer is within the limit of a response.
    let mut entries = vec![Bytes::from(vec![1; MAX_ENTRY_BYTES]); 15];
    entries.resize(MAX_ENTRIES, vec![1; 66].into());
    let total: usize = entries.iter().map(Bytes::len).sum();
    assert!(total <= MAX_ENTRIES_BYTES);
    let answer = Answer::Entries { entries, proof: vec![[1; 32]; MAX_PROOF] };
    assert!(encode_answer(answer).len() <= MAX_RESPONSE_BYTES);
}
