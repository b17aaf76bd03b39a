//! Links.

use erynoa_kernel::DAY_US;
use erynoa_storage::{Entry, FileAccess, FileChanges, LinkId, StorageError};

use super::house::{NOW_US, house, nobody, person};

fn code<T: std::fmt::Debug>(result: Result<T, StorageError>) -> &'static str {
    result.expect_err("is refused").code()
}

#[tokio::test]
async fn whoever_has_the_token_opens_the_file_until_it_expires() {
    let house = house().await;
    let file = house.file("a.txt", 3).await;
    let storage = &house.storage;
    let (link, token) = storage.create_link(&file.id, 60, &person(1)).await.unwrap();
    assert_eq!(token.len(), 64);
    assert_eq!(link.expires_at_us, Some(NOW_US + 60_000_000));
    assert_ne!(hex::encode(link.token_hash), token, "the token itself is stored nowhere");
    let (opened, _) = storage.open_link(&token).await.unwrap();
    assert_eq!((opened.id, opened.access, opened.links), (file.id, FileAccess::Link, 1));
    storage.open_link(&token).await.unwrap();
    let links = storage.links_of(&file.id, &person(1)).await.unwrap();
    assert_eq!(links.iter().map(|link| link.opened).collect::<Vec<_>>(), [2]);
    house.clock.set(NOW_US + 60_000_000);
    assert_eq!(code(storage.open_link(&token).await), "LINK_EXPIRED");
    house.clock.set(NOW_US + 60_000_000 + 30 * DAY_US);
    assert_eq!(storage.sweep().await.unwrap().links, 1);
    assert_eq!(code(storage.open_link(&token).await), "NOT_FOUND");
}

#[tokio::test]
async fn a_token_that_never_was_opens_nothing() {
    let house = house().await;
    let file = house.file("a.txt", 3).await;
    let (_, token) = house.storage.create_link(&file.id, 0, &person(1)).await.unwrap();
    let other = if token.starts_with('0') { "1" } else { "0" };
    let almost = format!("{other}{}", &token[1..]);
    let longer = format!("{token}00");
    for wrong in ["", "x", &almost, &token[2..], &longer, "\u{e4}", &"0".repeat(64)] {
        assert_eq!(code(house.storage.open_link(wrong).await), "NOT_FOUND", "{wrong}");
    }
    house.clock.set(u64::MAX);
    house.storage.open_link(&token).await.expect("one without an end never ends");
}

#[tokio::test]
async fn a_link_ends_with_its_owners_will() {
    let house = house().await;
    let file = house.file("a.txt", 3).await;
    let storage = &house.storage;
    let (link, token) = storage.create_link(&file.id, 0, &person(1)).await.unwrap();
    let (_, second) = storage.create_link(&file.id, 0, &person(1)).await.unwrap();
    for other in [person(2), nobody()] {
        assert_eq!(code(storage.create_link(&file.id, 0, &other).await), "NOT_FOUND");
        assert_eq!(code(storage.links_of(&file.id, &other).await), "NOT_FOUND");
        assert_eq!(code(storage.revoke_link(&link.id, &other).await), "NOT_FOUND");
    }
    storage.revoke_link(&link.id, &person(1)).await.unwrap();
    assert_eq!(code(storage.revoke_link(&link.id, &person(1)).await), "NOT_FOUND");
    assert_eq!(code(storage.open_link(&token).await), "NOT_FOUND");
    storage.open_link(&second).await.expect("each link stands by itself");
    let Some(Entry::File(now)) = house.entry(&file.id).await else {
        panic!("the file is there");
    };
    let access = Some(FileAccess::Private);
    let changes = FileChanges { access, ..FileChanges::default() };
    let private = storage.update_file(&file.id, now.version, changes, &person(1)).await.unwrap();
    assert_eq!(code(storage.open_link(&second).await), "NOT_FOUND", "taken back");
    let changes = FileChanges { access: Some(FileAccess::Public), ..FileChanges::default() };
    let public = storage.update_file(&file.id, private.version, changes, &person(1)).await.unwrap();
    storage.open_link(&second).await.expect("given again");
    storage.delete_file(&file.id, public.version, false, &person(1)).await.unwrap();
    assert_eq!(code(storage.open_link(&second).await), "NOT_FOUND", "in the bin");
}

#[tokio::test]
async fn a_link_lives_up_to_a_year_or_for_ever() {
    let house = house().await;
    let file = house.file("a.txt", 3).await;
    for (expires_s, expected) in
        [(0, "ok"), (1, "ok"), (31_536_000, "ok"), (31_536_001, "LINK_EXPIRY_INVALID")]
    {
        let made = house.storage.create_link(&file.id, expires_s, &person(1)).await;
        assert_eq!(made.map_or_else(|error| error.code(), |_| "ok"), expected);
    }
    let unknown = LinkId::from_bytes([9; 16]);
    assert_eq!(code(house.storage.revoke_link(&unknown, &person(1)).await), "NOT_FOUND");
}

#[tokio::test]
async fn a_file_has_at_most_a_hundred_links() {
    let house = house().await;
    let file = house.file("a.txt", 3).await;
    for _ in 0..100 {
        house.storage.create_link(&file.id, 0, &person(1)).await.unwrap();
    }
    let refused = house.storage.create_link(&file.id, 0, &person(1)).await;
    assert_eq!(code(refused), "STORAGE_LIMIT_REACHED");
}
