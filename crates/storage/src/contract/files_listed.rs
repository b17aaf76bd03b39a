//! Laws of [`FileIndex`](crate::FileIndex): lists.

use super::files::{Index, file_of, owner, realm, reserve, store, update, upload};
use crate::{
    Bin, Change, File, FileAccess, FileId, FileName, FileQuery, Folder, Holder, Media, MediaType,
    Order, Scope, Sight, Upload, UploadQuery,
};

fn everything() -> FileQuery {
    FileQuery {
        scope: Scope::All,
        bin: Bin::Either,
        sight: Sight::EVERYTHING,
        folder: None,
        name_part: String::new(),
        media: None,
        order: Order::Id,
        after: None,
        limit: 100,
    }
}

async fn ids(index: &Index, query: &FileQuery) -> Vec<u8> {
    let page = index.list_files(query).await.expect("read");
    page.files.iter().map(|file| file.id.as_bytes()[0]).collect()
}

fn name(text: &str) -> FileName {
    FileName::new(text).expect("a name")
}

fn folder(text: &str) -> Folder {
    Folder::new(text).expect("a folder")
}

/// Law.
pub async fn files_are_listed_in_every_order_page_by_page(index: Index) {
    let names = ["b", "B2", "a", "ä", "Z", "z", "ö 2", "ö 10", "a", "0"];
    let mut files = Vec::new();
    for (number, text) in (1..).zip(names) {
        let made = Upload {
            name: name(text),
            size: u64::from(number % 4) << 40,
            created_at_us: 1 << (number % 5),
            ..upload(number)
        };
        files.push(store(&index, made).await);
    }
    reserve(&index, upload(77)).await;
    for order in [Order::Name, Order::Newest, Order::Largest, Order::Id] {
        files.sort_by_key(|file| order.position(file));
        let expected: Vec<_> = files.iter().map(|file| file.id.as_bytes()[0]).collect();
        for limit in [1, 3, 10, 100] {
            let mut seen = Vec::new();
            let mut query = FileQuery { order, limit, ..everything() };
            loop {
                let page = index.list_files(&query).await.expect("read").files;
                assert!(page.len() <= limit);
                let Some(last) = page.last() else { break };
                query.after = Some(order.position(last));
                seen.extend(page.iter().map(|file| file.id.as_bytes()[0]));
            }
            assert_eq!(seen, expected, "{order:?} by {limit}");
        }
    }
    let newest = index.list_files(&FileQuery { order: Order::Newest, ..everything() }).await;
    let newest = newest.expect("read").files;
    assert!(newest.is_sorted_by_key(|file| u64::MAX - file.created_at_us));
    assert_eq!(newest.len(), 10, "an upload is no file");
}

