//! Files arrive: in one call, or in parts.

use bytes::Bytes;
use erynoa_kernel::{DAY_US, Problem};
use erynoa_storage::{
    Entry, FileAccess, FileChanges, FileName, MediaType, NewFile, PART_BYTES, SMALL_MOST_BYTES,
    StorageError, Upload,
};
use futures_util::stream;

use super::house::{House, NOW_US, house, new_file, nobody, person, realm, stranger, text};

fn code<T: std::fmt::Debug>(result: Result<T, StorageError>) -> &'static str {
    result.expect_err("is refused").code()
}

const PART: usize = PART_BYTES as usize;

async fn start(house: &House, size: usize) -> Upload {
    let bytes = text(size);
    let hash = Some(*blake3::hash(&bytes).as_bytes());
    let new = NewFile { hash, ..new_file("big.txt") };
    house.storage.start_upload(new, size as u64, &person(1)).await.expect("begins")
}

/// Sends parts as they shall be.
async fn send(house: &House, upload: &Upload, parts: &[u32]) {
    let bytes = text(upload.size as usize);
    for &part in parts {
        let from = (part as usize - 1) * PART;
        let to = bytes.len().min(from + PART);
        house.send_part(upload, part, bytes.slice(from..to)).await;
    }
}

#[tokio::test]
async fn a_small_file_is_there_at_once() {
    let house = house().await;
    let file = house.file("Größe.txt", 1000).await;
    assert_eq!(house.entry(&file.id).await, Some(Entry::File(file.clone())));
    assert_eq!(house.read(&file).await, text(1000));
    assert_eq!(file.media_type.as_str(), "text/plain");
    assert_eq!(file.hash, *blake3::hash(&text(1000)).as_bytes());
    assert_eq!((file.version, file.created_at_us), (1, NOW_US));
    assert_eq!(file.key.as_str(), format!("2024/10/04/{}-Gr-e.txt", file.id.uuid()));
    assert_eq!(house.keys().await, [file.key]);
    let (usage, quota) = house.storage.usage(None, &person(1)).await.unwrap();
    assert_eq!((usage.files, usage.bytes, usage.reserved_bytes, quota), (1, 1000, 0, 40 << 20));
}

#[tokio::test]
async fn an_upload_survives_in_any_order_and_becomes_one_file() {
    let house = house().await;
    let upload = start(&house, 2 * PART + 5).await;
    assert_eq!((upload.parts(), upload.expires_at_us), (3, NOW_US + 7 * DAY_US));
    send(&house, &upload, &[3, 1]).await;
    let received = house.storage.received(&upload).await.unwrap();
    assert_eq!(received, [(1, PART_BYTES), (3, 5)]);
    let refused = house.storage.complete_upload(&upload.id, None, &person(1)).await;
    let error = refused.expect_err("a part is missing");
    assert!(matches!(&error, StorageError::Incomplete { missing } if missing == &[2]));
    let problem = Problem::from(error);
    assert_eq!((problem.code, &*problem.violations[0].field), ("UPLOAD_INCOMPLETE", "part 2"));
    send(&house, &upload, &[2]).await;
    let file = house.storage.complete_upload(&upload.id, None, &person(1)).await.unwrap();
    assert_eq!(file.id, upload.id);
    assert!(house.read(&file).await == text(2 * PART + 5));
    assert_eq!(house.keys().await, std::slice::from_ref(&file.key), "the parts are gone");
    let again = house.storage.complete_upload(&upload.id, None, &person(1)).await.unwrap();
    assert_eq!(again, file, "whoever has not heard the answer may ask again");
}

#[tokio::test]
async fn files_at_the_edges_of_parts_are_whole() {
    let house = house().await;
    for (size, parts) in [(0, 1), (1, 1), (PART, 1), (PART + 1, 2), (2 * PART, 2)] {
        let upload = start(&house, size).await;
        assert_eq!(upload.parts(), parts, "{size} bytes");
        if size > 0 {
            send(&house, &upload, &(1..=parts).collect::<Vec<_>>()).await;
        }
        let file = house.storage.complete_upload(&upload.id, None, &person(1)).await.unwrap();
        assert!(house.read(&file).await == text(size), "{size} bytes");
        house.storage.delete_file(&file.id, 1, true, &person(1)).await.unwrap();
    }
    assert_eq!(house.keys().await, []);
}

