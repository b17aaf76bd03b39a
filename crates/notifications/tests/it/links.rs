//! Links that stop a kind of mail.

use erynoa_notifications::contract::reader;
use erynoa_notifications::{Kind, UnsubscribeKey};
use proptest::prelude::*;

#[test]
fn a_link_stops_its_reader_and_kind_and_no_other() {
    let key = UnsubscribeKey::derive(&[7; 32]);
    for kind in Kind::ALL {
        for number in [0, 1, 255] {
            let token = key.token(reader(number), kind);
            assert_eq!(key.read(&token).expect("ours"), (reader(number), kind));
            let error = UnsubscribeKey::derive(&[8; 32]).read(&token).expect_err("another house");
            assert_eq!(error.code(), "UNSUBSCRIBE_LINK_INVALID");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_link_that_was_changed_anywhere_is_none(place in 0_usize..98, other in "[0-9a-fA-F ]") {
        let key = UnsubscribeKey::derive(&[7; 32]);
        let token = key.token(reader(9), Kind::Attestation);
        let mut changed = token.clone();
        changed.replace_range(place..=place, &other);
        prop_assert_eq!(key.read(&changed).is_ok(), changed == token);
        prop_assert!(key.read(&token[..place]).is_err());
        let longer = [token, other].concat();
        prop_assert!(key.read(&longer).is_err());
    }
}
