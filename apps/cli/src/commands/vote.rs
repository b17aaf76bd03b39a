//! `vote` and `veto`.

use erynoa_events::{Body, Vote};
use erynoa_proto::api::v1::{PreviewVoteRequest, PreviewVoteResponse};
use serde_json::{Value, json};

use crate::commands::Context;
use crate::error::CliError;
use crate::output::ratio;
use crate::proposal_view::{tally_document, tally_text};
use crate::realm_arguments::{VetoArguments, VoteArguments};
use crate::speaker::{Speaker, event_id, event_of};
use crate::violation;

/// Shows what a vote costs and changes, then casts it.
pub(crate) async fn vote(context: &Context, arguments: VoteArguments) -> Result<(), CliError> {
    let VoteArguments { proposal, votes, comment, dry_run } = arguments;
    if votes == 0 {
        return Err(CliError::Usage("0 votes say nothing: −10 to −1, or 1 to 10".to_owned()));
    }
    let proposal = event_id(&proposal)?;
    cast(context, Vote { proposal, votes, veto: false, comment }, dry_run).await
}

/// Shows what a veto changes, then objects.
pub(crate) async fn veto(context: &Context, arguments: VetoArguments) -> Result<(), CliError> {
    let VetoArguments { proposal, comment, dry_run } = arguments;
    let proposal = event_id(&proposal)?;
    cast(context, Vote { proposal, votes: 0, veto: true, comment }, dry_run).await
}

fn document(preview: &PreviewVoteResponse) -> Value {
    json!({
        "allowed": preview.allowed,
        "violations": violation::documents(&preview.violations),
        "credits_left": preview.credits_left,
        "cost": preview.cost,
        "norm_ppm": preview.norm_ppm,
        "before": preview.before.as_ref().map(tally_document),
        "after": preview.after.as_ref().map(tally_document),
    })
}

fn text(preview: &PreviewVoteResponse) -> String {
    let tally = |tally: &Option<_>| tally.as_ref().map(tally_text).unwrap_or_default();
    format!(
        "costs {} of the {} credits that you have left in this epoch; your norm is {}\n\
         before: {}after:  {}",
        preview.cost,
        preview.credits_left,
        ratio(preview.norm_ppm),
        tally(&preview.before),
        tally(&preview.after),
    )
}

async fn cast(context: &Context, vote: Vote, dry_run: bool) -> Result<(), CliError> {
    let speaker = Speaker::open(context).await?;
    let request = PreviewVoteRequest {
        voter: speaker.file.did.to_string(),
        proposal: vote.proposal.to_string(),
        votes: i32::from(vote.votes),
        veto: vote.veto,
    };
    let client = &speaker.client;
    let preview = client.government().preview_vote(request).await.map_err(client.failed())?;
    let preview = preview.into_inner();
    if dry_run {
        context.output.result(&document(&preview), &text(&preview));
        if preview.allowed {
            return Ok(());
        }
        return Err(CliError::not_allowed(&preview.violations));
    }
    // What would be refused is refused by the log itself, with the same reasons.
    if preview.allowed {
        context.output.note(&text(&preview));
    }
    let realm = event_of(client, &vote.proposal).await?.realm;
    let mut said = speaker.say(realm, Body::Vote(vote)).await?;
    said.document["preview"] = document(&preview);
    context.output.result(&said.document, &said.text);
    Ok(())
}