#[tokio::test]
async fn parts_of_a_wrong_size_or_content_are_refused_and_can_be_sent_again() {
    let house = house().await;
    for size in [100, PART + 100] {
        let upload = start(&house, size).await;
        let last = upload.parts();
        send(&house, &upload, &(1..=last).collect::<Vec<_>>()).await;
        for wrong in [99, 101] {
            house.send_part(&upload, last, text(wrong)).await;
            let refused = house.storage.complete_upload(&upload.id, None, &person(1)).await;
            assert_eq!(code(refused), "PART_INVALID");
        }
        house.send_part(&upload, last, Bytes::from(vec![b'x'; 100])).await;
        let refused = house.storage.complete_upload(&upload.id, None, &person(1)).await;
        assert_eq!(code(refused), "HASH_MISMATCH");
        send(&house, &upload, &[last]).await;
        let refused = house.storage.complete_upload(&upload.id, Some([1; 32]), &person(1)).await;
        assert_eq!(code(refused), "HASH_MISMATCH", "what is said at the end counts too");
        let file = house.storage.complete_upload(&upload.id, None, &person(1)).await.unwrap();
        assert!(house.read(&file).await == text(size));
        house.storage.delete_file(&file.id, 1, true, &person(1)).await.unwrap();
        assert_eq!(house.keys().await, [], "nothing of the attempts is left");
    }
}

#[tokio::test]
async fn bytes_that_are_not_what_they_are_said_to_be_are_refused() {
    let house = house().await;
    let claimed = MediaType::new("application/pdf").ok();
    let new = || NewFile { media_type: claimed.clone(), ..new_file("a.pdf") };
    let refused = house.storage.upload_file(new(), text(10), &person(1)).await;
    assert_eq!(code(refused), "MEDIA_TYPE_MISMATCH");
    let upload = house.storage.start_upload(new(), 10, &person(1)).await.unwrap();
    house.send_part(&upload, 1, text(10)).await;
    let refused = house.storage.complete_upload(&upload.id, None, &person(1)).await;
    assert_eq!(code(refused), "MEDIA_TYPE_MISMATCH");
    house.storage.abort_upload(&upload.id, &person(1)).await.unwrap();
    let wrong = NewFile { hash: Some([9; 32]), ..new_file("a.txt") };
    let refused = house.storage.upload_file(wrong, text(10), &person(1)).await;
    assert_eq!(code(refused), "HASH_MISMATCH");
    assert_eq!(house.keys().await, [], "nothing is half stored");
    assert!(house.storage.usage(None, &person(1)).await.unwrap().0.is_empty());
}

#[tokio::test]
async fn sizes_have_limits_on_both_sides() {
    let house = house().await;
    let most = SMALL_MOST_BYTES as usize;
    house.storage.upload_file(new_file("a"), text(most), &person(1)).await.expect("fits");
    let refused = house.storage.upload_file(new_file("a"), text(most + 1), &person(1)).await;
    assert_eq!(code(refused), "PAYLOAD_TOO_LARGE");
    let mut house = house;
    house.storage.rules.quota_bytes = 0;
    let most = house.storage.rules.most_bytes;
    house.storage.start_upload(new_file("a"), most, &person(1)).await.expect("fits");
    for size in [most + 1, u64::MAX] {
        let refused = house.storage.start_upload(new_file("a"), size, &person(1)).await;
        assert_eq!(code(refused), "PAYLOAD_TOO_LARGE");
    }
}

#[tokio::test]
async fn uploads_at_once_never_exceed_the_quota() {
    let house = house().await;
    let quota = house.storage.rules.quota_bytes;
    let first = start(&house, quota as usize / 2).await;
    let second = start(&house, quota as usize / 2).await;
    let refused = house.storage.start_upload(new_file("a"), 1, &person(1)).await;
    let problem = Problem::from(refused.expect_err("all is reserved"));
    assert_eq!(problem.code, "QUOTA_EXCEEDED");
    assert!(problem.message.contains(&quota.to_string()), "{}", problem.message);
    house.storage.start_upload(new_file("a"), quota, &person(2)).await.expect("another person");
    let in_realm = NewFile { realm: Some(realm(1)), ..new_file("a") };
    house.storage.start_upload(in_realm, quota, &person(1)).await.expect("the realm's quota");
    house.storage.abort_upload(&first.id, &person(1)).await.unwrap();
    house.storage.start_upload(new_file("a"), 1, &person(1)).await.expect("there is room");
    assert_eq!(code(house.storage.abort_upload(&first.id, &person(1)).await), "UPLOAD_UNKNOWN");
    send(&house, &second, &[1]).await;
}

#[tokio::test]
async fn a_stream_of_unknown_size_is_stored_up_to_what_was_reserved() {
    let house = house().await;
    let pieces = |size: usize| {
        let bytes = text(size);
        let pieces: Vec<_> =
            (0..size).step_by(70).map(|from| Ok(bytes.slice(from..size.min(from + 70)))).collect();
        Box::pin(stream::iter(pieces))
    };
    let file = house
        .storage
        .upload_stream(new_file("a"), 1000, pieces(300), &person(1))
        .await
        .expect("fits");
    assert_eq!(file.size, 300);
    let refused = house.storage.upload_stream(new_file("a"), 1000, pieces(1001), &person(1)).await;
    assert_eq!(code(refused), "SIZE_MISMATCH");
    let usage = house.storage.usage(None, &person(1)).await.unwrap().0;
    assert_eq!((usage.bytes, usage.reserved_bytes, usage.uploads), (300, 0, 0));
    assert_eq!(house.keys().await, [file.key]);
}

