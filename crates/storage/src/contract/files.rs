//! Laws of [`FileIndex`]: changes.

use std::sync::Arc;

use erynoa_kernel::{DAY_US, RealmId};
use futures_util::future::{join, join3};

use crate::layout::file_key;
use crate::{
    BucketName, Change, ChangeError, Entry, File, FileAccess, FileId, FileIndex, FileName, Folder,
    Holder, LINKS_MOST, Leftover, Link, LinkId, LinkQuery, MediaType, OwnerId, Share, Upload,
    Usage, UsageQuery,
};

/// What the laws are about.
pub(super) type Index = Arc<dyn FileIndex>;

/// An owner.
pub(super) fn owner(number: u8) -> OwnerId {
    OwnerId::from_bytes([number; 16])
}

/// A realm.
pub(super) fn realm(number: u8) -> RealmId {
    RealmId::from_bytes([number; 32])
}

/// An upload of 100 bytes by owner 1.
pub(super) fn upload(number: u8) -> Upload {
    let id = FileId::from_bytes([number; 16]);
    let name = FileName::new(&format!("file {number}.txt")).expect("a name");
    Upload {
        id,
        owner: owner(1),
        realm: None,
        access: FileAccess::Private,
        key: file_key(1_000, &id, 1, &name),
        name,
        folder: Folder::top(),
        media_type: Some(MediaType::new("text/plain").expect("a type")),
        size: 100,
        hash: Some([number; 32]),
        bucket: BucketName::new("files").expect("a bucket's name"),
        attempt: 0,
        created_at_us: 1_000,
        expires_at_us: 1_000 + DAY_US,
    }
}

/// What becomes of an upload.
pub(super) fn file_of(upload: &Upload) -> File {
    File {
        id: upload.id,
        owner: upload.owner,
        realm: upload.realm,
        access: upload.access,
        name: upload.name.clone(),
        folder: upload.folder.clone(),
        media_type: upload.media_type.clone().unwrap_or_else(MediaType::unknown),
        size: upload.size,
        hash: upload.hash.unwrap_or_default(),
        bucket: upload.bucket.clone(),
        key: upload.key.clone(),
        created_at_us: upload.created_at_us,
        updated_at_us: 2_000,
        binned_at_us: None,
        version: 1,
        links: 0,
    }
}

fn link(number: u8, file: FileId) -> Link {
    Link {
        id: LinkId::from_bytes([number; 16]),
        file,
        token_hash: [number; 32],
        created_at_us: 5_000 - u64::from(number),
        expires_at_us: (number > 1).then_some(10_000 + u64::from(number)),
        opened: 0,
    }
}

/// Reserves an upload without a quota.
pub(super) async fn reserve(index: &Index, upload: Upload) {
    index.apply(Change::Reserve { upload, quota_bytes: 0 }).await.expect("write");
}

/// Stores the file of an upload.
pub(super) async fn store(index: &Index, upload: Upload) -> File {
    let file = file_of(&upload);
    reserve(index, upload).await;
    index.apply(Change::Complete { file: file.clone() }).await.expect("write");
    file
}

/// Stores a change of a file; returns the file as it is then.
pub(super) async fn update(index: &Index, file: File) -> File {
    let expected = file.version;
    match index.apply(Change::Update { file, expected, quota_bytes: 0 }).await.expect("write") {
        Some(Entry::File(file)) => file,
        other => panic!("no file, but {other:?}"),
    }
}

async fn usage(index: &Index, share: Share) -> Usage {
    let found = index.usage(UsageQuery::Of(vec![share.clone()])).await.expect("read");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, share);
    found[0].1
}

fn of_person(number: u8) -> Share {
    Share::Holder(Holder::Person(owner(number)))
}

/// Law.
pub async fn what_is_reserved_is_found_and_counts_at_once(index: Index) {
    assert_eq!(index.find(&upload(1).id).await.expect("read"), None);
    assert!(usage(&index, Share::Everything).await.is_empty());
    let full = Upload { realm: Some(realm(3)), media_type: None, hash: None, ..upload(2) };
    for upload in [upload(1), full] {
        let change = Change::Reserve { upload: upload.clone(), quota_bytes: 0 };
        let entry = Entry::Upload(upload.clone());
        assert_eq!(index.apply(change).await.expect("write"), Some(entry.clone()));
        assert_eq!(index.find(&upload.id).await.expect("read"), Some(entry));
    }
    let one = Usage { uploads: 1, reserved_bytes: 100, ..Usage::default() };
    let both = Usage { uploads: 2, reserved_bytes: 200, ..Usage::default() };
    assert_eq!(usage(&index, of_person(1)).await, one);
    assert_eq!(usage(&index, Share::Holder(Holder::Realm(realm(3)))).await, one);
    assert_eq!(usage(&index, Share::Everything).await, both);
    assert_eq!(usage(&index, Share::Bucket(upload(1).bucket)).await, both);
}