/// Law.
pub async fn a_list_has_what_is_asked_for_and_nothing_else(index: Index) {
    let typed = |text: &str| Some(MediaType::new(text).expect("a type"));
    let uploads = [
        Upload { name: name("Urlaub am Meer.jpg"), media_type: typed("image/jpeg"), ..upload(1) },
        Upload { folder: folder("/a"), media_type: typed("text/plain"), ..upload(2) },
        Upload { folder: folder("/a/b"), media_type: typed("application/pdf"), ..upload(3) },
        Upload { owner: owner(2), name: name("MEER 100%_*.png"), ..upload(4) },
        Upload { realm: Some(realm(1)), media_type: typed("video/mp4"), ..upload(5) },
        Upload { realm: Some(realm(2)), access: FileAccess::Public, ..upload(6) },
    ];
    for upload in uploads {
        store(&index, upload).await;
    }
    let ask = |query: FileQuery| {
        let index = &index;
        async move { ids(index, &query).await }
    };
    let of = |holder| FileQuery { scope: Scope::Of(holder), ..everything() };
    assert_eq!(ask(everything()).await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(ask(of(Holder::Person(owner(1)))).await, [1, 2, 3], "what is of a realm is not its");
    assert_eq!(ask(of(Holder::Person(owner(2)))).await, [4]);
    assert_eq!(ask(of(Holder::Person(owner(3)))).await, [0; 0]);
    assert_eq!(ask(of(Holder::Realm(realm(1)))).await, [5]);
    assert_eq!(ask(FileQuery { scope: Scope::Public, ..everything() }).await, [6]);
    let within = |text| FileQuery { folder: Some(folder(text)), ..everything() };
    assert_eq!(ask(within("/a")).await, [2]);
    assert_eq!(ask(within("/")).await, [1, 4, 5, 6]);
    assert_eq!(ask(within("/b")).await, [0; 0]);
    let media = |media| FileQuery { media: Some(media), ..everything() };
    assert_eq!(ask(media(Media::Image)).await, [1]);
    assert_eq!(ask(media(Media::Video)).await, [5]);
    assert_eq!(ask(media(Media::Font)).await, [0; 0]);
    let named = |part: &str| FileQuery { name_part: part.to_owned(), ..everything() };
    assert_eq!(ask(named("meer")).await, [1, 4]);
    assert_eq!(ask(named("100%_*")).await, [4], "no character is a wildcard");
    assert_eq!(ask(named("%")).await, [4]);
    assert_eq!(ask(named("_")).await, [4]);
    assert_eq!(ask(named("' or 1=1")).await, [0; 0]);
}

/// Law.
pub async fn a_list_shows_what_its_reader_may_see(index: Index) {
    let accesses = [FileAccess::Private, FileAccess::Members, FileAccess::Link, FileAccess::Public];
    for (number, access) in (1..).zip(accesses) {
        let made = Upload { realm: Some(realm(1)), access, owner: owner(number), ..upload(number) };
        store(&index, made).await;
    }
    for (least, owner, expected) in [
        (None, None, &[][..]),
        (None, Some(owner(1)), &[1]),
        (Some(FileAccess::Private), None, &[1, 2, 3, 4]),
        (Some(FileAccess::Members), None, &[2, 3, 4]),
        (Some(FileAccess::Members), Some(owner(1)), &[1, 2, 3, 4]),
        (Some(FileAccess::Link), Some(owner(9)), &[3, 4]),
        (Some(FileAccess::Public), Some(owner(2)), &[2, 4]),
    ] {
        let query = FileQuery { sight: Sight { least, owner }, ..everything() };
        assert_eq!(ids(&index, &query).await, expected, "{least:?} {owner:?}");
    }
}

/// Law.
pub async fn the_bin_is_listed_by_itself(index: Index) {
    for number in 1..=4 {
        let file = store(&index, upload(number)).await;
        if number > 1 {
            let binned_at_us = Some(u64::from(number) * 10);
            update(&index, File { binned_at_us, ..file }).await;
        }
    }
    for (bin, expected) in [
        (Bin::Out, &[1][..]),
        (Bin::In(19), &[]),
        (Bin::In(20), &[2]),
        (Bin::In(35), &[2, 3]),
        (Bin::In(u64::MAX), &[2, 3, 4]),
        (Bin::Either, &[1, 2, 3, 4]),
    ] {
        assert_eq!(ids(&index, &FileQuery { bin, ..everything() }).await, expected, "{bin:?}");
    }
}

/// Law.
pub async fn folders_are_those_directly_within(index: Index) {
    let places = ["/", "/b/c/d", "/b/c", "/a", "/ab", "/b 2/x", "/ä/ö"];
    for (number, place) in (1..).zip(places) {
        store(&index, Upload { folder: folder(place), ..upload(number) }).await;
    }
    let hidden = Upload { folder: folder("/hidden"), owner: owner(9), ..upload(50) };
    store(&index, hidden).await;
    let binned = store(&index, Upload { folder: folder("/binned"), ..upload(51) }).await;
    update(&index, File { binned_at_us: Some(1), ..binned }).await;
    for (within, expected) in [
        ("/", &["/a", "/ab", "/b", "/b 2", "/ä"][..]),
        ("/b", &["/b/c"]),
        ("/b/c", &["/b/c/d"]),
        ("/b/c/d", &[]),
        ("/a", &[]),
        ("/b 2", &["/b 2/x"]),
        ("/none", &[]),
    ] {
        let query = FileQuery {
            scope: Scope::Of(Holder::Person(owner(1))),
            bin: Bin::Out,
            folder: Some(folder(within)),
            limit: 1,
            ..everything()
        };
        let page = index.list_files(&query).await.expect("read");
        let folders: Vec<_> = page.folders.iter().map(Folder::as_str).collect();
        assert_eq!(folders, expected, "within {within}");
        let query = FileQuery { name_part: "nothing".to_owned(), ..query };
        let page = index.list_files(&query).await.expect("read");
        assert_eq!(page.folders.len(), expected.len(), "folders are not searched");
        let after = Some(Order::Id.position(&file_of(&upload(0))));
        let page = index.list_files(&FileQuery { after, ..query }).await.expect("read");
        assert_eq!(page.folders, [], "only the first page names folders");
    }
    let page = index.list_files(&everything()).await.expect("read");
    assert_eq!(page.folders, [], "only when a folder is asked for");
}

/// Law.
pub async fn names_of_every_script_survive(index: Index) {
    let longest = "語".repeat(85);
    let names =
        ["Übergrößenträger.txt", "Отчёт", "تقرير", "报告 📄", "a'b\"c;--", "\u{10ffff}", &longest];
    for (number, text) in (1..).zip(names) {
        let place = format!("/{text}/x");
        let made = Upload { name: name(text), folder: folder(&place), ..upload(number) };
        let file = store(&index, made).await;
        let query = FileQuery {
            name_part: name(text).folded(),
            folder: Some(folder(&place)),
            ..everything()
        };
        assert_eq!(index.list_files(&query).await.expect("read").files, [file]);
    }
}

/// Law.
pub async fn uploads_are_listed_by_owner_and_by_end(index: Index) {
    for number in [5, 1, 4, 2, 3] {
        let owner = owner(1 + number / 4);
        let expires_at_us = u64::from(number) * 100;
        reserve(&index, Upload { owner, expires_at_us, ..upload(number) }).await;
    }
    store(&index, upload(9)).await;
    let list = |query, after: Option<u8>, limit| {
        let index = &index;
        async move {
            let after = after.map(|number| FileId::from_bytes([number; 16]));
            let uploads = index.list_uploads(query, after, limit).await.expect("read");
            uploads.iter().map(|upload| upload.id.as_bytes()[0]).collect::<Vec<_>>()
        }
    };
    assert_eq!(list(UploadQuery::Of(owner(1)), None, 2).await, [1, 2]);
    assert_eq!(list(UploadQuery::Of(owner(1)), Some(2), 2).await, [3]);
    assert_eq!(list(UploadQuery::Of(owner(2)), None, 9).await, [4, 5]);
    assert_eq!(list(UploadQuery::Of(owner(3)), None, 9).await, [0; 0]);
    assert_eq!(list(UploadQuery::ExpiredBy(99), None, 9).await, [0; 0]);
    assert_eq!(list(UploadQuery::ExpiredBy(300), None, 9).await, [1, 2, 3]);
    assert_eq!(list(UploadQuery::ExpiredBy(u64::MAX), Some(3), 1).await, [4]);
}

/// Law.
pub async fn leftovers_are_listed_in_order_page_by_page(index: Index) {
    for number in [3, 1, 5, 2, 4] {
        reserve(&index, upload(number)).await;
        let at_us = 100 - u64::from(number);
        let end = Change::RemoveUpload { id: upload(number).id, at_us };
        index.apply(end).await.expect("write");
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = index.list_leftovers(after.as_ref(), 2).await.expect("read");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        seen.extend(page);
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by_key(|left| (left.bucket.clone(), left.key.clone())));
}