#[tokio::test]
async fn an_upload_is_its_owners_and_lasts_seven_days() {
    let house = house().await;
    let upload = start(&house, 10).await;
    send(&house, &upload, &[1]).await;
    let storage = &house.storage;
    for other in [person(2), nobody()] {
        assert_eq!(code(storage.upload_for(&upload.id, &other).await), "UPLOAD_UNKNOWN");
        assert_eq!(code(storage.complete_upload(&upload.id, None, &other).await), "UPLOAD_UNKNOWN");
        assert_eq!(code(storage.abort_upload(&upload.id, &other).await), "UPLOAD_UNKNOWN");
        let url = storage.presign_part(&upload.id, 1, 0, &other).await;
        assert_eq!(code(url), "UPLOAD_UNKNOWN");
    }
    house.clock.set(upload.expires_at_us - 1);
    assert_eq!(storage.sweep().await.unwrap().uploads, 0);
    storage.upload_for(&upload.id, &person(1)).await.expect("the last moment");
    house.clock.set(upload.expires_at_us);
    let late = storage.complete_upload(&upload.id, None, &person(1)).await;
    assert_eq!(code(late), "UPLOAD_UNKNOWN");
    assert_eq!(storage.sweep().await.unwrap().uploads, 1);
    assert_eq!((house.entry(&upload.id).await, house.keys().await), (None, vec![]));
}

#[tokio::test]
async fn a_part_has_a_url_of_its_own() {
    let house = house().await;
    let upload = start(&house, PART + 1).await;
    for (part, expires_s, expected) in [
        (0, 0, Err("PART_INVALID")),
        (1, 0, Ok(3600)),
        (2, 604_800, Ok(604_800)),
        (2, 604_801, Err("URL_EXPIRY_INVALID")),
        (3, 1, Err("PART_INVALID")),
    ] {
        let url = house.storage.presign_part(&upload.id, part, expires_s, &person(1)).await;
        let life = url.map(|url| (url.expires_at_us - NOW_US) / 1_000_000);
        assert_eq!(life.map_err(|error| error.code()), expected);
    }
}

#[tokio::test]
async fn a_realm_takes_files_of_its_members_alone() {
    let house = house().await;
    let new = |access| NewFile { realm: Some(realm(1)), access, ..new_file("a.txt") };
    let refused = house.storage.upload_file(new(FileAccess::Members), text(3), &stranger(1)).await;
    assert_eq!(code(refused), "FORBIDDEN");
    let refused = house.storage.upload_file(new_file("a"), text(3), &nobody()).await;
    assert_eq!(code(refused), "FORBIDDEN");
    let placeless = NewFile { access: FileAccess::Members, ..new_file("a") };
    let refused = house.storage.upload_file(placeless, text(3), &person(1)).await;
    assert_eq!(code(refused), "FILE_ACCESS_INVALID");
    let file =
        house.storage.upload_file(new(FileAccess::Members), text(3), &person(1)).await.unwrap();
    let changes = FileChanges { realm: Some(Some(realm(2))), ..FileChanges::default() };
    let refused = house.storage.update_file(&file.id, 1, changes, &person(1)).await;
    assert_eq!(code(refused), "FORBIDDEN");
    let changes = FileChanges { realm: Some(None), ..FileChanges::default() };
    let refused = house.storage.update_file(&file.id, 1, changes, &person(1)).await;
    assert_eq!(code(refused), "FILE_ACCESS_INVALID");
    let name = FileName::new("b.txt").ok();
    let changes = FileChanges { name, ..FileChanges::default() };
    let left = house.storage.update_file(&file.id, 1, changes, &stranger(1)).await;
    assert_eq!(left.expect("who has left may rename what is theirs").realm, Some(realm(1)));
}

#[tokio::test]
async fn parts_sent_after_the_end_are_swept() {
    let house = house().await;
    let upload = start(&house, 10).await;
    send(&house, &upload, &[1]).await;
    let file = house.storage.complete_upload(&upload.id, None, &person(1)).await.unwrap();
    send(&house, &upload, &[1]).await;
    let other = start(&house, 10).await;
    send(&house, &other, &[1]).await;
    assert_eq!(house.storage.sweep().await.unwrap().parts, 1);
    assert_eq!(house.keys().await.len(), 2, "the file's and the part of the other upload");
    assert_eq!(house.read(&file).await, text(10));
}