/// Law.
pub async fn an_id_is_taken_once(index: Index) {
    store(&index, upload(1)).await;
    reserve(&index, upload(2)).await;
    for number in [1, 2] {
        let again = Upload { size: 7, ..upload(number) };
        let refused = index.apply(Change::Reserve { upload: again, quota_bytes: 0 }).await;
        assert!(matches!(refused, Err(ChangeError::Conflict)));
    }
    assert_eq!(usage(&index, Share::Everything).await.taken_bytes(), 200);
}

/// Law.
pub async fn an_upload_becomes_a_file_once(index: Index) {
    let file = file_of(&upload(1));
    let complete = Change::Complete { file: file.clone() };
    let refused = index.apply(complete.clone()).await;
    assert!(matches!(refused, Err(ChangeError::Missing)), "there is no upload yet");
    reserve(&index, upload(1)).await;
    let others = [
        File { owner: owner(9), ..file.clone() },
        File { realm: Some(realm(9)), ..file.clone() },
        File { size: 101, ..file.clone() },
        File { key: upload(9).key, ..file.clone() },
    ];
    for other in others {
        let refused = index.apply(Change::Complete { file: other }).await;
        assert!(matches!(refused, Err(ChangeError::Conflict)), "it is another than was reserved");
    }
    let smaller = File { size: 99, ..file.clone() };
    let entry = Entry::File(smaller.clone());
    let done = index.apply(Change::Complete { file: smaller }).await.expect("write");
    assert_eq!(done, Some(entry.clone()));
    assert_eq!(index.find(&file.id).await.expect("read"), Some(entry));
    let counted = usage(&index, of_person(1)).await;
    assert_eq!((counted.files, counted.bytes), (1, 99));
    assert_eq!((counted.uploads, counted.reserved_bytes), (0, 0));
    let refused = index.apply(complete).await;
    assert!(matches!(refused, Err(ChangeError::Missing)), "it is a file already");
    let refused = index.apply(Change::RemoveUpload { id: file.id, at_us: 1 }).await;
    assert!(matches!(refused, Err(ChangeError::Missing)), "a file is no upload");
}

/// Law.
pub async fn each_attempt_has_a_key_of_its_own(index: Index) {
    let attempt = Change::Attempt { id: upload(1).id, at_us: 77 };
    let refused = index.apply(attempt.clone()).await;
    assert!(matches!(refused, Err(ChangeError::Missing)));
    reserve(&index, upload(1)).await;
    let mut keys = Vec::new();
    for number in 1..=3 {
        let Some(Entry::Upload(now)) = index.apply(attempt.clone()).await.expect("write") else {
            panic!("it is an upload");
        };
        assert_eq!(now.attempt, number);
        assert_eq!(index.find(&now.id).await.expect("read"), Some(Entry::Upload(now.clone())));
        keys.push(now.key);
    }
    assert_eq!(keys[0], upload(1).key);
    assert!(keys[0] != keys[1] && keys[1] != keys[2]);
    let left = index.list_leftovers(None, 10).await.expect("read");
    let mut left: Vec<_> = left.into_iter().map(|left| (left.key, left.since_us)).collect();
    left.sort();
    let mut before = vec![(keys[0].clone(), 77), (keys[1].clone(), 77)];
    before.sort();
    assert_eq!(left, before);
    let late = index.apply(Change::Complete { file: file_of(&upload(1)) }).await;
    assert!(matches!(late, Err(ChangeError::Conflict)), "the first attempt comes too late");
    let last = File { key: keys[2].clone(), ..file_of(&upload(1)) };
    index.apply(Change::Complete { file: last }).await.expect("write");
}

/// Law.
pub async fn a_file_changes_by_its_newest_version_only(index: Index) {
    let missing = Change::Update { file: file_of(&upload(1)), expected: 1, quota_bytes: 0 };
    let refused = index.apply(missing).await;
    assert!(matches!(refused, Err(ChangeError::Missing)));
    let file = store(&index, upload(1)).await;
    let mut now = file.clone();
    for version in 2..=4 {
        now.folder = Folder::new(&format!("/v{version}")).expect("a folder");
        now = update(&index, now).await;
        assert_eq!(now.version, version);
    }
    for expected in [1, 3, 5] {
        let refused =
            index.apply(Change::Update { file: file.clone(), expected, quota_bytes: 0 }).await;
        assert!(matches!(refused, Err(ChangeError::Conflict)));
        let id = file.id;
        let refused = index.apply(Change::RemoveFile { id, expected, at_us: 1 }).await;
        assert!(matches!(refused, Err(ChangeError::Conflict)));
    }
    assert_eq!(index.find(&file.id).await.expect("read"), Some(Entry::File(now)));
}

