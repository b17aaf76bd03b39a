//! Any text as a rule: it is refused, or it has a bounded price and gives one
//! answer for each who acts (protocol §7).

#![no_main]

use erynoa_kernel::{IdentityId, Namespace, RealmId};
use erynoa_realms::{Attempt, Expression, JOIN, Principal, parameters::MAX_EXPRESSION_GAS};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if text.len() > 4_096 {
        return;
    }
    let Ok(expression) = Expression::parse(text) else { return };
    assert!((1..=MAX_EXPRESSION_GAS).contains(&expression.gas()), "the price");
    let realm = RealmId::from_bytes([9; 32]);
    for norm_ppm in [0, 500_000, 1_000_000] {
        let principal = Principal {
            identity: IdentityId::from_bytes([1; 32]),
            norm_ppm,
            values_ppm: [norm_ppm; 6],
            standing_ppm: norm_ppm,
            voice: norm_ppm > 300_000,
            verified: norm_ppm == 0,
            namespace: Some(Namespace::SelfHood),
            member: norm_ppm < 900_000,
            member_since_days: 7,
            credentials: vec!["person".to_owned()],
        };
        for action in [JOIN, "attestation", "vote"] {
            let ask = || Attempt::new(&principal, action, &realm, 3).is_permitted(&expression);
            assert_eq!(ask(), ask(), "one answer");
        }
    }
});
