//! What documents show of what people write.

use erynoa_documents::{did_key, from_multibase, key_of, multibase, shown};
use erynoa_kernel::PublicKey;
use proptest::prelude::*;

#[test]
fn a_name_of_ten_thousand_characters_ends_in_an_ellipsis() {
    let shown = shown(&"ä".repeat(10_000), 120);
    assert_eq!(shown.chars().count(), 120);
    assert!(shown.ends_with("ä…"));
}

#[test]
fn control_characters_and_marks_of_direction_are_left_out() {
    assert_eq!(shown("A\u{0}\u{7}\n\tB\u{202e}C\u{2066}\u{feff}", 99), "A BC");
    assert_eq!(shown("  דנה   כהן ", 99), "דנה כהן");
}

#[test]
fn a_key_is_the_did_key_that_others_know() {
    // From the W3C specification of Data Integrity EdDSA.
    let did = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
    let key = key_of(did).unwrap();
    assert_eq!(did_key(&key), did);
    for wrong in [
        "did:key:z",
        "did:key:6Mk",
        "did:web:z6Mk",
        "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",
    ] {
        assert_eq!(key_of(wrong), None, "{wrong}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_shown_is_one_line_within_its_bound(text: String, most in 1_usize..200) {
        let shown = shown(&text, most);
        prop_assert!(shown.chars().count() <= most);
        prop_assert!(!shown.chars().any(char::is_control));
        prop_assert_eq!(shown.trim(), &shown);
    }

    #[test]
    fn multibase_and_keys_come_back(bytes: [u8; 32]) {
        prop_assert_eq!(from_multibase(&multibase(&bytes)), Some(bytes.to_vec()));
        let key = PublicKey::from_bytes(bytes);
        prop_assert_eq!(key_of(&did_key(&key)), Some(key));
    }
}
