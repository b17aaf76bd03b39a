//! Files are renamed, copied, binned, restored and deleted.

use erynoa_kernel::DAY_US;
use erynoa_storage::{
    Action, BucketName, FileAccess, FileChanges, FileName, Folder, Listing, MediaType, NewFile,
    Order, StorageError,
};

use super::house::{
    House, NOW_US, house, new_file, nobody, operator, owner, person, realm, stranger, text,
};

fn code<T: std::fmt::Debug>(result: Result<T, StorageError>) -> &'static str {
    result.expect_err("is refused").code()
}

fn all() -> Listing {
    Listing {
        realm: None,
        public: false,
        binned: false,
        folder: None,
        name_part: String::new(),
        media: None,
        order: Order::Name,
        after: None,
        limit: 100,
    }
}

async fn names(house: &House, listing: Listing, caller: erynoa_storage::Caller<'_>) -> Vec<String> {
    let page = house.storage.list_files(listing, &caller).await.expect("read");
    page.files.into_iter().map(|file| file.name.as_str().to_owned()).collect()
}

#[tokio::test]
async fn a_file_is_renamed_and_moved_by_its_newest_version() {
    let house = house().await;
    let file = house.file("a.txt", 3).await;
    let name = FileName::new("b.txt").unwrap();
    let folder = Folder::new("/x").unwrap();
    let changes =
        FileChanges { name: Some(name.clone()), folder: Some(folder), ..FileChanges::default() };
    house.clock.set(NOW_US + 5);
    let changed = house.storage.update_file(&file.id, 1, changes.clone(), &person(1)).await;
    let changed = changed.expect("is the newest");
    assert_eq!((changed.version, changed.updated_at_us), (2, NOW_US + 5));
    assert_eq!((changed.name, changed.key), (name, file.key));
    let late = house.storage.update_file(&file.id, 1, changes.clone(), &person(1)).await;
    assert_eq!(code(late), "CONFLICT");
    let other = house.storage.update_file(&file.id, 2, changes, &person(2)).await;
    assert_eq!(code(other), "NOT_FOUND", "nobody learns that it is there");
}

#[tokio::test]
async fn the_bin_keeps_a_file_for_thirty_days() {
    let house = house().await;
    let file = house.file("a.txt", 100).await;
    let binned = house.storage.delete_file(&file.id, 1, false, &person(1)).await.unwrap();
    let binned = binned.expect("it is in the bin");
    assert_eq!((binned.binned_at_us, binned.version), (Some(NOW_US), 2));
    assert_eq!(names(&house, all(), person(1)).await, [""; 0]);
    let bin = || Listing { binned: true, ..all() };
    assert_eq!(names(&house, bin(), person(1)).await, ["a.txt"]);
    assert_eq!(house.storage.usage(None, &person(1)).await.unwrap().0.binned_bytes, 100);
    let update = house.storage.update_file(&file.id, 2, FileChanges::default(), &person(1)).await;
    assert_eq!(code(update), "FILE_IN_BIN");
    assert_eq!(code(house.storage.create_link(&file.id, 0, &person(1)).await), "FILE_IN_BIN");
    let restored = house.storage.restore_file(&file.id, &person(1)).await.unwrap();
    assert_eq!(restored.binned_at_us, None);
    let again = house.storage.restore_file(&file.id, &person(1)).await.unwrap();
    assert_eq!(again, restored, "restoring what is not there changes nothing");
    house.storage.delete_file(&file.id, restored.version, false, &person(1)).await.unwrap();
    house.clock.set(NOW_US + 30 * DAY_US - 1);
    assert_eq!(house.storage.sweep().await.unwrap().files, 0);
    house.clock.set(NOW_US + 30 * DAY_US);
    assert_eq!(house.storage.sweep().await.unwrap().files, 1);
    assert_eq!((house.entry(&file.id).await, house.keys().await), (None, vec![]));
}

#[tokio::test]
async fn what_is_deleted_for_good_is_gone_with_its_bytes() {
    let house = house().await;
    let first = house.file("a.txt", 3).await;
    let gone = house.storage.delete_file(&first.id, 1, true, &person(1)).await;
    assert_eq!(gone.unwrap(), None);
    let second = house.file("b.txt", 3).await;
    house.storage.delete_file(&second.id, 1, false, &person(1)).await.unwrap();
    let stale = house.storage.delete_file(&second.id, 1, false, &person(1)).await;
    assert_eq!(code(stale), "CONFLICT");
    let gone = house.storage.delete_file(&second.id, 2, false, &person(1)).await;
    assert_eq!(gone.unwrap(), None, "out of the bin there is only one way");
    assert_eq!(house.keys().await, []);
    let again = house.storage.delete_file(&second.id, 2, true, &person(1)).await;
    assert_eq!(code(again), "NOT_FOUND");
}

