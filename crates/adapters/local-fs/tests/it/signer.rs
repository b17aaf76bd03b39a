//! Signed addresses: only what was signed, only as long as it says. That they
//! work in a browser, the gateway's tests prove.

use std::time::Duration;

use erynoa_kernel::Secret;
use erynoa_local_fs::{SIGNED_PATH, Signer};
use erynoa_storage::{BucketName, Disposition, Grant, ObjectKey, SignedUrls};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

const NOW_US: u64 = 1_800_000_000_000_000;

fn signer(secret: u8) -> Signer {
    Signer::new("https://files.example", &Secret::new([secret; 32]))
}

/// Bucket, key and decoded query of an address.
fn parts(url: &str) -> (String, String, Vec<(String, String)>) {
    let rest = url.strip_prefix("https://files.example").expect("the public address");
    let rest = rest.strip_prefix(SIGNED_PATH).expect("the path of signed addresses");
    let (path, query) = rest.split_once('?').expect("a query");
    let (bucket, key) = path.split_once('/').expect("a bucket and a key");
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().expect("UTF-8").into_owned();
    let query = query
        .split('&')
        .map(|pair| pair.split_once('=').expect("a pair"))
        .map(|(name, value)| (name.to_owned(), decoded(value)))
        .collect();
    (bucket.to_owned(), key.to_owned(), query)
}

fn sign(
    signer: &Signer,
    grant: Grant,
    life_s: u64,
    disposition: Disposition,
) -> Result<String, erynoa_kernel::StoreError> {
    let bucket = BucketName::new("files").expect("a bucket's name");
    let key = ObjectKey::new("2026/11/a_B-c.d").expect("a key");
    signer.sign(&bucket, &key, grant, NOW_US, Duration::from_secs(life_s), disposition)
}

fn verdict(signer: &Signer, url: &str, now_us: u64) -> &'static str {
    let (bucket, key, query) = parts(url);
    signer.verify(&bucket, &key, &query, now_us).map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn an_address_is_good_until_its_last_microsecond() {
    let url = sign(&signer(1), Grant::Get, 60, Disposition::default()).expect("signs");
    let end = NOW_US + 60_000_000;
    for (now_us, expected) in [
        (0, "ok"),
        (NOW_US, "ok"),
        (end - 1, "ok"),
        (end, "URL_EXPIRED"),
        (u64::MAX, "URL_EXPIRED"),
    ] {
        assert_eq!(verdict(&signer(1), &url, now_us), expected);
    }
    assert_eq!(verdict(&signer(2), &url, NOW_US), "URL_INVALID", "by another key");
    assert_eq!(verdict(&signer(2), &url, end), "URL_INVALID", "a forged one never expires");
}

#[test]
fn an_address_lives_one_second_to_seven_days() {
    for (life_s, good) in [(0, false), (1, true), (604_800, true), (604_801, false)] {
        let signed = sign(&signer(1), Grant::Put, life_s, Disposition::default());
        assert_eq!(signed.is_ok(), good, "{life_s} s");
    }
}

#[test]
fn every_change_of_an_address_is_refused() {
    let disposition =
        Disposition { media_type: "text/plain".into(), save_as: Some("name.txt".into()) };
    let url = sign(&signer(1), Grant::Get, 60, disposition).expect("signs");
    let (bucket, key, query) = parts(&url);
    let refused = |bucket: &str, key: &str, query: &[(String, String)]| {
        let error = signer(1).verify(bucket, key, query, NOW_US).expect_err("it was changed");
        assert_eq!(error.code(), "URL_INVALID", "{bucket} {key} {query:?}");
    };
    for other in ["file", "filess", "../files", ""] {
        refused(other, &key, &query);
    }
    for other in ["2026/11/a_B-c.e", "2026/11/../11/a_B-c.d", "2026//11/a_B-c.d", "", "/", "x"] {
        refused(&bucket, other, &query);
    }
    for at in 0..query.len() {
        let mut without = query.clone();
        without.remove(at);
        refused(&bucket, &key, &without);
        let mut twice = query.clone();
        twice.push(query[at].clone());
        refused(&bucket, &key, &twice);
        for (from, to) in [("t", "T"), ("0", "1"), ("GET", "PUT"), ("a", "b"), ("1", "2")] {
            let mut changed = query.clone();
            changed[at].1 = changed[at].1.replacen(from, to, 1);
            if changed != query {
                refused(&bucket, &key, &changed);
            }
        }
    }
    let mut moved = query.clone();
    moved[2].1 = "text/plainn".to_owned();
    moved[3].1 = "ame.txt".to_owned();
    refused(&bucket, &key, &moved);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_was_signed_is_what_is_verified(
        media_type in "[ -~]{0,40}",
        name in proptest::option::of("\\PC{0,60}"),
        put: bool,
        life_s in 1..604_800_u64,
    ) {
        let grant = if put { Grant::Put } else { Grant::Get };
        let disposition = Disposition { media_type, save_as: name };
        let url = sign(&signer(1), grant, life_s, disposition.clone()).expect("signs");
        prop_assert!(url.bytes().all(|byte| byte.is_ascii_graphic()));
        let (bucket, key, query) = parts(&url);
        let signed = signer(1).verify(&bucket, &key, &query, NOW_US).expect("is good");
        prop_assert_eq!(signed.grant, grant);
        prop_assert_eq!(signed.disposition, disposition);
        prop_assert_eq!(signed.expires_at_s, NOW_US / 1_000_000 + life_s);
        prop_assert_eq!((signed.bucket.as_str(), signed.key.as_str()), (&*bucket, &*key));
    }
}
