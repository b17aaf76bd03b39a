//! Mail by SMTP.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use erynoa_kernel::{Clock, Secret};
use erynoa_mail::{MailError, Mailer, Message, Receipt};
use lettre::Transport as _;
use lettre::address::Envelope;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{Error, PoolConfig, SmtpTransport};
use tokio::sync::Semaphore;
use url::{Host, Url};

use crate::compose::compose;

/// Messages that are on their way at once, each on a connection of its own.
const CONNECTIONS_MOST: u8 = 4;

/// An idle connection ends before servers end it (RFC 5321: 5 min at least).
const IDLE: Duration = Duration::from_secs(60);

/// Patience with each answer when it is asked whether the server is there.
const CHECK_TIME_OUT: Duration = Duration::from_secs(1);

/// A mail server.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    /// `smtp://host:port` in the clear, `…?tls=opportunistic` with STARTTLS
    /// where the server offers it, `…?tls=required` with STARTTLS or not at
    /// all; `smtps://host:port` within TLS. Name and password before the host,
    /// percent-encoded.
    pub url: Secret<String>,
    /// Certificate (PEM) to trust beside those of the web.
    pub trusted_certificate: Option<String>,
    /// Patience with each answer of the server.
    pub time_out: Duration,
}

impl SmtpConfig {
    /// A server with 10 s of patience.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: Secret::new(url.into()),
            trusted_certificate: None,
            time_out: Duration::from_secs(10),
        }
    }
}

/// A configuration that cannot work. Found at start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct SmtpConfigError {
    /// Key of the configuration.
    pub key: &'static str,
    /// What would be right.
    pub reason: String,
}

/// How a connection is protected.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protection {
    None,
    Opportunistic,
    Required,
    Wrapped,
}

