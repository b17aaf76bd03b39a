//! Files through every door.

use bytes::Bytes;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::storage_service_client::StorageServiceClient;
use erynoa_storage::contract::presigned::{Browser, Reply};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::transport::Channel;

use crate::seat::{Person, Seat, code_of, config, operator, with};
use crate::signed::Http;

const PART: usize = 8 << 20;

fn files(seat: &Seat) -> StorageServiceClient<Channel> {
    StorageServiceClient::new(seat.channel.clone()).max_decoding_message_size(16 << 20)
}

fn text(size: usize) -> Bytes {
    (0..size)
        .map(|at| b'a' + (at * 7 % 23 + at / 997 % 3).to_le_bytes()[0])
        .collect::<Vec<_>>()
        .into()
}

fn small(name: &str, access: api::FileAccess) -> api::UploadFileRequest {
    api::UploadFileRequest {
        name: name.to_owned(),
        access: access.into(),
        data: text(100).to_vec(),
        ..Default::default()
    }
}

async fn upload(seat: &Seat, token: &str, request: api::UploadFileRequest) -> api::File {
    files(seat).upload_file(with(token, request)).await.unwrap().into_inner().file.unwrap()
}

async fn send(method: &str, url: &str, headers: &[(&str, &str)], body: Bytes) -> Reply {
    Http::default().send(method, url, headers, body).await
}

fn code_in(reply: &Reply) -> String {
    let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    body["error"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_large_file_travels_in_parts_and_comes_back_whole_or_in_ranges() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (_, token) = seat.newcomer(2, "Mia").await;
    let mut client = files(&seat);
    let all = text(PART + 1234);
    let start = api::StartUploadRequest {
        name: "Größe.txt".to_owned(),
        folder: "/big".to_owned(),
        size: all.len() as u64,
        hash: blake3::hash(&all).as_bytes().to_vec(),
        ..Default::default()
    };
    let begun = client.start_upload(with(&token, start)).await.unwrap().into_inner();
    let begun = begun.upload.unwrap();
    assert_eq!((begun.parts, begun.part_size, begun.received.len()), (2, PART as u64, 0));
    let id = begun.id;
    let complete = || api::CompleteUploadRequest { id: id.clone(), hash: Vec::new() };
    let early = client.complete_upload(with(&token, complete())).await.unwrap_err();
    assert_eq!(code_of(&early), "UPLOAD_INCOMPLETE");
    for (part, bytes) in [(2, all.slice(PART..)), (1, all.slice(..PART))] {
        let request =
            api::GetPresignedUploadUrlRequest { upload_id: id.clone(), part, expires_s: 60 };
        let url = client.get_presigned_upload_url(with(&token, request)).await.unwrap();
        let url = url.into_inner().url.unwrap();
        assert_eq!(url.method, "PUT");
        assert_eq!(send("PUT", &url.url, &[], bytes).await.status, 200);
    }
    let get = api::GetUploadRequest { id: id.clone() };
    let known = client.get_upload(with(&token, get)).await.unwrap().into_inner().upload.unwrap();
    assert_eq!(known.received, [1, 2], "the server knows what has arrived");
    let uploads = client.list_uploads(with(&token, api::ListUploadsRequest::default())).await;
    assert_eq!(uploads.unwrap().into_inner().uploads, [known]);
    let file = client.complete_upload(with(&token, complete())).await.unwrap().into_inner();
    let file = file.file.unwrap();
    assert_eq!(
        (file.size, &*file.media_type, file.can_edit),
        (all.len() as u64, "text/plain", true)
    );
    assert_eq!(file.owner_name, "Mia");

    let request = api::GetPresignedDownloadUrlRequest { id: id.clone(), ..Default::default() };
    let url = client.get_presigned_download_url(with(&token, request)).await.unwrap();
    let url = url.into_inner().url.unwrap().url;
    let whole = send("GET", &url, &[], Bytes::new()).await;
    assert!(whole.status == 200 && whole.body == all);
    assert_eq!(whole.header("content-length"), Some(&*all.len().to_string()));
    let etag = whole.header("etag").unwrap();
    assert_eq!(etag, format!("\"{}\"", hex::encode(&file.hash)));
    let known = send("GET", &url, &[("if-none-match", etag)], Bytes::new()).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    let part =
        send("GET", &url, &[("range", "bytes=5-9"), ("accept-encoding", "gzip")], Bytes::new());
    let part = part.await;
    assert_eq!((part.status, &part.body), (206, &all.slice(5..10)));
    let head = send("HEAD", &url, &[], Bytes::new()).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(&*all.len().to_string()));

    let list = api::ListFilesRequest { folder: "/".to_owned(), ..Default::default() };
    let top = client.list_files(with(&token, list)).await.unwrap().into_inner();
    assert_eq!((top.files.len(), &*top.folders), (0, &["/big".to_owned()][..]));
    seat.leave().await;

    let seat = Seat::take(config(folder.path())).await;
    let token = Person::new(2).signs_in(&seat).await.unwrap().access_token;
    let head = api::HeadFileRequest { id };
    let kept = files(&seat).head_file(with(&token, head)).await.unwrap().into_inner().file;
    assert_eq!(kept, Some(file), "files survive a restart");
    seat.leave().await;
}

