//! Challenges and their answers.

use proptest::prelude::*;

use super::*;

#[tokio::test]
async fn a_live_key_signs_in_and_its_person_becomes_a_member() {
    let house = House::new();
    let challenge = house.challenge(house.person, ORIGIN).await;
    assert_eq!(challenge.expires_at_us, START_US + 120 * SECOND_US);
    let signed_in = house.try_sign_in(house.answer(challenge)).await.expect("signs in");
    let principal = house.verify(access(&signed_in)).await.expect("is valid");
    assert_eq!(principal.identity, Some(house.person));
    assert_eq!(principal.public_key, Some(house.device.public_key()));
    assert_eq!(principal.session_id, signed_in.session.id);
    assert_eq!(principal.roles.iter().collect::<Vec<_>>(), [Role::Member]);
    let account = house.account().await.expect("was made");
    assert_eq!((account.id, account.roles), (principal.account, principal.roles));
    assert_eq!(account.name, "Ada");
    assert_eq!(signed_in.tokens.access_expires_at_us, START_US + 600 * SECOND_US);
    assert_eq!(signed_in.tokens.refresh_expires_at_us, START_US + 2_592_000 * SECOND_US);
}

#[tokio::test]
async fn a_challenge_is_answered_once() {
    let house = House::new();
    let answer = house.answer(house.challenge(house.person, ORIGIN).await);
    assert_eq!(code(house.try_sign_in(answer.clone()).await), "ok");
    assert_eq!(code(house.try_sign_in(answer).await), "SIGN_IN_CHALLENGE_UNKNOWN");
}

#[tokio::test]
async fn a_wrong_answer_uses_the_challenge_up() {
    let house = House::new();
    let answer = house.answer(house.challenge(house.person, ORIGIN).await);
    let wrong = KeyProof { signature: Signature::from_bytes([0; 64]), ..answer.clone() };
    assert_eq!(code(house.try_sign_in(wrong).await), "SIGN_IN_SIGNATURE_INVALID");
    assert_eq!(code(house.try_sign_in(answer).await), "SIGN_IN_CHALLENGE_UNKNOWN");
}

#[tokio::test]
async fn a_challenge_of_nobody_is_unknown() {
    let house = House::new();
    let answer = house.answer(Challenge { challenge: [5; 32], expires_at_us: u64::MAX });
    assert_eq!(code(house.try_sign_in(answer).await), "SIGN_IN_CHALLENGE_UNKNOWN");
}

#[tokio::test]
async fn a_challenge_is_open_for_120_seconds_to_the_microsecond() {
    for (delay_us, expected) in
        [(120 * SECOND_US - 1, "ok"), (120 * SECOND_US, "SIGN_IN_CHALLENGE_UNKNOWN")]
    {
        let house = House::new();
        let answer = house.answer(house.challenge(house.person, ORIGIN).await);
        house.wait(delay_us);
        assert_eq!(code(house.try_sign_in(answer).await), expected);
    }
}

#[tokio::test]
async fn a_challenge_is_bound_to_its_identity() {
    let house = House::new();
    let other = IdentityId::from_bytes([3; 32]);
    let answer = house.answer(house.challenge(other, ORIGIN).await);
    assert_eq!(code(house.try_sign_in(answer).await), "SIGN_IN_CHALLENGE_UNKNOWN");
}

#[tokio::test]
async fn a_key_signs_in_for_its_own_identity_only() {
    let house = House::new();
    let other = IdentityId::from_bytes([3; 32]);
    let challenge = house.challenge(other, ORIGIN).await;
    let message = sign_in_message(&challenge.challenge, &other, ORIGIN);
    let signature = house.device.sign(&message);
    let answer = KeyProof { identity: other, signature, ..house.answer(challenge) };
    assert_eq!(code(house.try_sign_in(answer).await), "SIGN_IN_KEY_NOT_ALLOWED");
    let key = AccountKey::Identity(other);
    assert_eq!(house.accounts.find(&key).await.expect("read"), None);
}

