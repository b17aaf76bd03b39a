//! Laws of presigned URLs, through a plain HTTP client.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::objects::{bucket, get, key, longest, pattern, put};
use crate::{Buckets, Disposition, Grant, ObjectStore};

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
}

impl Reply {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// A plain HTTP client, and time that passes.
#[async_trait]
pub trait Browser: Send + Sync {
    /// Sends a request and reads the answer.
    async fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: Bytes) -> Reply;

    /// Lets time pass.
    async fn wait(&self, duration: Duration);
}

type Objects = Arc<dyn ObjectStore>;
type AllBuckets = Arc<dyn Buckets>;
type Client = Arc<dyn Browser>;

const HOUR: Duration = Duration::from_secs(3600);

fn as_stored() -> Disposition {
    Disposition::default()
}

/// Law.
pub async fn a_url_reads_what_was_put(objects: Objects, buckets: AllBuckets, browser: Client) {
    let bucket = bucket(&buckets, "signed").await;
    put(&objects, &bucket, "a/b.bin", &pattern(300_000)).await;
    let url = objects.presign(&bucket, &key("a/b.bin"), Grant::Get, HOUR, as_stored()).await;
    let url = url.expect("signs");
    for _ in 0..2 {
        let reply = browser.send("GET", &url, &[], Bytes::new()).await;
        assert_eq!((reply.status, reply.body), (200, pattern(300_000)));
    }
    let url = objects.presign(&bucket, &key("none"), Grant::Get, HOUR, as_stored()).await;
    let reply = browser.send("GET", &url.expect("signs"), &[], Bytes::new()).await;
    assert_eq!(reply.status, 404);
}

/// Law.
pub async fn a_url_reads_ranges(objects: Objects, buckets: AllBuckets, browser: Client) {
    let bucket = bucket(&buckets, "signed").await;
    let all = pattern(100_000);
    put(&objects, &bucket, "film", &all).await;
    let url = objects.presign(&bucket, &key("film"), Grant::Get, HOUR, as_stored()).await;
    let url = url.expect("signs");
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=500-999", 500, 1000),
        ("bytes=99999-", 99_999, 100_000),
        ("bytes=-10", 99_990, 100_000),
        ("bytes=90000-200000", 90_000, 100_000),
    ] {
        let reply = browser.send("GET", &url, &[("range", range)], Bytes::new()).await;
        assert_eq!((reply.status, &reply.body), (206, &all.slice(from..to)), "{range}");
        let place = format!("bytes {from}-{}/100000", to - 1);
        assert_eq!(reply.header("content-range"), Some(place.as_str()));
    }
    let reply = browser.send("GET", &url, &[("range", "bytes=100000-")], Bytes::new()).await;
    assert_eq!(reply.status, 416);
}

/// Law.
pub async fn a_url_writes_what_is_read_back(
    objects: Objects,
    buckets: AllBuckets,
    browser: Client,
) {
    let bucket = bucket(&buckets, "signed").await;
    let url = objects.presign(&bucket, &key("p/1"), Grant::Put, HOUR, as_stored()).await;
    let url = url.expect("signs");
    for size in [200_000, 0, 7] {
        let reply = browser.send("PUT", &url, &[], pattern(size)).await;
        assert_eq!(reply.status, 200);
        assert_eq!(get(&objects, &bucket, "p/1").await, Some(pattern(size)));
    }
}

/// Law.
pub async fn a_url_works_for_every_allowed_name(
    objects: Objects,
    buckets: AllBuckets,
    browser: Client,
) {
    let bucket = bucket(&buckets, "signed").await;
    let longest = longest();
    for name in ["-", "...", "A_z.0-9/b__c..d", &longest] {
        let url = objects.presign(&bucket, &key(name), Grant::Put, HOUR, as_stored()).await;
        let reply = browser.send("PUT", &url.expect("signs"), &[], pattern(9)).await;
        assert_eq!(reply.status, 200, "{name}");
        let url = objects.presign(&bucket, &key(name), Grant::Get, HOUR, as_stored()).await;
        let reply = browser.send("GET", &url.expect("signs"), &[], Bytes::new()).await;
        assert_eq!((reply.status, reply.body), (200, pattern(9)), "{name}");
    }
}