#[tokio::test]
async fn bad_input_gets_its_code_and_nothing_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.storage.quota_bytes = 20 << 20;
    config.storage.max_upload_size = 16 << 20;
    let seat = Seat::take(config).await;
    let (_, token) = seat.newcomer(2, "Mia").await;
    let mut client = files(&seat);
    let good = || small("a.txt", api::FileAccess::Private);
    type Spoil = fn(&mut api::UploadFileRequest);
    let spoiled: [(Spoil, &str); 14] = [
        (|file| file.name = "../../etc/passwd".to_owned(), "FILE_NAME_INVALID"),
        (|file| file.name = "..".to_owned(), "FILE_NAME_INVALID"),
        (|file| file.name = "a\0b".to_owned(), "FILE_NAME_INVALID"),
        (|file| file.name = "evil\u{202e}gpj.exe".to_owned(), "FILE_NAME_INVALID"),
        (|file| file.name = "x".repeat(256), "FILE_NAME_INVALID"),
        (|file| file.folder = "/a/../b".to_owned(), "FOLDER_INVALID"),
        (|file| file.folder = "a".to_owned(), "FOLDER_INVALID"),
        (|file| file.media_type = "text".to_owned(), "MEDIA_TYPE_INVALID"),
        (|file| file.media_type = "image/png".to_owned(), "MEDIA_TYPE_MISMATCH"),
        (|file| file.hash = vec![1; 32], "HASH_MISMATCH"),
        (|file| file.hash = vec![1; 31], "VALIDATION_ERROR"),
        (|file| file.realm = "x".to_owned(), "VALIDATION_ERROR"),
        (|file| file.access = 9, "VALIDATION_ERROR"),
        (|file| file.data = vec![b'x'; (1 << 20) + 1], "PAYLOAD_TOO_LARGE"),
    ];
    for (spoil, code) in spoiled {
        let mut request = good();
        spoil(&mut request);
        let refused = client.upload_file(with(&token, request)).await.unwrap_err();
        assert_eq!(code_of(&refused), code);
    }
    let start = |size| api::StartUploadRequest { name: "b".to_owned(), size, ..Default::default() };
    let refused = client.start_upload(with(&token, start((16 << 20) + 1))).await.unwrap_err();
    assert_eq!(code_of(&refused), "PAYLOAD_TOO_LARGE");
    let upload = client.start_upload(with(&token, start(100))).await.unwrap().into_inner();
    let id = upload.upload.unwrap().id;
    client.start_upload(with(&token, start(16 << 20))).await.unwrap();
    let refused = client.start_upload(with(&token, start(16 << 20))).await.unwrap_err();
    assert_eq!(code_of(&refused), "QUOTA_EXCEEDED");

    for (part, expires_s, code) in
        [(0, 0, "PART_INVALID"), (2, 0, "PART_INVALID"), (1, 604_801, "URL_EXPIRY_INVALID")]
    {
        let request = api::GetPresignedUploadUrlRequest { upload_id: id.clone(), part, expires_s };
        let refused = client.get_presigned_upload_url(with(&token, request)).await.unwrap_err();
        assert_eq!(code_of(&refused), code);
    }
    let request =
        api::GetPresignedUploadUrlRequest { upload_id: id.clone(), part: 1, expires_s: 0 };
    let url = client.get_presigned_upload_url(with(&token, request)).await.unwrap();
    let url = url.into_inner().url.unwrap().url;
    let refused = send("PUT", &url, &[], text(101)).await;
    assert_eq!((refused.status, &*code_in(&refused)), (413, "PAYLOAD_TOO_LARGE"));
    // More than the part may have, without saying so beforehand.
    let chunked =
        raw(&seat, &url, "transfer-encoding: chunked", b"c8\r\n", &text(200), b"\r\n0\r\n\r\n")
            .await;
    assert!(chunked.starts_with("HTTP/1.1 413"), "{chunked}");
    // Fewer bytes than were announced, and then nothing.
    let cut = raw(&seat, &url, "content-length: 100", b"", &text(50), b"").await;
    assert!(!cut.starts_with("HTTP/1.1 200"), "{cut}");
    let huge = raw(&seat, &url, "content-length: 99999999999999", b"", b"", b"").await;
    assert!(huge.starts_with("HTTP/1.1 413"), "{huge}");
    let get = api::GetUploadRequest { id: id.clone() };
    let known = client.get_upload(with(&token, get)).await.unwrap().into_inner().upload.unwrap();
    assert_eq!(known.received, [0; 0], "nothing of it was stored");
    client.abort_upload(with(&token, api::AbortUploadRequest { id: id.clone() })).await.unwrap();
    let late = send("PUT", &url, &[], text(100)).await;
    assert_eq!((late.status, &*code_in(&late)), (404, "UPLOAD_UNKNOWN"));

    for path in ["erynoa/../../keys/files.key", "erynoa/%2e%2e/x", "erynoa//x", "e/x", "erynoa/"] {
        let url =
            format!("{}/api/v1/storage/signed/{path}?method=GET&expires=9&signature=00", seat.url);
        let refused = send("GET", &url, &[], Bytes::new()).await;
        assert!(matches!(refused.status, 400..=499), "{path}: {}", refused.status);
    }
    let usage = client.get_usage(with(&token, api::GetUsageRequest::default())).await.unwrap();
    assert_eq!(usage.into_inner().usage.unwrap().files, 0);
    seat.leave().await;
}