#[tokio::test]
async fn emptying_the_bin_deletes_what_is_in_it_and_nothing_else() {
    let house = house().await;
    for number in 0..120 {
        let file = house.file(&format!("{number}.txt"), 10).await;
        if number % 4 > 0 {
            house.storage.delete_file(&file.id, 1, false, &person(1)).await.unwrap();
        }
    }
    let other = house.storage.upload_file(new_file("o.txt"), text(9), &person(2)).await.unwrap();
    house.storage.delete_file(&other.id, 1, false, &person(2)).await.unwrap();
    assert_eq!(house.storage.empty_bin(&person(1)).await.unwrap(), (90, 900));
    assert_eq!(house.storage.empty_bin(&person(1)).await.unwrap(), (0, 0));
    assert_eq!(house.keys().await.len(), 31);
    assert_eq!(code(house.storage.empty_bin(&nobody()).await), "FORBIDDEN");
}

#[tokio::test]
async fn a_copy_stands_by_itself_under_a_free_name() {
    let house = house().await;
    let file = house.file("a.txt", 1000).await;
    let copy = async || house.storage.copy_file(&file.id, None, None, &person(1)).await;
    let (second, third) = (copy().await.unwrap(), copy().await.unwrap());
    assert_eq!((second.name.as_str(), third.name.as_str()), ("a (2).txt", "a (3).txt"));
    let folder = Folder::new("/x").ok();
    let moved = house.storage.copy_file(&file.id, None, folder, &person(1)).await.unwrap();
    assert_eq!(moved.name.as_str(), "a.txt", "free in its folder");
    house.storage.delete_file(&file.id, 1, true, &person(1)).await.unwrap();
    assert_eq!(house.read(&second).await, text(1000));
    assert_eq!(second.hash, file.hash);
    let mut house = house;
    house.storage.rules.quota_bytes = 3999;
    let refused = house.storage.copy_file(&second.id, None, None, &person(1)).await;
    assert_eq!(code(refused), "QUOTA_EXCEEDED");
    let secret = house.storage.copy_file(&second.id, None, None, &person(2)).await;
    assert_eq!(code(secret), "NOT_FOUND");
}

#[tokio::test]
async fn a_copy_of_what_others_have_shared_is_private() {
    let house = house().await;
    let new = |access, realm| NewFile { access, realm, ..new_file("a.txt") };
    let public = new(FileAccess::Public, None);
    let public = house.storage.upload_file(public, text(9), &person(1)).await.unwrap();
    let copy = house.storage.copy_file(&public.id, None, None, &stranger(2)).await.unwrap();
    assert_eq!((copy.owner, copy.access, copy.realm), (owner(2), FileAccess::Private, None));
    let shared = new(FileAccess::Members, Some(realm(1)));
    let shared = house.storage.upload_file(shared, text(9), &person(1)).await.unwrap();
    let copy = house.storage.copy_file(&shared.id, None, None, &person(2)).await.unwrap();
    assert_eq!((copy.access, copy.realm), (FileAccess::Members, Some(realm(1))));
    let own = house.storage.copy_file(&shared.id, None, None, &stranger(1)).await.unwrap();
    assert_eq!((own.access, own.realm), (FileAccess::Private, None), "who left takes it along");
    assert_eq!(code(house.storage.copy_file(&public.id, None, None, &nobody()).await), "FORBIDDEN");
}

