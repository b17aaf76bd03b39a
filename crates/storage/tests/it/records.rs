//! Entries, links and usage as bytes.

use erynoa_kernel::RealmId;
use erynoa_storage::{
    BucketName, Entry, File, FileAccess, FileId, FileName, Folder, Link, LinkId, MediaType,
    OwnerId, Upload, Usage, layout,
};
use proptest::prelude::*;

prop_compose! {
    fn names()(
        name in "[a-zäöü語 ]{0,40}x",
        folder in prop::collection::vec("[a-z語]{1,9}", 0..5),
        media_type in "[a-z]{1,9}/[a-z+.-]{1,30}",
    ) -> (FileName, Folder, MediaType) {
        let name = FileName::new(name.trim()).expect("a name");
        let path: String = folder.iter().map(|name| format!("/{name}")).collect();
        let folder = Folder::new(&path).expect("a folder");
        (name, folder, MediaType::new(&media_type).expect("a type"))
    }
}

fn hash(byte: u8) -> [u8; 32] {
    [byte; 32]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_record_is_read_back_as_it_was(
        id: [u8; 16],
        owner: [u8; 16],
        realm: Option<[u8; 32]>,
        access in 1..=4_u8,
        (name, folder, media_type) in names(),
        numbers: [u64; 5],
        binned_at_us: Option<u64>,
        small: u32,
        hashed: Option<u8>,
        typed: bool,
    ) {
        let id = FileId::from_bytes(id);
        let owner = OwnerId::from_bytes(owner);
        let realm = realm.map(RealmId::from_bytes);
        let access = FileAccess::from_number(access).expect("1 to 4");
        let bucket = BucketName::new("files").expect("a bucket's name");
        let key = layout::file_key(numbers[0] / 1000, &id, 2, &name);
        let upload = Upload {
            id, owner, realm, access, size: numbers[1], attempt: small,
            media_type: typed.then(|| media_type.clone()),
            name: name.clone(), folder: folder.clone(), bucket: bucket.clone(), key: key.clone(),
            hash: hashed.map(hash),
            created_at_us: numbers[0], expires_at_us: numbers[2],
        };
        let file = File {
            id, owner, realm, access, name, folder, media_type, size: numbers[1],
            hash: hash(hashed.unwrap_or_default()), bucket, key, created_at_us: numbers[0],
            updated_at_us: numbers[2], binned_at_us, version: numbers[3], links: small,
        };
        let link = Link {
            id: LinkId::from_bytes(*owner.as_bytes()), file: id, token_hash: hash(7),
            created_at_us: numbers[0], expires_at_us: binned_at_us, opened: numbers[4],
        };
        let usage = Usage::default().with(&Entry::File(file.clone()));
        let usage = usage.with(&Entry::Upload(upload.clone()));
        for entry in [Entry::Upload(upload), Entry::File(file)] {
            let record = entry.to_record();
            prop_assert_eq!(Entry::from_record(&record), Some(entry));
            damaged(&record, |record| Entry::from_record(record).is_none());
        }
        prop_assert_eq!(Link::from_record(&link.to_record()), Some(link.clone()));
        damaged(&link.to_record(), |record| Link::from_record(record).is_none());
        prop_assert_eq!(Usage::from_record(&usage.to_record()), Some(usage));
        damaged(&usage.to_record(), |record| Usage::from_record(record).is_none());
    }
}

/// A record that is shorter, longer or of another version is refused.
fn damaged(record: &[u8], refused: impl Fn(&[u8]) -> bool) {
    assert!(refused(&[]));
    assert!(refused(&record[..record.len() - 1]));
    assert!(refused(&[record, &[0]].concat()));
    assert!(refused(&[&[2], &record[1..]].concat()));
}

#[test]
fn an_access_is_found_by_its_name_and_by_its_number() {
    for access in FileAccess::ALL {
        assert_eq!(FileAccess::from_name(access.name()), Some(access));
        assert_eq!(FileAccess::from_number(access as u8), Some(access));
    }
    assert_eq!(FileAccess::from_name("Public"), None);
    assert_eq!((FileAccess::from_number(0), FileAccess::from_number(5)), (None, None));
}