/// Law.
pub async fn a_change_leaves_the_bytes_alone(index: Index) {
    let file = store(&index, upload(1)).await;
    let wanted = File {
        name: FileName::new("new.bin").expect("a name"),
        folder: Folder::new("/a/b").expect("a folder"),
        realm: Some(realm(3)),
        access: FileAccess::Members,
        binned_at_us: Some(9),
        updated_at_us: 3_000,
        owner: owner(9),
        size: 5,
        hash: [9; 32],
        media_type: MediaType::unknown(),
        key: upload(9).key,
        created_at_us: 1,
        links: 9,
        ..file.clone()
    };
    let stored = update(&index, wanted.clone()).await;
    let expected = File {
        owner: file.owner,
        size: file.size,
        hash: file.hash,
        media_type: file.media_type,
        key: file.key,
        created_at_us: file.created_at_us,
        links: 0,
        version: 2,
        ..wanted
    };
    assert_eq!(stored, expected);
    assert_eq!(index.find(&file.id).await.expect("read"), Some(Entry::File(expected)));
    assert!(usage(&index, of_person(1)).await.is_empty(), "it counts for the realm now");
    let counted = usage(&index, Share::Holder(Holder::Realm(realm(3)))).await;
    assert_eq!((counted.files, counted.bytes, counted.binned_bytes), (1, 100, 100));
}

/// Law.
pub async fn a_quota_is_never_exceeded_even_by_two_at_once(index: Index) {
    let within = |upload| Change::Reserve { upload, quota_bytes: 250 };
    index.apply(within(upload(1))).await.expect("fits");
    let (left, right) = join(index.apply(within(upload(2))), index.apply(within(upload(3)))).await;
    let refused = match (left, right) {
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
        other => panic!("exactly one fits: {other:?}"),
    };
    assert!(
        matches!(refused, ChangeError::Quota { taken_bytes: 300, quota_bytes: 250 }),
        "{refused}"
    );
    assert_eq!(usage(&index, of_person(1)).await.taken_bytes(), 200);
    let exactly = Upload { size: 50, ..upload(4) };
    index.apply(within(exactly)).await.expect("fits exactly");
    index.apply(within(Upload { size: 0, ..upload(5) })).await.expect("takes nothing");
    let other = Upload { owner: owner(2), ..upload(6) };
    index.apply(within(other)).await.expect("another holder has a quota of its own");
    index.apply(Change::RemoveUpload { id: upload(4).id, at_us: 1 }).await.expect("write");
    index.apply(within(Upload { size: 50, ..upload(7) })).await.expect("there is room again");
}

/// Law.
pub async fn another_holder_has_another_quota(index: Index) {
    let file = store(&index, upload(1)).await;
    store(&index, Upload { realm: Some(realm(3)), ..upload(2) }).await;
    let moved = File { realm: Some(realm(3)), ..file.clone() };
    let change = |quota_bytes| Change::Update { file: moved.clone(), expected: 1, quota_bytes };
    let refused = index.apply(change(199)).await;
    assert!(matches!(refused, Err(ChangeError::Quota { taken_bytes: 200, .. })));
    assert_eq!(index.find(&file.id).await.expect("read"), Some(Entry::File(file)));
    index.apply(change(200)).await.expect("fits");
    // Whoever is above a lowered quota may still rename.
    let stay = Change::Update { file: moved, expected: 2, quota_bytes: 10 };
    index.apply(stay).await.expect("takes no more than before");
}

