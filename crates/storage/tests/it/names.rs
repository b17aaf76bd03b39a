//! Names of files, folders and objects.

use erynoa_kernel::DAY_US;
use erynoa_storage::{
    BucketName, FOLDER_DEPTH, FileId, FileName, Folder, NAME_MOST_BYTES, ObjectKey, layout,
};
use proptest::prelude::*;

#[test]
fn a_name_is_what_people_can_read_and_nothing_that_misleads() {
    let longest = "a".repeat(NAME_MOST_BYTES);
    for good in
        ["a", "Übersicht 2026.pdf", "报告.txt", ".hidden", "a..b", "...", "👩‍👩‍👧.png", "C:", &longest]
    {
        assert!(FileName::new(good).is_ok(), "{good:?}");
    }
    let too_long = "a".repeat(NAME_MOST_BYTES + 1);
    for bad in [
        "",
        ".",
        "..",
        "a/b",
        "/",
        "a\\b",
        "a\0b",
        "a\nb",
        "a\u{7f}",
        "a\u{85}",
        " a",
        "a ",
        "\u{a0}a",
        "evil\u{202e}gpj.exe",
        "a\u{2066}b",
        "a\u{200f}b",
        "a\u{61c}b",
        "a\u{2028}b",
        "\u{feff}a",
        &too_long,
    ] {
        assert!(FileName::new(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_name_is_kept_in_one_normal_form() {
    let composed = FileName::new("\u{e4}.txt").unwrap();
    assert_eq!(FileName::new("a\u{308}.txt").unwrap(), composed);
    assert_eq!(composed.as_str(), "\u{e4}.txt");
}

#[test]
fn a_folder_is_a_path_of_names() {
    for (text, path) in
        [("", "/"), ("/", "/"), ("/a", "/a"), ("/Fotos/2026 Mai", "/Fotos/2026 Mai")]
    {
        assert_eq!(Folder::new(text).unwrap().as_str(), path);
    }
    for bad in ["a", "/a/", "//", "/a//b", "/..", "/a/../b", "/.", "/a/ b", "/a\\b", "/a\u{202e}"] {
        assert!(Folder::new(bad).is_err(), "{bad:?}");
    }
    let deepest = "/x".repeat(FOLDER_DEPTH);
    assert!(Folder::new(&deepest).is_ok());
    assert!(Folder::new(&format!("{deepest}/x")).is_err());
    let long = format!("/{}", "x".repeat(255));
    assert!(Folder::new(&long.repeat(4)).is_ok(), "1024 bytes");
    assert!(Folder::new(&format!("{}/x", long.repeat(4))).is_err());
}

#[test]
fn buckets_and_keys_are_what_every_store_takes() {
    for good in ["abc", "a-1", "000", &"a".repeat(63)] {
        assert!(BucketName::new(good).is_ok(), "{good:?}");
    }
    for bad in ["", "ab", "-ab", "ab-", "Abc", "a.b", "a_b", "a/b", "~incoming", &"a".repeat(64)] {
        assert!(BucketName::new(bad).is_err(), "{bad:?}");
    }
    for good in ["a", "...", "a/b/c", "A_z.0-9", &"a".repeat(512)] {
        assert!(ObjectKey::new(good).is_ok(), "{good:?}");
    }
    for bad in [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/../b",
        "a/./b",
        "a b",
        "a%2fb",
        "ä",
        "a\\b",
        "a\0",
        "~a",
        &"a".repeat(513),
    ] {
        assert!(ObjectKey::new(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_numbered_name_keeps_its_ending() {
    for (name, numbered) in [
        ("photo.jpg", "photo (2).jpg"),
        ("archive.tar.gz", "archive.tar (2).gz"),
        ("README", "README (2)"),
        (".profile", ".profile (2)"),
    ] {
        assert_eq!(FileName::new(name).unwrap().numbered(2).as_str(), numbered);
    }
}

#[test]
fn the_date_in_a_key_is_the_gregorian_one() {
    let id = FileId::from_bytes([0xab; 16]);
    let name = FileName::new("Größe/".trim_end_matches('/')).unwrap();
    for (day, date) in [
        (0, "1970/01/01"),
        (11_016, "2000/02/29"),
        (19_782, "2024/02/29"),
        (19_783, "2024/03/01"),
        (20_780, "2026/11/23"),
        (47_541, "2100/03/01"),
    ] {
        let key = layout::file_key(day * DAY_US + 5, &id, 1, &name);
        assert_eq!(key.as_str(), format!("{date}/abababab-abab-abab-abab-abababababab-Gr-e"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_name_makes_a_key_that_names_its_file(
        text in "\\PC{1,80}",
        id: [u8; 16],
        attempt in 0..5_u32,
        at_us in 0..u64::MAX / 1000,
        part in 1..=10_000_u32,
    ) {
        let id = FileId::from_bytes(id);
        let part_key = layout::part_key(&id, part);
        prop_assert_eq!(layout::part_in(&part_key), Some((id, part)));
        prop_assert_eq!(layout::file_in(&part_key), None);
        if let Ok(name) = FileName::new(&text) {
            let key = layout::file_key(at_us, &id, attempt, &name);
            prop_assert_eq!(layout::file_in(&key), Some(id));
            prop_assert_eq!(layout::part_in(&key), None);
            let numbered = name.numbered(u32::MAX);
            prop_assert_eq!(FileName::new(numbered.as_str()), Ok(numbered.clone()));
        }
    }

    #[test]
    fn keys_of_others_name_no_file(text in "[A-Za-z0-9./_-]{1,60}") {
        if let Ok(key) = ObjectKey::new(&text) {
            prop_assert_eq!(layout::file_in(&key), None);
            prop_assert_eq!(layout::part_in(&key), None);
        }
    }

    #[test]
    fn a_good_name_stays_as_it_is(text in "\\PC{1,40}") {
        if let Ok(name) = FileName::new(&text) {
            prop_assert_eq!(FileName::new(name.as_str()), Ok(name.clone()));
            let folder = Folder::new(&format!("/{name}"));
            prop_assert_eq!(folder.map(|f| f.as_str().to_owned()), Ok(format!("/{name}")));
        }
    }
}
