//! Somebody who is signed in.

use tonic::{Request, Response, Status};

use crate::client::Client;
use crate::commands::Context;
use crate::error::CliError;
use crate::speaker::Speaker;

/// The owner of the key file, signed in.
pub(crate) struct Signed {
    pub(crate) client: Client,
    token: String,
}

impl Signed {
    pub(crate) async fn open(context: &Context) -> Result<Self, CliError> {
        let speaker = Speaker::open(context).await?;
        let token = speaker.client.sign_in(&speaker.file.did, &speaker.file.key).await?;
        Ok(Self { client: speaker.client, token })
    }

    pub(crate) fn with<T>(&self, message: T) -> Result<Request<T>, CliError> {
        self.client.authorized(message, &self.token)
    }

    /// The answer, or the error that the command ends with.
    pub(crate) fn read<T>(&self, answer: Result<Response<T>, Status>) -> Result<T, CliError> {
        answer.map(Response::into_inner).map_err(self.client.failed())
    }

    /// What every answer of its kind has.
    pub(crate) fn some<T>(&self, part: Option<T>) -> Result<T, CliError> {
        part.ok_or_else(|| self.client.odd("an answer without what was asked for"))
    }
}
