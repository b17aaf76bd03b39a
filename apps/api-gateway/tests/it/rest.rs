//! REST, tiles and pages, over plain HTTP.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::seat::{Person, Seat, config, operator};

/// Status line and headers in lower case, and the body.
pub(crate) async fn get(seat: &Seat, path: &str, headers: &str) -> (String, String) {
    send(seat, &format!("GET {path}"), headers, "").await
}

/// As [`get`], with a method before the path, and a body.
pub(crate) async fn send(seat: &Seat, call: &str, headers: &str, body: &str) -> (String, String) {
    let address = seat.url.trim_start_matches("http://").replace("localhost", "127.0.0.1");
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let lines = format!("host: {address}\r\nconnection: close\r\n{headers}");
    let request = format!("{call} HTTP/1.1\r\n{lines}\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

#[tokio::test]
async fn rest_answers_with_the_envelope_and_the_request_id() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (head, body) = get(&seat, "/api/v1/trust/nobody", "x-request-id: abc-123\r\n").await;
    assert!(head.starts_with("http/1.1 400"), "{head}");
    assert!(head.contains("x-request-id: abc-123"));
    let error: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(error["error"]["code"], "VALIDATION_ERROR");
    assert_eq!(error["error"]["request_id"], "abc-123");
    assert_eq!(error["error"]["details"][0]["field"], "subject");
    let (head, _) = get(&seat, "/api/v1/me", "").await;
    assert!(head.starts_with("http/1.1 401"));
    let (head, _) = get(&seat, "/api/v1/nothing", "").await;
    assert!(head.starts_with("http/1.1 404"));
    seat.leave().await;
}

#[tokio::test]
async fn rest_serves_what_the_platform_names() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut founder = Person::new(1);
    operator(&seat, &mut founder).await;
    let (head, body) = get(&seat, &format!("/api/v1/identities/{}", founder.did()), "").await;
    assert!(head.contains("content-type: application/did+json"));
    let document: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(document["id"], founder.did());
    for path in [
        "/api/v1/health",
        "/api/v1/ready",
        "/api/v1/info",
        "/api/v1/events",
        "/api/v1/openapi.json",
    ] {
        let (head, body) = get(&seat, path, "").await;
        assert!(head.starts_with("http/1.1 200"), "{path}: {head}");
        serde_json::from_str::<serde_json::Value>(&body).unwrap();
    }
    let (_, body) = get(&seat, "/metrics", "").await;
    assert!(body.contains("erynoa_requests_total"));
    let (head, _) = get(&seat, "/metrics", "x-forwarded-for: 203.0.113.7\r\n").await;
    assert!(head.starts_with("http/1.1 401"), "from outside the counters need an operator");
    seat.leave().await;
}

#[tokio::test]
async fn the_checkpoint_and_its_tiles_are_served_and_nothing_beyond_it() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (head, _) = get(&seat, "/log/checkpoint", "").await;
    assert!(head.starts_with("http/1.1 404"));
    let born = seat.submit(&Person::new(1).is_born("A")).await.unwrap();
    seat.epoch_over(born.sequence).await;
    let (head, note) = get(&seat, "/log/checkpoint", "").await;
    assert!(head.starts_with("http/1.1 200"));
    let size: u64 = note.lines().nth(1).unwrap().parse().unwrap();
    let (head, _) = get(&seat, &format!("/log/tile/entries/000.p/{size}"), "").await;
    assert!(head.starts_with("http/1.1 200"));
    assert!(head.contains("immutable"));
    for beyond in ["/log/tile/entries/000", "/log/tile/0/001.p/1", "/log/tile/9/000.p/1"] {
        let (head, _) = get(&seat, beyond, "").await;
        assert!(head.starts_with("http/1.1 404"), "{beyond}");
    }
    seat.leave().await;
}

#[tokio::test]
async fn a_page_of_another_origin_is_not_let_in() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (head, _) = get(&seat, "/api/v1/info", "origin: https://evil.example\r\n").await;
    assert!(!head.contains("access-control-allow-origin"));
    let own = format!("origin: {}\r\n", seat.url);
    let (head, _) = get(&seat, "/api/v1/info", &own).await;
    assert!(head.contains(&format!("access-control-allow-origin: {}", seat.url)));
    assert!(head.contains("x-content-type-options: nosniff"));
    seat.leave().await;
}
