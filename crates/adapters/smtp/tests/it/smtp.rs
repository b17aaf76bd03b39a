//! The laws on a real server, and what a server can do to us.

use std::sync::Arc;
use std::time::Duration;

use erynoa_mail::contract::Arrivals;
use erynoa_mail::{MailError, Mailer};
use erynoa_smtp::{SmtpConfig, SmtpMailer};

use crate::server::{self, Server};
use crate::{clock, message_to};

fn mailer(config: &SmtpConfig) -> SmtpMailer {
    SmtpMailer::new(config, clock()).expect("a good configuration")
}

fn real() -> (Arc<dyn Mailer>, Arc<dyn Arrivals>) {
    (Arc::new(mailer(&SmtpConfig::new(server::url()))), Arc::new(Server))
}

mod contract {
    use super::real;

    erynoa_mail::mailer_contract!(real());
}

async fn outcome(email: &str) -> MailError {
    let config = SmtpConfig { time_out: Duration::from_secs(1), ..SmtpConfig::new(server::url()) };
    mailer(&config).send(&message_to(email)).await.expect_err("the server fails for this domain")
}

#[tokio::test]
async fn what_a_server_refuses_for_good_is_refused_and_says_why() {
    for (email, code) in [("a@refused.example", "550"), ("a@spam.example", "554")] {
        let error = outcome(email).await;
        assert!(!error.is_temporary(), "{error}");
        assert!(error.to_string().contains(code), "{error}");
    }
}

#[tokio::test]
async fn what_a_server_refuses_for_now_is_temporary() {
    for (email, code) in [("a@greylisted.example", "451"), ("a@full.example", "452")] {
        let error = outcome(email).await;
        assert!(error.is_temporary(), "{error}");
        assert!(error.to_string().contains(code), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_slow_or_hangs_up_or_is_not_there_is_temporary() {
    for email in ["a@slow.example", "a@dropped.example"] {
        let error = outcome(email).await;
        assert!(error.is_temporary(), "{error}");
    }
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let nobody = mailer(&SmtpConfig::new(format!("smtp://127.0.0.1:{port}")));
    let error = nobody.send(&message_to("a@erynoa.example")).await.expect_err("nobody is there");
    assert!(error.is_temporary(), "{error}");
}

#[tokio::test]
async fn a_refusal_costs_the_next_message_nothing() {
    let mailer = mailer(&SmtpConfig::new(server::url()));
    for _ in 0..3 {
        mailer.send(&message_to("a@refused.example")).await.expect_err("refused");
        mailer.send(&message_to("after-refusal@erynoa.example")).await.expect("taken");
    }
}

#[tokio::test]
async fn connections_are_kept() {
    let mailer = mailer(&SmtpConfig::new(server::url()));
    let email = "kept-connection@erynoa.example";
    for _ in 0..5 {
        mailer.send(&message_to(email)).await.expect("taken");
    }
    let received = server::received(email).await;
    let last: Vec<_> = received.iter().rev().take(5).map(|mail| &mail.connection).collect();
    assert!(last.iter().all(|connection| *connection == last[0]), "{last:?}");
}

#[tokio::test]
async fn a_message_carries_what_mail_programs_look_for() {
    let email = "headers-of-smtp@erynoa.example";
    let (mailer, _) = real();
    mailer.send(&message_to(email)).await.expect("taken");
    let mail = server::received(email).await.pop().expect("arrived");
    assert_eq!(mail.from, "hello@erynoa.example", "the envelope");
    assert_eq!(mail.header("auto-submitted").as_deref(), Some("auto-generated"));
    assert_eq!(mail.header("mime-version").as_deref(), Some("1.0"));
    assert!(mail.header("date").is_some_and(|date| date.ends_with("+0000")));
    assert!(mail.raw.lines().all(|line| line.len() <= 998), "RFC 5322 §2.1.1");
}

/// Sends by `url`, trusting the server's certificate or not; returns whether it
/// went within TLS and who signed in.
async fn by(url: String, trust: bool, email: &str) -> Result<(bool, Option<String>), MailError> {
    let info = server::info().await;
    let config = SmtpConfig {
        trusted_certificate: trust.then_some(info.certificate),
        ..SmtpConfig::new(url)
    };
    mailer(&config).send(&message_to(email)).await?;
    let mail = server::received(email).await.pop().expect("arrived");
    Ok((mail.secure, mail.user))
}

#[tokio::test]
async fn each_kind_of_protection_does_what_it_says() {
    let info = server::info().await;
    let (plain, bare, tls) = (server::url(), info.bare_url, info.tls_url);
    let email = "protection@erynoa.example";
    let secure = |url: String, trust| async move { by(url, trust, email).await.map(|sent| sent.0) };
    assert_eq!(secure(plain.clone(), false).await, Ok(false));
    assert_eq!(secure(format!("{plain}?tls=none"), true).await, Ok(false));
    assert_eq!(secure(format!("{plain}?tls=opportunistic"), true).await, Ok(true));
    assert_eq!(secure(format!("{bare}?tls=opportunistic"), true).await, Ok(false));
    assert_eq!(secure(format!("{plain}?tls=required"), true).await, Ok(true));
    assert_eq!(secure(tls.clone(), true).await, Ok(true));
    for (url, trust, why) in [
        (format!("{bare}?tls=required"), true, "STARTTLS was taken away"),
        (format!("{plain}?tls=required"), false, "nobody vouches for the server"),
        (tls, false, "nobody vouches for the server"),
    ] {
        let error = by(url.clone(), trust, email).await.expect_err(why);
        assert!(error.is_temporary(), "{url}: {error}");
    }
}

#[tokio::test]
async fn name_and_password_come_from_the_url_and_a_wrong_one_keeps_the_message() {
    let email = "signed-in@erynoa.example";
    let url = |user: &str| server::url().replace("smtp://", &format!("smtp://{user}@"));
    let sent = by(url("erynoa:sec%3Aret%401"), false, email).await.expect("taken");
    assert_eq!(sent.1.as_deref(), Some("erynoa"));
    let error = by(url("erynoa:wrong"), false, email).await.expect_err("a wrong password");
    assert!(error.is_temporary() && error.to_string().contains("535"), "{error}");
}

#[test]
fn a_configuration_that_cannot_work_is_found_at_start_and_shows_no_password() {
    for url in [
        "",
        "localhost:1025",
        "http://localhost",
        "smtp://",
        "smtp://host?tls=maybe",
        "smtp://host?tls=required&x=1",
        "smtp://host?starttls=required",
        "smtps://host?tls=none",
        "smtp://user:hunter2@mail.example.org",
        "smtp://user:hunter2@mail.example.org?tls=opportunistic",
    ] {
        let config = SmtpConfig::new(url);
        let error = SmtpMailer::new(&config, clock()).err().unwrap_or_else(|| panic!("{url}"));
        assert_eq!(error.key, "mail.url", "{url}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
    let config =
        SmtpConfig { trusted_certificate: Some("no".into()), ..SmtpConfig::new("smtps://host") };
    let error = SmtpMailer::new(&config, clock()).err().expect("no certificate");
    assert_eq!(error.key, "mail.trusted_certificate");
    for url in [
        "smtp://user:hunter2@localhost",
        "smtp://user:hunter2@127.0.0.1:1025",
        "smtp://user:hunter2@[::1]:1025",
        "smtp://user:hunter2@mail.example.org?tls=required",
        "smtps://user:hunter2@mail.example.org",
    ] {
        mailer(&SmtpConfig::new(url));
    }
}
