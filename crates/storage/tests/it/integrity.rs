//! Damage is found: by readers, and by the scan.

use std::sync::Arc;

use bytes::Bytes;
use erynoa_kernel::StoreErrorKind;
use erynoa_storage::{Finding, ObjectKey, ObjectStore, Scan, verified, whole};
use futures_util::{TryStreamExt, stream};
use proptest::prelude::*;

use super::house::{House, bucket, house, new_file, person, text};

async fn overwrite(house: &House, key: &ObjectKey, bytes: &'static [u8]) {
    let bytes = Bytes::from_static(bytes);
    house.objects.put(&bucket(), key, whole(bytes), 100).await.expect("write");
}

async fn scan(house: &House) -> Scan {
    let mut scan = house.storage.begin_scan().await.expect("begins");
    while scan.finished_at_us.is_none() {
        scan = house.storage.step_scan(scan).await;
    }
    scan
}

fn key(text: &str) -> ObjectKey {
    ObjectKey::new(text).expect("a key")
}

#[tokio::test]
async fn a_healthy_storage_has_no_findings() {
    let house = house().await;
    for number in 0..45 {
        house.file(&format!("{number}.txt"), number * 10).await;
    }
    let upload = house.storage.start_upload(new_file("b"), 5, &person(1)).await.unwrap();
    house.send_part(&upload, 1, text(5)).await;
    overwrite(&house, &key("foreign/object"), b"of somebody else").await;
    let scan = scan(&house).await;
    assert_eq!(scan.findings, []);
    assert_eq!((scan.files, scan.checked, scan.error), (45, 45, None));
    assert_eq!(scan.bytes, (0..45).map(|number| number * 10).sum::<u64>());
}

#[tokio::test]
async fn the_scan_finds_damage_losses_and_orphans_and_deletes_orphans_alone() {
    let house = house().await;
    let good = house.file("good.txt", 30).await;
    let damaged = house.file("damaged.txt", 5).await;
    let missing = house.file("missing.txt", 5).await;
    overwrite(&house, &damaged.key, b"wrong").await;
    ObjectStore::delete(&*house.objects, &bucket(), &missing.key).await.unwrap();
    let id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
    let orphans = [
        key(&format!("2026/11/23/{id}-lost.txt")),
        key(&format!("uploads/{id}/00001")),
        // The second attempt at a file whose first has won.
        key(&format!("2024/10/04/{}-2-good.txt", good.id.uuid())),
    ];
    for orphan in &orphans {
        overwrite(&house, orphan, b"12345").await;
    }
    overwrite(&house, &key("foreign/object"), b"of somebody else").await;
    let scan = scan(&house).await;
    let (mut found_damaged, mut found_missing, mut found_orphans) = (vec![], vec![], vec![]);
    for finding in &scan.findings {
        match finding {
            Finding::Damaged(file) => found_damaged.push(file.id),
            Finding::Missing(file) => found_missing.push(file.id),
            Finding::Orphan { object, .. } => found_orphans.push(object.key.clone()),
        }
    }
    assert_eq!((found_damaged, found_missing), (vec![damaged.id], vec![missing.id]));
    found_orphans.sort();
    let mut expected = orphans.to_vec();
    expected.sort();
    assert_eq!(found_orphans, expected);
    assert_eq!(house.storage.delete_orphans(&scan).await.unwrap(), (3, 15));
    let left = house.keys().await;
    assert_eq!(left.len(), 3, "the good, the damaged and the foreign: {left:?}");
}

#[tokio::test]
async fn a_damaged_file_never_reaches_its_reader_whole() {
    let house = house().await;
    let file = house.file("a.txt", 5).await;
    assert_eq!(house.read(&file).await, text(5));
    overwrite(&house, &file.key, b"wrong").await;
    let bytes = house.storage.read_file(&file, None).await.unwrap();
    let error = bytes.try_collect::<Vec<_>>().await.expect_err("is damaged");
    assert_eq!(error.kind, StoreErrorKind::Corrupt);
    let part = house.storage.read_file(&file, Some(1..3)).await.unwrap();
    assert_eq!(part.try_collect::<Vec<_>>().await.unwrap().concat(), b"ro", "parts have no hash");
    ObjectStore::delete(&*house.objects, &bucket(), &file.key).await.unwrap();
    assert!(house.storage.read_file(&file, None).await.is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_verified_stream_is_the_stream_or_fails_before_its_end(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..8),
        flip in any::<prop::sample::Index>(),
        damage: bool,
    ) {
        let mut stored = pieces.concat();
        let hash = *blake3::hash(&stored).as_bytes();
        let damage = damage && !stored.is_empty();
        let mut sent = pieces.clone();
        if damage {
            let at = flip.index(stored.len());
            stored[at] ^= 1;
            let mut left = at;
            for piece in &mut sent {
                if left < piece.len() {
                    piece[left] ^= 1;
                    break;
                }
                left -= piece.len();
            }
        }
        let bytes = stream::iter(sent.into_iter().map(|piece| Ok(Bytes::from(piece))));
        let mut read = Vec::new();
        let mut bytes = verified(Box::pin(bytes), hash);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ended = runtime.block_on(async {
            while let Some(piece) = bytes.try_next().await? {
                read.extend_from_slice(&piece);
            }
            Ok::<_, erynoa_kernel::StoreError>(())
        });
        prop_assert_eq!(ended.is_ok(), !damage);
        if damage {
            prop_assert!(read.len() < stored.len());
        } else {
            prop_assert_eq!(read, stored);
        }
    }
}

#[tokio::test]
async fn a_scan_that_cannot_go_on_says_why() {
    let house = house().await;
    house.file("a.txt", 5).await;
    let mut storage = house.storage;
    let scan = storage.begin_scan().await.unwrap();
    storage.objects = Arc::new(super::crash::Failing::after(0, storage.objects.clone()));
    let scan = storage.step_scan(scan).await;
    assert!(scan.finished_at_us.is_some() && scan.error.is_some());
}