#[tokio::test]
async fn a_revoked_key_neither_signs_in_nor_refreshes_nor_is_let_in() {
    let house = House::new();
    let signed_in = house.sign_in().await;
    let principal = house.verify(access(&signed_in)).await.expect("is valid");
    let answer = house.answer(house.challenge(house.person, ORIGIN).await);
    house.revoke_device();
    assert_eq!(code(house.try_sign_in(answer).await), "SIGN_IN_KEY_NOT_ALLOWED");
    assert_eq!(token_code(house.verify(access(&signed_in)).await), "INVALID_TOKEN");
    assert_eq!(code(house.auth.sign_in_again(&principal).await), "SIGN_IN_KEY_NOT_ALLOWED");
    assert_eq!(code(house.auth.refresh(refresh(&signed_in)).await), "SIGN_IN_KEY_NOT_ALLOWED");
    assert_eq!(code(house.auth.refresh(refresh(&signed_in)).await), "REFRESH_TOKEN_INVALID");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn an_answer_at_another_origin_is_refused(origin in "(https?://[a-z.:0-9]{1,20}|.{0,30})") {
        prop_assume!(origin != ORIGIN);
        let house = House::new();
        // The challenge was asked for here, the answer comes from there.
        let answer = house.answer(now(house.challenge(house.person, ORIGIN)));
        let elsewhere = KeyProof { origin: &origin, ..answer };
        prop_assert_eq!(code(now(house.try_sign_in(elsewhere))), "SIGN_IN_CHALLENGE_UNKNOWN");
        // Asked for and answered there, but signed for here: a relay.
        let relayed = house.answer(now(house.challenge(house.person, &origin)));
        let relayed = KeyProof { origin: &origin, ..relayed };
        prop_assert_eq!(code(now(house.try_sign_in(relayed))), "SIGN_IN_SIGNATURE_INVALID");
    }

    #[test]
    fn an_answer_of_another_key_is_refused(seed: [u8; 32]) {
        prop_assume!(seed != [1; 32]);
        let other = SigningKey::from_seed(seed);
        let house = House::new();
        let answer = house.answer(now(house.challenge(house.person, ORIGIN)));
        // Its signature under the device's name.
        let message = sign_in_message(&answer.challenge, &house.person, ORIGIN);
        let claimed = KeyProof { signature: other.sign(&message), ..answer };
        prop_assert_eq!(code(now(house.try_sign_in(claimed))), "SIGN_IN_SIGNATURE_INVALID");
        // Its signature under its own name.
        let answer = house.answer(now(house.challenge(house.person, ORIGIN)));
        let message = sign_in_message(&answer.challenge, &house.person, ORIGIN);
        let stranger =
            KeyProof { public_key: other.public_key(), signature: other.sign(&message), ..answer };
        prop_assert_eq!(code(now(house.try_sign_in(stranger))), "SIGN_IN_KEY_NOT_ALLOWED");
    }

    #[test]
    fn an_answer_with_any_flipped_bit_is_refused(bit in 0_usize..(32 + 32 + 64) * 8) {
        let house = House::new();
        let answer = house.answer(now(house.challenge(house.person, ORIGIN)));
        let mut bytes = [
            answer.challenge.as_slice(),
            answer.public_key.as_bytes(),
            answer.signature.as_bytes(),
        ].concat();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let bent = KeyProof {
            challenge: bytes[..32].try_into().expect("32 bytes"),
            public_key: PublicKey::try_from(&bytes[32..64]).expect("32 bytes"),
            signature: Signature::try_from(&bytes[64..]).expect("64 bytes"),
            ..answer
        };
        let expected =
            if bit < 256 { "SIGN_IN_CHALLENGE_UNKNOWN" } else { "SIGN_IN_SIGNATURE_INVALID" };
        prop_assert_eq!(code(now(house.try_sign_in(bent))), expected);
    }
}
