//! What the server is asked.

use std::time::Duration;

use async_trait::async_trait;
use erynoa_kernel::{StoreError, StoreErrorKind};
use erynoa_workflows::{
    Event, Run, RunFilter, RunPosition, Start, Started, WorkflowEngine, WorkflowError,
};
use reqwest::RequestBuilder;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::object::{Answer, HEAD, NAME};

/// Longest wait for an answer. A call waits for the step under way.
const ANSWER_MOST: Duration = Duration::from_secs(30);

/// Where the server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestateConfig {
    /// Name of the installation in the letters of a key, which keeps its runs
    /// apart from those of others on the same server.
    pub installation: String,
    /// Address of its ingress, such as `http://127.0.0.1:8081`.
    pub ingress_url: String,
    /// Address of its admin interface, such as `http://127.0.0.1:9070`.
    pub admin_url: String,
    /// Address at which the server reaches our [`Endpoint`](crate::Endpoint).
    pub endpoint_url: String,
}

/// The engine on a Restate server.
#[derive(Clone, Debug)]
pub struct RestateWorkflows {
    config: RestateConfig,
    http: reqwest::Client,
}

fn away(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    let error = error.into();
    let message = format!("Restate does not answer: {error}");
    StoreError::from_driver(StoreErrorKind::Unavailable, message, error)
}

/// The body of a good answer.
async fn answered<T: for<'a> Deserialize<'a>>(request: RequestBuilder) -> Result<T, StoreError> {
    let response = request.send().await.map_err(away)?;
    let status = response.status();
    if !status.is_success() {
        let said = response.text().await.unwrap_or_default();
        let said: String = said.chars().take(500).collect();
        return Err(away(format!("{status}: {said}")));
    }
    response.json().await.map_err(away)
}

/// Whether a run can have this key; no other can be part of an address or a
/// query.
fn is_key(key: &str) -> bool {
    let start = Start {
        key: key.to_owned(),
        workflow: String::new(),
        owner: String::new(),
        input: Value::Null,
    };
    start.check().is_ok()
}

impl RestateWorkflows {
    /// The engine; nothing is asked yet.
    ///
    /// # Errors
    /// When this machine has no certificates to trust.
    pub fn new(config: RestateConfig) -> Result<Self, StoreError> {
        let http = reqwest::Client::builder().timeout(ANSWER_MOST).build().map_err(away)?;
        Ok(Self { config, http })
    }

    /// Tells the server where our endpoint is and what it can do. Needed at
    /// every start; before the first time nothing runs.
    ///
    /// # Errors
    /// When the server does not answer, or cannot reach the endpoint.
    pub async fn register(&self) -> Result<(), StoreError> {
        let deployment = json!({ "uri": self.config.endpoint_url, "force": true });
        let address = format!("{}/deployments", self.config.admin_url);
        answered::<Value>(self.http.post(address).json(&deployment)).await.map(drop)
    }

    async fn call(
        &self,
        key: &str,
        handler: &str,
        body: Option<Value>,
    ) -> Result<Answer, StoreError> {
        let RestateConfig { installation, ingress_url, .. } = &self.config;
        let address = format!("{ingress_url}/{NAME}/{installation}~{key}/{handler}");
        let request = self.http.post(address);
        answered(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    async fn run(
        &self,
        key: &str,
        handler: &str,
        body: Option<Value>,
    ) -> Result<Run, WorkflowError> {
        if !is_key(key) {
            return Err(WorkflowError::NotFound(key.to_owned()));
        }
        match self.call(key, handler, body).await? {
            Answer::Run(run) => Ok(*run),
            other => Err(refusal(key, other)),
        }
    }

    async fn ask(&self, key: &str, event: Event) -> Result<Run, WorkflowError> {
        self.run(key, "ask", Some(json!(event))).await
    }
}

fn refusal(key: &str, answer: Answer) -> WorkflowError {
    let key = key.to_owned();
    match answer {
        Answer::Unknown { name, known } => WorkflowError::Unknown { name, known },
        Answer::KeyTaken => WorkflowError::KeyTaken(key),
        Answer::NotFound => WorkflowError::NotFound(key),
        Answer::Over => WorkflowError::Over(key),
        Answer::Started(_) | Answer::Run(_) => {
            away("its answer belongs to another question").into()
        }
    }
}

#[derive(Deserialize)]
struct Rows {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    service_key: String,
}

/// Everything in it consists of letters that mean nothing to SQL, but for `_`,
/// which is escaped. The head is a JSON text and so begins with a quote.
fn query(
    installation: &str,
    filter: &RunFilter,
    after: Option<&RunPosition>,
    limit: usize,
) -> String {
    let escaped = |text: &str| text.replace('_', "\\_");
    let part = |text: &str| if text.is_empty() { "%".to_owned() } else { escaped(text) };
    let (workflow, owner) = (part(&filter.workflow), part(&filter.owner));
    let status = filter.status.map_or("%", |status| status.name());
    let behind = after.map_or_else(String::new, |after| {
        let RunPosition { started_at_us, key } = after;
        let at = format!("{started_at_us:020}");
        format!(
            " AND (substr(value_utf8, 2, 20) < '{at}' OR (substr(value_utf8, 2, 20) = '{at}' AND \
             service_key < '{installation}~{key}'))"
        )
    });
    format!(
        "SELECT service_key FROM state WHERE service_name = '{NAME}' AND key = '{HEAD}' AND \
         service_key LIKE '{}~%' AND value_utf8 LIKE '% {workflow} {status} {owner} %'{behind} ORDER \
         BY substr(value_utf8, 2, 20) DESC, service_key DESC LIMIT {limit}",
        escaped(installation)
    )
}

#[async_trait]
impl WorkflowEngine for RestateWorkflows {
    async fn start(&self, start: Start) -> Result<Started, WorkflowError> {
        start.check()?;
        match self.call(&start.key, "start", Some(json!(start))).await? {
            Answer::Started(started) => Ok(*started),
            other => Err(refusal(&start.key, other)),
        }
    }

    async fn get(&self, key: &str) -> Result<Run, WorkflowError> {
        self.run(key, "get", None).await
    }

    async fn list(
        &self,
        filter: &RunFilter,
        after: Option<&RunPosition>,
        limit: usize,
    ) -> Result<Vec<Run>, WorkflowError> {
        // Nothing has such a name.
        let plain = |text: &str| text.is_empty() || is_key(text);
        if !plain(&filter.workflow)
            || !plain(&filter.owner)
            || after.is_some_and(|after| !is_key(&after.key))
        {
            return Ok(Vec::new());
        }
        let request = self
            .http
            .post(format!("{}/query", self.config.admin_url))
            .header("accept", "application/json")
            .json(&json!({ "query": query(&self.config.installation, filter, after, limit) }));
        let mut runs = Vec::new();
        for row in answered::<Rows>(request).await?.rows {
            let key = row.service_key.split_once('~').map_or("", |(_, key)| key);
            let run = self.get(key).await?;
            // It may have gone on since the list was made.
            if filter.matches(&run) {
                runs.push(run);
            }
        }
        Ok(runs)
    }

    async fn cancel(&self, key: &str) -> Result<Run, WorkflowError> {
        self.ask(key, Event::Cancel).await
    }

    async fn retry(&self, key: &str) -> Result<Run, WorkflowError> {
        self.ask(key, Event::Retry).await
    }
}