/// Law.
pub async fn a_deleted_file_leaves_its_object_to_the_sweep(index: Index) {
    let file = store(&index, upload(1)).await;
    store(&index, upload(2)).await;
    for number in [1, 2] {
        index.apply(Change::InsertLink(link(number, file.id))).await.expect("write");
    }
    let kept = link(3, upload(2).id);
    index.apply(Change::InsertLink(kept.clone())).await.expect("write");
    let remove = Change::RemoveFile { id: file.id, expected: 1, at_us: 55 };
    let gone = index.apply(remove.clone()).await.expect("write");
    assert_eq!(gone, Some(Entry::File(File { links: 2, ..file.clone() })));
    assert_eq!(index.find(&file.id).await.expect("read"), None);
    for query in
        [LinkQuery::To(file.id), LinkQuery::Token([1; 32]), LinkQuery::Id(link(2, file.id).id)]
    {
        assert_eq!(index.list_links(query).await.expect("read"), []);
    }
    assert_eq!(index.list_links(LinkQuery::Token([3; 32])).await.expect("read"), [kept]);
    assert_eq!(usage(&index, of_person(1)).await.files, 1);
    let refused = index.apply(remove).await;
    assert!(matches!(refused, Err(ChangeError::Missing)));
    let left = Leftover { bucket: file.bucket, key: file.key, since_us: 55 };
    let listed = index.list_leftovers(None, 10).await.expect("read");
    assert_eq!(listed, std::slice::from_ref(&left));
    for _ in 0..2 {
        assert_eq!(index.apply(Change::Forget(left.clone())).await.expect("write"), None);
        assert_eq!(index.list_leftovers(None, 10).await.expect("read"), []);
    }
}

/// Law.
pub async fn an_upload_that_ends_leaves_its_object_to_the_sweep(index: Index) {
    reserve(&index, upload(1)).await;
    let end = Change::RemoveUpload { id: upload(1).id, at_us: 66 };
    let gone = index.apply(end.clone()).await.expect("write");
    assert_eq!(gone, Some(Entry::Upload(upload(1))));
    assert_eq!(index.find(&upload(1).id).await.expect("read"), None);
    assert!(usage(&index, Share::Everything).await.is_empty());
    let left = Leftover { bucket: upload(1).bucket, key: upload(1).key, since_us: 66 };
    assert_eq!(index.list_leftovers(None, 10).await.expect("read"), [left]);
    let refused = index.apply(end).await;
    assert!(matches!(refused, Err(ChangeError::Missing)));
    let late = index.apply(Change::Complete { file: file_of(&upload(1)) }).await;
    assert!(matches!(late, Err(ChangeError::Missing)));
}

/// Law.
pub async fn of_changes_at_once_to_one_version_exactly_one_succeeds(index: Index) {
    let file = store(&index, upload(1)).await;
    let change = |folder: &str| Change::Update {
        file: File { folder: Folder::new(folder).expect("a folder"), ..file.clone() },
        expected: 1,
        quota_bytes: 0,
    };
    let remove = Change::RemoveFile { id: file.id, expected: 1, at_us: 1 };
    let (a, b, c) =
        join3(index.apply(change("/a")), index.apply(change("/b")), index.apply(remove)).await;
    assert_eq!([a, b, c].iter().filter(|result| result.is_ok()).count(), 1);
}

/// Law.
pub async fn links_are_found_counted_and_revoked(index: Index) {
    let file = store(&index, upload(1)).await;
    let refused = index.apply(Change::InsertLink(link(1, upload(2).id))).await;
    assert!(matches!(refused, Err(ChangeError::Missing)), "there is no such file");
    for number in 1..=3 {
        index.apply(Change::InsertLink(link(number, file.id))).await.expect("write");
    }
    let refused = index.apply(Change::InsertLink(link(1, file.id))).await;
    assert!(matches!(refused, Err(ChangeError::Conflict)), "the id is taken");
    let of = |number| link(number, file.id);
    let list = |query| index.list_links(query);
    assert_eq!(list(LinkQuery::To(file.id)).await.expect("read"), [of(3), of(2), of(1)]);
    assert_eq!(list(LinkQuery::Id(of(2).id)).await.expect("read"), [of(2)]);
    assert_eq!(list(LinkQuery::Token([2; 32])).await.expect("read"), [of(2)]);
    assert_eq!(list(LinkQuery::Token([9; 32])).await.expect("read"), []);
    assert_eq!(list(LinkQuery::ExpiredBy(10_001)).await.expect("read"), []);
    assert_eq!(list(LinkQuery::ExpiredBy(10_002)).await.expect("read"), [of(2)]);
    assert_eq!(list(LinkQuery::ExpiredBy(u64::MAX)).await.expect("read"), [of(3), of(2)]);
    for _ in 0..2 {
        index.apply(Change::CountOpening(of(2).id)).await.expect("write");
    }
    let opened = Link { opened: 2, ..of(2) };
    assert_eq!(list(LinkQuery::Token([2; 32])).await.expect("read"), [opened]);
    let linked = Entry::File(File { links: 3, ..file.clone() });
    assert_eq!(index.find(&file.id).await.expect("read"), Some(linked), "the version stays");
    let less = Some(Entry::File(File { links: 2, ..file.clone() }));
    assert_eq!(index.apply(Change::RemoveLink(of(2).id)).await.expect("write"), less);
    assert_eq!(index.find(&file.id).await.expect("read"), less);
    assert_eq!(list(LinkQuery::Token([2; 32])).await.expect("read"), []);
    for change in [Change::RemoveLink(of(2).id), Change::CountOpening(of(2).id)] {
        assert!(matches!(index.apply(change).await, Err(ChangeError::Missing)));
    }
    let renamed = update(&index, file.clone()).await;
    assert_eq!(renamed.links, 2, "a change of the file does not forget its links");
}