fn protection(url: &Url) -> Option<Protection> {
    let mut asked = url.query_pairs();
    let asked = match (asked.next(), asked.next()) {
        (None, _) => None,
        (Some((name, value)), None) if name == "tls" => Some(value.into_owned()),
        _ => return None,
    };
    match (url.scheme(), asked.as_deref()) {
        ("smtp", None | Some("none")) => Some(Protection::None),
        ("smtp", Some("opportunistic")) => Some(Protection::Opportunistic),
        ("smtp", Some("required")) => Some(Protection::Required),
        ("smtps", None) => Some(Protection::Wrapped),
        _ => None,
    }
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Hands messages to a mail server, over a few connections that are kept.
///
/// lettre's blocking client on threads of the runtime: its asynchronous one
/// waits for answers without end, and when a waiting call is given up, puts the
/// connection back with an answer still to come.
pub struct SmtpMailer {
    transport: SmtpTransport,
    /// Connects anew each time and does not sign in.
    probe: SmtpTransport,
    probing: Arc<tokio::sync::Mutex<()>>,
    free: Semaphore,
    clock: Arc<dyn Clock>,
}

impl SmtpMailer {
    /// A mailer that does not connect before the first message.
    ///
    /// # Errors
    /// What in the configuration cannot work. Never shows the password.
    pub fn new(config: &SmtpConfig, clock: Arc<dyn Clock>) -> Result<Self, SmtpConfigError> {
        let wrong = |reason: &str| SmtpConfigError { key: "mail.url", reason: reason.to_owned() };
        let mut url = Url::parse(config.url.expose())
            .map_err(|_| wrong("must be a URL such as smtps://mail.example.org"))?;
        let protection = protection(&url).ok_or_else(|| {
            wrong(
                "must be smtp://host:port, smtp://…?tls=opportunistic, smtp://…?tls=required or \
                 smtps://host:port",
            )
        })?;
        // The scheme is not one of the web's, so its host is parsed as opaque.
        let name = url.host_str().unwrap_or_default().to_owned();
        let host = Url::parse(&format!("http://{name}"))
            .map_err(|_| wrong("must name the host of the mail server"))?;
        let Some(host) = host.host() else { return Err(wrong("must name the mail server")) };
        let exposed = matches!(protection, Protection::None | Protection::Opportunistic);
        if url.password().is_some() && exposed && !is_this_machine(&host) {
            return Err(wrong(
                "the password would travel in the clear; use smtps:// or ?tls=required",
            ));
        }
        let mut tls = TlsParameters::builder(name.trim_matches(['[', ']']).to_owned());
        if let Some(pem) = &config.trusted_certificate {
            let certificate = Certificate::from_pem(pem.as_bytes())
                // It takes a text without any certificate for one of none.
                .ok()
                .filter(|_| pem.contains("-----BEGIN CERTIFICATE-----"))
                .ok_or_else(|| SmtpConfigError {
                    key: "mail.trusted_certificate",
                    reason: "must be a certificate in PEM".to_owned(),
                })?;
            tls = tls.add_root_certificate(certificate);
        }
        let tls = tls.build().map_err(|_| SmtpConfigError {
            key: "mail.trusted_certificate",
            reason: "must be a certificate that TLS can trust".to_owned(),
        })?;
        url.set_query(None);
        let tls = match protection {
            Protection::None => Tls::None,
            Protection::Opportunistic => Tls::Opportunistic(tls),
            Protection::Required => Tls::Required(tls),
            Protection::Wrapped => Tls::Wrapper(tls),
        };
        let builder = |url: &Url| {
            SmtpTransport::from_url(url.as_str())
                .map(|builder| builder.tls(tls.clone()))
                .map_err(|_| wrong("name and password must be percent-encoded UTF-8"))
        };
        let pool = PoolConfig::new().max_size(CONNECTIONS_MOST.into()).idle_timeout(IDLE);
        let transport = builder(&url)?.timeout(Some(config.time_out)).pool_config(pool);
        // A server may count failed and needless sign-ins against us.
        let anonymous = url.set_username("").and_then(|()| url.set_password(None));
        anonymous.map_err(|()| wrong("must name the mail server"))?;
        let probe =
            builder(&url)?.timeout(Some(CHECK_TIME_OUT)).pool_config(PoolConfig::new().max_size(0));
        Ok(Self {
            transport: transport.build(),
            probe: probe.build(),
            probing: Arc::default(),
            free: Semaphore::new(CONNECTIONS_MOST.into()),
            clock,
        })
    }
}

/// 5xx about the message is for good; 5xx about us (530, 534, 535, 538: sign
/// in, and how) is for the operator to mend, so the message waits.
fn failure(error: &Error) -> MailError {
    let ours = error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    if error.is_permanent() && !ours {
        MailError::Refused(text)
    } else {
        MailError::Temporary(text)
    }
}

impl SmtpMailer {
    /// Hands over a message that was composed before; what the server said.
    pub(crate) async fn send_composed(
        &self,
        envelope: Envelope,
        bytes: Vec<u8>,
    ) -> Result<String, MailError> {
        let stopped = |error: &dyn std::fmt::Display| MailError::Temporary(error.to_string());
        let _permit = self.free.acquire().await.map_err(|error| stopped(&error))?;
        let transport = self.transport.clone();
        let reply = tokio::task::spawn_blocking(move || transport.send_raw(&envelope, &bytes))
            .await
            .map_err(|error| stopped(&error))?
            .map_err(|error| failure(&error))?;
        Ok(reply.message().collect::<Vec<_>>().join(" "))
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, message: &Message) -> Result<Receipt, MailError> {
        let composed = compose(message, self.clock.now_us())?;
        let reply = self.send_composed(composed.envelope().clone(), composed.formatted()).await?;
        Ok(Receipt::of(message, reply))
    }

    async fn check(&self) -> Result<(), MailError> {
        // One at a time, also of those that nobody waits for any more.
        let turn = Arc::clone(&self.probing).lock_owned().await;
        let probe = self.probe.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let answer = probe.test_connection();
            drop(turn);
            answer
        });
        match answer.await.map_err(|error| MailError::Temporary(error.to_string()))? {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::Temporary("the server hangs up".to_owned())),
            Err(error) => Err(failure(&error)),
        }
    }
}
