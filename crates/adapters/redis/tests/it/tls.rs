//! A server that speaks TLS.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use erynoa_cache::Cache;
use erynoa_kernel::StoreErrorKind;
use erynoa_redis::{RedisCache, RedisServer};
use tokio::time::Instant;

fn openssl(folder: &Path, arguments: &[&str]) {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let made = Command::new("openssl")
        .current_dir(folder)
        .args(["req", "-x509", "-days", "2"])
        .args(key)
        .args(arguments)
        .output()
        .expect("openssl is installed: apt-get install openssl");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// A server with a certificate of an authority of its own.
struct TlsServer {
    folder: PathBuf,
    port: u16,
    child: Child,
}

impl TlsServer {
    fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("erynoa-redis-tls-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        for name in ["ca", "other"] {
            let (key, pem) = (format!("{name}.key"), format!("{name}.pem"));
            openssl(&folder, &["-subj", "/CN=authority", "-keyout", &key, "-out", &pem]);
        }
        let signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-subj", "/CN=cache"];
        let good_for = [
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ];
        let out = ["-keyout", "server.key", "-out", "server.pem"];
        openssl(&folder, &[&signed[..], &good_for[..], &out[..]].concat());
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let child = Command::new("redis-server")
            .current_dir(&folder)
            .args(["--bind", "127.0.0.1", "--port", "0", "--tls-port", &port.to_string()])
            .args(["--tls-cert-file", "server.pem", "--tls-key-file", "server.key"])
            .args(["--tls-ca-cert-file", "ca.pem", "--tls-auth-clients", "no"])
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed: apt-get install redis-server");
        let server = Self { folder, port, child };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(10), "it does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    fn authority(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(name)).expect("it was made")
    }

    fn url(&self, host: &str) -> String {
        format!("rediss://{host}:{}", self.port)
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn a_server_with_tls_is_asked_if_its_certificate_is_good_and_else_the_error_says_what_to_do()
{
    let own = TlsServer::start();
    let patient = |server: RedisServer| server.with_timeout(Duration::from_secs(10));
    let trusting = |authority: &str, host: &str| {
        let server = RedisServer::trusting(own.authority(authority), &own.url(host), "tls", 2);
        patient(server.expect("a URL and a certificate"))
    };
    let cache = RedisCache::new(trusting("ca.pem", "localhost"));
    assert_eq!(cache.put("a", Bytes::from_static(b"one"), 60_000).await.unwrap(), None);
    assert_eq!(cache.take("a").await.unwrap(), Some(Bytes::from_static(b"one")));

    let unknown = patient(RedisServer::new(&own.url("localhost"), "tls", 2).unwrap());
    for server in [unknown, trusting("other.pem", "localhost"), trusting("ca.pem", "127.0.0.1")] {
        let refused = server.ping().await.unwrap_err();
        assert_eq!(refused.kind, StoreErrorKind::Unavailable);
        let said = refused.to_string();
        assert!(said.contains("its certificate is not trusted"), "{said}");
        assert!(said.contains("cache.ca_file"), "{said}");
    }
}

#[test]
fn an_authority_must_be_a_certificate_and_is_for_tls_alone() {
    let no_certificate = RedisServer::trusting(b"hello".to_vec(), "rediss://localhost", "a", 1);
    assert!(no_certificate.is_err());
    let pem = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
    assert!(RedisServer::trusting(pem.clone(), "rediss://localhost", "a", 1).is_err());
    assert!(RedisServer::trusting(pem, "redis://localhost", "a", 1).is_err());
}