/// Sends bytes as they are and reads what comes.
async fn raw(
    seat: &Seat,
    url: &str,
    header: &str,
    head: &[u8],
    body: &[u8],
    tail: &[u8],
) -> String {
    let address = seat.url.trim_start_matches("http://").replace("localhost", "127.0.0.1");
    let path = &url[seat.url.len()..];
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let lines =
        format!("PUT {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{header}\r\n\r\n");
    for bytes in [lines.as_bytes(), head, body, tail] {
        // The server may have answered and closed already.
        stream.write_all(bytes).await.ok();
    }
    stream.shutdown().await.ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn everybody_reads_exactly_what_the_access_of_a_file_allows() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (admin, realm) = operator(&seat, &mut Person::new(1)).await;
    let (_, owner) = seat.newcomer(2, "Mia").await;
    let (_, member) = seat.newcomer(3, "Max").await;
    let mut client = files(&seat);
    for (access, expected) in [
        (api::FileAccess::Private, ["NOT_FOUND", "NOT_FOUND", "FORBIDDEN", "ok"]),
        (api::FileAccess::Members, ["NOT_FOUND", "ok", "ok", "ok"]),
        (api::FileAccess::Link, ["NOT_FOUND", "ok", "ok", "ok"]),
        (api::FileAccess::Public, ["ok", "ok", "ok", "ok"]),
    ] {
        // Everybody is a member of the root realm.
        let request = api::UploadFileRequest { realm: realm.to_string(), ..small("a.txt", access) };
        let file = upload(&seat, &owner, request).await;
        let mut got = Vec::new();
        for token in [None, Some(&member), Some(&admin), Some(&owner)] {
            let request =
                api::GetPresignedDownloadUrlRequest { id: file.id.clone(), ..Default::default() };
            let request = token.map_or_else(
                || tonic::Request::new(request.clone()),
                |token| with(token, request.clone()),
            );
            let answer = client.get_presigned_download_url(request).await;
            got.push(answer.map_or_else(|status| code_of(&status), |_| "ok".to_owned()));
        }
        assert_eq!(got, expected, "{access:?}");
        let rename = api::UpdateFileRequest {
            id: file.id,
            version: file.version,
            name: Some("b".to_owned()),
            ..Default::default()
        };
        let refused = client.update_file(with(&member, rename)).await.unwrap_err();
        assert!(matches!(&*code_of(&refused), "NOT_FOUND" | "FORBIDDEN"));
    }
    let public = api::ListFilesRequest { public: true, ..Default::default() };
    let listed = client.list_files(public).await.unwrap().into_inner().files;
    assert_eq!(listed.len(), 1);
    assert!(!listed[0].can_edit);
    let nobody = client.list_files(api::ListFilesRequest::default()).await.unwrap().into_inner();
    assert_eq!(nobody.files, listed, "nobody sees what is public");
    seat.leave().await;
}