#[tokio::test]
async fn everybody_lists_what_they_may_see() {
    let house = house().await;
    for (name, access, realm, by) in [
        ("own", FileAccess::Private, None, 1),
        ("own public", FileAccess::Public, None, 1),
        ("realm private", FileAccess::Private, Some(realm(1)), 1),
        ("realm members", FileAccess::Members, Some(realm(1)), 1),
        ("realm public", FileAccess::Public, Some(realm(1)), 1),
        ("other", FileAccess::Private, None, 2),
    ] {
        let new = NewFile { access, realm, ..new_file(name) };
        house.storage.upload_file(new, text(3), &person(by)).await.unwrap();
    }
    let of_realm = || Listing { realm: Some(realm(1)), ..all() };
    let public = || Listing { public: true, ..all() };
    assert_eq!(names(&house, all(), person(1)).await, ["own", "own public"]);
    assert_eq!(names(&house, all(), person(2)).await, ["other"]);
    assert_eq!(names(&house, all(), nobody()).await, ["own public", "realm public"]);
    assert_eq!(names(&house, public(), person(2)).await, ["own public", "realm public"]);
    assert_eq!(names(&house, of_realm(), person(2)).await, ["realm members", "realm public"]);
    assert_eq!(names(&house, of_realm(), stranger(2)).await, ["realm public"]);
    assert_eq!(names(&house, of_realm(), nobody()).await, ["realm public"]);
    assert_eq!(names(&house, of_realm(), person(1)).await.len(), 3);
    assert_eq!(names(&house, of_realm(), operator()).await.len(), 3);
    let file = house.storage.list_files(of_realm(), &person(1)).await.unwrap().files.remove(0);
    house.storage.delete_file(&file.id, 1, false, &person(1)).await.unwrap();
    let bin = |listing| Listing { binned: true, ..listing };
    assert_eq!(names(&house, bin(of_realm()), person(1)).await.len(), 1);
    assert_eq!(names(&house, bin(of_realm()), operator()).await.len(), 1);
    assert_eq!(names(&house, bin(of_realm()), person(2)).await, [""; 0]);
    assert_eq!(names(&house, bin(public()), nobody()).await, [""; 0]);
    assert_eq!(names(&house, bin(all()), nobody()).await, [""; 0]);
}

#[tokio::test]
async fn operators_see_and_delete_but_do_not_read_or_change() {
    let house = house().await;
    let file = house.file("a.txt", 3).await;
    for (action, expected) in [
        (Action::See, "ok"),
        (Action::Read, "FORBIDDEN"),
        (Action::Edit, "FORBIDDEN"),
        (Action::Delete, "ok"),
    ] {
        let seen = house.storage.file_for(&file.id, action, &operator()).await;
        assert_eq!(seen.map_or_else(|error| error.code(), |_| "ok"), expected);
    }
}

#[tokio::test]
async fn what_is_not_safe_to_show_is_saved() {
    let house = house().await;
    let page = NewFile { media_type: MediaType::new("text/html").ok(), ..new_file("a.html") };
    let page = house.storage.upload_file(page, text(9), &person(1)).await.unwrap();
    let shown = page.disposition(false);
    assert_eq!((&*shown.media_type, shown.save_as), ("text/plain; charset=utf-8", None));
    let saved = page.disposition(true);
    assert_eq!((&*saved.media_type, saved.save_as.as_deref()), ("text/html", Some("a.html")));
}

#[tokio::test]
async fn buckets_are_made_once_and_deleted_when_nothing_is_in_them() {
    let house = house().await;
    house.file("a.txt", 70).await;
    let name = |text| BucketName::new(text).expect("a bucket's name");
    house.storage.create_bucket(&name("old-files")).await.unwrap();
    assert_eq!(code(house.storage.create_bucket(&name("old-files")).await), "BUCKET_EXISTS");
    let buckets = house.storage.list_buckets().await.unwrap();
    let listed: Vec<_> = buckets.iter().map(|(name, usage)| (name.as_str(), usage.bytes)).collect();
    assert_eq!(listed, [("files", 70), ("old-files", 0)]);
    assert_eq!(code(house.storage.delete_bucket(&name("files")).await), "BUCKET_NOT_EMPTY");
    house.storage.delete_bucket(&name("old-files")).await.unwrap();
    assert_eq!(code(house.storage.delete_bucket(&name("old-files")).await), "NOT_FOUND");
}

#[tokio::test]
async fn usage_of_a_realm_is_for_its_members_and_operators() {
    let house = house().await;
    let new = NewFile { realm: Some(realm(1)), ..new_file("a.txt") };
    house.storage.upload_file(new, text(7), &person(1)).await.unwrap();
    for caller in [person(2), operator()] {
        let (usage, quota) = house.storage.usage(Some(realm(1)), &caller).await.unwrap();
        assert_eq!((usage.bytes, quota), (7, 60 << 20));
    }
    for caller in [stranger(2), nobody()] {
        assert_eq!(code(house.storage.usage(Some(realm(1)), &caller).await), "FORBIDDEN");
    }
    assert!(house.storage.usage(None, &person(1)).await.unwrap().0.is_empty());
    let overview = house.storage.overview(20).await.unwrap();
    assert_eq!((overview.usage.bytes, overview.holders.len(), overview.biggest.len()), (7, 1, 1));
}
