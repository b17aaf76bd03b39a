//! The little HTTP that is needed: bounded answers, no redirects, and the
//! detour by `internal_issuer`.

use std::pin::Pin;

use erynoa_access::ProviderError;
use http::header::{HOST, HeaderValue};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use url::Url;

use crate::config::{ConfigError, TimeOuts, issuer_url};

/// Longest answer that is read: a key set or a page of sessions is a fraction.
const ANSWER_MOST_BYTES: usize = 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoAnswer(String);

impl From<NoAnswer> for ProviderError {
    fn from(error: NoAnswer) -> Self {
        Self::Unavailable(error.0)
    }
}

/// Goes to a provider.
pub(crate) struct HttpClient {
    client: reqwest::Client,
    issuer: Url,
    detour: Option<(Url, HeaderValue)>,
}

impl HttpClient {
    pub(crate) fn new(
        issuer: &str,
        internal_issuer: Option<&str>,
        time_outs: TimeOuts,
    ) -> Result<Self, ConfigError> {
        let issuer = issuer_url("auth.issuer", issuer)?;
        let detour = match internal_issuer {
            None => None,
            Some(internal) => {
                let host = &issuer[url::Position::BeforeHost..url::Position::AfterPort];
                let host = HeaderValue::from_str(host)
                    .map_err(|error| ConfigError::new("auth.issuer", error.to_string()))?;
                Some((issuer_url("auth.internal_issuer", internal)?, host))
            }
        };
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(time_outs.connect)
            .timeout(time_outs.request)
            .user_agent(concat!("erynoa/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ConfigError::new("auth.issuer", error.to_string()))?;
        Ok(Self { client, issuer, detour })
    }

    /// Sends a request and reads its answer whole. Any status is an answer.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let shown = format!("{} {}", request.method(), request.uri());
        let failed = |reason: &dyn std::fmt::Display| NoAnswer(format!("{shown}: {reason}"));
        let mut request =
            reqwest::Request::try_from(request).map_err(|error| failed(&deepest(&error)))?;
        if let Some((internal, host)) = &self.detour
            && request.url().origin() == self.issuer.origin()
        {
            let mut url = internal.clone();
            url.set_path(request.url().path());
            url.set_query(request.url().query());
            *request.url_mut() = url;
            request.headers_mut().insert(HOST, host.clone());
        }
        let mut response =
            self.client.execute(request).await.map_err(|error| failed(&deepest(&error)))?;
        let mut answer = http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| failed(&deepest(&error)))? {
            if body.len() + piece.len() > ANSWER_MOST_BYTES {
                return Err(failed(&"the answer is longer than 1 MiB"));
            }
            body.extend_from_slice(&piece);
        }
        answer.body(body).map_err(|error| failed(&error))
    }
}

impl<'c> AsyncHttpClient<'c> for HttpClient {
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NoAnswer>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// The cause that says something: "error sending request" alone does not.
fn deepest(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    if error.is_timeout() { format!("timed out: {cause}") } else { cause.to_string() }
}