#[tokio::test]
async fn a_link_opens_for_strangers_and_the_bin_closes_it() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (_, token) = seat.newcomer(2, "Mia").await;
    let mut client = files(&seat);
    let page = api::UploadFileRequest {
        data: b"<html><script>alert(1)</script></html>".to_vec(),
        ..small("page.html", api::FileAccess::Private)
    };
    let file = upload(&seat, &token, page).await;
    assert_eq!(file.media_type, "text/html");
    let create = api::CreateFileLinkRequest { file_id: file.id.clone(), expires_s: 0 };
    let link = client.create_file_link(with(&token, create)).await.unwrap().into_inner();
    let link = link.link.unwrap();
    let (_, secret) = link.url.rsplit_once("/platform/f/").unwrap();
    let open = || api::OpenFileLinkRequest { token: secret.to_owned() };
    let opened = client.open_file_link(open()).await.unwrap().into_inner();
    let shown = send("GET", &opened.url.unwrap().url, &[], Bytes::new()).await;
    assert_eq!(shown.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(shown.header("content-security-policy").unwrap().starts_with("sandbox;"));
    assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
    let saved = send("GET", &opened.attachment_url.unwrap().url, &[], Bytes::new()).await;
    assert!(saved.header("content-disposition").unwrap().starts_with("attachment"));
    let wrong = api::OpenFileLinkRequest { token: "0".repeat(64) };
    assert_eq!(code_of(&client.open_file_link(wrong).await.unwrap_err()), "NOT_FOUND");
    let list = || api::ListFileLinksRequest { file_id: file.id.clone() };
    let links = client.list_file_links(with(&token, list())).await.unwrap().into_inner().links;
    assert_eq!((links.len(), links[0].opened, &*links[0].url), (1, 1, ""));

    let head = api::HeadFileRequest { id: file.id.clone() };
    let now = client.head_file(with(&token, head)).await.unwrap().into_inner().file.unwrap();
    let delete =
        api::DeleteFileRequest { id: file.id.clone(), version: now.version, forever: false };
    let binned = client.delete_file(with(&token, delete)).await.unwrap().into_inner().file;
    assert!(binned.unwrap().binned_at_us > 0);
    assert_eq!(code_of(&client.open_file_link(open()).await.unwrap_err()), "NOT_FOUND");
    let restore = api::RestoreFileRequest { id: file.id.clone() };
    client.restore_file(with(&token, restore)).await.unwrap();
    client.open_file_link(open()).await.expect("it is back");
    let revoke = api::RevokeFileLinkRequest { id: link.id };
    client.revoke_file_link(with(&token, revoke)).await.unwrap();
    assert_eq!(code_of(&client.open_file_link(open()).await.unwrap_err()), "NOT_FOUND");
    seat.leave().await;
}

