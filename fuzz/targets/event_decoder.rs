//! Any bytes through the event decoder: it never panics, and what it accepts
//! encodes to the same bytes (protocol §0).

#![no_main]

use bytes::Bytes;
use erynoa_events::{VerifiedEvent, decode_event, encode_event, from_own_log, verify, verify_batch};
use libfuzzer_sys::fuzz_target;

/// `SignedEvent` with the event encoded anew; the signature is the last field.
fn encode_again(accepted: &VerifiedEvent) -> Vec<u8> {
    let event = encode_event(accepted.event());
    let mut entry = vec![0x0a];
    let mut len = event.len();
    while len >= 0x80 {
        entry.push(u8::try_from(len & 0x7f).expect("7 bits") | 0x80);
        len >>= 7;
    }
    entry.push(u8::try_from(len).expect("7 bits"));
    entry.extend(event);
    entry.extend([0x12, 32]);
    entry.extend(accepted.signer().as_bytes());
    entry.extend([0x1a, 64]);
    entry.extend(accepted.entry().last_chunk::<64>().expect("ends in a signature"));
    entry
}

fuzz_target!(|data: &[u8]| {
    if let Ok(event) = decode_event(data) {
        assert_eq!(encode_event(&event), data, "an event of other bytes");
    }
    let entry = Bytes::copy_from_slice(data);
    let decoded = from_own_log(entry.clone());
    if let Ok(decoded) = &decoded {
        assert_eq!(encode_again(decoded), data, "an entry of other bytes");
    }
    let verified = verify(entry.clone());
    if let Ok(verified) = &verified {
        assert_eq!(Ok(verified), decoded.as_ref(), "verified, but not decoded");
    }
    assert_eq!(verify_batch(vec![entry]), [verified], "a batch of one judges otherwise");
});
