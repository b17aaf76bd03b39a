//! Plain HTTP.

use crate::{Outcome, why};

/// What a server says.
pub struct Answer {
    pub status: u16,
    pub kind: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> Outcome<&str> {
        str::from_utf8(&self.body).map_err(why("an answer is no text"))
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

fn answer(response: ureq::http::Response<ureq::Body>) -> Outcome<Answer> {
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_owned();
    let body = response.into_body().read_to_vec().map_err(why("the answer breaks off"))?;
    Ok(Answer { status, kind, body })
}

/// The body of a page that must be there.
pub fn get(url: &str) -> Outcome<Vec<u8>> {
    let got = answer(agent().get(url).call().map_err(why(url))?)?;
    match got.status {
        200 => Ok(got.body),
        status => Err(format!("{url} answers {status}")),
    }
}

pub fn post(url: &str, body: &str) -> Outcome<Answer> {
    answer(agent().post(url).send(body).map_err(why(url))?)
}