#[tokio::test]
async fn operators_see_usage_scan_for_damage_and_leave_a_trace() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (admin, _) = operator(&seat, &mut Person::new(1)).await;
    let (_, token) = seat.newcomer(2, "Mia").await;
    let mut client = files(&seat);
    let good = upload(&seat, &token, small("good.txt", api::FileAccess::Private)).await;
    let damaged = upload(&seat, &token, small("bad.txt", api::FileAccess::Private)).await;
    let at = folder.path().join("files/erynoa");
    std::fs::write(at.join(&damaged.key), text(99)).unwrap();
    let orphan = at.join("2026/11/23/3f2504e0-4f89-41d3-9a0c-0305e82c3301-lost.txt");
    std::fs::create_dir_all(orphan.parent().unwrap()).unwrap();
    std::fs::write(&orphan, b"lost").unwrap();

    let overview = client.get_storage_overview(with(&admin, api::GetStorageOverviewRequest {}));
    let overview = overview.await.unwrap().into_inner();
    assert_eq!((&*overview.backend, overview.usage.unwrap().files), ("local", 2));
    assert_eq!((&*overview.owners[0].owner_name, overview.owners[0].bytes), ("Mia", 200));
    let begun = client.start_integrity_scan(with(&admin, api::StartIntegrityScanRequest {})).await;
    assert_eq!(begun.unwrap().into_inner().scan.unwrap().files, 2);
    let scan = loop {
        let request = with(&admin, api::GetIntegrityScanRequest {});
        let scan = client.get_integrity_scan(request).await.unwrap().into_inner().scan.unwrap();
        if scan.finished_at_us > 0 {
            break scan;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let mut found: Vec<_> = scan.findings.iter().map(|finding| finding.kind()).collect();
    found.sort_by_key(|kind| i32::from(*kind as u8));
    assert_eq!(found, [api::IntegrityKind::Damaged, api::IntegrityKind::Orphan]);
    let deleted = client.delete_orphans(with(&admin, api::DeleteOrphansRequest {})).await.unwrap();
    assert_eq!(deleted.into_inner().objects, 1);
    assert!(!orphan.exists() && at.join(&good.key).exists());

    let request = api::GetPresignedDownloadUrlRequest { id: damaged.id, ..Default::default() };
    let url = client.get_presigned_download_url(with(&token, request)).await.unwrap().into_inner();
    let broken = send("GET", &url.url.unwrap().url, &[], Bytes::new()).await;
    assert_eq!((broken.status, &*code_in(&broken)), (500, "INTERNAL_ERROR"), "never half of it");

    let bucket = || "second-bucket".to_owned();
    let create = api::CreateBucketRequest { name: bucket() };
    client.create_bucket(with(&admin, create.clone())).await.unwrap();
    let again = client.create_bucket(with(&admin, create)).await.unwrap_err();
    assert_eq!(code_of(&again), "BUCKET_EXISTS");
    for (name, code) in [("erynoa", "BUCKET_NOT_EMPTY"), ("No", "BUCKET_INVALID")] {
        let delete = api::DeleteBucketRequest { name: name.to_owned() };
        let refused = client.delete_bucket(with(&admin, delete)).await.unwrap_err();
        assert_eq!(code_of(&refused), code);
    }
    let delete = api::DeleteBucketRequest { name: bucket() };
    client.delete_bucket(with(&admin, delete)).await.unwrap();
    let delete = api::DeleteFileRequest { id: good.id, version: good.version, forever: true };
    client.delete_file(with(&admin, delete)).await.unwrap();
    let list = api::ListAuditEntriesRequest { page_size: 20, ..Default::default() };
    let entries = seat.audit().list_audit_entries(with(&admin, list)).await.unwrap().into_inner();
    let actions: Vec<_> = entries.entries.iter().map(|entry| entry.action.as_str()).collect();
    for action in
        ["file.delete", "bucket.delete", "bucket.create", "storage.delete_orphans", "storage.scan"]
    {
        assert!(actions.contains(&action), "{action} in {actions:?}");
    }
    seat.leave().await;
}

#[tokio::test]
async fn files_by_rest_are_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.storage.max_upload_size = 2 << 20;
    let seat = Seat::take(config).await;
    let (_, token) = seat.newcomer(2, "Mia").await;
    let bearer = format!("Bearer {token}");
    let auth = [("authorization", bearer.as_str())];
    let url = format!("{}/api/v1/storage/files", seat.url);
    let form = |fields: &[(&str, &str)], name: &str, bytes: &[u8]| {
        let mut body = Vec::new();
        for (field, value) in fields {
            let part = format!(
                "--x\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let part = format!(
            "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(part.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--x--\r\n");
        Bytes::from(body)
    };
    let kind = ("content-type", "multipart/form-data; boundary=x");
    let post = async |body: Bytes| send("POST", &url, &[auth[0], kind], body).await;
    let json =
        |reply: &Reply| -> serde_json::Value { serde_json::from_slice(&reply.body).unwrap() };

    let fields = [("folder", "/rest"), ("access", "private")];
    let stored = post(form(&fields, "a.txt", &text(1_500_000))).await;
    assert_eq!(stored.status, 201, "{:?}", stored.body);
    let file = json(&stored);
    assert_eq!((&file["size"], &file["media_type"]), (&1_500_000.into(), &"text/plain".into()));
    assert_eq!(file["hash"], hex::encode(blake3::hash(&text(1_500_000)).as_bytes()));
    for (body, status, code) in [
        (form(&[("access", "x")], "a", b"x"), 400, "VALIDATION_ERROR"),
        (form(&[("hash", "zz")], "a", b"x"), 400, "VALIDATION_ERROR"),
        (form(&[("nonsense", "x")], "a", b"x"), 400, "VALIDATION_ERROR"),
        (form(&[("folder", "/..")], "a", b"x"), 400, "FOLDER_INVALID"),
        (form(&[("media_type", "image/png")], "a", b"text"), 400, "MEDIA_TYPE_MISMATCH"),
        (form(&[], "", b"x"), 400, "FILE_NAME_INVALID"),
        (form(&[], "a", &text((2 << 20) + 1)), 413, "PAYLOAD_TOO_LARGE"),
        (form(&[], "a", &text(3 << 20)), 413, "PAYLOAD_TOO_LARGE"),
        (Bytes::from_static(b"--x--\r\n"), 400, "VALIDATION_ERROR"),
        (Bytes::from_static(b"nonsense"), 400, "VALIDATION_ERROR"),
    ] {
        let refused = post(body).await;
        assert_eq!((refused.status, &*code_in(&refused)), (status, code));
    }
    let nobody = send("POST", &url, &[kind], form(&[], "a", b"x")).await;
    assert_eq!((nobody.status, &*code_in(&nobody)), (401, "UNAUTHORIZED"));

    let listed = send("GET", &format!("{url}?folder=/rest"), &auth, Bytes::new()).await;
    assert_eq!(json(&listed)["files"], serde_json::json!([file]));
    let one = format!("{url}/{}", file["id"].as_str().unwrap());
    assert_eq!(json(&send("GET", &one, &auth, Bytes::new()).await), file);
    assert_eq!(send("GET", &one, &[], Bytes::new()).await.status, 404);
    let content = send("GET", &format!("{one}/content"), &auth, Bytes::new()).await;
    assert!(content.status == 200 && content.body == text(1_500_000));
    let range = [auth[0], ("range", "bytes=-5")];
    let content = send("GET", &format!("{one}/content"), &range, Bytes::new()).await;
    assert_eq!((content.status, content.body.len()), (206, 5));
    let presign = Bytes::from_static(b"{\"expires_s\": 60, \"attachment\": true}");
    let presigned = json(&send("POST", &format!("{one}/presigned"), &auth, presign).await);
    let saved = send("GET", presigned["url"].as_str().unwrap(), &[], Bytes::new()).await;
    assert_eq!(saved.header("content-disposition"), Some("attachment; filename*=UTF-8''a.txt"));
    let delete = |query: &str| format!("{one}?{query}");
    let stale = send("DELETE", &delete("version=9"), &auth, Bytes::new()).await;
    assert_eq!(stale.status, 409);
    let gone = send("DELETE", &delete("version=1&forever=true"), &auth, Bytes::new()).await;
    assert_eq!(gone.status, 204);
    assert_eq!(send("GET", &one, &auth, Bytes::new()).await.status, 404);
    seat.leave().await;
}