/// Law.
pub async fn a_url_says_how_to_treat_the_bytes(
    objects: Objects,
    buckets: AllBuckets,
    browser: Client,
) {
    let bucket = bucket(&buckets, "signed").await;
    put(&objects, &bucket, "page", &Bytes::from_static(b"<script>1</script>")).await;
    let shown = Disposition { media_type: "text/plain; charset=utf-8".into(), save_as: None };
    let url = objects.presign(&bucket, &key("page"), Grant::Get, HOUR, shown).await;
    let reply = browser.send("GET", &url.expect("signs"), &[], Bytes::new()).await;
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(reply.header("content-disposition").is_none_or(|how| how.starts_with("inline")));
    let name = "Übersicht \"final\"; v=2, 100 %.html";
    let saved = Disposition { media_type: "text/html".into(), save_as: Some(name.into()) };
    let url = objects.presign(&bucket, &key("page"), Grant::Get, HOUR, saved).await;
    let reply = browser.send("GET", &url.expect("signs"), &[], Bytes::new()).await;
    let how = reply.header("content-disposition").expect("is told");
    assert!(how.starts_with("attachment"), "{how}");
    let encoded = "filename*=UTF-8''%C3%9Cbersicht%20%22final%22%3B%20v%3D2%2C%20100%20%25.html";
    assert!(how.contains(encoded), "{how}");
}

/// Law.
pub async fn a_url_ends_when_its_time_is_over(
    objects: Objects,
    buckets: AllBuckets,
    browser: Client,
) {
    let bucket = bucket(&buckets, "signed").await;
    put(&objects, &bucket, "object", &pattern(5)).await;
    let life = Duration::from_secs(1);
    let read = objects.presign(&bucket, &key("object"), Grant::Get, life, as_stored()).await;
    let write = objects.presign(&bucket, &key("object"), Grant::Put, life, as_stored()).await;
    let (read, write) = (read.expect("signs"), write.expect("signs"));
    assert_eq!(browser.send("GET", &read, &[], Bytes::new()).await.status, 200);
    browser.wait(Duration::from_millis(2_100)).await;
    assert_eq!(browser.send("GET", &read, &[], Bytes::new()).await.status, 403);
    assert_eq!(browser.send("PUT", &write, &[], pattern(9)).await.status, 403);
    assert_eq!(get(&objects, &bucket, "object").await, Some(pattern(5)));
}

/// Law.
pub async fn a_url_does_nothing_but_what_it_grants(
    objects: Objects,
    buckets: AllBuckets,
    browser: Client,
) {
    let bucket = bucket(&buckets, "signed").await;
    put(&objects, &bucket, "mine", &pattern(5)).await;
    put(&objects, &bucket, "minf", &pattern(6)).await;
    let read = objects.presign(&bucket, &key("mine"), Grant::Get, HOUR, as_stored()).await;
    let write = objects.presign(&bucket, &key("mine"), Grant::Put, HOUR, as_stored()).await;
    let (read, write) = (read.expect("signs"), write.expect("signs"));
    let refused = [
        ("PUT", read.clone()),
        ("DELETE", read.clone()),
        ("GET", write.clone()),
        ("DELETE", write.clone()),
        ("GET", read.replacen("mine", "minf", 1)),
        ("PUT", write.replacen("mine", "minf", 1)),
        ("GET", read.replace("3600", "9999")),
        ("GET", format!("{read}&response-content-type=text%2Fhtml&type=text%2Fhtml")),
        ("GET", read.split('?').next().unwrap_or_default().to_owned()),
        ("GET", flipped(&read)),
    ];
    for (method, url) in refused {
        if (method, &url) == ("GET", &read) {
            // This store's URLs do not spell their life out.
            continue;
        }
        let reply = browser.send(method, &url, &[], pattern(9)).await;
        assert!(matches!(reply.status, 400..=499), "{method} {url}: {}", reply.status);
        assert_ne!(reply.status, 404, "{method} {url}");
        assert_ne!(reply.body, pattern(5));
    }
    assert_eq!(get(&objects, &bucket, "mine").await, Some(pattern(5)));
    assert_eq!(get(&objects, &bucket, "minf").await, Some(pattern(6)));
}

/// The URL with its last letter or digit, which is of the signature, replaced.
fn flipped(url: &str) -> String {
    let at = url.rfind(|c: char| c.is_ascii_alphanumeric()).expect("a signature");
    // The last digit of base64 may have bits that do not count; the one before
    // it counts in full.
    let at = at - 1;
    let other = if url[at..].starts_with('0') { "1" } else { "0" };
    [&url[..at], other, &url[at + 1..]].concat()
}

/// Law.
pub async fn a_url_lives_one_second_to_seven_days(
    objects: Objects,
    buckets: AllBuckets,
    _browser: Client,
) {
    let bucket = bucket(&buckets, "signed").await;
    let day = 86_400;
    for (seconds, good) in [(0, false), (1, true), (7 * day, true), (7 * day + 1, false)] {
        let life = Duration::from_secs(seconds);
        let url = objects.presign(&bucket, &key("object"), Grant::Get, life, as_stored()).await;
        assert_eq!(url.is_ok(), good, "{seconds} s");
    }
}