/// Law.
pub async fn a_file_has_at_most_its_limit_of_links(index: Index) {
    let file = store(&index, upload(1)).await;
    let most = u8::try_from(LINKS_MOST).expect("the laws count with one byte");
    for number in 0..most {
        index.apply(Change::InsertLink(link(number, file.id))).await.expect("write");
    }
    let refused = index.apply(Change::InsertLink(link(most, file.id))).await;
    assert!(matches!(refused, Err(ChangeError::TooMany { most: 100, .. })));
    index.apply(Change::RemoveLink(link(0, file.id).id)).await.expect("write");
    index.apply(Change::InsertLink(link(most, file.id))).await.expect("one has gone");
}

/// Law.
pub async fn usage_is_the_sum_of_what_there_is(index: Index) {
    // A fixed course of changes that meets every kind, and its sums by hand.
    let types = ["image/png", "text/plain", "video/mp4", "application/pdf", "font/woff2"];
    let mut entries: Vec<Entry> = Vec::new();
    for number in 0..20_u8 {
        let made = Upload {
            owner: owner(number % 3),
            realm: (number % 4 == 0).then(|| realm(number % 8)),
            size: u64::from(number) * 1_000,
            media_type: Some(MediaType::new(types[usize::from(number % 5)]).expect("a type")),
            bucket: BucketName::new(["old", "new"][usize::from(number % 2)].repeat(2).as_str())
                .expect("a bucket's name"),
            ..upload(number)
        };
        if number % 7 == 3 {
            reserve(&index, made.clone()).await;
            entries.push(Entry::Upload(made));
            continue;
        }
        let file = store(&index, made).await;
        match number % 6 {
            1 => {
                let id = file.id;
                let change = Change::RemoveFile { id, expected: 1, at_us: 1 };
                index.apply(change).await.expect("write");
            }
            2 => {
                let binned = File { binned_at_us: Some(5), ..file };
                entries.push(Entry::File(update(&index, binned).await));
            }
            4 => {
                let moved = File { realm: Some(realm(7)), ..file };
                entries.push(Entry::File(update(&index, moved).await));
            }
            _ => entries.push(Entry::File(file)),
        }
    }
    let mut shares: Vec<Share> = entries.iter().flat_map(Share::of).collect();
    shares.push(of_person(200));
    shares.sort();
    shares.dedup();
    assert!(shares.len() > 8, "the course meets many holders");
    let counted = index.usage(UsageQuery::Of(shares.clone())).await.expect("read");
    assert_eq!(counted.len(), shares.len());
    for (share, usage) in counted {
        let sum = entries
            .iter()
            .filter(|entry| Share::of(entry).contains(&share))
            .fold(Usage::default(), |sum, entry| sum.with(entry));
        assert_eq!(usage, sum, "{share:?}");
    }
}

/// Law.
pub async fn the_largest_holders_come_first(index: Index) {
    for (number, size) in [(1, 50), (2, 70), (3, 70), (4, 10)] {
        store(&index, Upload { owner: owner(number), size, ..upload(number) }).await;
    }
    store(&index, Upload { realm: Some(realm(1)), size: 60, ..upload(9) }).await;
    let gone = store(&index, Upload { owner: owner(8), size: 900, ..upload(8) }).await;
    let change = Change::RemoveFile { id: gone.id, expected: 1, at_us: 1 };
    index.apply(change).await.expect("write");
    let largest = |most| index.usage(UsageQuery::Largest(most));
    let order = [
        of_person(2),
        of_person(3),
        Share::Holder(Holder::Realm(realm(1))),
        of_person(1),
        of_person(4),
    ];
    for most in [3, 5, 50] {
        let found = largest(most).await.expect("read");
        let shares: Vec<_> = found.iter().map(|(share, _)| share.clone()).collect();
        assert_eq!(shares, order[..most.min(5)]);
        assert_eq!(found[0].1.bytes, 70);
    }
}
